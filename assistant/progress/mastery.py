"""How well a learner knows each part of the exam, how sure that is, and what pays most to study next."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING

from assistant.syllabus import Consideration, Syllabus

if TYPE_CHECKING:
    from assistant.progress.store import Attempt

CONFIDENCE = 0.90
"""Confidence level of the intervals shown."""


@dataclass(frozen=True, slots=True)
class Mastery:
    """Share of questions known (0 to 1) with its interval; `questions` counts different questions answered."""

    questions: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class StudyNext:
    """A consideration with its share of the exam (0 to 1), what is known of it, and what is to be gained by studying it."""

    consideration: Consideration
    exam_share: float
    mastery: Mastery

    @property
    def gain(self) -> float:
        """Exam share times what is not known yet: the points of the exam that are still open here."""
        return self.exam_share * (1 - self.mastery.share)


def mastery_of(attempts: "Sequence[Attempt]") -> Mastery:
    """From the latest attempt at each question: earlier ones at the same question tell nothing new.

    The share is Laplace's rule of succession, (right + 1) / (answered + 2), one half before the first answer; the interval
    is Wilson's (Journal of the American Statistical Association 22, 1927).
    """
    latest = {attempt.question: attempt.correct for attempt in attempts}
    answered, right = len(latest), sum(latest.values())
    low, high = wilson(right, answered)
    return Mastery(answered, (right + 1) / (answered + 2), low, high)


def wilson(right: int, answered: int) -> tuple[float, float]:
    """Bounds of a share by Wilson's interval at `CONFIDENCE`; everything is possible before the first answer."""
    if answered == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    share = right / answered
    middle = (share + z * z / (2 * answered)) / (1 + z * z / answered)
    half = z * sqrt(share * (1 - share) / answered + z * z / (4 * answered * answered)) / (1 + z * z / answered)
    return max(0.0, middle - half), min(1.0, middle + half)


def exam_shares(syllabus: Syllabus) -> dict[str, float]:
    """Each consideration's share of the exam: its section's published weight, spread evenly over the section."""
    whole = sum(section.weight for section in syllabus.sections)
    shares: dict[str, float] = {}
    for section in syllabus.sections:
        inside = [item.id for objective in section.objectives for item in objective.considerations]
        shares |= {name: section.weight / whole / len(inside) for name in inside}
    return shares


def section_of(syllabus: Syllabus, attempt: "Attempt") -> int | None:
    """The section in which the chosen guide counts an attempt, whichever guide was chosen when it was made."""
    if attempt.consideration is None:
        return attempt.section
    home = syllabus.home_of(attempt.consideration)
    return home[0].number if home else None


def study_next(syllabus: Syllabus, attempts: "Sequence[Attempt]") -> list[StudyNext]:
    """Every consideration, the one that pays most first; among equals the one that is known least surely."""
    shares = exam_shares(syllabus)
    rows = [
        StudyNext(item, shares[item.id], mastery_of([one for one in attempts if one.consideration == item.id]))
        for item in syllabus.considerations
    ]
    return sorted(rows, key=lambda row: (-row.gain, row.mastery.questions, row.consideration.id))
