"""Reads the words of a PDF page with pdfium: letters, place, size and style; knows no lines, columns or tables.

Places are in points with the origin at the top left of the page as its text is read: a page set sideways is turned.
"""

import ctypes
import math
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field

import pypdfium2
import pypdfium2.raw as pdfium

SOFT_HYPHENS = frozenset({0x02, 0xAD, 0xFFFE})
"""How pdfium marks a hyphen at the end of a line."""
TEX_LIGATURES = {11: "ff", 12: "fi", 13: "fl", 14: "ffi", 15: "ffl"}
"""Codes of TeX's text fonts (OT1) whose bitmap versions do not say which characters they hold."""
SKEWED = 5.0
"""Degrees from the horizontal or vertical from which text counts as skewed, such as a watermark."""
RAISED = 0.12
"""A change of the box's top or bottom by this share of its height begins another style, such as a raised number."""
OVERLAP = -1.3
"""Letters of a ligature share one box, so the second begins this far before the end of the first, in heights."""
GLUED_GAP = 0.12
"""Letters nearer than this share of their size belong to one word even where another font begins."""
_BOLD = re.compile(r"bold|black|heavy|semibd|demi|-bd|cmbx|cmb\d|-medi(?!um)", re.IGNORECASE)
_MONO = re.compile(r"mono|courier|consol|typewriter|cmtt|inconsol|menlo|lmtt|fira ?code|-tt", re.IGNORECASE)
FORCE_BOLD = 1 << 18
"""The flag of a bold font (ISO 32000-1, table 123); the weight that pdfium guesses from its stems is of no use."""
INVISIBLE_MODES = frozenset({3, 7})
"""Text rendering modes that paint nothing (ISO 32000-1, table 106)."""


Rect = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Style:
    """How a text object is set; `color` is (red, green, blue, alpha), `angle` in degrees, `layer` an optional layer's name."""

    size: float
    bold: bool = False
    mono: bool = False
    mode: int = 0
    color: tuple[int, int, int, int] = (0, 0, 0, 255)
    angle: float = 0.0
    layer: str = ""


@dataclass(slots=True)
class Word:
    """Letters without a space between them; `glued` when nothing separates it from the word before."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    base: float
    style: Style
    glued: bool = False
    unmapped: bool = False
    """Whether its font does not say which characters its letters are."""

    @property
    def size(self) -> float:
        """Font size in points as it appears on the page."""
        return self.style.size


@dataclass(slots=True)
class PageWords:
    """The words of a page: `upright` in the direction most of it is read in, `turned` in others, each list by itself.

    `width` and `height` are those of the visible page in that direction, `direction` is 0 to 3 quarter turns.
    """

    upright: list[Word] = field(default_factory=list)
    turned: list[list[Word]] = field(default_factory=list)
    width: float = 0.0
    height: float = 0.0
    direction: int = 0
    left: float = 0.0
    top: float = 0.0


@dataclass(slots=True)
class _Box:
    """A word under construction in the page's own coordinates, which grow upward."""

    letters: list[str]
    left: float
    bottom: float
    right: float
    top: float
    origin: tuple[float, float]
    style: Style
    glued: bool
    unmapped: bool

    def add(self, letter: str, place: Rect) -> None:
        self.letters.append(letter)
        left, bottom, right, top = place
        if left < self.left:
            self.left = left
        if right > self.right:
            self.right = right
        if bottom < self.bottom:
            self.bottom = bottom
        if top > self.top:
            self.top = top


def read_words(page: pypdfium2.PdfPage, *, layered: bool = True) -> PageWords:
    """All words of a page, hidden ones included, in the order of the file; `layered` when there may be optional layers."""
    text_page = page.get_textpage()
    try:
        boxes = _boxes(text_page, layered)
    finally:
        text_page.close()
    return _turned(boxes, page.get_bbox())


def _boxes(text_page: pypdfium2.PdfTextPage, layered: bool) -> list[_Box]:
    """Words as they follow each other in the file; pdfium itself leaves out letters that are drawn twice to look bold."""
    raw = text_page.raw
    rect = pdfium.FS_RECTF()
    code_at, box_at = pdfium.FPDFText_GetUnicode, pdfium.FPDFText_GetLooseCharBox
    styles = _Styles(raw, layered)
    boxes: list[_Box] = []
    word: _Box | None = None
    spaced = True
    for at in range(text_page.count_chars()):
        code = code_at(raw, at)
        letter = TEX_LIGATURES.get(code, "")
        if letter and pdfium.FPDFText_HasUnicodeMapError(raw, at) != 1:
            letter = ""
        if not letter and ((code <= 32 and code not in SOFT_HYPHENS) or code == 0xA0):
            word, spaced = None, True
            continue
        box_at(raw, at, rect)
        place = (rect.left, rect.bottom, rect.right, rect.top)
        letter = letter or ("-" if code in SOFT_HYPHENS else chr(code))
        if word is not None and _goes_on(word, place):
            word.add(letter, place)
        else:
            style = styles.at(at)
            glued = not spaced and bool(boxes) and _touches(boxes[-1], place)
            unmapped = pdfium.FPDFText_HasUnicodeMapError(raw, at) == 1
            word = _Box([letter], *place, _origin(raw, at), style, glued, unmapped)
            boxes.append(word)
        spaced = False
    return boxes


def _goes_on(word: _Box, place: Rect) -> bool:
    """Whether a letter stands on the word's line in its size; the gap between words is pdfium's to find, long ones are ours."""
    if word.style.angle:
        return True
    left, bottom, _, top = place
    height = max(top - bottom, 0.1)
    slack = RAISED * height
    level = -slack <= bottom - word.bottom <= slack and -slack <= top - word.top <= slack
    return level and OVERLAP * height <= left - word.right <= 0.5 * height


def _touches(word: _Box, place: Rect) -> bool:
    overlap = min(word.top, place[3]) - max(word.bottom, place[1])
    return overlap > 0 and abs(place[0] - word.right) <= GLUED_GAP * max(word.style.size, 1.0)


def _origin(raw: pdfium.FPDF_TEXTPAGE, at: int) -> tuple[float, float]:
    x, y = ctypes.c_double(), ctypes.c_double()
    pdfium.FPDFText_GetCharOrigin(raw, at, x, y)
    return x.value, y.value


class _Styles:
    """Styles of a page's text objects, each read once."""

    def __init__(self, raw: pdfium.FPDF_TEXTPAGE, layered: bool) -> None:
        self._raw = raw
        self._layered = layered
        self._styles: dict[int | None, Style] = {}
        self._known: dict[tuple[object, ...], Style] = {}
        self._matrix = pdfium.FS_MATRIX()
        self._color = tuple(ctypes.c_uint() for _ in range(4))
        self._fonts: dict[int | None, tuple[bool, bool]] = {}

    def at(self, at: int) -> Style:
        """The style of a letter's text object."""
        handle = pdfium.FPDFText_GetTextObject(self._raw, at)
        key = ctypes.cast(handle, ctypes.c_void_p).value
        if key not in self._styles:
            self._styles[key] = self._read(at, handle) if key else Style(10.0)
        return self._styles[key]

    def _read(self, at: int, handle: pdfium.FPDF_PAGEOBJECT) -> Style:
        matrix = self._matrix
        pdfium.FPDFText_GetMatrix(self._raw, at, matrix)
        scale = math.hypot(matrix.c, matrix.d) or math.hypot(matrix.a, matrix.b) or 1.0
        mode = pdfium.FPDFTextObj_GetTextRenderMode(handle)
        bold, mono = self._font(handle)
        angle = math.degrees(math.atan2(matrix.b, matrix.a)) if matrix.b else 0.0 if matrix.a >= 0 else 180.0
        size = pdfium.FPDFText_GetFontSize(self._raw, at) * scale
        layer = _layer(handle) if self._layered else ""
        parts = (round(size, 1), bold or mode == 2, mono, mode, self._fill(handle), round(angle, 1), layer)
        if parts not in self._known:
            self._known[parts] = Style(*parts)
        return self._known[parts]

    def _fill(self, handle: pdfium.FPDF_PAGEOBJECT) -> tuple[int, int, int, int]:
        """An object's color, black where it has none."""
        red, green, blue, alpha = self._color
        if not pdfium.FPDFPageObj_GetFillColor(handle, red, green, blue, alpha):
            return (0, 0, 0, 255)
        return (red.value, green.value, blue.value, alpha.value)

    def _font(self, handle: pdfium.FPDF_PAGEOBJECT) -> tuple[bool, bool]:
        """Whether an object's font is bold, and whether it is a typewriter's."""
        font = pdfium.FPDFTextObj_GetFont(handle)
        key = ctypes.cast(font, ctypes.c_void_p).value
        if key not in self._fonts:
            name = _font_name(font)
            flags = pdfium.FPDFFont_GetFlags(font)
            bold = bool(_BOLD.search(name)) or bool(flags & FORCE_BOLD)
            self._fonts[key] = (bold, bool(_MONO.search(name)) or bool(flags & 1))
        return self._fonts[key]


def _font_name(font: pdfium.FPDF_FONT) -> str:
    buffer = ctypes.create_string_buffer(128)
    pdfium.FPDFFont_GetBaseFontName(font, buffer, len(buffer))
    return buffer.value.decode("utf-8", "replace")


def _layer(handle: pdfium.FPDF_PAGEOBJECT) -> str:
    """Name of the optional layer a text object belongs to, empty when it belongs to none."""
    for number in range(pdfium.FPDFPageObj_CountMarks(handle)):
        mark = pdfium.FPDFPageObj_GetMark(handle, number)
        if _mark_text(pdfium.FPDFPageObjMark_GetName, mark) == "OC":
            return _mark_text(pdfium.FPDFPageObjMark_GetParamStringValue, mark, b"Name")
    return ""


def _mark_text(function: "ctypes._NamedFuncPointer", mark: pdfium.FPDF_PAGEOBJECTMARK, *arguments: bytes) -> str:
    buffer = (ctypes.c_ushort * 256)()
    length = ctypes.c_ulong()
    function(mark, *arguments, buffer, ctypes.sizeof(buffer), length)
    return bytes(buffer)[: max(0, length.value - 2)].decode("utf-16-le", "replace")


def _quarter(angle: float) -> int | None:
    """Quarter turns of a text's direction, None when it is skewed."""
    turns = round(angle / 90)
    return turns % 4 if abs(angle - 90 * turns) <= SKEWED else None


def _turned(boxes: list[_Box], bounds: Rect) -> PageWords:
    """Words with places as they are read, from the direction in which most letters run."""
    quarters = [_quarter(box.style.angle) for box in boxes]
    counts = Counter[int | None]()
    for box, quarter in zip(boxes, quarters, strict=True):
        counts[quarter] += len(box.letters)
    straight = [(count, -quarter) for quarter, count in counts.items() if quarter is not None]
    main = -max(straight)[1] if straight else 0
    groups: dict[int | None, list[Word]] = {}
    for box, quarter in zip(boxes, quarters, strict=True):
        groups.setdefault(quarter, []).append(_word(box, quarter or 0))
    left, top, right, bottom = _turn((bounds[0], bounds[1], bounds[2], bounds[3]), main)
    upright = groups.pop(main, [])
    return PageWords(upright, list(groups.values()), right - left, bottom - top, main, left, top)


def _word(box: _Box, quarter: int) -> Word:
    left, top, right, bottom = _turn((box.left, box.bottom, box.right, box.top), quarter)
    x, y = box.origin
    base = _turn((x, y, x, y), quarter)[1]
    text = "".join(box.letters)
    text = text if text.isascii() else unicodedata.normalize("NFC", text)
    return Word(text, left, top, right, bottom, base, box.style, box.glued, box.unmapped)


def _turn(rect: Rect, quarter: int) -> Rect:
    """(left, bottom, right, top) growing upward as (left, top, right, bottom) growing downward, text running to the right."""
    left, bottom, right, top = rect
    turned = (
        (left, -top, right, -bottom),
        (bottom, left, top, right),
        (-right, bottom, -left, top),
        (-top, -right, -bottom, -left),
    )
    return turned[quarter]


def turned_back(word: Word) -> Rect:
    """A word's place in the page's own coordinates: (left, bottom, right, top) growing upward."""
    left, top, right, bottom = word.left, word.top, word.right, word.bottom
    places = (
        (left, -bottom, right, -top),
        (top, left, bottom, right),
        (-right, top, -left, bottom),
        (-bottom, -right, -top, -left),
    )
    return places[_quarter(word.style.angle) or 0]
