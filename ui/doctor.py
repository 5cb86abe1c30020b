"""Checks a home from the outside in and says for each part whether it works and what to do if not."""

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from assistant.progress.keeping import backups_of
from assistant.session import Session
from ingest.errors import StudyError


@dataclass(frozen=True, slots=True)
class Check:
    """One part of a home: whether it works, and what was seen."""

    name: str
    ok: bool
    detail: str
    error: str = ""
    """Name of the error's class, for a report that must not hold its text."""
    at: tuple[str, ...] = ()
    """Where in our code it was raised, outermost first."""


def examine(session: Session) -> list[Check]:
    """All checks in the order in which the parts depend on each other."""
    checks: list[tuple[str, Callable[[], str]]] = [
        ("settings", lambda: f"{session.home / 'study.toml'}: writer {session.settings.answers.writer}"),
        ("embedding model", lambda: f"{session.embedder.identity}, {session.embedder.dimension} dimensions"),
        ("index", lambda: _index_state(session)),
        ("progress", lambda: f"{len(session.progress.attempts())} answers, {_backups(session)}"),
        ("syllabus", lambda: f"{len(session.syllabus.considerations)} considerations"),
        ("question bank", lambda: f"{len(session.quizzes.bank.questions)} questions, every quote found"),
    ]
    return [_check(name, look) for name, look in checks]


def _check(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, True, look())
    except StudyError as error:
        return Check(name, False, str(error), type(error).__name__, _frames(error))


def _frames(error: StudyError) -> tuple[str, ...]:
    frames = traceback.extract_tb(error.__traceback__)
    return tuple(f"{Path(one.filename).name}:{one.lineno} {one.name}" for one in frames)


def _index_state(session: Session) -> str:
    session.index.check()
    records = session.index.records()
    counted = session.index.count()
    recorded = sum(record.chunks for record in records)
    said = f"{len(records)} sources, {counted} chunks"
    if counted != recorded:
        return f"{said}; an ingest was interrupted ({recorded} chunks belong to whole sources), `study ingest` completes it"
    return said


def _backups(session: Session) -> str:
    if session.settings.progress.url:
        return "in a database of your own"
    found = backups_of(session.home / "progress.sqlite3")
    return f"{len(found)} daily backups" if found else "no backup yet"


def repair(session: Session, *, now: datetime) -> list[str]:
    """Make whole what can be: each part says what it did; what is only opened to be repaired says so by itself."""
    said = list(session.learners_file.notices)
    said += session.library.repair(now=now, report=lambda progress: None)
    session.index.lexical()
    return said
