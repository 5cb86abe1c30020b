"""What a solver gets right of the bank: `python -m eval.bench.solver --home FOLDER [--section N] [--writer NAME] [--sight NAME]`.

It sees the options alone, stem and options (blind), or the cited passages as well (open). What it gets right from the options
alone, it gets from cues; in the blind sight from cues or from general knowledge; what it gets wrong with the passages, they
may not settle. That a model answers many public benchmarks from the options alone is the finding of Balepur, Ravichander
and Rudinger (ACL 2024), "Artifacts or Abduction". Single-choice items; the model answers with one letter at temperature 0, and
options stand as in the bank, whose keys are spread evenly. The last line gives the items whose passages do not help, and the
probability of every option in each sight, least where a distractor draws nobody.
"""

import argparse
import json
import math
import random
import re
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.checks.judge import TELL, first_word, tells_probabilities
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
WITHOUT_STEM = "The question is missing. Which of these options is most likely its right answer?"


class Sight(StrEnum):
    """What a solver sees of an item."""

    OPTIONS = "options"
    BLIND = "blind"
    OPEN = "open"


def item_text(question: Question, sight: Sight) -> str:
    """Stem and options as a solver sees them."""
    options = "\n".join(f"{letter}. {choice.text}" for letter, choice in zip(LETTERS, question.choices, strict=False))
    return f"{WITHOUT_STEM if sight is Sight.OPTIONS else question.prompt}\n{options}"


def notes_text(question: Question) -> str:
    """The cited passages of all options, each once, in an order that says nothing about the options."""
    notes = sorted({plain(choice.citation.quote) for choice in question.choices})
    random.Random(question.id).shuffle(notes)
    return "\n".join(f"- {note}" for note in notes)


def solve(model: "BaseChatModel", question: Question, sight: Sight) -> list[float]:
    """The probability that the model gives each option, in order; zeros when it gave no letter.

    Where the model does not tell probabilities, the letter it says has probability 1.
    """
    notes = WITH.format(notes=notes_text(question)) if sight is Sight.OPEN else ""
    prompt = notes + ASK.format(item=item_text(question, sight))
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
    """Print one line a section and, as JSON on the last line, the shares and the items whose passages do not help."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--section", type=int)
    parser.add_argument("--writer", default="local")
    parser.add_argument("--sight", type=Sight, nargs="+", choices=list(Sight), default=list(Sight))
    arguments = parser.parse_args()
    session = Session(arguments.home)
    model = session.writers.chat_model(arguments.writer)
    questions = [
        question
        for question in session.quizzes.bank.questions
        if question.kind is QuestionKind.SINGLE and arguments.section in (None, question.section)
    ]
    shares: dict[Sight, dict[str, list[float]]] = {sight: {} for sight in arguments.sight}
    for number, question in enumerate(questions, start=1):
        for sight in arguments.sight:
            shares[sight][question.id] = solve(model, question, sight)
        sys.stderr.write(f"\r{number}/{len(questions)}")
    right = {
        sight: {question.id for question in questions if chosen(given[question.id]) == min(question.key)}
        for sight, given in shares.items()
    }
    for section in sorted({question.section or 0 for question in questions}):
        inside = [question for question in questions if (question.section or 0) == section]
        rules = "  ".join(f"{name} {share:.2f}" for name, share in cue_accuracy(inside).items())
        _say(f"section {section}: {_accuracies(right, inside)}  n={len(inside)}  {rules}")
    _say(f"all: {_accuracies(right, questions)}  n={len(questions)}")
    told: dict[str, object] = {
        sight.value: {name: [round(share, 2) for share in one] for name, one in given.items()}
        for sight, given in shares.items()
    }
    if Sight.OPEN in right:
        told["passages do not help"] = [one.id for one in questions if one.id not in right[Sight.OPEN]]
    _say(json.dumps(told))


def chosen(shares: list[float]) -> int | None:
    """The option with the highest share, or None when all are zero."""
    return max(range(len(shares)), key=shares.__getitem__) if any(shares) else None


def _accuracies(right: dict[Sight, set[str]], questions: list[Question]) -> str:
    return "  ".join(
        f"{sight.value} {sum(one.id in found for one in questions) / len(questions):.3f}"
        for sight, found in right.items()
    )


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    main()
