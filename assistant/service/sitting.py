"""A quiz, a review or a mock exam from its first question to its last, for callers that ask question by question."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from assistant.practice.generate import Generated
from assistant.practice.questions import Focus, Origin, Question, Reference
from assistant.practice.quiz import QuizRequest
from assistant.progress.report import Shown, report_of
from assistant.progress.store import MadeStatus, Sitting, SittingKind
from assistant.session import Session
from assistant.syllabus import Syllabus
from ingest.errors import PracticeError

__all__ = ["Shown", "Sitting", "SittingKind", "Sittings"]


@dataclass(frozen=True, slots=True)
class Sittings:
    """The sittings of one learner; every answer is saved as it is given."""

    session: Session
    now: Callable[[], datetime]

    @property
    def syllabus(self) -> Syllabus:
        """Whose sections and objectives the questions belong to."""
        return self.session.syllabus

    def places(self, references: Iterable[Reference]) -> list[str]:
        """Where to read what some reasons rest on, each place once."""
        return list(dict.fromkeys(map(self.session.library.place_of, references)))

    def draw(self, request: QuizRequest) -> Generated:
        """The questions of a quiz, and an account of those that were made for it."""
        return self.session.quizzes.draw(request, now=self.now())

    def begin_quiz(self, drawn: Generated, request: QuizRequest, *, at_once: bool) -> Sitting:
        """A quiz on what was drawn; with `at_once` the reasons come after each question. Made questions are remembered."""
        now, progress = self.now(), self.session.progress
        if request.origin is Origin.GENERATED:
            progress.keep_made(drawn.questions, MadeStatus.MADE, now=now)
        return progress.begin(SittingKind.QUIZ, drawn.questions, now=now, at_once=at_once)

    def draw_review(self, request: QuizRequest) -> Generated:
        """The questions that are due, the longest due first. Raises `PracticeError` when none is."""
        return self.draw(replace(request, focus=Focus.DUE))

    def begin_review(self, drawn: Generated) -> Sitting:
        """A review of what was drawn."""
        return self.session.progress.begin(SittingKind.REVIEW, drawn.questions, now=self.now())

    def draw_cards(
        self, count: int, *, seed: int, section: int | None = None, objective: str | None = None
    ) -> list[Question]:
        """Flash cards: those due, then fresh ones. Raises `PracticeError` when there is none."""
        return self.session.quizzes.draw_cards(count, seed=seed, now=self.now(), section=section, objective=objective)

    def begin_cards(self, drawn: Sequence[Question]) -> Sitting:
        """A round of flash cards."""
        return self.session.progress.begin(SittingKind.CARDS, drawn, now=self.now())

    def reported(self, sitting: str, shown: Shown) -> list[Question]:
        """The questions of a sitting behind a filter of its report."""
        return report_of(self.session.progress.sitting(sitting)).questions(shown)

    def begin_again(self, questions: Sequence[Question]) -> Sitting:
        """A quiz on questions of a report."""
        return self.session.progress.begin(SittingKind.QUIZ, questions, now=self.now())

    def begin_exam(self, count: int, minutes: int, seed: int) -> Sitting:
        """A mock exam, drawn by the weights of the sections, whose clock starts now."""
        now = self.now()
        questions = self.session.quizzes.exam(count, seed=seed, now=now)
        return self.session.progress.begin(SittingKind.EXAM, questions, now=now, at_once=False, minutes=minutes)

    def broken_off(self, kind: SittingKind) -> Sitting | None:
        """The newest sitting of a kind that was not finished."""
        return next(iter(self.session.progress.open_sittings(kind)), None)

    def resume_quiz(self) -> Sitting:
        """The quiz to go on with. Raises `PracticeError` when none was broken off."""
        waiting = self.broken_off(SittingKind.QUIZ)
        if waiting is None:
            raise PracticeError("No quiz was broken off. Start one with study quiz.")
        return waiting

    def answer(
        self,
        sitting: Sitting,
        position: int,
        chosen: Collection[int],
        *,
        sure: bool | None = None,
        seconds: float = 0.0,
    ) -> Sitting:
        """The sitting with an answer to the question at a position, saved; `sure` is what the learner said of it."""
        return self.session.progress.answer(sitting, position, chosen, now=self.now(), sure=sure, seconds=seconds)

    def spend(self, sitting: Sitting, position: int, seconds: float) -> Sitting:
        """The sitting with the time that a question was looked at without an answer."""
        return self.session.progress.spend(sitting, position, seconds, now=self.now())

    def recall(self, sitting: Sitting, position: int, knew: bool, seconds: float = 0.0) -> Sitting:
        """The sitting with what the learner said of a flash card, saved."""
        return self.session.progress.recall(sitting, position, knew, now=self.now(), seconds=seconds)

    def mark(self, sitting: Sitting, position: int) -> Sitting:
        """The sitting with a question marked to come back to, or no longer marked."""
        return self.session.progress.mark(sitting, position, position not in sitting.marked)

    def finish(self, sitting: Sitting) -> Sitting:
        """The sitting, ended and graded."""
        return self.session.progress.finish(sitting, now=self.now())
