"""Writes a report for a bug report: versions, checks, settings and counts, and nothing that the learner wrote, named or read."""

import importlib.metadata
import json
import platform
from collections import Counter
from collections.abc import Callable, Sequence
from enum import Enum
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import BaseModel

from assistant.session import Session
from ingest.errors import StudyError
from ingest.readers import READERS
from ui.doctor import Check

PACKAGES = ("groundwork-study", "chromadb", "sentence-transformers", "onnxruntime", "torch", "streamlit", "langchain")
SET = "(set)"
"""Stands for any text in the settings: a name, a path or an address may be private."""


def report(session: Session, checks: Sequence[Check]) -> dict[str, Any]:
    """What helps to find a fault. Values are numbers, our own words and names of our own code; free text is left out."""
    return {
        "versions": {name: _version(name) for name in PACKAGES},
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "checks": [{"name": one.name, "ok": one.ok, "error": one.error, "at": list(one.at)} for one in checks],
        "settings": _or_none(lambda: _without_text(session.settings)),
        "library": _or_none(lambda: _counts(session)),
        "answers": _or_none(lambda: len(session.progress.attempts())),
        "bytes": _sizes(session.home),
    }


def write_report(path: Path, session: Session, checks: Sequence[Check]) -> None:
    """The report as a JSON file that a person can read before sending it."""
    path.write_text(json.dumps(report(session, checks), indent=1) + "\n", encoding="utf-8")


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _without_text(settings: BaseModel) -> dict[str, Any]:
    """Settings with their numbers and choices; text that is not the default is `SET`."""
    told: dict[str, Any] = {}
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        if isinstance(value, BaseModel):
            told[name] = _without_text(value)
        elif isinstance(value, Enum) or not isinstance(value, str) or value == field.default:
            told[name] = value
        else:
            told[name] = SET
    return told


def _counts(session: Session) -> dict[str, Any]:
    """Sources by suffix, pages and chunks; a suffix that no reader has is counted as another."""
    records = session.index.records()
    suffixes = (PurePosixPath(record.name).suffix.lower() for record in records)
    return {
        "sources": Counter(suffix if suffix in READERS else "other" for suffix in suffixes),
        "pages": sum(record.pages for record in records),
        "chunks": session.index.count(),
    }


def _sizes(home: Path) -> dict[str, int]:
    """Bytes of each part of the home that Groundwork made, by our own names."""
    parts = ("index", "materials", "models", "progress.sqlite3", "study.toml")
    files = {part: [home / part, *(home / part).rglob("*")] for part in parts}
    return {part: sum(one.stat().st_size for one in found if one.is_file()) for part, found in files.items()}


def _or_none(look: Callable[[], Any]) -> Any:
    """What is seen, or None where the part is damaged; the checks say how."""
    try:
        return look()
    except StudyError:
        return None
