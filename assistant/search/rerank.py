"""An optional second reading of the best chunks by a cross-encoder; off unless `[answers] reranker` names one."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

from assistant.question.query import Scores
from ingest.errors import RerankerUnavailable, first_line

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder


class Reranker(Protocol):
    """Judges how well each text answers a question."""

    def scores(self, question: str, texts: Sequence[str]) -> Scores:
        """One score a text, shape (len(texts),), on any scale; higher is better."""


class CrossEncoderReranker:
    """Any `CrossEncoder` of sentence-transformers, by name or path; loaded when it is first used."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._model: CrossEncoder | None = None

    def scores(self, question: str, texts: Sequence[str]) -> Scores:
        """The model's scores; raises `RerankerUnavailable` when it cannot be loaded."""
        if self._model is None:
            self._model = self._load()
        scores: Scores = np.asarray(self._model.predict([(question, text) for text in texts]), dtype=np.float32)
        return scores

    def _load(self) -> "CrossEncoder":
        try:
            from sentence_transformers import CrossEncoder
        except ImportError as error:
            raise RerankerUnavailable(
                f"The reranker {self._name} needs sentence-transformers. Install it with: pip install "
                '"groundwork-study[models]", or set [answers] reranker in study.toml to nothing.'
            ) from error
        try:
            return CrossEncoder(self._name, num_labels=1)
        except (OSError, ValueError) as error:
            raise RerankerUnavailable(
                f"The reranker {self._name} cannot be loaded: {first_line(error)} Set [answers] reranker in study.toml "
                "to the name or path of a cross-encoder that is on this machine, or to nothing."
            ) from error


def rerank(fused: Scores, judged: Scores) -> Scores:
    """The fused scores of the same texts in the order of the reranker's, on the scale they had."""
    low, high = float(fused.min()), float(fused.max())
    span = float(judged.max() - judged.min()) or 1.0
    moved: Scores = (low + (judged - judged.min()) / span * (high - low)).astype(np.float32)
    return moved
