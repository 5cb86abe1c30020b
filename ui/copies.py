"""The copies of uploads in the library's folder: which files are ours, so that nothing a person put there is ever deleted."""

from pathlib import Path

from ingest.files import free_name, remove

FOLDER = "materials"
NOTED = ".copies"
"""A file in the folder that lists the copies."""


def keep_copy(home: Path, name: str, data: bytes) -> Path:
    """Write an upload under a name that no other file of the folder has; the same bytes again need no second file."""
    folder = home / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / free_name(name, {path.name.casefold() for path in folder.iterdir() if not _holds(path, data)})
    if not path.exists():
        _note(folder, _noted(folder) | {path.name})
        path.write_bytes(data)
    return path


def is_copy(home: Path, path: Path) -> bool:
    """Whether a file is one that `keep_copy` wrote."""
    folder = home / FOLDER
    return path.parent == folder and path.is_file() and path.name in _noted(folder)


def drop_copy(home: Path, path: Path) -> None:
    """Delete a copy; nothing happens to any other file."""
    if is_copy(home, path):
        remove(path, within=home / FOLDER)
        _note(home / FOLDER, _noted(home / FOLDER) - {path.name})


def _holds(path: Path, data: bytes) -> bool:
    return path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data


def _note(folder: Path, copies: set[str]) -> None:
    (folder / NOTED).write_text("\n".join(sorted(copies)), encoding="utf-8")


def _noted(folder: Path) -> set[str]:
    noted = folder / NOTED
    return set(noted.read_text(encoding="utf-8").splitlines()) if noted.is_file() else set()
