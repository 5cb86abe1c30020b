"""Reads the question bank from YAML that a person can edit, and finds every cited quote in the material that ships."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import yaml
from pydantic import Field, ValidationError, model_validator

from assistant.practice.questions import Choice, Origin, Question, QuestionKind, Reference
from assistant.syllabus import CORPUS, SHIPPED, Objective, Section, Syllabus
from ingest.errors import PracticeError
from ingest.settings import ReadingSettings, StrictModel
from ingest.sources import Source

READING = ReadingSettings()


class ChoiceRow(StrictModel):
    """A choice as written in the file; `source` may be left out where the question names one for all.

    `breaks` is the constraint of the stem that a distractor does not meet; `official` the page that settles the choice.
    """

    text: str
    correct: bool = False
    breaks: str = ""
    why: str
    quote: str
    source: str = ""
    official: str = ""


class QuestionRow(StrictModel):
    """A question as written in the file.

    `constraints` are clauses of the stem that each decide something; of a `cluster`, questions that turn on one decision, an
    exam draws one; `decision` is the number of the recurring decision in the syllabus.
    """

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    decision: int | None = Field(default=None, ge=1, le=40)
    cluster: str = ""
    constraints: tuple[str, ...] = ()
    consideration: str = Field(pattern=r"^[1-6]\.\d[a-z]$")
    kind: QuestionKind = QuestionKind.SINGLE
    difficulty: int = Field(ge=1, le=3)
    source: str = ""
    prompt: str
    choices: tuple[ChoiceRow, ...]

    @model_validator(mode="after")
    def _has_key(self) -> "QuestionRow":
        right = sum(choice.correct for choice in self.choices)
        if self.kind is QuestionKind.SINGLE and right != 1:
            raise ValueError(f"{self.id}: a single-choice question needs exactly one correct choice, it has {right}")
        if self.kind is QuestionKind.MULTIPLE and not 2 <= right < len(self.choices):
            raise ValueError(f"{self.id}: a multiple-select question needs two or more correct choices, it has {right}")
        if missing := [clause for clause in self.constraints if clause not in self.prompt]:
            raise ValueError(f"{self.id}: {missing[0]!r} is no clause of the stem")
        if self.constraints:
            broken = {choice.breaks for choice in self.choices if not choice.correct}
            if broken != set(self.constraints):
                raise ValueError(f"{self.id}: each distractor breaks one constraint and each constraint strikes one")
        return self


class Bank:
    """All questions that ship."""

    def __init__(self, questions: Sequence[Question]) -> None:
        self.questions = tuple(questions)

    def select(
        self, *, section: int | None = None, objective: str | None = None, difficulty: int | None = None
    ) -> list[Question]:
        """Questions that fit; raises `PracticeError` when none does."""
        fitting = [
            question
            for question in self.questions
            if section in (None, question.section)
            and objective in (None, question.objective)
            and difficulty in (None, question.difficulty)
        ]
        if not fitting:
            raise PracticeError(
                f"No question fits section {section or 'any'}, objective {objective or 'any'}, difficulty "
                f"{difficulty or 'any'}. Leave one of them out."
            )
        return fitting


def load_bank(syllabus: Syllabus, folder: Path = CORPUS / "questions") -> Bank:
    """Read and check every question file; questions on what the chosen guide does not name are left out.

    Raises `PracticeError` naming the file and the question that is wrong.
    """
    questions: list[Question] = []
    known = {item.id for item in syllabus.newest.considerations}
    for path in sorted(folder.glob("*.yaml")):
        for row in _read_rows(path):
            if row.consideration not in known:
                raise PracticeError(f"{path.name}: {row.id} names no consideration of the guide: {row.consideration}.")
            if home := syllabus.home_of(row.consideration):
                questions.append(_question(row, path, *home))
    ids = [question.id for question in questions]
    if doubled := sorted({name for name in ids if ids.count(name) > 1}):
        raise PracticeError(f"The question ids {', '.join(doubled)} are used more than once. Give each its own.")
    return Bank(questions)


def load_rows(folder: Path = CORPUS / "questions") -> list[QuestionRow]:
    """The questions as they are written, with constraints and decisions, file after file."""
    return [row for path in sorted(folder.glob("*.yaml")) for row in _read_rows(path)]


def _read_rows(path: Path) -> list[QuestionRow]:
    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        rows = yaml.load(path.read_text(encoding="utf-8"), Loader=loader) or []
        return [QuestionRow.model_validate(row) for row in rows]
    except (yaml.YAMLError, ValidationError) as error:
        raise PracticeError(f"{path.name} holds a broken question: {error}. Correct it.") from error


def _question(row: QuestionRow, path: Path, section: Section, objective: Objective) -> Question:
    choices = []
    for choice in row.choices:
        source = choice.source or row.source
        page = find_quote(source, choice.quote)
        if page is None:
            raise PracticeError(
                f"{path.name}: {row.id} cites {choice.quote!r}, which is not in {source}. Copy it exactly."
            )
        choices.append(
            Choice(choice.text, choice.correct, choice.why, Reference(source, page, choice.quote, choice.official))
        )
    return Question(
        id=row.id,
        section=section.number,
        objective=objective.id,
        consideration=row.consideration,
        kind=row.kind,
        difficulty=row.difficulty,
        origin=Origin.BANK,
        prompt=row.prompt.strip(),
        choices=tuple(choices),
        cluster=row.cluster,
    )


def find_quote(source: str, quote: str) -> int | None:
    """The page of a shipped source on which a quote stands word for word, or None."""
    pages = _page_texts(source)
    return next((number for number, text in pages.items() if quote and quote in text), None)


@lru_cache(maxsize=512)
def _page_texts(source: str) -> dict[int, str]:
    path = next((folder / source for folder in SHIPPED if (folder / source).is_file()), None)
    if path is None:
        return {}
    from ingest.pages import read_pages  # heavy, and not needed to answer a question

    return {page.number: page.text for page in read_pages(Source(source, path, ""), READING)}
