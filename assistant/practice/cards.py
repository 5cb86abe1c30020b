"""Reads the flash cards that ship: one fact each, as a question or a sentence with a gap, with the words it rests on."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import yaml
from pydantic import Field, ValidationError, model_validator

from assistant.practice.bank import find_quote
from assistant.practice.questions import Choice, Origin, Question, QuestionKind, Reference, draw
from assistant.syllabus import CORPUS, Syllabus
from ingest.errors import PracticeError
from ingest.settings import StrictModel

GAP = "____"
"""How a gap is shown."""
_CLOZE = re.compile(r"\{\{c1::(.{1,600}?)\}\}")
LONGEST_FRONT = 32
"""Words."""
LONGEST_BACK = 15
SHORTEST_QUOTE = 25
"""Characters: a quote this short states a fact."""


class CardKind(StrEnum):
    """Whether the front asks, or leaves a gap."""

    QUESTION = "question"
    CLOZE = "cloze"


class CardRow(StrictModel):
    """A card as written in the file; the front of a cloze marks what it hides as `{{c1::hidden words}}`."""

    id: str = Field(pattern=r"^c[0-6]-[a-z0-9-]+$")
    consideration: str | None = Field(default=None, pattern=r"^[1-6]\.\d[a-z]$")
    kind: CardKind
    front: str
    back: str
    extra: str
    source: str
    quote: str = Field(min_length=SHORTEST_QUOTE)
    official: str = Field(default="", pattern=r"^(https://\S+)?$")

    @model_validator(mode="after")
    def _hides_its_back(self) -> "CardRow":
        hidden = _CLOZE.findall(self.front)
        if self.kind is CardKind.CLOZE and hidden != [self.back]:
            raise ValueError(f"{self.id}: the front hides {hidden}, and the back is {self.back!r}")
        if self.kind is CardKind.QUESTION and (hidden or not self.front.endswith("?")):
            raise ValueError(f"{self.id}: a question has no gap and ends with a question mark")
        if len(self.front.split()) > LONGEST_FRONT or len(self.back.split()) > LONGEST_BACK:
            raise ValueError(f"{self.id}: the front or the back is too long for one fact")
        return self


@dataclass(frozen=True, slots=True)
class Card:
    """A flash card; `front` holds `____` where a cloze hides its `back`. General knowledge has no section."""

    id: str
    section: int | None
    objective: str | None
    consideration: str | None
    kind: CardKind
    front: str
    back: str
    extra: str
    citation: Reference

    def as_question(self) -> Question:
        """The card as a question with one choice, its back: so it is sat, recorded and scheduled as questions are."""
        back = Choice(self.back, True, self.extra, self.citation)
        place = (self.section, self.objective, self.consideration)
        return Question(self.id, *place, QuestionKind.SINGLE, 1, Origin.CARD, self.front, (back,))


class Deck:
    """All flash cards that ship."""

    def __init__(self, cards: Sequence[Card]) -> None:
        self.cards = tuple(cards)

    def select(self, *, section: int | None = None, objective: str | None = None) -> list[Card]:
        """Cards that fit; raises `PracticeError` when none does."""
        fitting = [one for one in self.cards if section in (None, one.section) and objective in (None, one.objective)]
        if not fitting:
            raise PracticeError(
                f"No flash card fits section {section or 'any'}, objective {objective or 'any'}. Leave one of them out."
            )
        return fitting


def load_cards(syllabus: Syllabus, folder: Path = CORPUS / "cards") -> Deck:
    """Read and check every card file; cards on what the chosen guide does not name are left out.

    Raises `PracticeError` naming the file and the card that is wrong.
    """
    read = [_card(row, path, syllabus) for path in sorted(folder.glob("*.yaml")) for row in _read_rows(path)]
    cards = [card for card in read if card is not None]
    doubled = sorted(name for name, count in Counter(card.id for card in cards).items() if count > 1)
    if doubled:
        raise PracticeError(f"The card ids {', '.join(doubled)} are used more than once. Give each its own.")
    return Deck(cards)


def _read_rows(path: Path) -> list[CardRow]:
    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        return [CardRow.model_validate(row) for row in yaml.load(path.read_text(encoding="utf-8"), Loader=loader) or []]
    except (yaml.YAMLError, ValidationError) as error:
        raise PracticeError(f"{path.name} holds a broken flash card: {error}. Correct it.") from error


def _card(row: CardRow, path: Path, syllabus: Syllabus) -> Card | None:
    """The checked card; None where the chosen guide does not name its consideration."""
    if row.consideration and row.consideration not in {item.id for item in syllabus.newest.considerations}:
        raise PracticeError(f"{path.name}: {row.id} names the consideration {row.consideration}, which does not exist.")
    page = find_quote(row.source, row.quote)
    if page is None:
        raise PracticeError(
            f"{path.name}: {row.id} cites {row.quote!r}, which is not in {row.source}. Copy it exactly."
        )
    home = syllabus.home_of(row.consideration) if row.consideration else None
    if row.consideration and home is None:
        return None
    section, objective = (home[0].number, home[1].id) if home else (int(row.id[1]) or None, None)
    front = _CLOZE.sub(GAP, row.front)
    cited = Reference(row.source, page, row.quote, row.official)
    return Card(row.id, section, objective, row.consideration, row.kind, front, row.back, row.extra, cited)


def next_cards(
    cards: Sequence[Card], due: Sequence[str], seen: Collection[str], *, count: int, seed: int
) -> list[Question]:
    """Up to `count` cards as questions: those due in their order, then fresh ones over all considerations in turn."""
    there = {card.id: card.as_question() for card in cards}
    first = [there[name] for name in due if name in there]
    fresh = [question for name, question in there.items() if name not in seen]
    return (first + draw(fresh, count=max(0, count - len(first)), seed=seed))[:count]


def no_card_due(upcoming: Sequence[datetime], now: datetime) -> PracticeError:
    """The error for cards that all were learned and are not due."""
    later = [moment for moment in upcoming if moment > now]
    hint = f" The next one is due on {later[0]:%d %B %Y}." if later else ""
    return PracticeError(f"You know every flash card here, and none is due for review.{hint}")
