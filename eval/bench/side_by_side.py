"""Retrieval of the peers and ours, side by side: `python -m eval.bench.side_by_side --benchmarks F --pages F --peers PYTHON`.

Every system gets the same files and the same questions; peers run by the Python of their own environment (`peers/`), and what
they find is scored by the code that scores ours. Results are written beside this file as JSON.
"""

import argparse
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assistant.session import Session
from eval.bench.retrieval import BUDGETS, TASKS, Span, Task, measure, rank_scores, span_scores
from eval.cases import load_cases
from eval.run import open_corpus_index
from eval.scorers import Pages
from ingest.index import Index

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "peers" / "retrieval.json"
PEERS = ("langchain", "llamaindex", "haystack", "bm25")
Rows = dict[str, dict[str, float]]


def run_peer(python: Path, peer: str, job: dict[str, Any], scratch: Path) -> dict[str, Any]:
    """What a peer found for a job; raises `SystemExit` when it cannot run."""
    asked, told = scratch / f"{peer}-job.json", scratch / f"{peer}-found.json"
    asked.write_text(json.dumps(job), encoding="utf-8")
    command = [str(python), str(HERE / "peers" / "pipelines.py"), peer, str(asked), str(told)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(
            f"The peer {peer} did not run:\n{done.stderr[-2000:]}\nInstall eval/bench/peers/requirements.txt."
        )
    found: dict[str, Any] = json.loads(told.read_text(encoding="utf-8"))
    return found


def within(found: list[dict[str, Any]], budget: int) -> list[Span]:
    """The first characters of what was found, best first, cut at the budget."""
    spans: list[Span] = []
    for one in found:
        room = budget - sum(span.end - span.start for span in spans)
        if room <= 0:
            break
        spans.append(Span(one["source"], one["start"], one["start"] + min(len(one["text"]), room)))
    return spans


def peer_rows(task: Task, found: list[list[dict[str, Any]]]) -> Rows:
    """The same scores as ours."""
    if task.files:
        return {"pages": rank_scores([[one["source"] for one in row] for row in found], task.files)}
    return {f"budget {size}": span_scores([within(row, size) for row in found], task) for size in BUDGETS}


def write_pages(index: Index, folder: Path) -> None:
    """Every page of the index as a text file, so that all systems read the same."""
    for record in index.records():
        for page in range(1, record.pages + 1):
            path = folder / f"{record.name}.{page}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(index.page_text(record.name, page), encoding="utf-8")


def cases_task(home: Path, scratch: Path) -> Task:
    """Our answerable cases over the pages of the shipped corpus, written into `scratch` as one file a page."""
    session = Session(home)
    index = open_corpus_index(session, now=datetime.now(UTC))
    folder = scratch / "pages"
    write_pages(index, folder)
    pages = Pages(index)
    cases = [case for case in load_cases() if case.gold and not (case.earlier or case.planted)]
    places = [[pages.locate(span) for span in case.gold] for case in cases]
    spans = tuple(tuple(Span(f"{one.source}.{one.page}.txt", one.start, one.end) for one in row) for row in places)
    return Task(folder, tuple(case.question for case in cases), spans=spans, any_of=True)


def main() -> None:
    """Run every task with every system, print a table and keep it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--benchmarks", type=Path, required=True, help="folder with chunking/ and squad/")
    parser.add_argument("--pages", type=Path, required=True, help="folder of documentation pages for the scenarios")
    parser.add_argument("--peers", type=Path, required=True, help="Python of the peers' environment")
    parser.add_argument("--scratch", type=Path, required=True, help="folder for indexes, kept between runs")
    parser.add_argument(
        "--tasks", nargs="*", choices=[*TASKS, "cases"], help="only these; the others keep their results"
    )
    arguments = parser.parse_args()
    folders = {name: arguments.benchmarks / name for name in TASKS}
    folders |= {"scenarios": arguments.pages, "cases": arguments.scratch / "home"}
    kept = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    table: dict[str, dict[str, Rows]] = kept.get("tasks", {})
    makers = TASKS | {"cases": cases_task}
    for name in arguments.tasks or makers:
        scratch = arguments.scratch / name
        scratch.mkdir(parents=True, exist_ok=True)
        task = makers[name](folders[name], scratch)
        table[name] = {"groundwork": measure(task, scratch)}
        for peer in PEERS:
            job = {"folder": str(task.folder), "queries": list(task.questions)}
            out = run_peer(arguments.peers, peer, job, scratch)
            table[name][peer] = peer_rows(task, [row["result"] for row in out["results"]])
            table[name][peer]["cost"] = {
                "seconds to index": out["seconds_to_index"],
                "seconds a question": sum(row["seconds"] for row in out["results"]) / len(task.questions),
                "megabytes": out["megabytes"],
            }
        for system, rows in table[name].items():
            for row, scores in rows.items():
                said = "  ".join(f"{score} {value:.3f}" for score, value in scores.items())
                sys.stdout.write(f"{name:<10} {system:<11} {row:<12} {said}\n")
        sys.stdout.flush()
        kept = {"measured": datetime.now(UTC).isoformat(timespec="seconds"), "tasks": table}
        RESULTS.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
