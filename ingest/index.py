"""The searchable index in Chroma: chunks with vectors, and a record for each whole source. Only this file imports chromadb.

A source counts as ingested when its record stands in the index; chunks come first and the record last, so a killed
ingest leaves a source without a current record and the next run completes it. The stamp is a record too: it changes
whenever chunks did, and readers that hold an older one reopen Chroma (a running process does not see vectors that another
process wrote) and rebuild the lexical side.
"""

import json
import logging
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, Self, TypeVar
from urllib.parse import urlsplit

import chromadb
import httpx
import numpy as np
from chromadb.api import ClientAPI
from chromadb.api.models.Collection import Collection
from chromadb.api.shared_system_client import SharedSystemClient
from chromadb.config import DEFAULT_DATABASE, DEFAULT_TENANT
from chromadb.config import Settings as ChromaSettings
from chromadb.errors import ChromaError, NotFoundError

from ingest.chunks import Chunk
from ingest.embeddings import Embedder, Vectors
from ingest.errors import IndexMismatch, IndexUnavailable, IndexUnreachable
from ingest.lexical import ANALYSIS, LexicalIndex
from ingest.sentences import SentenceVectors
from ingest.settings import IndexSettings

STAMP = "#stamp"
NO_VECTOR: list[Sequence[float] | Sequence[int]] = [[0.0]]
"""Records are never searched by distance, but Chroma wants a vector for each."""
SCAN = 5000
"""Records read at once when all chunks are read."""
DEFAULT_PORTS = {"http": 8000, "https": 443}
CLOUD_KEY = "CHROMA_API_KEY"
"""Environment variable with the key of Chroma Cloud, or of a server that asks for a token."""

logging.getLogger("chromadb.telemetry").setLevel(logging.CRITICAL)


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


ATTEMPTS = 3
FIRST_WAIT = 0.5
"""Seconds before a call to a server that did not answer is tried again; doubled each time."""
_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")


def _retried(
    method: "Callable[Concatenate[Index, _Given], _Result]",
) -> "Callable[Concatenate[Index, _Given], _Result]":
    """The method tried again while a server does not answer; every call changes nothing when it is made twice."""

    @wraps(method)
    def call(self: "Index", /, *args: _Given.args, **kwargs: _Given.kwargs) -> _Result:
        for attempt in range(ATTEMPTS - 1):
            try:
                return method(self, *args, **kwargs)
            except IndexUnreachable:
                time.sleep(FIRST_WAIT * 2**attempt)
        return method(self, *args, **kwargs)

    return call


class Index:
    """Chunks in one Chroma collection and source records in another beside it; safe to share between threads."""

    def __init__(self, connect: "Connect", settings: IndexSettings, folder: Path, embedder: Embedder) -> None:
        self._connect = connect
        self._settings = settings
        self._cache = folder / "lexical" / settings.collection
        self.sentences = SentenceVectors(folder / "sentences.sqlite3", embedder)
        self._embedder = embedder
        self._lock = threading.RLock()
        self._lexical: LexicalIndex | None = None
        self._seen_stamp = ""
        self._open()

    @classmethod
    def open(cls, settings: IndexSettings, home: Path, embedder: Embedder) -> Self:
        """The index of a home, made when there is none.

        Raises `IndexMismatch` when another embedding model made it, `IndexUnavailable` when it cannot be opened.
        """
        folder = home / "index"
        return cls(_connect(settings, home), settings, folder, embedder)

    def _open(self) -> None:
        with self._lock, _translated(self._connect.where):
            client = self._connect()
            self._client = client
            self._chunks = self._collection(client, self._settings.collection)
            self._records = self._collection(client, f"{self._settings.collection}-sources")
            self._seen_stamp = self.stamp()

    def _collection(self, client: ClientAPI, name: str) -> Collection:
        try:
            collection = client.get_collection(name, embedding_function=None)
        except NotFoundError:
            collection = client.create_collection(
                name,
                embedding_function=None,
                configuration={"hnsw": {"space": "cosine"}},
                metadata={"embedding": self._embedder.identity, "dimension": self._embedder.dimension},
                get_or_create=True,
            )
        made_with = (collection.metadata or {}).get("embedding")
        if made_with != self._embedder.identity:
            raise IndexMismatch(
                f"The index at {self._connect.where} was made with the embedding model {made_with}, the settings name "
                f"{self._embedder.identity}. Run `study ingest --rebuild` to make it anew, or change [embedding] model back."
            )
        return collection

    @_retried
    def stamp(self) -> str:
        """Changes whenever the index's content did; empty for an index nothing was ever written to."""
        with self._lock, _translated(self._connect.where):
            found = self._records.get(ids=[STAMP], include=["metadatas"])["metadatas"]
            return str(found[0]["stamp"]) if found else ""

    @_retried
    def touch(self) -> None:
        """Tell other processes that the content changed."""
        with self._lock, _translated(self._connect.where):
            stamp = f"{time.time_ns():x}-{uuid.uuid4().hex[:8]}"
            self._records.upsert(ids=[STAMP], embeddings=NO_VECTOR, metadatas=[{"stamp": stamp}])
            self._seen_stamp = stamp
            self._lexical = None

    def refresh(self) -> None:
        """Reopen when another process changed the content."""
        with self._lock:
            if self.stamp() != self._seen_stamp:
                SharedSystemClient.clear_system_cache()
                self._lexical = None
                self._open()

    @_retried
    def records(self) -> list[SourceRecord]:
        """Every whole source, by name."""
        with self._lock, _translated(self._connect.where):
            found = _records_in(self._records)
        return sorted(found, key=lambda record: record.name)

    @_retried
    def path_of(self, source: str) -> Path | None:
        """Where a source's file was when it was read, or None when there is no such source."""
        with self._lock, _translated(self._connect.where):
            documents = self._records.get(ids=[f"source:{source}"], include=["documents"])["documents"]
        return Path(_record(documents[0]).path) if documents else None

    @_retried
    def chunk_ids(self, source: str) -> set[str]:
        """Ids of all chunks of a source, of whole and of half-written ones."""
        with self._lock, _translated(self._connect.where):
            return set(self._chunks.get(where={"source": source}, include=[])["ids"])

    @_retried
    def put_chunks(self, chunks: Sequence[Chunk], vectors: Vectors) -> None:
        """Add chunks with their vectors; adding one twice changes nothing."""
        size = self._batch_size()
        with self._lock, _translated(self._connect.where):
            for at in range(0, len(chunks), size):
                batch = chunks[at : at + size]
                self._chunks.upsert(
                    ids=[chunk.id for chunk in batch],
                    embeddings=vectors[at : at + size],
                    documents=[chunk.text for chunk in batch],
                    metadatas=[_metadata(chunk) for chunk in batch],
                )

    @_retried
    def drop_chunks(self, ids: Sequence[str]) -> None:
        """Remove chunks by id."""
        size = self._batch_size()
        with self._lock, _translated(self._connect.where):
            for at in range(0, len(ids), size):
                self._chunks.delete(ids=list(ids[at : at + size]))
        self.sentences.drop(ids)

    @_retried
    def put_record(self, record: SourceRecord) -> None:
        """Declare a source whole."""
        with self._lock, _translated(self._connect.where):
            text = json.dumps(asdict(record))
            self._records.upsert(ids=[f"source:{record.name}"], embeddings=NO_VECTOR, documents=[text])

    @_retried
    def forget(self, source: str) -> int:
        """Remove a source; returns how many chunks went."""
        with self._lock, _translated(self._connect.where):
            self._records.delete(ids=[f"source:{source}"])
            ids = sorted(self.chunk_ids(source))
            self.drop_chunks(ids)
        return len(ids)

    @_retried
    def nearest(
        self, vector: Vectors, *, k: int, sources: Sequence[str] | None = None
    ) -> dict[str, tuple[Chunk, float]]:
        """At most `k` chunks nearest to a vector of shape (dimension,) with their cosine similarity, by chunk id."""
        where: Any = {"source": {"$in": list(sources)}} if sources is not None else None
        if sources == []:
            return {}
        with self._lock, _translated(self._connect.where):
            found: Any = self._chunks.query(
                query_embeddings=vector.reshape(1, -1),
                n_results=k,
                where=where,
                include=["distances", "documents", "metadatas"],
            )
        rows = zip(found["ids"][0], found["documents"][0], found["metadatas"][0], found["distances"][0], strict=True)
        return {key: (_chunk(text, data), 1.0 - float(distance)) for key, text, data, distance in rows}

    @_retried
    def fetch(self, ids: Sequence[str]) -> dict[str, tuple[Chunk, Vectors]]:
        """Chunks and their vectors by id; ids that are no longer there are left out."""
        with self._lock, _translated(self._connect.where):
            found: Any = self._chunks.get(ids=list(ids), include=["documents", "metadatas", "embeddings"])
        rows = zip(found["ids"], found["documents"], found["metadatas"], found["embeddings"], strict=True)
        return {key: (_chunk(text, data), np.asarray(vector, dtype=np.float32)) for key, text, data, vector in rows}

    @_retried
    def page_chunks(self, source: str, page: int) -> list[Chunk]:
        """All chunks of a page in reading order; joined, their texts are the page's text."""
        where: Any = {"$and": [{"source": source}, {"page": page}]}
        with self._lock, _translated(self._connect.where):
            found: Any = self._chunks.get(where=where, include=["documents", "metadatas"])
        chunks = [_chunk(text, data) for text, data in zip(found["documents"], found["metadatas"], strict=True)]
        return sorted(chunks, key=lambda chunk: chunk.start)

    def page_text(self, source: str, page: int) -> str:
        """The text of a page as it was ingested; empty when there is no such page."""
        return "".join(chunk.text for chunk in self.page_chunks(source, page))

    def all_chunks(self) -> Iterator[Chunk]:
        """Every chunk, in no particular order."""
        at = 0
        while True:
            with self._lock, _translated(self._connect.where):
                found: Any = self._chunks.get(limit=SCAN, offset=at, include=["documents", "metadatas"])
            yield from (_chunk(text, data) for text, data in zip(found["documents"], found["metadatas"], strict=True))
            at += SCAN
            if len(found["ids"]) < SCAN:
                return

    @_retried
    def is_empty(self) -> bool:
        """Whether there is no chunk."""
        with self._lock, _translated(self._connect.where):
            return not self._chunks.get(limit=1, include=[])["ids"]

    @_retried
    def count(self) -> int:
        """Number of chunks."""
        with self._lock, _translated(self._connect.where):
            return self._chunks.count()

    def lexical(self) -> LexicalIndex:
        """The lexical side for the present content; built and kept on disk when there is none."""
        with self._lock:
            self.refresh()
            if self._lexical is None:
                folder = self._cache / f"{self._seen_stamp or 'empty'}-{ANALYSIS}"
                self._lexical = LexicalIndex.load(folder) or self._build_lexical(folder)
            return self._lexical

    def _build_lexical(self, folder: Path) -> LexicalIndex:
        chunks = sorted(self.all_chunks(), key=lambda chunk: (chunk.source, chunk.page, chunk.start))
        lexical = LexicalIndex.build(
            [chunk.id for chunk in chunks],
            [chunk.source for chunk in chunks],
            [chunk.heading for chunk in chunks],
            [chunk.embedded().text for chunk in chunks],
        )
        lexical.save(folder)
        return lexical

    def _batch_size(self) -> int:
        return int(self._client.get_max_batch_size())


def drop_collections(client: ClientAPI, settings: IndexSettings) -> None:
    """Delete the chunks and the records, whichever embedding model made them."""
    for name in (settings.collection, f"{settings.collection}-sources"):
        try:
            client.delete_collection(name)
        except NotFoundError:
            continue


@dataclass(frozen=True, slots=True)
class Connect:
    """Opens a client: a server's when there is a url, else Chroma in this process in a folder."""

    url: str | None
    folder: Path
    tenant: str = ""
    database: str = ""

    @property
    def where(self) -> str:
        """For messages."""
        return self.url or str(self.folder)

    def __call__(self) -> ClientAPI:
        settings = ChromaSettings(anonymized_telemetry=False)
        if self.url is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            return chromadb.PersistentClient(str(self.folder), settings=settings)
        parts = urlsplit(self.url)
        if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
            raise IndexUnavailable(f"[index] url = {self.url!r} is no address. Write it as http://localhost:8000.")
        port = parts.port or DEFAULT_PORTS[parts.scheme]
        key = os.environ.get(CLOUD_KEY)
        return chromadb.HttpClient(
            parts.hostname,
            port,
            ssl=parts.scheme == "https",
            headers={"x-chroma-token": key} if key else None,
            settings=settings,
            tenant=self.tenant or DEFAULT_TENANT,
            database=self.database or DEFAULT_DATABASE,
        )


def _connect(settings: IndexSettings, home: Path) -> Connect:
    return Connect(settings.url, home / "index" / "chroma", settings.tenant, settings.database)


def read_records(settings: IndexSettings, home: Path) -> list[SourceRecord]:
    """The sources of an index, whatever embedding model made it."""
    connect = _connect(settings, home)
    with _translated(connect.where):
        try:
            records = connect().get_collection(f"{settings.collection}-sources", embedding_function=None)
        except NotFoundError:
            return []
        return _records_in(records)


def reset_index(settings: IndexSettings, home: Path) -> None:
    """Delete an index whatever embedding model made it, through Chroma's own interface."""
    connect = _connect(settings, home)
    with _translated(connect.where):
        drop_collections(connect(), settings)
    SharedSystemClient.clear_system_cache()


class _translated:  # noqa: N801 - used as a `with` clause
    """Chroma's and the network's errors as ours."""

    def __init__(self, where: str) -> None:
        self._where = where

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        unreachable = isinstance(error, httpx.HTTPError) or (
            isinstance(error, ValueError) and "Could not connect" in str(error)
        )
        if unreachable:
            raise IndexUnreachable(
                f"The Chroma server at {self._where} does not answer. Start it, or correct [index] url in study.toml."
            ) from error
        if isinstance(error, (ChromaError, OSError)):
            raise IndexUnavailable(
                f"The index at {self._where} cannot be used: {error}. Run `study doctor` to see what is wrong with it."
            ) from error


def _records_in(collection: Collection) -> list[SourceRecord]:
    found = collection.get(include=["documents"])
    rows = zip(found["ids"], found["documents"] or [], strict=True)
    return [_record(text) for key, text in rows if key != STAMP]


def _record(text: str) -> SourceRecord:
    """A record as this version knows it; fields that another version added are left out."""
    known = {field.name for field in fields(SourceRecord)}
    return SourceRecord(**{name: value for name, value in json.loads(text).items() if name in known})


def _metadata(chunk: Chunk) -> dict[str, str | int]:
    return {
        "source": chunk.source,
        "page": chunk.page,
        "start": chunk.start,
        "heading_path": json.dumps(chunk.heading_path, ensure_ascii=False),
        "label": chunk.label,
    }


def _chunk(text: str, data: dict[str, Any]) -> Chunk:
    path = tuple(json.loads(data["heading_path"]))
    return Chunk(data["source"], int(data["page"]), int(data["start"]), text, path, data["label"])
