"""Renders a PDF page as an image with a quote marked; marks nothing rather than the wrong place."""

import io
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
from PIL import Image, ImageDraw

SCALE = 1.6
"""Pixels for each PDF point: sharp on a laptop, small enough to send at once."""
MARK = (255, 209, 71, 110)


@dataclass(frozen=True, slots=True)
class PageImage:
    """A page as PNG, whether the quote is marked on it, and how many pages the document has."""

    png: bytes
    marked: bool
    pages: int


def render_page(path: Path, number: int, quote: str) -> PageImage | None:
    """Page `number` (from 1) of a PDF with `quote` marked; None when the file or the page cannot be shown."""
    try:
        document = pypdfium2.PdfDocument(path)
    except (pypdfium2.PdfiumError, OSError):
        return None
    try:
        if not 1 <= number <= len(document):
            return None
        page = document[number - 1]
        image = page.render(scale=SCALE).to_pil().convert("RGBA")
        boxes = _find_boxes(page.get_textpage(), quote)
        _mark(image, boxes, float(page.get_height()))
        return PageImage(_as_png(image), bool(boxes), len(document))
    finally:
        document.close()


def _find_boxes(text_page: pypdfium2.PdfTextPage, quote: str) -> list[tuple[float, float, float, float]]:
    """Boxes (left, bottom, right, top in points) of the quote's characters, one for each line; empty when it is not found."""
    count = text_page.count_chars()
    wanted = _letters(quote)
    spelled: list[str] = []
    positions: list[int] = []
    for position, character in enumerate(text_page.get_text_range(0, count) if count else ""):
        for letter in _letters(character):
            spelled.append(letter)
            positions.append(position)
    at = "".join(spelled).find(wanted)
    if not wanted or at < 0:
        return []
    lines: list[tuple[float, float, float, float]] = []
    for position in dict.fromkeys(positions[at : at + len(wanted)]):
        box = text_page.get_charbox(position)
        if lines and _same_line(lines[-1], box):
            last = lines[-1]
            lines[-1] = (min(last[0], box[0]), min(last[1], box[1]), max(last[2], box[2]), max(last[3], box[3]))
        else:
            lines.append(box)
    return lines


def _letters(text: str) -> str:
    """What two extractions of the same words have in common: letters and digits, ligatures taken apart."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text)).lower()


def _same_line(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    middle = (other[1] + other[3]) / 2
    return one[1] - 2 <= middle <= one[3] + 2 and other[0] >= one[0] - 2


def _mark(image: Image.Image, boxes: list[tuple[float, float, float, float]], height: float) -> None:
    layer = Image.new("RGBA", image.size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(layer)
    for left, bottom, right, top in boxes:
        corners = [(left - 1) * SCALE, (height - top - 2) * SCALE, (right + 1) * SCALE, (height - bottom + 2) * SCALE]
        draw.rectangle(corners, fill=MARK)
    image.alpha_composite(layer)


def _as_png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, "PNG")
    return buffer.getvalue()
