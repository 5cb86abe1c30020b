"""Cuts a page into units a reader would quote: sentences, list items, table rows; every character is in one unit."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import sentencex


class Kind(StrEnum):
    """What a unit is; only some kinds make sense as a quotation."""

    HEADING = "heading"
    PROSE = "prose"
    ITEM = "item"
    ROW = "row"
    HEADER = "header"
    CODE = "code"
    ASIDE = "aside"
    """Rules, front matter, footnote addresses and table separators: kept, never quoted."""


QUOTABLE = frozenset({Kind.PROSE, Kind.ITEM, Kind.ROW, Kind.CODE})


@dataclass(frozen=True, slots=True)
class Unit:
    """`text[start:end]` of a page; trailing white space belongs to the unit before it."""

    start: int
    end: int
    kind: Kind
    level: int = 0
    """Depth of a heading, 1 outermost; 0 for everything else."""
    title: str = ""
    """A heading's words; front matter may hold the title of the whole page."""


_NOTE_MARKS = re.compile(r"(?:\[\^[^\]]+\])+\s*")
"""Footnote marks behind a full stop belong to the sentence before them."""
_FENCE = re.compile(r"\s{0,3}(```|~~~)")
_MARKDOWN_HEADING = re.compile(r"(#{1,6})\s+(.+?)\s*#*\s*$")
_ITEM = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)]|[a-z][.)])\s+\S")
_ROW = re.compile(r"\s*\|.*\|\s*$")
_SEPARATOR = re.compile(r"\s*\|?[\s:|-]*-{3,}[\s:|-]*$")
_FRONT_TITLE = re.compile(r"^title:\s*[\"']?(.+?)[\"']?\s*$", re.MULTILINE)
_FOOTNOTE = re.compile(r"\[\^[^\]]+\]:")
_NAMED_PART = re.compile(
    r"(?:Section|Chapter|Part|Module|Appendix|Domain|Unit|Lesson|SECTION|CHAPTER|PART)\s+\d{1,2}(?=\s*[:.–—-]|\s*$|\s+[A-Z(])"
)
_NUMBERED = re.compile(r"(\d{1,2}(?:\.\d{1,2}){1,3})\.?\s+[A-Z][A-Za-z]*\s?[a-z]")
NUMBERED_LEVEL = 10
"""Numbered headings (`6.1 …`) nest below Markdown's six levels."""
LONGEST_LONE_HEADING = 120
_LONE = re.compile(r"[A-Z0-9][^|]*[^\s.,;:!|]$")
HEADING_LINES = 3
WRAPPED = 55
"""A heading line at least this long that ends without punctuation may go on in the next line."""


def split_units(text: str) -> list[Unit]:
    """Units that tile `text`: the first starts at 0, each starts where the one before ends, the last ends at the end."""
    spans = list(_blocks(text))
    units = [unit for block in spans for unit in _sentences(text, block)]
    if not units:
        return [Unit(0, len(text), Kind.ASIDE)] if text else []
    starts = [0] + [unit.start for unit in units[1:]]
    ends = [*starts[1:], len(text)]
    return [
        Unit(start, end, unit.kind, unit.level, unit.title)
        for start, end, unit in zip(starts, ends, units, strict=True)
        if end > start
    ]


def _blocks(text: str) -> Iterator[Unit]:
    """Line-based blocks in order; blank lines are left between them."""
    lines = _lines(text)
    position = 0
    if lines and text.startswith("---\n"):
        closing = next((i for i, (start, end) in enumerate(lines[1:], 1) if text[start:end].strip() == "---"), None)
        if closing is not None:
            title = _FRONT_TITLE.search(text, 0, lines[closing][1])
            yield Unit(0, lines[closing][1], Kind.ASIDE, 0, title.group(1) if title else "")
            position = closing + 1
    while position < len(lines):
        block, position = _next_block(text, lines, position)
        if block is not None:
            yield block


def _lines(text: str) -> list[tuple[int, int]]:
    ends = [found.end() for found in re.finditer(r"[^\n]*\n|[^\n]+$", text)]
    return list(zip([0, *ends[:-1]], ends, strict=True)) if ends else []


def _next_block(text: str, lines: list[tuple[int, int]], position: int) -> tuple[Unit | None, int]:
    start, end = lines[position]
    line = text[start:end]
    if not line.strip():
        return None, position + 1
    if _FENCE.match(line):
        stop = position + 1
        while stop < len(lines) and not _FENCE.match(text[slice(*lines[stop])]):
            stop += 1
        stop = min(stop + 1, len(lines))
        return Unit(start, lines[stop - 1][1], Kind.CODE), stop
    if heading := _MARKDOWN_HEADING.match(line):
        return Unit(start, end, Kind.HEADING, len(heading.group(1)), heading.group(2)), position + 1
    if _FOOTNOTE.match(line) or _SEPARATOR.match(line):
        return Unit(start, end, Kind.ASIDE), position + 1
    if _ROW.match(line):
        following = text[slice(*lines[position + 1])] if position + 1 < len(lines) else ""
        return Unit(start, end, Kind.HEADER if _SEPARATOR.match(following) else Kind.ROW), position + 1
    if _NAMED_PART.match(line) or _NUMBERED.match(line):
        return _numbered_heading(text, lines, position)
    stop = position + 1
    while stop < len(lines) and not _starts_block(text[slice(*lines[stop])]):
        stop += 1
    if _ITEM.match(line):
        return Unit(start, lines[stop - 1][1], Kind.ITEM), stop
    if stop == position + 1 and _is_lone_heading(text, lines, position):
        return Unit(start, end, Kind.HEADING, NUMBERED_LEVEL, line.strip()), stop
    return Unit(start, lines[stop - 1][1], Kind.PROSE), stop


def _is_lone_heading(text: str, lines: list[tuple[int, int]], position: int) -> bool:
    """A short line between blank lines, without an end mark, with something below it: a heading without markup."""
    line = re.sub(r"\[\^[^\]]+\]", "", text[slice(*lines[position])]).strip()
    alone = position == 0 or not text[slice(*lines[position - 1])].strip()
    below = position + 2 < len(lines) and not text[slice(*lines[position + 1])].strip()
    return alone and below and len(line) <= LONGEST_LONE_HEADING and bool(_LONE.match(line))


def _starts_block(line: str) -> bool:
    patterns = (_FENCE, _MARKDOWN_HEADING, _ITEM, _FOOTNOTE, _SEPARATOR, _ROW, _NAMED_PART, _NUMBERED)
    return not line.strip() or any(pattern.match(line) for pattern in patterns)


def _numbered_heading(text: str, lines: list[tuple[int, int]], position: int) -> tuple[Unit, int]:
    """`Section 2: …` or `2.1 …` as printed in guides without markup; a long one may wrap over a few lines."""
    start, end = lines[position]
    stop = position + 1
    while stop < min(len(lines), position + HEADING_LINES):
        line = text[slice(*lines[stop - 1])].rstrip()
        if len(line) < WRAPPED or line.endswith((".", ":", "?", "!", ")")) or _starts_block(text[slice(*lines[stop])]):
            break
        stop += 1
    title = " ".join(text[start : lines[stop - 1][1]].split())
    number = _NUMBERED.match(text[start:end])
    level = NUMBERED_LEVEL + (number.group(1).count(".") if number else 0)
    return Unit(start, lines[stop - 1][1], Kind.HEADING, level, title), stop


def _sentences(text: str, block: Unit) -> Iterator[Unit]:
    """A prose block as its sentences; other blocks whole."""
    if block.kind is not Kind.PROSE:
        yield block
        return
    offset = block.start
    for sentence in _whole_sentences(text[block.start : block.end]):
        marks = _NOTE_MARKS.match(sentence) if offset > block.start else None
        start = offset + (marks.end() if marks else 0)
        offset += len(sentence)
        if text[start:offset].strip():
            yield Unit(start, offset, Kind.PROSE)


def _whole_sentences(text: str) -> Iterator[str]:
    """Sentences that tile the text.

    A full stop without white space behind it (`ML.PREDICT`) ends none, nor does one inside bold words, such as those that
    open a paragraph: they stay with the sentence behind them.
    """
    held = ""
    for segment in sentencex.segment("en", text):
        if held and held.count("**") % 2 == 0 and (held[-1] not in ".!?" or not segment[:1].isalnum()):
            yield held
            held = ""
        held += segment
    if held:
        yield held


_MARKUP = [
    (re.compile(r"\[\^[^\]]+\]:?"), ""),
    (re.compile(r"!?\[([^\]]*)\]\([^)]*\)"), r"\1"),
    (re.compile(r"<(https?://[^>]+)>"), r"\1"),
    (re.compile(r"^\s{0,3}(?:#{1,6}\s+|>\s?|```\w*|~~~\w*)", re.MULTILINE), ""),
    (re.compile(r"^\s*(?:[-*+•]|\d{1,3}[.)])\s+", re.MULTILINE), ""),
    (re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1", re.DOTALL), r"\2"),
    (re.compile(r"(?<![\w*])[*](?=\S)([^*\n]+?)(?<=\S)[*](?![\w*])"), r"\1"),
    (re.compile(r"`([^`\n]+)`"), r"\1"),
    (re.compile(r"\\([\\`*_{}\[\]()#+.!|-])"), r"\1"),
]


def plain(text: str) -> str:
    """A unit's words as one line without Markdown's markup: for reading, embedding and comparing, never for citing."""
    for pattern, replacement in _MARKUP:
        text = pattern.sub(replacement, text)
    if "|" in text:
        cells = [cell.strip() for cell in text.strip().strip("|").split("|")]
        text = " · ".join(cell for cell in cells if cell)
    return " ".join(text.split())
