"""Puts the parts together for one home: settings, embedding model, index, retriever, writers. The only place that does."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.answer import Assistant
from assistant.chat import ChatWriter, open_chat_model
from assistant.conversations import Conversations
from assistant.local import local_reason, open_local
from assistant.practice.bank import Bank, load_bank
from assistant.practice.questions import Question, draw
from assistant.quotes import QuotesWriter
from assistant.retrieval import Retriever
from assistant.settings import Settings
from assistant.syllabus import SHIPPED, Syllabus, load_syllabus
from assistant.writers import Writer, WriterStatus
from ingest.embeddings import Embedder, open_embedder
from ingest.errors import MaterialError, WriterUnavailable
from ingest.index import Index, read_records, reset_index
from ingest.run import Ingest, IngestResult, Report, ingest_lock
from ingest.settings import load_settings
from ingest.sources import Skipped

if TYPE_CHECKING:
    from assistant.langchain import GroundworkRetriever


@dataclass
class Session:
    """Everything a command or a screen needs, each part made when it is first used."""

    home: Path

    @cached_property
    def settings(self) -> Settings:
        """Of the home's `study.toml`."""
        return load_settings(self.home, Settings)

    @cached_property
    def syllabus(self) -> Syllabus:
        """Of the exam."""
        return load_syllabus()

    @cached_property
    def embedder(self) -> Embedder:
        """The embedding model, exported into the home the first time."""
        return open_embedder(self.settings.embedding.model, self.home / "models")

    @cached_property
    def index(self) -> Index:
        """The home's index."""
        return Index.open(self.settings.index, self.home, self.embedder)

    @cached_property
    def retriever(self) -> Retriever:
        """Over the home's index."""
        return Retriever(self.index, self.embedder)

    @cached_property
    def assistant(self) -> Assistant:
        """Over the home's material."""
        return Assistant(self.retriever, self.syllabus, refuse_below=self.settings.answers.refuse_below)

    def as_retriever(self, *, k: int = 8, section: int | None = None) -> "GroundworkRetriever":
        """The home's retrieval as a LangChain retriever."""
        from assistant.langchain import GroundworkRetriever

        return GroundworkRetriever(assistant=self.assistant, k=k, section=section)

    @cached_property
    def bank(self) -> Bank:
        """Of the questions that ship."""
        return load_bank(self.syllabus)

    @cached_property
    def conversations(self) -> Conversations:
        """Kept in the home."""
        return Conversations(self.home / "progress.sqlite3")

    def ingest(self) -> Ingest:
        """Adds material to the home's index."""
        return Ingest(self.index, self.embedder, self.settings.reading, self.home)

    def add_material(
        self, paths: Sequence[Path], *, now: datetime, report: Report, rebuild: bool = False
    ) -> IngestResult:
        """Ingest paths; without any, refresh what is known, and give an empty library the material that ships.

        A rebuild deletes the index only once the embedding model works, and notes the sources first, so that the next
        ingest completes a rebuild that was killed. Sources whose files are gone cannot be read again and are reported.
        """
        if rebuild:
            self._begin_rebuild()
        note = self._rebuild_note
        known = [Path(name) for name in json.loads(note.read_text(encoding="utf-8"))] if note.exists() else []
        there = [path for path in known if path.exists()]
        chosen = list(dict.fromkeys([*there, *paths]))
        if not chosen and not self.index.records():
            chosen = list(SHIPPED)
        result = self.ingest().run(chosen, now=now, report=report)
        result.skipped += [
            Skipped(path.name, f"{path} is gone and could not be read again.") for path in known if path not in there
        ]
        note.unlink(missing_ok=True)
        return result

    @property
    def _rebuild_note(self) -> Path:
        return self.home / "index" / "rebuilding.json"

    def _begin_rebuild(self) -> None:
        """Note what is in the index, then delete it; raises before that when the embedding model does not work."""
        self.embedder.encode(["works"])
        with ingest_lock(self.home):
            names = sorted({record.added_as for record in read_records(self.settings.index, self.home)})
            self._rebuild_note.write_text(json.dumps(names), encoding="utf-8")
            reset_index(self.settings.index, self.home)

    def forget(self, source: str) -> int:
        """Remove a source; returns how many chunks went. Raises `MaterialError` when there is no such source."""
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
        if not self.index.count():
            raise MaterialError(f"The library at {self.home} is empty. Add material first: study ingest PATH")

    def quiz(
        self, *, section: int | None, objective: str | None, count: int, difficulty: int | None, seed: int
    ) -> list[Question]:
        """Up to `count` questions of the bank; the same seed gives the same quiz."""
        if section is not None:
            self.syllabus.section(section)
        if objective is not None:
            self.syllabus.objective(objective)
        return draw(
            self.bank.select(section=section, objective=objective, difficulty=difficulty), count=count, seed=seed
        )

    def writer(self, name: str | None = None) -> Writer:
        """The writer of this name, or of the settings; raises `WriterUnavailable` with the reason.

        `auto` is the chat model of the settings where one is named and works, else quotes: on a machine without a GPU
        the local model takes half a minute for what quotes answer at once (DECISIONS.md).
        """
        wanted = name or self.settings.answers.writer
        if wanted == "auto":
            chat = self.settings.answers.chat
            wanted = chat if chat and self._chat_reason(chat) is None else "quotes"
        if wanted not in self._writers:
            self._writers[wanted] = self._open_writer(wanted)
        return self._writers[wanted]

    @cached_property
    def _writers(self) -> dict[str, Writer]:
        return {"quotes": QuotesWriter(self.index)}

    def _open_writer(self, name: str) -> Writer:
        fallback = self._writers["quotes"]
        seconds = self.settings.answers.seconds
        if name == "local":
            local = self.settings.local
            model = open_local(local.model, local.threads, self.home / "models")
            return ChatWriter(name, model, fallback, seconds=seconds, may_refuse=False)
        if ":" not in name:
            raise WriterUnavailable(
                f"There is no writer {name!r}. Use auto, quotes, local, or a model as provider:model."
            )
        return ChatWriter(name, open_chat_model(name), fallback, seconds=seconds)

    def _chat_reason(self, name: str) -> str | None:
        """Why a chat model cannot be used, or None when it can be opened."""
        try:
            open_chat_model(name)
        except WriterUnavailable as error:
            return str(error)
        return None

    def writer_status(self) -> list[WriterStatus]:
        """Every writer and whether it works here."""
        local = local_reason(self.settings.local.model)
        chat = self.settings.answers.chat
        status = [
            WriterStatus("quotes", True, "needs no model"),
            WriterStatus("local", local is None, local or "a language model on this machine, takes half a minute"),
        ]
        if chat:
            reason = self._chat_reason(chat)
            status.append(WriterStatus(chat, reason is None, reason or "the chat model of study.toml"))
        return status
