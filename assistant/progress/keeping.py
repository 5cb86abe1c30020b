"""Keeps the learner's file: backed up daily, checked before it is opened, set aside when damaged, restored from a backup.

The file holds sittings, answers, the review schedule and conversations. A damaged one is never overwritten: it is moved into
the backups' folder, the newest sound backup takes its place, and rows that can still be read from the damaged file are added.
"""

import json
import logging
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from assistant.progress.unchanged import has_lost, put_back
from ingest.errors import ProgressError, first_line
from ingest.files import remove
from ingest.seals import file_hash
from ingest.writable import PrivateCopy, unwritable_reason

BACKUPS = 7
"""Number of daily backups that are kept."""
JSON_COLUMNS = frozenset({"chosen", "questions", "card", "question_data", "answer"})
TIME_COLUMNS = frozenset({"at", "due", "started", "finished", "changed"})
SIDE_FILES = ("", "-wal", "-shm")
"""What SQLite keeps under a database's name."""


@dataclass(frozen=True, slots=True)
class LearnersFile:
    """The database to open, what is to be said about it, and why nothing can be written to it, if so."""

    path: Path
    notices: tuple[str, ...] = ()
    read_only: str = ""
    copy: PrivateCopy | None = field(default=None, compare=False)


def prepare(path: Path, *, now: datetime) -> LearnersFile:
    """Make the file at `path` fit to be opened; it need not exist. Raises `ProgressError` when that cannot be done."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ProgressError(f"{path.parent} cannot be made: {error.strerror}. Choose another --home.") from error
    if reason := unwritable_reason(path.parent):
        copy = PrivateCopy([path.with_name(path.name + end) for end in SIDE_FILES])
        said = f"{path.parent} cannot be written: {reason}. What you did before can be read; nothing new is kept."
        return LearnersFile(copy.folder / path.name, (said,), reason, copy)
    if fault := fault_of(path):
        return LearnersFile(path, (_replace_damaged(path, fault, now),))
    if _has_lost(path):
        return LearnersFile(path, (_replace_damaged(path, "it has lost what its backup holds", now),))
    notices = _put_back(path)
    _back_up(path, now.date())
    _checkpoint(path)
    return LearnersFile(path, notices)


def _to_compare(path: Path) -> Path | None:
    """The newest sound backup; none that is older than the last `study restore`, which took back what came after."""
    if not path.exists():
        return None
    note = _restored_note(path)
    since = note.stat().st_mtime_ns if note.exists() else 0
    sound = [one for one in backups_of(path).values() if one.stat().st_mtime_ns > since and not _backup_fault(one)]
    return sound[-1] if sound else None


def _restored_note(path: Path) -> Path:
    return _folder(path) / f"{path.stem}-restored"


def _has_lost(path: Path) -> bool:
    backup = _to_compare(path)
    try:
        return backup is not None and has_lost(path, backup)
    except sqlite3.Error:
        return False


def _checkpoint(path: Path) -> None:
    """Move what is in the write-ahead log into the file: one wrong byte in the log would cost all that comes after it."""
    if path.exists():
        with suppress(sqlite3.Error), closing(sqlite3.connect(path, timeout=1)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _put_back(path: Path) -> tuple[str, ...]:
    """Put back rows that the disk changed since the newest sound backup; says so in a sentence."""
    backup = _to_compare(path)
    if backup is None:
        return ()
    try:
        count = put_back(path, backup)
    except sqlite3.Error as error:
        logging.getLogger(__name__).info("%s could not be compared with its backup: %s.", path.name, first_line(error))
        return ()
    what = "One record" if count == 1 else f"{count} records"
    return (f"{what} of {path.name} had been changed by the disk and came back from the backup.",) if count else ()


def _backup_fault(backup: Path) -> str:
    """What is the matter with a backup, which must be byte for byte what was written where its hash was noted."""
    try:
        noted = _seal_of(backup).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return fault_of(backup)
    return "" if noted == file_hash(backup) else "it is not what was written"


def _seal_of(backup: Path) -> Path:
    return backup.with_name(f"{backup.name}.sha256")


def fault_of(path: Path) -> str:
    """What is the matter with a database, as a clause; empty when it is sound, or is not there."""
    if path.is_dir():
        return "it is a folder"
    if not path.exists():
        return ""
    if path.stat().st_size == 0:
        return "it is empty" if backups_of(path) else ""
    try:
        with closing(_connect(path)) as database:
            found = str(database.execute("PRAGMA quick_check(1)").fetchone()[0])
            tables = database.execute("SELECT count(*) FROM sqlite_master WHERE type = 'table'").fetchone()[0]
    except sqlite3.OperationalError as error:
        return "" if "locked" in str(error) else first_line(error)
    except sqlite3.DatabaseError as error:
        return first_line(error)
    if found != "ok":
        return found.splitlines()[0]
    return "" if tables or not backups_of(path) else "it holds nothing"


def backups_of(path: Path) -> dict[date, Path]:
    """The backups of a database by their day, oldest first."""
    found: dict[date, Path] = {}
    for backup in sorted(_folder(path).glob(f"{path.stem}-????-??-??{path.suffix}")):
        with suppress(ValueError):
            found[date.fromisoformat(backup.stem.removeprefix(f"{path.stem}-"))] = backup
    return found


def restore(path: Path, day: date | None, *, now: datetime) -> str:
    """Put the backup of a day, or the newest sound one, in place of the file, which is set aside; says what was done."""
    found = {one: backup for one, backup in backups_of(path).items() if not _backup_fault(backup)}
    if not found:
        raise ProgressError(f"There is no backup in {_folder(path)}. `study import` reads back an export.")
    chosen = day or max(found)
    if chosen not in found:
        days = ", ".join(one.isoformat() for one in found)
        raise ProgressError(f"There is no backup of {chosen.isoformat()}. There are backups of {days}.")
    aside = _set_aside(path, now)
    _put_in_place(found[chosen], path)
    _restored_note(path).touch()
    kept = f" What was there before is in {aside}." if aside else ""
    return f"Restored the backup of {chosen.isoformat()}.{kept}"


def forget_backups(path: Path) -> None:
    """Remove all backups and what was set aside: when a learner deletes everything, nothing may stay behind."""
    folder = _folder(path)
    for kept in [
        _restored_note(path),
        *folder.glob(f"{path.stem}-*{path.suffix}*"),
        *folder.glob(f"set-aside-*-{path.name}*"),
    ]:
        remove(kept, within=folder)


def _folder(path: Path) -> Path:
    return path.parent / "backups"


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5)


def _back_up(path: Path, today: date) -> None:
    """Copy a sound database once a day; where there is no room the older backups stay."""
    folder = _folder(path)
    target = folder / f"{path.stem}-{today.isoformat()}{path.suffix}"
    if target.exists() or not path.exists() or not _holds_something(path):
        return
    draft = target.with_suffix(".partial")
    try:
        folder.mkdir(exist_ok=True)
        with closing(_connect(path)) as source, closing(sqlite3.connect(draft)) as copy:
            source.backup(copy)
        _seal_of(target).write_text(file_hash(draft), encoding="utf-8")
        draft.replace(target)
        for old in list(backups_of(path).values())[:-BACKUPS]:
            remove(old, within=folder)
            remove(_seal_of(old), within=folder)
    except (OSError, sqlite3.Error) as error:
        logging.getLogger(__name__).warning("No backup of %s could be made today: %s.", path.name, first_line(error))


def _holds_something(path: Path) -> bool:
    with closing(_connect(path)) as database:
        return any(database.execute(f'SELECT 1 FROM "{table}" LIMIT 1').fetchone() for table in _tables(database))


def _tables(database: sqlite3.Connection) -> list[str]:
    rows = database.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    ).fetchall()
    return [str(name) for (name,) in rows]


def _replace_damaged(path: Path, fault: str, now: datetime) -> str:
    """Set a damaged file aside, restore the newest sound backup, add what can still be read; says what was done."""
    aside = _set_aside(path, now)
    sound = {day: backup for day, backup in backups_of(path).items() if not _backup_fault(backup)}
    said = f"{path.name} was damaged ({fault}) and was set aside as {aside}."
    if sound:
        _put_in_place(sound[max(sound)], path)
        said += f" The backup of {max(sound).isoformat()} was restored."
    else:
        said += " There was no backup."
    added = _salvage(aside, path) if aside and aside.is_file() else 0
    return said + (f" {added} rows were saved from the damaged file." if added else "")


def _set_aside(path: Path, now: datetime) -> Path | None:
    """Move the file and what SQLite keeps beside it into the backups' folder; returns where it is now."""
    folder = _folder(path)
    folder.mkdir(exist_ok=True)
    aside = folder / f"set-aside-{now:%Y%m%d-%H%M%S-%f}-{path.name}"
    moved = None
    for end in SIDE_FILES:
        beside = path.with_name(path.name + end)
        if beside.exists():
            beside.rename(aside.with_name(aside.name + end))
            moved = moved or aside
    return moved


def _put_in_place(backup: Path, path: Path) -> None:
    draft = path.with_name(f"{path.name}.partial")
    shutil.copyfile(backup, draft)
    draft.replace(path)


def _salvage(damaged: Path, path: Path) -> int:
    """Add the rows of a damaged database that can still be read and are sound; returns how many were new."""
    added = 0
    try:
        with closing(sqlite3.connect(damaged)) as source, closing(sqlite3.connect(path)) as target:
            for table, made in source.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall():
                if not str(table).startswith("sqlite_"):
                    added += _salvage_table(source, target, str(table), str(made))
            target.commit()
    except sqlite3.Error as error:
        logging.getLogger(__name__).info("Not all rows could be read from %s: %s.", damaged, first_line(error))
    return added


def _salvage_table(source: sqlite3.Connection, target: sqlite3.Connection, table: str, made: str) -> int:
    if table not in _tables(target):
        target.execute(made)
    before = target.total_changes
    known = {str(column[1]) for column in target.execute(f'PRAGMA table_info("{table}")')}
    for whole in _readable_rows(source, table):
        row = {name: value for name, value in whole.items() if name in known}  # a backup may be older than the tables
        names = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join("?" * len(row))
        with suppress(sqlite3.Error):
            target.execute(f'INSERT OR IGNORE INTO "{table}" ({names}) VALUES ({marks})', list(row.values()))
    return target.total_changes - before


def _readable_rows(source: sqlite3.Connection, table: str) -> Iterator[dict[str, object]]:
    """Sound rows from both ends of a table, each as far as it can be read."""
    for order in ("ASC", "DESC"):
        with suppress(sqlite3.Error):
            cursor = source.execute(f'SELECT * FROM "{table}" ORDER BY rowid {order}')
            names = [str(one[0]) for one in cursor.description]
            for values in cursor:
                row = dict(zip(names, values, strict=True))
                if _is_sound(row):
                    yield row


def _is_sound(row: dict[str, object]) -> bool:
    """Whether the values that are JSON or times can be read as such."""
    try:
        for name, value in row.items():
            if name in JSON_COLUMNS and isinstance(value, str) and value[:1] in "[{":
                json.loads(value)
            elif name in TIME_COLUMNS and value is not None:
                datetime.fromisoformat(str(value))
    except ValueError:
        return False
    return True
