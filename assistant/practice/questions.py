"""A practice question as a value, and how an answer to it is graded; knows no file and no screen."""

import hashlib
import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from assistant.footnotes import OfficialPage, official_page, shown

LETTERS = "ABCDEFGH"
"""How a question's options are named, in their order."""
MADE = "made-"
"""The beginning of the id of each generated question."""


class QuestionKind(StrEnum):
    """Whether one choice is right or several are."""

    SINGLE = "single"
    MULTIPLE = "multiple"


class Origin(StrEnum):
    """Where a question comes from."""

    BANK = "bank"
    GENERATED = "generated"
    CARD = "card"
    """A flash card, asked as a question with one choice: its back."""


class Focus(StrEnum):
    """What a quiz prefers."""

    ANY = "any"
    FRESH = "fresh"
    WEAK = "weak"
    DUE = "due"


@dataclass(frozen=True, slots=True)
class Reference:
    """The words of the material that a choice's reason rests on; `official` is the address of the page that says so too."""

    source: str
    page: int
    quote: str
    official: str = ""

    @property
    def official_pages(self) -> tuple[OfficialPage, ...]:
        """The official page with its title; none where none is known."""
        return (official_page(self.official),) if self.official else ()

    @property
    def shown(self) -> str:
        """The quote on one line without footnote marks, as screens and exports show it."""
        return shown(self.quote)


@dataclass(frozen=True, slots=True)
class Choice:
    """One option, whether it is right, and why or why not."""

    text: str
    correct: bool
    why: str
    citation: Reference


@dataclass(frozen=True, slots=True)
class Question:
    """A practice question; `difficulty` is 1 recall, 2 as in the exam, 3 harder than the exam.

    Questions on material that belongs to no exam section have no section, objective or consideration.
    """

    id: str
    section: int | None
    objective: str | None
    consideration: str | None
    kind: QuestionKind
    difficulty: int
    origin: Origin
    prompt: str
    choices: tuple[Choice, ...]
    cluster: str = ""
    """The decision that the question turns on; an exam holds one question of each cluster."""

    @property
    def key(self) -> frozenset[int]:
        """Positions of the right choices."""
        return frozenset(position for position, choice in enumerate(self.choices) if choice.correct)


@dataclass(frozen=True, slots=True)
class Grade:
    """`correct` as the exam counts: all or nothing; `credit` (0 to 1) shows partial knowledge in practice."""

    correct: bool
    credit: float


def grade(question: Question, chosen: Collection[int]) -> Grade:
    """Grade the chosen positions; a wrong choice takes back a right one, so that ticking everything earns nothing."""
    key = question.key
    right = len(key & set(chosen))
    wrong = len(set(chosen) - key)
    return Grade(set(chosen) == key, max(0.0, (right - wrong) / len(key)))


def shuffle_choices(question: Question, seed: int) -> Question:
    """The same question with its choices in an order that depends on the seed and the question alone."""
    order = list(question.choices)
    _random(seed, question.id).shuffle(order)
    return replace(question, choices=tuple(order))


def draw(questions: Sequence[Question], *, count: int, seed: int) -> list[Question]:
    """Up to `count` questions, considerations taken in turn so that none comes twice before all came once.

    Same questions and seed, same draw.
    """
    groups: dict[str, list[Question]] = {}
    for question in sorted(questions, key=lambda item: _rank(seed, item.id)):
        groups.setdefault(question.consideration or question.choices[0].citation.source, []).append(question)
    order = sorted(groups, key=lambda name: _rank(seed, name))
    rounds = max((len(group) for group in groups.values()), default=0)
    drawn = [groups[name][turn] for turn in range(rounds) for name in order if turn < len(groups[name])]
    return [shuffle_choices(question, seed) for question in drawn[:count]]


def _rank(seed: int, name: str) -> str:
    return hashlib.sha256(f"{seed}:{name}".encode()).hexdigest()


def _random(seed: int, name: str) -> random.Random:
    return random.Random(_rank(seed, name))
