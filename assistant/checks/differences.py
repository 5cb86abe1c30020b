"""Where a sentence differs from a unit of the material: shared and changed words, conditions left out, reasons not given."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from assistant.checks.wording import CONDITION, OPPOSITES, flipped, opposites, reason_in, words_of
from assistant.checks.words import Text, Word, WordReader

SAME_CLAUSE = 0.5
"""Least share of a clause's words, by rarity, that the matching clause of the unit holds. Chosen by eye."""
Pairs = Sequence[tuple[Text, Text]]
Matches = Sequence[tuple[Word, Word]]
"""Words of the sentence with the same words of the unit."""


@dataclass(frozen=True, slots=True)
class ChangedWords:
    """A word of the sentence and the word of the unit in its place."""

    said: Word
    held: Word
    distance: float
    """How far they are from each other in sense, weighted by how technical both are."""
    opposites: bool


def clause_pairs(said: Text, held: Text, above: frozenset[str]) -> list[tuple[Text, Text]]:
    """Each clause of the sentence with the unit's clause that holds most of it."""
    return [
        (clause, max(held.clauses, key=lambda one: (clause.share_in(one.terms | above), one.share_in(clause.terms))))
        for clause in said.clauses
        if clause.words and held.clauses
    ]


def shared_words(pairs: Pairs, held: Text) -> list[tuple[Word, Word]]:
    """Shared words, each used once: those of the matching clause first, those equally negated before others."""
    taken: set[int] = set()
    found = []
    for mine, theirs in pairs:
        for word in mine.words:
            fitting = [one for one in (*theirs.words, *held.words) if one.terms & word.terms and one.at not in taken]
            if fitting:
                best = min(fitting, key=lambda one: one.negated != word.negated)
                taken.add(best.at)
                found.append((word, best))
    return found


def torn_apart(matches: Matches) -> float:
    """Rarity of the rarest pair of neighbors of the sentence that stand in different clauses of the unit."""
    torn = [
        min(one.rarity, other.rarity)
        for (one, its), (other, others) in pairwise(matches)
        if one.clause == other.clause and its.clause != others.clause
    ]
    return max(torn, default=0.0)


def polarity(said: Text, held: Text, matches: Matches) -> float:
    """Share, by rarity, of the shared words negated on either side that only one side negates, and whose clauses differ."""
    either = [(one, other) for one, other in matches if one.negated or other.negated]
    total = sum(one.rarity for one, _ in either)
    apart = [
        one.rarity
        for one, other in either
        if one.negated != other.negated and flipped(said.clauses[one.clause].text, held.clauses[other.clause].text)
    ]
    return sum(apart) / total if total else 0.0


def turned(pairs: Pairs, above: frozenset[str]) -> float:
    """Of the clauses that the unit has too, the share by rarity that one side negates and the other does not."""
    both = [(one, other) for one, other in pairs if one.share_in(other.terms | above) >= SAME_CLAUSE]
    total = sum(one.weight for one, _ in both)
    return sum(one.weight for one, other in both if flipped(one.text, other.text)) / total if total else 0.0


def said_by_another(said: Text, known: frozenset[str], others: Sequence[Text]) -> float:
    """Of the sentence, by rarity, the most that one other unit says of what this unit lacks."""
    lacking = [word for word in said.words if not word.terms & known]
    shares = [sum(word.rarity for word in lacking if word.terms & other.terms) for other in others]
    return max(shares, default=0.0) / said.weight if said.weight else 0.0


def changed_words(reader: WordReader, said: Text, held: Text, matches: Matches) -> list[ChangedWords]:
    """Words in each other's place: not shared, while the word before or behind them is."""
    partner = {one.at: other for one, other in matches}
    used = {other.at for _, other in matches}
    after = {one.at: two for one, two in pairwise(held.words)}
    before = {two.at: one for one, two in pairwise(held.words)}
    found = []
    for place, word in enumerate(said.words):
        if word.at in partner:
            continue
        spots = []
        if place and (left := partner.get(said.words[place - 1].at)):
            spots.append(after.get(left.at))
        if place + 1 < len(said.words) and (right := partner.get(said.words[place + 1].at)):
            spots.append(before.get(right.at))
        found += [
            _changed(reader, word, other)
            for other in spots
            if other is not None and other.at not in used and not other.terms & said.terms
        ]
    return found


def _changed(reader: WordReader, word: Word, other: Word) -> ChangedWords:
    far = 1 - float(reader.nearness([word], [other])[0])
    return ChangedWords(
        word, other, min(word.technical, other.technical) * far, bool(opposites(word.written, other.written))
    )


def crossed(said: str, held: str) -> bool:
    """Whether both texts hold both sides of a pair of opposites in another order: `low` before `high`, `high` before `low`."""
    mine, theirs = words_of(said), words_of(held)
    return any(_order(mine, *pair) * _order(theirs, *pair) < 0 for pair in OPPOSITES)


def _order(words: Sequence[str], side: frozenset[str], other: frozenset[str]) -> int:
    """1 when a word of the side comes before those of the other, -1 when behind them, 0 when one of them has none."""
    one = next((at for at, word in enumerate(words) if word in side), None)
    two = next((at for at, word in enumerate(words) if word in other), None)
    return 0 if one is None or two is None else (1 if one < two else -1)


def is_missing_name(word: Word, held: Text, above: Text, names: frozenset[str]) -> bool:
    """Whether a word is a name that stands nowhere in the unit or its headings; `A_B` is another name than `A`.

    A sentence's first word is a name when it is one of `names`. A heading with `A` excuses nothing where the unit has `A_B`.
    """
    if not word.named and not (word.at == 0 and word.written in names):
        return False
    written = word.written.removesuffix("'s")
    if "_" in written and _has_sibling(written, [one.written for one in held.words]):
        return True
    forms = {one.written.removesuffix("'s") for one in (*held.words, *above.words)}
    if {written, written.removesuffix("s"), f"{written}s"} & forms:
        return False
    whole = any(mark in written for mark in "_.") and "-" not in written
    return whole or not word.terms & (held.terms | above.terms)


def _has_sibling(name: str, others: Sequence[str]) -> bool:
    """Whether only a longer or shorter form of a name is among others: `arima_plus` where `arima_plus_xreg` is."""
    return name not in others and any(
        other.startswith(f"{name}_") or (name.startswith(f"{other}_") and "_" in other) for other in others
    )


def condition_left_out(reader: WordReader, said: Text, held: Text) -> tuple[float, str]:
    """The largest share that the sentence leaves out of a condition in the unit, and that condition."""
    conditions = [clause for clause in held.clauses if CONDITION.search(clause.text) and clause.words]
    return max(((1 - reader.meant(clause, said.words), clause.text) for clause in conditions), default=(0.0, ""))


def reason_not_given(reader: WordReader, sentence: str, held: Text, above: Text) -> float:
    """What the unit's reason, or the whole unit where it gives none, lacks of the sentence's reason; 0 without a reason."""
    reason = reason_in(sentence)
    if reason is None:
        return 0.0
    given = reason_in(held.text)
    words = (reader.read(given) if given else held).words
    return max(0.0, 1 - reader.meant(reader.read(reason), [*words, *above.words]))
