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

from eval.bench.retrieval import BUDGETS, TASKS, Span, Task, measure, rank_scores, span_scores

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
    return {f"budget {size}": span_scores([within(row, size) for row in found], task.spans) for size in BUDGETS}


def main() -> None:
    """Run every task with every system, print a table and keep it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--benchmarks", type=Path, required=True, help="folder with chunking/ and squad/")
    parser.add_argument("--pages", type=Path, required=True, help="folder of documentation pages for the scenarios")
    parser.add_argument("--peers", type=Path, required=True, help="Python of the peers' environment")
    parser.add_argument("--scratch", type=Path, required=True, help="folder for indexes, kept between runs")
    arguments = parser.parse_args()
    folders = {name: arguments.benchmarks / name for name in TASKS} | {"scenarios": arguments.pages}
    table: dict[str, dict[str, Rows]] = {}
    for name, make in TASKS.items():
        scratch = arguments.scratch / name
        scratch.mkdir(parents=True, exist_ok=True)
        task = make(folders[name], scratch)
        table[name] = {"groundwork": measure(task, scratch)}
        for peer in PEERS:
            job = {"folder": str(task.folder), "queries": list(task.questions)}
            out = run_peer(arguments.peers, peer, job, scratch)
            table[name][peer] = peer_rows(task, [row["result"] for row in out["results"]])
        for system, rows in table[name].items():
            for row, scores in rows.items():
                said = "  ".join(f"{score} {value:.3f}" for score, value in scores.items())
                sys.stdout.write(f"{name:<10} {system:<11} {row:<12} {said}\n")
        sys.stdout.flush()
        kept = {"measured": datetime.now(UTC).isoformat(timespec="seconds"), "tasks": table}
        RESULTS.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
