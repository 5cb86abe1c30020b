import threading
from pathlib import Path

from ingest.progress import Progress, Stage
from ingest.run import IngestResult
from ui.copies import keep_copy
from ui.job_view import told
from ui.jobs import Job


class Slow:
    """A library whose ingest goes on until it is told to stop."""

    def __init__(self) -> None:
        self.began = threading.Event()

    def add(self, paths: list[Path], *, now: object, report: object, cancelled: object) -> IngestResult:
        assert callable(report)
        assert callable(cancelled)
        report(Progress(1, 4, 10, "long.pdf", page=7, seconds_left=90.0))
        self.began.set()
        while not cancelled():
            threading.Event().wait(0.01)
        return IngestResult(added=["first.md"], cancelled=True)


class Home:
    """A session as far as a job knows it."""

    def __init__(self, home: Path) -> None:
        self.home, self.library, self.index = home, Slow(), self

    def records(self) -> list[object]:
        return []


def test_a_job_is_seen_while_it_runs_stopped_and_found_again_with_its_outcome(tmp_path: Path) -> None:
    job, session = Job(), Home(tmp_path)
    kept = keep_copy(tmp_path, "long.pdf", b"x")
    assert job.start(session, [kept])  # type: ignore[arg-type]
    assert session.library.began.wait(10)
    assert job.running
    assert job.progress is not None
    assert (job.progress.source, job.progress.page) == ("long.pdf", 7)
    assert not job.start(session)  # type: ignore[arg-type]
    job.stop()
    assert job.thread is not None
    job.thread.join(10)
    assert job.result is not None
    assert job.result.cancelled
    assert not kept.exists(), "the copy of an upload from which nothing was read stays for ever"
    job.dismiss()
    assert job.result is None


def test_what_nobody_expected_is_said_and_does_not_kill_the_app(tmp_path: Path) -> None:
    job, session = Job(), Home(tmp_path)
    session.library.add = lambda *given, **named: 1 / 0  # type: ignore[method-assign,assignment]
    job.start(session)  # type: ignore[arg-type]
    assert job.thread is not None
    job.thread.join(10)
    assert "Adding stopped" in job.fault


def test_progress_names_stage_file_page_and_time_left() -> None:
    assert told(Progress(0, 2, 0, "a.pdf")) == "Reading a.pdf (1 of 2)"
    at = Progress(1, 2, 40, "b.pdf", Stage.EMBEDDING, page=12, seconds_left=150.0)
    assert told(at) == "Indexing b.pdf (2 of 2) · page 12 · 40 passages so far · about 3 min left"
    assert told(Progress(1, 2, 40, "b.pdf", seconds_left=11.0)).endswith("about 10 seconds left")
