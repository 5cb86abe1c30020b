"""Chooses which questions to ask a learner next: fresh ones, weak spots, or those due for review."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from assistant.practice.questions import Focus, Question, draw, shuffle_choices
from assistant.progress.mastery import study_next
from assistant.syllabus import Syllabus
from ingest.errors import PracticeError

if TYPE_CHECKING:
    from assistant.progress.store import Progress

WEAK_CONSIDERATIONS = 8
"""Weak spots are the considerations with most points still to gain, this many of them."""


def choose(
    questions: Sequence[Question],
    focus: Focus,
    progress: "Progress",
    syllabus: Syllabus,
    *,
    count: int,
    seed: int,
    now: datetime,
) -> list[Question]:
    """Up to `count` questions; same progress, seed and time, same choice. Raises `PracticeError` when none fits."""
    if focus is Focus.DUE:
        return _due(questions, progress, count, seed, now)
    if focus is Focus.WEAK:
        order = [row.consideration.id for row in study_next(syllabus, progress.attempts())]
        there = {question.consideration for question in questions}
        weak = set([one for one in order if one in there][:WEAK_CONSIDERATIONS])
        questions = [question for question in questions if question.consideration in weak] or questions
    if focus is Focus.ANY:
        return draw(questions, count=count, seed=seed)
    seen = progress.last_seen()
    fresh = draw([question for question in questions if question.id not in seen], count=count, seed=seed)
    known = sorted((one for one in questions if one.id in seen), key=lambda one: (seen[one.id], one.id))
    return fresh + [shuffle_choices(question, seed) for question in known[: count - len(fresh)]]


def _due(questions: Sequence[Question], progress: "Progress", count: int, seed: int, now: datetime) -> list[Question]:
    there = {question.id: question for question in questions}
    due = [there[name] for name in progress.due(now) if name in there]
    if not due:
        upcoming = [moment for moment in progress.due_dates() if moment > now]
        hint = f"The next one is due on {upcoming[0]:%d %B %Y}." if upcoming else "Answer some questions first."
        raise PracticeError(f"No question is due for review. {hint}")
    return [shuffle_choices(question, seed) for question in due[:count]]
