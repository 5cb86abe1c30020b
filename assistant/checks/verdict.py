"""Turns the features of a sentence into a verdict, with what does not match; the fitted weights are beside this file."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from assistant.checks.differences import changed_words, clause_pairs, condition_left_out, is_missing_name, shared_words
from assistant.checks.features import NAMES, Features, Surroundings, agreement, opposite_bounds
from assistant.checks.quantities import dates_in, missing_dates, missing_quantities, quantities_in
from assistant.checks.wording import flipped, opposites, reason_in, scopes
from assistant.checks.words import WordReader

WEIGHTS = Path(__file__).with_name("claims.json")
"""Fitted by `python -m eval.fit.claims`; the card is `claims.md`."""
ON_THE_SAME_MATTER = 0.4
"""Least agreement of a sentence with the unit that contradicts it; below it the sentence is about something else."""
LEFT_OUT = 0.5
"""Share of a condition, or of a reason, that must be missing to be named."""


class Verdict(StrEnum):
    """What the material says to a sentence."""

    SUPPORTED = "supported"
    """Nothing was found against it; no proof, because a subtle change of meaning can pass."""
    NOT_SUPPORTED = "not supported"
    CONTRADICTED = "contradicted"
    """The material says something else on the same matter."""
    NOT_CHECKED = "not checked"
    """A heading, a question, code or a fragment."""


class Difference(StrEnum):
    """In what a sentence differs from the material."""

    NUMBER = "number"
    DATE = "date"
    NAME = "name"
    NEGATION = "negation"
    DIRECTION = "direction"
    SCOPE = "scope"
    CONDITION = "condition"
    CAUSE = "cause"
    WORDS = "words"
    QUOTE = "quote"
    """Words between quotation marks that do not stand in the material."""
    CITATION = "citation"
    """Stands in the material, but not where the sentence says."""


CONTRADICTS = frozenset(
    {Difference.NUMBER, Difference.DATE, Difference.NAME, Difference.NEGATION, Difference.DIRECTION, Difference.SCOPE}
)


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A difference, with what the sentence says and what the material says; either may be empty."""

    kind: Difference
    said: str
    held: str


@dataclass(frozen=True, slots=True)
class Weights:
    """A logistic regression over `Features` and their squares: above `threshold` a sentence counts as faulty.

    The squares let a large difference count more than several small ones, which paraphrases have too.
    """

    weights: Mapping[str, float]
    squares: Mapping[str, float]
    bias: float
    threshold: float

    def probability(self, features: Features) -> float:
        """That the sentence is faulty, 0 to 1."""
        score = self.bias + sum(
            self.weights[name] * value + self.squares[name] * value * value
            for name, value in zip(NAMES, features.values(), strict=True)
        )
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))


@lru_cache(maxsize=1)
def load_weights(path: Path = WEIGHTS) -> Weights:
    """The fitted weights."""
    found = json.loads(path.read_text(encoding="utf-8"))
    return Weights(found["weights"], found["squares"], found["bias"], found["threshold"])


def mismatches(
    reader: WordReader, sentence: str, unit: str, heading: str, features: Features, around: Surroundings
) -> list[Mismatch]:
    """In what a faulty sentence differs from the unit nearest to it."""
    said, held, above = reader.read(sentence), reader.read(unit), reader.read(heading)
    numbers = ", ".join(one.written for one in quantities_in(unit))
    found = [
        Mismatch(Difference.NUMBER, one.written, numbers) for one in missing_quantities(said.text, f"{unit} {heading}")
    ]
    dates = ", ".join(dates_in(unit).values())
    found += [Mismatch(Difference.DATE, one, dates) for one in missing_dates(sentence, unit)]
    pairs = clause_pairs(said, held, above.terms)
    changed = {one.said.at: one.held.written for one in changed_words(reader, said, held, shared_words(pairs, held))}
    found += [
        Mismatch(Difference.NAME, word.written, changed.get(word.at, ""))
        for word in said.words
        if is_missing_name(word, held, above, around.names)
    ]
    if features.crossed:
        found.append(Mismatch(Difference.DIRECTION, sentence, unit))
    for one, other in pairs:
        found += [Mismatch(Difference.DIRECTION, *words) for words in opposites(one.text, other.text)]
        if flipped(one.text, other.text) and (features.polarity or features.turned):
            found.append(Mismatch(Difference.NEGATION, one.text, other.text))
    return (
        found + _of_scope(sentence, unit) + _left_out(reader, sentence, unit, features) + _words(reader, sentence, unit)
    )


def _of_scope(sentence: str, unit: str) -> list[Mismatch]:
    mine, theirs = scopes(sentence), scopes(unit)
    if opposite_bounds(mine, theirs):
        return [Mismatch(Difference.SCOPE, *(", ".join(side & {"at least", "at most"}) for side in (mine, theirs)))]
    added, dropped = (mine - theirs) & {"all", "only"}, (theirs - mine) & {"only", "at least", "at most"}
    return (
        [Mismatch(Difference.SCOPE, ", ".join(sorted(added)), ", ".join(sorted(dropped)))] if added or dropped else []
    )


def _left_out(reader: WordReader, sentence: str, unit: str, features: Features) -> list[Mismatch]:
    """A condition of the unit that is gone, and a reason that the unit does not give."""
    share, clause = condition_left_out(reader, reader.read(sentence), reader.read(unit))
    found = [Mismatch(Difference.CONDITION, "", clause)] if share >= LEFT_OUT else []
    if features.cause >= LEFT_OUT / 2:
        found.append(Mismatch(Difference.CAUSE, (reason_in(sentence) or "").strip(), (reason_in(unit) or "").strip()))
    return found


def _words(reader: WordReader, sentence: str, unit: str) -> list[Mismatch]:
    said, held = reader.read(sentence), reader.read(unit)
    near = reader.nearness(said.words, held.words)
    lacking = [word.written for word, share in zip(said.words, near, strict=True) if share == 0.0]
    return [Mismatch(Difference.WORDS, ", ".join(lacking), "")] if lacking else []


def verdict_on(reader: WordReader, sentence: str, unit: str, heading: str, found: list[Mismatch]) -> Verdict:
    """Whether a faulty sentence is contradicted by the nearest unit or merely not supported."""
    said, held, above = reader.read(sentence), reader.read(unit), reader.read(heading)
    on_the_matter = agreement(said, held, held.terms | above.terms) >= ON_THE_SAME_MATTER
    contradicts = any(one.kind in CONTRADICTS for one in found)
    return Verdict.CONTRADICTED if on_the_matter and contradicts else Verdict.NOT_SUPPORTED
