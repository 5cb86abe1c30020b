"""Packs a page's units into chunks that fit the embedding model; chunks tile the page, so no text is lost."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from ingest.units import Kind, Unit, plain, split_units

if TYPE_CHECKING:  # the parsers of files take a tenth of a second, which a question need not wait for
    from ingest.pages import Page

CountTokens = Callable[[list[str]], list[int]]
"""Word pieces of each text, without special tokens."""
Measure = Callable[[list[tuple[int, int]]], list[int]]
EMBEDDED_KEPT = 2048
"""Chunks whose embedded text is kept in memory: a query reads each of its chunks several times."""
HEADING_SHARE = 0.25
"""At most this share of a chunk's tokens is spent on repeating its headings in the embedded text."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A span of one page: `page.text[start:end] == text`; `page` counts from 1, `heading_path` is outermost first."""

    source: str
    page: int
    start: int
    text: str
    heading_path: tuple[str, ...] = ()
    label: str = ""
    """What is printed on the page as its number, where that differs from `page`."""

    @property
    def end(self) -> int:
        """Offset just behind the chunk on its page."""
        return self.start + len(self.text)

    @property
    def id(self) -> str:
        """Same place, headings and text, same id: what is already in the index need not be embedded again."""
        parts = (self.source, str(self.page), str(self.start), self.text, *self.heading_path, self.label)
        return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=16).hexdigest()

    @property
    def locator(self) -> str:
        """The page as a person finds it: what is printed on it first, where that differs."""
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
    for unit in split_units(chunk.text):
        words = plain(chunk.text[unit.start : unit.end])
        if not words or unit.kind in (Kind.HEADING, Kind.ASIDE):
            continue
        text += ("\n" if not spans else " ") if text else ""
        spans.append(EmbeddedSpan(unit, len(text), len(text) + len(words)))
        text += words
    return EmbeddedText(text, tuple(spans))


@dataclass(slots=True)
class _Outline:
    """The headings that are open at the reading position; goes on from page to page."""

    open: list[tuple[int, str]] = field(default_factory=list)

    def enter(self, heading: Unit) -> None:
        self.open = [(level, title) for level, title in self.open if level < heading.level]
        self.open.append((heading.level, plain(heading.title)))

    def path(self) -> tuple[str, ...]:
        return tuple(title for _, title in self.open)


def chunk_pages(pages: "Iterable[Page]", *, count_tokens: CountTokens, limit: int) -> list[Chunk]:
    """Chunks of at most `limit` word pieces, headings included; each ends at a unit's end and keeps to one heading."""
    outline = _Outline()
    return [chunk for page in pages for chunk in _chunk_page(page, outline, count_tokens, limit)]


def _chunk_page(page: "Page", outline: _Outline, count_tokens: CountTokens, limit: int) -> list[Chunk]:
    chunks = []
    for group in _sections(split_units(page.text)):
        for unit in group:
            if unit.title:
                outline.enter(unit)
        path = outline.path()
        heading_tokens = min(count_tokens([" > ".join(path)])[0], int(limit * HEADING_SHARE)) if path else 0
        for start, end in _pack(page.text, group, count_tokens, limit - heading_tokens):
            chunks.append(Chunk(page.source.name, page.number, start, page.text[start:end], path, page.label))
    return chunks


def _sections(units: list[Unit]) -> list[list[Unit]]:
    """Units grouped so that a group starts with its headings, if any, and holds one heading path."""
    groups: list[list[Unit]] = []
    for unit in units:
        opens = unit.kind is Kind.HEADING and groups and groups[-1][-1].kind is not Kind.HEADING
        deeper = (
            unit.kind is Kind.HEADING
            and groups
            and groups[-1][-1].kind is Kind.HEADING
            and unit.level > groups[-1][-1].level
        )
        if not groups or opens or (unit.kind is Kind.HEADING and not deeper):
            groups.append([])
        groups[-1].append(unit)
    return groups


def _pack(text: str, units: list[Unit], count_tokens: CountTokens, limit: int) -> list[tuple[int, int]]:
    """Spans of about equal size within the limit; a unit that alone exceeds it is cut between words."""

    def measure(spans: list[tuple[int, int]]) -> list[int]:
        return count_tokens([plain(text[start:end]) for start, end in spans])

    pieces: list[tuple[int, int]] = []
    sizes: list[int] = []
    for unit in units:
        silent = unit.kind in (Kind.ASIDE, Kind.HEADING)
        fitting = [(unit.start, unit.end)] if silent else _fit(text, unit.start, unit.end, measure, limit)
        pieces += fitting
        sizes += [0] * len(fitting) if silent else measure(fitting)
    target = sum(sizes) / max(1, -(-sum(sizes) // limit))
    spans: list[tuple[int, int]] = []
    filled = 0
    for (start, end), size in zip(pieces, sizes, strict=True):
        if not spans or filled + size > limit or (filled and filled + size / 2 > target):
            spans.append((start, end))
            filled = size
        else:
            spans[-1] = (spans[-1][0], end)
            filled += size
    return spans


def _fit(text: str, start: int, end: int, measure: Measure, limit: int) -> list[tuple[int, int]]:
    """The span itself when it fits (a word piece holds a character at least), else halves cut at a line or a word."""
    if end - start <= max(1, limit) or measure([(start, end)])[0] <= limit:
        return [(start, end)]
    middle = (start + end) // 2
    cut = next(
        (position + 1 for mark in "\n " if (position := text.rfind(mark, start + 1, middle)) > start),
        middle,
    )
    return _fit(text, start, cut, measure, limit) + _fit(text, cut, end, measure, limit)
