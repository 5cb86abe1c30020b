"""Sums an evaluation up: means with bootstrap intervals, breakdowns, the refusal curve, a JSON object and an HTML page."""

import html
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from eval.run import CaseResult, EvaluationRun

RESAMPLES = 1000
SEED = 20260601
PASSED = 0.999
THRESHOLDS = tuple(round(0.05 * step, 2) for step in range(20))
"""Probabilities below which a question is refused, for the refusal curve."""
NOT_FAILURES = (
    "retrieval: span precision",
    "retrieval: IoU",
    "retrieval: nDCG@10",
    "retrieval: MRR",
    "citations: precision",
)
"""Scores that are below one by their nature; a case is not shown as failed for them."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A score over cases: mean, 95 % bootstrap interval (percentile method), and how many were and were not scored."""

    name: str
    mean: float
    low: float
    high: float
    scored: int
    unscored: int


def bootstrap(values: "npt.NDArray[np.float64]") -> tuple[float, float]:
    """The 95 % interval of a mean by the percentile method, with a fixed seed."""
    picks = np.random.default_rng(SEED).integers(0, len(values), size=(RESAMPLES, len(values)))
    low, high = np.percentile(values[picks].mean(axis=1), [2.5, 97.5])
    return float(low), float(high)


def summarise(results: Sequence[CaseResult]) -> list[Summary]:
    """One summary for each score, in the order in which scores first appear."""
    names = list(dict.fromkeys(score.name for result in results for score in result.scores))
    return [_summary(name, results) for name in names]


def _summary(name: str, results: Sequence[CaseResult]) -> Summary:
    scores = [score for result in results for score in result.scores if score.name == name]
    values = np.array([score.value for score in scores if score.value is not None], dtype=float)
    if not len(values):
        return Summary(name, float("nan"), float("nan"), float("nan"), 0, len(scores))
    low, high = bootstrap(values)
    return Summary(name, float(values.mean()), low, high, len(values), len(scores) - len(values))


def refusal_curve(results: Sequence[CaseResult]) -> list[dict[str, float]]:
    """For each threshold the share of answerable questions answered and of the others refused, by retrieval's probability."""
    known = [result for result in results if result.probability is not None and result.kind != "adversarial"]
    answer = np.array([result.probability for result in known if result.expect == "answer"], dtype=float)
    refuse = np.array([result.probability for result in known if result.expect == "refuse"], dtype=float)
    if not len(answer) or not len(refuse):
        return []
    return [
        {"threshold": at, "answered": float(np.mean(answer >= at)), "refused": float(np.mean(refuse < at))}
        for at in THRESHOLDS
    ]


def run_json(run: EvaluationRun) -> dict[str, Any]:
    """The whole run: settings, summaries for all cases and parts of them, every case with its scores."""
    asked = [result for result in run.results if result.seconds is not None]
    held_back = [result for result in asked if result.held_back]
    seconds = np.array([result.seconds for result in asked] or [0.0], dtype=float)
    return {
        "started": run.started.isoformat(),
        "writer": run.writer,
        "embedding": run.embedding,
        "corpus_sha256": run.corpus,
        "versions": run.versions,
        "seed": SEED,
        "summary": [asdict(summary) for summary in summarise(run.results)],
        "held_back": [asdict(summary) for summary in summarise(held_back)],
        "by_kind": _broken_down(asked, lambda result: result.kind),
        "by_section": _broken_down(asked, lambda result: str(result.section or "")),
        "refusal_curve": refusal_curve(asked),
        "refusal_curve_held_back": refusal_curve(held_back),
        "seconds": {"mean": float(seconds.mean()), "p95": float(np.percentile(seconds, 95))},
        "tokens": float(np.mean([result.tokens for result in asked])) if asked else 0.0,
        "words": float(np.mean([len(one.answer.split()) for one in asked if not one.refused] or [0])),
        "replaced_by_quotes": sum(one.writer != run.writer for one in asked),
        "judge_agreement": judge_agreement(asked),
        "cases": [_case_json(result) for result in run.results],
    }


def _broken_down(results: Sequence[CaseResult], part: Callable[[CaseResult], str]) -> dict[str, dict[str, float]]:
    """Means of every score for each part of the results; what belongs to none (an empty name) is left out."""
    parts: dict[str, list[CaseResult]] = defaultdict(list)
    for result in results:
        parts[part(result)].append(result)
    return {
        name: {row.name: row.mean for row in summarise(inside) if row.scored}
        for name, inside in sorted(parts.items())
        if name
    }


def judge_agreement(results: Sequence[CaseResult]) -> float | None:
    """Share of cases on which a model's judgment (all sentences faithful) and the model-free check (citation recall) agree."""
    pairs = []
    for result in results:
        values = {score.name: score.value for score in result.scores}
        judged, checked = values.get("judged: faithful"), values.get("citations: recall")
        if judged is not None and checked is not None:
            pairs.append((judged >= PASSED) == (checked >= PASSED))
    return float(np.mean(pairs)) if pairs else None


def _case_json(result: CaseResult) -> dict[str, Any]:
    values = asdict(result)
    values["gold"] = [span.model_dump() for span in result.gold]
    return values


def failed_cases(run: dict[str, Any]) -> list[dict[str, Any]]:
    """Cases with a score below full marks, from a run as JSON."""
    return [case for case in run["cases"] if any(_below(score) for score in case["scores"])]


def _below(score: dict[str, Any]) -> bool:
    return score["value"] is not None and score["value"] < PASSED and score["name"] not in NOT_FAILURES


_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1f2430; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; } th, td { text-align: left; padding: .35rem .6rem;
border-bottom: 1px solid #d8dce5; } td.number { text-align: right; font-variant-numeric: tabular-nums; }
.bar { background: #e7eaf1; height: .6rem; border-radius: .3rem; }
.bar div { background: #2b59c3; height: 100%; border-radius: .3rem; }
details { border: 1px solid #d8dce5; border-radius: .4rem; padding: .5rem .8rem; margin: .5rem 0; } blockquote { margin: .3rem 0;
padding-left: .8rem; border-left: 3px solid #2b59c3; white-space: pre-wrap; } svg { max-width: 100%; }
"""


def run_html(run: dict[str, Any], comparison: Sequence[dict[str, Any]] = ()) -> str:
    """A page that needs nothing else: the tables, the curve, every failed case to open, and a comparison where one was made."""
    failed = failed_cases(run)
    asked = sum(case["kind"] != "practice" for case in run["cases"])
    parts = [
        f"<!doctype html><html lang='en'><meta charset='utf-8'><title>Groundwork evaluation</title><style>{_STYLE}</style>",
        "<h1>Groundwork evaluation</h1>",
        f"<p>{_text(run['started'])} · writer {_text(run['writer'])} · embedding {_text(run['embedding'])} · corpus "
        f"{_text(run['corpus_sha256'][:12])} · {asked} cases and {len(run['cases']) - asked} practice questions · seed "
        f"{run['seed']}</p>",
        f"<p>{run['seconds']['mean']:.3f} s an answer (95th percentile {run['seconds']['p95']:.3f} s), {run['tokens']:.0f} "
        f"tokens of a language model, {run['words']:.0f} words.</p>",
        _comparison_table(comparison),
        "<h2>All cases</h2>",
        _summary_table(run["summary"]),
        "<h2>Held-back half</h2><p>Never used for tuning, although its first cases were seen (docs/decisions/0011).</p>",
        _summary_table(run["held_back"]),
        "<h2>When to refuse</h2>",
        _curve(run["refusal_curve"]),
        "<h2>By kind of question</h2>",
        _breakdown_table(run["by_kind"]),
        "<h2>By section of the exam</h2>",
        _breakdown_table(run["by_section"]),
        f"<h2>{len(failed)} below full marks</h2>",
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


def _breakdown_table(parts: dict[str, dict[str, float]]) -> str:
    names = ["retrieval: recall@5", "citations: gold cited", "answers: key facts"]
    names += ["refusal: answered what it should", "refusal: refused what it should"]
    head = "".join(f"<th>{_text(name)}</th>" for name in ("", *names))
    rows = "".join(
        f"<tr><td>{_text(part)}</td>"
        + "".join(f"<td class='number'>{means[name]:.3f}</td>" if name in means else "<td></td>" for name in names)
        + "</tr>"
        for part, means in parts.items()
    )
    return f"<table><tr>{head}</tr>{rows}</table>"


def _curve(points: Sequence[dict[str, float]]) -> str:
    """Answered against refused as a line in SVG; 0 to 1 on both axes."""
    if not points:
        return "<p>There were not cases of both kinds.</p>"
    line = " ".join(f"{40 + 300 * one['refused']:.1f},{260 - 240 * one['answered']:.1f}" for one in points)
    dots = "".join(
        f"<circle cx='{40 + 300 * one['refused']:.1f}' cy='{260 - 240 * one['answered']:.1f}' r='3'><title>threshold "
        f"{one['threshold']}: answers {one['answered']:.3f}, refuses {one['refused']:.3f}</title></circle>"
        for one in points
    )
    return (
        "<svg viewBox='0 0 360 300' width='480' role='img' aria-label='Share answered against share refused'>"
        "<path d='M40 20V260H340' fill='none' stroke='#888'/>"
        f"<polyline points='{line}' fill='none' stroke='#2b59c3' stroke-width='2'/><g fill='#2b59c3'>{dots}</g>"
        "<text x='190' y='290' text-anchor='middle' font-size='12'>refused of what it should refuse</text>"
        "<text x='14' y='140' text-anchor='middle' font-size='12' transform='rotate(-90 14 140)'>answered of what it should"
        " answer</text></svg>"
    )


def _comparison_table(rows: Sequence[dict[str, Any]]) -> str:
    if not rows:
        return ""
    body = "".join(
        f"<tr><td>{_text(row['name'])}</td><td class='number'>{row['before']:.3f}</td><td class='number'>{row['after']:.3f}</td>"
        f"<td class='number'>{row['low']:+.3f} to {row['high']:+.3f}</td><td class='number'>{row['pairs']}</td></tr>"
        for row in rows
    )
    head = "<tr><th>Score</th><th>Before</th><th>After</th><th>95 % interval of the difference</th><th>Cases</th></tr>"
    return f"<h2>Against the other run</h2><table>{head}{body}</table>"


def _case_html(case: dict[str, Any]) -> str:
    scores = "".join(
        f"<li>{_text(score['name'])}: {'unscored' if score['value'] is None else format(score['value'], '.2f')}, "
        f"{_text(score['explanation'])}</li>"
        for score in case["scores"]
    )
    gold = "".join(f"<blockquote>{_text(span['source'])}: {_text(span['quote'])}</blockquote>" for span in case["gold"])
    return (
        f"<details><summary>{_text(case['question'])}</summary><p>Expected: {_text(case['expect'] or case['kind'])}</p>{gold}"
        f"<p>Got:</p><blockquote>{_text(case['answer'])}</blockquote><ul>{scores}</ul></details>"
    )


def _text(value: str) -> str:
    return html.escape(value)
