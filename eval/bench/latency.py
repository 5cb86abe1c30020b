"""How retrieval's time grows with the library: `python -m eval.bench.latency --pages FOLDER --scratch FOLDER --sizes 1000 10000`.

The chunks of a folder's pages are copied under other names, their vectors moved a little at random, until a library has the
wanted size; each library is built once and kept in the scratch folder. Questions are those of `scenarios.jsonl`. Times are
those of `Retriever.find` without the embedding of the question, which costs the same at every size: the search of both sides,
fusion, and the reading of sentences; and of the search alone.
"""

import argparse
import json
import resource
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from assistant.question.query import Query
from assistant.search.retrieval import Retriever
from eval.bench.retrieval import SCENARIOS
from ingest.chunks import Chunk, EmbeddedText
from ingest.embeddings import Embedder, Vectors, open_embedder
from ingest.index import Index
from ingest.records import SourceRecord
from ingest.run import Ingest
from ingest.settings import IngestSettings

NOISE = 0.02
"""Standard deviation of what is added to each component of a unit vector."""
BATCH = 5000


class Remembering:
    """An embedder that answers from memory, so that only retrieval is timed."""

    def __init__(self, embedder: Embedder, texts: list[str]) -> None:
        self._inner = embedder
        self.identity, self.dimension, self.max_tokens = embedder.identity, embedder.dimension, embedder.max_tokens
        self._known = dict(zip(texts, embedder.encode(texts), strict=True))

    def encode(self, texts: list[str]) -> Vectors:
        """Known vectors, shape (len(texts), dimension)."""
        return np.stack([self._known[text] for text in texts])

    def encode_with_spans(self, texts: list[EmbeddedText]) -> tuple[Vectors, list[Vectors]]:
        """As the embedder inside."""
        return self._inner.encode_with_spans(texts)

    def count_tokens(self, texts: list[str]) -> list[int]:
        """As the embedder inside."""
        return self._inner.count_tokens(texts)


def grow(index: Index, seeds: list[Chunk], units: list[Vectors], vectors: Vectors, size: int) -> None:
    """Fill an index with copies of the seed chunks until it holds `size`."""
    chance = np.random.default_rng(1)
    made = 0
    while made < size:
        count = min(BATCH, size - made)
        picks = [(made + at) % len(seeds) for at in range(count)]
        chunks = [
            replace(seeds[pick], source=f"{(made + at) // len(seeds):05}/{seeds[pick].source}")
            for at, pick in enumerate(picks)
        ]
        moved = vectors[picks] + chance.normal(0, NOISE, (count, vectors.shape[1])).astype(np.float32)
        moved /= np.linalg.norm(moved, axis=1, keepdims=True)
        index.put_chunks(chunks, moved)
        index.sentences.put([chunk.id for chunk in chunks], [units[pick] for pick in picks])
        made += count
    index.put_record(SourceRecord("copies", "", "", "", "", 1, size, "", ""))
    index.touch()


def percentiles(seconds: list[float]) -> str:
    """Median and 95th percentile in milliseconds."""
    return f"p50 {1000 * np.percentile(seconds, 50):6.1f} ms  p95 {1000 * np.percentile(seconds, 95):6.1f} ms"


def main() -> None:
    """Print one line a size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=Path, required=True)
    parser.add_argument("--scratch", type=Path, required=True)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    arguments = parser.parse_args()
    settings = IngestSettings()
    home = arguments.scratch / "seeds"
    embedder = open_embedder(settings.embedding.model, home / "models")
    seed_index = Index.open(settings.index, home, embedder)
    Ingest(seed_index, embedder, settings.reading, home).run([arguments.pages], now=datetime.now(UTC))
    ids = [chunk.id for chunk in seed_index.all_chunks()]
    fetched = seed_index.fetch(ids)
    seeds = [fetched[key][0] for key in ids]
    vectors = np.stack([fetched[key][1] for key in ids])
    units = [one for at in range(0, len(seeds), 500) for one in seed_index.sentences.get(seeds[at : at + 500])]
    questions = [json.loads(line)["question"] for line in SCENARIOS.read_text(encoding="utf-8").splitlines()]
    remembering = Remembering(embedder, questions)
    for size in arguments.sizes:
        folder = arguments.scratch / str(size)
        index = Index.open(settings.index, folder, embedder)
        built = time.monotonic()
        if index.count() < size:
            grow(index, seeds, units, vectors, size)
        built = time.monotonic() - built
        started = time.monotonic()
        index.lexical()
        opened = time.monotonic() - started
        retriever = Retriever(index, remembering)  # type: ignore[arg-type]
        whole, search = [], []
        for question in questions * 2:
            started = time.monotonic()
            retriever.find(Query(question))
            whole.append(time.monotonic() - started)
            started = time.monotonic()
            retriever.search_chunks(Query(question))
            search.append(time.monotonic() - started)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        sys.stdout.write(
            f"{size:>9} chunks  search {percentiles(search[len(questions) :])}  with sentences "
            f"{percentiles(whole[len(questions) :])}  lexical side ready in {opened:.1f} s  built in {built:.0f} s  "
            f"memory so far {memory:.0f} MB\n"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main()
