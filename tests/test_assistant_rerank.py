from pathlib import Path

import numpy as np
import pytest

from assistant.question.query import Query
from assistant.search.rerank import CrossEncoderReranker, Scores, rerank
from assistant.search.retrieval import Retriever
from assistant.session import Session
from ingest.errors import RerankerUnavailable


class Backwards:
    """Prefers the texts that came last."""

    def scores(self, question: str, texts: list[str]) -> Scores:
        return np.arange(len(texts), dtype=np.float32)


def test_a_reranker_reorders_the_best_chunks_and_nothing_else(corpus: Session) -> None:
    question = Query("What is concept drift?")
    plain = Retriever(corpus.index, corpus.embedder).find(question)
    again = Retriever(corpus.index, corpus.embedder, Backwards()).find(question)  # type: ignore[arg-type]
    assert [one.chunk.id for one in again.passages[:20]] == [one.chunk.id for one in plain.passages[:20][::-1]]
    assert [one.chunk.id for one in again.passages[20:]] == [one.chunk.id for one in plain.passages[20:]]


def test_reranked_scores_keep_the_scale() -> None:
    moved = rerank(np.array([0.9, 0.5, 0.1], dtype=np.float32), np.array([-4.0, 8.0, 2.0], dtype=np.float32))
    assert moved == pytest.approx([0.1, 0.9, 0.5])


def test_a_reranker_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RerankerUnavailable, match="no-such-model"):
        CrossEncoderReranker(str(tmp_path / "no-such-model")).scores("a question", ["a text"])


def save_tiny_cross_encoder(folder: Path) -> str:
    """A cross-encoder with one small layer and random weights: real code, no knowledge."""
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizer

    folder.mkdir()
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "drift", "what", "is", "something", "else"]
    (folder / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    shape = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    BertForSequenceClassification(BertConfig(vocab_size=len(words), num_labels=1, **shape)).save_pretrained(folder)
    BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    return str(folder)


def test_any_cross_encoder_of_sentence_transformers_works(tmp_path: Path) -> None:
    scores = CrossEncoderReranker(save_tiny_cross_encoder(tmp_path / "tiny")).scores(
        "drift", ["what drift is", "something else"]
    )
    assert scores.shape == (2,)
    assert np.isfinite(scores).all()


def test_the_settings_name_the_reranker(corpus: Session) -> None:
    session = Session(corpus.home)
    session.settings = session.settings.model_copy(
        update={"answers": session.settings.answers.model_copy(update={"reranker": "some/model"})}
    )
    assert isinstance(session.reranker, CrossEncoderReranker)
