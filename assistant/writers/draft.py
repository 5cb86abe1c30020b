"""The Protocol of writers: findings in, draft sentences with the spans they rest on out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from assistant.answers import DraftSentence
from assistant.search.retrieval import Findings, Passage


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
        """Sentences in reading order, as they are ready, those that failed their check too; nothing when the findings do
        not answer.
        """


class WithoutTranslation:
    """What a writer is that knows no languages."""

    reads_languages = writes_languages = False

    def translate(self, text: str, language: str) -> str:
        """The text as it is."""
        return text


def unheard(told: object) -> None:
    """Ignores an answer while it is made."""


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
