"""Makes questions from any material without a model: from its tables, definitions, numbers and lists.

Nothing is invented: stem, key, distractors and reasons are the material's words, put into a fixed form, and every choice
cites the words it rests on. Same material and seed, same questions.
"""

import hashlib
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np

from assistant.practice.checks import SAME_QUESTION, asked, item_faults
from assistant.practice.facts import Definition, Fact, ListItem, NumberFact, Place, TableRow
from assistant.practice.questions import Choice, Origin, Question, QuestionKind, shuffle_choices
from assistant.syllabus import Syllabus
from ingest.embeddings import Embedder, Vectors

OPTIONS = 4
SHORTEST_LIST = 2
MOST_TRIES = 40
"""Candidates looked at for each question asked for, so that a large library cannot keep a person waiting."""
ALIKE_LENGTH = 12
"""Characters within which options count as alike in length."""
AKIN = 0.25
"""Cosine from which an item of a list, or a definition, is near enough to another to be mistaken for it; chosen by reading."""
MOST_COMPARED = 40
STEM = 6
"""Letters by which two forms of a word are told to be the same, roughly."""
SHORTEST_WORD = 3
_EMPTY_WORDS = frozenset(
    re.findall(
        r"\w+",
        "the and for with that this from are was has have not can its than but any all use used using which what when where "
        "you your should choose column say does team requirement into one two per each",
    )
)
_DECISION = ("requirement", "choose", "because", "not")
_GAP = "____"
MIXED = ("words and figures",)
_ATTRIBUTES = ("feature", "attribute", "property", "aspect", "category", "criterion", "criteria", "factor", "parameter")
"""First columns whose rows hold values of different kinds, so that only one of them can be meant."""
_EMPTY_CELL = re.compile(
    r"(yes|no|n/?a|[-–—✓✗xX]*|see\b.*|(not )?supported|none|true|false|[a-z]{2,3}-[a-z]{2,4})$", re.I
)
"""Cells that say too little to be asked for, codes of languages among them."""
REQUIREMENT_STEM = "A team has this requirement: "
"""How a question from a decision table begins; a model may put it into a scenario."""


AnyFact = TypeVar("AnyFact", TableRow, Definition, NumberFact, ListItem)
Listed = TypeVar("Listed", bound=Definition | ListItem)


@dataclass(slots=True)
class Generated:
    """What came of a wish for `asked` questions; `rejected` counts candidates by the reason for which they were dropped."""

    asked: int
    questions: list[Question] = field(default_factory=list)
    rejected: Counter[str] = field(default_factory=Counter)

    @property
    def account(self) -> str:
        """How many were asked for, made and left out, and why, as one sentence."""
        why = ", ".join(f"{count} ({reason})" for reason, count in self.rejected.most_common())
        return f"{self.asked} asked for, {len(self.questions)} made" + (f", rejected: {why}." if why else ".")


class QuestionMaker:
    """Makes questions from the facts of some material; `facts` also serve as the pool for distractors."""

    def __init__(self, facts: Sequence[Fact], syllabus: Syllabus, embedder: Embedder) -> None:
        self._facts = facts
        self._syllabus = syllabus
        self._embedder = embedder

    def make(
        self,
        count: int,
        *,
        seed: int,
        wanted: Callable[[Place], bool] = lambda place: True,
        avoid: Sequence[Question] = (),
        rephrase: Callable[[Question], Question | None] = lambda question: question,
    ) -> Generated:
        """Up to `count` questions on facts at `wanted` places, none like those in `avoid`.

        `rephrase` may put a question into other words, or return None to drop it.
        """
        result = Generated(count)
        vectors = [self._vector(question) for question in avoid]
        known = {question.id for question in avoid}
        for tried, fact in enumerate(self._order([one for one in self._facts if wanted(one.place)], seed)):
            if len(result.questions) == count or tried >= count * MOST_TRIES:
                break
            question = self._question(fact, seed)
            if question is None:
                result.rejected["too few distractors"] += 1
                continue
            if question.id in known:
                result.rejected["asked before"] += 1
                continue
            faults = item_faults(question)
            if faults:
                result.rejected[_kind_of_fault(faults[0])] += 1
                continue
            rephrased = rephrase(question)
            if rephrased is None:
                result.rejected["the model's wording failed a check"] += 1
                continue
            vector = self._vector(rephrased)
            if any(float(np.dot(vector, other)) >= SAME_QUESTION for other in vectors):
                result.rejected["asks the same as another"] += 1
                continue
            vectors.append(vector)
            result.questions.append(rephrased)
        return result

    def _order(self, facts: Sequence[Fact], seed: int) -> Iterator[Fact]:
        """The kinds of fact in turn and the pages in turn, each in an order that depends on the seed; tables come first."""
        kinds: dict[type, dict[tuple[str, int], list[Fact]]] = {
            kind: {} for kind in (TableRow, Definition, ListItem, NumberFact)
        }
        for fact in sorted(facts, key=lambda one: _rank(seed, one.place)):
            kinds[type(fact)].setdefault((fact.place.source, fact.place.page), []).append(fact)
        return _in_turn([list(_in_turn(list(pages.values()))) for pages in kinds.values()])

    def _question(self, fact: Fact, seed: int) -> Question | None:
        if isinstance(fact, TableRow):
            return self._from_row(fact, seed)
        if isinstance(fact, Definition):
            return self._from_definition(fact, seed)
        if isinstance(fact, ListItem):
            return self._from_item(fact, seed)
        return self._from_number(fact, seed)

    def _from_row(self, row: TableRow, seed: int) -> Question | None:
        others = [one for one in self._facts if isinstance(one, TableRow) and one.header == row.header]
        table = [one for one in others if one.table == row.table and one is not row]
        source = [one for one in others if one.table != row.table and one.place.source == row.place.source]
        if tuple(name.lower() for name in row.header) == _DECISION:
            requirement, choose, because, instead = row.cells
            stem = f"{REQUIREMENT_STEM}{_lower(requirement)}. What should it choose?"
            why = f"{_upper(because)}."
            why_not = f"The material advises against it and for this: {_lower(choose)} ({_lower(because)})."
            wrong = [
                [Choice(_short(instead), False, why_not, row.place.reference)] if _short(instead) else [],
                *(
                    [
                        Choice(
                            one.cells[1],
                            False,
                            f"It fits another requirement: {_lower(one.cells[0])}.",
                            one.place.reference,
                        )
                        for one in group
                        if one.cells[0].lower() != requirement.lower()
                    ]
                    for group in (table, source)
                ),
            ]
        else:
            second = row.header[1]
            choose = row.cells[1]
            doubled = any(one.cells[0] == row.cells[0] for one in table)
            if doubled or not _can_be_asked(row):
                return None
            stem = f"In “{row.place.heading}”, what does the column “{second}” say for “{row.cells[0]}”?"
            why = f"So says the row for {row.cells[0]}."
            wrong = [
                [
                    Choice(one.cells[1], False, f"It stands in the row for {one.cells[0]}.", one.place.reference)
                    for one in table
                    if _shape(one.cells[1]) == _shape(choose)
                ]
            ]
        return self._assemble(row.place, stem, Choice(choose, True, why, row.place.reference), wrong, seed)

    def _from_definition(self, fact: Definition, seed: int) -> Question | None:
        if _says(fact.rest, fact.term):
            return None
        wrong = [
            [
                Choice(one.term, False, _told(one), one.place.reference)
                for one in self._akin(
                    fact,
                    [
                        one
                        for one in group
                        if _agree(one.verb, fact.verb)
                        and not _says(fact.rest, one.term)
                        and not _same(one.rest, fact.rest)
                    ],
                )
            ]
            for group in self._pool(Definition, fact)
        ]
        stem = f"Which of these {fact.verb} {fact.rest.rstrip('.')}?"
        if fact.verb == ":":
            stem = f"What does the material describe so: “{fact.rest.rstrip('.')}”?"
        return self._assemble(fact.place, stem, Choice(fact.term, True, _told(fact), fact.place.reference), wrong, seed)

    def _from_item(self, fact: ListItem, seed: int) -> Question | None:
        here = fact.place.heading_path
        if not fact.place.is_announced or _says(fact.text, fact.place.heading):
            return None  # under other headings lists hold remarks and links, and what stands there is not worth knowing
        own = [one.text for one in self._facts if isinstance(one, ListItem) and one.place.heading_path == here]
        if len(own) < SHORTEST_LIST:
            return None
        wrong = [
            [
                Choice(one.text, False, f"It stands under “{one.place.heading}”.", one.place.reference)
                for one in self._akin(fact, group)
                if one.place.heading != fact.place.heading and not any(_same(one.text, mine) for mine in own)
            ]
            for group in self._pool(ListItem, fact)
        ]
        stem = f"Which of these does the material list under “{fact.place.heading}”?"
        key = Choice(fact.text, True, f"It stands under “{fact.place.heading}”.", fact.place.reference)
        return self._assemble(fact.place, stem, key, wrong, seed)

    def _from_number(self, fact: NumberFact, seed: int) -> Question | None:
        tokens = set(re.findall(r"[\w-]+", (fact.before + fact.behind).lower()))
        numbers = [
            _scaled(fact.number, factor) for factor in _random(seed, fact.place).sample((0.25, 0.5, 2, 3, 4, 5, 10), 5)
        ]
        wrong = [
            Choice(
                f"{number} {fact.unit}", False, f"The material says {fact.number} {fact.unit}.", fact.place.reference
            )
            for number in dict.fromkeys(numbers)
            if number != fact.number
            and number.lower() not in tokens
            and number != "1"  # its unit would have to be singular
            and not (fact.unit in ("%", "percent") and float(number) > 100)
        ]
        headings = [
            heading for heading in fact.place.bare_headings if " " in heading and fact.number not in _figures(heading)
        ]
        which = f"In “{headings[-1]}”, which" if headings else "Which"
        stem = f"{which} figure belongs in the gap: “{fact.before}{_GAP}{fact.behind}”"
        key = Choice(
            f"{fact.number} {fact.unit}", True, f"The material says {fact.number} {fact.unit}.", fact.place.reference
        )
        return self._assemble(fact.place, stem, key, [wrong], seed)

    def _pool(self, kind: type[AnyFact], fact: AnyFact) -> list[list[AnyFact]]:
        """Facts of a kind for distractors, the nearest group first: near-misses are better than far-fetched ones."""
        groups: list[list[AnyFact]] = [[], [], [], []]
        section = self._syllabus.section_of(fact.place.source, fact.place.heading_path)
        for one in self._facts:
            if not isinstance(one, kind) or one is fact:
                continue
            if one.place.source == fact.place.source:
                path, other = fact.place.heading_path, one.place.heading_path
                groups[0 if path == other else 1 if path[:-1] == other[:-1] else 2].append(one)
            elif section is not None and section == self._syllabus.section_of(one.place.source, one.place.heading_path):
                groups[3].append(one)
        return groups

    def _assemble(
        self, place: Place, stem: str, key: Choice, groups: Sequence[Sequence[Choice]], seed: int
    ) -> Question | None:
        """Key and three distractors, from the first groups that give any, alike in length, no two the same; None without."""
        wrong: list[Choice] = []
        for group in groups:
            shuffled = _random(seed, place).sample(list(group), len(group))
            shuffled.sort(key=lambda one: abs(len(one.text) - len(key.text)) // ALIKE_LENGTH)
            for one in shuffled:
                if len(wrong) < OPTIONS - 1 and not any(_same(one.text, other.text) for other in [key, *wrong]):
                    wrong.append(one)
        if len(wrong) < OPTIONS - 1 or _gives_away(stem, key, wrong):
            return None
        section, objective, consideration = self._syllabus.place_of(place.source, place.heading_path)
        name = hashlib.sha256(f"{stem}\x1f{key.text}\x1f{place.quote}".encode()).hexdigest()[:12]
        made = Question(
            id=f"made-{name}",
            section=section,
            objective=objective,
            consideration=consideration,
            kind=QuestionKind.SINGLE,
            difficulty=1,
            origin=Origin.GENERATED,
            prompt=stem,
            choices=tuple(replace(choice, text=_upper(choice.text).rstrip(".")) for choice in [key, *wrong]),
        )
        return shuffle_choices(made, seed)

    def _akin(self, fact: Listed, others: Sequence[Listed]) -> list[Listed]:
        """The facts that speak of something like the first; of a large group only as many as can be looked at in time."""
        length = len(_option(fact))
        looked_at = sorted(others, key=lambda one: abs(len(_option(one)) - length))[:MOST_COMPARED]
        if not looked_at:
            return []
        vectors = self._embedder.encode([_said(fact), *map(_said, looked_at)])
        return [one for one, share in zip(looked_at, vectors[1:] @ vectors[0], strict=True) if share >= AKIN]

    def _vector(self, question: Question) -> Vectors:
        vector: Vectors = self._embedder.encode([asked(question)])[0]
        return vector


def _option(fact: Definition | ListItem) -> str:
    """What of a fact stands in an option."""
    return fact.text if isinstance(fact, ListItem) else fact.term


def _said(fact: Definition | ListItem) -> str:
    return fact.text if isinstance(fact, ListItem) else f"{fact.term}: {fact.rest}"


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


def _lower(text: str) -> str:
    """First letter small, unless the first word is a name or an abbreviation."""
    head = text.split(" ")[0]
    plain_word = head[1:].islower() or len(head) == 1
    return text[:1].lower() + text[1:] if plain_word and head not in _NAMES else text


_NAMES = frozenset(
    {"Gemini", "Google", "Dataflow", "Cloud", "Agent", "Ray", "Kubeflow", "Spark", "Python", "Llama", "Gemma"}
)


def _upper(text: str) -> str:
    """First letter large, unless the first word is a name as programs write it."""
    return text[:1].upper() + text[1:] if text.split(" ")[0].rstrip(",.;:").isalpha() else text


def _short(text: str) -> str:
    """What not to choose, without the reason that a table may add behind a comma."""
    return re.split(r", (?:which|because|where|as|since|but|whose)\b", text)[0].strip()


def _can_be_asked(row: TableRow) -> bool:
    """Whether a row's first two cells make a question: the second says something, and the first does not say it too."""
    (first, second), (label, value) = row.header[:2], row.cells[:2]
    if not first or first.lower() in _ATTRIBUTES or not second or label.isdecimal():
        return False
    if _EMPTY_CELL.match(value) or _says(value, label) or _figures(value) & _figures(label):
        return False
    return not (second.lower().startswith("value") and _shape(value) == MIXED)


def _gives_away(stem: str, key: Choice, wrong: Sequence[Choice]) -> bool:
    """Whether the key alone takes up a word of the stem: who reads on finds it without knowing anything."""
    others = set[str]().union(*(_stems(choice.text) for choice in wrong))
    if (_stems(stem) & _stems(key.text)) - others:
        return True
    parts = {
        word for word in _words(key.text) if len(word) > STEM and not any(word in _words(one.text) for one in wrong)
    }
    return any(part in word for part in parts for word in _words(stem))  # "citation" in "recitation"


def _stems(text: str) -> set[str]:
    return {word[:STEM] for word in _words(text) if len(word) >= SHORTEST_WORD and word not in _EMPTY_WORDS}


def _figures(text: str) -> set[str]:
    return set(re.findall(r"\d+", text.replace(",", "")))


def _shape(cell: str) -> tuple[str, ...]:
    """What kind of value a cell holds: a figure alone, a figure with its unit, or words; other kinds give a key away."""
    if not _figures(cell):
        return ("words",)
    return ("figure", *re.findall(r"[^\W\d]+", cell)[:1]) if len(cell.split()) <= 3 else MIXED


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).lower()))


def _agree(one: str, other: str) -> bool:
    """Whether two terms fit the same stem: both singular or both plural, both from a list or both from a sentence."""
    return (one == ":") == (other == ":") and (one == "are") == (other == "are")


def _told(fact: Definition) -> str:
    said = f"{_upper(fact.term)}{'' if fact.verb == ':' else ' '}{fact.verb} {fact.rest}"
    return said if said.endswith((".", "!")) else f"{said}."


def _says(text: str, term: str) -> bool:
    """Whether a text holds most of a term's words and so gives it away."""
    if text.strip().lower() == term.strip().lower():
        return True
    parts = {word for word in _words(term) if len(word) > 3}
    return bool(parts) and len(parts & _words(text)) >= max(1, len(parts) * 0.5)


def _same(one: str, other: str) -> bool:
    first, second = _words(one), _words(other)
    return not first or not second or len(first & second) >= 0.75 * min(len(first), len(second))


def _scaled(number: str, factor: float) -> str:
    value = float(number.replace(",", "")) * factor
    if "," in number or (value >= 1000 and float(number) < 1000):
        return f"{round(value):,}"
    return f"{value:g}" if "." in number or factor >= 1 else f"{max(1, round(value))}"
