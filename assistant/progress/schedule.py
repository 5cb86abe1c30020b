"""When a question comes back: the FSRS algorithm of the `fsrs` package, without its random fuzz.

Source: J. Ye, "Optimizing Spaced Repetition Schedule by Capturing the Dynamics of Memory" (IEEE TKDE, 2023), and the
documentation of the package. Ratings: a question answered right is `Good`, right without being sure `Hard`, anything else
`Again`, as the exam counts.
"""

from dataclasses import dataclass
from datetime import datetime

from fsrs import Card, Rating, Scheduler

_SCHEDULER = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)
"""Without the package's steps of one and ten minutes: a question met again immediately is remembered, not understood."""


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A question's place in the schedule: the package's card as JSON, and when it is due (UTC)."""

    card: str
    due: datetime


def after_attempt(card: str | None, *, correct: bool, now: datetime, sure: bool | None = None) -> Scheduled:
    """The schedule after an attempt at `now` (with a time zone); `card` is None before the first one."""
    before = Card.from_json(card) if card else Card(card_id=0, due=now)
    rating = Rating.Again if not correct else Rating.Hard if sure is False else Rating.Good
    after, _ = _SCHEDULER.review_card(before, rating, review_datetime=now)
    return Scheduled(after.to_json(), after.due)


def recall_chance(card: str, now: datetime) -> float:
    """Probability (0 to 1) that the question is still answered right at `now`."""
    return float(_SCHEDULER.get_card_retrievability(Card.from_json(card), current_datetime=now))
