"""The learner's library: what is in it, adding, rebuilding and removing material, and the place of a quoted sentence."""

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.answers import Citation
from assistant.footnotes import OfficialPage, official_at
from assistant.practice.questions import Reference
from assistant.settings import Settings
from assistant.syllabus import SHIPPED, load_syllabus
from ingest.embeddings import Embedder, open_embedder
from ingest.errors import IndexDamaged, MaterialError, StudyError
from ingest.files import remove
from ingest.index import Index, read_records, reset_index, set_index_aside
from ingest.records import Catalog, SourceRecord
from ingest.sources import Skipped

if TYPE_CHECKING:  # the parsers are imported when something is ingested, so that a question is answered immediately
    from ingest.progress import Cancelled, Report
    from ingest.run import Ingest, IngestResult


@dataclass(slots=True)
class Fetched:
    """Snapshots of addresses as files, and the addresses that could not be fetched with the reason."""

    paths: list[Path] = field(default_factory=list)
    failed: list[Skipped] = field(default_factory=list)


def ships(record: SourceRecord) -> bool:
    """Whether a source came with the program."""
    return any(Path(record.path).is_relative_to(folder) for folder in SHIPPED)


@dataclass
class Library:
    """The material under one home: its index, opened when it is first used, and what changes it."""

    home: Path
    settings: Settings
    models: "Library | None" = None
    """The library whose embedding model is used, where several people share a server."""

    @cached_property
    def embedder(self) -> Embedder:
        """The embedding model, exported into the home the first time."""
        if self.models is not None:
            return self.models.embedder
        return open_embedder(self.settings.embedding.model, self.home / "models")

    @cached_property
    def index(self) -> Index:
        """The home's index."""
        return Index.open(self.settings.index, self.home, self.embedder)

    def ingest(self) -> "Ingest":
        """Adds material to the home's index."""
        from ingest.run import Ingest

        return Ingest(self.index, self.embedder, self.settings.reading, self.home)

    def add(
        self,
        paths: Sequence[Path],
        *,
        now: datetime,
        report: "Report",
        rebuild: bool = False,
        cancelled: "Cancelled" = lambda: False,
    ) -> "IngestResult":
        """Ingest paths; without any, refresh what is known, and give an empty library the material that ships.

        A rebuild deletes the index only once the embedding model works, and notes the sources first, so that the next
        ingest completes a rebuild that was killed. Sources whose files are gone cannot be read again and are reported.
        """
        if rebuild:
            self._begin_rebuild()
        note = self._rebuild_note
        known = self._noted()
        there = [path for path in known if path.exists()]
        chosen = list(dict.fromkeys([*there, *paths]))
        if not chosen and not known and not self.index.records():
            chosen = list(SHIPPED)
        result = self.ingest().run(chosen, now=now, report=report, cancelled=cancelled)
        result.skipped += [
            Skipped(path.name, f"{path} is gone and could not be read again.") for path in known if path not in there
        ]
        if not result.cancelled:
            remove(note, within=self.home)
        return result

    def repair(self, *, now: datetime, report: "Report") -> list[str]:
        """Build the index again from its sources when it is damaged; says in sentences what was wrong and what was done."""
        from ingest.run import ingest_lock

        try:
            self.index.check()
            return []
        except IndexDamaged as error:
            said = [str(error).partition(" Run `study")[0]]
        known = self._known_sources()
        self.__dict__.pop("index", None)
        with ingest_lock(self.home):
            aside = set_index_aside(self.home, now) if self.settings.index.url is None else None
            if self.settings.index.url is not None:
                reset_index(self.settings.index, self.home)
            Catalog(self.home / "index").write([])
            self._note([record.added_as for record in known])
        result = self.add([], now=now, report=report)
        if not known:
            said.append("No list of its sources was left; add your own material again.")
        said.append(f"Read {len(result.added)} sources again, {result.chunks} passages.")
        said += [f"{skipped.name} is missing now: {skipped.reason}" for skipped in result.skipped]
        if aside and result.skipped:
            said.append(f"What was there before is in {aside}.")
        elif aside:
            remove(aside, within=self.home)
        return said

    def _known_sources(self) -> list[SourceRecord]:
        """The sources of a damaged index: those it can still name, and those of the list beside it."""
        known = {record.name: record for record in Catalog(self.home / "index").read()}
        with suppress(StudyError):
            known |= {record.name: record for record in read_records(self.settings.index, self.home)}
        return list(known.values())

    def fetch(self, addresses: Sequence[str], *, now: datetime, allow_private: bool = False) -> "Fetched":
        """Keep what is at some addresses as files in the home, to be added; an address that fails costs no other."""
        from ingest.web import Bounds, fetch

        reading = self.settings.reading
        bounds = Bounds(reading.max_megabytes, reading.max_seconds, allow_private)
        fetched = Fetched()
        for address in addresses:
            try:
                fetched.paths.append(fetch(address, self.home / "materials", now=now, bounds=bounds))
            except MaterialError as error:
                fetched.failed.append(Skipped(address, str(error)))
        return fetched

    def _noted(self) -> list[Path]:
        """What a rebuild that was killed has still to read; a note that is damaged is taken for the list beside the index."""
        if not self._rebuild_note.exists():
            return []
        try:
            return [Path(name) for name in json.loads(self._rebuild_note.read_text(encoding="utf-8"))]
        except (OSError, ValueError, TypeError):
            records = Catalog(self.home / "index").read()
            return [Path(name) for name in sorted({record.added_as for record in records})]

    @property
    def _rebuild_note(self) -> Path:
        return self.home / "index" / "rebuilding.json"

    def _begin_rebuild(self) -> None:
        """Note what is in the index, then delete it; raises before that when the embedding model does not work."""
        from ingest.run import ingest_lock

        self.embedder.encode(["works"])
        with ingest_lock(self.home):
            self._note([record.added_as for record in read_records(self.settings.index, self.home)])
            reset_index(self.settings.index, self.home)

    def _note(self, paths: Iterable[str]) -> None:
        self._rebuild_note.write_text(json.dumps(sorted(set(paths))), encoding="utf-8")

    def forget(self, source: str) -> int:
        """Remove a source; returns how many chunks went. Raises `MaterialError` when there is no such source."""
        from ingest.run import ingest_lock

        names = [record.name for record in self.index.records()]
        if source not in names:
            near = get_close_matches(source, names, n=3, cutoff=0.4)
            hint = f"Did you mean {', '.join(near)}?" if near else "`study search` prints the names."
            raise MaterialError(f"There is no source {source!r} in the library. {hint}")
        with ingest_lock(self.home):
            removed = self.index.forget(source)
            self.index.touch()
        return removed

    def require_material(self) -> None:
        """Raises `MaterialError` when nothing was ingested yet."""
        if self.index.is_empty():
            raise MaterialError(f"The library at {self.home} is empty. Add material first: study ingest PATH")

    def citation_of(self, reference: Reference) -> Citation | None:
        """The words that a choice rests on, in their place in the library; None where the library does not hold them."""
        chunks = self.index.page_chunks(reference.source, reference.page)
        start = "".join(chunk.text for chunk in chunks).find(reference.quote)
        if start < 0:
            return None
        chunk = next(chunk for chunk in chunks if start < chunk.end)
        return Citation(1, chunk, reference.quote, start, start + len(reference.quote), reference.official_pages)

    def official_at(self, source: str, page: int, start: int, end: int) -> tuple[OfficialPage, ...]:
        """The official pages that the footnotes of a span name."""
        return official_at(self.index.page_text(source, page), start, end, load_syllabus().official_hosts)

    def with_official(self, reference: Reference) -> Reference:
        """A reference with the official page behind its quote, where a footnote names one."""
        citation = None if reference.official else self.citation_of(reference)
        if citation is None:
            return reference
        pages = self.official_at(citation.source, citation.page, citation.start, citation.end)
        return replace(reference, official=pages[0].address) if pages else reference

    def place_of(self, reference: Reference) -> str:
        """Source and heading, or the page where there is no heading, of the words that a choice rests on."""
        citation = self.citation_of(reference)
        heading = citation.chunk.heading if citation else ""
        return f"{reference.source}, {heading or f'page {reference.page}'}"
