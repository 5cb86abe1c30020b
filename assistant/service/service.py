"""The application layer: one method a call, over one session; command line, MCP and REST call nothing else."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.practice.questions import Focus, Question
from assistant.session import Session
from assistant.writers.draft import Listener
from ingest.errors import MaterialError, PracticeError, ProgressError
from ingest.settings import find_home

if TYPE_CHECKING:  # each call imports what it needs, so that a question is answered immediately
    from assistant.answers import Answer
    from assistant.practice.quiz import QuizRequest
    from assistant.progress.report import Shown
    from assistant.service.answers import AskResult, SearchResult
    from assistant.service.checking import CheckResult
    from assistant.service.corpus import CorpusResult, GuidesResult
    from assistant.service.exporting import Exported, ExportResult, ImportResult
    from assistant.service.material import AddResult, ForgetResult, ModelsResult, SourcesResult
    from assistant.service.practice import (
        CardResult,
        CardsResult,
        ExamResult,
        GradeResult,
        OpenQuestion,
        QuizResult,
        ReportResult,
    )
    from assistant.service.progress import DueResult, PlanResult, ProgressResult
    from assistant.service.reading import ReadResult
    from assistant.service.scope import ScopeResult
    from assistant.service.sitting import Sittings
    from ingest.progress import Cancelled, Report

SILENT = Listener()
MOST_PASSAGES = 100
"""Most passages of one search."""


def utc_now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


def random_seed() -> int:
    """A seed that nobody chose."""
    return int.from_bytes(os.urandom(4), "big")


def unheard(progress: object) -> None:
    """Ignores the progress of an ingest."""


def never() -> bool:
    """Never cancels."""
    return False


@dataclass(frozen=True)
class Service:
    """Every call of the program for one learner's library; safe to share between threads."""

    session: Session
    now: Callable[[], datetime] = utc_now
    seed: Callable[[], int] = random_seed

    @classmethod
    def open(cls, home: Path | None = None) -> "Service":
        """The calls over a folder, over `STUDY_HOME`, or over the platform's data folder."""
        return cls(Session(find_home(home)))

    def warm(self) -> None:
        """Load the index and what most calls need, so that the first call need not wait."""
        self.session.index.lexical()
        for part in (self.session.assistant, self.session.progress, self.session.quizzes, self.session.writers):
            assert part is not None

    def search(self, query: str, *, k: int = 8, section: int | None = None) -> "SearchResult":
        """The passages that bear on a query, best first."""
        from assistant.service.answers import SearchResult

        self.session.library.require_material()
        return SearchResult.of(self.session.assistant.search(query, k=min(k, MOST_PASSAGES), section=section))

    def ask(
        self,
        question: str,
        *,
        section: int | None = None,
        writer: str | None = None,
        earlier: Sequence[str] = (),
        listener: Listener = SILENT,
    ) -> "AskResult":
        """An answer whose every citation was checked, or a refusal; `earlier` are the questions before, oldest first."""
        from assistant.service.answers import AskResult

        return AskResult.of(self.answer(question, section=section, writer=writer, earlier=earlier, listener=listener))

    def answer(
        self,
        question: str,
        *,
        section: int | None = None,
        writer: str | None = None,
        earlier: Sequence[str] = (),
        listener: Listener = SILENT,
    ) -> "Answer":
        """The same as `ask`, as the value that the writers and the screens share."""
        from assistant.answers import Answer

        self.session.library.require_material()
        chosen = self.session.writers.open(writer)
        before = [Answer(one, "", (), (), False, chosen.name) for one in earlier]
        return self.session.assistant.ask(question, chosen, section, before, listener)

    def read(
        self, source: str, *, page: int | None = None, heading: str | None = None, start: int | None = None
    ) -> "ReadResult":
        """A section or a page of a source, with its neighbors."""
        from assistant.service.reading import read_material

        return read_material(self.session.index, source, page=page, heading=heading, start=start)

    def document(self, source: str) -> str:
        """The whole text of a source, its pages parted by form feeds. Raises `MaterialError` when there is no such source."""
        from assistant.service.reading import whole_document

        return whole_document(self.session.index, source)

    def check(self, text: str, *, section: int | None = None) -> "CheckResult":
        """Each sentence of a text against the material: supported, not supported or contradicted, and in what it differs."""
        from assistant.service.checking import CheckResult

        self.session.library.require_material()
        return CheckResult.of(self.session.checker(section).check(text), self.session.library.official_at)

    def exam_scope(self, topic: str) -> "ScopeResult":
        """Whether a topic is on the exam, and which considerations cover it."""
        from assistant.reader.reader import load_fitted
        from assistant.service.scope import exam_scope, topic_in

        asked = topic_in(topic)
        limit = self.session.settings.answers.refuse_below
        reading = self.session.assistant.read(asked)
        refuse_below = load_fitted().refuse_below if limit is None else limit
        return exam_scope(asked, self.session.syllabus, reading, refuse_below=refuse_below)

    def draw_quiz(self, request: "QuizRequest") -> "QuizResult":
        """Questions with their keys, in one go."""
        from assistant.service.practice import GenerationResult, QuizResult

        made = self.session.quizzes.draw(request, now=self.now())
        result = QuizResult.of(made.questions, self._notes_on)
        if request.origin is None or request.origin.value != "generated":
            return result
        new = len(made.questions) - made.again
        told = GenerationResult(asked=made.asked, made=new, again=made.again, rejected=dict(made.rejected))
        return result.model_copy(update={"generation": told})

    def draw_exam(self, count: int, minutes: int, seed: int) -> "ExamResult":
        """The questions of a mock exam with their keys."""
        from assistant.practice.exam import section_counts
        from assistant.service.practice import ExamResult, QuestionResult

        questions = self.session.quizzes.exam(count, seed=seed, now=self.now())
        counts = section_counts(self.session.syllabus, count)
        return ExamResult(
            questions=[QuestionResult.of(question, self._notes_on(question)) for question in questions],
            minutes=minutes,
            sections={str(section): number for section, number in counts.items()},
        )

    def quiz(
        self,
        *,
        section: int | None = None,
        objective: str | None = None,
        topic: str | None = None,
        difficulty: int | None = None,
        focus: Focus = Focus.FRESH,
    ) -> "OpenQuestion":
        """The next question, without its key."""
        from assistant.service.sittings import ask_one

        question = self._next(section, objective, topic, difficulty, focus)
        return ask_one(self.session.progress, question, self.now())

    def card(
        self, *, section: int | None = None, objective: str | None = None, topic: str | None = None
    ) -> "CardResult":
        """The next flash card: one that is due, else a fresh one; where no card treats the topic, a question as a card."""
        from assistant.service.sittings import next_card, show_card

        quizzes, now = self.session.quizzes, self.now()
        found = next_card(quizzes, topic, section=section, objective=objective, seed=self.seed(), now=now)
        question = found or self._as_card(section, objective, topic)
        shown = show_card(self.session.progress, question, self.now())
        return shown.model_copy(update={"notes": self._notes_on(question)})

    def _as_card(self, section: int | None, objective: str | None, topic: str | None) -> Question:
        try:
            return self._next(section, objective, topic, None, Focus.DUE)
        except PracticeError:  # none of these is due
            return self._next(section, objective, topic, None, Focus.FRESH)

    def _notes_on(self, question: Question) -> list[str]:
        """Ends that a question rests on and that have passed."""
        from assistant.official.dates import notes_on_question

        return notes_on_question(question, self.session.syllabus, self.now().date())

    def _next(
        self, section: int | None, objective: str | None, topic: str | None, difficulty: int | None, focus: Focus
    ) -> Question:
        from assistant.practice.quiz import QuizRequest
        from assistant.service.sittings import next_question

        request = QuizRequest(1, self.seed(), section=section, objective=objective, difficulty=difficulty, focus=focus)
        return next_question(self.session.quizzes, request, topic, self.now())

    def grade(self, attempt: str, answer: str, *, sure: bool | None = None) -> "GradeResult":
        """Grade an answer to a question of `quiz` (letters) or a card of `card` (knew or forgot), and record it.

        `sure` is what the learner says of the answer.
        """
        from assistant.service.sittings import grade_one

        graded = grade_one(self.session.progress, attempt, answer, self.now(), sure)
        (question,) = self.session.progress.sitting(attempt).questions
        return graded.model_copy(update={"notes": self._notes_on(question)})

    @property
    def sittings(self) -> "Sittings":
        """Quizzes, reviews and mock exams that are answered question by question."""
        from assistant.service.sitting import Sittings

        return Sittings(self.session, self.now)

    def draw_cards(self, count: int, *, section: int | None = None, objective: str | None = None) -> "CardsResult":
        """Flash cards to go through: those due, then fresh ones. Raises `PracticeError` when there is none."""
        from assistant.service.practice import CardsResult, QuestionResult

        now, seed = self.now(), self.seed()
        cards = self.session.quizzes.draw_cards(count, seed=seed, now=now, section=section, objective=objective)
        due = len(self.session.progress.due(now, cards=True))
        return CardsResult(cards=[QuestionResult.of(card, self._notes_on(card)) for card in cards], due=due)

    def report(self, sitting: str | None = None, *, shown: "Shown | None" = None) -> "ReportResult":
        """What happened in a sitting, or in the latest mock exam, with the questions behind a filter."""
        from assistant.progress.report import Shown, report_of
        from assistant.progress.store import SittingKind
        from assistant.service.practice import ReportResult

        progress = self.session.progress
        finished = [] if sitting else progress.finished_sittings(SittingKind.EXAM)[:1]
        if not sitting and not finished:
            raise ProgressError("No mock exam was finished yet. Sit one with study exam.")
        found = progress.sitting(sitting) if sitting else finished[0]
        return ReportResult.of(found, report_of(found), shown or Shown.ALL)

    def due(self) -> "DueResult":
        """Questions and flash cards whose review is due."""
        from assistant.service.progress import DueResult

        questions = {question.id: question for question in self.session.quizzes.questions()}
        return DueResult.of(self.session.progress, questions, self.now())

    def progress(self) -> "ProgressResult":
        """What is known and how surely, and what to study next."""
        from assistant.service.progress import ProgressResult

        return ProgressResult.of(self.session.syllabus, self.session.progress, self.now())

    def plan(self, exam_date: date | None = None) -> "PlanResult":
        """What to study each day until the exam; the date is remembered for the next time."""
        from assistant.service.progress import PlanResult

        chosen = exam_date or self.session.progress.exam_date()
        if chosen is None:
            raise ProgressError("The date of the exam is not known yet. Give it: study plan --exam-date 2027-01-15")
        days = self.session.plan(self.now(), chosen)
        self.session.progress.set_exam_date(chosen)
        return PlanResult.of(chosen, days)

    @property
    def learner(self) -> str:
        """Whose progress this is."""
        return self.session.progress.learner

    def delete_progress(self) -> int:
        """Delete all that is known of the learner; returns how many attempts there were."""
        return self.session.progress.delete_everything()

    def questions(self, section: int | None = None) -> list[Question]:
        """Every question there is, of one section or all: those that ship and those that were kept."""
        return [one for one in self.session.quizzes.questions() if section in (None, one.section)]

    def restore(self, day: date | None = None) -> str:
        """Bring progress and conversations back from a daily backup, the newest sound one without `day`; says what it did."""
        from assistant.progress.keeping import restore

        return restore(self.session.home / "progress.sqlite3", day, now=self.now())

    def export(self, path: Path, *, section: int | None = None, what: "Exported | None" = None) -> "ExportResult":
        """Write questions and flash cards for Anki (.apkg), a spreadsheet (.csv) or Quizlet (.txt), or everything as JSON.

        `import_progress` reads the JSON back. Without `what` a .csv holds the attempts.
        """
        from assistant.service.exporting import export_to

        return export_to(self.session, path, section, what)

    def import_progress(self, path: Path) -> "ImportResult":
        """Read back an export; what is there already is not doubled."""
        from assistant.service.exporting import import_from

        return import_from(self.session, path, self.now())

    def check_corpus(self, on: date | None = None, against: Path | None = None) -> "CorpusResult":
        """What ships: ends passed or near on a day, today without one, and what copies of official pages no longer carry.

        Raises `MaterialError` when the folder holds no copies.
        """
        from assistant.practice.bank import load_bank
        from assistant.service.corpus import examine_corpus
        from assistant.syllabus import load_syllabus

        syllabus = load_syllabus()
        return examine_corpus(syllabus, load_bank(syllabus).questions, on or self.now().date(), against)

    def guides(self) -> "GuidesResult":
        """The exam guides, and which of them is studied for."""
        from assistant.service.corpus import GuidesResult

        return GuidesResult.of(self.session.syllabus)

    def choose_guide(self, name: str) -> "GuidesResult":
        """Study for another guide from the next start on. Raises `SettingsError` naming the guides that there are."""
        from assistant.service.corpus import GuidesResult
        from assistant.settings import save_guide

        chosen = self.session.syllabus.for_guide(name)
        save_guide(self.session.home, name)
        return GuidesResult.of(chosen)

    def add_material(
        self,
        named: Sequence[str] = (),
        *,
        rebuild: bool = False,
        allow_private: bool = False,
        report: "Report" = unheard,
        cancelled: "Cancelled" = never,
    ) -> "AddResult":
        """Add or refresh material by path or https address; without any, everything known.

        Stops between files when `cancelled` says so; what was written by then is kept, and the next call completes it.
        Raises `MaterialError` when nothing is usable.
        """
        from assistant.service.material import AddResult
        from ingest.sources import named_path
        from ingest.web import is_address

        started, now, library = time.monotonic(), self.now(), self.session.library
        addresses = [one for one in named if is_address(one)]
        fetched = library.fetch(addresses, now=now, allow_private=allow_private)
        paths = [*(named_path(one) for one in named if not is_address(one)), *fetched.paths]
        if named and not paths:
            raise MaterialError(f"Nothing was ingested. {' '.join(one.reason for one in fetched.failed)}")
        result = library.add(paths, rebuild=rebuild, now=now, report=report, cancelled=cancelled)
        result.skipped += fetched.failed
        if result.nothing_usable:
            reasons = " ".join(f"{skipped.name}: {skipped.reason}" for skipped in result.skipped)
            raise MaterialError(f"Nothing was ingested. {reasons}")
        return AddResult.of(result, time.monotonic() - started)

    def forget(self, source: str) -> "ForgetResult":
        """Remove a source from the library; the file itself stays."""
        from assistant.service.material import ForgetResult

        return ForgetResult(source=source, chunks=self.session.library.forget(source))

    def sources(self) -> "SourcesResult":
        """What is in the library."""
        from assistant.service.material import SourceResult, SourcesResult

        return SourcesResult(sources=[SourceResult.of(record) for record in self.session.index.records()])

    def models(self) -> "ModelsResult":
        """The embedding model and the writers, and whether they work here."""
        from assistant.service.material import ModelsResult, WriterResult

        writers = [
            WriterResult(name=one.name, available=one.available, reason=one.reason)
            for one in self.session.writers.status()
        ]
        return ModelsResult(embedding=self.session.embedder.identity, writers=writers)
