"""Shows a PDF page as an image with a quote marked; marks nothing rather than the wrong place.

Pages are drawn in a bounded process of their own: one that is made to harm costs its picture, not the app. An image has a
bounded number of pixels; of a page too large to be read that way, the part around the quote is shown.
"""

import base64
import io
import math
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.bounded import Ask, BoundedProcess, Gone, Message, TooSlow, serve

if TYPE_CHECKING:
    import pypdfium2
    from PIL import Image

SCALE = 1.6
"""Pixels for each PDF point: sharp on a laptop, small enough to send quickly."""
SMALLEST_SCALE = 0.8
"""At which letters of common size can be read."""
MOST_PIXELS = 4_000_000
MOST_SIDE = 6_000
SECONDS = 20.0
MEMORY_MEGABYTES = 2_000
MARK = (255, 209, 71, 110)
Box = tuple[float, float, float, float]
"""Left, bottom, right and top, in points from the lower left corner."""


@dataclass(frozen=True, slots=True)
class PageImage:
    """A page as PNG, whether the quote is marked on it, and how many pages the document has."""

    png: bytes
    marked: bool
    pages: int


@dataclass(frozen=True, slots=True)
class View:
    """The part of a page that is drawn, in points, and the pixels for each of them."""

    left: float
    top: float
    width: float
    height: float
    scale: float


def render_page(path: Path, number: int, quote: str) -> PageImage | None:
    """Page `number` (from 1) of a PDF with `quote` marked; None when it cannot be shown within the bounds."""
    try:
        answer = _painter().ask({"path": str(path), "number": number, "quote": quote})
        if "png" not in answer:
            return None
        return PageImage(base64.b64decode(answer["png"]), bool(answer["marked"]), int(answer["pages"]))
    except (TooSlow, Gone, KeyError, ValueError):
        return None


@cache
def _painter() -> BoundedProcess:
    """The process that draws; it ends with the app."""
    return BoundedProcess([sys.executable, "-m", "ui.page_image"], seconds=SECONDS, memory_megabytes=MEMORY_MEGABYTES)


def view_of(width: float, height: float, boxes: list[Box]) -> View:
    """The whole page as large as the bounds allow; where that could not be read, as much as can be around the quote."""
    scale = _scale(width, height)
    if scale >= SMALLEST_SCALE or not boxes:
        return View(0, 0, width, height, scale)
    side = min(MOST_SIDE, math.sqrt(MOST_PIXELS)) / SMALLEST_SCALE
    shown_width, shown_height = min(width, max(side, side * side / height)), min(height, max(side, side * side / width))
    middle = ((boxes[0][0] + boxes[0][2]) / 2, height - (boxes[0][1] + boxes[0][3]) / 2)
    left = min(max(0.0, middle[0] - shown_width / 2), width - shown_width)
    top = min(max(0.0, middle[1] - shown_height / 2), height - shown_height)
    return View(left, top, shown_width, shown_height, _scale(shown_width, shown_height))


def _scale(width: float, height: float) -> float:
    return min(SCALE, math.sqrt(MOST_PIXELS / (width * height)), MOST_SIDE / width, MOST_SIDE / height)


def _draw(request: Message, ask: Ask) -> Message:
    """In the bounded process: the picture, or nothing when there is none."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(request["path"])
        try:
            number = int(request["number"])
            return _draw_page(document, number, request["quote"]) if 1 <= number <= len(document) else {}
        finally:
            document.close()
    except Exception:  # the outermost edge of this process: whatever a page does, it only costs its picture
        return {}


def _draw_page(document: "pypdfium2.PdfDocument", number: int, quote: str) -> Message:
    from ingest.pdf.find import find_quote

    page = document[number - 1]
    width, height = (float(size) for size in page.get_size())
    boxes = find_quote(document, page, quote) if quote else []
    view = view_of(width, height, boxes)
    around = (view.left, height - view.top - view.height, width - view.left - view.width, view.top)
    bitmap = page.render(scale=view.scale, crop=tuple(max(0.0, side) for side in around))
    image = bitmap.to_pil().convert("RGB")
    for box in boxes:
        _mark(image, box, view, height)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return {"png": base64.b64encode(buffer.getvalue()).decode(), "marked": bool(boxes), "pages": len(document)}


def _mark(image: "Image.Image", box: Box, view: View, height: float) -> None:
    """Lay the color over a box; only the box itself is copied, not the page."""
    from PIL import Image

    left, bottom, right, top = box
    corners = [
        int((left - 1 - view.left) * view.scale),
        int((height - top - 2 - view.top) * view.scale),
        int((right + 1 - view.left) * view.scale) + 1,
        int((height - bottom + 2 - view.top) * view.scale) + 1,
    ]
    x0, y0, x1, y1 = max(0, corners[0]), max(0, corners[1]), min(image.width, corners[2]), min(image.height, corners[3])
    if x1 > x0 and y1 > y0:
        part = image.crop((x0, y0, x1, y1))
        image.paste(Image.blend(part, Image.new("RGB", part.size, MARK[:3]), MARK[3] / 255), (x0, y0))


if __name__ == "__main__":
    serve(_draw)
