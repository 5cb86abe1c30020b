"""Measures the shipped retrieval: `python -m eval.bench.retrieval chunking|squad|scenarios --data FOLDER --home FOLDER`.

`chunking`: Chroma's "Evaluating Chunking Strategies" (5 corpora, 472 questions): share of the reference excerpts' characters
that is returned within a character budget (recall), and intersection over union of returned and referenced characters.
`squad`: SQuAD 2.0 dev half, answerable questions: rank of the gold paragraph among all paragraphs.
`scenarios`: our own exam-like questions of 60 to 130 words (`scenarios.jsonl`) over a folder of official documentation pages,
written from pages drawn at random before anything was tuned to them: rank of the page that settles the question.
"""

import argparse
import csv
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from assistant.question.query import Query
from assistant.search.retrieval import Retriever, join_evidence
from ingest.embeddings import open_embedder
from ingest.index import Index
from ingest.run import Ingest
from ingest.settings import IngestSettings

BUDGETS = (1850, 3100, 7500)
"""Characters returned for a question."""
RANKED = 30_000
"""Characters returned where files are ranked: far more than five files need."""
SCENARIOS = Path(__file__).resolve().parent / "scenarios.jsonl"
SQUAD_QUESTIONS = 1500
"""Every n-th question, so that the run takes a minute."""


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start` to `end` of a file."""

    source: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Task:
    """Files, questions over them, and for each question what is right: spans where characters count, else whole files.

    With `any_of` one of a question's spans is enough, and the one that was found best counts.
    """

    folder: Path
    questions: tuple[str, ...]
    spans: tuple[tuple[Span, ...], ...] = ()
    files: tuple[frozenset[str], ...] = ()
    any_of: bool = False


def chunking_task(data: Path, scratch: Path) -> Task:
    """Chroma's general evaluation."""
    with (data / "questions_df.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    gold = tuple(
        tuple(
            merge(
                Span(f"{row['corpus_id']}.md", item["start_index"], item["end_index"])
                for item in json.loads(row["references"])
            )
        )
        for row in rows
    )
    return Task(data / "corpora", tuple(row["question"] for row in rows), spans=gold)


def squad_task(data: Path, scratch: Path) -> Task:
    """SQuAD's paragraphs as one file each, written into `scratch`."""
    articles = json.loads((data / "dev_half.json").read_text(encoding="utf-8"))["data"]
    folder = scratch / "squad-paragraphs"
    folder.mkdir(parents=True, exist_ok=True)
    questions: list[tuple[str, str]] = []
    for number, article in enumerate(articles):
        for position, paragraph in enumerate(article["paragraphs"]):
            name = f"{number:02}-{position:03}.txt"
            (folder / name).write_text(paragraph["context"], encoding="utf-8")
            questions += [(item["question"], name) for item in paragraph["qas"] if not item["is_impossible"]]
    drawn = questions[:: max(1, len(questions) // SQUAD_QUESTIONS)]
    return Task(folder, tuple(text for text, _ in drawn), files=tuple(frozenset([name]) for _, name in drawn))


def scenario_task(data: Path, scratch: Path) -> Task:
    """Our scenarios over a folder of documentation pages."""
    rows = [json.loads(line) for line in SCENARIOS.read_text(encoding="utf-8").splitlines()]
    return Task(data, tuple(row["question"] for row in rows), files=tuple(frozenset(row["pages"]) for row in rows))


TASKS: dict[str, Callable[[Path, Path], Task]] = {
    "chunking": chunking_task,
    "squad": squad_task,
    "scenarios": scenario_task,
}


def merge(spans: Iterable[Span]) -> list[Span]:
    """The same characters in spans that do not overlap."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda item: (item.source, item.start)):
        last = merged[-1] if merged else None
        if last and last.source == span.source and span.start <= last.end:
            merged[-1] = Span(last.source, last.start, max(last.end, span.end))
        else:
            merged.append(span)
    return merged


def overlap(spans: Sequence[Span], others: Sequence[Span]) -> int:
    """Characters that both lists cover; the spans of a list do not overlap each other."""
    return sum(max(0, min(a.end, b.end) - max(a.start, b.start)) for a in spans for b in others if a.source == b.source)


def span_scores(returned: Sequence[Sequence[Span]], task: Task) -> dict[str, float]:
    """Means over questions of recall and IoU in characters, and of the characters returned (repeats count)."""
    rows = []
    for spans, right in zip(returned, task.spans, strict=True):
        wanted = right
        if task.any_of:
            wanted = (max(right, key=lambda one: overlap(merge(spans), [one]) / (one.end - one.start)),)
        hit = overlap(merge(spans), wanted)
        characters = sum(span.end - span.start for span in spans)
        size = sum(span.end - span.start for span in wanted)
        rows.append((hit / size, hit / (sum(s.end - s.start for s in merge(spans)) + size - hit), characters))
    recall, iou, characters = np.mean(np.array(rows), axis=0)
    return {"recall": float(recall), "IoU": float(iou), "characters": float(characters)}


def rank_scores(found: Sequence[Sequence[str]], gold: Sequence[frozenset[str]]) -> dict[str, float]:
    """Means over questions of hit@1, hit@5 and MRR of the first right file; `found` names files, best first."""
    ranks = []
    for names, right in zip(found, gold, strict=True):
        unique = list(dict.fromkeys(names))
        ranks.append(next((rank for rank, name in enumerate(unique, start=1) if name in right), 0))
    hits = np.array(ranks)
    reciprocal = np.array([1 / rank if rank else 0.0 for rank in ranks])
    return {
        "hit@1": float(np.mean(hits == 1)),
        "hit@5": float(np.mean((hits >= 1) & (hits <= 5))),
        "MRR": float(reciprocal.mean()),
    }


def open_retriever(home: Path, materials: Path) -> Retriever:
    """A retriever over `materials` with the shipped defaults, ingested into `home` once."""
    settings = IngestSettings()
    embedder = open_embedder(settings.embedding.model, home / "models")
    index = Index.open(settings.index, home, embedder)
    Ingest(index, embedder, settings.reading, home).run([materials], now=datetime.now(UTC))
    return Retriever(index, embedder)


def measure(task: Task, home: Path) -> dict[str, dict[str, float]]:
    """Scores of the shipped retrieval: one row a budget where spans count, else one row."""
    retriever = open_retriever(home, task.folder)
    findings = [retriever.find(Query(question)) for question in task.questions]
    if task.files:
        ranked = [join_evidence(one.evidence, k=1000, characters=RANKED) for one in findings]
        names = [[passage.chunk.source for passage in passages] for passages in ranked]
        return {"pages": rank_scores(names, task.files)}
    rows = {}
    for budget in BUDGETS:
        joined = [join_evidence(one.evidence, k=1000, characters=budget) for one in findings]
        returned = [[Span(p.chunk.source, p.chunk.start, p.chunk.end) for p in passages] for passages in joined]
        rows[f"budget {budget}"] = span_scores(returned, task)
    return rows


def main() -> None:
    """Read the arguments, run one suite, write its lines to standard output."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suite", choices=sorted(TASKS))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--home", type=Path, required=True)
    arguments = parser.parse_args()
    task = TASKS[arguments.suite](arguments.data, arguments.home)
    for name, scores in measure(task, arguments.home).items():
        said = "  ".join(f"{score} {value:.4f}" for score, value in scores.items())
        sys.stdout.write(f"{name}: {said}  questions {len(task.questions)}\n")


if __name__ == "__main__":
    main()
