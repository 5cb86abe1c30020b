"""What text without markup shows by its form: printed headings, outlines, bullets, rows, lines that end on purpose.

Guides, slides and notes are often typed or printed without Markdown. Each paragraph that the parser found is looked at line by
line here and cut into segments; a segment is a run of lines that belong together.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ingest.blocks import Block, Shape
from ingest.tables import is_delimiter, is_row


@dataclass(frozen=True, slots=True)
class Segment:
    """Lines `first` to `last` (exclusive); `shape` may also be `ASIDE`; `depth` as in `Unit.level`."""

    first: int
    last: int
    shape: Shape
    depth: int = 0
    title: str = ""
    quoted: bool = False


NUMBERED_LEVEL = 10
"""Numbered headings (`6.1 …`) nest below Markdown's six levels."""
LIST_LEVEL = 20
"""An item of the outermost list is one deeper; items that head others nest below all headings."""
HEADING_LINES = 3
WRAPPED = 55
"""A heading line at least this long that ends without punctuation may go on in the next line."""
LABEL_WORDS = 8
"""An item with items below it and at most so many words, without an end mark, is their heading."""
NARROW = 0.75
"""A line ends on purpose when the next word would have fitted into this share of the page's width."""
NARROWEST = 24
"""Characters; nothing is known of the width of a page whose lines are all shorter."""

_FOOTNOTE = re.compile(r"\[\^[^\[\]]+\]:")
_MARK = re.compile(r"(?<![\s>])\s*+(?:>\s?)*+\s*+(?:[-*+•]|\d{1,3}[.)]|[a-z][.)])\s+(?=\S)")
_OUTLINE = re.compile(r"(?<!\s)\s*+(\d{1,2}(?:\.\d{1,2}){1,4})[.)]?\s+(?=\S)")
OUTLINE_NUMBER = re.compile(r"\s*\d{1,2}((?:\.\d{1,2}){1,4})[.)]?\s+(?=\S)")
_TOP = re.compile(r"\s*\d{1,3}[.)]\s")
_NAMED_PART = re.compile(
    r"(?:Section|Chapter|Part|Module|Appendix|Domain|Unit|Lesson|SECTION|CHAPTER|PART)\s+\d{1,2}(?=\s*[:.–—-]|\s*$|\s+[A-Z(])"
)
_NUMBERED = re.compile(
    r"(\d{1,2}(?:\.\d{1,2}){1,3})\.?\s+(?!(?:[KMGTP]i?B|[KMG]?Hz|[GCT]PUs?|USD|EUR)\b)[A-Z][A-Za-z]*\s?[a-z]"
)
_ENDS = re.compile(r"[.?!:;,)\]\"'”’。！？…-]\s*$")
_GOES_ON = re.compile(
    r"\b(?:a|an|the|of|and|or|to|in|on|for|with|by|as|at|from|is|are|that|which|than)\s*$", re.IGNORECASE
)
"""Words that end no line on purpose."""


def cut(lines: Sequence[str], block: Block, width: int) -> list[Segment]:
    """The segments of a paragraph or an item: its first line opens one, and so does each line that begins something new."""
    segments: list[Segment] = []
    at = block.first
    while at < block.last:
        opened = _open(lines, block, at)
        last = at + 1
        if opened.title:
            last = _heading_end(lines, at, block.last)
            opened = replace(opened, title=" ".join(" ".join(lines[at:last]).split()))
        elif opened.shape in (Shape.PARAGRAPH, Shape.ITEM):
            last = _paragraph_end(lines, opened, block.last, width)
        segments.append(replace(opened, last=last))
        at = last
    return segments


def _open(lines: Sequence[str], block: Block, at: int) -> Segment:
    """What the line at `at` begins, as a segment of one line."""
    line = lines[at]
    level = LIST_LEVEL + block.depth if block.depth else 0
    if is_delimiter(line):
        return Segment(at, at + 1, Shape.RULE, level)
    if _FOOTNOTE.match(line):
        return Segment(at, at + 1, Shape.RULE if "://" in line else Shape.PARAGRAPH)
    if is_row(line):
        header = at + 1 < len(lines) and is_delimiter(lines[at + 1])
        return Segment(at, at + 1, Shape.HEADER if header else Shape.ROW, level)
    if not block.quoted and (_NAMED_PART.match(line) or _NUMBERED.match(line)):
        number = _NUMBERED.match(line)
        return Segment(at, at + 1, Shape.HEADING, NUMBERED_LEVEL + (number[1].count(".") if number else 0), "?")
    if outline := _OUTLINE.match(line):
        return Segment(at, at + 1, Shape.ITEM, LIST_LEVEL + 1 + outline[1].count("."))
    if _MARK.match(line):
        return Segment(at, at + 1, Shape.ITEM, _item_level(block, at, line), quoted=block.quoted)
    first = at == block.first and block.shape is Shape.ITEM
    return Segment(at, at + 1, Shape.ITEM if first else Shape.PARAGRAPH, level, quoted=block.quoted)


def _item_level(block: Block, at: int, line: str) -> int:
    """One deeper than its list for a lettered or indented item that the parser took for the text of another."""
    within = block.shape is Shape.ITEM and at > block.first and (line[:1].isspace() or line.lstrip()[:1].isalpha())
    return LIST_LEVEL + max(1, block.depth) + (1 if within else 0)


def _paragraph_end(lines: Sequence[str], opened: Segment, last: int, width: int) -> int:
    stop = opened.first + 1
    while stop < last and not begins(lines[stop]):
        if opened.shape is Shape.PARAGRAPH and _ends_on_purpose(lines[stop - 1], lines[stop], width):
            break
        stop += 1
    return stop


def begins(line: str) -> bool:
    """Whether a line begins something new whatever is before it."""
    patterns = (_FOOTNOTE, _MARK, _OUTLINE, _NAMED_PART, _NUMBERED)
    return is_row(line) or is_delimiter(line) or any(pattern.match(line) for pattern in patterns)


def _ends_on_purpose(line: str, following: str, width: int) -> bool:
    """Whether wrapping did not need this line's end: the next word had room, begins like a line, and the line is whole."""
    if line.endswith(("  \n", "\\\n")):
        return True
    line, following = line.strip().lstrip("> "), following.strip().lstrip("> ")
    if not line or not following or following[0].islower() or not (following[0].isalnum() or following[0] in "*`[\"'“"):
        return False
    needed = len(line) + 1 + len(following.split(maxsplit=1)[0])
    return needed < NARROW * width and not _ENDS.search(line) and not _GOES_ON.search(line)


def width_of(lines: Sequence[str]) -> int:
    """The length that the longest lines of running text have; 0 where lines are too short to tell or are not wrapped."""
    lengths = sorted(len(line.rstrip()) for line in lines if line.strip() and not is_row(line))
    if not lengths:
        return 0
    return max(NARROWEST, lengths[-1 - len(lengths) // 50])


def _heading_end(lines: Sequence[str], at: int, last: int) -> int:
    """A printed heading that is long may wrap over a few lines."""
    stop = at + 1
    while stop < min(last, at + HEADING_LINES):
        line = lines[stop - 1].rstrip()
        if len(line) < WRAPPED or line.endswith((".", ":", "?", "!", ")")) or begins(lines[stop]):
            break
        stop += 1
    return stop


def head_lists(lines: Sequence[str], segments: Sequence[Segment]) -> list[Segment]:
    """Segments with short items that have items below them as the headings of those."""
    segments = list(_numbered_in_order(lines, segments))
    return [
        _as_label(lines, one, segments[at + 1] if at + 1 < len(segments) else None) for at, one in enumerate(segments)
    ]


def _numbered_in_order(lines: Sequence[str], segments: Sequence[Segment]) -> Iterator[Segment]:
    """Items with numbers such as 1.2 are levels of an outline only where the number goes on from the one before."""
    before: tuple[int, ...] = ()
    for one in segments:
        number = _number(lines[one.first]) if one.shape is Shape.ITEM else ()
        if len(number) > 1 and not _goes_on(number, before):
            one, number = replace(one, depth=LIST_LEVEL + 1), ()
        before = number or (before if one.shape is Shape.ITEM else ())
        yield one


def _number(line: str) -> tuple[int, ...]:
    found = _OUTLINE.match(line) or _TOP.match(line)
    return tuple(int(part) for part in re.findall(r"\d+", found.group())) if found else ()


def _goes_on(number: tuple[int, ...], before: tuple[int, ...]) -> bool:
    """Whether a number is the first below the one before, or the next on its own level or on a level above."""
    if len(number) == len(before) + 1:
        return number[:-1] == before and number[-1] <= 1
    same = before[: len(number)]
    return len(same) == len(number) and number[:-1] == same[:-1] and number[-1] == same[-1] + 1


def _as_label(lines: Sequence[str], one: Segment, following: Segment | None) -> Segment:
    if following is None or one.shape is not Shape.ITEM or following.shape is not Shape.ITEM or one.quoted:
        return one
    if not one.depth < following.depth or one.last - one.first > 1:
        return one
    line = lines[one.first]
    words = _MARK.sub("", _OUTLINE.sub("", line)).strip()
    numbered = bool(_TOP.match(line) or _OUTLINE.match(line))
    if (
        len(words.split()) > LABEL_WORDS
        or words.endswith(("?", "!", ";", ","))
        or (words.endswith(".") and not numbered)
    ):
        return one
    return replace(one, shape=Shape.HEADING, title=words.rstrip(":."))
