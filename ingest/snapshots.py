"""Keeps what was fetched from the web as files in the library, with the address and the date of each."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import filelock

from ingest.files import free_name, safe_name

FOLDER = "web"
LEDGER = ".snapshots.json"
"""In the folder of the snapshots: file name → what it is a snapshot of. Hidden, so that it is no material."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was fetched: its address, title, time (ISO 8601) and suffix."""

    address: str
    title: str
    fetched: str
    suffix: str


def save_snapshot(folder: Path, snapshot: Snapshot, data: bytes) -> Path:
    """Write a snapshot below `folder`, in place of an older one of the same address; returns the file."""
    place = folder / FOLDER
    place.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(
        place / f"{LEDGER}.lock"
    ):  # two fetches at once would each write a ledger without the other's
        return _save(place, snapshot, data)


def _save(place: Path, snapshot: Snapshot, data: bytes) -> Path:
    known = read_ledger(place)
    name = next((name for name, one in known.items() if one.address == snapshot.address), "")
    if not name or Path(name).suffix != snapshot.suffix:
        taken = {path.name.casefold() for path in place.iterdir()}
        name = free_name(safe_name(snapshot.title[:80], default="page") + snapshot.suffix, taken)
    if snapshot.suffix == ".html":
        data = _marked(snapshot, data)
    (place / name).write_bytes(data)
    known[name] = snapshot
    ledger = json.dumps({name: asdict(one) for name, one in known.items()}, ensure_ascii=False, indent=1)
    draft = place / f"{LEDGER}.new"
    draft.write_text(ledger, encoding="utf-8")
    draft.replace(place / LEDGER)
    return place / name


def read_ledger(place: Path) -> dict[str, Snapshot]:
    """The snapshots of a folder by their file names; none where the ledger is missing or damaged."""
    try:
        listed = json.loads((place / LEDGER).read_text(encoding="utf-8"))
        return {str(name): Snapshot(**one) for name, one in listed.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _marked(snapshot: Snapshot, data: bytes) -> bytes:
    """A page, which is UTF-8 by now, with its address and date in front."""
    address = snapshot.address.replace("--", "%2D%2D")
    return f"<!-- saved from url=({len(address):04}){address} at {snapshot.fetched} -->\n".encode() + data
