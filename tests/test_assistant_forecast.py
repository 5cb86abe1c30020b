import random
from datetime import UTC, datetime, timedelta

import pytest

from assistant.practice.exam import section_counts
from assistant.progress.forecast import FEWEST, calibration, forecast
from assistant.progress.store import Attempt
from assistant.syllabus import load_syllabus

NOW = datetime(2026, 6, 1, tzinfo=UTC)
COUNTS = section_counts(load_syllabus(), 50)


def answered(at: int, section: int, right: bool, *, sure: bool | None = None, origin: str = "bank") -> Attempt:
    when = NOW + timedelta(minutes=at)
    return Attempt("s", f"q{at}", section, None, None, origin, (0,), right, float(right), when, sure)


class Learner:
    """Knows each section with a probability of its own, around a level; `grew` is what was learned on the way."""

    def __init__(self, chance: random.Random, scatter: float, grew: float) -> None:
        self._chance, self._grew = chance, grew
        level = chance.betavariate(4, 3)
        self._knows = {section: chance.betavariate(level * scatter, (1 - level) * scatter) for section in COUNTS}

    def answers(self, count: int) -> list[Attempt]:
        sections = self._chance.choices(list(COUNTS), weights=list(COUNTS.values()), k=count)
        return [answered(at, one, self._right(one, self._grew * (1 - at / count))) for at, one in enumerate(sections)]

    def exam(self) -> float:
        right = sum(self._right(section, 0) for section, count in COUNTS.items() for _ in range(count))
        return right / sum(COUNTS.values())

    def _right(self, section: int, less: float) -> bool:
        return self._chance.random() < self._knows[section] - less


def test_ninety_percent_intervals_hold_the_result_of_ninety_in_a_hundred_simulated_learners() -> None:
    """Even and uneven learners, some of whom learned on the way, after few and many answers."""
    chance = random.Random(20261126)
    kinds = [(scatter, grew) for scatter in (6, 14, 60) for grew in (0.0, 0.0, 0.08)]
    held, widths = 0, []
    runs = 720
    for run in range(runs):
        learner = Learner(chance, *kinds[run % len(kinds)])
        found = forecast(learner.answers((15, 30, 60, 150)[run // len(kinds) % 4]), COUNTS)
        assert found is not None
        held += found.low - 1e-9 <= learner.exam() <= found.high + 1e-9
        widths.append(found.high - found.low)
    assert 0.87 <= held / runs <= 0.93, held / runs
    assert sum(widths) / runs < 0.36


def test_a_forecast_gets_narrower_with_answers_and_follows_them() -> None:
    few, many = (
        forecast([answered(at, 1 + at % 6, at % 4 != 0) for at in range(count)], COUNTS) for count in (16, 160)
    )
    assert few is not None
    assert many is not None
    assert many.high - many.low < few.high - few.low
    assert many.low < 0.75 < many.high
    assert many.questions == 50


def test_too_few_answers_give_no_forecast_and_only_first_answers_to_the_bank_count() -> None:
    enough = [answered(at, 1 + at % 6, False) for at in range(FEWEST)]
    assert forecast(enough[:-1], COUNTS) is None
    again = [answered(at, 1 + at % 6, True) for at in range(FEWEST)]  # the same questions, known by now
    later = [answered(100 + at, 1, True, origin="generated") for at in range(50)]
    assert forecast([*enough, *again, *later], COUNTS) == forecast(enough, COUNTS)


def test_recent_answers_count_more_than_old_ones() -> None:
    worse = [answered(at, 1 + at % 6, at >= 150) for at in range(300)]
    better = [answered(at, 1 + at % 6, at < 150) for at in range(300)]
    improved, declined = forecast(worse, COUNTS), forecast(better, COUNTS)
    assert improved is not None
    assert declined is not None
    assert improved.share > declined.share + 0.2


def test_calibration_tells_how_often_sure_was_right() -> None:
    said = [answered(at, 1, at < 8, sure=True) for at in range(10)]
    said += [answered(20 + at, 1, at < 2, sure=False) for at in range(4)] + [answered(40, 1, True)]
    sure, unsure = calibration(said)
    assert (sure.said, sure.answers, sure.right, sure.share) == ("sure", 10, 8, pytest.approx(0.8))
    assert (unsure.said, unsure.answers, unsure.right) == ("not sure", 4, 2)
    assert sure.low < 0.8 < sure.high
