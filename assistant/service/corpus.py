"""Results on what ships: ends that have passed or are near, what official pages no longer carry, and the exam guides."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Self

from pydantic import Field

from assistant.official.compare import Comparer, Comparison, load_anchors
from assistant.official.copies import Copies
from assistant.official.dates import Ending, endings
from assistant.official.statements import shipped_statements
from assistant.practice.questions import Question
from assistant.service.result import Result
from assistant.syllabus import Guide, Syllabus


class EndingResult(Result):
    """Something that ends on a day: a product's status, or a sentence that names the day."""

    name: str
    day: date
    passed: bool
    address: str
    place: str = Field(description="Note and line, question, or syllabus.yaml.")


class LostResult(Result):
    """A number, name or date of a statement that its official page no longer carries where the statement rests on it."""

    kind: str = Field(description="number, name or date.")
    written: str
    statement: str
    place: str
    address: str


class ComparisonResult(Result):
    """What was compared with the copies of the official pages."""

    statements: int
    details: int
    lost: list[LostResult]
    unrecorded: int = Field(description="Statements that changed since the pages were recorded.")
    absent: list[str] = Field(description="Pages that are cited and are not among the copies.")

    @classmethod
    def of(cls, found: Comparison) -> Self:
        """The result of a comparison."""
        return cls(
            statements=found.statements,
            details=found.details,
            lost=[
                LostResult(
                    kind=one.detail.kind.value,
                    written=one.detail.written,
                    statement=one.statement.text,
                    place=one.statement.place,
                    address=one.address,
                )
                for one in found.lost
            ],
            unrecorded=found.unrecorded,
            absent=list(found.absent),
        )


class CorpusResult(Result):
    """The state of what ships on a day; `comparison` is null unless copies of the official pages were given."""

    on: date
    endings: list[EndingResult]
    comparison: ComparisonResult | None


def examine_corpus(syllabus: Syllabus, questions: Sequence[Question], on: date, against: Path | None) -> CorpusResult:
    """Ends on a day, and a comparison with copies of the official pages where a folder is given."""
    statements = shipped_statements(syllabus, questions)
    compared = Comparer(statements).compare(Copies(against), load_anchors()) if against else None
    return CorpusResult(
        on=on,
        endings=[_ending(one) for one in endings(syllabus, statements, on)],
        comparison=ComparisonResult.of(compared) if compared else None,
    )


def _ending(one: Ending) -> EndingResult:
    return EndingResult(name=one.name, day=one.day, passed=one.passed, address=one.address, place=one.place)


class GuideResult(Result):
    """An exam guide with the published weight of each section, and whether it is the one that is studied for."""

    id: str
    name: str
    chosen: bool
    weights: dict[str, int]
    considerations: int

    @classmethod
    def of(cls, guide: Guide, chosen: bool) -> Self:
        """The result for a guide."""
        return cls(
            id=guide.id,
            name=guide.name,
            chosen=chosen,
            weights={str(number): weight for number, weight in guide.weights.items()},
            considerations=len(guide.considerations),
        )


class GuidesResult(Result):
    """The exam guides, the newest first."""

    guides: list[GuideResult]

    @classmethod
    def of(cls, syllabus: Syllabus) -> Self:
        """The result for a syllabus under the chosen guide."""
        return cls(guides=[GuideResult.of(one, one.id == syllabus.guide.id) for one in syllabus.guides])
