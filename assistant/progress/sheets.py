"""Questions, flash cards and attempts as CSV for spreadsheets, and as tab-separated pairs for Quizlet; no cell is a formula."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from assistant.practice.cards import Card
from assistant.practice.questions import LETTERS, Question
from assistant.progress.store import Attempt
from ingest.units import plain

FORMULA = frozenset("=+-@＝＋－＠|%")
"""What spreadsheets take for the beginning of a formula, wide forms included."""
MOST_OPTIONS = 6
QUESTION_COLUMNS = (
    "question", "answer", "reason", *(f"option {letter}" for letter in LETTERS[:MOST_OPTIONS]), "key", "why not the others",
    "source", "official page", "section", "objective", "consideration", "difficulty", "id",
)  # fmt: skip
CARD_COLUMNS = ("question", "answer", "reason", "source", "official page", "section", "consideration", "id")
ATTEMPT_COLUMNS = (
    "at", "question", "section", "objective", "consideration", "origin", "chosen", "correct", "credit", "sure", "seconds",
)  # fmt: skip
_FENCED = re.compile(r"(?<!`)```[^\n`]*\n(.*?)\n?```", re.DOTALL)


def attempts_csv(attempts: Sequence[Attempt]) -> str:
    """One row an attempt, oldest first."""
    return _table(ATTEMPT_COLUMNS, map(_attempt_row, attempts))


def _attempt_row(one: Attempt) -> list[object]:
    chosen = "".join(LETTERS[at] for at in one.chosen)
    place = [one.question, one.section or "", one.objective or "", one.consideration or ""]
    said = ["" if one.sure is None else int(one.sure), "" if one.seconds is None else round(one.seconds)]
    return [one.at.isoformat(), *place, one.origin, chosen, int(one.correct), one.credit, *said]


def questions_csv(questions: Sequence[Question]) -> str:
    """One row a question with its options, key and reasons; question and answer come first, for programs that take pairs."""
    return _table(QUESTION_COLUMNS, map(_question_row, questions))


def _question_row(question: Question) -> list[object]:
    right = [choice for choice in question.choices if choice.correct]
    wrong = [
        f"{letter}: {plain(one.why)}" for letter, one in zip(LETTERS, question.choices, strict=False) if not one.correct
    ]
    options = [plain(choice.text) for choice in question.choices]
    cited = right[0].citation
    return [
        as_text(question.prompt),
        "; ".join(plain(choice.text) for choice in right),
        " ".join(plain(choice.why) for choice in right),
        *(options + [""] * MOST_OPTIONS)[:MOST_OPTIONS],
        "".join(LETTERS[at] for at in sorted(question.key)),
        "\n".join(wrong),
        f"{cited.source}, page {cited.page}",
        cited.official,
        question.section or "",
        question.objective or "",
        question.consideration or "",
        question.difficulty,
        question.id,
    ]


def cards_csv(cards: Sequence[Card]) -> str:
    """One row a flash card."""
    rows = (
        [
            plain(card.front),
            plain(card.back),
            plain(card.extra),
            f"{card.citation.source}, page {card.citation.page}",
            card.citation.official,
            card.section or "",
            card.consideration or "",
            card.id,
        ]
        for card in cards
    )
    return _table(CARD_COLUMNS, rows)


def quizlet_text(questions: Sequence[Question], cards: Sequence[Card]) -> str:
    """One line a question or card, a tab between front and back: what Quizlet's import takes."""
    pairs = [(plain(card.front), f"{plain(card.back)}. {plain(card.extra)}") for card in cards]
    for question in questions:
        options = " ".join(
            f"{letter}. {plain(one.text)}" for letter, one in zip(LETTERS, question.choices, strict=False)
        )
        key = [(letter, one) for letter, one in zip(LETTERS, question.choices, strict=False) if one.correct]
        answer = " ".join(f"{letter}. {plain(one.text)} — {plain(one.why)}" for letter, one in key)
        pairs.append((f"{as_text(question.prompt)} {options}", answer))
    return "".join(f"{as_cell(_line(front))}\t{as_cell(_line(back))}\n" for front, back in pairs)


def as_text(markdown: str) -> str:
    """A stem without Markdown; the lines of code stay as they are."""
    parts = _FENCED.split(markdown)
    return "\n".join(part if at % 2 else plain(part) for at, part in enumerate(parts) if part.strip())


def as_cell(words: str) -> str:
    """Text that a spreadsheet takes for text: what looks like a formula gets the apostrophe that says it is none."""
    return f"'{words}" if words.lstrip()[:1] in FORMULA or (words[:1] in "\t\r\n" and words) else words


def _line(words: str) -> str:
    return " ".join(words.split())


def _table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([as_cell(cell) if isinstance(cell, str) else cell for cell in row])
    return text.getvalue()
