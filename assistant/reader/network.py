"""Runs the reader's network: a cross-encoder that reads a question beside a chunk and scores each of its units, and the chunk.

`python -m eval.fit` trains and exports it (int8 ONNX, started from all-MiniLM-L6-v2); the card beside the weights tells how.
"""

import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ingest.chunks import EmbeddedText
from ingest.embeddings import default_tokenizer
from ingest.seals import file_hash

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

FOLDER = Path(__file__).resolve().parent / "weights"
LONGEST = 256
"""Word pieces of question and chunk together; longer chunks are cut."""
LONGEST_QUESTION = 96
THREADS = min(4, os.cpu_count() or 1)
"""Chunks that are read at once, each by one thread: faster than one chunk by all threads (docs/decisions/0074)."""
CUT_OFF = -12.0
"""Score of a unit that was cut off."""
START, END = 101, 102
"""BERT's word pieces [CLS] and [SEP]."""
PROBE = (list(range(2000, 2020)), list(range(3000, 3200)))
"""Word pieces of a pair whose scores the card holds."""
FAR_OFF = 0.02
"""Mean difference from the card's scores above which this processor's fast arithmetic is not used."""
EXACT = "session.x64quantprecision"
"""ONNX Runtime's option for x64 processors without VNNI, whose fast int8 products overflow; on others it only costs time."""

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ChunkScores:
    """Log odds that each unit belongs to the answer, and that the chunk answers."""

    units: Numbers
    chunk: float


class ReaderNetwork:
    """An exported network with its tokenizer; thread-safe.

    `expected` are the scores of the probe by exact arithmetic, which is slower; it is used where this processor's fast
    arithmetic gives others, and where none are given.
    """

    def __init__(self, weights: Path, tokenizer: Path, expected: Sequence[float] | None = None) -> None:
        from tokenizers import Tokenizer

        self._session = _open(weights, exact=False)
        self.exact = expected is None or bool(np.abs(self.probe() - expected).mean() > FAR_OFF)
        if self.exact:
            self._session = _open(weights, exact=True)
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="reader")

    def probe(self) -> Numbers:
        """Scores of the tokens of the probe."""
        return self._run(*PROBE)[0]

    def read(self, question: str, texts: Sequence[EmbeddedText]) -> list[ChunkScores]:
        """Scores for each text, in order."""
        head = self._tokenizer.encode(question, add_special_tokens=False).ids[:LONGEST_QUESTION]
        room = LONGEST - len(head) - 3
        read = self._tokenizer.encode_batch([text.text for text in texts], add_special_tokens=False)
        longest_first = sorted(range(len(texts)), key=lambda at: -len(read[at].ids))

        def score(at: int) -> ChunkScores:
            body = read[at].ids[:room]
            tokens, whole = self._run(head, body)
            scores = tokens[len(head) + 2 : len(head) + 2 + len(body)]
            return ChunkScores(_unit_means(scores, texts[at], read[at].offsets[:room]), whole)

        found = dict(zip(longest_first, self._threads.map(score, longest_first), strict=True))
        return [found[at] for at in range(len(texts))]

    def _run(self, head: list[int], body: list[int]) -> tuple[Numbers, float]:
        """Scores of the tokens of a pair, shape (tokens,), and of the pair."""
        ids = np.array([[START, *head, END, *body, END]], dtype=np.int64)
        types = np.zeros_like(ids)
        types[0, len(head) + 2 :] = 1
        given = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": types}
        tokens, whole = self._session.run(None, given)
        return tokens[0].astype(np.float64), float(whole[0, 0])


def _open(weights: Path, *, exact: bool) -> "InferenceSession":
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    if exact:
        options.add_session_config_entry(EXACT, "1")
    return onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])


def _unit_means(scores: Numbers, text: EmbeddedText, offsets: Sequence[tuple[int, int]]) -> Numbers:
    starts, ends = np.array([start for start, _ in offsets]), np.array([end for _, end in offsets])
    means = np.full(len(text.spans), CUT_OFF)
    for at, span in enumerate(text.spans):
        inside = (starts >= span.start) & (ends <= span.end) & (ends > starts)
        if inside.any():
            means[at] = scores[inside].mean()
    return means


@cache
def load_network(folder: Path = FOLDER) -> ReaderNetwork | None:
    """The network beside the code; None when its weights are missing or are not those that the card names."""
    weights, card = folder / "network.onnx", folder / "network.json"
    try:
        known = json.loads(card.read_text(encoding="utf-8"))
        expected = [float(score) for score in known["probe"]]
        if file_hash(weights) != known["sha256"]:
            return None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return ReaderNetwork(weights, default_tokenizer(), expected)
