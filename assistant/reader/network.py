"""Runs the reader's network: a cross-encoder that reads a question beside a chunk and scores each of its units, and the chunk.

`python -m eval.fit` trains and exports it (int8 ONNX, started from all-MiniLM-L6-v2); the card beside the weights tells how.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ingest.chunks import EmbeddedText
from ingest.embeddings import default_tokenizer
from ingest.seals import file_hash

FOLDER = Path(__file__).resolve().parent / "weights"
LONGEST = 256
"""Word pieces of question and chunk together; longer chunks are cut."""
LONGEST_QUESTION = 96
BATCH = 4
"""Pairs per run, of like length: on two cores small batches stay in cache."""
CUT_OFF = -12.0
"""Score of a unit that was cut off."""

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ChunkScores:
    """Log odds that each unit belongs to the answer, and that the chunk answers."""

    units: Numbers
    chunk: float


class ReaderNetwork:
    """An exported network with its tokenizer; thread-safe."""

    def __init__(self, weights: Path, tokenizer: Path) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_file(str(tokenizer))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._start, self._end = (self._tokenizer.token_to_id(name) for name in ("[CLS]", "[SEP]"))

    def read(self, question: str, texts: Sequence[EmbeddedText]) -> list[ChunkScores]:
        """Scores for each text, in order."""
        head = self._tokenizer.encode(question, add_special_tokens=False).ids[:LONGEST_QUESTION]
        room = LONGEST - len(head) - 3
        read = self._tokenizer.encode_batch([text.text for text in texts], add_special_tokens=False)
        bodies = [one.ids[:room] for one in read]
        order = sorted(range(len(texts)), key=lambda at: len(bodies[at]))
        found: dict[int, ChunkScores] = {}
        for first in range(0, len(order), BATCH):
            batch = order[first : first + BATCH]
            tokens, whole = self._run(head, [bodies[at] for at in batch])
            for row, at in enumerate(batch):
                scores = tokens[row, len(head) + 2 : len(head) + 2 + len(bodies[at])]
                found[at] = ChunkScores(_unit_means(scores, texts[at], read[at].offsets[:room]), float(whole[row, 0]))
        return [found[at] for at in range(len(texts))]

    def _run(self, head: list[int], bodies: list[list[int]]) -> tuple[Numbers, Numbers]:
        """Scores of tokens, shape (pairs, tokens), and of pairs, shape (pairs, 2); only the first is used."""
        longest = len(head) + 3 + max(map(len, bodies))
        ids = np.zeros((len(bodies), longest), dtype=np.int64)
        mask, types = np.zeros_like(ids), np.zeros_like(ids)
        for row, body in enumerate(bodies):
            pieces = np.array([self._start, *head, self._end, *body, self._end])
            ids[row, : len(pieces)], mask[row, : len(pieces)], types[row, len(head) + 2 : len(pieces)] = pieces, 1, 1
        tokens, whole = self._session.run(None, {"input_ids": ids, "attention_mask": mask, "token_type_ids": types})
        return tokens.astype(np.float64), whole.astype(np.float64)


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
        known = json.loads(card.read_text(encoding="utf-8"))["sha256"]
        if file_hash(weights) != known:
            return None
    except (OSError, ValueError, KeyError):
        return None
    return ReaderNetwork(weights, default_tokenizer())
