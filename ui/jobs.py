"""Adds material in the background: one job for a library, which every tab can see, stop and find again."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from ingest.errors import StudyError
from ingest.progress import Progress
from ui.copies import drop_copy

if TYPE_CHECKING:
    from assistant.session import Session
    from ingest.run import IngestResult
    from ingest.sources import Skipped


@dataclass
class Job:
    """What is being added, or was added last; `result` and `fault` stay until they are dismissed."""

    progress: Progress | None = None
    result: "IngestResult | None" = None
    fault: str = ""
    started: datetime | None = None
    thread: threading.Thread | None = None
    stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def running(self) -> bool:
        """Whether it is at work."""
        return self.thread is not None and self.thread.is_alive()

    def dismiss(self) -> None:
        """Forget the outcome."""
        self.result, self.fault = None, ""

    def start(self, session: "Session", paths: Sequence[Path] = (), addresses: Sequence[str] = ()) -> bool:
        """Begin to add files and pages; with none of them, look for changed files. False while another job is at work."""
        if self.running:
            return False
        self.dismiss()
        self.progress, self.started = None, datetime.now(UTC)
        self.stopped.clear()
        self.thread = threading.Thread(target=self._work, args=(session, list(paths), list(addresses)), daemon=True)
        self.thread.start()
        return True

    def stop(self) -> None:
        """Ask it to end after the piece it is at; what was added by then stays."""
        self.stopped.set()

    def _work(self, session: "Session", paths: list[Path], addresses: list[str]) -> None:
        try:
            self.result = self._add(session, paths, addresses)
        except StudyError as error:
            self.fault = str(error)
        except Exception as error:  # the edge of a thread: what nobody expected is still said on the page
            self.fault = f"Adding stopped: {error}"
        drop_rejected(session, paths)

    def _add(self, session: "Session", paths: list[Path], addresses: list[str]) -> "IngestResult":
        fetched = session.library.fetch(addresses, now=datetime.now(UTC)) if addresses else None
        found = [*paths, *(fetched.paths if fetched else [])]
        if addresses and not found:
            return _nothing(fetched.failed if fetched else [])
        result = session.library.add(found, now=datetime.now(UTC), report=self._hear, cancelled=self.stopped.is_set)
        result.skipped += fetched.failed if fetched else []
        return result

    def _hear(self, progress: Progress) -> None:
        self.progress = progress


def _nothing(failed: "list[Skipped]") -> "IngestResult":
    from ingest.run import IngestResult

    return IngestResult(skipped=list(failed))


def drop_rejected(session: "Session", paths: Sequence[Path]) -> None:
    """Remove the copies of uploads from which nothing was read; they could never be seen or removed otherwise."""
    used = {Path(named) for record in session.index.records() for named in (record.path, record.added_as)}
    for path in paths:
        if path not in used:
            drop_copy(session.home, path)


@st.cache_resource(show_spinner=False)
def _job(home: str) -> Job:
    return Job()


def shared_job(home: Path) -> Job:
    """The library's job; every tab and visitor shares it."""
    return _job(str(home))


forget_jobs: Callable[[], None] = _job.clear
"""For tests: as if the app had been started again."""
