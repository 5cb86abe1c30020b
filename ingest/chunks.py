"""Packs a page's units into chunks that fit the embedding model; chunks tile the page, so no text is lost."""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ingest.units import LIST_LEVEL, Kind, Unit, front_matter, plain, split_units, unit_words

if TYPE_CHECKING:  # the parsers of files take a tenth of a second, which a question need not wait for
    from ingest.pages import Page

CountTokens = Callable[[list[str]], list[int]]
"""Word pieces of each text, without special tokens."""
Measure = Callable[[int, int], int]
"""Word pieces between two offsets of a page."""
EMBEDDED_KEPT = 2048
"""Chunks whose embedded text is kept in memory: a query reads each of its chunks several times."""
NOTES = frozenset({".md", ".markdown", ".txt"})
"""Formats whose files are often named by what they are about."""
PARTS = frozenset({".epub", ".docx", ".srt", ".vtt", ".csv", ".tsv", ".txt", ".apkg", ".html", ".htm"})
"""Formats without printed pages: a label there is the name of a part."""
NO_TITLE = frozenset(
    {"readme", "index", "note", "notes", "untitled", "new", "text", "document", "page", "main", "todo"}
)
HEADING_SHARE = 0.25
"""At most this share of a chunk's tokens is spent on repeating its headings in the embedded text."""
LONGEST_HEADING = 300
"""Characters of a heading that are repeated with every chunk below it."""
LONGEST_HEADER = 3_000
"""Characters of a table's header that are repeated with every row."""
MOST_CHARACTERS = 20_000
"""In one chunk, whatever it counts in tokens: rules, dashes and endless words count next to nothing. Notes stay below 3,000."""


_EXPORT_ID = re.compile(r"(?<![ _-])[ _-]+[0-9a-f]{32}$")
"""Notion puts it behind every name it exports."""
_WORD = re.compile(r"[^\W\d_]{3}")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A span of one page: `page.text[start:end] == text`; `page` counts from 1, `heading_path` is outermost first."""

    source: str
    page: int
    start: int
    text: str
    heading_path: tuple[str, ...] = ()
    label: str = ""
    """What is printed on the page as its number, where that differs from `page`; in a file without pages, the part's name."""
    carried: int = 0
    """Characters at the end that are printed on the next page: the rest of a sentence that runs over the page break."""
    cut: tuple[Unit, ...] = field(default=(), compare=False)
    """The page's units inside the chunk, at offsets in it; empty where it was made without its page."""

    @property
    def units(self) -> tuple[Unit, ...]:
        """The chunk's units as they were cut from the whole page; cut from the chunk alone where that is not known."""
        return self.cut or tuple(split_units(self.text))

    @property
    def end(self) -> int:
        """Offset just behind the chunk on its page."""
        return self.start + len(self.text)

    @property
    def id(self) -> str:
        """Same place, headings and text, same id: what is already in the index need not be embedded again."""
        kinds = "".join(f"{unit.kind}{unit.start}" for unit in self.cut)
        parts = [self.source, str(self.page), str(self.start), self.text, *self.heading_path, self.label, kinds]
        parts += [str(self.carried)] if self.carried else []
        return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=16).hexdigest()

    @property
    def locator(self) -> str:
        """The page as a person finds it: what is printed on it first, where that differs; in a file without pages its part."""
        if self.label and PurePosixPath(self.source).suffix.lower() in PARTS:
            return self.label
        return f"{self.label} (page {self.page} of the file)" if self.label else f"page {self.page}"

    @property
    def heading(self) -> str:
        """The heading path as one line."""
        return " › ".join(self.heading_path)

    def embedded(self) -> "EmbeddedText":
        """What the embedding model and the lexical index read: headings, then each unit's words without markup."""
        return _embedded_text(self)


@dataclass(frozen=True, slots=True)
class EmbeddedSpan:
    """Where a unit of a chunk (offsets within the chunk) stands in the chunk's embedded text."""

    unit: Unit
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class EmbeddedText:
    """A chunk as the models read it, and where its units stand in it."""

    text: str
    spans: tuple[EmbeddedSpan, ...]


@lru_cache(maxsize=EMBEDDED_KEPT)
def _embedded_text(chunk: Chunk) -> EmbeddedText:
    text = " > ".join(chunk.heading_path)
    spans: list[EmbeddedSpan] = []
    for unit in chunk.units:
        words = "" if unit.kind in (Kind.HEADING, Kind.ASIDE) else unit_words(chunk.text[unit.start : unit.end], unit)
        if not has_words(words):
            continue
        text += ("\n" if not spans else " ") if text else ""
        spans.append(EmbeddedSpan(unit, len(text), len(text) + len(words)))
        text += words
    return EmbeddedText(text, tuple(spans))


@dataclass(slots=True)
class _Outline:
    """The headings that are open at the reading position; goes on from page to page."""

    open: list[tuple[int, str]] = field(default_factory=list)

    def read(self, unit: Unit) -> None:
        """Open a heading, or close the labels of lists that a unit is not part of."""
        if unit.title:
            words = plain(unit.title[: 2 * LONGEST_HEADING])[:LONGEST_HEADING]
            above = [(level, title) for level, title in self.open if level < unit.level]
            self.open = [*(above[:-1] if above and above[-1] == (0, words) else above), (unit.level, words)]
        elif unit.kind not in (Kind.ASIDE, Kind.HEADING):
            deepest = unit.level or LIST_LEVEL
            self.open = [(level, title) for level, title in self.open if level < deepest]

    def path(self) -> tuple[str, ...]:
        return tuple(title for _, title in self.open)


def chunk_pages(pages: "Iterable[Page]", *, count_tokens: CountTokens, limit: int) -> list[Chunk]:
    """Chunks of at most `limit` word pieces, headings included; each ends at a unit's end and keeps to one heading."""
    outline = _Outline()
    chunks: list[Chunk] = []
    for first, page in enumerate(pages):
        units = split_units(page.text)
        if not first:
            title, units = _named(units, page.text, page.source.name)
            outline.open = [(0, title)] if title else []
        chunks += _chunk_page(page, units, outline, count_tokens, limit)
    return chunks


def title_from_name(name: str) -> str:
    """What a note's file name says of it, without the id that an export puts behind it; empty for other files."""
    path = PurePosixPath(name)
    if path.suffix.lower() not in NOTES:
        return ""
    words = " ".join(_EXPORT_ID.sub("", path.stem).replace("_", " ").split())
    if " " not in words:
        words = words.replace("-", " ").strip()
    return "" if words.lower() in NO_TITLE or not _WORD.search(words) else words


def _named(units: list[Unit], text: str, name: str) -> tuple[str, list[Unit]]:
    """The title that a page's file gives it, empty where the page names itself, and its units with other names beside it.

    A page names itself in its front matter, or by a heading of the first level above all others.
    """
    titled = [unit for unit in units if unit.title]
    front = titled[0] if titled and titled[0].kind in (Kind.ASIDE, Kind.PROPERTIES) else None
    if front is not None and front_matter(text[: front.end]).get("title"):
        return "", units
    first = next((unit for unit in titled if unit is not front), None)
    title = title_from_name(name)
    if not title or (first is not None and first.level <= 1):
        return "", units
    if front is None:
        return title, units
    return "", [replace(unit, title=f"{title} ({front.title})") if unit is front else unit for unit in units]


def has_words(text: str) -> bool:
    """Whether a text holds a letter or a digit; what holds none is kept on its page and needs no vector."""
    return any(character.isalnum() for character in text)


def _chunk_page(
    page: "Page", units: list[Unit], outline: _Outline, count_tokens: CountTokens, limit: int
) -> Iterator[Chunk]:
    groups = list(_sections(units, outline))
    heading_tokens = count_tokens([" > ".join(path) for path, _ in groups])
    measured = _measured(page.text, [unit for _, group in groups for unit in group], count_tokens)
    for (path, group), tokens in zip(groups, heading_tokens, strict=True):
        sizes = [next(measured) for _ in group]
        room = limit - min(tokens, int(limit * HEADING_SHARE))
        for start, end in _pack(page.text, list(zip(group, sizes, strict=True)), count_tokens, room):
            carried = max(0, min(end - start, page.carried - (len(page.text) - end)))
            cut = tuple(_inside(group, start, end))
            yield Chunk(page.source.name, page.number, start, page.text[start:end], path, page.label, carried, cut)


def _measured(text: str, units: list[Unit], count_tokens: CountTokens) -> Iterator[int]:
    """Tokens of each unit in the embedded text, counted together; headings, asides and what has no words count nothing."""
    words = (
        "" if unit.kind in (Kind.ASIDE, Kind.HEADING) else unit_words(text[unit.start : unit.end], unit)
        for unit in units
    )
    return iter(count_tokens([one if has_words(one) else "" for one in words]))


def _inside(units: Iterable[Unit], start: int, end: int) -> Iterator[Unit]:
    """The parts of units between two offsets of a page, at offsets from the first."""
    for unit in units:
        if unit.end > start and unit.start < end:
            header = unit.header if len(unit.header) <= LONGEST_HEADER else ""
            yield replace(unit, start=max(unit.start, start) - start, end=min(unit.end, end) - start, header=header)


def _sections(units: list[Unit], outline: _Outline) -> Iterator[tuple[tuple[str, ...], list[Unit]]]:
    """Units grouped so that a group starts with its headings, if any, with the one heading path that holds for it."""
    group: list[Unit] = []
    for unit in units:
        before = outline.path()
        outline.read(unit)
        opens = unit.kind is Kind.HEADING and bool(group) and not _goes_deeper(group, unit)
        if group and (opens or (unit.kind is not Kind.HEADING and outline.path() != before)):
            yield before, group
            group = []
        group.append(unit)
    if group:
        yield outline.path(), group


def _goes_deeper(group: list[Unit], heading: Unit) -> bool:
    """Whether a group holds nothing but headings above this one and front matter."""
    silent = (Kind.HEADING, Kind.ASIDE, Kind.PROPERTIES)
    return all(unit.kind in silent for unit in group) and (
        group[-1].kind is not Kind.HEADING or heading.level > group[-1].level
    )


def _pack(text: str, units: list[tuple[Unit, int]], count_tokens: CountTokens, limit: int) -> list[tuple[int, int]]:
    """Spans of about equal size within the limit; a unit that alone exceeds it is cut between words."""
    pieces: list[tuple[int, int]] = []
    sizes: list[int] = []
    for unit, size in units:
        fitting = _fit(text, (unit.start, unit.end), size, _measure(text, unit, count_tokens), limit)
        pieces += [span for span, _ in fitting]
        sizes += [tokens for _, tokens in fitting]
    target = sum(sizes) / max(1, -(-sum(sizes) // limit))
    spans: list[tuple[int, int]] = []
    filled = 0
    for (start, end), size in zip(pieces, sizes, strict=True):
        full = filled + size > limit or (filled and filled + size / 2 > target)
        if not spans or full or end - spans[-1][0] > MOST_CHARACTERS:
            spans.append((start, end))
            filled = size
        else:
            spans[-1] = (spans[-1][0], end)
            filled += size
    return spans


def _measure(text: str, unit: Unit, count_tokens: CountTokens) -> Measure:
    """Word pieces that a part of a unit has in the embedded text."""

    def measure(start: int, end: int) -> int:
        words = unit_words(text[start:end], unit)
        return count_tokens([words])[0] if has_words(words) else 0

    return measure


def _fit(
    text: str, span: tuple[int, int], size: int, measure: Measure, limit: int
) -> list[tuple[tuple[int, int], int]]:
    """The span and its tokens when it fits (a token holds a character at least), else halves cut at a line or a word.

    What will be cut again for its length is not measured before that, so that the time grows with the length alone.
    """
    start, end = span
    if (size <= limit and end - start <= MOST_CHARACTERS) or end - start <= max(1, limit):
        return [(span, size)]
    middle = (start + end) // 2
    cut = next(
        (position + 1 for mark in "\n " if (position := text.rfind(mark, start + 1, middle)) > start),
        middle,
    )
    halves = [(start, cut), (cut, end)]
    sizes = [measure(*half) if size and half[1] - half[0] <= MOST_CHARACTERS else size for half in halves]
    return [
        fitting
        for half, tokens in zip(halves, sizes, strict=True)
        for fitting in _fit(text, half, tokens, measure, limit)
    ]
