"""Results on progress: what is known and how surely, what is due, and the plan to the exam."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Self

from pydantic import Field

from assistant.practice.exam import section_counts
from assistant.practice.questions import Question
from assistant.progress.forecast import Calibration, Forecast, calibration, forecast
from assistant.progress.mastery import Mastery, StudyNext, mastery_of, section_of, study_next
from assistant.progress.plan import PlanDay
from assistant.service.result import Result
from assistant.syllabus import Section, Syllabus

if TYPE_CHECKING:  # SQLAlchemy is heavy, and most calls do without it
    from assistant.progress.store import Attempt, Progress


EXAM_QUESTIONS = 50
"""Of the mock exam that is forecast."""


class SectionProgress(Result):
    """What is known of an exam section: `share` of questions known, 0 to 1, `low` and `high` bound it with 90 % confidence."""

    section: int
    title: str
    weight: int = Field(description="Published share of the exam, in percent.")
    questions: int
    share: float
    low: float
    high: float

    @classmethod
    def of(cls, section: Section, mastery: Mastery) -> Self:
        """The result for a section and what is known of it."""
        return cls.copied(mastery, section=section.number, title=section.title, weight=section.weight)


class StudyNextResult(Result):
    """A consideration of the exam guide with what studying it may gain, as a share of the exam."""

    consideration: str
    text: str
    exam_share: float
    gain: float
    questions: int
    share: float
    low: float
    high: float

    @classmethod
    def of(cls, row: StudyNext) -> Self:
        """The result for a row of `study_next`."""
        return cls(
            consideration=row.consideration.id,
            text=row.consideration.text,
            exam_share=round(row.exam_share, 4),
            gain=round(row.gain, 4),
            questions=row.mastery.questions,
            share=row.mastery.share,
            low=row.mastery.low,
            high=row.mastery.high,
        )


class CalibrationResult(Result):
    """How many answers were right among those given with the same confidence; `low` and `high` bound the share."""

    said: str = Field(description="sure, or not sure.")
    answers: int
    right: int
    share: float
    low: float
    high: float

    @classmethod
    def of(cls, row: Calibration) -> Self:
        """The result for a row of `calibration`."""
        return cls(**asdict(row))


class ForecastResult(Result):
    """The share right to expect in a mock exam of this bank; between `low` and `high` in 90 of 100 such exams.

    It says nothing of passing: Google publishes no passing score, and its questions are others.
    """

    share: float
    low: float
    high: float
    questions: int
    answers: int = Field(description="Different questions of the bank that it rests on.")

    @classmethod
    def of(cls, found: Forecast | None) -> Self | None:
        """The result for a forecast."""
        return cls(**asdict(found)) if found else None


class ProgressResult(Result):
    """How well the learner knows each section, and what to study next, the most rewarding first."""

    learner: str
    attempts: int
    questions: int
    due: int
    sections: list[SectionProgress]
    next: list[StudyNextResult]
    guide: str = Field(default="", description="The exam guide that sections and weights follow.")
    cards_due: int = Field(description="Flash cards whose review is due.")
    calibration: list[CalibrationResult] = Field(
        description="How often answers were right when the learner was sure, and when not."
    )
    forecast: ForecastResult | None = Field(description="What to expect of a mock exam; null before enough answers.")

    @classmethod
    def of(cls, syllabus: Syllabus, progress: "Progress", now: datetime) -> Self:
        """The result for a learner at a moment (UTC)."""
        attempts = progress.attempts()
        placed = [replace(one, section=section_of(syllabus, one)) for one in attempts]
        return cls(
            learner=progress.learner,
            attempts=len(attempts),
            questions=len({attempt.question for attempt in attempts}),
            due=len(progress.due(now)),
            sections=[SectionProgress.of(one, _mastery(syllabus, attempts, one.number)) for one in syllabus.sections],
            next=[StudyNextResult.of(row) for row in study_next(syllabus, attempts)],
            guide=syllabus.guide.id,
            cards_due=len(progress.due(now, cards=True)),
            calibration=[CalibrationResult.of(row) for row in calibration(attempts)],
            forecast=ForecastResult.of(forecast(placed, section_counts(syllabus, EXAM_QUESTIONS))),
        )


def _mastery(syllabus: Syllabus, attempts: "Sequence[Attempt]", section: int) -> Mastery:
    return mastery_of([one for one in attempts if section_of(syllabus, one) == section])


class DueQuestion(Result):
    """A question whose review is due."""

    id: str
    section: int | None
    objective: str | None
    prompt: str


class DueResult(Result):
    """Questions the learner is about to forget, the longest due first; `next` is when the next one, or a card, falls
    due (UTC)."""

    due: int
    questions: list[DueQuestion]
    next: datetime | None
    cards: int = Field(description="Flash cards that are due; `card` shows them.")

    @classmethod
    def of(cls, progress: "Progress", questions: Mapping[str, Question], now: datetime) -> Self:
        """The result for a learner at a moment (UTC); `questions` are those that can be asked, by id."""
        due = [questions[name] for name in progress.due(now) if name in questions]
        dates = progress.due_dates() + progress.due_dates(cards=True)
        later = sorted(moment for moment in dates if moment > now)
        return cls(
            due=len(due),
            questions=[
                DueQuestion(id=one.id, section=one.section, objective=one.objective, prompt=one.prompt) for one in due
            ],
            next=later[0] if later else None,
            cards=len(progress.due(now, cards=True)),
        )


class PlanDayResult(Result):
    """One day of the plan."""

    day: date
    considerations: list[str]
    reviews: int
    mock_exam: bool


class PlanResult(Result):
    """What to study each day until the exam."""

    exam: date
    days: list[PlanDayResult]

    @classmethod
    def of(cls, exam: date, days: Sequence[PlanDay]) -> Self:
        """The result for a plan."""
        return cls(
            exam=exam,
            days=[
                PlanDayResult(
                    day=one.day,
                    considerations=list(one.considerations),
                    reviews=one.reviews,
                    mock_exam=one.mock_exam,
                )
                for one in days
            ],
        )
