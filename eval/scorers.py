"""Scores one case from what the assistant did; every score has a value or says why it has none, and an explanation."""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.answers import Answer
from assistant.grounding import find_faults
from assistant.practice.bank import find_quote
from assistant.retrieval import Findings
from eval.cases import EvalCase, Expectation, GoldSpan
from ingest.errors import EvaluationError
from ingest.index import Index

RECALL_AT = 5
COVERED = 0.5
"""Two spans meet when they share at least this much of the shorter one."""


@dataclass(frozen=True, slots=True)
class Score:
    """`value` from 0 to 1, or None where the score does not apply; "could not judge" is not "wrong"."""

    name: str
    value: float | None
    explanation: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a gold span stands in the index."""

    source: str
    page: int
    start: int
    end: int


def locate(span: GoldSpan, index: Index) -> Place:
    """A gold span's place; raises `EvaluationError` when the corpus no longer holds its words."""
    page = find_quote(span.source, span.quote)
    if page is None:
        raise EvaluationError(f"The gold quote {span.quote!r} is not in {span.source}. Correct the case or the note.")
    start = index.page_text(span.source, page).index(span.quote)
    return Place(span.source, page, start, start + len(span.quote))


def score_case(case: EvalCase, findings: Findings, answer: Answer, index: Index) -> list[Score]:
    """All scores of a case."""
    gold = [locate(span, index) for span in case.gold]
    return [
        *_retrieval(case, gold, findings),
        _validity(answer, findings, index),
        _gold_cited(case, gold, answer),
        _facts(case, answer),
        _refusal(case, answer),
    ]


def _retrieval(case: EvalCase, gold: Sequence[Place], findings: Findings) -> list[Score]:
    names = (f"retrieval: recall@{RECALL_AT}", "retrieval: MRR")
    if case.expect is not Expectation.ANSWER:
        return [Score(name, None, "nothing to find") for name in names]
    chunks = [passage.chunk for passage in findings.passages]
    places = [Place(chunk.source, chunk.page, chunk.start, chunk.end) for chunk in chunks]
    rank = next((number for number, place in enumerate(places, start=1) if _meets_any(place, gold)), 0)
    said = f"gold passage at rank {rank}" if rank else f"gold passage not among {len(chunks)} found"
    return [
        Score(names[0], float(0 < rank <= RECALL_AT), said),
        Score(names[1], 1 / rank if rank else 0.0, said),
    ]


def _meets_any(place: Place, gold: Sequence[Place]) -> bool:
    """Whether a place covers half of a gold span, or at least half of the place lies in one."""
    return any(
        (place.source, place.page) == (span.source, span.page)
        and min(place.end, span.end) - max(place.start, span.start)
        >= COVERED * min(place.end - place.start, span.end - span.start)
        for span in gold
    )


def _validity(answer: Answer, findings: Findings, index: Index) -> Score:
    name = "citations: validity"
    if answer.refused:
        return Score(name, None, "refused, cites nothing")
    faults = find_faults(answer, [passage.chunk for passage in findings.passages], index)
    return Score(name, float(not faults), "; ".join(faults) or "every quote stands on its page")


def _gold_cited(case: EvalCase, gold: Sequence[Place], answer: Answer) -> Score:
    name = "citations: gold cited"
    if case.expect is not Expectation.ANSWER:
        return Score(name, None, "nothing to cite")
    for citation in answer.citations:
        if _meets_any(Place(citation.source, citation.page, citation.start, citation.end), gold):
            return Score(name, 1.0, f"[{citation.marker}] cites the gold span")
    return Score(name, 0.0, "refused" if answer.refused else f"cites {len(answer.citations)} spans, none of them gold")


def _facts(case: EvalCase, answer: Answer) -> Score:
    name = "answers: key facts"
    if not case.facts:
        return Score(name, None, "the case names no facts")
    text = answer.text.lower()
    missing = [fact for fact in case.facts if fact.lower() not in text]
    said = f"missing: {', '.join(missing)}" if missing else "all there"
    return Score(name, 1 - len(missing) / len(case.facts), said)


def _refusal(case: EvalCase, answer: Answer) -> Score:
    wanted = case.expect is Expectation.REFUSE
    name = "refusal: refused what it should" if wanted else "refusal: answered what it should"
    right = answer.refused == wanted
    return Score(name, float(right), "as it should" if right else ("answered" if wanted else "refused"))
