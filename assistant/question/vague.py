"""Tells a question that is too vague to be answered, by its words alone: a linear model that `python -m eval.fit vague` fits."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

WEIGHTS = Path(__file__).resolve().parent / "weights" / "vague.json"
LONGEST = 40
"""Words that are looked at, the last ones: what a question is after stands at its end."""
_WORD = re.compile(r"\w+")
_NAMED = re.compile(r"[A-Z]\w*[A-Z0-9]\w*")


@dataclass(frozen=True, slots=True)
class VagueModel:
    """Weights of words, pairs of words, and forms; `ask_back_from` is the limit from which a question is asked back."""

    weights: Mapping[str, float]
    bias: float
    ask_back_from: float

    def probability(self, question: str) -> float:
        """That the question names too little of what it is about."""
        total = self.bias + sum(self.weights.get(name, 0.0) * value for name, value in features(question).items())
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def features(question: str) -> dict[str, float]:
    """Words and pairs of words, their values of length 1 together, and how the question is written."""
    written = _WORD.findall(question)[-LONGEST:]
    words = [word.lower() for word in written]
    grams = {*words, *(f"{one} {two}" for one, two in pairwise(["<", *words, ">"]))}
    named = sum(word[:1].isupper() for word in written[1:])
    short = sum(bool(_NAMED.fullmatch(word)) for word in written)
    numbers = sum(any(letter.isdigit() for letter in word) for word in written)
    forms = {
        "# words": len(words) / 20,
        "# named": named / 3,
        "# short names": short / 2,
        "# numbers": numbers / 2,
        "# nothing named": float(not named + short + numbers),
    }
    return {gram: 1 / math.sqrt(max(1, len(grams))) for gram in sorted(grams)} | forms


@cache
def load_vague(path: Path = WEIGHTS) -> VagueModel:
    """The fitted model beside the code."""
    return VagueModel(**json.loads(path.read_text(encoding="utf-8")))
