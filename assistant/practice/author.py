"""Lets a language model write exam scenarios from numbered quotes of the material, one step at a time, each step checked.

Constraint map, key, distractors that break one constraint each, stem, reasons; then the model has to find the key from the
quotes and must not find it from the options alone. The model names quotes by number, so that citations are verbatim; a step
that fails its check is asked for once more with the fault, and then the question is dropped.
"""

import hashlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from pydantic import BaseModel, Field

from assistant.checks.support import names_in, numbers_in
from assistant.practice.checks import SCENARIO_WORDS, item_faults
from assistant.practice.facts import Place
from assistant.practice.questions import LETTERS, MADE, Choice, Origin, Question, QuestionKind, shuffle_choices
from ingest.lexical import Analyzer
from ingest.units import plain

OPTION_WORDS = (8, 30)
REASON_WORDS = (25, 65)
CLAUSE_WORDS = (3, 14)
TRIES = 2
SOLVER_ORDERS = 3
"""Orders of the options in which the solver is asked: a letter it likes is not an answer."""
MAP = """You write one practice question for a certification exam in machine learning, from these quotes only:
{quotes}

Begin with the decision: a situation in which exactly one approach of the quotes is right. Give the industry, the task, and two or
three constraints. Each constraint is a clause of {clause} words that could stand in the description of the situation, and each
alone makes some other approach of the quotes wrong.{again}"""
KEY = """{quotes}

Situation: {situation}
Write the right option: a complete action of {option} words (product, setting, step) that meets every constraint, and the
number of the quote that shows it.{again}"""
DISTRACTORS = """{quotes}

Situation: {situation}
Right option: {key}
Write three wrong options of {option} words, alike in form and length to the right one. Each is technically possible, breaks
exactly one constraint (give its number), meets the others, and each constraint is broken by at least one. Give the number of
the quote that shows it.{again}"""
STEM = """Situation: {situation}
Write the question in second person ("You ..."), {stem} words. These clauses must stand in it word for word: {clauses}
Do not name or hint at an option: {options}. No sentence without a role. End with: What should you do?{again}"""
REASONS = """{quotes}

{item}
For each option in this order write {reason} words: how it works, the clause of the question that it meets or breaks, quoted
word for word, and for a wrong option the situation in which it would be right. Say nothing that the quotes do not say.{again}"""
SOLVE = "{given}{item}\n\nWhich option is right? Answer with its letter."
AGAIN = "\n\nA first try was refused: {fault}."
Schema = TypeVar("Schema", bound=BaseModel)
Said = TypeVar("Said", bound=BaseModel)


class Ask(Protocol):
    """Asks a model for a filled form; raises `NoForm` when it gives none."""

    def __call__(self, prompt: str, form: type[Schema]) -> Schema: ...


class NoForm(Exception):
    """The model did not fill the form."""


class Dropped(Exception):
    """No question came of it; the message is the reason, without the question's words."""


class ConstraintMap(BaseModel):
    """What the question turns on."""

    industry: str
    task: str
    constraints: list[str] = Field(min_length=2, max_length=3)


class KeyOption(BaseModel):
    """The right option."""

    text: str
    quote: int


class Distractor(BaseModel):
    """A wrong option with the number of the one constraint that it breaks."""

    text: str
    breaks: int
    quote: int


class Distractors(BaseModel):
    """The wrong options."""

    options: list[Distractor] = Field(min_length=3, max_length=3)


class Stem(BaseModel):
    """The text of the question."""

    text: str


class Reasons(BaseModel):
    """A reason for each option, in their order."""

    reasons: list[str] = Field(min_length=4, max_length=4)


class Pick(BaseModel):
    """The letter that a solver chooses."""

    letter: str


@dataclass(frozen=True, slots=True)
class Passage:
    """Quotes of the material that treat one thing, and where the first of them belongs in the exam."""

    places: tuple[Place, ...]
    section: int | None = None
    objective: str | None = None
    consideration: str | None = None

    @property
    def quotes(self) -> str:
        """The quotes, numbered from 1, as the model reads them."""
        return "\n".join(f"[{number}] {plain(place.quote)}" for number, place in enumerate(self.places, start=1))


class Author:
    """Writes scenarios with one model."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def write(self, passage: Passage) -> Question:
        """A question on a passage; raises `Dropped` with the step that failed and why."""
        quotes = passage.quotes
        mapped = self._step("constraint map", MAP, ConstraintMap, map_fault, quotes=quotes)
        situation = _situation(mapped)
        key = self._step(
            "key",
            KEY,
            KeyOption,
            lambda said: option_fault(said.text, said.quote, passage),
            quotes=quotes,
            situation=situation,
        )
        wrong = self._step(
            "distractors",
            DISTRACTORS,
            Distractors,
            lambda said: distractors_fault(said, key, mapped, passage),
            quotes=quotes,
            situation=situation,
            key=key.text,
        )
        options = [key.text, *(one.text for one in wrong.options)]
        stem = self._step(
            "stem",
            STEM,
            Stem,
            lambda said: stem_fault(said.text, mapped, options),
            situation=situation,
            clauses="; ".join(mapped.constraints),
            options="; ".join(options),
        )
        item = f"{stem.text}\n" + "\n".join(f"- {text}" for text in options)
        clauses = [None, *(mapped.constraints[one.breaks - 1] for one in wrong.options)]
        reasons = self._step(
            "reasons",
            REASONS,
            Reasons,
            lambda said: reasons_fault(said, clauses, item, passage),
            quotes=quotes,
            item=item,
        )
        numbers = [key.quote, *(one.quote for one in wrong.options)]
        question = _question(passage, stem.text, list(zip(options, reasons.reasons, numbers, strict=True)))
        if faults := item_faults(question):
            raise Dropped(f"item check: {faults[0].split(chr(39))[0].strip()}")
        self._prove(question, passage)
        return question

    def _step(
        self, name: str, prompt: str, form: type[Said], fault_of: Callable[[Said], str | None], **given: str
    ) -> Said:
        """One form that passes its check, asked for at most `TRIES` times."""
        again = ""
        for _ in range(TRIES):
            try:
                said = self._ask(prompt.format(**WORDS, **given, again=again), form)
            except NoForm:
                fault = "the form was not filled"
            else:
                found = fault_of(said)
                if found is None:
                    return said
                fault = found
            again = AGAIN.format(fault=fault)
        raise Dropped(f"{name}: {fault}")

    def _prove(self, question: Question, passage: Passage) -> None:
        """The key must be found from the quotes in every order of the options, and not from the options alone."""
        given = f"Use these quotes:\n{passage.quotes}\n\n"
        if self._found(question, given, question.prompt) < SOLVER_ORDERS:
            raise Dropped("solver: the key is not found from the quotes")
        if 2 * self._found(question, "The question is missing.\n", "") > SOLVER_ORDERS:
            raise Dropped("solver: the key is found from the options alone")

    def _found(self, question: Question, given: str, stem: str) -> int:
        """In how many orders the solver names the key."""
        found = 0
        for seed in range(SOLVER_ORDERS):
            shown = shuffle_choices(question, seed)
            options = "\n".join(f"{letter}. {one.text}" for letter, one in zip(LETTERS, shown.choices, strict=False))
            try:
                said = self._ask(SOLVE.format(given=given, item=f"{stem}\n{options}"), Pick).letter.strip().upper()[:1]
            except NoForm:
                continue
            found += said in {LETTERS[at] for at in shown.key}
        return found


WORDS = {
    "clause": f"{CLAUSE_WORDS[0]} to {CLAUSE_WORDS[1]}",
    "option": "10 to 28",
    "stem": f"{SCENARIO_WORDS[0]} to {SCENARIO_WORDS[1]}",
    "reason": "25 to 60",
}


def map_fault(said: ConstraintMap) -> str | None:
    """What is wrong with a constraint map, or None."""
    if len({clause.lower().strip() for clause in said.constraints}) < len(said.constraints):
        return "two constraints are the same"
    short = [one for one in said.constraints if not _within(one, CLAUSE_WORDS)]
    return f"a constraint does not have {WORDS['clause']} words" if short else None


def option_fault(text: str, quote: int, passage: Passage) -> str | None:
    """What is wrong with an option, or None."""
    if not _within(text, OPTION_WORDS):
        return f"an option does not have {WORDS['option']} words"
    return None if 1 <= quote <= len(passage.places) else "there is no quote with that number"


def distractors_fault(said: Distractors, key: KeyOption, mapped: ConstraintMap, passage: Passage) -> str | None:
    """What is wrong with the wrong options, or None: each breaks one constraint, and each constraint strikes one."""
    for one in said.options:
        if fault := option_fault(one.text, one.quote, passage):
            return fault
    if {one.breaks for one in said.options} != set(range(1, len(mapped.constraints) + 1)):
        return "each wrong option breaks one constraint, and each constraint is broken by one"
    if len({" ".join(text.lower().split()) for text in [key.text, *(one.text for one in said.options)]}) < 4:
        return "two options are the same"
    return None


def stem_fault(stem: str, mapped: ConstraintMap, options: Sequence[str]) -> str | None:
    """What is wrong with a stem, or None."""
    if not _within(stem, SCENARIO_WORDS):
        return f"the stem does not have {WORDS['stem']} words"
    if not stem.strip().endswith("?") or not {"you", "your"} & set(stem.lower().split()):
        return "the stem is not a direct question in second person"
    lowered = " ".join(stem.lower().split())
    if any(" ".join(clause.lower().split()).strip(".") not in lowered for clause in mapped.constraints):
        return "a constraint does not stand in the stem word for word"
    own = names_in(options[0]) - set[str]().union(*map(names_in, options[1:]))
    return "the stem names what only the right option names" if any(name in stem for name in own) else None


def reasons_fault(said: Reasons, clauses: Sequence[str | None], item: str, passage: Passage) -> str | None:
    """What is wrong with the reasons, or None: their length, the clause each distractor breaks, and facts from elsewhere."""
    held = f"{item}\n{passage.quotes}"
    analyzer = Analyzer()
    for reason, clause in zip(said.reasons, clauses, strict=True):
        if not _within(reason, REASON_WORDS):
            return f"a reason does not have {WORDS['reason']} words"
        if numbers_in(reason) - numbers_in(held):
            return "a reason holds a figure that no quote holds"
        if any(name.lower() not in held.lower() for name in names_in(reason)):
            return "a reason names what no quote names"
        terms = set(analyzer.tokens(clause or ""))
        if terms and len(terms & set(analyzer.tokens(reason))) < len(terms) / 2:
            return "a reason does not name the constraint that the option breaks"
    return None


def _within(text: str, words: tuple[int, int]) -> bool:
    return words[0] <= len(text.split()) <= words[1]


def _situation(mapped: ConstraintMap) -> str:
    numbered = "; ".join(f"({number}) {clause}" for number, clause in enumerate(mapped.constraints, start=1))
    return f"{mapped.industry}. {mapped.task} Constraints: {numbered}"


def _question(passage: Passage, stem: str, rows: Sequence[tuple[str, str, int]]) -> Question:
    choices = [
        Choice(text.strip(), at == 0, why.strip(), passage.places[number - 1].reference)
        for at, (text, why, number) in enumerate(rows)
    ]
    name = hashlib.sha256(f"{stem}\x1f{rows[0][0]}".encode()).hexdigest()[:12]
    random.Random(name).shuffle(choices)
    place = (passage.section, passage.objective, passage.consideration)
    return Question(f"{MADE}{name}", *place, QuestionKind.SINGLE, 2, Origin.GENERATED, stem.strip(), tuple(choices))
