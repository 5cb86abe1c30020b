"""Tells words that a person cannot see on the page: white on white, tiny, outside the page, unpainted, in a hidden layer.

Where the style alone does not decide, the page is painted once and a word counts as seen when there is contrast at its place.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pypdfium2
import pypdfium2.raw as pdfium

from ingest.pdf.words import INVISIBLE_MODES, PageWords, Rect, Word, turned_back

TINY = 2.0
"""Type smaller than this many points cannot be read."""
PALE = 215
"""A color at least this bright, of 255, may be lost on white paper."""
FAINT = 40
"""A color less opaque than this, of 255, may not be seen."""
CONTRAST = 24
"""Least difference between the brightest and the darkest point of a word that is seen."""
SCALE = 1.5
LONGEST_SIDE = 2400
"""Most pixels along a page's longer side when it is painted."""
OUTSIDE = 2.0
"""A word this many points outside the page is not on it."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """How many words of a page cannot be seen, and the first few of them."""

    words: int
    sample: str


def leave_out_hidden(page: pypdfium2.PdfPage, found: PageWords, off: frozenset[str]) -> Hidden | None:
    """Take the words that cannot be seen out of a page; None when there are none."""
    painting: _Painting | None = None
    gone: list[Word] = []
    for words in (found.upright, *found.turned):
        kept: list[Word] = []
        for word in words:
            seen = _seen_by_style(word, found, off)
            if seen is None:
                painting = painting or _paint(page)
                seen = painting.shows(word)
            (kept if seen else gone).append(word)
        words[:] = kept
    if not gone:
        return None
    return Hidden(len(gone), " ".join(word.text for word in gone[:12]))


def _seen_by_style(word: Word, page: PageWords, off: frozenset[str]) -> bool | None:
    """Whether a word can be seen; None when only the painted page can tell."""
    style = word.style
    if style.layer and style.layer in off:
        return False
    if 0 < style.size < TINY and word.bottom - word.top < TINY * 1.5:
        return False
    if _outside(word, page):
        return False
    if style.mode in INVISIBLE_MODES or style.color[3] < FAINT or _brightness(style.color) >= PALE:
        return None
    return True


def _outside(word: Word, page: PageWords) -> bool:
    if round(word.style.angle / 90) % 4 != page.direction:
        return False
    x, y = (word.left + word.right) / 2 - page.left, word.base - 0.3 * word.size - page.top
    return not (-OUTSIDE <= x <= page.width + OUTSIDE and -OUTSIDE <= y <= page.height + OUTSIDE)


@dataclass(slots=True)
class _Painting:
    """A page as painted, in gray, and where its pictures are; `left` and `top` are the page's own, which grow upward."""

    gray: npt.NDArray[np.uint8]
    scale: float
    left: float
    top: float
    pictures: Sequence[Rect]

    def shows(self, word: Word) -> bool:
        """Whether there is contrast at a word's place; an unpainted word also needs a picture around it, as a scan's text has."""
        left, bottom, right, top = turned_back(word)
        rows = slice(self._at(self.top - top), self._at(self.top - bottom) + 1)
        columns = slice(self._at(left - self.left), self._at(right - self.left) + 1)
        part = self.gray[rows, columns]
        if not part.size or int(part.max()) - int(part.min()) < CONTRAST:
            return False
        if word.style.mode in INVISIBLE_MODES:
            return self._pictured((left + right) / 2, (bottom + top) / 2)
        ground = float(np.median(part))
        return abs(ground - _brightness(word.style.color)) >= CONTRAST

    def _at(self, points: float) -> int:
        return max(0, int(points * self.scale))

    def _pictured(self, x: float, y: float) -> bool:
        return any(left <= x <= right and bottom <= y <= top for left, bottom, right, top in self.pictures)


def _brightness(color: tuple[int, int, int, int]) -> float:
    """How light a color is, 0 to 255, as it is in gray."""
    return 0.299 * color[0] + 0.587 * color[1] + 0.114 * color[2]


def _paint(page: pypdfium2.PdfPage) -> _Painting:
    turned = page.get_rotation()
    page.set_rotation(0)
    width, height = page.get_size()
    painted = page.render(scale=min(SCALE, LONGEST_SIDE / max(width, height, 1.0)), grayscale=True).to_numpy()
    page.set_rotation(turned)
    left, _, _, top = page.get_bbox()
    scale = painted.shape[0] / max(height, 1.0)
    return _Painting(np.asarray(painted).reshape(painted.shape[0], painted.shape[1]), scale, left, top, _pictures(page))


def _pictures(page: pypdfium2.PdfPage) -> list[Rect]:
    return [shape.get_bounds() for shape in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3)]


def picture_share(page: pypdfium2.PdfPage) -> float:
    """The largest share of the page that one of its pictures covers, 0 to 1."""
    left, bottom, right, top = page.get_bbox()
    area = max((right - left) * (top - bottom), 1.0)
    shares = [0.0]
    for x0, y0, x1, y1 in _pictures(page):
        wide = max(0.0, min(x1, right) - max(x0, left))
        high = max(0.0, min(y1, top) - max(y0, bottom))
        shares.append(wide * high / area)
    return min(1.0, max(max(shares), sum(shares) if len(shares) > 8 else 0.0))
