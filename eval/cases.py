"""Evaluation cases as JSON Lines: a question, and either the spans that answer it or the fact that nothing does.

Gold is spans of sources, so that cutting the material differently does not invalidate a case.
"""

import hashlib
from enum import StrEnum
from pathlib import Path

from pydantic import Field, ValidationError, model_validator

from ingest.errors import EvaluationError
from ingest.settings import StrictModel

CASES = Path(__file__).resolve().parent / "cases"
PLANTED = CASES / "planted"
"""Documents that give orders to a language model; only cases that say `planted` are asked over a library that holds them."""


class Expectation(StrEnum):
    """What the right behavior is."""

    ANSWER = "answer"
    REFUSE = "refuse"


class GoldSpan(StrictModel):
    """Words of a shipped source that answer the question; verbatim, so that re-chunking does not invalidate them."""

    source: str
    quote: str = Field(min_length=8)


class EvalCase(StrictModel):
    """One case; of several gold spans any one is enough. `facts` are strings a full answer contains, `forbidden` ones occur
    only when an order was obeyed that no one should obey; `earlier` are the questions of a conversation before this one.
    """

    id: str
    question: str
    expect: Expectation
    kind: str
    section: int | None = None
    gold: tuple[GoldSpan, ...] = ()
    facts: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()
    planted: bool = False

    @model_validator(mode="after")
    def _gold_fits(self) -> "EvalCase":
        if bool(self.gold) != (self.expect is Expectation.ANSWER):
            raise ValueError("a case to be answered needs gold spans, one to be refused must have none")
        return self

    @property
    def held_back(self) -> bool:
        """Half of all cases, by a hash of the question; never used for tuning (what that is worth: docs/decisions/0011)."""
        return hashlib.sha256(self.question.encode()).digest()[0] % 2 == 1


def load_cases(folder: Path = CASES) -> list[EvalCase]:
    """All cases of all files; raises `EvaluationError` naming the file and the line that is broken."""
    cases = [case for path in sorted(folder.glob("*.jsonl")) for case in parse_cases(path)]
    if not cases:
        raise EvaluationError(f"{folder} holds no cases. Reinstall Groundwork, or add .jsonl files.")
    ids = [case.id for case in cases]
    if doubled := sorted({name for name in ids if ids.count(name) > 1}):
        raise EvaluationError(f"The case ids {', '.join(doubled)} are used more than once. Give each its own.")
    return cases


def parse_cases(path: Path) -> list[EvalCase]:
    """The cases of one JSON Lines file; raises `EvaluationError` naming the line that is broken."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"{path} cannot be read: {error}. Give a JSON Lines file of cases.") from error
    cases = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                cases.append(EvalCase.model_validate_json(line))
            except ValidationError as error:
                raise EvaluationError(f"{path.name} line {number} is not a usable case: {error}") from error
    return cases
