"""The sections of a note with stable anchors, reading times, and the section before and after; knows no screen."""

import re
import unicodedata
from dataclasses import dataclass

from ingest.units import Kind, Unit, plain, split_units

WORDS_A_MINUTE = 220
"""What adults read of English nonfiction, rounded down from 238 (Brysbaert, Journal of Memory and Language 109, 2019)."""
WORDS_A_MINUTE_SLOWLY = 110
"""Tables and code are looked at twice."""
_CONSIDERATION = re.compile(r"\(([1-6])\.(\d)([a-z])\)")
_APART = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Part:
    """A heading with what stands below it up to the next heading, `start` to `end` on the page.

    `anchor` names it within the page; it stays when the heading of a consideration is reworded, and when sections move.
    """

    title: str
    level: int
    anchor: str
    start: int
    end: int
    minutes: float


def outline(page: str) -> list[Part]:
    """The sections of a page in order; what stands above the first heading belongs to it."""
    units = split_units(page)
    opened = [unit for unit in units if unit.kind is Kind.HEADING]
    if not opened:
        return []
    ends = [unit.start for unit in opened[1:]] + [len(page)]
    starts = [0, *(unit.start for unit in opened[1:])]
    anchors = _anchors(opened)
    return [
        Part(plain(unit.title), unit.level, anchor, start, end, reading_minutes(page[start:end]))
        for unit, anchor, start, end in zip(opened, anchors, starts, ends, strict=True)
    ]


def reading_minutes(text: str) -> float:
    """How long a text takes to read, in minutes; rows of tables and code count double."""
    minutes = 0.0
    for unit in split_units(text):
        if unit.kind is not Kind.ASIDE:
            slow = unit.kind in (Kind.ROW, Kind.HEADER, Kind.CODE)
            minutes += len(text[unit.start : unit.end].split()) / (WORDS_A_MINUTE_SLOWLY if slow else WORDS_A_MINUTE)
    return round(minutes, 1)


def _anchors(headings: list[Unit]) -> list[str]:
    """A name for each heading: that of its consideration, below one its words behind that; a number where one comes twice."""
    found: list[str] = []
    above: list[tuple[int, str]] = []
    for unit in headings:
        above = [(level, name) for level, name in above if level < unit.level]
        named = _CONSIDERATION.search(unit.title)
        inside = next((name for _, name in reversed(above) if name), "")
        own = "".join(named.groups()) if named else ""
        anchor = f"c{own}" if own else "-".join(filter(None, [inside, slug(unit.title)])) or "section"
        above.append((unit.level, f"c{own}" if own else inside))
        found.append(_unique(anchor, found))
    return found


def slug(title: str) -> str:
    """A heading's words in lower case, joined by hyphens."""
    ascii_only = unicodedata.normalize("NFKD", plain(title)).encode("ascii", "ignore").decode()
    return _APART.sub("-", ascii_only.lower()).strip("-")


def _unique(anchor: str, before: list[str]) -> str:
    number, name = 1, anchor
    while name in before:
        number += 1
        name = f"{anchor}-{number}"
    return name


def part_at(parts: list[Part], offset: int) -> int:
    """Position of the part that holds an offset of the page."""
    return max((at for at, one in enumerate(parts) if one.start <= offset), default=0)


def part_named(parts: list[Part], anchor: str) -> int | None:
    """Position of the part under an anchor; None where there is none."""
    return next((at for at, one in enumerate(parts) if one.anchor == anchor), None)


def neighbors(parts: list[Part], at: int) -> tuple[Part | None, Part | None]:
    """The parts before and after a position."""
    return (parts[at - 1] if at > 0 else None, parts[at + 1] if at + 1 < len(parts) else None)
