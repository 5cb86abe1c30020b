"""A second, separate pass over a sentence: does it follow from its quotes? A chat model is asked, yes or no."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from assistant.deadline import reply_in_time
from ingest.errors import WriterUnavailable, first_line

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage

PROMPT = """Passage:
{passage}

Statement: {statement}

Does the passage say that the statement is true? Answer with one word, yes or no."""
SUPPORTED_FROM = 0.5
"""Probability of yes from which a statement counts as supported; what it is worth is measured by `eval/bench/verifier.py`."""
SECONDS = 120.0
"""For one statement, where nothing else is asked for."""
TELL: dict[str, Any] = {"logprobs": True, "top_logprobs": 10, "max_completion_tokens": 1}
"""Asks a model for one word and how probable the likeliest were, where `tells_probabilities` says that it tells."""


class SupportCheck(Protocol):
    """Reads a statement against the quotes it rests on."""

    def supports(self, statement: str, quotes: Sequence[str]) -> bool:
        """Whether the quotes together say the statement. Raises `WriterUnavailable` when that cannot be told."""


class Judge:
    """Asks a chat model; where it tells the probabilities of its next word, these count, else the word it says."""

    def __init__(self, model: "BaseChatModel", *, seconds: float = SECONDS) -> None:
        self._model = model
        self._seconds = seconds
        self._tells = tells_probabilities(model)

    def supports(self, statement: str, quotes: Sequence[str]) -> bool:
        """Whether the quotes together say the statement. Raises `WriterUnavailable` when the model fails."""
        return self.probability(statement, " ".join(quotes)) >= SUPPORTED_FROM

    def probability(self, statement: str, passage: str) -> float:
        """Probability of yes against no, 0 to 1. Raises `WriterUnavailable` when the model fails."""
        prompt = PROMPT.format(passage=" ".join(passage.split()), statement=" ".join(statement.split()))
        try:
            options = TELL if self._tells else {}
            message = reply_in_time(lambda: self._model.invoke(prompt, **options), self._seconds)
        except TimeoutError as error:
            raise WriterUnavailable(
                f"The model that checks sentences took longer than {self._seconds:.0f} s. Raise [answers] seconds in "
                'study.toml, or set [answers] judge = "never".'
            ) from error
        except Exception as error:  # every provider raises its own kinds; this is the edge that calls them
            raise WriterUnavailable(f"The model that checks sentences failed: {first_line(error)}") from error
        said = first_word(message)
        return yes_share(said) if said else float(message.text.strip().lower().startswith("yes"))


def tells_probabilities(model: "BaseChatModel") -> bool:
    """Whether the model says how probable its next word was; models that reason refuse to."""
    return "openai" in type(model).__module__ and not (model.profile or {}).get("reasoning_output", False)


def first_word(message: "BaseMessage") -> dict[str, float]:
    """What the first word could have been, with natural logarithms of the probabilities; empty where the model does not tell."""
    words = (message.response_metadata.get("logprobs") or {}).get("content") or []
    return {item["token"]: item["logprob"] for item in words[0]["top_logprobs"]} if words else {}


def yes_share(logprobs: dict[str, float]) -> float:
    """Probability of yes among yes and no, from natural logarithms of the next word's probabilities; 0 without either."""
    yes = sum(math.exp(value) for word, value in logprobs.items() if word.strip().lower() == "yes")
    no = sum(math.exp(value) for word, value in logprobs.items() if word.strip().lower() == "no")
    return yes / (yes + no) if yes + no else 0.0
