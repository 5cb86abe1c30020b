"""Results of searching and asking: passages, sentences, and the citations they rest on."""

from collections.abc import Sequence
from typing import Self

from pydantic import Field

from assistant.answers import Answer, Citation
from assistant.footnotes import OfficialPage
from assistant.search.retrieval import Passage
from assistant.service.result import Result


class PassageResult(Result):
    """A passage of the material; the best of a query scores near 2."""

    text: str
    source: str = Field(description="Name of the source, as `sources` lists it.")
    page: int = Field(description="Page in the file, counted from 1.")
    heading: str = Field(description="Headings above the passage, outermost first, joined by ›.")
    start: int = Field(description="Offset of the first character on the page.")
    end: int = Field(description="Offset just behind the last character on the page.")
    score: float

    @classmethod
    def of(cls, passage: Passage) -> Self:
        """The result for a passage that was found."""
        chunk = passage.chunk
        return cls(
            text=chunk.text,
            source=chunk.source,
            page=chunk.page,
            heading=chunk.heading,
            start=chunk.start,
            end=chunk.end,
            score=round(passage.score, 4),
        )


class OfficialPageResult(Result):
    """A page of the vendor's documentation that says the same."""

    address: str
    title: str


def official_results(pages: Sequence[OfficialPage]) -> list[OfficialPageResult] | None:
    """Official pages as results; None where none is known."""
    return [OfficialPageResult(address=one.address, title=one.title) for one in pages] or None


class QuoteResult(Result):
    """Words of the material with their place: `quote` stands verbatim at `start` to `end` of the page."""

    source: str
    page: int
    heading: str
    quote: str
    start: int
    end: int
    shown: str = Field(default="", description="The quote on one line without footnote marks, to be shown to a person.")
    official: list[OfficialPageResult] | None = Field(
        default=None, description="Official pages behind the quote; null where none is known."
    )


class CitationResult(Result):
    """`[marker]` in the answer: exactly these words of the material."""

    marker: int
    source: str
    page: int
    pages: list[int] = Field(
        description="Every page the quote stands on; more than one where it runs over a page break."
    )
    heading: str
    quote: str
    start: int
    end: int
    shown: str = Field(description="The quote on one line without footnote marks, to be shown to a person.")
    official: list[OfficialPageResult] | None = Field(
        default=None, description="Official pages behind the quote; null where none is known."
    )

    @classmethod
    def of(cls, citation: Citation) -> Self:
        """The result for a citation of an answer."""
        return cls.copied(
            citation,
            source=citation.source,
            page=citation.page,
            pages=list(citation.pages),
            heading=citation.chunk.heading,
            shown=citation.shown,
            official=official_results(citation.official),
        )


class SentenceResult(Result):
    """A sentence of an answer, the markers of its citations, and which check it passed."""

    text: str
    citations: list[int]
    supported: str = Field(description="verbatim, checked, judged or translated: which check the sentence passed.")


class SearchResult(Result):
    """What `search` finds, best first."""

    passages: list[PassageResult]

    @classmethod
    def of(cls, passages: list[Passage]) -> Self:
        """The result for passages in their order."""
        return cls(passages=[PassageResult.of(passage) for passage in passages])


class AskResult(Result):
    """An answer whose citations were all checked, or a refusal; a refusal is a normal answer without citations."""

    question: str
    answer: str
    refused: bool = Field(description="True when the material does not answer the question; do not answer for it.")
    writer: str = Field(description="Who phrased the answer: quotes for the material's own sentences, or a model.")
    sentences: list[SentenceResult]
    citations: list[CitationResult]
    passages: list[PassageResult]
    seconds: float
    understood: str = Field(description="A follow-up question completed from the one before; empty otherwise.")
    notes: list[str] = Field(description="What a reader should know besides, such as new names of renamed products.")
    readings: list[str] = Field(
        default=[], description="The question in other words, where it can be meant in several ways; ask one of them."
    )

    @classmethod
    def of(cls, answer: Answer) -> Self:
        """The result for an answer."""
        return cls.copied(
            answer,
            answer=answer.text,
            sentences=[SentenceResult.copied(one) for one in answer.sentences],
            citations=[CitationResult.of(one) for one in answer.citations],
            passages=[PassageResult.of(one) for one in answer.passages],
        )
