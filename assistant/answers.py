"""Draft sentences, answers and their citations as values, and how the one becomes the other; knows no model."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from assistant.footnotes import OfficialPage, shown
from assistant.search.retrieval import Passage
from ingest.chunks import Chunk

_FORGED = re.compile(r"(?<![\w\])])\[(\d{1,4}(?:\s?[,–-]\s?\d{1,4})*)\]")
"""Not behind a name, where it is an index: `x[1]`."""


class Support(StrEnum):
    """Which check a sentence passed; `NONE` means it was not found in the material and says so on every screen."""

    VERBATIM = "verbatim"
    """The sentence is the quote itself."""
    CHECKED = "checked"
    """Its numbers, names, dates and negations occur in its quotes; a model's paraphrase is not proven by that."""
    JUDGED = "judged"
    """Checked, and a model that saw nothing but the sentence and its quotes says that they say it."""
    TRANSLATED = "translated"
    """Checked or judged in the material's language, then translated with the same numbers and abbreviations."""
    NONE = "not supported by your material"


@dataclass(frozen=True, slots=True)
class Quote:
    """A span of a page: `start` and `end` are offsets on the page, within the chunk."""

    chunk: Chunk
    start: int
    end: int

    @property
    def text(self) -> str:
        """The quoted words, exactly."""
        return self.chunk.text[self.start - self.chunk.start : self.end - self.chunk.start]


@dataclass(frozen=True, slots=True)
class DraftSentence:
    """A sentence as a writer wrote it, with the quotes it rests on."""

    text: str
    quotes: tuple[Quote, ...]
    support: Support


@dataclass(frozen=True, slots=True)
class Citation:
    """`[marker]` in an answer: exactly this span, `start` to `end`, of the page that the chunk is on."""

    marker: int
    chunk: Chunk
    quote: str
    start: int
    end: int
    official: tuple[OfficialPage, ...] = ()
    """Official pages that the quote's footnotes name."""

    @property
    def shown(self) -> str:
        """The quote on one line without footnote marks, as screens and exports show it."""
        return shown(self.quote)

    @property
    def source(self) -> str:
        """Name of the cited source."""
        return self.chunk.source

    @property
    def page(self) -> int:
        """Page in the file, counted from 1."""
        return self.chunk.page

    @property
    def pages(self) -> tuple[int, ...]:
        """The pages on which the quote is printed: two when its sentence runs over the page break."""
        return (self.page, self.page + 1) if self._carried else (self.page,)

    @property
    def locator(self) -> str:
        """The place as a person finds it; the following page too when the quote goes on there."""
        if not self._carried:
            return self.chunk.locator
        both = f"pages {self.page} and {self.page + 1}"
        return f"{self.chunk.label} and the page after it ({both} of the file)" if self.chunk.label else both

    def quote_on(self, page: int) -> str:
        """The part of the quote that is printed on a page of the file; empty for any other page."""
        cut = len(self.quote) - self._carried
        return {self.page: self.quote[:cut], self.page + 1: self.quote[cut:]}.get(page, "")

    @property
    def _carried(self) -> int:
        """Characters at the quote's end that are printed on the next page."""
        return max(0, self.end - max(self.start, self.chunk.end - self.chunk.carried))


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
    readings: tuple[str, ...] = ()
    """Where the question means too many things to be answered: questions that it may mean, each to be asked as it stands."""
    request: str = ""
    """Where the message was a request and no question: what was asked for and what came of it, as JSON for the screen."""


def number_citations(drafts: Iterable[DraftSentence]) -> tuple[tuple[Sentence, ...], tuple[Citation, ...]]:
    """Sentences with markers, and one citation for each different span, numbered from 1 in order of first use."""
    numbers: dict[tuple[str, int, int, int], Citation] = {}
    sentences = []
    for draft in drafts:
        markers = [_cite(quote, numbers).marker for quote in draft.quotes]
        sentences.append(
            Sentence(without_forged_markers(draft.text), tuple(dict.fromkeys(markers)), draft.support.value)
        )
    return tuple(sentences), tuple(numbers.values())


def without_forged_markers(text: str) -> str:
    """A text whose own `[2]`, as papers and forgers write them, cannot be taken for a marker of ours: it becomes `(2)`."""
    return _FORGED.sub(r"(\1)", text)


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
