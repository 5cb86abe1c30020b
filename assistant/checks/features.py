"""What is seen when a sentence is laid beside a unit of the material: overlap, and what differs in numbers, names, small words.

Every feature grows with what speaks against the sentence, and nearly all are 0 for one that stands in the material word for
word. A difference weighs more the more the rest agrees, so most are multiplied by that agreement. Nothing here knows a topic;
the weights that turn features into a probability are fitted (`eval/fit/claims.py`).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from assistant.checks.differences import (
    changed_words,
    clause_pairs,
    condition_left_out,
    crossed,
    is_missing_name,
    polarity,
    reason_not_given,
    said_by_another,
    shared_words,
    torn_apart,
    turned,
)
from assistant.checks.quantities import missing_dates, missing_quantities
from assistant.checks.wording import opposites, scopes
from assistant.checks.words import Text, WordReader

MOST = 2.0
"""Further missing numbers, dates or names say no more."""


@dataclass(frozen=True, slots=True)
class Features:
    """One sentence beside one unit; shares run from 0 to 1 and are weighted by the rarity of the words."""

    unsaid: float
    """Share of the sentence's words without one of near sense in the unit or its headings."""
    distance: float
    """One less the cosine of the sentence's vector and the unit's."""
    weakest: float
    """What every unit that was found lacks of the clause that is borne out least."""
    elsewhere: float
    """How many other units hold a rare word that this unit lacks: the subject of one fact with what is said of another."""
    another: float
    """Share of the sentence that one other unit says and this one does not."""
    apart: float
    """Rarity of words that stand side by side in the sentence and in different clauses of the unit."""
    replaced: float
    """How far technical words in each other's place are from each other in sense."""
    crossed: float
    """Two opposites that are named in another order."""
    opposites: float
    """Words whose opposite stands in the unit's matching clause."""
    numbers: float
    dates: float
    names: float
    """Names of the sentence that the unit and its headings lack."""
    terms: float
    """How technical the most technical word is that the unit lacks."""
    polarity: float
    """Share of the words behind a negation that are so on one side alone."""
    turned: float
    """Share of the sentence's clauses that one side negates and the other does not."""
    scope_dropped: float
    only_dropped: float
    """Whether the unit says `only` of a shared word and the sentence does not."""
    bound: float
    """At least on one side, at most on the other."""
    condition: float
    """What the sentence leaves out of the unit's conditions and exceptions."""
    cause: float
    """What the unit's reason lacks of the reason that the sentence gives."""

    def values(self) -> list[float]:
        """In the order of `NAMES`."""
        return [getattr(self, name) for name in NAMES]


NAMES = tuple(field.name for field in fields(Features))


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all units that were found for a sentence say about it."""

    weakest: float
    """What every unit lacks of the clause that is borne out least."""
    names: frozenset[str]
    """Words that some units write as names inside a sentence, in lower case; a sentence's first word may be one of them."""
    texts: tuple[Text, ...]
    """The units, read."""
    shares: Mapping[str, float]
    """For each index term the share of the units that hold it."""


def surroundings(reader: WordReader, sentence: str, units: Sequence[str]) -> Surroundings:
    """What the units found for a sentence say about it as a whole."""
    texts = [reader.read(unit) for unit in units]
    counts = Counter(term for text in texts for term in text.terms)
    long_clauses = [clause for clause in reader.read(sentence).clauses if len(clause.words) > 2]
    lacking = [min((1 - reader.meant(clause, one.words) for one in texts), default=1.0) for clause in long_clauses]
    return Surroundings(
        weakest=max(lacking, default=0.0),
        names=frozenset(word.written for text in texts for word in text.words if word.named),
        texts=tuple(texts),
        shares={term: count / len(texts) for term, count in counts.items()},
    )


def closeness(reader: WordReader, sentence: str, unit: str, heading: str, cosine: float) -> float:
    """How much of a sentence a unit is about; the verdict is made beside the closest one."""
    said = reader.read(sentence)
    held = [*reader.read(unit).words, *reader.read(heading).words]
    terms = frozenset[str]().union(*(word.terms for word in held))
    return reader.meant(said, held) + 0.3 * said.share_in(terms) + cosine


def compare(
    reader: WordReader, sentence: str, unit: str, heading: str, *, cosine: float, around: Surroundings
) -> Features:
    """The features of a sentence beside a unit under its headings; `cosine` is that of their vectors."""
    said, held, above = reader.read(sentence), reader.read(unit), reader.read(heading)
    known = held.terms | above.terms
    near = reader.nearness(said.words, [*held.words, *above.words])
    lacking = [word for word in said.words if not word.terms & known]
    agree = agreement(said, held, known)
    pairs = clause_pairs(said, held, above.terms)
    matches = shared_words(pairs, held)
    changed = changed_words(reader, said, held, matches)
    mine, theirs = scopes(sentence), scopes(unit)
    return Features(
        unsaid=max(0.0, 1 - reader.meant(said, [*held.words, *above.words])),
        distance=1 - cosine,
        weakest=around.weakest,
        elsewhere=max((word.rarity * _share(around, word.terms) for word in lacking), default=0.0),
        another=said_by_another(said, known, around.texts),
        apart=agree * torn_apart(matches),
        replaced=agree * max((one.distance for one in changed), default=0.0),
        crossed=agree * float(crossed(said.text, held.text)),
        opposites=agree * min(MOST, sum(len(opposites(one.text, other.text)) for one, other in pairs)),
        numbers=min(MOST, len(missing_quantities(said.text, f"{unit} {heading}"))),
        dates=min(MOST, len(missing_dates(sentence, unit))),
        names=min(MOST, sum(is_missing_name(word, held, above, around.names) for word in said.words)),
        terms=max(
            (word.technical * (1 - float(share)) for word, share in zip(said.words, near, strict=True)), default=0.0
        ),
        polarity=agree * polarity(said, held, matches),
        turned=agree * turned(pairs, above.terms),
        scope_dropped=agree * float(len((theirs - mine) & {"only", "at least", "at most"})),
        only_dropped=float("only" not in mine and any(other.only and not one.only for one, other in matches)),
        bound=agree * float(opposite_bounds(mine, theirs)),
        condition=agree * condition_left_out(reader, said, held)[0],
        cause=reason_not_given(reader, sentence, held, above),
    )


def agreement(said: Text, held: Text, known: frozenset[str]) -> float:
    """How near a sentence is to a copy, 0 to 1: what it shares with the unit, seen from both sides."""
    clauses = [clause.share_in(said.terms) for clause in held.clauses if len(clause.words) > 1]
    return said.share_in(known) * max([*clauses, held.share_in(said.terms)])


def opposite_bounds(mine: frozenset[str], theirs: frozenset[str]) -> bool:
    """Whether one side says at least and the other at most, and neither says both."""
    bounds = {"at least", "at most"}
    return len(mine & bounds) == 1 and len(theirs & bounds) == 1 and mine & bounds != theirs & bounds


def _share(around: Surroundings, terms: frozenset[str]) -> float:
    return max((around.shares.get(term, 0.0) for term in terms), default=0.0)
