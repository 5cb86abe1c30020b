"""Checks a home from the outside in and says for each part whether it works and what to do if not."""

from collections.abc import Callable
from dataclasses import dataclass

from assistant.session import Session
from ingest.errors import StudyError


@dataclass(frozen=True, slots=True)
class Check:
    """One part of a home: whether it works, and what was seen."""

    name: str
    ok: bool
    detail: str


def examine(session: Session) -> list[Check]:
    """All checks in the order in which the parts depend on each other."""
    checks: list[tuple[str, Callable[[], str]]] = [
        ("settings", lambda: f"{session.home / 'study.toml'}: writer {session.settings.answers.writer}"),
        ("embedding model", lambda: f"{session.embedder.identity}, {session.embedder.dimension} dimensions"),
        ("index", lambda: _index_state(session)),
        ("syllabus", lambda: f"{len(session.syllabus.considerations)} considerations"),
        ("question bank", lambda: f"{len(session.bank.questions)} questions, every quote found"),
    ]
    return [_check(name, look) for name, look in checks]


def _check(name: str, look: Callable[[], str]) -> Check:
    try:
        return Check(name, True, look())
    except StudyError as error:
        return Check(name, False, str(error))


def _index_state(session: Session) -> str:
    records = session.index.records()
    counted = session.index.count()
    recorded = sum(record.chunks for record in records)
    said = f"{len(records)} sources, {counted} chunks"
    if counted != recorded:
        return f"{said}; an ingest was interrupted ({recorded} chunks belong to whole sources), `study ingest` completes it"
    return said
