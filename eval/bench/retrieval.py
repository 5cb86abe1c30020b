"""Measures the shipped retrieval on public data: `python -m eval.bench.retrieval chunking|squad --data FOLDER --home FOLDER`.

`chunking`: Chroma's "Evaluating Chunking Strategies" (5 corpora, 472 questions): share of the reference excerpts' characters
that is returned within a character budget (recall), and intersection over union of returned and referenced characters.
`squad`: SQuAD 2.0 dev half, answerable questions: rank of the gold paragraph among all paragraphs.
"""

import argparse
import csv
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from assistant.retrieval import Query, Retriever, join_evidence
from ingest.embeddings import open_embedder
from ingest.index import Index
from ingest.run import Ingest
from ingest.settings import IngestSettings

BUDGETS = (1700, 3100, 7500)
SQUAD_QUESTIONS = 1500
"""Every n-th question, so that the run takes a minute."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A span of a corpus that answers a question."""

    start: int
    end: int


def open_retriever(home: Path, materials: Path) -> Retriever:
    """A retriever over `materials` with the shipped defaults, ingested into `home` once."""
    settings = IngestSettings()
    embedder = open_embedder(settings.embedding.model, home / "models")
    index = Index.open(settings.index, home, embedder)
    Ingest(index, embedder, settings.reading, home).run([materials], now=datetime.now(UTC))
    return Retriever(index, embedder)


def overlap(spans: list[Excerpt], others: list[Excerpt]) -> int:
    """Characters that both lists cover; the spans of a list do not overlap each other."""
    return sum(max(0, min(a.end, b.end) - max(a.start, b.start)) for a in spans for b in others)


def merge(spans: list[Excerpt]) -> list[Excerpt]:
    """The same characters in spans that do not overlap."""
    merged: list[Excerpt] = []
    for span in sorted(spans, key=lambda item: item.start):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Excerpt(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


def measure_chunking(data: Path, home: Path) -> Iterator[str]:
    """One line a budget."""
    retriever = open_retriever(home, data / "corpora")
    with (data / "questions_df.csv").open(encoding="utf-8") as file:
        questions = list(csv.DictReader(file))
    scores: dict[int, list[tuple[float, float, int]]] = {budget: [] for budget in BUDGETS}
    for row in questions:
        gold = merge([Excerpt(item["start_index"], item["end_index"]) for item in json.loads(row["references"])])
        wanted = sum(span.end - span.start for span in gold)
        findings = retriever.find(Query(row["question"]))
        for budget in BUDGETS:
            passages = join_evidence(findings.evidence, k=1000, characters=budget)
            returned = sum(len(passage.chunk.text) for passage in passages)
            right = [
                Excerpt(passage.chunk.start, passage.chunk.end)
                for passage in passages
                if passage.chunk.source == f"{row['corpus_id']}.md"
            ]
            hit = overlap(right, gold)
            scores[budget].append((hit / wanted, hit / (returned + wanted - hit), returned))
    for budget, rows in scores.items():
        recall, iou, characters = np.mean(np.array(rows), axis=0)
        yield f"budget {budget}: recall {recall:.4f}  IoU {iou:.4f}  characters {characters:.0f}  questions {len(rows)}"


def measure_squad(data: Path, home: Path) -> Iterator[str]:
    """Recall@1, recall@5 and MRR of the gold paragraph."""
    articles = json.loads((data / "dev_half.json").read_text(encoding="utf-8"))["data"]
    folder = home / "squad-paragraphs"
    folder.mkdir(parents=True, exist_ok=True)
    questions: list[tuple[str, str]] = []
    for number, article in enumerate(articles):
        for position, paragraph in enumerate(article["paragraphs"]):
            name = f"{number:02}-{position:03}.txt"
            (folder / name).write_text(paragraph["context"], encoding="utf-8")
            questions += [(item["question"], name) for item in paragraph["qas"] if not item["is_impossible"]]
    retriever = open_retriever(home, folder)
    step = max(1, len(questions) // SQUAD_QUESTIONS)
    ranks = []
    for question, gold in questions[::step]:
        found = list(dict.fromkeys(passage.chunk.source for passage in retriever.find(Query(question)).passages))
        ranks.append(found.index(gold) + 1 if gold in found else 0)
    hits = np.array(ranks)
    reciprocal = np.array([1 / rank if rank else 0.0 for rank in ranks])
    yield (
        f"recall@1 {np.mean(hits == 1):.4f}  recall@5 {np.mean((hits >= 1) & (hits <= 5)):.4f}  "
        f"MRR {reciprocal.mean():.4f}  questions {len(ranks)}"
    )


def main() -> None:
    """Read the arguments, run one suite, write its lines to standard output."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suite", choices=["chunking", "squad"])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--home", type=Path, required=True)
    arguments = parser.parse_args()
    measure = {"chunking": measure_chunking, "squad": measure_squad}[arguments.suite]
    for line in measure(arguments.data, arguments.home):
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
