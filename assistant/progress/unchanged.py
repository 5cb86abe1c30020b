"""Compares rows that never change or go once they are written with a backup: a failing disk changes or loses them.

SQLite notices a page that is not well formed, but not a letter that became another one; and after one wrong byte in its
write-ahead log it takes the rest of the log for never written.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

UNCHANGING = {
    "attempts": ("number",),
    "sittings": ("id",),
    "answers": ("number", "conversation"),
}
"""Tables, and the columns by which a row is known again. Of a sitting only its end is written later."""
WRITTEN_LATER = frozenset({"finished"})
VERSIONS = ("SELECT group_concat(part || number) FROM {schema}.schema_versions", "PRAGMA {schema}.user_version")


NEVER_DELETED = ("attempts", "sittings")
"""But all together, and the backups go with them."""


def has_lost(path: Path, backup: Path) -> bool:
    """Whether the database at `path` lacks a table or a row that the backup has and nobody can have deleted."""
    with closing(sqlite3.connect(path, timeout=5)) as database:
        database.execute("ATTACH ? AS kept", (f"{backup.absolute()}",))
        return any(
            not _columns(database, "main", table) or (table in NEVER_DELETED and _lacks_rows(database, table))
            for table in UNCHANGING
            if _columns(database, "kept", table)
        )


def _lacks_rows(database: sqlite3.Connection, table: str) -> bool:
    names = ", ".join(f'"{name}"' for name in UNCHANGING[table])
    query = f'SELECT {names} FROM kept."{table}" EXCEPT SELECT {names} FROM main."{table}" LIMIT 1'
    return database.execute(query).fetchone() is not None


def put_back(path: Path, backup: Path) -> int:
    """Put back each row of the database at `path` that differs from the backup's; returns how many did.

    Nothing is compared where the two were written by different versions, since the newer one may have changed every row.
    """
    with closing(sqlite3.connect(path, timeout=5)) as database:
        database.execute("ATTACH ? AS kept", (f"{backup.absolute()}",))
        tables = [
            table for table in UNCHANGING if _columns(database, "main", table) == _columns(database, "kept", table)
        ]
        if _version(database, "main") != _version(database, "kept"):
            return 0
        with database:
            return sum(_put_back_rows(database, table) for table in tables if _columns(database, "main", table))


def _put_back_rows(database: sqlite3.Connection, table: str) -> int:
    keys = UNCHANGING[table]
    values = [name for name in _columns(database, "main", table) if name not in {*keys, *WRITTEN_LATER}]
    same = " AND ".join(f'mine."{name}" = kept."{name}"' for name in keys)
    differs = " OR ".join(f'mine."{name}" IS NOT kept."{name}"' for name in values)
    found = database.execute(
        f'SELECT kept.* FROM kept."{table}" AS kept JOIN main."{table}" AS mine ON {same} WHERE {differs}'
    ).fetchall()
    columns = _columns(database, "main", table)
    for row in found:
        one = dict(zip(columns, row, strict=True))
        assigned = ", ".join(f'"{name}" = ?' for name in values)
        here = " AND ".join(f'"{name}" = ?' for name in keys)
        given = [one[name] for name in (*values, *keys)]
        database.execute(f'UPDATE main."{table}" SET {assigned} WHERE {here}', given)
    return len(found)


def _columns(database: sqlite3.Connection, schema: str, table: str) -> list[str]:
    return [str(row[1]) for row in database.execute(f'PRAGMA {schema}.table_info("{table}")').fetchall()]


def _version(database: sqlite3.Connection, schema: str) -> list[object]:
    try:
        return [database.execute(query.format(schema=schema)).fetchone()[0] for query in VERSIONS]
    except sqlite3.OperationalError:  # a database of conversations alone
        return [database.execute(VERSIONS[1].format(schema=schema)).fetchone()[0]]
