"""Results of checking a text: each sentence with its verdict, the quotes that decide, and what does not match."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Self

from pydantic import Field

from assistant.checks.checker import CheckedSentence
from assistant.checks.verdict import Verdict
from assistant.footnotes import OfficialPage, shown
from assistant.search.retrieval import Evidence
from assistant.service.answers import QuoteResult, official_results
from assistant.service.result import Result

NO_PROOF = "Supported means that nothing was found against a sentence; a subtle change of meaning can pass."

OfficialAt = Callable[[str, int, int, int], Sequence[OfficialPage]]
"""The official pages behind a span: source, page, start, end."""


def unknown(source: str, page: int, start: int, end: int) -> Sequence[OfficialPage]:
    """For quotes whose official pages nobody looked up."""
    return ()


class MismatchResult(Result):
    """A difference between a sentence and the material."""

    kind: str = Field(
        description="number, date, name, negation, direction, scope, condition, cause, words, quote, citation."
    )
    said: str = Field(description="What the sentence says; empty when it leaves something out.")
    material: str = Field(description="What the material says instead; empty when it says nothing on this.")


class RenamedResult(Result):
    """A former product name, and the present one."""

    former: str
    present: str


class CheckedSentenceResult(Result):
    """A sentence of the text with its verdict and the quotes of the material that decide, the closest first."""

    text: str
    verdict: str = Field(
        description="supported, not supported, contradicted, or not checked (headings, questions, code)."
    )
    probability: float = Field(description="Of a fault, 0 to 1.")
    quotes: list[QuoteResult]
    mismatches: list[MismatchResult]
    renamed: list[RenamedResult]

    @classmethod
    def of(cls, one: CheckedSentence, official: OfficialAt = unknown) -> Self:
        """The result for a checked sentence."""
        return cls(
            text=one.text,
            verdict=one.verdict.value,
            probability=round(one.probability, 3),
            quotes=[quote_of(evidence, official) for evidence in one.evidence],
            mismatches=[MismatchResult(kind=m.kind.value, said=m.said, material=m.held) for m in one.mismatches],
            renamed=[RenamedResult(former=name.former, present=name.present) for name in one.renamed],
        )


class CheckResult(Result):
    """Every sentence of a text in order, and how many of each verdict."""

    sentences: list[CheckedSentenceResult]
    supported: int
    not_supported: int
    contradicted: int
    not_checked: int
    notes: list[str]

    @classmethod
    def of(cls, sentences: Sequence[CheckedSentence], official: OfficialAt = unknown) -> Self:
        """The result for the sentences of a text."""
        counts = Counter(one.verdict for one in sentences)
        return cls(
            sentences=[CheckedSentenceResult.of(one, official) for one in sentences],
            supported=counts[Verdict.SUPPORTED],
            not_supported=counts[Verdict.NOT_SUPPORTED],
            contradicted=counts[Verdict.CONTRADICTED],
            not_checked=counts[Verdict.NOT_CHECKED],
            notes=[NO_PROOF],
        )


def quote_of(evidence: Evidence, official: OfficialAt = unknown) -> QuoteResult:
    """A unit of the material as a quote: exactly the words at its offsets on the page."""
    start = evidence.start + len(evidence.raw) - len(evidence.raw.lstrip())
    return QuoteResult(
        source=evidence.chunk.source,
        page=evidence.chunk.page,
        heading=evidence.chunk.heading,
        quote=evidence.quote,
        shown=shown(evidence.quote),
        start=start,
        end=start + len(evidence.quote),
        official=official_results(
            official(evidence.chunk.source, evidence.chunk.page, start, start + len(evidence.quote))
        ),
    )
