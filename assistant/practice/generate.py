"""Makes cards with four options from any material without a model: gaps, and "which of these is said of it".

Nothing is invented: stem, options and reasons are the material's words in a fixed form, and every option cites the words it
rests on. A distractor is of the same kind as the key and is rejected where the material says it too. Same material and seed,
same cards.
"""

import hashlib
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

import numpy as np

from assistant.practice.checks import SAME_QUESTION, asked, item_faults
from assistant.practice.facts import Definition, Fact, NumberFact, Place, TableRow
from assistant.practice.questions import MADE, Choice, Origin, Question, QuestionKind, shuffle_choices
from assistant.syllabus import Syllabus
from ingest.embeddings import Embedder, Vectors

OPTIONS = 4
MOST_TRIES = 25
"""Candidates looked at for each card asked for, so that a large library cannot keep a person waiting."""
AKIN = (0.3, 0.85)
"""Cosine between which a definition is near enough to another to be mistaken for it, and does not say the same."""
MOST_COMPARED = 60
MOST_CHECKED = 8
"""Distractors checked against the material for one card."""
STEM = 6
"""Letters by which two forms of a word are told to be the same, roughly."""
_GAP = "____"
_SHORT = 3
"""Words this short give nothing away."""
FACTORS = (0.25, 0.5, 2, 3, 4, 5, 10)


@dataclass(frozen=True, slots=True)
class Claim:
    """What would make a distractor right: a sentence on a subject; `own` are the places that the card itself was made of."""

    sentence: str
    subject: str
    own: tuple[Place, ...]


Supported = Callable[[Claim], bool]
"""Whether the material says it anywhere else."""


@dataclass(slots=True)
class Generated:
    """What came of a request for `asked` questions; `rejected` counts candidates by the reason for which they were dropped.

    The last `again` of the questions were asked before, since no others could be made.
    """

    asked: int
    questions: list[Question] = field(default_factory=list)
    rejected: Counter[str] = field(default_factory=Counter)
    again: int = 0

    def ask_again(self, earlier: Iterable[Question]) -> None:
        """Fill up with earlier questions."""
        found = list(islice(earlier, self.asked - len(self.questions)))
        self.questions += found
        self.again = len(found)

    @property
    def account(self) -> str:
        """How many were asked for, made and left out, and why, as one sentence."""
        why = ", ".join(f"{count} ({reason})" for reason, count in self.rejected.most_common())
        again = f", {self.again} asked again" if self.again else ""
        made = len(self.questions) - self.again
        return f"{self.asked} asked for, {made} made{again}" + (f", rejected: {why}." if why else ".")


@dataclass(frozen=True, slots=True)
class Draft:
    """A card before its distractors are chosen: each comes with what would make it right."""

    place: Place
    stem: str
    key: Choice
    candidates: Sequence[tuple[Choice, Claim]]


class QuestionMaker:
    """Makes cards from the facts of some material; `facts` also serve as the pool for distractors.

    `vectors` are those of questions by id that an earlier maker computed; new ones are added.
    """

    def __init__(
        self,
        facts: Sequence[Fact],
        syllabus: Syllabus,
        embedder: Embedder,
        supported: Supported = lambda claim: False,
        vectors: dict[str, Vectors] | None = None,
    ) -> None:
        self._vectors = {} if vectors is None else vectors
        self._facts = facts
        self._syllabus = syllabus
        self._embedder = embedder
        self._supported = supported

    def make(
        self,
        count: int,
        *,
        seed: int,
        wanted: Callable[[Place], bool] = lambda place: True,
        avoid: Sequence[Question] = (),
    ) -> Generated:
        """Up to `count` cards on facts at `wanted` places, none like those in `avoid`; fewer where form vouches for fewer."""
        result = Generated(count)
        vectors = [self._vector(question) for question in avoid]
        known = {question.id for question in avoid}
        for tried, fact in enumerate(self._order([one for one in self._facts if wanted(one.place)], seed)):
            if len(result.questions) == count or tried >= count * MOST_TRIES:
                break
            question, reason = self._card(fact, seed, known)
            if question is None:
                result.rejected[reason] += 1
                continue
            vector = self._vector(question)
            if any(float(np.dot(vector, other)) >= SAME_QUESTION for other in vectors):
                result.rejected["asks the same as another"] += 1
                continue
            vectors.append(vector)
            result.questions.append(question)
        return result

    def _card(self, fact: Fact, seed: int, known: set[str]) -> tuple[Question | None, str]:
        """The card of a fact, or None with the reason."""
        draft = self._draft(fact, seed)
        if draft is None:
            return None, "too few distractors"
        wrong = self._unsupported(draft, seed)
        if len(wrong) < OPTIONS - 1:
            enough = len(draft.candidates) >= OPTIONS - 1
            return None, "the material supports a distractor" if enough else "too few distractors"
        if _gives_away(draft.stem, draft.key, wrong):
            return None, "the stem gives the key away"
        question = self._assembled(draft, wrong, seed)
        if question.id in known:
            return None, "asked before"
        faults = item_faults(question)
        return (None, _kind_of_fault(faults[0])) if faults else (question, "")

    def _draft(self, fact: Fact, seed: int) -> Draft | None:
        if isinstance(fact, TableRow):
            return self._of_row(fact)
        if isinstance(fact, NumberFact):
            return self._of_number(fact, seed)
        forms = [self._gap_of_term, self._said_of_term]
        if _random(seed, fact.place).random() < 0.5:
            forms.reverse()
        return next((draft for form in forms if (draft := form(fact)) and len(draft.candidates) >= OPTIONS - 1), None)

    def _gap_of_term(self, fact: Definition) -> Draft | None:
        """The definition with a gap where its term was."""
        if _says(fact.rest, fact.term):
            return None
        joined = f"{_GAP}: {fact.rest}" if fact.verb == ":" else f"{_GAP} {fact.verb} {fact.rest}"
        wrong = [
            (
                Choice(one.term, False, _told(one), one.place.reference),
                Claim(replace(fact, term=one.term).sentence, one.term, (fact.place, one.place)),
            )
            for one in self._akin(fact)
            if not _says(fact.rest, one.term)
        ]
        key = Choice(fact.term, True, _told(fact), fact.place.reference)
        return Draft(fact.place, f"Which term belongs in the gap: “{joined}”?", key, wrong)

    def _said_of_term(self, fact: Definition) -> Draft | None:
        """The term, and what is said of it among what is said of others."""
        if _says(fact.rest, fact.term):
            return None
        wrong = [
            (
                Choice(one.rest, False, f"That is said of another: {_told(one)}", one.place.reference),
                Claim(replace(fact, rest=one.rest).sentence, fact.term, (fact.place, one.place)),
            )
            for one in self._akin(fact)
            if not _says(one.rest, one.term) and not _says(one.rest, fact.term)
        ]
        key = Choice(fact.rest, True, _told(fact), fact.place.reference)
        return Draft(fact.place, f"Which of these is said of {_lower(fact.term)}?", key, wrong)

    def _of_row(self, row: TableRow) -> Draft | None:
        """A row's label, and its value among those of other rows of the table."""
        rows = [one for one in self._facts if isinstance(one, TableRow) and one.table == row.table and one is not row]
        label, value = row.cells[:2]
        if any(_same(one.cells[0], label) for one in rows) or _says(value, label):
            return None
        beside = " ".join(row.cells)
        wrong = [
            (
                Choice(one.cells[1], False, f"That stands in the row of {one.cells[0]}.", one.place.reference),
                Claim(f"{label}: {one.cells[1]}.", label, (row.place, one.place)),
            )
            for one in rows
            if _shape(one.cells[1]) == _shape(value) and not _says(beside, one.cells[1])
        ]
        why = f"The row of {label} says so under “{row.header[1]}”."
        stem = f"Table “{row.place.heading}”: which of these is said of “{label}” under “{row.header[1]}”?"
        return Draft(row.place, stem, Choice(value, True, why, row.place.reference), wrong)

    def _of_number(self, fact: NumberFact, seed: int) -> Draft:
        """The sentence with a gap where its figure was; figures of the same unit first, then multiples of the right one."""
        said = f"The material says: {fact.sentence}"
        others = [
            (one.number, f"That figure is of something else: {one.sentence}", one.place)
            for one in self._facts
            if isinstance(one, NumberFact) and one.unit == fact.unit and one is not fact
        ]
        chance = _random(seed, fact.place)
        chance.shuffle(others)
        scaled = [_scaled(fact.number, factor) for factor in chance.sample(FACTORS, len(FACTORS))]
        wrong = {
            number: (
                Choice(f"{number}{fact.unit}", False, why, place.reference),
                Claim(replace(fact, number=number).sentence, f"{number}{fact.unit}", (fact.place, place)),
            )
            for number, why, place in [*others[:2], *((number, said, fact.place) for number in scaled)][::-1]
            if _fits(number, fact)
        }
        heading = f" (under “{fact.place.heading}”)" if fact.place.heading_path else ""
        stem = f"Which figure belongs in the gap{heading}: “{fact.before}{_GAP}{fact.behind}”"
        key = Choice(f"{fact.number}{fact.unit}", True, said, fact.place.reference)
        return Draft(fact.place, stem, key, list(reversed(wrong.values())))

    def _akin(self, fact: Definition) -> list[Definition]:
        """Definitions of the same kind: alike in form and subject, and not saying the same; the likest first."""
        alike = [
            one for one in self._facts if isinstance(one, Definition) and one is not fact and _same_form(one, fact)
        ]
        looked_at = sorted(alike, key=lambda one: (one.place.source != fact.place.source, _apart(one, fact)))[
            :MOST_COMPARED
        ]
        if not looked_at:
            return []
        vectors = self._embedder.encode([fact.sentence, *(one.sentence for one in looked_at)])
        near = zip(vectors[1:] @ vectors[0], looked_at, strict=True)
        kept = [(float(share), one) for share, one in near if AKIN[0] <= share <= AKIN[1]]
        return [one for _, one in sorted(kept, key=lambda pair: -pair[0]) if not _same(one.term, fact.term)]

    def _unsupported(self, draft: Draft, seed: int) -> list[Choice]:
        """Three distractors that the material does not say of the subject, different from each other, alike in length."""
        chosen: list[Choice] = []
        near = sorted(draft.candidates, key=lambda one: abs(len(one[0].text) - len(draft.key.text)) // 25)
        for choice, claim in near[:MOST_CHECKED]:
            if len(chosen) == OPTIONS - 1:
                break
            double = any(_same(choice.text, other.text) for other in [draft.key, *chosen])
            if not double and not self._supported(claim):
                chosen.append(choice)
        return chosen

    def _assembled(self, draft: Draft, wrong: Sequence[Choice], seed: int) -> Question:
        section, objective, consideration = self._syllabus.place_of(draft.place.source, draft.place.heading_path)
        told = f"{draft.stem}\x1f{draft.key.text}\x1f{draft.place.quote}"
        made = Question(
            id=f"{MADE}{hashlib.sha256(told.encode()).hexdigest()[:12]}",
            section=section,
            objective=objective,
            consideration=consideration,
            kind=QuestionKind.SINGLE,
            difficulty=1,
            origin=Origin.GENERATED,
            prompt=draft.stem,
            choices=tuple(replace(choice, text=_upper(choice.text).rstrip(".")) for choice in [draft.key, *wrong]),
        )
        return shuffle_choices(made, seed)

    def _order(self, facts: Sequence[Fact], seed: int) -> Iterator[Fact]:
        """The kinds of fact in turn and their pages and headings in turn, each in an order that depends on the seed."""
        kinds: dict[type, dict[tuple[str, ...], list[Fact]]] = {kind: {} for kind in (Definition, TableRow, NumberFact)}
        for fact in sorted(facts, key=lambda one: _rank(seed, one.place)):
            where = (fact.place.source, str(fact.place.page), *fact.place.heading_path)
            kinds[type(fact)].setdefault(where, []).append(fact)
        return _in_turn([list(_in_turn(list(headings.values()))) for headings in kinds.values()])

    def _vector(self, question: Question) -> Vectors:
        if question.id not in self._vectors:
            self._vectors[question.id] = self._embedder.encode([asked(question)])[0]
        return self._vectors[question.id]


def _kind_of_fault(fault: str) -> str:
    """A fault without the words of the question, so that alike faults are counted together."""
    return re.sub(r"'[^']*'|\"[^\"]*\"", "…", fault)


def _in_turn(groups: Sequence[Sequence[Fact]]) -> Iterator[Fact]:
    """The first of each group, then the second of each, until all are used up."""
    for turn in range(max(map(len, groups), default=0)):
        yield from (group[turn] for group in groups if turn < len(group))


def _rank(seed: int, place: Place) -> str:
    return hashlib.sha256(f"{seed}:{place.source}:{place.page}:{place.start}:{place.quote}".encode()).hexdigest()


def _random(seed: int, place: Place) -> random.Random:
    return random.Random(_rank(seed, place))


def _same_form(one: Definition, other: Definition) -> bool:
    """Whether two definitions could stand in each other's place: both with an article or without, singular or plural."""
    article = one.term.startswith(("A ", "An ")) == other.term.startswith(("A ", "An "))
    named = (one.term[1:] != one.term[1:].lower()) == (other.term[1:] != other.term[1:].lower())
    return (
        article and named and (one.verb == ":") == (other.verb == ":") and (one.verb == "are") == (other.verb == "are")
    )


def _apart(one: Definition, other: Definition) -> int:
    return abs(len(one.rest) - len(other.rest))


def _lower(text: str) -> str:
    """An article small, as inside a sentence; names stay as they are."""
    return text[:1].lower() + text[1:] if text.startswith(("A ", "An ")) else text


def _upper(text: str) -> str:
    """First letter large, unless the first word is a name as programs write it."""
    return text[:1].upper() + text[1:] if text.split(" ")[0].rstrip(",.;:").isalpha() else text


def _told(fact: Definition) -> str:
    return _upper(fact.sentence)


def _gives_away(stem: str, key: Choice, wrong: Sequence[Choice]) -> bool:
    """Whether the key alone takes up a word of the stem: who reads on finds it without knowing anything."""
    others = set[str]().union(*(_stems(choice.text) for choice in wrong))
    return bool((_stems(stem) & _stems(key.text)) - others)


def _stems(text: str) -> set[str]:
    return {word[:STEM] for word in _words(text) if len(word) > _SHORT}


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).lower()))


def _shape(cell: str) -> tuple[str, ...]:
    """What kind of value a cell holds: a figure with its unit, or few words or many; other kinds give a key away."""
    if re.search(r"\d", cell):
        return ("figure", *re.findall(r"[^\W\d]+", cell)[:2])
    return ("words", "many" if len(cell.split()) > 4 else "few")


def _says(text: str, term: str) -> bool:
    """Whether a text holds most of a term's words and so gives it away."""
    parts = {word[:STEM] for word in _words(term) if len(word) > _SHORT} or {word[:STEM] for word in _words(term)}
    return len(parts & {word[:STEM] for word in _words(text)}) >= max(1, len(parts) * 0.5)


def _same(one: str, other: str) -> bool:
    first, second = _words(one), _words(other)
    return not first or not second or len(first & second) >= 0.75 * min(len(first), len(second))


def _fits(number: str, fact: NumberFact) -> bool:
    """Whether a figure can stand in the gap: another one, plural as the right one, and no share above the whole."""
    value = float(number.replace(",", ""))
    return number != fact.number and value > 1 and not (fact.unit.strip() in ("%", "percent") and value > 100)


def _scaled(number: str, factor: float) -> str:
    value = float(number.replace(",", "")) * factor
    if "," in number or value >= 1000:
        return f"{round(value):,}"
    return f"{value:g}" if "." in number or factor >= 1 else f"{max(1, round(value))}"
