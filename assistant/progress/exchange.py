"""Progress out and in again: attempts and kept questions as JSON that can be read back."""

import json
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from assistant.footnotes import is_official
from assistant.practice.questions import LETTERS, MADE, Origin, Question, QuestionKind
from assistant.progress.store import Attempt
from assistant.syllabus import load_syllabus
from ingest.errors import ProgressError
from ingest.settings import StrictModel

YEARS = range(2000, 2200)
SECTIONS = range(1, 7)
DIFFICULTIES = range(1, 4)


class Exchange(StrictModel):
    """What a JSON export holds: attempts, and the questions the learner kept. `version` changes with the fields."""

    version: int = 2
    exam_date: str | None = None
    attempts: tuple[Attempt, ...] = ()
    kept_questions: tuple[Question, ...] = ()


def export_json(exchange: Exchange) -> str:
    """The export as text that `parse_json` reads back."""
    return exchange.model_dump_json(indent=1)


def read_json(path: Path) -> Exchange:
    """Read a JSON export; raises `ProgressError` naming what is wrong with the file."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _no_export(str(path), error) from error
    return parse_json(content, str(path))


def parse_json(content: bytes, name: str) -> Exchange:
    """The export in the content of the file `name`; raises `ProgressError` naming what is wrong with it."""
    try:
        found = Exchange.model_validate(json.loads(content.decode("utf-8")))
        if found.exam_date is not None:
            date.fromisoformat(found.exam_date)
        for attempt in found.attempts:
            _check_attempt(attempt)
        for question in found.kept_questions:
            _check_question(question)
        found.model_dump_json().encode()  # half a surrogate could not be stored
        return found
    except (ValueError, ValidationError, RecursionError) as error:
        raise _no_export(name, error) from error


def _check_attempt(attempt: Attempt) -> None:
    """Raises `ValueError` for values that no answer has: dates would overflow, and a schedule could not be made of them."""
    if attempt.at.tzinfo is None or attempt.at.year not in YEARS:
        raise ValueError(f"{attempt.at.isoformat()} is no time of an answer")
    if not 0.0 <= attempt.credit <= 1.0 or any(one not in range(len(LETTERS)) for one in attempt.chosen):
        raise ValueError(f"the answer to {attempt.question[:100]} is none")
    if attempt.seconds is not None and not 0.0 <= attempt.seconds < float("inf"):
        raise ValueError(f"{attempt.seconds} seconds is no time for an answer")
    if attempt.section is not None and attempt.section not in SECTIONS:
        raise ValueError(f"the exam has no section {attempt.section}")


def _check_question(question: Question) -> None:
    """Raises `ValueError` for what is no generated question: practice and exports could not show it."""
    told = f"the question {question.id[:100]}"
    if question.origin is not Origin.GENERATED or not question.id.startswith(MADE):
        raise ValueError(f"{told} is none that was made from material")
    if not 2 <= len(question.choices) <= len(LETTERS) or not question.key:
        raise ValueError(f"{told} has {len(question.choices)} options, {len(question.key)} of them right")
    if question.kind is QuestionKind.SINGLE and len(question.key) != 1:
        raise ValueError(f"{told} has {len(question.key)} right options instead of one")
    if question.difficulty not in DIFFICULTIES or question.section not in (None, *SECTIONS):
        raise ValueError(
            f"{told} is of section {question.section} and difficulty {question.difficulty}, which do not exist"
        )
    hosts = load_syllabus().official_hosts
    for choice in question.choices:
        if choice.citation.official and not is_official(choice.citation.official, hosts):
            raise ValueError(f"{told} names {choice.citation.official[:100]} as an official page")


def _no_export(name: str, error: Exception) -> ProgressError:
    reason = str(error).splitlines()[0]
    return ProgressError(f"{name} is not an export of progress: {reason}. Give a file of `study export`.")
