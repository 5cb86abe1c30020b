"""Reads text in pictures with RapidOCR: scanned pages of a PDF, one at a time, and files that are pictures; an optional extra."""

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ingest.errors import MaterialError
from ingest.pdf.layout import layout_text
from ingest.pdf.words import Style, Word

PICTURES = (".png", ".jpg", ".jpeg", ".webp")
COMMAND = 'pip install "groundwork-study[ocr]"'
"""What brings the extra."""
LONGEST_SIDE = 2000
"""Pixels along the longer side of what is read: enough for small type on a page, and the reading takes seconds."""
MOST_PIXELS = 120_000_000
LEAST_CONFIDENCE = 0.5
"""A line that is less certain is left out."""
SURE = 0.85
"""A page whose lines are less certain on average is named, so that a person looks at it."""
UPRIGHT = 1.5
"""Lines this many times as high as wide, when most are, mean that the picture is turned on its side."""
SAME_TYPE = 0.3
"""Heights of lines that differ from the usual one by less than this share are the same type."""
TYPE_SHARE = 0.75
"""Size of the type as a share of its line's height."""

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class ReadPicture:
    """Text of a picture and how certain it is, 0 to 1."""

    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    left: float
    top: float
    right: float
    bottom: float
    confidence: float

    @property
    def stands(self) -> bool:
        """Whether it is far higher than wide, as a line of a picture on its side."""
        return len(self.text) > 3 and self.bottom - self.top > UPRIGHT * (self.right - self.left)


def is_installed() -> bool:
    """Whether the extra that reads pictures is there."""
    return importlib.util.find_spec("rapidocr_onnxruntime") is not None


def read_page(path: Path, number: int) -> ReadPicture:
    """Page `number` (from 1) of a scanned PDF, or a picture file; raises `MaterialError` when it cannot be read."""
    pixels = _open_picture(path) if path.suffix.lower() in PICTURES else _paint_page(path, number)
    lines = _lines(pixels)
    if lines and sum(line.stands for line in lines) * 2 > len(lines):
        lines = max((_lines(np.rot90(pixels, turns).copy()) for turns in (1, 3)), key=_certainty)
    lines = [line for line in lines if line.confidence >= LEAST_CONFIDENCE and line.text.strip()]
    return ReadPicture(layout_text(_words(lines), height=float(pixels.shape[0])), round(_certainty(lines), 3))


def _certainty(lines: Sequence[_Line]) -> float:
    letters = sum(len(line.text) for line in lines)
    return sum(line.confidence * len(line.text) for line in lines) / letters if letters else 0.0


def _lines(pixels: Pixels) -> list[_Line]:
    found, _ = _engine()(pixels)
    lines = []
    for corners, text, confidence in found or []:
        xs, ys = [float(x) for x, _ in corners], [float(y) for _, y in corners]
        lines.append(_Line(str(text), min(xs), min(ys), max(xs), max(ys), float(confidence)))
    return lines


@lru_cache(maxsize=1)
def _engine() -> Any:
    try:
        from rapidocr_onnxruntime import RapidOCR
    except ImportError as error:
        raise MaterialError(f"Pictures cannot be read: {error}. `{COMMAND}` brings what is missing.") from error
    return RapidOCR(intra_op_num_threads=1)  # more threads on few cores take longer, see docs/decisions/ocr.md


def _paint_page(path: Path, number: int) -> Pixels:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
        page = document[number - 1]
        scale = LONGEST_SIDE / max(*page.get_size(), 1.0)
        return np.ascontiguousarray(page.render(scale=scale).to_numpy()[:, :, :3])
    except (pypdfium2.PdfiumError, OSError, IndexError) as error:
        raise MaterialError(f"Page {number} of {path.name} cannot be painted ({error}).") from error


def _open_picture(path: Path) -> Pixels:
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(path) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise MaterialError(f"{path.name} has too many pixels to be read. Save it smaller.")
            upright = ImageOps.exif_transpose(opened).convert("RGBA")
            upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            white = Image.new("RGBA", upright.size, "white")
            white.alpha_composite(upright)
            return np.ascontiguousarray(np.asarray(white.convert("RGB"))[:, :, ::-1])
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise MaterialError(f"{path.name} is not a picture we can open, it may be damaged ({error}).") from error


def _words(lines: Sequence[_Line]) -> list[Word]:
    """The lines' words at their places, as if they stood on a page; lines of about one height are set in one size."""
    heights = sorted(line.bottom - line.top for line in lines)
    usual = heights[len(heights) // 2] if heights else 1.0
    words = []
    for line in lines:
        height = line.bottom - line.top
        same = abs(height - usual) <= SAME_TYPE * usual
        style = Style(round(TYPE_SHARE * (usual if same else height), 1))
        base = line.bottom - 0.22 * height
        step = (line.right - line.left) / max(len(line.text), 1)
        at = 0
        for piece in line.text.split(" "):
            if piece:
                left = line.left + at * step
                words.append(Word(piece, left, line.top, left + len(piece) * step, line.bottom, base, style))
            at += len(piece) + 1
    return words
