"""What one typing error costs: `python -m eval.bench.typos --home HOME`.

Of the evaluation's questions whose answer cites a gold passage, 200 are asked again with one error in a content word of five
letters or more: two letters swapped, one left out, doubled, or replaced by its neighbor on the keyboard. Lost is an answer
that cites the gold no longer. The home holds the shipped notes.
"""

import argparse
import json
import random
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from assistant.answers import Answer
from assistant.session import Session
from eval.cases import EvalCase, Expectation, load_cases

ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_WORD = re.compile(r"[A-Za-z]{5,}")
COMMON = frozenset(
    {
        "about",
        "after",
        "before",
        "being",
        "could",
        "doing",
        "during",
        "every",
        "itself",
        "should",
        "since",
        "their",
        "there",
    }
    | {"these", "those", "through", "under", "until", "where", "which", "while", "whose", "without", "would"}
)
"""Words that carry little of a question's matter."""


def with_typo(question: str, rng: random.Random) -> str:
    """The question with one error in one of its content words; unchanged where it has none."""
    words = [found for found in _WORD.finditer(question) if found.group().lower() not in COMMON]
    if not words:
        return question
    chosen = rng.choice(words)
    return question[: chosen.start()] + _misspelled(chosen.group(), rng) + question[chosen.end() :]


def _misspelled(word: str, rng: random.Random) -> str:
    at = rng.randrange(1, len(word) - 1)
    kind = rng.choice(("swap", "drop", "double", "neighbor"))
    if kind == "swap":
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind == "drop":
        return word[:at] + word[at + 1 :]
    return word[:at] + (word[at] * 2 if kind == "double" else _neighbor(word[at], rng)) + word[at + 1 :]


def _neighbor(letter: str, rng: random.Random) -> str:
    row = next(row for row in ROWS if letter.lower() in row)
    at = row.index(letter.lower())
    return rng.choice([row[one] for one in (at - 1, at + 1) if 0 <= one < len(row)])


def cites_gold(answer: Answer, case: EvalCase) -> bool:
    """Whether a citation overlaps the words of a gold span."""
    quotes = [" ".join(citation.shown.split()) for citation in answer.citations]
    wanted = [" ".join(span.quote.split()) for span in case.gold]
    return any(gold in quote or quote in gold for quote in quotes for gold in wanted)


def measure(session: Session, cases: Sequence[EvalCase], count: int, seed: int) -> dict[str, object]:
    """Shares of the answers that are kept, and the questions that lose theirs."""
    rng = random.Random(seed)
    writer = session.writers.open("quotes")
    mixed = rng.sample(list(cases), len(cases))
    lost, asked, refused = [], 0, 0
    for case in mixed:
        if asked == count:
            break
        wrong = with_typo(case.question, rng)
        if wrong == case.question or not cites_gold(session.assistant.ask(case.question, writer), case):
            continue
        asked += 1
        answer = session.assistant.ask(wrong, writer)
        if not cites_gold(answer, case):
            lost.append(wrong)
            refused += answer.refused
    return {"asked": asked, "lost": len(lost) / max(1, asked), "refused": refused / max(1, asked), "questions": lost}


def main(arguments: Sequence[str] | None = None) -> None:
    """Ask, and print what was lost as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    wish = parser.parse_args(arguments)
    cases = [case for case in load_cases() if case.expect is Expectation.ANSWER and not case.earlier]
    found = measure(Session(wish.home), cases, wish.count, wish.seed)
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
