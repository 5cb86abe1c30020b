"""Vectors of the notes that ship, computed when a wheel is built, so that a new library is ready in seconds.

A text that changed since is not found here and is embedded as any other.
"""

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ingest.chunks import EmbeddedText
from ingest.embeddings import Embedder, Vectors

NAME = "notes.npz"
KEY_BYTES = 16


class Known(NamedTuple):
    """A text's vector, and one vector for each of its spans, shape (spans, dimension)."""

    vector: Vectors
    spans: Vectors


class KnownEmbedder:
    """An embedder that looks a text up before it computes its vectors."""

    def __init__(self, embedder: Embedder, path: Path) -> None:
        self._embedder = embedder
        self._path = path

    @property
    def identity(self) -> str:
        return self._embedder.identity

    @property
    def dimension(self) -> int:
        return self._embedder.dimension

    @property
    def max_tokens(self) -> int:
        return self._embedder.max_tokens

    def encode(self, texts: Sequence[str]) -> Vectors:
        return self._embedder.encode(texts)

    def count_tokens(self, texts: list[str]) -> list[int]:
        return self._embedder.count_tokens(texts)

    def encode_with_spans(self, texts: Sequence[EmbeddedText]) -> tuple[Vectors, list[Vectors]]:
        found = {at: known for at, text in enumerate(texts) if (known := self._known.get(_key(text)))}
        rest = [at for at in range(len(texts)) if at not in found]
        vectors, spans = self._embedder.encode_with_spans([texts[at] for at in rest])
        found |= {at: Known(*pair) for at, pair in zip(rest, zip(vectors, spans, strict=True), strict=True)}
        together = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for at, known in found.items():
            together[at] = known.vector
        return together, [found[at].spans for at in range(len(texts))]

    @cached_property
    def _known(self) -> dict[bytes, Known]:
        with np.load(self._path, allow_pickle=False) as kept:
            keys, vectors, spans, counts = (kept[name] for name in ("keys", "vectors", "spans", "counts"))
        parts = np.split(spans.astype(np.float32), np.cumsum(counts)[:-1])
        return {key.tobytes(): Known(*pair) for key, *pair in zip(keys, vectors, parts, strict=True)}


class RecordingEmbedder(KnownEmbedder):
    """Remembers the vectors of every text that passes, and writes them for a `KnownEmbedder`."""

    def __init__(self, embedder: Embedder) -> None:
        super().__init__(embedder, Path())
        self._recorded: dict[bytes, Known] = {}

    def encode_with_spans(self, texts: Sequence[EmbeddedText]) -> tuple[Vectors, list[Vectors]]:
        vectors, spans = self._embedder.encode_with_spans(texts)
        self._recorded |= {_key(text): Known(*pair) for text, *pair in zip(texts, vectors, spans, strict=True)}
        return vectors, spans

    def write(self, path: Path) -> int:
        """Write what passed; returns how many texts that are. Spans are kept in half precision, as the index keeps less."""
        keys = np.frombuffer(b"".join(self._recorded), dtype=np.uint8).reshape(-1, KEY_BYTES)
        known = self._recorded.values()
        np.savez_compressed(
            path,
            keys=keys,
            vectors=np.array([one.vector for one in known], dtype=np.float32),
            spans=np.concatenate([one.spans for one in known]).astype(np.float16),
            counts=np.array([len(one.spans) for one in known]),
        )
        return len(known)


def _key(text: EmbeddedText) -> bytes:
    spans = ",".join(f"{span.start}-{span.end}" for span in text.spans)
    return hashlib.blake2b(f"{text.text}\x1f{spans}".encode("utf-8", "surrogatepass"), digest_size=KEY_BYTES).digest()
