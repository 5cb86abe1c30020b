"""Finds the lines that are drawn on a page and the tables whose cells they frame; knows nothing of unframed tables."""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass, field

import pypdfium2
import pypdfium2.raw as pdfium

from ingest.pdf.lines import Segment, find_segments, rows
from ingest.pdf.words import Word

THICKEST = 2.5
"""A drawn shape no thicker than this, in points, is a line."""
SHORTEST = 8.0
MOST_SHAPES = 6000
"""More drawn shapes than this are a picture, in which lines are not looked for."""
CLOSING = ("%", ")", "%)", "*", ")%")
"""What may stand outside a cell and still belongs to its number."""
OUTSIDE = 14.0
HEADER_ROWS = 3
"""A cell over several columns stands above each of them in this many rows."""
LEAST_WIDTH = 80.0
"""Lines of a table without side lines are at least this long."""
FEW_ROWS = 3
"""A framed table with no more rows than this, each of many lines, has more rows than lines."""
MANY_LINES = 4
SHORT_PIECE = 4.0
"""Mean number of words in the lines of such rows."""
NEAR = 3.0
"""Line ends and positions nearer than this, in points, meet."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A line at `at` from `start` to `end`: horizontal ones at a height, vertical ones at a distance from the left."""

    at: float
    start: float
    end: float


@dataclass(slots=True)
class Rules:
    """All lines of a page, in the coordinates of its words."""

    across: list[Rule] = field(default_factory=list)
    down: list[Rule] = field(default_factory=list)


@dataclass(slots=True)
class Grid:
    """A framed table: where its rows and columns are divided, and its words."""

    ys: list[float]
    xs: list[float]
    down: list[Rule]
    words: list[Word] = field(default_factory=list)

    @property
    def top(self) -> float:
        """Its upper edge."""
        return self.ys[0]

    def holds(self, word: Word) -> bool:
        """Whether a word stands inside."""
        x, y = (word.left + word.right) / 2, (word.top + word.bottom) / 2
        right = self.xs[-1] + (OUTSIDE if word.text in CLOSING else 1)
        return self.xs[0] - 1 <= x <= right and self.ys[0] - 1 <= y <= self.ys[-1] + 1


def read_rules(page: pypdfium2.PdfPage, direction: int) -> Rules:
    """Straight lines and edges of boxes drawn on the page; none where text is set sideways or the page is a drawing."""
    rules = Rules()
    count = pdfium.FPDFPage_CountObjects(page.raw)
    if direction or count > MOST_SHAPES:
        return rules
    sides = [ctypes.c_float() for _ in range(4)]
    for number in range(count):
        shape = pdfium.FPDFPage_GetObject(page.raw, number)
        if pdfium.FPDFPageObj_GetType(shape) != pdfium.FPDF_PAGEOBJ_PATH:
            continue
        if pdfium.FPDFPageObj_GetBounds(shape, *sides):
            left, bottom, right, top = (side.value for side in sides)
            _add(rules, left, -top, right, -bottom)
    return Rules(_whole(rules.across), _whole(rules.down))


def _whole(pieces: list[Rule]) -> list[Rule]:
    """Lines that were drawn in pieces, one a row or a cell, put together."""
    whole: list[Rule] = []
    for piece in sorted(pieces, key=lambda one: (round(one.at / NEAR), one.start)):
        last = whole[-1] if whole else None
        if last and abs(last.at - piece.at) <= NEAR and piece.start <= last.end + NEAR:
            whole[-1] = Rule(last.at, min(last.start, piece.start), max(last.end, piece.end))
        else:
            whole.append(piece)
    return whole


def _add(rules: Rules, left: float, top: float, right: float, bottom: float) -> None:
    width, height = right - left, bottom - top
    if height <= THICKEST and width >= SHORTEST:
        rules.across.append(Rule((top + bottom) / 2, left, right))
    elif width <= THICKEST and height >= SHORTEST:
        rules.down.append(Rule((left + right) / 2, top, bottom))
    elif width >= SHORTEST and height >= SHORTEST:
        rules.across += [Rule(top, left, right), Rule(bottom, left, right)]
        rules.down += [Rule(left, top, bottom), Rule(right, top, bottom)]


def find_grids(rules: Rules, words: Sequence[Word]) -> list[Grid]:
    """Framed tables with at least two rows and columns that hold text."""
    if len(rules.across) < 3 or len(rules.down) < 3:
        return []
    grids = []
    for across, down in _joined(rules):
        ys, xs = _positions(across), _positions(down)
        if len(ys) < 3 or len(xs) < 3:
            continue
        grid = Grid(ys, xs, down)
        grid.words = [word for word in words if grid.holds(word)]
        if _is_table(grid):
            grids.append(grid)
    return grids


def find_open_bands(rules: Rules, height: float) -> list[tuple[float, float, float, float]]:
    """Places (left, top, right, bottom) between lines of one width, as above, below and inside a table without side lines."""
    groups: dict[tuple[int, int], list[Rule]] = {}
    for rule in rules.across:
        if rule.end - rule.start >= LEAST_WIDTH:
            groups.setdefault((round(rule.start / NEAR / 2), round(rule.end / NEAR / 2)), []).append(rule)
    places = []
    for group in groups.values():
        ys = _positions(group)
        if len(ys) >= 3 and ys[-1] - ys[0] <= 0.75 * height:
            places.append((group[0].start - NEAR, ys[0], group[0].end + NEAR, ys[-1]))
    return places


def _positions(rules: Sequence[Rule]) -> list[float]:
    found: list[float] = []
    for at in sorted(rule.at for rule in rules):
        if not found or at - found[-1] > NEAR:
            found.append(at)
    return found


def _joined(rules: Rules) -> list[tuple[list[Rule], list[Rule]]]:
    """Lines that meet each other, directly or over others."""
    items = [(rule, True) for rule in rules.across] + [(rule, False) for rule in rules.down]
    group = list(range(len(items)))

    def root(one: int) -> int:
        while group[one] != one:
            group[one] = group[group[one]]
            one = group[one]
        return one

    downs = sorted((rule.at, len(rules.across) + at) for at, rule in enumerate(rules.down))
    for at, rule in enumerate(rules.across):
        for x, other in downs:
            if x > rule.end + NEAR:
                break
            if x >= rule.start - NEAR and items[other][0].start - NEAR <= rule.at <= items[other][0].end + NEAR:
                group[root(at)] = root(other)
    joined: dict[int, tuple[list[Rule], list[Rule]]] = {}
    for at, (rule, is_across) in enumerate(items):
        joined.setdefault(root(at), ([], []))[0 if is_across else 1].append(rule)
    return list(joined.values())


def _is_table(grid: Grid) -> bool:
    """Whether words stand in at least two columns of at least two rows, and no cell holds most of a page of text."""
    cells = grid_cells(grid)
    filled = [row for row in cells if sum(bool(cell) for cell in row) >= 2]
    longest = max((len(cell) for row in cells for cell in row), default=0)
    return len(filled) >= 2 and longest <= 1200


def grid_cells(grid: Grid) -> list[list[str]]:
    """Text of each cell by row; lines inside a cell are divided by line feeds, empty rows and columns left out."""
    if len(grid.ys) - 1 <= FEW_ROWS and (ys := _row_tops(grid)):
        grid = Grid(ys, grid.xs, grid.down, grid.words)
    words: dict[tuple[int, int, int], list[Word]] = {}
    drawn = [[rule for rule in grid.down if abs(rule.at - x) <= NEAR] for x in grid.xs]
    for word in grid.words:
        words.setdefault((_row(grid, word), *_columns(grid, word, drawn)), []).append(word)
    cells = [[""] * (len(grid.xs) - 1) for _ in grid.ys[1:]]
    for (row, first, last), inside in sorted(words.items(), key=lambda item: item[0]):
        text = _cell_text(inside)
        for column in range(first, last + 1) if row < HEADER_ROWS and first > 0 else (first,):
            cells[row][column] = f"{cells[row][column]}\n{text}".strip()
    return [row for row in cells if any(row)]


def _row_tops(grid: Grid) -> list[float]:
    """Where the rows of a table begin that has lines only around it and below its header; empty when each is one row."""
    ys = [grid.ys[0]]
    divided = False
    for top, bottom in zip(grid.ys, grid.ys[1:], strict=False):
        inside = [word for word in grid.words if top <= (word.top + word.bottom) / 2 < bottom]
        lines = rows(find_segments(inside))
        pieces = [piece for line in lines for piece in line]
        several = sum(len(line) > 1 for line in lines)
        short = pieces and sum(len(piece.words) for piece in pieces) <= SHORT_PIECE * len(pieces)
        if len(lines) >= MANY_LINES and several >= 2 and short:
            divided = True
            ys += [min(piece.top for piece in line) for line in lines[1:]]
        ys.append(bottom)
    return sorted(set(ys)) if divided else []


def _row(grid: Grid, word: Word) -> int:
    middle = (word.top + word.bottom) / 2
    return max(0, min(len(grid.ys) - 2, sum(y <= middle for y in grid.ys) - 1))


def _columns(grid: Grid, word: Word, drawn: Sequence[Sequence[Rule]]) -> tuple[int, int]:
    """First and last column of a word's cell: a division counts only where its line is drawn beside the word."""
    x, y = (word.left + word.right) / 2, (word.top + word.bottom) / 2
    first, last = 0, len(grid.xs) - 2
    for number in range(1, len(grid.xs) - 1):
        if any(rule.start - NEAR <= y <= rule.end + NEAR for rule in drawn[number]):
            if grid.xs[number] <= x:
                first = number
            else:
                last = number - 1
                break
    return first, last


def _cell_text(words: Sequence[Word]) -> str:
    lines: list[list[Segment]] = []
    for segment in find_segments(words):
        if lines and abs(lines[-1][0].base - segment.base) <= 0.4 * segment.size:
            lines[-1].append(segment)
        else:
            lines.append([segment])
    return "\n".join(" ".join(one.text for one in line) for line in lines)
