"""Blind and open-book accuracy of the bank: `python -m eval.bench.solver --home FOLDER [--section N] [--writer local]`.

A solver that sees stem and options alone should do badly: what it gets right, it gets from cues or from general knowledge.
One that also sees the cited passages should do well: what it gets wrong, the passages may not settle. Single-choice items;
the model answers with one letter at temperature 0, and options stand as in the bank, whose keys are spread evenly. The last line
also gives the blind solver's probability of every option, least where a distractor draws nobody.
"""

import argparse
import json
import math
import random
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.judge import TELL, first_word, tells_probabilities
from assistant.practice.checks import cue_accuracy
from assistant.practice.questions import LETTERS, Question, QuestionKind
from assistant.session import Session
from ingest.units import plain

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

ASK = (
    "Answer this multiple-choice question. Reply with one letter, A, B, C or D, and nothing else.\n\n{item}\n\nLetter:"
)
WITH = "Use these notes:\n{notes}\n\n"


def item_text(question: Question) -> str:
    """Stem and options as a solver sees them."""
    options = "\n".join(f"{letter}. {choice.text}" for letter, choice in zip(LETTERS, question.choices, strict=False))
    return f"{question.prompt}\n{options}"


def notes_text(question: Question) -> str:
    """The cited passages of all options, each once, in an order that says nothing about the options."""
    notes = sorted({plain(choice.citation.quote) for choice in question.choices})
    random.Random(question.id).shuffle(notes)
    return "\n".join(f"- {note}" for note in notes)


def solve(model: "BaseChatModel", question: Question, *, open_book: bool) -> list[float]:
    """The probability that the model gives each option, in order; zeros when it gave no letter.

    Where the model does not tell probabilities, the letter it says has probability 1.
    """
    prompt = (WITH.format(notes=notes_text(question)) if open_book else "") + ASK.format(item=item_text(question))
    message = model.invoke(prompt, temperature=0, **(TELL if tells_probabilities(model) else {"max_tokens": 4}))
    said = first_word(message)
    if not said and (found := re.search(r"[ABCD]", message.text)):
        said = {found.group(): 0.0}  # certain: the logarithm of 1
    shares = [
        sum(math.exp(chance) for word, chance in said.items() if word.strip() == letter)
        for letter in LETTERS[: len(question.choices)]
    ]
    return [share / sum(shares) for share in shares] if sum(shares) else shares


def main() -> None:
    """Print one line a section and the items whose passages do not help, as JSON on the last line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--section", type=int)
    parser.add_argument("--writer", default="local")
    arguments = parser.parse_args()
    session = Session(arguments.home)
    model = session.chat_model(arguments.writer)
    questions = [
        question
        for question in session.bank.questions
        if question.kind is QuestionKind.SINGLE and arguments.section in (None, question.section)
    ]
    blind: dict[int, list[bool]] = {}
    opened: dict[int, list[bool]] = {}
    unhelped, shares = [], {}
    for number, question in enumerate(questions, start=1):
        section, key = question.section or 0, min(question.key)
        closed = solve(model, question, open_book=False)
        blind.setdefault(section, []).append(chosen(closed) == key)
        opened.setdefault(section, []).append(chosen(solve(model, question, open_book=True)) == key)
        shares[question.id] = [round(share, 2) for share in closed]
        if not opened[section][-1]:
            unhelped.append(question.id)
        sys.stderr.write(f"\r{number}/{len(questions)}")
    for section in sorted(blind):
        cues = cue_accuracy([question for question in questions if question.section == section])
        rules = "  ".join(f"{name} {share:.2f}" for name, share in cues.items())
        _say(
            f"section {section}: blind {_mean(blind[section]):.2f}  open book {_mean(opened[section]):.2f}  "
            f"n={len(blind[section])}  {rules}"
        )
    everything = [one for group in blind.values() for one in group], [one for group in opened.values() for one in group]
    _say(f"all: blind {_mean(everything[0]):.3f}  open book {_mean(everything[1]):.3f}  n={len(questions)}")
    _say(json.dumps({"passages do not help": unhelped, "blind": shares}))


def chosen(shares: list[float]) -> int | None:
    """The option with the highest share, or None when all are zero."""
    return max(range(len(shares)), key=shares.__getitem__) if any(shares) else None


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _mean(values: list[bool]) -> float:
    return sum(values) / len(values) if values else 0.0


if __name__ == "__main__":
    main()
