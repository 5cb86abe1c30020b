"""The searchable index in Chroma: chunks with vectors, and a record for each whole source. Only this file imports chromadb.

A source counts as ingested when its record stands in the index; chunks come first and the record last, so a killed
ingest leaves a source without a current record and the next run completes it. The stamp is a record too: it changes
whenever chunks did, and readers that hold an older one reopen Chroma (a running process does not see vectors that another
process wrote) and rebuild the lexical side.
"""

import json
import logging
import os
import sqlite3
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import datetime
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
from ingest.errors import (
    IndexDamaged,
    IndexMismatch,
    IndexUnavailable,
    IndexUnreachable,
    StudyError,
    first_line,
    without_secrets,
)
from ingest.lexical import ANALYSIS, LexicalIndex
from ingest.records import Catalog, SourceRecord, record_from
from ingest.seals import text_hash
from ingest.sentences import SentenceVectors
from ingest.settings import IndexSettings
from ingest.units import Kind, Unit
from ingest.writable import PrivateCopy, unwritable_reason

STAMP = "#stamp"
CHECK = "check"
"""Key of the hash that is stored with a chunk and with a record."""
LARGEST_COSINE = 1.001
"""Beyond it, or not a number, a stored vector was damaged."""
PROBE = "probe"
"""Key of a number by which a chunk's vector is known again."""
PROBE_TOLERANCE = 1e-3
NO_SPACE = ("disk is full", "no space left", "readonly database", "read-only file system", "disk i/o error", "quota")
"""What stores say when nothing can be written."""
NO_VECTOR: list[Sequence[float] | Sequence[int]] = [[0.0]]
"""Records are never searched by distance, but Chroma needs a vector for each."""
SCAN = 5000
"""Records read in one call when all chunks are read."""
DEFAULT_PORTS = {"http": 8000, "https": 443}
CLOUD_KEY = "CHROMA_API_KEY"
"""Environment variable with the key of Chroma Cloud, or of a server that asks for a token."""

logging.getLogger("chromadb.telemetry").setLevel(logging.CRITICAL)


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
        self._catalog = Catalog(folder if settings.url is None else None)
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
            client = self._client = self._connect()
            self._chunks = self._collection(client, self._settings.collection)
            self._records = self._collection(client, f"{self._settings.collection}-sources")
            self._seen_stamp = self.stamp()
        self._check_sources()

    def _check_sources(self) -> None:
        """Raises `IndexDamaged` when the store was emptied behind our back: the list beside it names sources it lacks."""
        listed = self._catalog.read()
        if listed and not self._seen_stamp:
            raise IndexDamaged(
                f"The index at {self._connect.where} has lost its content. Run `study doctor --repair` to build it again from "
                f"its {len(listed)} sources."
            )
        if self._seen_stamp and not listed:  # made by a version that kept no list
            self._catalog.write(self.records())

    def check(self) -> None:
        """Read everything once, a second for ten thousand chunks; raises `IndexDamaged` for what is not as it was written."""
        self._connect.check()
        records = self.records()
        held = Counter(chunk.source for chunk in self.all_chunks())
        short = [record.name for record in records if held[record.name] < record.chunks]
        lost = [record.name for record in self._catalog.read() if record.name not in {one.name for one in records}]
        if short or lost:
            raise IndexDamaged(
                f"The index at {self._connect.where} has lost passages of {', '.join([*short, *lost][:5])}. Run "
                "`study doctor --repair` to build it again from its sources."
            )

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
                f"{self._embedder.identity}. Run `study ingest --rebuild` to build it again, or change [embedding] model back."
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
            self._catalog.write(_records_in(self._records))

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
            found = _records_in(self._records, [f"source:{source}"])
        return Path(found[0].path) if found else None

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
                    metadatas=[
                        _metadata(chunk, vector) for chunk, vector in zip(batch, vectors[at : at + size], strict=True)
                    ],
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
            check: Any = [{CHECK: text_hash(text)}]
            self._records.upsert(ids=[f"source:{record.name}"], embeddings=NO_VECTOR, documents=[text], metadatas=check)

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
        near = {key: (_chunk(key, text, data), 1.0 - float(distance)) for key, text, data, distance in rows}
        return {key: (chunk, cosine) for key, (chunk, cosine) in near.items() if abs(cosine) <= LARGEST_COSINE}

    @_retried
    def fetch(self, ids: Sequence[str]) -> dict[str, tuple[Chunk, Vectors]]:
        """Chunks and their vectors by id; ids that are no longer there are left out."""
        with self._lock, _translated(self._connect.where):
            found: Any = self._chunks.get(ids=list(ids), include=["documents", "metadatas", "embeddings"])
        rows = zip(found["ids"], found["documents"], found["metadatas"], found["embeddings"], strict=True)
        return {
            key: (chunk := _chunk(key, text, data), self._sound(chunk, np.asarray(vector, dtype=np.float32), data))
            for key, text, data, vector in rows
        }

    def _sound(self, chunk: Chunk, vector: Vectors, data: Mapping[str, Any]) -> Vectors:
        """The vector; computed again when it is not the one that was stored."""
        if abs(_probe(vector) - float(data.get(PROBE, _probe(vector)))) < PROBE_TOLERANCE:
            return vector
        again: Vectors = self._embedder.encode([chunk.embedded().text])[0]
        return again

    @_retried
    def page_chunks(self, source: str, page: int) -> list[Chunk]:
        """All chunks of a page in reading order; joined, their texts are the page's text."""
        where: Any = {"$and": [{"source": source}, {"page": page}]}
        with self._lock, _translated(self._connect.where):
            found: Any = self._chunks.get(where=where, include=["documents", "metadatas"])
        chunks = _chunks(found)
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
            yield from _chunks(found)
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
        try:
            lexical.save(folder)
        except OSError as error:
            logging.getLogger(__name__).debug("The lexical index was built and could not be kept: %s.", error.strerror)
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
    copies: list[PrivateCopy] = field(default_factory=list, compare=False)
    """Kept as long as the client."""

    @property
    def where(self) -> str:
        """For messages."""
        return without_secrets(self.url) if self.url else str(self.folder)

    def __call__(self) -> ClientAPI:
        settings = ChromaSettings(anonymized_telemetry=False)
        if self.url is None:
            try:
                return chromadb.PersistentClient(str(self._place()), settings=settings)
            except BaseException:  # Chroma keeps what it could not open, and would give it to the next who asks
                SharedSystemClient.clear_system_cache()
                raise
        parts = urlsplit(self.url)
        if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
            raise IndexUnavailable(f"[index] url = {self.where!r} is no address. Write it as http://localhost:8000.")
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

    def check(self) -> None:
        """Raises `IndexDamaged` when the database in the folder is not sound."""
        database = self.folder / "chroma.sqlite3"
        if self.url is not None or not database.exists():
            return
        with _translated(self.where), closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as opened:
            found = str(opened.execute("PRAGMA quick_check(1)").fetchone()[0])
            if found != "ok":
                raise ValueError(found.splitlines()[0])

    def _place(self) -> Path:
        """The folder, or a private copy of it where it cannot be written: Chroma writes even when it only reads."""
        reason = unwritable_reason(self.folder)
        if reason and self.folder.exists():
            self.copies.append(PrivateCopy([self.folder]))
            return self.copies[-1].folder / self.folder.name
        self.folder.mkdir(parents=True, exist_ok=True)
        return self.folder


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


def set_index_aside(home: Path, now: datetime) -> Path | None:
    """Move the files of a home's own index out of the way; returns where they are, or None when there are none."""
    folder = home / "index" / "chroma"
    SharedSystemClient.clear_system_cache()
    if not folder.exists():
        return None
    aside = folder.with_name(f"set-aside-{now:%Y%m%d-%H%M%S}")
    folder.rename(aside)
    return aside


def reset_index(settings: IndexSettings, home: Path) -> None:
    """Delete an index whatever embedding model made it, through Chroma's own interface."""
    connect = _connect(settings, home)
    with _translated(connect.where):
        drop_collections(connect(), settings)
    SharedSystemClient.clear_system_cache()
    if settings.url is None:
        Catalog(home / "index").write([])


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
        if error is None or isinstance(error, StudyError):
            return
        said = f"{type(error).__name__} {error}".lower()
        if any(words in said for words in NO_SPACE):
            raise IndexUnavailable(
                f"The index at {self._where} cannot be written: {first_line(error)}. Make room or allow writing there, then try "
                "again. What was there is kept."
            ) from error
        if isinstance(error, (ChromaError, OSError, ValueError, KeyError, TypeError, sqlite3.Error)) or "panic" in said:
            raise IndexDamaged(
                f"The index at {self._where} cannot be used, its files may be damaged: {first_line(error)}. Run "
                "`study doctor --repair` to build it again from its sources."
            ) from error


def _records_in(collection: Collection, ids: list[str] | None = None) -> list[SourceRecord]:
    """Records of sources; raises `ValueError` when one is not what was written."""
    found = collection.get(ids=ids, include=["documents", "metadatas"])
    rows = zip(found["ids"], found["documents"] or [], found["metadatas"] or [], strict=True)
    return [_record(text, data) for key, text, data in rows if key != STAMP]


def _record(text: str | None, data: Mapping[str, Any] | None) -> SourceRecord:
    check = (data or {}).get(CHECK)
    if text is None or (check is not None and check != text_hash(text)):
        raise ValueError("the record of a source is not what was written")
    return record_from(json.loads(text))


def _metadata(chunk: Chunk, vector: Vectors) -> dict[str, str | int | float]:
    data: dict[str, str | int | float] = {
        "source": chunk.source,
        "page": chunk.page,
        "start": chunk.start,
        "heading_path": json.dumps(chunk.heading_path, ensure_ascii=False),
        "label": chunk.label,
        "carried": chunk.carried,
        "units": json.dumps(_packed(chunk.cut), ensure_ascii=False),
        PROBE: _probe(vector),
    }
    return data | {CHECK: _check(chunk.id, chunk.text, data)}


def _check(key: str, text: str, data: Mapping[str, Any]) -> str:
    """A hash of a chunk's id, text and all that stands beside them."""
    return text_hash(key, text, *(f"{name}={data[name]}" for name in sorted(data) if name != CHECK))


def _chunks(found: Any) -> list[Chunk]:
    """What Chroma returns from `get` as chunks."""
    return [_chunk(*row) for row in zip(found["ids"], found["documents"], found["metadatas"], strict=True)]


def _probe(vector: Vectors) -> float:
    """A number that another vector has only by accident; it is not changed by what a store rounds away."""
    return round(float(vector @ np.cos(np.arange(len(vector), dtype=np.float32))), 5)


_AS_BEFORE = "="
"""Stands for the header of a row that has the same as the unit before."""


def _packed(units: Sequence[Unit]) -> list[list[str | int]]:
    """Each unit as its start and kind, with its level, title and header only where there are any."""
    packed: list[list[str | int]] = []
    before = ""
    for unit in units:
        header = _AS_BEFORE if unit.header and unit.header == before else unit.header
        more: list[str | int] = [unit.level, unit.title, header] if header else [unit.level, unit.title]
        packed.append([unit.start, unit.kind.value, *(more if any(more) else [])])
        before = unit.header
    return packed


def _unpacked(packed: Sequence[Sequence[Any]], end: int) -> Iterator[Unit]:
    header = ""
    if not packed:  # of a library that an earlier version made
        return
    for one, to in zip(packed, [*(one[0] for one in packed[1:]), end], strict=True):
        more: list[Any] = [*one[2:], *(0, "", "")[len(one) - 2 :]]
        level, title, written = more
        header = header if written == _AS_BEFORE else written
        yield Unit(one[0], to, Kind(one[1]), level, title, header)


def _chunk(key: str, text: str | None, data: Mapping[str, Any] | None) -> Chunk:
    """A chunk as it was written; raises `IndexDamaged` when anything of it is other than that."""
    if text is None or not data or (CHECK in data and data[CHECK] != _check(key, text, data)):
        raise IndexDamaged(
            "The index is damaged: a passage is not what was read from its source. Run `study doctor --repair` to build it "
            "again from its sources."
        )
    path = tuple(json.loads(data["heading_path"]))
    carried = int(data.get("carried", 0))
    cut = tuple(_unpacked(json.loads(data.get("units", "[]")), len(text)))
    return Chunk(data["source"], int(data["page"]), int(data["start"]), text, path, data["label"], carried, cut)
