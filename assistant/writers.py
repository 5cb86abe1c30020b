"""What every writer takes and gives: passages in, draft sentences with the spans they rest on out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from assistant.retrieval import Findings, Passage
from ingest.chunks import Chunk


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


class Writer(Protocol):
    """Turns findings into an answer's sentences."""

    @property
    def name(self) -> str:
        """Shown on every screen and in every JSON."""

    @property
    def reads_languages(self) -> bool:
        """Whether it can put a question into another language."""

    @property
    def writes_languages(self) -> bool:
        """Whether its own translation of an answer can be shown."""

    def translate(self, text: str, language: str) -> str:
        """A text in the language of an ISO 639-1 code; as it is where the writer reads no languages."""

    def write(self, question: str, findings: Findings) -> Iterator[DraftSentence]:
        """Sentences in reading order, as they are ready, those that failed their check too; none at all means the findings do
        not answer.
        """


class WithoutTranslation:
    """What a writer is that knows no languages."""

    reads_languages = writes_languages = False

    def translate(self, text: str, language: str) -> str:
        """The text as it is."""
        return text


def unheard(told: object) -> None:
    """For whoever does not want to hear of an answer while it is made."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Hears of an answer while it is made: first the passages, then each sentence that passed its check.

    What it hears is provisional: the finished answer may fall back to quotes.
    """

    found: Callable[[tuple[Passage, ...]], None] = unheard
    wrote: Callable[[DraftSentence], None] = unheard


@dataclass(frozen=True, slots=True)
class WriterStatus:
    """Whether a writer works here, and why or why not."""

    name: str
    available: bool
    reason: str
