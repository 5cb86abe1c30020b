"""Cases over a learner's own library: made from its facts without a model, and those the learner marked in the chat."""

import json
import random
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from assistant.practice.facts import Definition, Fact, TableRow, find_facts
from eval.cases import EvalCase, Expectation, GoldSpan, load_cases, parse_cases
from ingest.errors import EvaluationError
from ingest.index import Index

MADE = "made"
"""Kind of the cases that were made from facts; a question of this kind is as plain as its sentence."""
MARKED = "marked"
"""Kind of the cases that the learner marked."""
MOST = 60
REFUSED = 20
"""Questions on everyday things that are asked besides, to see whether they are refused."""


def make_cases(index: Index, *, seed: int, count: int = MOST) -> list[EvalCase]:
    """Up to `count` cases on an index, spread over its sources, and some that must be refused; same seed, same cases."""
    by_source: dict[str, list[EvalCase]] = defaultdict(list)
    for fact in find_facts(index.all_chunks(), recurring=False):
        if case := _case_of(fact):
            by_source[case.gold[0].source].append(case)
    chance = random.Random(seed)
    for cases in by_source.values():
        chance.shuffle(cases)
    chosen: dict[str, EvalCase] = {}
    while by_source and len(chosen) < count:
        for source in sorted(by_source):
            case = by_source[source].pop()
            chosen.setdefault(case.question.lower(), case)
            if not by_source[source]:
                del by_source[source]
            if len(chosen) == count:
                break
    everyday = [case for case in load_cases() if case.kind == "off-topic"][:REFUSED]
    named = [
        case.model_copy(update={"id": f"{MADE}-{number:03}"}) for number, case in enumerate(chosen.values(), start=1)
    ]
    return [*named, *everyday]


def _case_of(fact: Fact) -> EvalCase | None:
    """A question whose answer is the fact's own sentence, row or item."""
    quote, source = fact.place.quote, fact.place.source
    facts: tuple[str, ...] = ()
    match fact:
        case Definition(term=term):
            article = term.split()[0] in ("A", "An", "The")
            question = f"What is {term[0].lower() + term[1:] if article else term}?"
        case TableRow(cells=cells, header=header) if len(cells) > 1:
            question, facts = f"{cells[0]}: what about {header[1].lower()}?", (cells[1],)
        case _:
            return None
    if len(quote) < 8 or len(question.split()) < 3:
        return None
    return EvalCase(
        id="made",
        question=question,
        expect=Expectation.ANSWER,
        kind=MADE,
        gold=(GoldSpan(source=source, quote=quote),),
        facts=facts,
    )


class MarkedCases:
    """The cases a learner marked, one JSON line each in the home."""

    def __init__(self, home: Path) -> None:
        self._path = home / "evaluation" / "my-cases.jsonl"

    def all(self) -> list[EvalCase]:
        """Every marked case; raises `EvaluationError` naming the line that is broken."""
        return parse_cases(self._path) if self._path.exists() else []

    def mark(self, question: str, index: Index, *, right: str = "") -> EvalCase:
        """Note that an answer to a question was wrong: `right` are the words that answer it, none when nothing does.

        Raises `EvaluationError` when those words do not stand in the library.
        """
        gold: tuple[GoldSpan, ...] = ()
        if right.strip():
            gold = (_find(right.strip(), index),)
        expect = Expectation.ANSWER if gold else Expectation.REFUSE
        name = f"{MARKED}-{len(self.all()) + 1:03}"
        case = EvalCase(id=name, question=question, expect=expect, kind=MARKED, gold=gold)
        self.add([case])
        return case

    def add(self, cases: Iterable[EvalCase]) -> int:
        """Append cases that are not there yet, by question; returns how many were new."""
        known = {case.question for case in self.all()}
        fresh = [case for case in cases if case.question not in known]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            first = len(known) + 1
            for number, case in enumerate(fresh, start=first):
                named = case.model_copy(update={"id": f"{MARKED}-{number:03}", "kind": MARKED})
                file.write(json.dumps(named.model_dump(mode="json", exclude_defaults=True), ensure_ascii=False) + "\n")
        return len(fresh)

    def export(self, path: Path) -> int:
        """Write all marked cases to a file; returns how many."""
        cases = self.all()
        lines = [json.dumps(one.model_dump(mode="json", exclude_defaults=True), ensure_ascii=False) for one in cases]
        try:
            path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        except OSError as error:
            raise EvaluationError(f"{path} cannot be written: {error}. Choose another file.") from error
        return len(cases)


def _find(words: str, index: Index) -> GoldSpan:
    """The place of some words in the library, white space aside; of several places the first by name."""
    wanted = "".join(words.split())
    for chunk in sorted(index.all_chunks(), key=lambda one: (one.source, one.page, one.start)):
        text = chunk.text
        bare = [(at, character) for at, character in enumerate(text) if not character.isspace()]
        start = "".join(character for _, character in bare).find(wanted)
        if start >= 0:
            quote = text[bare[start][0] : bare[start + len(wanted) - 1][0] + 1]
            return GoldSpan(source=chunk.source, quote=quote)
    raise EvaluationError("These words do not stand in your library. Copy them from the open source, word for word.")
