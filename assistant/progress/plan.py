"""A study plan from today to the exam: what to read and practice each day, when to review, when to sit a mock exam."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from assistant.progress.mastery import StudyNext
from ingest.errors import ProgressError

LONGEST_DAYS = 365
MOCK_EXAM_EVERY = 7
LAST_NEW_SHARE = 0.8
"""New considerations are spread over the first part of the days; the rest is for reviews and mock exams."""
KNOWN = 0.8
"""A consideration whose mastery is at least this on enough questions is not planned again."""
ENOUGH_QUESTIONS = 3
LAST_MOCK_BEFORE = 2
"""Days between the last mock exam and the exam, kept free to review its mistakes."""


@dataclass(frozen=True, slots=True)
class PlanDay:
    """One day: considerations to read and practice, how many known reviews fall due, whether to sit a mock exam."""

    day: date
    considerations: tuple[str, ...]
    reviews: int
    mock_exam: bool


def make_plan(today: date, exam: date, rows: Sequence[StudyNext], due: Sequence[datetime] = ()) -> list[PlanDay]:
    """One entry a day from today to the day before the exam; `rows` in the order in which they are to be studied.

    Raises `ProgressError` when the exam is not in the future or more than a year away.
    """
    days = (exam - today).days
    if days < 1:
        raise ProgressError(f"The exam date {exam.isoformat()} is not after today. Give a later one.")
    if days > LONGEST_DAYS:
        raise ProgressError(f"The exam date {exam.isoformat()} is more than a year away. Give an earlier one.")
    open_rows = [row for row in rows if row.mastery.questions < ENOUGH_QUESTIONS or row.mastery.share < KNOWN]
    new_days = max(1, round(days * LAST_NEW_SHARE))
    mocks = _mock_days(days)
    return [
        PlanDay(
            day=today + timedelta(days=at),
            considerations=tuple(row.consideration.id for row in _share(open_rows, at, new_days)),
            reviews=sum(1 for moment in due if _falls_on(moment.date(), today, at)),
            mock_exam=at in mocks,
        )
        for at in range(days)
    ]


def _share(rows: Sequence[StudyNext], at: int, days: int) -> Sequence[StudyNext]:
    """Day `at`'s even share of the rows, in order."""
    if at >= days:
        return ()
    return rows[len(rows) * at // days : len(rows) * (at + 1) // days]


def _mock_days(days: int) -> set[int]:
    """Every seventh day, counted back from shortly before the exam."""
    last = days - LAST_MOCK_BEFORE
    return {at for at in range(days) if at <= last and (last - at) % MOCK_EXAM_EVERY == 0 and (at > 0 or days < 4)}


def _falls_on(due: date, today: date, at: int) -> bool:
    """Whether a review is due on the day; what is overdue falls on today."""
    return max(due, today) == today + timedelta(days=at)
