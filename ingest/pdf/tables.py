"""Finds tables that are set without lines, and puts any table into rows under its header."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ingest.pdf.lines import MARKS, Segment, rows
from ingest.pdf.rules import CLOSING

PROSE_LINE = 9
"""A lone piece of a line with this many words is running text and ends a table."""
FARTHEST = 2.6
"""Rows of a table are at most this many type sizes apart."""
SPANNED = 0.2
"""Share of a table's rows that may cross the space between two columns, such as a header over several of them."""
LEAST_GAP = 0.4
"""Least width of the space between columns, as a share of the type size."""
LONGEST_CELL = 9.0
"""Mean number of words in a cell from which pieces side by side are no table."""
LONGEST_SHORT = 3.6
"""The same where there are only two rows."""
RUNNING_WORDS = 3.5
RUNNING_SHARE = 0.3
"""Pieces that long are running text when this share of them begins in lower case."""
WRAPPED_GAP = 1.35
"""Lines of a cell are at most this many type sizes apart where the table's rows are farther apart."""
HEADER_ROWS = 4
_NUMBER = re.compile(
    r"[($€£¥~≈<>±+\-–—−]*\s*(?:[A-Z]{2,3}\$?\s*)?\d[\d.,'’ ]*\s*(?:%|x|pp|bps|[kKmMbB]n?|million|billion)?[)*†‡]*"
    r"|[-–—]|n/?[am]\.?|N/?A",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:FY\s?)?(?:19|20)\d\d(?:[/–-]\d{2,4})?E?")
_SPACED_END = re.compile(r"(?<=\d) (?=[)%])")
_UNIT = re.compile(r"[$€£¥%()]|[A-Z]{2,3}\$")


@dataclass(slots=True)
class Table:
    """Cells by row, all rows of the same length; the first `header` rows say what the columns hold."""

    cells: list[list[str]]
    header: int = 0
    left: float = 0.0
    top: float = 0.0
    right: float = 0.0
    bottom: float = 0.0
    size: float = 0.0
    bolds: list[bool] = field(default_factory=list)


def find_tables(segments: Sequence[Segment]) -> list[Table | list[Segment]]:
    """A group of segments as tables and as lines (the segments of one line) in reading order."""
    lines = rows(segments)
    found: list[Table | list[Segment]] = []
    at = 0
    while at < len(lines):
        stop = _table_end(lines, at) if len(lines[at]) > 1 else at
        table = _make_table(lines[at:stop]) if stop - at >= 2 else None
        if table is None:
            found.append(lines[at])
            at += 1
        else:
            found.append(table)
            at = stop
    return found


def _table_end(lines: Sequence[list[Segment]], start: int) -> int:
    """Behind the last row of what may be a table that begins at `start`; it ends with a row of several pieces."""
    last = start
    for at in range(start + 1, len(lines)):
        line, before = lines[at], lines[at - 1]
        size = max(one.size for one in line)
        if line[0].base - before[0].base > FARTHEST * max(size, before[0].size):
            break
        if len(line) == 1 and (len(line[0].words) >= PROSE_LINE or at - last > 2):
            break
        if len(line) > 1:
            last = at
    while last + 1 < len(lines) and _wraps_below(lines[last], lines[last + 1]):
        last += 1
    return last + 1


def _wraps_below(line: Sequence[Segment], below: Sequence[Segment]) -> bool:
    """Whether a lone piece is the second line of a cell of the row above it."""
    one = below[0]
    near = one.base - line[0].base <= WRAPPED_GAP * one.size
    return len(below) == 1 and near and one.text[:1].islower() and any(abs(one.left - cell.left) < 3 for cell in line)


def _make_table(lines: Sequence[list[Segment]]) -> Table | None:
    """The table that lines form; None when their pieces do not stand in columns."""
    lines = [_with_units(line) for line in lines]
    several = [line for line in lines if len(line) > 1]
    if len(several) < 2:
        return None
    columns = _columns(several)
    if len(columns) < 2 or not _fits(several, columns):
        return None
    grid = [_assign(line, columns) for line in lines]
    longest = LONGEST_CELL if len(several) > 2 else LONGEST_SHORT
    words = [len(piece.words) for line in several for piece in line]
    if sum(words) / len(words) > longest or _is_running_text(several):
        return None
    merged = _merge_wrapped(grid, lines)
    pieces = [piece for line in lines for piece in line]
    return Table(
        [[" ".join(cell.split(" ")) for cell in row.cells] for row in merged],
        _header_rows(merged),
        min(one.left for one in pieces),
        min(one.top for one in pieces),
        max(one.right for one in pieces),
        max(one.bottom for one in pieces),
        pieces[0].size,
    )


def _is_running_text(lines: Sequence[list[Segment]]) -> bool:
    """Whether pieces side by side are lines of several columns of text: long, and many go on in the middle of a sentence."""
    pieces = [piece for line in lines for piece in line]
    words = sum(len(piece.words) for piece in pieces) / len(pieces)
    going_on = sum(piece.text[:1].islower() for piece in pieces)
    return words >= RUNNING_WORDS and going_on > RUNNING_SHARE * len(pieces)


def _with_units(line: Sequence[Segment]) -> list[Segment]:
    """Currency signs joined with the number behind them, percent signs and brackets with the one before."""
    joined: list[Segment] = []
    for one in line:
        opens = joined and _UNIT.fullmatch(joined[-1].text) and joined[-1].text not in CLOSING
        closes = joined and one.text in CLOSING and one.left - joined[-1].right < 2 * one.size
        if opens or closes:
            joined[-1] = _joined(joined[-1], one)
        else:
            joined.append(one)
    return joined


def _joined(one: Segment, other: Segment) -> Segment:
    text = f"{one.text}{'' if other.text in ('%', ')', '%)') or one.text == '(' else ' '}{other.text}"
    return Segment(
        [*one.words, *other.words],
        one.left,
        min(one.top, other.top),
        other.right,
        max(one.bottom, other.bottom),
        one.base,
        other.size,
        other.bold,
        other.mono,
        text,
    )


def _columns(lines: Sequence[list[Segment]]) -> list[tuple[float, float]]:
    """Left and right edge of each column: where the space between pieces is the same in almost all rows."""
    edges = sorted({edge for line in lines for one in line for edge in (one.left, one.right)})
    size = lines[0][0].size
    allowed = SPANNED * len(lines) if len(lines) > 2 else 0
    spaces: list[tuple[float, float]] = []
    for left, right in pairwise(edges):
        middle = (left + right) / 2
        crossing = sum(any(one.left < middle < one.right for one in line) for line in lines)
        if crossing <= allowed:
            if spaces and abs(spaces[-1][1] - left) < 0.01:
                spaces[-1] = (spaces[-1][0], right)
            else:
                spaces.append((left, right))
    wide = [space for space in spaces if space[1] - space[0] >= LEAST_GAP * size]
    starts = [edges[0], *(right for _, right in wide)]
    ends = [*(left for left, _ in wide), edges[-1]]
    columns = [(start, end) for start, end in zip(starts, ends, strict=True) if end > start]
    return [column for column in columns if _used(column, lines)]


def _used(column: tuple[float, float], lines: Sequence[list[Segment]]) -> bool:
    return any(column[0] - 1 <= (one.left + one.right) / 2 <= column[1] + 1 for line in lines for one in line)


def _fits(lines: Sequence[list[Segment]], columns: Sequence[tuple[float, float]]) -> bool:
    """Whether most rows have pieces in at least two columns, one piece a column."""
    good = 0
    for line in lines:
        places = [_span(one, columns) for one in line]
        apart = all(before[1] < after[0] for before, after in pairwise(places))
        good += apart
    listed = sum(len(one.text) > 1 and one.text[0] in MARKS and one.text[1] == " " for line in lines for one in line)
    return good >= 0.6 * len(lines) and listed < 0.5 * sum(len(line) for line in lines)


def _span(one: Segment, columns: Sequence[tuple[float, float]]) -> tuple[int, int]:
    """First and last column that a piece stands in."""
    touched = [at for at, (left, right) in enumerate(columns) if min(one.right, right) - max(one.left, left) > 0.5]
    if touched:
        return touched[0], touched[-1]
    middle = (one.left + one.right) / 2
    nearest = min(range(len(columns)), key=lambda at: abs(sum(columns[at]) / 2 - middle))
    return nearest, nearest


@dataclass(slots=True)
class _Row:
    cells: list[str]
    base: float
    size: float
    bold: bool
    spans: bool = False


def _assign(line: Sequence[Segment], columns: Sequence[tuple[float, float]]) -> _Row:
    """The pieces of a line by column; a piece over several columns stands in each of them."""
    cells = [""] * len(columns)
    spans = False
    for one in line:
        first, last = _span(one, columns)
        spans = spans or (last > first and first > 0)
        for at in range(first, last + 1) if first > 0 else (first,):
            cells[at] = f"{cells[at]} {one.text}".strip()
    return _Row(cells, line[0].base, line[0].size, all(one.bold for one in line), spans)


def _merge_wrapped(grid: Sequence[_Row], lines: Sequence[list[Segment]]) -> list[_Row]:
    """Rows with the lines of a cell that was wrapped put together."""
    gaps = [after.base - before.base for before, after in pairwise(grid)]
    sizes = [row.size for row in grid[1:]]
    narrow = [gap <= WRAPPED_GAP * size for gap, size in zip(gaps, sizes, strict=True)]
    uneven = any(narrow) and not all(narrow)
    merged = [grid[0]]
    for row, tight in zip(grid[1:], narrow, strict=True):
        before = merged[-1]
        if (uneven and tight and _could_wrap(before, row)) or _wraps(before, row):
            before.cells = [f"{one}\n{other}".strip() for one, other in zip(before.cells, row.cells, strict=True)]
            before.base = row.base
        else:
            merged.append(row)
    return merged


def _could_wrap(before: _Row, row: _Row) -> bool:
    """Whether a line near the one before can be its second line: no numbers of its own below other numbers."""
    return not any(is_number(one) and is_number(other) for one, other in zip(before.cells, row.cells, strict=True))


def _wraps(before: _Row, row: _Row) -> bool:
    """Whether a line without space around it goes on with the one before: a label in two lines, or cells below no label."""
    filled = [cell for cell in row.cells if cell]
    if not row.cells[0]:
        under = all(one for one, other in zip(before.cells, row.cells, strict=True) if other)
        return (
            under
            and len(filled) < len(row.cells)
            and not any(is_number(cell) for cell in filled)
            and filled[0][:1].islower()
        )
    only_label = before.cells[0] and not any(before.cells[1:])
    return bool(only_label) and row.cells[0][:1].islower() and not before.cells[0].endswith((":", "."))


def is_number(cell: str) -> bool:
    """Whether a cell holds a number or stands for a missing one."""
    return bool(_NUMBER.fullmatch(cell.strip()))


def _header_rows(grid: Sequence[_Row]) -> int:
    """How many of the first rows say what the columns hold."""
    kinds = [_kind(row) for row in grid]
    if "data" in kinds:
        first = kinds.index("data")
        return first if first <= HEADER_ROWS and any(any(row.cells[1:]) for row in grid[:first]) else 0
    if _in_small_letters(grid):
        return 1
    bold = grid[0].bold and not all(row.bold for row in grid)
    full = sum(bool(cell) for cell in grid[0].cells) >= len(grid[0].cells) - 1
    return int(len(grid) > 1 and full and (bold or len(grid[0].cells) > 2) and not _is_label(grid[0].cells[0]))


def _in_small_letters(grid: Sequence[_Row]) -> bool:
    """Whether only the first row begins its cells in capitals."""
    first = [cell for cell in grid[0].cells if cell]
    rest = [row.cells[0] for row in grid[1:] if row.cells[0]]
    small = len(rest) > 1 and all(cell[:1].islower() for cell in rest)
    return small and len(first) == len(grid[0].cells) and all(cell[:1].isupper() for cell in first)


def _kind(row: _Row) -> str:
    """`data` for a row with numbers that are no years, `words` else."""
    values = [cell.strip() for cell in row.cells[1:] if cell.strip()]
    numbers = [cell for cell in values if re.search(r"\d", cell) and not _YEAR.fullmatch(cell)]
    return "data" if values and len(numbers) * 2 >= len(values) and any(map(_mostly_number, numbers)) else "words"


def _mostly_number(cell: str) -> bool:
    return is_number(cell) or bool(re.match(r"[($€£¥~<>+\-–]*\d", cell))


def _is_label(cell: str) -> bool:
    return cell.rstrip().endswith(":")


def without_unit_columns(cells: Sequence[Sequence[str]]) -> list[list[str]]:
    """Cells with currency signs put before the number they belong to, percent signs behind it, and empty columns left out."""
    joined = [_units_joined(row) for row in cells]
    columns = [column for column in zip(*joined, strict=True) if any(column)]
    joined = [list(row) for row in zip(*columns, strict=True)]
    at = 2
    while joined and at < len(joined[0]):
        if _belong_together([row[at - 1] for row in joined], [row[at] for row in joined]):
            joined = [[*row[: at - 1], row[at - 1] or row[at], *row[at + 1 :]] for row in joined]
        else:
            at += 1
    return joined


def _belong_together(left: Sequence[str], right: Sequence[str]) -> bool:
    """Whether two columns are one: never both filled but with the same words, one of them hardly at all."""
    both = sum(bool(one and other and one != other) for one, other in zip(left, right, strict=True))
    same = sum(bool(one and one == other) for one, other in zip(left, right, strict=True))
    fewer = min(sum(map(bool, left)), sum(map(bool, right)))
    return not both and (fewer - same == 0 or fewer <= max(HEADER_ROWS, 0.15 * len(left)))


def _units_joined(row: Sequence[str]) -> list[str]:
    cells = list(row)
    for at, cell in enumerate(cells):
        if cell in CLOSING and any(cells[:at]):
            before = max(place for place in range(at) if cells[place])
            cells[before], cells[at] = f"{cells[before]}{cell}", ""
        elif cell and _UNIT.fullmatch(cell) and any(cells[at + 1 :]):
            after = min(place for place in range(at + 1, len(cells)) if cells[place])
            cells[after], cells[at] = f"{cell} {cells[after]}", ""
    return cells


def framed_table(cells: Sequence[Sequence[str]]) -> Table:
    """A table whose rows are known only as text, as one framed by lines."""
    compact = without_unit_columns(cells)
    return Table(compact, header_of(compact)) if compact and compact[0] else Table([[""]])


def header_of(cells: Sequence[Sequence[str]]) -> int:
    """The number of header rows of such a table."""
    return _header_rows([_Row(list(row), 0.0, 0.0, False) for row in cells]) or int(len(cells) > 1 and all(cells[0]))


def table_lines(table: Table) -> list[str]:
    """The table as Markdown: rows between pipes under one header row; a list of labels and values as items."""
    cells = [[_clean(cell) for cell in row] for row in table.cells]
    if _is_form(cells):
        return [f"- {row[0]} {row[1]}".rstrip() for row in cells if any(row)]
    header = cells[: table.header]
    merged = [" ".join(dict.fromkeys(row[at] for row in header if row[at])) for at in range(len(cells[0]))]
    head = [_row(merged), "|" + " --- |" * len(merged)] if header else []
    return head + [_row(row) for row in cells[table.header :] if any(row)]


def _is_form(cells: Sequence[Sequence[str]]) -> bool:
    """Whether two columns are labels with a colon and what was filled in."""
    labels = [row[0] for row in cells if row[0]]
    return len(cells[0]) == 2 and bool(labels) and sum(map(_is_label, labels)) >= 0.8 * len(labels)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _clean(cell: str) -> str:
    return _SPACED_END.sub("", " ".join(cell.replace("|", "¦").split()))
