"""Vectors of the units inside each chunk, kept in SQLite beside the index; what is missing or damaged is computed again."""

import logging
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar
from zlib import crc32

import numpy as np

from ingest.chunks import Chunk
from ingest.embeddings import Embedder, Vectors
from ingest.files import remove
from ingest.writable import unwritable_reason

SCALE = 127.0
"""Vectors are kept as int8: the largest component of a vector becomes 127; cosines change by less than 0.005."""
DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_SCHEMA, sqlite3.SQLITE_ERROR})
TABLE = "checked_vectors"
_Result = TypeVar("_Result")


class SentenceVectors:
    """Unit vectors by chunk id, for one embedding model; safe to share between threads."""

    def __init__(self, path: Path, embedder: Embedder) -> None:
        self._path = path
        self._embedder = embedder
        self._lock = threading.Lock()
        self._database = self._connect()

    def put(self, ids: Sequence[str], vectors: Sequence[Vectors]) -> None:
        """Keep the vectors of some chunks, one array of shape (units, dimension) each."""
        model = self._embedder.identity
        packed = [(key, model, _pack(units)) for key, units in zip(ids, vectors, strict=True)]
        rows = [(key, model, units, _check(key, model, units)) for key, model, units in packed]
        self._try(lambda: self._write(f"INSERT OR REPLACE INTO {TABLE} VALUES (?, ?, ?, ?)", rows), None)

    def get(self, chunks: Sequence[Chunk]) -> list[Vectors]:
        """Vectors of each chunk's embedded spans, in their order; what is missing, damaged or of another cut is computed."""
        texts = [chunk.embedded() for chunk in chunks]
        nothing: dict[str, bytes] = {}
        rows = self._try(lambda: self._kept([chunk.id for chunk in chunks]), nothing)
        size = self._embedder.dimension
        missing = [at for at, text in enumerate(texts) if len(rows.get(chunks[at].id, b" ")) != len(text.spans) * size]
        if missing:
            _, computed = self._embedder.encode_with_spans([texts[at] for at in missing])
            self.put([chunks[at].id for at in missing], computed)
            rows |= {chunks[at].id: _pack(units) for at, units in zip(missing, computed, strict=True)}
        return [_unpack(rows[chunk.id], size) for chunk in chunks]

    def drop(self, ids: Sequence[str]) -> None:
        """Forget chunks that left the index."""
        self._try(lambda: self._write(f"DELETE FROM {TABLE} WHERE chunk = ?", [(key,) for key in ids]), None)

    def _kept(self, ids: Sequence[str]) -> dict[str, bytes]:
        """What is kept of some chunks and is what was written."""
        model = self._embedder.identity
        query = f"SELECT chunk, units, sum FROM {TABLE} WHERE model = ? AND chunk IN ({','.join('?' * len(ids))})"
        rows = self._database.execute(query, [model, *ids]).fetchall()
        return {
            key: units for key, units, check in rows if isinstance(units, bytes) and check == _check(key, model, units)
        }

    def _write(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        with self._database:
            self._database.executemany(statement, rows)

    def _try(self, work: Callable[[], _Result], otherwise: _Result) -> _Result:
        """What the database gives; a damaged one is begun again, and one that cannot be written does without."""
        with self._lock:
            try:
                return work()
            except sqlite3.DatabaseError as error:
                if _is_damage(error):
                    self._begin_again()
                return otherwise

    def _connect(self) -> sqlite3.Connection:
        if reason := _unwritable(self._path.parent):
            logging.getLogger(__name__).debug("Vectors of sentences are not kept: %s.", reason)
            return self._open_unwritten()
        try:
            return _open(str(self._path))
        except sqlite3.DatabaseError as error:
            if not _is_damage(error) and not self._path.is_dir():
                return self._open_unwritten()
        return self._rebuilt()

    def _open_unwritten(self) -> sqlite3.Connection:
        """What is there, for reading; an empty one in memory where it cannot be read."""
        try:
            opened = sqlite3.connect(f"{self._path.as_uri()}?immutable=1", uri=True, check_same_thread=False)
            opened.execute(f"SELECT 1 FROM {TABLE} LIMIT 1")
            return opened
        except sqlite3.DatabaseError:
            return _open(":memory:")

    def _begin_again(self) -> None:
        self._database.close()
        self._database = self._rebuilt()

    def _rebuilt(self) -> sqlite3.Connection:
        logging.getLogger(__name__).warning(
            "The vectors of sentences were damaged; they are computed again as they are needed."
        )
        folder = self._path.parent
        try:
            for name in (self._path.name, f"{self._path.name}-wal", f"{self._path.name}-shm"):
                remove(folder / name, within=folder)
            return _open(str(self._path))
        except (OSError, sqlite3.DatabaseError):
            return _open(":memory:")


def _unwritable(folder: Path) -> str:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return str(error)
    return unwritable_reason(folder)


def _open(where: str) -> sqlite3.Connection:
    database = sqlite3.connect(where, check_same_thread=False, timeout=30)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
    database.execute("DROP TABLE IF EXISTS vectors")  # of versions that noted no sums
    database.execute(
        f"CREATE TABLE IF NOT EXISTS {TABLE} (chunk TEXT, model TEXT, units BLOB, sum INTEGER, PRIMARY KEY (chunk, model)) "
        "WITHOUT ROWID"
    )
    return database


def _is_damage(error: sqlite3.DatabaseError) -> bool:
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF in DAMAGED


def _check(key: str, model: str, units: bytes) -> int:
    return crc32(units, crc32(f"{key} {model}".encode()))


def _pack(units: Vectors) -> bytes:
    largest = np.maximum(np.abs(units).max(axis=1, keepdims=True), 1e-9) if len(units) else units
    return np.round(units / largest * SCALE).astype(np.int8).tobytes()


def _unpack(data: bytes, dimension: int) -> Vectors:
    units = np.frombuffer(data, dtype=np.int8).reshape(-1, dimension).astype(np.float32)
    scaled: Vectors = units / np.maximum(np.linalg.norm(units, axis=1, keepdims=True), 1e-9)
    return scaled
