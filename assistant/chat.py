"""The writer with a chat model: any model LangChain knows, numbered passages in, checked sentences out."""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from assistant.prompts import NOT_ANSWERED, SYSTEM, user_prompt
from assistant.retrieval import Evidence, Findings, Passage, join_evidence
from assistant.support import unsupported
from assistant.writers import DraftSentence, Quote, Support, Writer
from ingest.errors import WriterUnavailable
from ingest.lexical import Analyzer

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

PASSAGES = 5
CHARACTERS = 2000
"""About 500 word pieces of evidence: a model on two cores reads 60 a second."""
SURVIVING = 0.5
"""With less than this share of its sentences supported, a model's answer is replaced by quotes."""
_MARKER = re.compile(r"\[(\d+)\]")
_SENTENCE = re.compile(r"[^.!?\n]*(?:[.!?](?!\s|$)[^.!?\n]*)*(?:[.!?]+|\n|$)(?:\s*\[\d+\])*")


class ChatWriter:
    """Lets a chat model phrase the answer, checks each sentence, and falls back to quotes when too little holds.

    With `may_refuse` the model's word that the passages do not answer is believed; a small model says so too often.
    """

    def __init__(
        self,
        name: str,
        model: "BaseChatModel",
        fallback: Writer,
        *,
        seconds: float,
        may_refuse: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._model = model
        self._fallback = fallback
        self._seconds = seconds
        self._may_refuse = may_refuse
        self._clock = clock

    def write(self, question: str, findings: Findings) -> Iterator[DraftSentence]:
        """Supported sentences of the model, or the fallback's when less than half of them survive."""
        passages = join_evidence(findings.evidence, k=PASSAGES, characters=CHARACTERS)
        text = self._complete(question, passages)
        if NOT_ANSWERED in text and self._may_refuse:
            return
        drafts = [_checked(sentence, passages, findings.evidence) for sentence in split_answer(text)]
        kept = [draft for draft in drafts if draft.support is not Support.NONE]
        if not drafts or len(kept) < SURVIVING * len(drafts):
            yield from self._fallback.write(question, findings)
            return
        yield from kept

    def _complete(self, question: str, passages: Sequence[Passage]) -> str:
        """The model's words; raises `WriterUnavailable` when it fails or takes too long."""
        from langchain_core.messages import HumanMessage, SystemMessage

        messages = [SystemMessage(SYSTEM), HumanMessage(user_prompt(question, passages))]
        started = self._clock()
        parts: list[str] = []
        try:
            for chunk in self._model.stream(messages):
                parts.append(chunk.text)
                if self._clock() - started > self._seconds:
                    raise WriterUnavailable(
                        f"The writer {self.name} took longer than {self._seconds:.0f} s. Raise [answers] seconds in "
                        "study.toml, or use --writer quotes."
                    )
        except WriterUnavailable:
            raise
        except Exception as error:  # every provider raises its own kinds; this is the edge that calls them
            reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            raise WriterUnavailable(
                f"The writer {self.name} failed: {reason}. Use --writer quotes meanwhile."
            ) from error
        return "".join(parts)


def open_chat_model(name: str) -> "BaseChatModel":
    """Any chat model LangChain knows, as `provider:model`; keys come from the environment alone.

    Raises `WriterUnavailable` naming what is missing.
    """
    from langchain.chat_models import init_chat_model

    try:
        model: BaseChatModel = init_chat_model(name, temperature=0, max_retries=1)
    except ImportError as error:
        raise WriterUnavailable(f"The writer {name} needs a package that is not installed: {error}") from error
    except Exception as error:  # providers raise their own kinds for missing keys and unknown models
        reason = str(error).strip().splitlines()[0]
        raise WriterUnavailable(f"The writer {name} does not work here: {reason}") from error
    return model


def split_answer(text: str) -> list[str]:
    """A model's sentences, each with the markers that stand behind it."""
    return [found.strip() for found in _SENTENCE.findall(text) if re.search(r"\w{2}", _MARKER.sub("", found))]


def _checked(sentence: str, passages: Sequence[Passage], evidence: Sequence[Evidence]) -> DraftSentence:
    """The sentence without markers, resting on the unit of each named passage that says most of it."""
    named = [int(marker) for marker in _MARKER.findall(sentence)]
    words = " ".join(_MARKER.sub("", sentence).split())
    spans = [
        span
        for number in named
        if 1 <= number <= len(passages) and (span := _span(words, passages[number - 1], evidence))
    ]
    support = Support.NONE if unsupported(words, [span.quote for span in spans]) else Support.CHECKED
    quotes = tuple(Quote(span.chunk, *_inside(span)) for span in dict.fromkeys(spans))
    return DraftSentence(words, quotes, support)


def _span(words: str, passage: Passage, evidence: Sequence[Evidence]) -> Evidence | None:
    """The unit within a passage that shares most terms with a sentence."""
    chunk = passage.chunk
    inside = [
        item
        for item in evidence
        if (item.chunk.source, item.chunk.page) == (chunk.source, chunk.page)
        and chunk.start <= item.start
        and item.end <= chunk.end
    ]
    analyzer = Analyzer()
    terms = set(analyzer.tokens(words))
    return max(inside, key=lambda item: len(terms & set(analyzer.tokens(item.words))), default=None)


def _inside(item: Evidence) -> tuple[int, int]:
    start = item.start + len(item.raw) - len(item.raw.lstrip())
    return start, start + len(item.quote)
