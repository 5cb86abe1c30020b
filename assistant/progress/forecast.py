"""Confidence and results: how often "sure" was right, and what share of a mock exam would be right, with its interval.

The forecast is a hierarchical beta-binomial model. A learner has one level over the whole exam, unknown beforehand, and each
section's share scatters around it. First answers to bank questions are the evidence, recent ones more than old ones. The
distribution of the number right follows by summing over the level, so the interval holds what is not known of the learner
and the luck of the draw in the exam's questions (Gelman et al., Bayesian Data Analysis, chapter 5).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import lgamma, log
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from assistant.practice.questions import Origin
from assistant.progress.mastery import CONFIDENCE, wilson

if TYPE_CHECKING:
    from assistant.progress.store import Attempt

FEWEST = 12
"""First answers below which nothing is forecast."""
HALF_LIFE = 90
"""After this many further answers one counts half: what was not known weeks ago may be known now."""
LEVELS = np.linspace(0.02, 0.98, 33)
LEVEL_PRIOR = (2.0, 2.0)
"""Of the level before the first answer, as a beta distribution: anything is possible, the extremes less likely."""
SCATTER = 14.0
"""Answers that a section's own results weigh against the learner's level; larger where sections are more alike."""
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Forecast:
    """The share right (0 to 1) to expect in a mock exam of `questions`, and the interval that holds it in 90 of 100 cases."""

    share: float
    low: float
    high: float
    questions: int
    answers: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """How many answers were right among those given with the same confidence, and the share with its interval."""

    said: str
    answers: int
    right: int
    share: float
    low: float
    high: float


def calibration(attempts: "Sequence[Attempt]") -> list[Calibration]:
    """One row for "sure" and one for "not sure"; answers without a stated confidence are in neither."""
    rows = []
    for said, sure in (("sure", True), ("not sure", False)):
        results = [one.correct for one in attempts if one.sure is sure]
        low, high = wilson(sum(results), len(results))
        share = sum(results) / len(results) if results else 0.0
        rows.append(Calibration(said, len(results), sum(results), share, low, high))
    return rows


def forecast(attempts: "Sequence[Attempt]", counts: Mapping[int, int]) -> Forecast | None:
    """What to expect of a mock exam with `counts` questions a section; None before enough questions were answered.

    `attempts` are oldest first. Only the first answer to a question of the bank tells how one does on a question not seen.
    """
    first = {one.question: one for one in reversed(attempts) if one.origin == Origin.BANK.value and one.section}
    known = sorted(first.values(), key=lambda one: one.at)
    if len(known) < FEWEST:
        return None
    evidence = _weighed(known, counts)
    chances = _number_right(evidence, counts)
    total = sum(counts.values())
    middles = np.cumsum(chances) - chances / 2  # half of its own probability: whole questions would widen the interval
    tail = (1 - CONFIDENCE) / 2
    low, high = int(np.searchsorted(middles, tail)), int(np.searchsorted(middles, 1 - tail)) - 1
    mean = float(chances @ np.arange(total + 1)) / total
    return Forecast(mean, low / total, high / total, total, len(known))


def _weighed(known: "Sequence[Attempt]", counts: Mapping[int, int]) -> dict[int, tuple[float, float]]:
    """Right and wrong answers of each section; an answer counts half after `HALF_LIFE` further ones."""
    found = dict.fromkeys(counts, (0.0, 0.0))
    for age, one in enumerate(reversed(known)):
        weight = 0.5 ** (age / HALF_LIFE)
        right, wrong = found.get(one.section or 0, (0.0, 0.0))
        found[one.section or 0] = (right + weight * one.correct, wrong + weight * (not one.correct))
    return found


def _number_right(evidence: Mapping[int, tuple[float, float]], counts: Mapping[int, int]) -> Numbers:
    """The probability of each number right, 0 to all."""
    weights = np.array([_level_weight(level, list(evidence.values())) for level in LEVELS])
    weights = np.exp(weights - weights.max())
    chances = np.ones((len(LEVELS), 1))
    for section, count in counts.items():
        right, wrong = evidence.get(section, (0.0, 0.0))
        chances = _summed(chances, _beta_binomial(count, SCATTER * LEVELS + right, SCATTER * (1 - LEVELS) + wrong))
    total: Numbers = weights @ chances / weights.sum()
    return total


def _level_weight(level: float, results: Sequence[tuple[float, float]]) -> float:
    """Log probability of a level and of the results that it would give, up to a constant."""
    one, other = LEVEL_PRIOR
    value = (one - 1) * log(level) + (other - 1) * log(1 - level)
    start, end = SCATTER * level, SCATTER * (1 - level)
    return value + sum(_log_beta(start + right, end + wrong) - _log_beta(start, end) for right, wrong in results)


def _log_beta(one: float, other: float) -> float:
    return lgamma(one) + lgamma(other) - lgamma(one + other)


def _beta_binomial(count: int, one: Numbers, other: Numbers) -> Numbers:
    """A row a level: the probability of each number right of `count` where the share has a beta distribution."""
    chance = np.prod([(other + at) / (one + other + at) for at in range(count)], axis=0) * np.ones_like(one)
    rows = [chance]
    for at in range(count):
        chance = chance * (count - at) / (at + 1) * (one + at) / (other + count - at - 1)
        rows.append(chance)
    return np.stack(rows, axis=1)


def _summed(one: Numbers, other: Numbers) -> Numbers:
    """A row a level: the distribution of the sum of two numbers."""
    total = np.zeros((len(one), one.shape[1] + other.shape[1] - 1))
    for at in range(other.shape[1]):
        total[:, at : at + one.shape[1]] += one * other[:, at : at + 1]
    return total
