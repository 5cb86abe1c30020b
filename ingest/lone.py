"""Tells headings without markup from notes of lone lines, by how the whole page is written.

A short line between blank lines may be the heading of what follows, as in a printed guide, or a whole note of its own.
Where a page marks its headings, it is a note. Elsewhere it is a heading when something with a body follows it, unless most such
lines of the page have nothing below them.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from ingest.blocks import Shape
from ingest.unmarked import NUMBERED_LEVEL, Segment

LONGEST = 120
MOST_WORDS = 14
STACKED_WORDS = 8
"""A heading right above another heading has at most so many words."""
MARKED_LEVEL = 6
_NOTE_MARK = re.compile(r"\[\^[^\[\]]+\]")
_BOLD = re.compile(r"(\*\*|__)(?=\S)([^*_]+)(?<=\S)\1:?$")
_LONE = re.compile(r"[^\W_][^|]*[^\s.,;:!?|。！？]$")


def lone_headings(lines: Sequence[str], segments: Sequence[Segment]) -> list[Segment]:
    """Segments with lone lines that are headings as such; a line of bold words alone above something is one everywhere."""
    bold = [_bold_title(lines, segments, at) for at in range(len(segments))]
    lone = [at for at in range(len(segments)) if _is_lone(lines, segments[at])]
    marked = any(one.shape is Shape.HEADING and one.depth <= MARKED_LEVEL for one in segments)
    titles = {} if marked else _titles(lines, segments, lone)
    titles |= {at: title for at, title in enumerate(bold) if title}
    return [
        replace(one, shape=Shape.HEADING, depth=NUMBERED_LEVEL, title=titles[at]) if at in titles else one
        for at, one in enumerate(segments)
    ]


def _titles(lines: Sequence[str], segments: Sequence[Segment], lone: Sequence[int]) -> dict[int, str]:
    known = set(lone)
    headed: list[int] = []
    for at in reversed(lone):
        body = at + 1 < len(segments) and segments[at + 1].shape is not Shape.RULE
        words = len(lines[segments[at].first].split())
        stacked = at + 1 in headed and words <= STACKED_WORDS and at + 2 not in headed
        if body and words <= MOST_WORDS and (at + 1 not in known or stacked):
            headed.append(at)
    if len(headed) < len(lone) / 2:
        return {}
    return {at: lines[segments[at].first].strip() for at in headed}


def _is_lone(lines: Sequence[str], segment: Segment) -> bool:
    """One line of a paragraph between blank lines, of a heading's length and without an end mark."""
    if segment.shape is not Shape.PARAGRAPH or segment.depth or segment.quoted or segment.last - segment.first > 1:
        return False
    line = _NOTE_MARK.sub("", lines[segment.first]).strip()
    return _stands_alone(lines, segment) and len(line) <= LONGEST and bool(_LONE.match(line)) and not line[0].islower()


def _stands_alone(lines: Sequence[str], segment: Segment) -> bool:
    above = segment.first == 0 or not lines[segment.first - 1].strip()
    return above and (segment.last == len(lines) or not lines[segment.last].strip())


def _bold_title(lines: Sequence[str], segments: Sequence[Segment], at: int) -> str:
    """The words of a line in bold that stands alone above something; empty when it is none."""
    segment = segments[at]
    one_line = segment.shape is Shape.PARAGRAPH and not segment.depth and segment.last - segment.first == 1
    if not one_line or segment.quoted or at + 1 == len(segments) or segments[at + 1].shape is Shape.RULE:
        return ""
    line = lines[segment.first].strip()
    found = _BOLD.match(line) if len(line) <= LONGEST and _stands_alone(lines, segment) else None
    return found[2].rstrip(":") if found and found[2][-1] not in ".!?" else ""
