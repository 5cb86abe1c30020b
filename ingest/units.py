"""Cuts a page into units a reader would quote: sentences, list items, table rows; every character is in one unit."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

import sentencex

from ingest.blocks import Block, Shape, parse_blocks
from ingest.lone import lone_headings
from ingest.plain import plain as plain
from ingest.plain import plain_code
from ingest.tables import cells
from ingest.unmarked import LIST_LEVEL, NUMBERED_LEVEL, OUTLINE_NUMBER, Segment, cut, head_lists, width_of

__all__ = [
    "LIST_LEVEL", "NUMBERED_LEVEL", "QUOTABLE", "Kind", "Unit", "front_matter", "plain", "split_units", "unit_words",
]  # fmt: skip


class Kind(StrEnum):
    """What a unit is; only some kinds make sense as a quotation."""

    HEADING = "heading"
    PROSE = "prose"
    ITEM = "item"
    ROW = "row"
    HEADER = "header"
    CODE = "code"
    PROPERTIES = "properties"
    """Front matter with tags or other names of the page: searched, never quoted."""
    ASIDE = "aside"
    """Rules, other front matter, footnote addresses and table separators: kept, never searched or quoted."""


QUOTABLE = frozenset({Kind.PROSE, Kind.ITEM, Kind.ROW, Kind.CODE})


@dataclass(frozen=True, slots=True)
class Unit:
    """`text[start:end]` of a page; trailing white space belongs to the unit before it."""

    start: int
    end: int
    kind: Kind
    level: int = 0
    """Depth of a heading, 1 outermost; of what stands in a list, `LIST_LEVEL` and the lists around it; else 0."""
    title: str = ""
    """A heading's words; front matter may hold the title of the whole page."""
    header: str = ""
    """The header above a table's row, as it stands on the page."""


_NOTE_MARKS = re.compile(r"(?:\[\^[^\[\]]+\])+\s*")
"""Footnote marks behind a full stop belong to the sentence before them."""
_KINDS = {
    Shape.HEADING: Kind.HEADING,
    Shape.PARAGRAPH: Kind.PROSE,
    Shape.ITEM: Kind.ITEM,
    Shape.CODE: Kind.CODE,
    Shape.HEADER: Kind.HEADER,
    Shape.ROW: Kind.ROW,
    Shape.RULE: Kind.ASIDE,
}
_PROSE_LINE = re.compile(r"\s*[A-ZÀ-Þ“\"'(]?\w[^{};=<>|$\\/_]*$")
_SENTENCE = re.compile(r"[a-zß-ÿ]{2}[\"”)]?[.?!]\s*$")
MOST_FRONT_LINES = 200


def split_units(text: str) -> list[Unit]:
    """Units that tile `text`: the first starts at 0, each starts where the one before ends, the last ends at the end."""
    lines = text.splitlines(keepends=True) if not _ODD_BREAK.search(text) else _LINE.findall(text)
    starts = _starts(lines)
    front = front_matter_lines(lines)
    units = _front_units(text[: starts[front]]) if front else []
    units += [
        unit for segment in _segments(lines, front, text[starts[front] :]) for unit in _units_of(text, segment, starts)
    ]
    return _tiled(text, list(_with_headers(text, units)))


_ODD_BREAK = re.compile("[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
"""What Python takes for the end of a line and Markdown does not."""
_LINE = re.compile(r"[^\n]*\n|[^\n]+$")


def _starts(lines: Sequence[str]) -> list[int]:
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    return starts


def _tiled(text: str, units: list[Unit]) -> list[Unit]:
    """The same units stretched so that nothing is between them."""
    if not units:
        return [Unit(0, len(text), Kind.ASIDE)] if text else []
    starts = [0, *(unit.start for unit in units[1:]), len(text)]
    return [
        replace(unit, start=start, end=end)
        for (start, end), unit in zip(pairwise(starts), units, strict=True)
        if end > start
    ]


def _with_headers(text: str, units: Sequence[Unit]) -> Iterator[Unit]:
    """The rows of tables with the header above them."""
    header = ""
    for unit in units:
        if unit.kind is Kind.HEADER:
            header = text[unit.start : unit.end].strip()
        elif unit.kind not in (Kind.ROW, Kind.ASIDE):
            header = ""
        yield replace(unit, header=header) if unit.kind is Kind.ROW and header else unit


def _segments(lines: Sequence[str], offset: int, text: str) -> list[Segment]:
    """The page below its front matter as segments that cover every line with something on it."""
    width = width_of(lines)
    found: list[Segment] = []
    at = offset
    for block in parse_blocks(text):
        block = Block(block.first + offset, block.last + offset, block.shape, block.depth, block.title, block.quoted)
        found += _uncovered(lines, at, block.first)
        found += _segments_of(lines, block, width)
        at = block.last
    found += _uncovered(lines, at, len(lines))
    return lone_headings(lines, head_lists(lines, found))


def _uncovered(lines: Sequence[str], first: int, last: int) -> Iterator[Segment]:
    """Lines that no block holds: the marks of empty items and quotes."""
    return (Segment(at, at + 1, Shape.RULE) for at in range(first, last) if lines[at].strip())


def _segments_of(lines: Sequence[str], block: Block, width: int) -> list[Segment]:
    level = LIST_LEVEL + block.depth if block.depth else 0
    if block.shape in (Shape.PARAGRAPH, Shape.ITEM):
        return cut(lines, block, width)
    if block.shape is Shape.ROW and "|" not in lines[block.first]:
        return cut(lines, Block(block.first, block.last, Shape.PARAGRAPH), width)
    if block.shape is Shape.CODE and _is_indented_prose(lines[block.first : block.last]):
        return cut(lines, Block(block.first, block.last, Shape.PARAGRAPH, block.depth), width)
    if block.shape is Shape.HEADING:
        return [Segment(block.first, block.last, Shape.HEADING, block.depth, block.title)]
    return [Segment(block.first, block.last, block.shape, level)]


def _is_indented_prose(lines: Sequence[str]) -> bool:
    """Whether indented lines are a paragraph: a sentence, and no signs of code in most of its lines."""
    if lines[0].lstrip().startswith(("```", "~~~")):
        return False
    filled = [line for line in lines if line.strip()]
    prose = sum(bool(_PROSE_LINE.match(line)) for line in filled)
    return prose > 0.8 * len(filled) and any(_SENTENCE.search(line) for line in filled)


def _units_of(text: str, segment: Segment, starts: Sequence[int]) -> Iterator[Unit]:
    """A paragraph as its sentences, any other segment whole."""
    start, end = starts[segment.first], starts[segment.last]
    if segment.shape is not Shape.PARAGRAPH:
        title = segment.title.rstrip("#").rstrip() if segment.shape is Shape.HEADING else ""
        yield Unit(start, end, _KINDS[segment.shape], segment.depth, title)
        return
    offset = start
    for sentence in _whole_sentences(text[start:end]):
        marks = _NOTE_MARKS.match(sentence) if offset > start and not _NOTE_TEXT.match(sentence) else None
        begin = offset + (marks.end() if marks else 0)
        offset += len(sentence)
        if text[begin:offset].strip():
            yield Unit(begin, offset, Kind.PROSE, segment.depth)


_NOTE_TEXT = re.compile(r"\[\^[^\[\]]+\]:")


def _whole_sentences(text: str) -> Iterator[str]:
    """Sentences that tile the text.

    A full stop without white space behind it (`ML.PREDICT`) ends none, nor does one inside bold words, such as those that
    open a paragraph: they stay with the sentence behind them.
    """
    held = ""
    bold = 0
    for segment in sentencex.segment("en", text):
        if held and bold % 2 == 0 and (held[-1] not in ".!?" or not segment[:1].isalnum()):
            yield held
            held, bold = "", 0
        held += segment
        bold += segment.count("**")
    if held:
        yield held


# Front matter

_FRONT_KEY = re.compile(r"^([A-Za-z][\w -]*):(.*)$")
_SEARCHED = ("tags", "tag", "keywords", "aliases", "alias")


def front_matter_lines(lines: Sequence[str]) -> int:
    """How many lines the front matter of a page takes, its two rules included; 0 without any."""
    if len(lines) < 2 or lines[0].rstrip() != "---" or not (_FRONT_KEY.match(lines[1]) or lines[1].strip() == "---"):
        return 0
    for at, line in enumerate(lines[1:MOST_FRONT_LINES], 1):
        if line.rstrip() in ("---", "..."):
            return at + 1
    return 0


def front_matter(text: str) -> dict[str, list[str]]:
    """The values of each key of front matter, lower-cased; lists in either of YAML's forms, all else as it is written."""
    found: dict[str, list[str]] = {}
    key = ""
    for line in text.splitlines():
        if named := _FRONT_KEY.match(line):
            key = named[1].strip().lower()
            found[key] = _values(named[2])
        elif key and line.lstrip().startswith("- "):
            found[key] += _values(line.lstrip()[2:])
    return found


def _values(written: str) -> list[str]:
    written = written.strip()
    listed = written[1:-1].split(",") if written.startswith("[") and written.endswith("]") else [written]
    return [value for one in listed if (value := one.strip().strip("\"'"))]


def _front_units(text: str) -> list[Unit]:
    keys = front_matter(text)
    title = " ".join(keys.get("title", [])) or ", ".join(keys.get("aliases", []) + keys.get("alias", []))
    searched = any(keys.get(key) for key in _SEARCHED)
    return [Unit(0, len(text), Kind.PROPERTIES if searched else Kind.ASIDE, 0, title)]


def unit_words(text: str, unit: Unit) -> str:
    """The words of a unit, or of a part of it, as they are searched: a row with the names of its columns, code untouched,
    front matter as its tags and names."""
    kind = unit.kind
    if kind is Kind.ROW and unit.header:
        return _row_words(text, unit.header)
    if kind is Kind.CODE:
        return plain_code(text)
    if (
        kind is Kind.ITEM
        and (number := OUTLINE_NUMBER.match(text))
        and unit.level == LIST_LEVEL + 1 + number[1].count(".")
    ):
        return plain(text[number.end() :])
    if kind is Kind.PROPERTIES:
        keys = front_matter(text)
        return " ".join(value for key in _SEARCHED for value in keys.get(key, []))
    return plain(text)


def _row_words(row: str, header: str) -> str:
    """The first cell, which names the row, and each other with its column; the cells alone where the two do not match."""
    names, held = ([plain(cell) for cell in cells(line)] for line in (header, row))
    if len(names) != len(held):
        return plain(row)
    named = [f"{name}: {cell}" if name else cell for name, cell in zip(names[1:], held[1:], strict=True) if cell]
    return " · ".join([*filter(None, held[:1]), *named])
