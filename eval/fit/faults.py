"""Plants faults of ten kinds into true sentences by rule, to have enough examples to fit on; same seed, same faults."""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.checks.quantities import MONTHS, dates_in
from assistant.checks.wording import CAUSE, CONDITION, OPPOSITES, clauses

_MONTHS = [name.title() for name in MONTHS]
_VERB = re.compile(r"\b(is|are|can|does|do|must|will|may|has|have|was|were)\b(?!\s+not\b)(?!not)")
_FINITE = re.compile(
    r"\b(support|need|use|return|keep|take|give|make|read|run|write|store|serve|hold|fit|suit|ask|learn|train|compare|allow)s\b"
)
_NOT = re.compile(
    r"\b(?:do|does) not\b|\bcan(?:not|'t)\b|\b(is|are|must|may|has|have|was|were|will) not\b|\bno longer\b"
)
NAME = re.compile(
    r"(?<=\s)(?:[A-Z][\w.+-]*[A-Z_\d][\w.+-]*|[A-Z][a-z]+(?:\s[A-Z][A-Za-z]+)+|[A-Z][a-z]{3,})(?=[\s,.;])"
)
_NUMBER = re.compile(r"(?<![\w.])\d+(?:,\d{3})*(?:\.\d+)?(?![\w.]*\d)")
_SCOPE = [
    ("only", "also"), ("all", "some"), ("every", "no"), ("always", "sometimes"), ("never", "often"), ("at most", "at least"),
    ("at least", "at most"), ("each", "no"), ("most", "all"), ("some", "all"), ("may", "must always"), ("can", "must always"),
    ("usually", "always"), ("often", "always"), ("both", "neither of"), ("up to", "at least"),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Material:
    """What faults are made from: other true sentences and names of the same note, and sentences of other notes."""

    neighbors: Sequence[str]
    names: Sequence[str]
    terms: Sequence[str]
    """Technical words in lower case."""
    strangers: Sequence[str]


Fault = Callable[[str, Material, random.Random], str | None]


def number(sentence: str, material: Material, rng: random.Random) -> str | None:
    """Another number in place of one."""
    dated = " ".join(dates_in(sentence).values())
    spots = [found for found in _NUMBER.finditer(sentence) if found.group() not in dated]
    if not spots:
        return None
    spot = rng.choice(spots)
    value = float(spot.group().replace(",", ""))
    changed = rng.choice([value * 2, value * 10, value + 1, value + 5, value / 2])
    text = f"{changed:,.2f}".rstrip("0").rstrip(".") if changed % 1 else f"{int(changed):,}"
    return sentence[: spot.start()] + text + sentence[spot.end() :]


def date(sentence: str, material: Material, rng: random.Random) -> str | None:
    """Another month or year."""
    written = list(dates_in(sentence).values())
    if not written:
        return None
    old = rng.choice(written)
    month = next((name for name in _MONTHS if name in old), "")
    year = re.search(r"20\d\d", old)
    if rng.random() < 0.5 and month:
        return sentence.replace(old, old.replace(month, rng.choice([one for one in _MONTHS if one != month])))
    return (
        sentence.replace(old, old.replace(year.group(), str(int(year.group()) + rng.choice([-1, 1])))) if year else None
    )


def name(sentence: str, material: Material, rng: random.Random) -> str | None:
    """Another name of the same note in place of one."""
    spots = list(NAME.finditer(sentence))
    others = [one for one in material.names if one not in sentence]
    if not spots or not others:
        return None
    spot = rng.choice(spots)
    return sentence[: spot.start()] + rng.choice(others) + sentence[spot.end() :]


def term(sentence: str, material: Material, rng: random.Random) -> str | None:
    """Another technical word of the same note in place of one: `precision` for `recall`."""
    mine = [word for word in re.findall(r"\b[a-z]{4,}\b", sentence) if word in material.terms]
    if not mine:
        return None
    old = rng.choice(mine)
    others = [one for one in material.terms if one not in sentence and one[-1:] == old[-1:] and one[:4] != old[:4]]
    return re.sub(rf"\b{old}\b", rng.choice(others), sentence, count=1) if others else None


def negation(sentence: str, material: Material, rng: random.Random) -> str | None:
    """A `not` put in or taken out."""
    if found := _NOT.search(sentence):
        kept = {"cannot": "can", "can't": "can"}.get(found.group(), found.group(1) or "")
        return " ".join(f"{sentence[: found.start()]}{kept}{sentence[found.end() :]}".split())
    spots = list(_VERB.finditer(sentence))
    if spots:
        spot = rng.choice(spots[:2])
        return f"{sentence[: spot.end()]} not{sentence[spot.end() :]}"
    if finite := _FINITE.search(sentence):
        return f"{sentence[: finite.start()]}does not {finite.group(1)}{sentence[finite.end() :]}"
    return None


def scope(sentence: str, material: Material, rng: random.Random) -> str | None:
    """All for some, only for also, at least for at most."""
    found = [(old, new) for old, new in _SCOPE if re.search(rf"\b{old}\b", sentence, re.IGNORECASE)]
    if not found:
        return None
    old, new = rng.choice(found)
    return re.sub(rf"\b{old}\b", new, sentence, count=1, flags=re.IGNORECASE)


def direction(sentence: str, material: Material, rng: random.Random) -> str | None:
    """A word of direction for its opposite of the same ending; where both stand in the sentence they change places."""
    if swapped := _swapped(sentence):
        return swapped
    found: list[tuple[str, str]] = []
    for pair in OPPOSITES:
        for side, other in (pair, pair[::-1]):
            for word in sorted(side):
                if re.search(rf"\b{word}\b", sentence, re.IGNORECASE):
                    found += [(word, one) for one in sorted(other) if one[-2:] == word[-2:]] or [(word, min(other))]
    if not found:
        return None
    old, new = rng.choice(found)
    return re.sub(rf"\b{old}\b", new, sentence, count=1, flags=re.IGNORECASE)


def _swapped(sentence: str) -> str | None:
    """The sentence with two opposites in each other's place; None where it does not hold both."""
    words = re.findall(r"[A-Za-z]+", sentence)
    for side, other in OPPOSITES:
        one = next((word for word in words if word in side), None)
        two = next((word for word in words if word in other), None)
        if one and two:
            turned = {one: two, two: one}
            return "".join([turned.get(piece, piece) for piece in map(str, re.split(rf"\b({one}|{two})\b", sentence))])
    return None


def condition(sentence: str, material: Material, rng: random.Random) -> str | None:
    """A condition or exception left out."""
    pieces = clauses(sentence)
    spots = [at for at, piece in enumerate(pieces) if CONDITION.match(piece) and len(piece.split()) > 2]
    if not spots or len(pieces) < 2:
        return None
    rest = [piece for at, piece in enumerate(pieces) if at != rng.choice(spots)]
    return " ".join(rest).rstrip(",;.") + "." if len(" ".join(rest).split()) >= 4 else None


def cause(sentence: str, material: Material, rng: random.Random) -> str | None:
    """The reason of another sentence, or one where none was given."""
    others = [
        one[found.end() :]
        for one in material.neighbors
        if one != sentence and (found := re.search(r"\bbecause\b", one))
    ]
    if not others:
        return None
    found = CAUSE.search(sentence)
    head = sentence[: found.start()] if found and found.start() > 20 else sentence
    return f"{head.strip().rstrip(',;.')}, because{rng.choice(others)}"


def mixed(sentence: str, material: Material, rng: random.Random) -> str | None:
    """The subject of one sentence with what another of the same note says."""
    verb = re.compile(
        r"\b(?:is|are|can|does|must|may|has|have|needs?|uses?|returns?|keeps?|takes?|gives?|fits?|suits?|reads?|runs?)\b"
    )
    mine = verb.search(sentence)
    others = [
        (one, found)
        for one in material.neighbors
        if one != sentence and (found := verb.search(one)) and found.start() > 4
    ]
    if mine is None or mine.start() < 4 or not others:
        return None
    one, found = rng.choice(others)
    return sentence[: mine.start()] + one[found.start() :]


def invented(sentence: str, material: Material, rng: random.Random) -> str | None:
    """A claim from elsewhere put behind the sentence."""
    stranger = rng.choice(material.strangers)
    verb = re.search(
        r"\b(?:is|are|can|does|must|may|has|needs|uses|returns|keeps|takes|gives|fits|reads|runs|writes)\b.*", stranger
    )
    return f"{sentence.rstrip('.')} and {verb.group()}" if verb else None


KINDS: dict[str, Fault] = {
    "number": number, "name": name, "negation": negation, "scope": scope, "direction": direction, "date": date,
    "term": term,
    "condition": condition, "cause": cause, "mixed": mixed, "invented": invented,
}  # fmt: skip
