"""Makes headings, paragraphs, lists, code, captions and notes out of a page's lines; knows no pages beside its own."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

from ingest.pdf.lines import MARKS, Segment
from ingest.pdf.tables import Table

SAME_SIZE = 1.06
"""Type sizes that differ by less than this factor are one."""
LARGER = 1.12
"""Type this many times the body's size is a heading's."""
SMALLER = 0.92
"""Type at most this share of the body's size is a note's."""
SHORT_OF_COLUMN = 0.72
"""A line that fills less of its column was ended on purpose, though no sentence ends there."""
PARAGRAPH_GAP = 1.3
"""Lines farther apart than this many times the usual distance belong to two paragraphs."""
LONGEST_HEADING = 200
LONGEST_BOLD_HEADING = 110
CODE_WIDTH = 0.6
"""Width of a typewriter's letter as a share of its size."""
LONGEST_CAPITALS = 70
_MARK = re.compile(rf"([{re.escape(MARKS)}])\s+(?=\S)|(o)\s+(?=[A-Z0-9\"“(])")
_NUMBER = re.compile(r"\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)]\s+(?=\S)")
_ENTRY = re.compile(r" … [\divxlc]+$")
"""The end of a line in a table of contents."""
_KERNED = re.compile(r"^(\d{1,2}\.) (\d{1,2})(?= )")
"""A heading's number that kerning has pulled apart."""
_NOTE = re.compile(r"(?:[⁰¹²³⁴⁵⁶⁷⁸⁹]+|\d{1,3}|[*†‡§¶]{1,3}|\([a-z\d]\)|\[\d+\])\s*(?=[^\W\d_]|[\"“(<])")
_CAPTION = re.compile(
    r"(?:fig(?:ure|\.)?|tab(?:le|\.|elle)?|abb(?:ildung|\.)?|chart|exhibit|box|listing|algorithm|diagram|graph|figura|tableau|tabla|kép|図|表)\s*(?:[A-Z]?\d+(?:[.-]\d+)*[a-z]?|[IVX]+)\b",
    re.IGNORECASE,
)
FINISHED = (".", "!", "?", ":", ";", "。", "！", "？", ".”", '."', ".’", ".)", "?”", "!”")


class Kind(StrEnum):
    """What a block is."""

    HEADING = "heading"
    TEXT = "text"
    ITEM = "item"
    CODE = "code"
    TABLE = "table"
    CAPTION = "caption"
    NOTE = "note"


@dataclass(slots=True)
class Block:
    """A part of a page that is read as one; its lines are divided by line feeds until hyphens are undone."""

    kind: Kind
    lines: list[str]
    size: float = 0.0
    bold: bool = False
    depth: int = 0
    """Level of a list item, 0 outermost."""
    level: int = 0
    """Level of a heading, 1 outermost."""
    table: Table | None = None
    left: float = 0.0
    top: float = 0.0
    bottom: float = 0.0

    @property
    def text(self) -> str:
        """Its lines as they stand."""
        return "\n".join(self.lines)

    @property
    def unfinished(self) -> bool:
        """Whether its last line breaks off without the end of a sentence."""
        return self.kind in (Kind.TEXT, Kind.ITEM, Kind.NOTE) and not self.text.rstrip().rstrip("⁰¹²³⁴⁵⁶⁷⁸⁹").endswith(
            FINISHED
        )


@dataclass(slots=True)
class _Line:
    text: str
    left: float
    right: float
    top: float
    bottom: float
    base: float
    size: float
    bold: bool
    mono: bool
    first_word: float
    """Width of its first word."""
    ends: tuple[float, float]
    """Type sizes of its first and last word."""
    marked: bool = False
    title: bool = False


@dataclass(slots=True)
class _Flow:
    """What holds for all lines of a column: its edges, the usual distance of its lines, the body's type size."""

    left: float
    right: float
    pitch: float
    body: float
    mono_body: bool
    bottom_zone: float
    blocks: list[Block] = field(default_factory=list)


def make_blocks(
    items: Sequence[Table | list[Segment]], *, body: float, mono_body: bool, bottom_zone: float
) -> list[Block]:
    """Blocks of one column; `bottom_zone` is the height below which footnotes may stand."""
    lines = [None if isinstance(item, Table) else _line(item) for item in items]
    flow = _flow([line for line in lines if line is not None], body, mono_body, bottom_zone)
    pending: list[_Line] = []
    for item, line in zip(items, lines, strict=True):
        if line is None or (pending and _begins_block(pending, line, flow)):
            _close(pending, flow)
            pending = []
        if line is not None:
            pending.append(line)
        elif isinstance(item, Table):
            flow.blocks.append(
                Block(Kind.TABLE, [], item.size, table=item, left=item.left, top=item.top, bottom=item.bottom)
            )
    _close(pending, flow)
    return _with_captions(flow.blocks)


def _line(pieces: Sequence[Segment]) -> _Line:
    first = pieces[0]
    text = _KERNED.sub(r"\1\2", " ".join(one.text for one in pieces))
    sizes: dict[float, int] = {}
    for one in pieces:
        sizes[one.size] = sizes.get(one.size, 0) + len(one.text)
    return _Line(
        text,
        first.left,
        pieces[-1].right,
        min(one.top for one in pieces),
        max(one.bottom for one in pieces),
        first.base,
        max(sizes, key=lambda one: sizes[one]),
        all(one.bold for one in pieces),
        all(one.mono for one in pieces),
        first.words[0].right - first.words[0].left,
        (first.words[0].size, pieces[-1].words[-1].size),
        bool(_MARK.match(text) or _NUMBER.match(text)),
        all(one.title for one in pieces),
    )


def _flow(lines: Sequence[_Line], body: float, mono_body: bool, bottom_zone: float) -> _Flow:
    if not lines:
        return _Flow(0.0, 0.0, 1.2, body, mono_body, bottom_zone)
    rights = sorted(line.right for line in lines)
    ratios = [
        (after.base - before.base) / max(after.size, 1.0)
        for before, after in pairwise(lines)
        if abs(after.size - before.size) < 0.5 and 0.8 * after.size < after.base - before.base < 2.2 * after.size
    ]
    right = rights[int(0.9 * (len(rights) - 1))] if len(rights) > 9 else rights[-1]
    pitch = min(ratios, default=1.2) if len(ratios) < 4 else sorted(ratios)[len(ratios) // 3]
    return _Flow(min(line.left for line in lines), right, pitch, body, mono_body, bottom_zone)


def _begins_block(pending: Sequence[_Line], line: _Line, flow: _Flow) -> bool:
    """Whether a line does not go on with the lines before it."""
    before = pending[-1]
    if not _alike(before, line):
        return True
    gap = line.base - before.base
    if gap > PARAGRAPH_GAP * flow.pitch * line.size or gap < 0:
        return True
    if before.mono and line.mono and not flow.mono_body:
        return False
    if line.marked and not _goes_on_as_sentence(before, line):
        return True
    if line.size >= LARGER * flow.body:
        return False
    if _CAPTION.match(line.text) and before.text.rstrip().endswith(FINISHED):
        return True
    if before.text.endswith(("-", "‐")) and line.text[:1].islower():
        return False
    if _ENTRY.search(before.text):
        return True
    finished = before.text.rstrip().endswith(FINISHED)
    if line.text[:1].islower() and not finished:
        return False
    would_have_fitted = before.right + 0.3 * line.size + line.first_word < flow.right - 0.4 * line.size
    broken_off = finished or before.right - flow.left < SHORT_OF_COLUMN * (flow.right - flow.left)
    indented = line.left > flow.left + 0.7 * line.size and before.left < line.left - 0.7 * line.size
    if pending[0].marked:
        outdented = line.left < pending[0].left + 0.3 * line.size < before.left
        return (would_have_fitted and broken_off) or outdented
    return (would_have_fitted and broken_off) or (indented and finished)


def _goes_on_as_sentence(before: _Line, line: _Line) -> bool:
    """Whether what looks like a list's number is the last word of a sentence: "… in version" / "3. It …"."""
    lower = before.text[-1:].islower() or before.text.endswith(",")
    return (
        lower
        and not _MARK.match(line.text)
        and not before.marked
        and abs(line.left - before.left) < 1
        and line.text[:1].isdigit()
    )


def _alike(before: _Line, line: _Line) -> bool:
    if before.bold != line.bold or before.mono != line.mono or before.title != line.title:
        return False
    return _same_size(before.size, line.size) or (not line.bold and _same_size(before.ends[1], line.ends[0]))


def _same_size(one: float, other: float) -> bool:
    return max(one, other) <= SAME_SIZE * max(min(one, other), 0.1)


def _close(lines: Sequence[_Line], flow: _Flow) -> None:
    """Add the block that some lines form."""
    if not lines:
        return
    first = lines[0]
    texts = [line.text for line in lines]
    block = Block(Kind.TEXT, texts, first.size, first.bold, left=first.left, top=first.top, bottom=lines[-1].bottom)
    if first.mono and not flow.mono_body and not (len(lines) == 1 and len(first.text.split()) > 12):
        block.kind = Kind.CODE
        width = max(first.size * CODE_WIDTH, 1.0)
        block.lines = [
            " " * max(0, round((line.left - min(one.left for one in lines)) / width)) + line.text for line in lines
        ]
    elif _CAPTION.match(first.text):
        block.kind = Kind.CAPTION
    elif first.size <= SMALLER * flow.body and first.top >= flow.bottom_zone and _NOTE.match(first.text):
        block.kind = Kind.NOTE
    elif mark := _MARK.match(first.text):
        block.kind = Kind.ITEM
        block.lines[0] = "• " + first.text[mark.end() :]
    elif first.title or _is_heading(lines, flow):
        block.kind = Kind.HEADING
    elif _NUMBER.match(first.text):
        block.kind = Kind.ITEM
    flow.blocks.append(block)


def _is_heading(lines: Sequence[_Line], flow: _Flow) -> bool:
    text = " ".join(line.text for line in lines)
    words = re.findall(r"[^\W\d_]{2,}", text)
    letters = sum(letter.isalpha() for letter in text)
    if not words or letters * 2 < len(text.replace(" ", "")) or text.endswith((",", ";")) or len(lines) > 4:
        return False
    if _in_capitals(text, words):
        return True
    sentence = text.endswith(".") and len(words) > 3
    larger = lines[0].size >= LARGER * flow.body
    if larger:
        return len(text) <= LONGEST_HEADING and not (sentence and len(words) > 8)
    bold = lines[0].bold and lines[0].size >= SMALLER * flow.body
    return bold and len(text) <= LONGEST_BOLD_HEADING and not sentence and len(lines) <= 2


def _in_capitals(text: str, words: Sequence[str]) -> bool:
    """Whether a short line is set in capitals, as headings without another type are."""
    return text.isupper() and len(text) <= LONGEST_CAPITALS and sum(map(len, words)) >= 5 and not text.endswith(".")


def _with_captions(blocks: Sequence[Block]) -> list[Block]:
    """The blocks with the caption of a table above it, also where it is printed below."""
    ordered = list(blocks)
    for at in range(len(ordered) - 1):
        table, caption = ordered[at], ordered[at + 1]
        captioned = at > 0 and ordered[at - 1].kind is Kind.CAPTION
        names_table = caption.kind is Kind.CAPTION and caption.lines[0][:3].lower() == "tab"
        if table.kind is Kind.TABLE and names_table and not captioned:
            ordered[at], ordered[at + 1] = caption, table
    return ordered
