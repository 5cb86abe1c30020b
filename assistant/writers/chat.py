"""The writer with a chat model: any model LangChain knows, numbered passages in, checked sentences out."""

import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from assistant.answers import DraftSentence, Quote, Support
from assistant.checks.judge import SupportCheck
from assistant.checks.orders import gives_orders
from assistant.checks.support import unsupported, without_markers
from assistant.deadline import in_time, reply_in_time
from assistant.search.retrieval import Evidence, Findings, Passage, join_evidence
from assistant.writers.prompts import NOT_ANSWERED, SYSTEM, TRANSLATE, user_prompt
from ingest.errors import WriterUnavailable, first_line
from ingest.lexical import Analyzer

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessageChunk, BaseMessage
    from langchain_core.runnables import Runnable

PASSAGES = 5
CHARACTERS = 2000
"""About 500 word pieces of evidence: a model on two cores reads 60 a second."""
_MARKER = re.compile(r"\[(\d+)\]")
_SENTENCE = re.compile(r"[^.!?\n]*(?:[.!?](?!\s|$)[^.!?\n]*)*(?:[.!?]+|\n|$)(?:\s{0,3}\[\d+\])*")


class ChatWriter:
    """Lets a chat model phrase the answer and checks each sentence as soon as it is whole.

    With `trusted` the model's word that the passages do not answer is believed, and its translations of an answer. A small
    model says the former too often and loses meaning in the latter, so without `trusted` it does neither. Each of the `judges`
    reads every sentence that passed the other checks once more.
    """

    reads_languages = True

    def __init__(
        self,
        name: str,
        model: "BaseChatModel",
        *,
        seconds: float,
        trusted: bool = True,
        judges: Sequence[SupportCheck] = (),
    ) -> None:
        self.name = name
        self._model = model
        self._seconds = seconds
        self._trusted = trusted
        self._judges = judges

    @property
    def writes_languages(self) -> bool:
        """Whether its translations of an answer are shown."""
        return self._trusted

    def write(self, question: str, findings: Findings) -> Iterator[DraftSentence]:
        """The model's sentences as they are complete, each with the check it passed; raises `WriterUnavailable`."""
        evidence = [item for item in findings.evidence if not gives_orders(f"{item.words}\n{item.chunk.heading}")]
        passages = join_evidence(evidence, k=PASSAGES, characters=CHARACTERS)
        for sentence in self._sentences(question, passages):
            if NOT_ANSWERED in sentence and self._trusted:
                continue
            draft = _checked(sentence, passages, evidence)
            yield self._judged(draft) if self._judges and draft.support is Support.CHECKED else draft

    def translate(self, text: str, language: str) -> str:
        """The model's translation; raises `WriterUnavailable` when it fails or takes too long."""
        said: str = self._reply(self._model, TRANSLATE.format(text=text, language=language)).text
        return said

    def _judged(self, draft: DraftSentence) -> DraftSentence:
        quotes = [quote.text for quote in draft.quotes]
        supported = all(judge.supports(draft.text, quotes) for judge in self._judges)
        return replace(draft, support=Support.JUDGED if supported else Support.NONE)

    def _sentences(self, question: str, passages: Sequence[Passage]) -> Iterator[str]:
        """Complete sentences with their markers while the model still writes; the last is complete when it stops.

        A provider that promises structured output gives all of them together, in the form that was asked for.
        """
        if (self._model.profile or {}).get("structured_output"):
            yield from self._structured(question, passages)
            return
        said, given = "", 0
        written = cast("Generator[AIMessageChunk]", self._model.stream(self._messages(question, passages)))
        with self._translated(), closing(in_time(written, self._seconds)) as parts:
            for part in parts:
                said += part.text
                complete = split_answer(said)[:-1]
                yield from complete[given:]
                given = max(given, len(complete))
        yield from split_answer(said)[given:]

    def _structured(self, question: str, passages: Sequence[Passage]) -> Iterator[str]:
        """The model's claims as sentences with markers; raises `WriterUnavailable` when it fails or breaks the form."""
        from pydantic import BaseModel, Field

        class Claim(BaseModel):
            """One sentence of the answer."""

            text: str = Field(description="one sentence without markers")
            passages: list[int] = Field(description="numbers of the passages it comes from")

        class Claims(BaseModel):
            """The answer; no claims when the passages do not answer."""

            claims: list[Claim]

        answer = self._reply(self._model.with_structured_output(Claims), self._messages(question, passages))
        with self._translated():
            claims = Claims.model_validate(answer).claims
        for claim in claims:
            yield f"{claim.text.strip()} {' '.join(f'[{number}]' for number in claim.passages)}"

    def _reply(self, model: "Runnable[Any, Any]", messages: "list[BaseMessage] | str", **options: Any) -> Any:
        """Everything the model says, as one text; raises `WriterUnavailable` when it fails or takes too long."""
        with self._translated():
            return reply_in_time(lambda: model.invoke(messages, **options), self._seconds)

    def _messages(self, question: str, passages: Sequence[Passage]) -> list["BaseMessage"]:
        from langchain_core.messages import HumanMessage, SystemMessage

        return [SystemMessage(SYSTEM), HumanMessage(user_prompt(question, passages))]

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """A provider's errors as one sentence."""
        try:
            yield
        except TimeoutError as error:
            raise WriterUnavailable(
                f"The writer {self.name} took longer than {self._seconds:.0f} s. Raise [answers] seconds in study.toml, or "
                "use --writer quotes."
            ) from error
        except Exception as error:  # every provider raises its own kinds; this is the edge that calls them
            raise WriterUnavailable(
                f"The writer {self.name} failed: {first_line(error)}. Use --writer quotes meanwhile."
            ) from error


def open_chat_model(name: str) -> "BaseChatModel":
    """Any chat model LangChain knows, as `provider:model`; keys come from the environment alone.

    Raises `WriterUnavailable` naming what is missing.
    """
    from langchain.chat_models import init_chat_model

    try:
        model: BaseChatModel = init_chat_model(name, max_retries=1)
        if (model.profile or {}).get("temperature") is not False:  # reasoning models refuse a temperature
            model = init_chat_model(name, temperature=0, max_retries=1)
    except ImportError as error:
        raise WriterUnavailable(f"The writer {name} needs a package that is not installed: {error}") from error
    except Exception as error:  # providers raise their own kinds for missing keys and unknown models
        raise WriterUnavailable(f"The writer {name} does not work here: {first_line(error)}") from error
    return model


def split_answer(text: str) -> list[str]:
    """A model's sentences, each with the markers that stand behind it."""
    return [found.strip() for found in _SENTENCE.findall(text) if re.search(r"\w{2}", _MARKER.sub("", found))]


def _checked(sentence: str, passages: Sequence[Passage], evidence: Sequence[Evidence]) -> DraftSentence:
    """The sentence without markers, resting on the unit of each named passage that says most of it.

    A sentence that breaks off is not supported: what is missing may turn its meaning.
    """
    named = [int(marker) for marker in _MARKER.findall(sentence)]
    words = " ".join(without_markers(sentence).split())
    spans = [
        span
        for number in named
        if 1 <= number <= len(passages) and (span := _span(words, passages[number - 1], evidence))
    ]
    whole = sentence.rstrip().endswith((".", "!", "?", "]"))
    supported = whole and unsupported(words, [span.quote for span in spans]) is None
    support = Support.CHECKED if supported else Support.NONE
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
