"""Questions and cards that somebody else made: what one is, and how it reads as material.

Wrong choices are never written as if they were facts: they stand in one line that says that they are not correct.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.raw import RawPage

CARDS_A_PAGE = 100


@dataclass(frozen=True, slots=True)
class CardChoice:
    """An answer to choose, and the reason given for it."""

    text: str
    correct: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A question with its answer, or with choices, some of them right."""

    question: str
    answer: str
    explanation: str = ""
    choices: tuple[CardChoice, ...] = ()
    topic: str = ""
    """The section, deck or tags it was filed under."""


def card_text(card: Card) -> str:
    """A card as Markdown: the question as a heading over its answer and what explains it."""
    right = [choice for choice in card.choices if choice.correct]
    wrong = [choice for choice in card.choices if not choice.correct]
    blocks = [f"## {' '.join(card.question.split())}", card.answer if not right else ""]
    blocks.append(
        "\n".join(f"- {_line(choice.text)}" for choice in right)
        if len(right) > 1
        else _line(right[0].text)
        if right
        else ""
    )
    blocks += [card.explanation, *(choice.why for choice in right)]
    if wrong:
        blocks.append(f"Not correct: {'; '.join(_line(choice.text) for choice in wrong)}")
    blocks += [f"Not “{_line(choice.text)}”: {_line(choice.why)}" for choice in wrong if choice.why]
    return "\n\n".join(block.strip() for block in blocks if block.strip())


def _line(text: str) -> str:
    return " ".join(text.split())


def card_pages(cards: Sequence[Card], name: str = "") -> tuple[RawPage, ...]:
    """Cards as pages of a hundred, labeled with the name of the deck and the numbers of the cards where there are more."""
    pages = []
    for start in range(0, len(cards), CARDS_A_PAGE):
        some = cards[start : start + CARDS_A_PAGE]
        numbers = f"cards {start + 1}-{start + len(some)}" if len(cards) > CARDS_A_PAGE else ""
        pages.append(RawPage("\n\n".join(map(card_text, some)), ", ".join(filter(None, (name, numbers)))))
    return tuple(pages)
