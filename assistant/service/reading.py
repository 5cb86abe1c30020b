"""Reads a section or a page of the material with what stands before and after it."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import groupby

from pydantic import Field

from assistant.service.result import Result
from ingest.chunks import Chunk
from ingest.errors import MaterialError
from ingest.index import Index
from ingest.records import SourceRecord

LONGEST = 8000
"""Characters in one result; a longer part goes on at `continues`."""
GLIMPSE = 600
"""Characters shown of what stands before and after."""


class PartResult(Result):
    """A section of a page: the text under one heading path, at `start` to `end` of the page."""

    page: int
    heading: str
    start: int
    end: int


class NeighborResult(Result):
    """What stands directly before or after the part that was read; `text` is its nearest stretch."""

    page: int
    heading: str
    start: int
    end: int
    text: str


class ReadResult(Result):
    """Text of the material as it stands, `start` to `end` of the page, with its neighbors and the sections of the page."""

    source: str
    page: int
    pages: int = Field(description="Number of pages of the source.")
    heading: str
    start: int
    end: int
    text: str
    continues: int | None = Field(description="Read on with this `start`; null when the part was read to its end.")
    before: NeighborResult | None
    after: NeighborResult | None
    sections: list[PartResult] = Field(description="The sections of this page, in order.")


@dataclass(frozen=True, slots=True)
class Part:
    """Consecutive chunks of one page under one heading path."""

    chunks: tuple[Chunk, ...]

    @property
    def start(self) -> int:
        """Offset of the part on its page."""
        return self.chunks[0].start

    @property
    def end(self) -> int:
        """Offset just behind the part on its page."""
        return self.chunks[-1].end

    @property
    def heading(self) -> str:
        """The part's heading path as one line."""
        return self.chunks[0].heading

    def as_result(self) -> PartResult:
        """The part's place."""
        return PartResult(page=self.chunks[0].page, heading=self.heading, start=self.start, end=self.end)


def parts_of(chunks: Sequence[Chunk]) -> list[Part]:
    """The parts of a page, from its chunks in reading order."""
    return [Part(tuple(group)) for _, group in groupby(chunks, key=lambda chunk: chunk.heading_path)]


def read_material(
    index: Index, source: str, *, page: int | None = None, heading: str | None = None, start: int | None = None
) -> ReadResult:
    """The section under a heading, the section at an offset, or the page from its beginning, cut after `LONGEST` characters.

    Raises `MaterialError` naming what there is when the library holds no such source, page, heading or offset.
    """
    record = _record_of(index, source)
    if heading is not None:
        chunks, part = _under_heading(index, record, page, heading)
        return _result(index, record, chunks, part.start if start is None else start, part.end)
    chunks = _page_of(index, record, page or 1)
    if start is None:
        return _result(index, record, chunks, 0, chunks[-1].end)
    inside = [part for part in parts_of(chunks) if part.start <= start < part.end]
    if not inside:
        raise MaterialError(
            f"Page {chunks[0].page} of {record.name} has {chunks[-1].end} characters; {start} is not among them. "
            "Give a start that `search` or `read` returned."
        )
    return _result(index, record, chunks, start, inside[0].end)


def whole_document(index: Index, source: str) -> str:
    """The text of every page of a source, parted by form feeds. Raises `MaterialError` when there is no such source."""
    record = _record_of(index, source)
    return "\f".join(index.page_text(record.name, page) for page in range(1, record.pages + 1))


def _record_of(index: Index, source: str) -> SourceRecord:
    records = {record.name: record for record in index.records()}
    if source in records:
        return records[source]
    ending = [name for name in records if name.endswith(f"/{source}")]
    if len(ending) == 1:
        return records[ending[0]]
    near = ending or get_close_matches(source, records, n=3, cutoff=0.4)
    hint = f"Did you mean {', '.join(near)}?" if near else "`sources` lists the names."
    raise MaterialError(f"There is no source {source!r} in the library. {hint}")


def _page_of(index: Index, record: SourceRecord, page: int) -> list[Chunk]:
    chunks = index.page_chunks(record.name, page)
    if not chunks:
        raise MaterialError(f"{record.name} has no text on page {page}. It has {record.pages} pages, counted from 1.")
    return chunks


def _under_heading(index: Index, record: SourceRecord, page: int | None, heading: str) -> tuple[list[Chunk], Part]:
    """The page and the part whose heading is the wanted one, or holds its words; the exact one first."""
    wanted = _bare(heading)
    pages = [page] if page is not None else range(1, record.pages + 1)
    near: list[tuple[list[Chunk], Part]] = []
    for number in pages:
        chunks = index.page_chunks(record.name, number)
        for part in parts_of(chunks):
            path = [_bare(one) for one in part.chunks[0].heading_path]
            if wanted == _bare(part.heading) or path[-1:] == [wanted]:
                return chunks, part
            if wanted in _bare(part.heading):
                near.append((chunks, part))
    if near:
        return near[0]
    raise MaterialError(
        f"{record.name} has no heading {heading!r}. Call `read` with a page and without a heading to see its sections."
    )


def _bare(heading: str) -> str:
    return " ".join(heading.replace(">", "›").casefold().split())


def _result(index: Index, record: SourceRecord, chunks: Sequence[Chunk], start: int, end: int) -> ReadResult:
    page = "".join(chunk.text for chunk in chunks)
    stop = _cut(chunks, start, end)
    at = next(chunk for chunk in chunks if start < chunk.end)
    return ReadResult(
        source=record.name,
        page=at.page,
        pages=record.pages,
        heading=at.heading,
        start=start,
        end=stop,
        text=page[start:stop],
        continues=stop if stop < end else None,
        before=_before(index, record, chunks, start),
        after=_after(index, record, chunks, stop),
        sections=[part.as_result() for part in parts_of(chunks)],
    )


def _cut(chunks: Sequence[Chunk], start: int, end: int) -> int:
    """The end, or the last end of a chunk within `LONGEST` characters, or that many characters where one chunk has more."""
    if end - start <= LONGEST:
        return end
    ends = [chunk.end for chunk in chunks if start < chunk.end <= start + LONGEST]
    return ends[-1] if ends else start + LONGEST


def _before(index: Index, record: SourceRecord, chunks: Sequence[Chunk], start: int) -> NeighborResult | None:
    earlier = [chunk for chunk in chunks if chunk.start < start]
    if not earlier and chunks[0].page > 1:
        earlier = index.page_chunks(record.name, chunks[0].page - 1)
        start = earlier[-1].end if earlier else 0
    if not earlier:
        return None
    chunk = earlier[-1]
    begin = max(chunk.start, start - GLIMPSE)
    return _neighbor(chunk, begin, start)


def _after(index: Index, record: SourceRecord, chunks: Sequence[Chunk], end: int) -> NeighborResult | None:
    later = [chunk for chunk in chunks if chunk.end > end]
    if not later and chunks[0].page < record.pages:
        later = index.page_chunks(record.name, chunks[0].page + 1)
        end = 0
    if not later:
        return None
    chunk = later[0]
    return _neighbor(chunk, end, min(chunk.end, end + GLIMPSE))


def _neighbor(chunk: Chunk, start: int, end: int) -> NeighborResult:
    text = chunk.text[start - chunk.start : end - chunk.start]
    return NeighborResult(page=chunk.page, heading=chunk.heading, start=start, end=end, text=text)
