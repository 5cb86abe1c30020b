"""Results about the material: what is in the library, and what an ingest did."""

from pathlib import Path
from typing import TYPE_CHECKING, Self

from pydantic import Field

from assistant.service.result import Result
from assistant.syllabus import CORPUS, SHIPPED

if TYPE_CHECKING:  # the parsers are imported when something is ingested
    from ingest.records import SourceRecord
    from ingest.run import IngestResult


class SkippedResult(Result):
    """A file that was left out, and why."""

    source: str
    reason: str


class NoteResult(Result):
    """What the reading of a file left out or was unsure of."""

    source: str
    note: str


class AddResult(Result):
    """What adding or refreshing material did, by source name."""

    added: list[str]
    changed: list[str]
    unchanged: int
    removed: list[str]
    skipped: list[SkippedResult]
    notes: list[NoteResult]
    chunks: int = Field(description="Chunks written to the index.")
    seconds: float
    cancelled: bool = Field(description="Whether it was stopped; what was read by then is kept.")

    @classmethod
    def of(cls, result: "IngestResult", seconds: float) -> Self:
        """The result for an ingest that took some seconds."""
        return cls(
            added=result.added,
            changed=result.changed,
            unchanged=len(result.unchanged),
            removed=result.removed,
            skipped=[SkippedResult(source=one.name, reason=one.reason) for one in result.skipped],
            notes=[NoteResult(source=one.name, note=one.text) for one in result.notes],
            chunks=result.chunks,
            seconds=round(seconds, 3),
            cancelled=result.cancelled,
        )


class ForgetResult(Result):
    """A source that was removed from the library; the file itself stays."""

    source: str
    chunks: int = Field(description="Chunks removed from the index.")


class SourceResult(Result):
    """A source in the library."""

    source: str
    pages: int
    chunks: int
    added: str = Field(description="When it was last read (UTC, ISO 8601).")
    shipped: bool = Field(description="Whether it came with Groundwork; false for the learner's own material.")

    @classmethod
    def of(cls, record: "SourceRecord") -> Self:
        """The result for a source's record."""
        return cls(
            source=record.name,
            pages=record.pages,
            chunks=record.chunks,
            added=record.added,
            shipped=_is_shipped(record),
        )


def _is_shipped(record: "SourceRecord") -> bool:
    """Whether a source is a file that ships, wherever Groundwork was installed when it was read."""
    path = Path(record.path).as_posix()
    return any(
        (folder / record.name).is_file() and path.endswith(f"/{CORPUS.name}/{folder.name}/{record.name}")
        for folder in SHIPPED
    )


class SourcesResult(Result):
    """Every source in the library, by name."""

    sources: list[SourceResult]


class WriterResult(Result):
    """A writer, and whether and why it works here."""

    name: str
    available: bool
    reason: str


class ModelsResult(Result):
    """The embedding model and the writers."""

    embedding: str
    writers: list[WriterResult]
