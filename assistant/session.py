"""Puts the parts together for one home: settings, library, retriever, writers, progress. Composes, and does nothing else."""

import logging
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.answer import Assistant
from assistant.conversations import Conversations
from assistant.library import Library
from assistant.practice.quiz import Quizzes
from assistant.progress.keeping import LearnersFile, forget_backups, prepare
from assistant.progress.mastery import study_next
from assistant.progress.plan import PlanDay, make_plan
from assistant.search.rerank import CrossEncoderReranker, Reranker
from assistant.search.retrieval import Retriever
from assistant.settings import Settings
from assistant.syllabus import Syllabus, load_syllabus
from assistant.writers.choose import Writers
from ingest.embeddings import Embedder
from ingest.index import Index
from ingest.settings import load_settings

if TYPE_CHECKING:  # what is heavy is imported by the methods that need it, so that a question is answered immediately
    from assistant.checks.checker import Checker
    from assistant.langchain import GroundworkRetriever
    from assistant.practice.cards import Card
    from assistant.practice.questions import Question
    from assistant.progress.exchange import Exchange
    from assistant.progress.store import Progress


@dataclass
class Session:
    """Everything a command or a screen needs, each part made when it is first used."""

    home: Path
    shared: "Session | None" = None
    """The server's own session, where the home is one person's folder on a server: its settings and models are used."""

    @cached_property
    def settings(self) -> Settings:
        """Of the home's `study.toml`, or of the server's with a place of this person's own in each shared database."""
        if self.shared is not None:
            return self.shared.settings.of_person(self.home.name)
        return load_settings(self.home, Settings)

    @cached_property
    def syllabus(self) -> Syllabus:
        """Of the exam, under the guide that the settings choose. Raises `SettingsError` for a guide that there is not."""
        found = load_syllabus()
        return found.for_guide(self.settings.exam.guide or found.current_guide)

    @cached_property
    def library(self) -> Library:
        """The learner's material."""
        return Library(self.home, self.settings, self.shared.library if self.shared else None)

    @property
    def index(self) -> Index:
        """The library's index."""
        return self.library.index

    @property
    def embedder(self) -> Embedder:
        """The library's embedding model."""
        return self.library.embedder

    @cached_property
    def writers(self) -> Writers:
        """The writers that the settings allow."""
        return Writers(self.settings, self.shared.home if self.shared else self.home, self.index)

    @cached_property
    def quizzes(self) -> Quizzes:
        """Quizzes and mock exams for the learner of the settings."""
        return Quizzes(self.assistant, self.library, self.progress, self.syllabus, self.writers)

    @cached_property
    def retriever(self) -> Retriever:
        """The retriever for this library's index."""
        return Retriever(self.index, self.embedder, self.reranker)

    @cached_property
    def reranker(self) -> Reranker | None:
        """The one of the settings, if any."""
        name = self.settings.answers.reranker
        return CrossEncoderReranker(name) if name else None

    @cached_property
    def assistant(self) -> Assistant:
        """Answers questions from this library."""
        return Assistant(self.retriever, self.syllabus, refuse_below=self.settings.answers.refuse_below)

    def checker(self, section: int | None = None) -> "Checker":
        """Checks sentences over the home's material, or over one exam section of it."""
        if section not in self._checkers:
            from assistant.checks.checker import Checker

            find = partial(self.assistant.find_where, section=section)
            self._checkers[section] = Checker(find, self.index, self.embedder, self.syllabus)
        return self._checkers[section]

    @cached_property
    def _checkers(self) -> "dict[int | None, Checker]":
        return {}

    def as_retriever(self, *, k: int = 8, section: int | None = None) -> "GroundworkRetriever":
        """The home's retrieval as a LangChain retriever."""
        from assistant.langchain import GroundworkRetriever

        return GroundworkRetriever(assistant=self.assistant, k=k, section=section)

    @cached_property
    def learners_file(self) -> LearnersFile:
        """Where conversations and, without another database, progress are kept: checked, and backed up once a day."""
        found = prepare(self.home / "progress.sqlite3", now=datetime.now(UTC))
        for notice in found.notices:
            logging.getLogger(__name__).warning(notice)
        return found

    @cached_property
    def conversations(self) -> Conversations:
        """Kept in the home."""
        return Conversations(self.learners_file.path)

    @cached_property
    def progress(self) -> "Progress":
        """Progress of the learner named in the settings."""
        from assistant.progress.store import Progress

        chosen = self.settings.progress
        if chosen.url:
            return Progress(chosen.url, chosen.learner)
        file = self.learners_file
        forget = partial(forget_backups, file.path)
        return Progress(f"sqlite:///{file.path}", chosen.learner, read_only=file.read_only, on_delete=forget)

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
            attempts=tuple(self.progress.everything_done()),
            kept_questions=tuple(self.progress.made_questions(MadeStatus.KEPT)),
        )

    def exportable(self, section: int | None = None) -> "tuple[list[Question], list[Card]]":
        """Questions and flash cards of one section, or all."""
        questions = [one for one in self.quizzes.questions() if section in (None, one.section)]
        return questions, [one for one in self.quizzes.deck.cards if section in (None, one.section)]

    def export_anki(self, path: Path, *, section: int | None = None, what: str | None = None) -> int:
        """Write `questions`, `cards`, or both as an Anki package; returns the number of notes."""
        from assistant.progress.anki import export_anki

        questions, cards = self.exportable(section)
        questions, cards = [] if what == "cards" else questions, [] if what == "questions" else cards
        return export_anki(questions, cards, path, self.syllabus)

    def import_exchange(self, exchange: "Exchange", *, now: datetime) -> int:
        """Add an export to the learner's progress; returns how many attempts were new."""
        from assistant.progress.store import MadeStatus

        self.progress.keep_made(exchange.kept_questions, MadeStatus.KEPT, now=now)
        if exchange.exam_date and self.progress.exam_date() is None:
            self.progress.set_exam_date(date.fromisoformat(exchange.exam_date))
        return self.progress.add_attempts(exchange.attempts)
