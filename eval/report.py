"""Sums an evaluation up: means with bootstrap intervals, failed cases, a JSON object and a self-contained HTML page."""

import html
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from eval.run import CaseResult, EvaluationRun

RESAMPLES = 1000
SEED = 20260601
PASSED = 0.999


@dataclass(frozen=True, slots=True)
class Summary:
    """A score over cases: mean, 95 % bootstrap interval (percentile method), and how many were and were not scored."""

    name: str
    mean: float
    low: float
    high: float
    scored: int
    unscored: int


def summarise(results: Sequence[CaseResult]) -> list[Summary]:
    """One summary for each score, in the order in which scores first appear."""
    names = list(dict.fromkeys(score.name for result in results for score in result.scores))
    return [_summary(name, results) for name in names]


def _summary(name: str, results: Sequence[CaseResult]) -> Summary:
    scores = [score for result in results for score in result.scores if score.name == name]
    values = np.array([score.value for score in scores if score.value is not None], dtype=float)
    if not len(values):
        return Summary(name, float("nan"), float("nan"), float("nan"), 0, len(scores))
    picks = np.random.default_rng(SEED).integers(0, len(values), size=(RESAMPLES, len(values)))
    low, high = np.percentile(values[picks].mean(axis=1), [2.5, 97.5])
    return Summary(name, float(values.mean()), float(low), float(high), len(values), len(scores) - len(values))


def run_json(run: EvaluationRun) -> dict[str, Any]:
    """The whole run: settings, summaries for all cases and for the held-back half, every case with its scores."""
    held_back = [result for result in run.results if result.case.held_back]
    return {
        "started": run.started.isoformat(),
        "writer": run.writer,
        "embedding": run.embedding,
        "corpus_sha256": run.corpus,
        "versions": run.versions,
        "seed": SEED,
        "summary": [asdict(summary) for summary in summarise(run.results)],
        "held_back": [asdict(summary) for summary in summarise(held_back)],
        "seconds": {
            "mean": float(np.mean([result.seconds for result in run.results])),
            "p95": float(np.percentile([result.seconds for result in run.results], 95)),
        },
        "cases": [_case_json(result) for result in run.results],
    }


def _case_json(result: CaseResult) -> dict[str, Any]:
    return {
        "id": result.case.id,
        "kind": result.case.kind,
        "question": result.case.question,
        "expect": result.case.expect.value,
        "held_back": result.case.held_back,
        "gold": [span.model_dump() for span in result.case.gold],
        "refused": result.refused,
        "answer": result.answer,
        "cited": list(result.cited),
        "seconds": result.seconds,
        "scores": [asdict(score) for score in result.scores],
    }


def failed_cases(run: dict[str, Any]) -> list[dict[str, Any]]:
    """Cases with a score below full marks, from a run as JSON."""
    return [case for case in run["cases"] if any(_below(score["value"]) for score in case["scores"])]


def _below(value: float | None) -> bool:
    return value is not None and value < PASSED


_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1f2430; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; } th, td { text-align: left; padding: .35rem .6rem;
border-bottom: 1px solid #d8dce5; } td.number { text-align: right; font-variant-numeric: tabular-nums; }
.bar { background: #e7eaf1; height: .6rem; border-radius: .3rem; }
.bar div { background: #2b59c3; height: 100%; border-radius: .3rem; }
details { border: 1px solid #d8dce5; border-radius: .4rem; padding: .5rem .8rem; margin: .5rem 0; } blockquote { margin: .3rem 0;
padding-left: .8rem; border-left: 3px solid #2b59c3; white-space: pre-wrap; }
"""


def run_html(run: dict[str, Any]) -> str:
    """A page that needs nothing else: the tables, and every failed case to open."""
    failed = failed_cases(run)
    parts = [
        f"<!doctype html><html lang='en'><meta charset='utf-8'><title>Groundwork evaluation</title><style>{_STYLE}</style>",
        "<h1>Groundwork evaluation</h1>",
        f"<p>{_text(run['started'])} · writer {_text(run['writer'])} · embedding {_text(run['embedding'])} · corpus "
        f"{_text(run['corpus_sha256'][:12])} · {len(run['cases'])} cases · seed {run['seed']}</p>",
        "<h2>All cases</h2>",
        _summary_table(run["summary"]),
        "<h2>Held-back half</h2><p>Kept apart from tuning; its first cases were looked at all the same (DECISIONS.md).</p>",
        _summary_table(run["held_back"]),
        f"<h2>{len(failed)} cases below full marks</h2>",
        *(_case_html(case) for case in failed),
        f"<h2>Versions</h2><p>{_text(json.dumps(run['versions']))}</p></html>",
    ]
    return "\n".join(parts)


def _summary_table(summaries: Iterable[dict[str, Any]]) -> str:
    rows = [
        f"<tr><td>{_text(row['name'])}</td><td class='number'>{row['mean']:.3f}</td>"
        f"<td class='number'>{row['low']:.3f} to {row['high']:.3f}</td><td class='number'>{row['scored']}</td>"
        f"<td class='number'>{row['unscored']}</td>"
        f"<td style='width:25%'><div class='bar'><div style='width:{100 * row['mean']:.1f}%'></div></div></td></tr>"
        for row in summaries
        if row["scored"]
    ]
    head = "<tr><th>Score</th><th>Mean</th><th>95 % interval</th><th>Scored</th><th>Unscored</th><th></th></tr>"
    return f"<table>{head}{''.join(rows)}</table>"


def _case_html(case: dict[str, Any]) -> str:
    scores = "".join(
        f"<li>{_text(score['name'])}: {'unscored' if score['value'] is None else format(score['value'], '.2f')}, "
        f"{_text(score['explanation'])}</li>"
        for score in case["scores"]
    )
    gold = "".join(f"<blockquote>{_text(span['source'])}: {_text(span['quote'])}</blockquote>" for span in case["gold"])
    return (
        f"<details><summary>{_text(case['question'])}</summary><p>Expected: {_text(case['expect'])}</p>{gold}"
        f"<p>Got:</p><blockquote>{_text(case['answer'])}</blockquote><ul>{scores}</ul></details>"
    )


def _text(value: str) -> str:
    return html.escape(value)
