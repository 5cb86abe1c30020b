"""Finds running headers and footers, which say nothing new, the page numbers printed in them, and titles that count."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from statistics import median

from ingest.pdf.lines import Segment, rows

EDGE_ROWS = 3
"""Running lines are looked for in this many lines at the top and the bottom of a page."""
LEAST_PAGES = 3
LEAST_SHARE = 0.05
"""A line that runs through a chapter stands on at least this share of the pages."""
STEADY = 6.0
"""A running line's height differs by at most this many points from page to page."""
LARGER = 1.12
"""A line in type this many times the body's is a title."""
MARGIN = 0.075
"""Share of the page's height at its top and bottom where a line in large type may run too."""
MOST_SLIDES = 0.8
"""A title that more of the slides share than this is the name of the whole talk."""
SEQUENCE = 0.7
"""Share of a line's numbers that must count up with the pages for them to be page numbers."""
_NUMBER = re.compile(r"\d+|(?<![A-Za-z])[ivxlc]{1,6}(?![A-Za-z])")
_PAGE_WORDS = re.compile(
    r"(?<![^\W\d_])(?:pages?|pg|p|seiten?|s|página|pagina|pág|sida|side|strana|стр|第|页|頁|slide|folie|folio|of|von|de|di|sur|van|av|to)(?![^\W\d_])\.?",
    re.IGNORECASE,
)
_SEPARATORS = re.compile(r"[\s|/·•–—\-:.,()\[\]]+")


@dataclass(frozen=True, slots=True)
class _Line:
    page: int
    segments: tuple[Segment, ...]
    text: str
    height: float
    size: float
    outer: bool
    first: bool


@dataclass(slots=True)
class Running:
    """Segments to leave out, by page (from 0), and the number printed on each page that prints one."""

    segments: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    labels: dict[int, str] = field(default_factory=dict)


def find_running(
    pages: Sequence[Sequence[Segment]], heights: Sequence[tuple[float, float]], body: float, *, slides: bool = False
) -> Running:
    """Running lines of a document's pages; `heights` are the visible top and height of each, `body` its usual type size.

    On `slides` a first line that several of them share, though not most, is their title.
    """
    running = Running()
    if len(pages) < 2:
        return running
    groups: dict[tuple[bool, str], list[_Line]] = defaultdict(list)
    for number, segments in enumerate(pages):
        for is_top, line in _edge_lines(number, segments, *heights[number]):
            groups[is_top, _shape(line.text)].append(line)
            for piece in line.segments if len(line.segments) > 1 and line.outer else ():
                groups[is_top, f"{round(piece.left / 9)} {piece.text}"].append(line)
    for (_, shape), lines in groups.items():
        _judge(shape, lines if not _rest(shape) else _steady(lines), len(pages), body, running, slides=slides)
    return running


def _edge_lines(number: int, segments: Sequence[Segment], top: float, height: float) -> Iterator[tuple[bool, _Line]]:
    """The first and last lines of a page, and whether each is one of the first."""
    lines = rows(segments)
    for at, line in enumerate(lines):
        upper, lower = at < EDGE_ROWS, at >= len(lines) - EDGE_ROWS
        if not (upper or lower) or _heads_table(lines, at):
            continue
        share = (line[0].middle - top) / max(height, 1.0)
        found = _Line(
            number,
            tuple(line),
            " ".join(one.text for one in line),
            line[0].base - top,
            max(one.size for one in line),
            not MARGIN < share < 1 - MARGIN,
            at == 0,
        )
        yield (upper and (not lower or share < 0.5)), found


def _heads_table(lines: Sequence[Sequence[Segment]], at: int) -> bool:
    """Whether a line is the header of a table that goes on over pages: pieces right above the pieces of the next line."""
    if len(lines[at]) < 2 or at + 1 >= len(lines) or len(lines[at + 1]) < 2:
        return False
    line, below = lines[at], lines[at + 1]
    near = below[0].base - line[0].base <= 2.2 * line[0].size
    aligned = sum(
        any(abs(one.left - other.left) < 3 or abs(one.right - other.right) < 3 for other in below) for one in line
    )
    return near and aligned >= 2


def _shape(text: str) -> str:
    return _NUMBER.sub("#", text.lower())


def _steady(lines: list[_Line]) -> list[_Line]:
    """Lines at the height that most of them stand at."""
    usual = median(line.height for line in lines)
    return [line for line in lines if abs(line.height - usual) <= STEADY] or lines[:0]


def _judge(shape: str, lines: list[_Line], pages: int, body: float, running: Running, *, slides: bool) -> None:
    """Leave lines of one shape out when they run; take the page numbers that they print."""
    on_pages = {line.page for line in lines}
    bare = not _rest(shape)
    outer = all(line.outer for line in lines)
    least = 2 if bare and pages == 2 else LEAST_PAGES if outer else max(LEAST_PAGES, LEAST_SHARE * pages)
    if len(on_pages) < least:
        return
    title = median(line.size for line in lines) >= LARGER * body
    texts = {line.text for line in lines}
    if slides and all(line.first for line in lines) and len(on_pages) < MOST_SLIDES * pages:
        _mark_titles(lines)
        return
    if "#" not in shape or len(texts) == 1 or len(on_pages) >= 3 * len(texts):
        if not title or (outer and len(on_pages) >= 0.5 * pages and "#" not in shape):
            _leave_out(lines, running)
        return
    numbers = _page_numbers(lines)
    if numbers and (
        bare or (not title and all(_stands_apart(line, numbers[line.page]) for line in lines if line.page in numbers))
    ):
        _leave_out(lines, running)
        running.labels |= numbers
    elif all(line.first and not line.text.rstrip().endswith((".", ";", ",")) for line in lines):
        _mark_titles(lines)


def _mark_titles(lines: Sequence[_Line]) -> None:
    for line in lines:
        for one in line.segments:
            one.title = True


def _leave_out(lines: Sequence[_Line], running: Running) -> None:
    for line in lines:
        running.segments[line.page] |= {id(one) for one in line.segments}


def _rest(shape: str) -> str:
    """What a line says besides numbers, words such as "page" or "of", and separators."""
    return _SEPARATORS.sub("", _PAGE_WORDS.sub("", shape.replace("#", " ")))


def _page_numbers(lines: Sequence[_Line]) -> dict[int, str]:
    """The number on each page that counts up with the pages; empty when none of a line's numbers does."""
    found = {line.page: _NUMBER.findall(line.text) for line in lines}
    for place in range(max(map(len, found.values()))):
        for end in (False, True):
            chosen = {
                page: numbers[-1 - place if end else place] for page, numbers in found.items() if len(numbers) > place
            }
            for roman in (False, True):
                offsets = Counter(
                    value - page
                    for page, text in chosen.items()
                    if text.isdigit() is not roman and (value := _value(text)) is not None
                )
                if (
                    offsets
                    and offsets.most_common(1)[0][1] >= SEQUENCE * sum(offsets.values())
                    and len(offsets) < len(chosen)
                ):
                    offset = offsets.most_common(1)[0][0]
                    return {page: text for page, text in chosen.items() if _value(text) == page + offset}
    return {}


def _value(text: str) -> int | None:
    """A number in Arabic or Roman figures."""
    if text.isdigit():
        return int(text) if len(text) <= 5 else None
    values = [{"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}[letter] for letter in text]
    return sum(-one if one < after else one for one, after in zip(values, [*values[1:], 0], strict=True))


def _stands_apart(line: _Line, number: str) -> bool:
    """Whether the page number is no part of a sentence: a piece of its own, or at the line's end behind "page" or a bar."""
    if any(_SEPARATORS.sub("", _PAGE_WORDS.sub("", one.text.lower())) == number for one in line.segments):
        return len(line.segments) > 1 or not _rest(_shape(line.text))
    text = line.text.strip().lower()
    behind = rf"(?:\bpage|\bp\.|\bpg\.?|\bseite|\bs\.|\bpágina|\bfolie|\bslide|[|•·–—/])\s*{number}(?:\s*(?:of|von|de|/)\s*\d+)?$"
    return bool(re.search(behind, text) or re.match(rf"{number}\s*[|•·–—]", text))
