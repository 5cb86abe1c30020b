"""The mock exam: drawn by the published section weights, scored by section and objective."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from assistant.practice.questions import Grade, Question, Reference, draw
from assistant.syllabus import Syllabus
from ingest.errors import PracticeError

READ_NEXT = 3
"""Objectives named as those to read next."""


@dataclass(frozen=True, slots=True)
class PartResult:
    """Right and asked questions of a section or objective, and the words that settle those not right."""

    name: str
    right: int
    asked: int
    missed: tuple[Reference, ...]


def section_counts(syllabus: Syllabus, count: int) -> dict[int, int]:
    """How many of `count` questions each section gets: its weight, rounded by largest remainder so that the sum is exact."""
    whole = sum(section.weight for section in syllabus.sections)
    exact = {section.number: count * section.weight / whole for section in syllabus.sections}
    counts = {number: int(share) for number, share in exact.items()}
    by_remainder = sorted(exact, key=lambda number: (counts[number] - exact[number], number))
    for number in by_remainder[: count - sum(counts.values())]:
        counts[number] += 1
    return counts


def draw_exam(
    questions: Sequence[Question], syllabus: Syllabus, *, count: int, seed: int, avoid: Collection[str] = ()
) -> list[Question]:
    """A mock exam; questions in `avoid`, the recently seen ones, come only where a section has no others.

    Same questions, seed and `avoid`, same exam. Raises `PracticeError` when a section has too few questions.
    """
    drawn: list[Question] = []
    for section, wanted in section_counts(syllabus, count).items():
        inside = [question for question in questions if question.section == section]
        fresh = [question for question in inside if question.id not in avoid]
        if len(inside) < wanted:
            raise PracticeError(
                f"Section {section} has {len(inside)} questions and an exam of {count} needs {wanted}. Ask for fewer."
            )
        ranked = draw(fresh, count=len(fresh), seed=seed)
        ranked += draw([one for one in inside if one.id in set(avoid)], count=len(inside), seed=seed)
        drawn += _of_different_clusters(ranked)[:wanted]
    order = {question.id: at for at, question in enumerate(draw(drawn, count=len(drawn), seed=seed + 1))}
    return sorted(drawn, key=lambda question: order[question.id])


def _of_different_clusters(ranked: Sequence[Question]) -> list[Question]:
    """The questions in their order, further ones of a cluster behind all others: two of one give each other away."""
    first: list[Question] = []
    again: list[Question] = []
    seen: set[str] = set()
    for question in ranked:
        (again if question.cluster and question.cluster in seen else first).append(question)
        seen.add(question.cluster)
    return first + again


def results_by_section(questions: Sequence[Question], grades: Sequence[Grade]) -> list[PartResult]:
    """One row a section, in order."""
    return _results([str(question.section or "") for question in questions], questions, grades)


def results_by_objective(questions: Sequence[Question], grades: Sequence[Grade]) -> list[PartResult]:
    """One row an objective, in order."""
    return _results([question.objective or "" for question in questions], questions, grades)


def read_next(objectives: Sequence[PartResult]) -> list[PartResult]:
    """The objectives with the smallest share right, at most `READ_NEXT`; none where nothing was missed."""
    missed = [row for row in objectives if row.right < row.asked]
    return sorted(missed, key=lambda row: (row.right / row.asked, row.name))[:READ_NEXT]


def _results(names: Sequence[str], questions: Sequence[Question], grades: Sequence[Grade]) -> list[PartResult]:
    rows: dict[str, list[tuple[Question, Grade]]] = {}
    for name, question, graded in zip(names, questions, grades, strict=True):
        rows.setdefault(name, []).append((question, graded))
    return [
        PartResult(
            name,
            sum(graded.correct for _, graded in row),
            len(row),
            tuple(
                choice.citation
                for question, graded in row
                if not graded.correct
                for choice in question.choices
                if choice.correct
            ),
        )
        for name, row in sorted(rows.items())
    ]
