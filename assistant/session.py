"""Puts the parts together for one home: settings, embedding model, index, retriever, writers. The only place that does."""

import json
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.answer import Assistant
from assistant.answers import Citation
from assistant.chat import ChatWriter, open_chat_model
from assistant.conversations import Conversations
from assistant.deadline import reply_in_time
from assistant.judge import Judge, SupportCheck
from assistant.local import local_reason, open_local
from assistant.practice.bank import Bank, load_bank
from assistant.practice.exam import draw_exam
from assistant.practice.facts import Fact, Place, find_facts
from assistant.practice.generate import Generated, QuestionMaker
from assistant.practice.questions import Focus, Origin, Question, Reference
from assistant.practice.scenario import ScenarioWriter
from assistant.progress.choose import choose
from assistant.progress.mastery import study_next
from assistant.progress.plan import PlanDay, make_plan
from assistant.quotes import QuotesWriter
from assistant.rerank import CrossEncoderReranker, Reranker
from assistant.retrieval import Retriever
from assistant.settings import JudgeChoice, Settings
from assistant.support_model import SupportModel
from assistant.syllabus import SHIPPED, Syllabus, load_syllabus
from assistant.writers import Writer, WriterStatus
from ingest.embeddings import Embedder, open_embedder
from ingest.errors import MaterialError, PracticeError, WriterUnavailable, first_line
from ingest.index import Index, read_records, reset_index
from ingest.settings import load_settings
from ingest.sources import Skipped

if TYPE_CHECKING:  # what is heavy is imported by the methods that need it, so that a question is answered at once
    from langchain_core.language_models import BaseChatModel

    from assistant.langchain import GroundworkRetriever
    from assistant.progress.exchange import Exchange
    from assistant.progress.store import Progress
    from ingest.run import Ingest, IngestResult, Report

RECENT = timedelta(days=14)
"""A mock exam does not repeat questions answered within this time while it has others."""
TOPIC_PASSAGES = 12
"""A quiz on a free topic is made from the passages found for it, this many at most."""


@dataclass(frozen=True, slots=True)
class QuizWish:
    """What a quiz is to be about; `source` and `topic` apply to generated questions only."""

    count: int
    seed: int
    section: int | None = None
    objective: str | None = None
    difficulty: int | None = None
    source: str | None = None
    topic: str | None = None
    origin: Origin | None = None
    """None for the bank together with the generated questions the learner kept."""
    focus: Focus = Focus.ANY
    writer: str = "quotes"
    """Who phrases generated questions: quotes for nobody, or a model's name."""


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
        return Retriever(self.index, self.embedder, self.reranker)

    @cached_property
    def reranker(self) -> Reranker | None:
        """The one of the settings, if any."""
        name = self.settings.answers.reranker
        return CrossEncoderReranker(name) if name else None

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

    def ingest(self) -> "Ingest":
        """Adds material to the home's index."""
        from ingest.run import Ingest

        return Ingest(self.index, self.embedder, self.settings.reading, self.home)

    def add_material(
        self, paths: Sequence[Path], *, now: datetime, report: "Report", rebuild: bool = False
    ) -> "IngestResult":
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
        from ingest.run import ingest_lock

        self.embedder.encode(["works"])
        with ingest_lock(self.home):
            names = sorted({record.added_as for record in read_records(self.settings.index, self.home)})
            self._rebuild_note.write_text(json.dumps(names), encoding="utf-8")
            reset_index(self.settings.index, self.home)

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

    @cached_property
    def progress(self) -> "Progress":
        """Of the learner named in the settings."""
        from assistant.progress.store import Progress

        self.home.mkdir(parents=True, exist_ok=True)
        url = self.settings.progress.url or f"sqlite:///{self.home / 'progress.sqlite3'}"
        return Progress(url, self.settings.progress.learner)

    def questions(self) -> list[Question]:
        """The bank and the generated questions the learner kept, without those reported as bad."""
        from assistant.progress.store import MadeStatus

        return [*self.bank.questions, *self.progress.made_questions(MadeStatus.KEPT)]

    def quiz(self, wish: QuizWish, *, now: datetime) -> Generated:
        """Up to `count` questions; same wish, material and progress, same quiz. Raises `PracticeError` when none fits."""
        if wish.section is not None:
            self.syllabus.section(wish.section)
        if wish.objective is not None:
            self.syllabus.objective(wish.objective)
        if wish.origin is Origin.GENERATED:
            return self.generate(wish, now=now)
        questions = self.bank.questions if wish.origin is Origin.BANK else self.questions()
        fitting = Bank(questions).select(section=wish.section, objective=wish.objective, difficulty=wish.difficulty)
        chosen = choose(fitting, wish.focus, self.progress, self.syllabus, count=wish.count, seed=wish.seed, now=now)
        return Generated(wish.count, chosen)

    def citation_of(self, reference: Reference) -> Citation | None:
        """The words that a choice rests on, in their place in the library; None where the library does not hold them."""
        chunks = self.index.page_chunks(reference.source, reference.page)
        start = "".join(chunk.text for chunk in chunks).find(reference.quote)
        if start < 0:
            return None
        chunk = next(chunk for chunk in chunks if start < chunk.end)
        return Citation(1, chunk, reference.quote, start, start + len(reference.quote))

    def place_of(self, reference: Reference) -> str:
        """Source and heading, or the page where there is no heading, of the words that a choice rests on."""
        citation = self.citation_of(reference)
        heading = citation.chunk.heading if citation else ""
        return f"{reference.source}, {heading or f'page {reference.page}'}"

    def generate(self, wish: QuizWish, *, now: datetime) -> Generated:
        """Questions made from the library's material; raises `PracticeError` when none can be made.

        A question once shown, kept or reported is not made again.
        """
        from assistant.progress.store import MadeStatus

        self.require_material()
        maker = QuestionMaker(self._facts(wish.source), self.syllabus, self.embedder)
        before = (
            self.progress.made_questions()
            if wish.focus is not Focus.ANY
            else (self.progress.made_questions(MadeStatus.REPORTED))
        )
        rephrase = self._scenario_writer(wish.writer).rephrase if wish.writer != "quotes" else lambda question: question
        made = maker.make(wish.count, seed=wish.seed, wanted=self._wanted(wish), avoid=before, rephrase=rephrase)
        if not made.questions:
            raise PracticeError(
                "No question could be made from this part of your material: it needs tables, definitions, lists that a "
                "heading announces, or sentences with figures. Choose another part, or add material."
            )
        return made

    def _facts(self, source: str | None) -> list[Fact]:
        """Facts of a source or of the library; found once for each state of the library."""
        if source is not None and source not in {record.name for record in self.index.records()}:
            raise PracticeError(f"There is no source {source!r} in the library. `study search` prints the names.")
        self.index.refresh()
        key = (self.index.stamp(), source)
        if key not in self._facts_kept:
            self._facts_kept.clear()
            self._facts_kept[key] = find_facts(
                chunk for chunk in self.index.all_chunks() if source in (None, chunk.source)
            )
        return self._facts_kept[key]

    @cached_property
    def _facts_kept(self) -> dict[tuple[str, str | None], list[Fact]]:
        return {}

    def _wanted(self, wish: QuizWish) -> Callable[[Place], bool]:
        """Whether a fact's place is in the section and objective and, for a topic, in a passage found for it."""
        spans: dict[tuple[str, int], list[tuple[int, int]]] = {}
        if wish.topic:
            for passage in self.assistant.search(wish.topic, k=TOPIC_PASSAGES, section=wish.section):
                chunk = passage.chunk
                spans.setdefault((chunk.source, chunk.page), []).append((chunk.start, chunk.end))

        def wanted(place: Place) -> bool:
            section, objective, _ = self.syllabus.place_of(place.source, place.heading_path)
            found = spans.get((place.source, place.page), [])
            return (
                wish.section in (None, section)
                and wish.objective in (None, objective)
                and (not wish.topic or any(start <= place.start < end for start, end in found))
            )

        return wanted

    def _scenario_writer(self, name: str) -> ScenarioWriter:
        model = self.chat_model(name)

        def complete(prompt: str) -> str:
            try:
                return reply_in_time(lambda: model.invoke(prompt), self.settings.answers.seconds).text
            except TimeoutError as error:
                raise WriterUnavailable(
                    f"The model {name} took longer than {self.settings.answers.seconds:.0f} s to phrase a question. Raise "
                    "[answers] seconds in study.toml, or make questions without it."
                ) from error
            except Exception as error:  # every provider raises its own kinds; this is the edge that calls them
                raise WriterUnavailable(
                    f"The model {name} failed while it phrased a question: {first_line(error)}. Try again, or make "
                    "questions without it."
                ) from error

        return ScenarioWriter(complete, self.syllabus)

    def exam(self, count: int, *, seed: int, now: datetime) -> list[Question]:
        """A mock exam of the bank by section weight, without what was answered recently while there is something else."""
        recent = {name for name, at in self.progress.last_seen().items() if now - at < RECENT}
        return draw_exam(self.bank.questions, self.syllabus, count=count, seed=seed, avoid=recent)

    def plan(self, now: datetime, exam_date: date) -> list[PlanDay]:
        """What to do each day until the exam; raises `ProgressError` when it is not within the coming year."""
        rows = study_next(self.syllabus, self.progress.attempts())
        return make_plan(now.date(), exam_date, rows, self.progress.due_dates())

    def exported(self) -> "Exchange":
        """All of the learner's progress, to be read back elsewhere."""
        from assistant.progress.exchange import Exchange
        from assistant.progress.store import MadeStatus

        day = self.progress.exam_date()
        return Exchange(
            exam_date=day.isoformat() if day else None,
            attempts=tuple(self.progress.attempts()),
            kept_questions=tuple(self.progress.made_questions(MadeStatus.KEPT)),
        )

    def import_exchange(self, exchange: "Exchange", *, now: datetime) -> int:
        """Add an export to the learner's progress; returns how many attempts were new."""
        from assistant.progress.store import MadeStatus

        self.progress.keep_made(exchange.kept_questions, MadeStatus.KEPT, now=now)
        if exchange.exam_date and self.progress.exam_date() is None:
            self.progress.set_exam_date(date.fromisoformat(exchange.exam_date))
        return self.progress.add_attempts(exchange.attempts)

    def writer(self, name: str | None = None) -> Writer:
        """The writer of this name, or of the settings; raises `WriterUnavailable` with the reason.

        `auto` is the chat model of the settings where one is named and works, else quotes: on a machine without a GPU
        the local model takes some ten seconds for what quotes answer at once (DECISIONS.md).
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

    def warm_up(self) -> None:
        """Start the local model in the background where the settings choose it, so that the first answer need not wait."""
        if self.settings.answers.writer == "local" and local_reason(self.settings.local.model) is None:
            threading.Thread(target=self._try_writer, args=("local",), daemon=True).start()

    def _try_writer(self, name: str) -> None:
        with suppress(WriterUnavailable):  # whoever asks for the writer is told why
            self.writer(name)

    def _open_writer(self, name: str) -> Writer:
        answers = self.settings.answers
        model = self.chat_model(name)
        judged = answers.judge is JudgeChoice.ALWAYS or (answers.judge is JudgeChoice.AUTO and name != "local")
        judges: list[SupportCheck] = [SupportModel(answers.support_model)] if answers.support_model else []
        judges += [Judge(model, seconds=answers.seconds)] if judged else []
        return ChatWriter(name, model, seconds=answers.seconds, trusted=name != "local", judges=judges)

    def chat_model(self, name: str) -> "BaseChatModel":
        """The local model or one as `provider:model`; raises `WriterUnavailable` with the reason."""
        if name == "local":
            local = self.settings.local
            return open_local(local.model, local.threads, self.home / "models")
        if ":" not in name:
            raise WriterUnavailable(
                f"There is no writer {name!r}. Use auto, quotes, local, or a model as provider:model."
            )
        return open_chat_model(name)

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
            WriterStatus("local", local is None, local or "a language model on this machine, takes some ten seconds"),
        ]
        if chat:
            reason = self._chat_reason(chat)
            status.append(WriterStatus(chat, reason is None, reason or "the chat model of study.toml"))
        return status
