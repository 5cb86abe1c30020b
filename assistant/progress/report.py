"""What happened in a sitting, question by question: right, wrong or unanswered, marked, sure, and the time it took."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from assistant.practice.questions import Question
from assistant.progress.store import Sitting


class Shown(StrEnum):
    """Which questions of a report to look at."""

    ALL = "all"
    WRONG = "wrong"
    UNANSWERED = "unanswered"
    MARKED = "marked"
    SURE_AND_WRONG = "sure-and-wrong"
    SLOW = "slow"
    MISSED = "missed"
    """Wrong or unanswered."""


SLOW = 1.5
"""Times the median time of the questions with an answer."""


@dataclass(frozen=True, slots=True)
class Item:
    """One question of a sitting and what was done with it; `seconds` is None where no time was kept."""

    position: int
    question: Question
    chosen: frozenset[int]
    correct: bool
    marked: bool
    sure: bool | None
    seconds: float | None

    @property
    def answered(self) -> bool:
        """Whether an answer was given; one without is wrong in the report and no attempt."""
        return bool(self.chosen)


@dataclass(frozen=True, slots=True)
class SittingReport:
    """A sitting's items, and how long it took from start to end."""

    items: tuple[Item, ...]
    took: timedelta | None

    @property
    def right(self) -> int:
        """How many are right, as the exam counts."""
        return sum(item.correct for item in self.items)

    @property
    def share(self) -> float:
        """Right of all questions, 0 to 1; what has no answer is wrong."""
        return self.right / len(self.items) if self.items else 0.0

    @property
    def unanswered(self) -> int:
        """How many have no answer."""
        return sum(not item.answered for item in self.items)

    @property
    def median_seconds(self) -> float | None:
        """Of the answered questions whose time was kept."""
        known = sorted(item.seconds for item in self.items if item.answered and item.seconds)
        return known[len(known) // 2] if known else None

    def show(self, shown: Shown) -> list[Item]:
        """The items behind a filter, in the order of the sitting."""
        slow = (self.median_seconds or 0) * SLOW
        filters: dict[Shown, Callable[[Item], bool]] = {
            Shown.ALL: lambda item: True,
            Shown.WRONG: lambda item: item.answered and not item.correct,
            Shown.UNANSWERED: lambda item: not item.answered,
            Shown.MARKED: lambda item: item.marked,
            Shown.SURE_AND_WRONG: lambda item: item.answered and item.sure is True and not item.correct,
            Shown.SLOW: lambda item: bool(slow) and (item.seconds or 0) > slow,
            Shown.MISSED: lambda item: not item.correct,
        }
        return [item for item in self.items if filters[shown](item)]

    def questions(self, shown: Shown) -> list[Question]:
        """The questions behind a filter: "practice what I missed" sits down to those of `MISSED`."""
        return [item.question for item in self.show(shown)]


def report_of(sitting: Sitting) -> SittingReport:
    """The report of a sitting, finished or not."""
    took = sitting.finished - sitting.started if sitting.finished else None
    return SittingReport(tuple(_items(sitting)), took)


def _items(sitting: Sitting) -> Sequence[Item]:
    graded = zip(sitting.questions, sitting.grades(), strict=True)
    return [
        Item(
            position=at,
            question=question,
            chosen=sitting.chosen.get(at, frozenset()),
            correct=grade.correct,
            marked=at in sitting.marked,
            sure=sitting.sure.get(at),
            seconds=sitting.seconds.get(at),
        )
        for at, (question, grade) in enumerate(graded)
    ]
