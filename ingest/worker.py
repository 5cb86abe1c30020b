"""Reads and cuts files in a bounded process, so that one that hangs, crashes or eats memory takes nothing else down.

A request names the file and the bounds. The worker asks back how many tokens some texts have, which only the embedding model
of the process that started it knows, and says which picture of a page it begins to read, so that each has the time of a file.
It answers with the chunks or with the sentence that says what is wrong.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from ingest.bounded import Ask, BoundedProcess, Gone, Message, TooSlow, for_want_of_memory, serve
from ingest.chunks import Chunk, CountTokens, chunk_pages
from ingest.errors import MaterialError
from ingest.settings import ReadingSettings
from ingest.sources import Source

_CHUNKS = TypeAdapter(list[Chunk])


@dataclass(frozen=True, slots=True)
class Cut:
    """A file that was read: how many of its pages hold text, its chunks, and what a person should know about the reading."""

    pages: int
    chunks: list[Chunk]
    notes: tuple[str, ...] = ()


class ParserProcess:
    """The worker as a context; `limit` is the most tokens of a chunk, `command` starts another program in its place."""

    def __init__(
        self,
        reading: ReadingSettings,
        *,
        count_tokens: CountTokens,
        limit: int,
        command: Sequence[str] = (sys.executable, "-m", "ingest.worker"),
    ) -> None:
        self._reading = reading
        self._count_tokens = count_tokens
        self._limit = limit
        self._process = BoundedProcess(
            command, seconds=reading.max_seconds, memory_megabytes=reading.max_memory_megabytes
        )

    def __enter__(self) -> "ParserProcess":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.close()

    def read(self, source: Source) -> Cut:
        """A file's chunks; raises `MaterialError` when it cannot be read, takes too long, or stops the worker."""
        request = {"name": source.name, "path": str(source.path), "limit": self._limit}
        try:
            answer = self._process.ask(
                request | {"reading": self._reading.model_dump()}, self._reply, lambda message: "picture" in message
            )
            if "error" not in answer:
                return Cut(answer["pages"], _CHUNKS.validate_python(answer["chunks"]), tuple(answer["notes"]))
        except TooSlow as error:
            raise MaterialError(
                f"{source.name} took longer than {self._reading.max_seconds:.0f} s to read and was left out. Split it, or "
                "raise [reading] max_seconds."
            ) from error
        except (Gone, KeyError, ValidationError) as error:
            raise MaterialError(
                f"{source.name} stopped its reader, it may be damaged or need more than "
                f"{self._reading.max_memory_megabytes} MB of memory. Repair or split it, or raise [reading] "
                "max_memory_megabytes."
            ) from error
        raise MaterialError(str(answer["error"]))

    def _reply(self, message: Message) -> Message | None:
        if "picture" in message:
            return {}
        return {"counted": self._count_tokens(message["count"])} if "count" in message else None


def _cut(request: Message, ask: Ask) -> Message:
    """What a file holds, or the sentence that says why it cannot be read."""
    from ingest.ocr import ReadPicture, read_page
    from ingest.pages import read_document

    def count_tokens(texts: list[str]) -> list[int]:
        counted: list[int] = ask({"count": texts})["counted"]
        return counted

    reading = ReadingSettings(**request["reading"])
    source = Source(request["name"], Path(request["path"]), "")

    def read_picture(path: Path, number: int) -> ReadPicture:
        ask({"picture": number})
        try:
            return read_page(path, number)
        except Exception as error:  # one page that cannot be read leaves the others
            raise MaterialError(_said(source, error, reading)) from error

    try:
        document = read_document(source, reading, read_picture)
        chunks = chunk_pages(document.pages, count_tokens=count_tokens, limit=request["limit"])
        if len(chunks) > reading.max_chunks:
            raise MaterialError(
                f"{source.name} is cut into {len(chunks)} pieces, more than [reading] max_chunks = {reading.max_chunks}. "
                "Split it, or raise the bound."
            )
    except Exception as error:  # the outermost edge of this process: parsers raise kinds of their own
        return {"error": _said(source, error, reading)}
    return {"pages": len(document.pages), "chunks": _CHUNKS.dump_python(chunks, mode="json"), "notes": document.notes}


def _said(source: Source, error: Exception, reading: ReadingSettings) -> str:
    """What went wrong, as a sentence."""
    if for_want_of_memory(error):
        return (
            f"{source.name} needs more than {reading.max_memory_megabytes} MB of memory to read and was left out. Split it, "
            "or raise [reading] max_memory_megabytes."
        )
    if isinstance(error, MaterialError):  # of a part inside, some name the part alone
        return str(error) if source.path.name in str(error) or source.name in str(error) else f"{source.name}: {error}"
    return f"{source.name} cannot be read, it may be damaged ({type(error).__name__}: {error})."


def main() -> None:
    """The worker."""
    serve(_cut)


if __name__ == "__main__":
    main()
