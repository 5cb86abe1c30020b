"""An answer and its citations as values, and how draft sentences become one; knows no retrieval and no model."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assistant.retrieval import Passage
from assistant.writers import DraftSentence, Quote
from ingest.chunks import Chunk


@dataclass(frozen=True, slots=True)
class Citation:
    """`[marker]` in an answer: exactly this span, `start` to `end`, of the page that the chunk is on."""

    marker: int
    chunk: Chunk
    quote: str
    start: int
    end: int

    @property
    def source(self) -> str:
        """Name of the cited source."""
        return self.chunk.source

    @property
    def page(self) -> int:
        """Page in the file, counted from 1."""
        return self.chunk.page


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an answer with the markers of its citations and the check it passed."""

    text: str
    citations: tuple[int, ...]
    supported: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to a question; a refusal is a normal answer without citations."""

    question: str
    text: str
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    refused: bool
    writer: str
    passages: tuple[Passage, ...] = ()
    seconds: float = 0.0
    understood: str = ""
    """The question with what a follow-up left out; empty when it was understood as it stands."""
    notes: tuple[str, ...] = ()
    """What a reader should know besides: new names of renamed products, sentences of a model that were left out."""


def number_citations(drafts: Iterable[DraftSentence]) -> tuple[tuple[Sentence, ...], tuple[Citation, ...]]:
    """Sentences with markers, and one citation for each different span, numbered from 1 in order of first use."""
    numbers: dict[tuple[str, int, int, int], Citation] = {}
    sentences = []
    for draft in drafts:
        markers = [_cite(quote, numbers).marker for quote in draft.quotes]
        sentences.append(Sentence(draft.text, tuple(dict.fromkeys(markers)), draft.support.value))
    return tuple(sentences), tuple(numbers.values())


def _cite(quote: Quote, numbers: dict[tuple[str, int, int, int], Citation]) -> Citation:
    place = (quote.chunk.source, quote.chunk.page, quote.start, quote.end)
    if place not in numbers:
        numbers[place] = Citation(len(numbers) + 1, quote.chunk, quote.text, quote.start, quote.end)
    return numbers[place]


def join_sentences(sentences: Sequence[Sentence]) -> str:
    """The answer as one text with its markers."""
    return " ".join(_marked(sentence) for sentence in sentences)


def _marked(sentence: Sentence) -> str:
    return sentence.text + "".join(f" [{marker}]" for marker in sentence.citations)
