"""Tells how far an ingest is, by file, page and stage, with an estimate of what is left, and asks whether to go on."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """What is being done with a file."""

    READING = "reading"
    EMBEDDING = "embedding"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an ingest is: files done of all, chunks written so far, and the file it is at."""

    done: int
    total: int
    chunks: int
    source: str
    stage: Stage = Stage.READING
    page: int = 0
    """Page up to which the file is embedded; 0 while it is read."""
    seconds_left: float | None = None
    """Estimated from the bytes of the files done; None before the first."""


Report = Callable[[Progress], None]
Cancelled = Callable[[], bool]
"""Asked between files and between windows of chunks; True ends the ingest there."""


class Stopped(Exception):
    """The ingest was cancelled; what was written by then is whole."""


class Tracker:
    """Turns the steps of one ingest into reports."""

    def __init__(
        self,
        sizes: Sequence[int],
        report: Report,
        cancelled: Cancelled,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`sizes` are the bytes of the files in their order."""
        self._sizes = sizes
        self._report = report
        self._cancelled = cancelled
        self._clock = clock
        self._began = clock()
        self._done = 0
        self._source = ""

    def at_file(self, done: int, source: str, chunks: int) -> None:
        """The next file is read; raises `Stopped` when the ingest is cancelled."""
        self._done, self._source = done, source
        self._tell(Stage.READING, chunks)

    def at_chunk(self, source: str, page: int, chunks: int) -> None:
        """Chunks up to this page were written; raises `Stopped` when the ingest is cancelled."""
        self._source = source
        self._tell(Stage.EMBEDDING, chunks, page)

    def finish(self, chunks: int) -> None:
        """Everything is done."""
        self._report(Progress(len(self._sizes), len(self._sizes), chunks, "", Stage.EMBEDDING, seconds_left=0.0))

    def _tell(self, stage: Stage, chunks: int, page: int = 0) -> None:
        if self._cancelled():
            raise Stopped
        self._report(Progress(self._done, len(self._sizes), chunks, self._source, stage, page, self._left()))

    def _left(self) -> float | None:
        behind = sum(self._sizes[: self._done])
        ahead = sum(self._sizes[self._done :])
        return (self._clock() - self._began) * ahead / behind if behind else None
