"""Results of practice: questions with or without their key, graded answers, and flash cards."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Self

from pydantic import Field

from assistant.practice.questions import LETTERS, Choice, Question, Reference
from assistant.service.answers import OfficialPageResult, official_results
from assistant.service.result import Result

if TYPE_CHECKING:  # SQLAlchemy is heavy, and most calls do without it
    from assistant.progress.report import Item, Shown, SittingReport
    from assistant.progress.store import Sitting

ENDS = (".", "!", "?")
NotesOn = Callable[[Question], Sequence[str]]
"""What a learner should know of a question besides."""


def without_notes(question: Question) -> Sequence[str]:
    """For questions whose dates nobody looked at."""
    return ()


class ReferenceResult(Result):
    """The words of the material that a reason rests on."""

    source: str
    page: int
    quote: str
    shown: str = Field(default="", description="The quote on one line without footnote marks, to be shown to a person.")
    official: list[OfficialPageResult] | None = Field(
        default=None, description="Official pages behind the quote; null where none is known."
    )

    @classmethod
    def of(cls, reference: Reference) -> Self:
        """The result for a reference."""
        return cls.copied(reference, shown=reference.shown, official=official_results(reference.official_pages))


class ChoiceResult(Result):
    """An option with its key and its reason."""

    text: str
    correct: bool
    why: str
    citation: ReferenceResult

    @classmethod
    def of(cls, choice: Choice) -> Self:
        """The result for an option."""
        return cls(
            text=choice.text, correct=choice.correct, why=choice.why, citation=ReferenceResult.of(choice.citation)
        )


class QuestionResult(Result):
    """A practice question with its key."""

    id: str
    section: int | None
    objective: str | None
    kind: str
    difficulty: int
    origin: str
    prompt: str
    choices: list[ChoiceResult]
    notes: list[str] = Field(default_factory=list, description="Ends that the question rests on and that have passed.")

    @classmethod
    def of(cls, question: Question, notes: Sequence[str] = ()) -> Self:
        """The result for a question."""
        return cls(
            id=question.id,
            section=question.section,
            objective=question.objective,
            kind=question.kind.value,
            difficulty=question.difficulty,
            origin=question.origin.value,
            prompt=question.prompt,
            choices=[ChoiceResult.of(choice) for choice in question.choices],
            notes=list(notes),
        )


class GenerationResult(Result):
    """How many questions were asked for and made, how many asked before were taken again, and why others were rejected."""

    asked: int
    made: int
    again: int
    rejected: dict[str, int]


class QuizResult(Result):
    """Questions with their keys, as `study quiz` and `study review` print them; `generation` is there when they were made."""

    optional: ClassVar[frozenset[str]] = frozenset({"generation"})

    questions: list[QuestionResult]
    generation: GenerationResult | None = None

    @classmethod
    def of(cls, questions: Sequence[Question], notes_on: NotesOn = without_notes) -> Self:
        """The result for questions in their order."""
        return cls(questions=[QuestionResult.of(question, notes_on(question)) for question in questions])


class ExamResult(Result):
    """A mock exam with its keys, the minutes it takes, and how many questions each section has."""

    questions: list[QuestionResult]
    minutes: int
    sections: dict[str, int]


class OptionResult(Result):
    """An option as it is shown before an answer."""

    letter: str
    text: str


class OpenQuestion(Result):
    """The next practice question, without its key. Grade the learner's answer with `grade` and this `attempt`."""

    attempt: str = Field(description="Hand this to `grade` together with the answer.")
    id: str
    section: int | None
    objective: str | None
    kind: str = Field(description="single: one option is right; multiple: several are.")
    choose: int = Field(description="How many options to choose.")
    difficulty: int = Field(description="1 recall, 2 as in the exam, 3 harder.")
    origin: str
    prompt: str
    options: list[OptionResult]

    @classmethod
    def of(cls, attempt: str, question: Question) -> Self:
        """The result for a question under the attempt that will grade it."""
        return cls(
            attempt=attempt,
            id=question.id,
            section=question.section,
            objective=question.objective,
            kind=question.kind.value,
            choose=len(question.key),
            difficulty=question.difficulty,
            origin=question.origin.value,
            prompt=question.prompt,
            options=[
                OptionResult(letter=letter, text=choice.text)
                for letter, choice in zip(LETTERS, question.choices, strict=False)
            ],
        )


class ReasonResult(Result):
    """An option after the answer: whether it is right, why, and the words of the material behind that."""

    letter: str
    text: str
    correct: bool
    chosen: bool
    why: str
    citation: ReferenceResult


class GradeResult(Result):
    """A graded answer. The exam counts all or nothing; `credit` (0 to 1) shows partial knowledge."""

    attempt: str
    id: str
    correct: bool
    credit: float
    chosen: list[str]
    key: list[str] = Field(description="Letters of the right options.")
    reasons: list[ReasonResult]
    due: datetime | None = Field(description="When the question comes back for review (UTC).")
    notes: list[str] = Field(default_factory=list, description="Ends that the question rests on and that have passed.")


class CardResult(Result):
    """A flash card. Show the front, let the learner answer, then the back; `grade` takes knew or forgot."""

    attempt: str = Field(description="Hand this to `grade` with the answer knew or forgot.")
    id: str
    section: int | None
    objective: str | None
    front: str
    back: str
    citations: list[ReferenceResult]
    notes: list[str] = Field(default_factory=list, description="Ends that the card rests on and that have passed.")

    @classmethod
    def of(cls, attempt: str, question: Question) -> Self:
        """The result for a question, or a flash card as one: the stem in front, the right options with their reasons behind."""
        right = [choice for choice in question.choices if choice.correct]
        return cls(
            attempt=attempt,
            id=question.id,
            section=question.section,
            objective=question.objective,
            front=question.prompt,
            back="\n".join(
                f"{choice.text}{'' if choice.text.endswith(ENDS) else '.'} {choice.why}" for choice in right
            ),
            citations=[ReferenceResult.of(choice.citation) for choice in right],
        )


class CardsResult(Result):
    """Flash cards to go through: those due first; `due` counts all that are due."""

    cards: list[QuestionResult]
    due: int


class ReportItem(Result):
    """A question of a sitting: what was chosen, what is right, and how long it took in seconds where that was kept."""

    position: int = Field(description="From 1.")
    id: str
    section: int | None
    objective: str | None
    prompt: str
    chosen: list[str]
    key: list[str]
    correct: bool
    answered: bool
    marked: bool
    sure: bool | None
    seconds: float | None

    @classmethod
    def of(cls, item: "Item") -> Self:
        """The result for an item of a report."""
        question = item.question
        return cls.copied(
            item,
            position=item.position + 1,
            id=question.id,
            section=question.section,
            objective=question.objective,
            prompt=question.prompt,
            chosen=[LETTERS[at] for at in sorted(item.chosen)],
            key=[LETTERS[at] for at in sorted(question.key)],
            answered=item.answered,
        )


class ReportResult(Result):
    """What happened in a quiz or mock exam; `share` counts what has no answer as wrong, as the exam does."""

    sitting: str
    kind: str
    started: datetime
    minutes: float | None = Field(description="From start to end.")
    questions: int
    right: int
    share: float
    unanswered: int
    median_seconds: float | None = Field(description="For each answered question whose time was kept.")
    items: list[ReportItem] = Field(description="The questions behind the filter.")

    @classmethod
    def of(cls, sitting: "Sitting", report: "SittingReport", shown: "Shown") -> Self:
        """The result for a sitting with the items behind a filter."""
        return cls(
            sitting=sitting.id,
            kind=sitting.kind.value,
            started=sitting.started,
            minutes=round(report.took.total_seconds() / 60, 1) if report.took else None,
            questions=len(report.items),
            right=report.right,
            share=report.share,
            unanswered=report.unanswered,
            median_seconds=report.median_seconds,
            items=[ReportItem.of(item) for item in report.show(shown)],
        )
