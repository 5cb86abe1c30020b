"""One ingest from paths to index: finds files, skips what is unchanged, reads, chunks, embeds, writes; reports as it goes."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import filelock
import numpy as np

from ingest.chunks import Chunk
from ingest.embeddings import Embedder, Vectors
from ingest.errors import IndexBusy, IndexUnavailable, MaterialError, first_line
from ingest.files import remove
from ingest.index import Index
from ingest.progress import Cancelled, Report, Stopped, Tracker
from ingest.progress import Progress as Progress
from ingest.readers import readable
from ingest.records import SourceRecord
from ingest.settings import ReadingSettings
from ingest.sources import (
    Candidate,
    Skipped,
    Source,
    check_size,
    find_by_pattern,
    find_candidates,
    hash_file,
    list_files,
    unpack,
)
from ingest.worker import ParserProcess

WINDOW = 256
"""Chunks embedded together, over as many files as it takes: small files do not make small batches."""
SPECIAL_TOKENS = 2
READING_VERSION = 7
"""Raised when reading or cutting changes: sources made by another version are read again although their files are the same."""


@dataclass(frozen=True, slots=True)
class Note:
    """What a person should know about a file that was read, as a sentence."""

    name: str
    text: str


@dataclass(slots=True)
class IngestResult:
    """What an ingest did, by source name."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    """What a person should know about files that were read: pages without text, hidden text, what OCR read."""
    chunks: int = 0
    """Chunks written by this run."""
    cancelled: bool = False
    """Whether it was ended before all files were read; the same ingest again goes on."""

    @property
    def nothing_usable(self) -> bool:
        """Whether there were files and every one of them was left out."""
        return bool(self.skipped) and not (self.added or self.changed or self.unchanged or self.removed)


@dataclass(slots=True)
class _Pending:
    """A file that was read and waits for its vectors."""

    record: SourceRecord
    new: list[Chunk]
    surplus: list[str]


class Ingest:
    """Adds material to one index for one home."""

    def __init__(self, index: Index, embedder: Embedder, reading: ReadingSettings, home: Path) -> None:
        self._index = index
        self._embedder = embedder
        self._reading = reading
        self._home = home

    def run(
        self,
        paths: Sequence[Path],
        *,
        now: datetime,
        report: Report = lambda progress: None,
        cancelled: Cancelled = lambda: False,
    ) -> IngestResult:
        """Add or refresh `paths`; without any, everything this home added before.

        Raises `MaterialError` when a path does not exist or holds nothing readable, and `IndexBusy` when another
        ingest is running. A file that cannot be read is skipped with its reason and costs no other file. `cancelled` is asked
        between files and windows of chunks.
        """
        with ingest_lock(self._home):
            result = IngestResult()
            known = {record.name: record for record in self._index.records()}
            candidates = self._find(paths, known, result)
            names = self._names(candidates, known)
            self._remove_vanished(candidates, known, result)
            try:
                tracker = Tracker([_size(candidate.path) for candidate in candidates], report, cancelled)
                self._read_and_write(candidates, names, known, (now, tracker), result)
            finally:
                if result.chunks or result.added or result.changed or result.removed:
                    self._index.touch()
            self._index.lexical()
            return result

    def _find(self, paths: Sequence[Path], known: dict[str, SourceRecord], result: IngestResult) -> list[Candidate]:
        if paths:
            found = [find_candidates(path, readable) for path in self._expanded(paths, result)]
            result.skipped += [skipped for _, left_out in found for skipped in left_out]
            return list({candidate.path: candidate for files, _ in found for candidate in files}.values())
        return self._known_candidates(known, result)

    def _expanded(self, paths: Sequence[Path], result: IngestResult) -> list[Path]:
        """Patterns as the files they name, zip files as the folders they were unpacked to in the home."""
        expanded: list[Path] = []
        for path in paths:
            if path.suffix.lower() == ".zip" and path.is_file():
                folder = self._home / "materials"
                unpacked, left_out = unpack(path.absolute(), folder, self._reading.max_expanded_megabytes)
                expanded.append(unpacked)
                result.skipped += left_out
            else:
                expanded += [path] if path.exists() else find_by_pattern(path) or [path]
        return expanded

    def _known_candidates(self, known: dict[str, SourceRecord], result: IngestResult) -> list[Candidate]:
        """Files of every folder added before, new ones included, and files added one by one."""
        ours = [record for record in known.values() if record.home == str(self._home)]
        candidates: dict[Path, Candidate] = {}
        for added in sorted({Path(record.added_as) for record in ours}):
            if added.is_file():
                candidates.setdefault(added, Candidate(added, added))
            elif added.is_dir():
                candidates |= {file: Candidate(file, added) for file in list_files(added) if readable(file)}
            else:
                reason = f"{added} is not there now; what was read from it is kept. `study forget` removes it."
                result.skipped += [Skipped(record.name, reason) for record in ours if Path(record.added_as) == added]
        return list(candidates.values())

    def _names(self, candidates: Iterable[Candidate], known: dict[str, SourceRecord]) -> dict[Path, str]:
        """A name for each file; where two files would share one, the later one is distinguished by its folder's name."""
        by_path = {record.path: record.name for record in known.values() if record.home == str(self._home)}
        taken = {record.name: record.path for record in known.values()}
        names: dict[Path, str] = {}
        for candidate in candidates:
            path = str(candidate.path)
            name = by_path.get(path, candidate.name)
            folder = candidate.root
            while taken.get(name, path) != path and folder.name:
                name = f"{folder.name}/{name}"
                folder = folder.parent
            taken[name] = path
            names[candidate.path] = name
        return names

    def _remove_vanished(
        self, candidates: list[Candidate], known: dict[str, SourceRecord], result: IngestResult
    ) -> None:
        """Forget files that are gone from a folder that was searched now; a folder that is gone itself is kept."""
        searched = {str(candidate.added) for candidate in candidates if candidate.added.is_dir()}
        for record in known.values():
            gone = record.home == str(self._home) and record.added_as in searched and not Path(record.path).exists()
            if gone:
                self._index.forget(record.name)
                result.removed.append(record.name)

    def _read_and_write(
        self,
        candidates: list[Candidate],
        names: dict[Path, str],
        known: dict[str, SourceRecord],
        clock: tuple[datetime, Tracker],
        result: IngestResult,
    ) -> None:
        now, tracker = clock
        waiting: list[_Pending] = []
        try:
            with ParserProcess(self._reading, count_tokens=self._embedder.count_tokens, limit=self._limit()) as parser:
                for done, candidate in enumerate(candidates):
                    name = names[candidate.path]
                    tracker.at_file(done, name, result.chunks)
                    try:
                        pending = self._prepare(candidate, name, known.get(name), now, parser)
                    except MaterialError as error:
                        result.skipped.append(Skipped(name, str(error)))
                        continue
                    if pending is None:
                        result.unchanged.append(name)
                        continue
                    waiting.append(pending)
                    if sum(len(item.new) for item in waiting) >= WINDOW:
                        self._write(waiting, known, tracker, result)
                        waiting = []
            self._write(waiting, known, tracker, result)
            tracker.finish(result.chunks)
        except Stopped:
            result.cancelled = True

    def _prepare(
        self, candidate: Candidate, name: str, record: SourceRecord | None, now: datetime, parser: ParserProcess
    ) -> _Pending | None:
        """What must be written for a file; None when the index holds it as it is."""
        source = Source(name, candidate.path, self._hash(candidate.path, name))
        made_by = f"{READING_VERSION}/{self._limit()}"
        if record is not None and (record.sha256, record.made_by) == (source.sha256, made_by):
            return None
        cut = parser.read(source)
        there = self._index.chunk_ids(name)
        wanted = {chunk.id for chunk in cut.chunks}
        new_record = SourceRecord(
            name=name,
            path=str(candidate.path),
            added_as=str(candidate.added),
            home=str(self._home),
            sha256=source.sha256,
            pages=cut.pages,
            chunks=len(cut.chunks),
            added=now.isoformat(),
            made_by=made_by,
            notes=cut.notes,
        )
        new = [chunk for chunk in cut.chunks if chunk.id not in there]
        return _Pending(new_record, new, sorted(there - wanted))

    def _hash(self, path: Path, name: str) -> str:
        """A file's hash, once its size is known to be one that is read; what cannot be opened says so."""
        if path.is_file():
            check_size(path, name, self._reading)
        return hash_file(path)

    def _limit(self) -> int:
        """Most tokens of a chunk."""
        return min(self._reading.chunk_tokens, self._embedder.max_tokens - SPECIAL_TOKENS)

    def _write(
        self, waiting: list[_Pending], known: dict[str, SourceRecord], tracker: Tracker, result: IngestResult
    ) -> None:
        """Embed and write a window of files; their records come last."""
        chunks = [chunk for pending in waiting for chunk in pending.new]
        for at in range(0, len(chunks), WINDOW):
            batch = chunks[at : at + WINDOW]
            vectors, sentence_vectors = self._embed(batch)
            self._index.sentences.put([chunk.id for chunk in batch], sentence_vectors)
            self._index.put_chunks(batch, vectors)
            result.chunks += len(batch)
            tracker.at_chunk(batch[-1].source, batch[-1].page, result.chunks)
        for pending in waiting:
            self._index.drop_chunks(pending.surplus)
            self._index.put_record(pending.record)
            name = pending.record.name
            (result.changed if name in known else result.added).append(name)
            result.notes += [Note(name, note) for note in pending.record.notes]

    def _embed(self, chunks: list[Chunk]) -> tuple[Vectors, list[Vectors]]:
        """Vectors of chunks and of their units; texts that repeat are embedded once, and one without a word gets zeros."""
        texts = [chunk.embedded() for chunk in chunks]
        distinct = list(dict.fromkeys(text for text in texts if text.text))
        nothing = np.zeros((1, self._embedder.dimension), dtype=np.float32)
        vectors, spans = self._embedder.encode_with_spans(distinct) if distinct else (nothing[:0], [])
        place = {text: at for at, text in enumerate(distinct)}
        at = [place.get(text, len(distinct)) for text in texts]
        kept = [*spans, nothing[:0]]
        return np.vstack([vectors, nothing])[at], [kept[one] for one in at]


def _size(path: Path) -> int:
    """A file's bytes; 0 when it has gone."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def ingest_lock(home: Path) -> "_Lock":
    """Held by the one ingest or `forget` that may write to a home's index; entering raises `IndexBusy` if another holds it."""
    return _Lock(home / "index" / "writer.lock")


class _Lock:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._holder = path.with_suffix(".pid")
        self._lock = filelock.FileLock(path, timeout=0)

    def __enter__(self) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._lock.acquire()
            self._holder.write_text(str(os.getpid()))
        except filelock.Timeout as error:
            raise IndexBusy(
                f"Another ingest is running (process {self._who()}). Wait until it has finished."
            ) from error
        except (OSError, NotImplementedError) as error:
            self._lock.release()
            raise IndexUnavailable(
                f"Nothing can be added: {self._path} cannot be written ({first_line(error)}). Make room or allow writing there; "
                "if it is a folder, move it away."
            ) from error

    def _who(self) -> str:
        try:
            return self._holder.read_text()
        except (OSError, ValueError):
            return "unknown"

    def __exit__(self, *_: object) -> None:
        remove(self._holder, within=self._holder.parent)
        self._lock.release()
