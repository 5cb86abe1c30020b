"""What is known of whole sources: a record for each in the index, and a list beside it that survives the loss of the index."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from ingest.seals import text_hash


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """What the index knows of one whole source.

    `added_as` is the path the user named (the file or a folder above it), `home` the home from which `path` can be
    reached, `added` the time in UTC, ISO 8601, `made_by` the version of reading and cutting and its settings.
    """

    name: str
    path: str
    added_as: str
    home: str
    sha256: str
    pages: int
    chunks: int
    added: str
    made_by: str = ""
    notes: tuple[str, ...] = ()
    """What a person should know about its reading, in sentences."""


def record_from(values: dict[str, Any]) -> SourceRecord:
    """A record as this version knows it; fields that another version added are left out."""
    known = {field.name for field in fields(SourceRecord)}
    kept = {name: value for name, value in values.items() if name in known}
    return SourceRecord(**kept | {"notes": tuple(kept.get("notes", ()))})


class Catalog:
    """The records in a file beside the index, for the day when the index is lost; without a folder it holds nothing."""

    def __init__(self, folder: Path | None) -> None:
        self._path = folder / "sources.json" if folder else None

    def write(self, records: Sequence[SourceRecord]) -> None:
        """Keep the records, whole or not at all; where nothing can be written the older list stays."""
        if self._path is None:
            return
        listed = json.dumps([asdict(record) for record in records])
        draft = self._path.with_suffix(".partial")
        try:
            draft.write_text(json.dumps({"check": text_hash(listed), "sources": listed}), encoding="utf-8")
            draft.replace(self._path)
        except OSError:
            return

    def read(self) -> list[SourceRecord]:
        """The records as they were kept; none when the file is not what was written."""
        if self._path is None:
            return []
        try:
            held = json.loads(self._path.read_text(encoding="utf-8"))
            if held["check"] != text_hash(held["sources"]):
                return []
            return [record_from(values) for values in json.loads(held["sources"])]
        except (OSError, ValueError, KeyError, TypeError):
            return []
