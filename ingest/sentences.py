"""Vectors of the units inside each chunk, kept in SQLite beside the index; a cache: what is missing is computed again."""

import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ingest.chunks import Chunk
from ingest.embeddings import Embedder, Vectors

SCALE = 127.0
"""Vectors are kept as int8: the largest component of a vector becomes 127; cosines change by less than 0.005."""


class SentenceVectors:
    """Unit vectors by chunk id, for one embedding model."""

    def __init__(self, path: Path, embedder: Embedder) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._embedder = embedder
        self._lock = threading.Lock()
        self._database = sqlite3.connect(path, check_same_thread=False, timeout=30)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS vectors (chunk TEXT, model TEXT, units BLOB, PRIMARY KEY (chunk, model)) "
            "WITHOUT ROWID"
        )

    def put(self, ids: Sequence[str], vectors: Sequence[Vectors]) -> None:
        """Keep the vectors of some chunks, one array of shape (units, dimension) each."""
        model = self._embedder.identity
        rows = [(key, model, _pack(units)) for key, units in zip(ids, vectors, strict=True)]
        with self._lock, self._database:
            self._database.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)", rows)

    def get(self, chunks: Sequence[Chunk]) -> list[Vectors]:
        """Vectors of each chunk's embedded spans, in their order; what is missing or of another cut is computed."""
        texts = [chunk.embedded() for chunk in chunks]
        marks = ",".join("?" * len(chunks))
        query = f"SELECT chunk, units FROM vectors WHERE model = ? AND chunk IN ({marks})"
        with self._lock:
            rows = dict(self._database.execute(query, [self._embedder.identity, *(chunk.id for chunk in chunks)]))
        size = self._embedder.dimension
        missing = [at for at, text in enumerate(texts) if len(rows.get(chunks[at].id, b" ")) != len(text.spans) * size]
        if missing:
            _, computed = self._embedder.encode_with_spans([texts[at] for at in missing])
            self.put([chunks[at].id for at in missing], computed)
            rows |= {chunks[at].id: _pack(units) for at, units in zip(missing, computed, strict=True)}
        return [_unpack(rows[chunk.id], size) for chunk in chunks]

    def drop(self, ids: Sequence[str]) -> None:
        """Forget chunks that left the index."""
        with self._lock, self._database:
            self._database.executemany("DELETE FROM vectors WHERE chunk = ?", [(key,) for key in ids])


def _pack(units: Vectors) -> bytes:
    largest = np.maximum(np.abs(units).max(axis=1, keepdims=True), 1e-9) if len(units) else units
    return np.round(units / largest * SCALE).astype(np.int8).tobytes()


def _unpack(data: bytes, dimension: int) -> Vectors:
    units = np.frombuffer(data, dtype=np.int8).reshape(-1, dimension).astype(np.float32)
    scaled: Vectors = units / np.maximum(np.linalg.norm(units, axis=1, keepdims=True), 1e-9)
    return scaled
