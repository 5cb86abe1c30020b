"""Labeled questions: who asks what, and which sentences of the shipped notes answer; anchored by quote, read into offsets."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from assistant.syllabus import CORPUS
from ingest.errors import EvaluationError
from ingest.settings import StrictModel
from ingest.units import QUOTABLE, split_units

LABELS = Path(__file__).resolve().parent / "labels"
NOTES = CORPUS / "notes"
TEST_SHARE, TUNE_SHARE = 0.15, 0.15
"""Shares of the topics (a note's `##` section) that are held back for the last measurement, and for fitting thresholds."""
_MARK = re.compile(r"\[\^[^\[\]]+\]")


class Style(StrEnum):
    """How a question is asked; the last three have no answer as they stand."""

    HOW = "how"
    WHY = "why"
    WHICH = "which"
    WHAT = "what"
    YES_NO = "yesno"
    NUMBER = "number"
    COMPARE = "compare"
    TROUBLE = "trouble"
    SLOPPY = "sloppy"
    TYPO = "typo"
    ABBREVIATION = "abbr"
    OLD_NAME = "oldname"
    SCENARIO = "scenario"
    MULTI = "multi"
    PREMISE = "premise"
    UNDERSPECIFIED = "underspecified"
    NEAR_MISS = "nearmiss"


class Part(StrEnum):
    """What a topic is used for: training, fitting of what stands on that, or the last measurement."""

    TRAIN = "train"
    TUNE = "tune"
    TEST = "test"


HELD_BACK = (Part.TUNE, Part.TEST)


class Quoted(StrictModel):
    """Words of a note that answer or help."""

    source: str = ""
    quote: str = Field(min_length=8)


def _as_quoted(value: object) -> object:
    return {"quote": value} if isinstance(value, str) else value


Quotes = tuple[Annotated[Quoted, BeforeValidator(_as_quoted)], ...]


class Reading(StrictModel):
    """One thing that an underspecified question may mean, with what answers it then."""

    reading: str
    answers: Quotes


class LabelledQuestion(StrictModel):
    """One question; quotes that name no source stand in the question's own."""

    q: str = Field(min_length=3)
    style: Style
    section: str
    source: str
    answers: Quotes = ()
    helps: Quotes = ()
    readings: tuple[Reading, ...] = ()

    @model_validator(mode="after")
    def _fits_its_style(self) -> "LabelledQuestion":
        if (self.style in (Style.NEAR_MISS, Style.UNDERSPECIFIED)) == bool(self.answers):
            raise ValueError(f"a question of style {self.style} has the wrong number of answers")
        if self.style is Style.UNDERSPECIFIED and len(self.readings) < 2:
            raise ValueError("an underspecified question needs two readings")
        return self

    @property
    def answerable(self) -> bool:
        """Whether the notes answer, or correct, what is asked."""
        return bool(self.answers)


@dataclass(frozen=True, slots=True)
class Span:
    """A unit of a source that a label names: `start` to `end` on the note's only page."""

    source: str
    start: int
    end: int


def load_labels(folder: Path = LABELS) -> list[LabelledQuestion]:
    """All labeled questions; raises `EvaluationError` naming the file and line that is broken."""
    found = []
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            try:
                found.append(LabelledQuestion.model_validate_json(line))
            except ValidationError as error:
                raise EvaluationError(f"{path.name} line {number} is not a usable label: {error}") from error
    return found


def spans_of(quotes: Quotes, source: str) -> list[Span]:
    """The units that hold the quotes; a quote that no longer stands in its note is left out."""
    return [span for one in quotes if (span := find_unit(one.source or source, one.quote))]


def find_unit(source: str, quote: str) -> Span | None:
    """The unit of a note that holds most of the quote's words, or None when the quote does not stand there."""
    text, positions = _squeezed(source)
    wanted = "".join(_MARK.sub("", quote).split())
    at = text.find(wanted)
    if at < 0 or not wanted:
        return None
    middle = positions[at + len(wanted) // 2]
    return next((span for span in _units(source) if span.start <= middle < span.end), None)


@cache
def _page(source: str) -> str:
    from ingest.pages import normalise  # heavy parsers come with it

    path = NOTES / source
    return normalise(path.read_text(encoding="utf-8")) if path.is_file() else ""


@cache
def _squeezed(source: str) -> tuple[str, list[int]]:
    """A note without white space and footnote marks, and where each character stands on its page."""
    page = _page(source)
    hidden = {at for found in _MARK.finditer(page) for at in range(*found.span())}
    kept = [at for at, letter in enumerate(page) if at not in hidden and not letter.isspace()]
    return "".join(page[at] for at in kept), kept


@cache
def _units(source: str) -> list[Span]:
    return [Span(source, unit.start, unit.end) for unit in split_units(_page(source)) if unit.kind in QUOTABLE]


def topic_of(label: LabelledQuestion) -> str:
    """The `##` section that a label belongs to; questions of one topic are on one side of every split."""
    places = spans_of(label.answers or (label.readings[0].answers if label.readings else ()), label.source)
    source = places[0].source if places else label.source
    at = places[0].start if places else _page(source).find(label.section.lstrip("# ").strip())
    heading = ""
    for start, title in _sections(source):
        if start > max(at, 0):
            break
        heading = title
    return f"{source}#{heading}"


def section_of(topic: str) -> str:
    """The text of a topic, the heading of its note above it."""
    source, _, heading = topic.partition("#")
    page, places = _page(source), _sections(source)
    at = next(place for place, (_, title) in enumerate(places) if title == heading)
    end = places[at + 1][0] if at + 1 < len(places) else len(page)
    return page.splitlines()[0] + "\n\n" + page[places[at][0] : end]


@cache
def _sections(source: str) -> list[tuple[int, str]]:
    return [(found.start(), found.group(1)) for found in re.finditer(r"^## (.+)$", _page(source), re.MULTILINE)]


def part_of(topic: str) -> Part:
    """What a topic is used for, by a hash that no one chooses."""
    import hashlib

    share = int.from_bytes(hashlib.sha256(topic.encode()).digest()[:4], "big") / 2**32
    return Part.TEST if share < TEST_SHARE else Part.TUNE if share < TEST_SHARE + TUNE_SHARE else Part.TRAIN


def faults(labels: list[LabelledQuestion]) -> Iterator[str]:
    """A sentence for each quote that no longer stands in its note."""
    for label in labels:
        for one in (*label.answers, *label.helps, *(quote for reading in label.readings for quote in reading.answers)):
            if find_unit(one.source or label.source, one.quote) is None:
                yield f"{label.q!r} is answered by {one.quote!r}, which does not stand in {one.source or label.source}."
