"""Compares an evaluation with another run of the same cases: the committed baseline, or any run that was kept as JSON."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eval.report import bootstrap
from ingest.errors import EvaluationError

BASELINE = Path(__file__).resolve().parent / "baseline.json"
TOLERANCE = 0.01
"""A mean may fall by this much below the baseline's before the gate closes, when its interval leaves that open."""
MUST_BE_PERFECT = ("citations: validity", "practice: quotes verbatim")
NEVER_IN_GATE = "judged:"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the gate is open, the reasons it is not, and the cases whose scores changed either way."""

    passed: bool
    reasons: tuple[str, ...]
    worse: tuple[str, ...]
    better: tuple[str, ...]


def baseline_of(run: dict[str, Any], why: str) -> dict[str, Any]:
    """What is committed: means, every case's scores, and why the baseline was set."""
    return {
        "why": why,
        "started": run["started"],
        "writer": run["writer"],
        "corpus_sha256": run["corpus_sha256"],
        "means": {row["name"]: round(row["mean"], 4) for row in run["summary"] if row["scored"]},
        "cases": {case["id"]: _values(case) for case in run["cases"]},
    }


def load_baseline(path: Path = BASELINE) -> dict[str, Any]:
    """The committed baseline; raises `EvaluationError` when there is none."""
    try:
        loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return loaded
    except (OSError, json.JSONDecodeError) as error:
        raise EvaluationError(
            f"{path} is no usable baseline. Make one with: study eval --update-baseline WHY"
        ) from error


def load_run(path: Path) -> dict[str, Any]:
    """A run that was kept with `study eval --json`; raises `EvaluationError` when the file holds none."""
    try:
        run: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return {"cases": {case["id"]: _values(case) for case in run["cases"]}}
    except (OSError, json.JSONDecodeError, KeyError, TypeError) as error:
        raise EvaluationError(f"{path} holds no evaluation. Keep one with: study eval --json > {path.name}") from error


def paired(run: dict[str, Any], other: dict[str, Any]) -> list[dict[str, Any]]:
    """For each score the means over the cases that both runs scored, and the 95 % bootstrap interval of the paired difference."""
    rows = []
    now = {case["id"]: _values(case) for case in run["cases"]}
    names = dict.fromkeys(name for values in now.values() for name in values)
    for name in names:
        pairs = [
            (other["cases"][case][name], values[name])
            for case, values in now.items()
            if name in values and name in other["cases"].get(case, {})
        ]
        if pairs:
            before, after = np.array(pairs, dtype=float).T
            low, high = bootstrap(after - before)
            row = {"name": name, "before": float(before.mean()), "after": float(after.mean())}
            rows.append(row | {"low": low, "high": high, "pairs": len(pairs)})
    return rows


def compare(run: dict[str, Any], baseline: dict[str, Any]) -> Verdict:
    """The gate: no case gone, no score gone, no mean lower beyond doubt or by more than `TOLERANCE`, nothing invalid."""
    means = {row["name"]: row["mean"] for row in run["summary"] if row["scored"]}
    reasons = [
        f"{name} is no longer scored, it was {before:.3f}"
        for name, before in baseline["means"].items()
        if name not in means and not name.startswith(NEVER_IN_GATE)
    ]
    if gone := baseline["cases"].keys() - {case["id"] for case in run["cases"]}:
        reasons.append(f"{len(gone)} cases of the baseline are gone, {min(gone)} first")
    for row in paired(run, baseline):
        fell = row["after"] < row["before"] - TOLERANCE or row["high"] < 0
        if fell and not row["name"].startswith(NEVER_IN_GATE):
            reasons.append(
                f"{row['name']} fell from {row['before']:.3f} to {row['after']:.3f} on {row['pairs']} cases "
                f"(difference {row['low']:+.3f} to {row['high']:+.3f})"
            )
    for name in MUST_BE_PERFECT:
        if means.get(name, 1.0) < 1.0:
            reasons.append(f"{name} is {means[name]:.3f}; what is not verbatim must never ship")
    worse, better = changed_cases(run, baseline)
    return Verdict(not reasons, tuple(reasons), tuple(worse), tuple(better))


def changed_cases(run: dict[str, Any], other: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The scores of cases that are lower, and those that are higher, than in another run, as lines to read."""
    worse, better = [], []
    for case in run["cases"]:
        before = other["cases"].get(case["id"], {})
        for name, now in _values(case).items():
            was = before.get(name, now)
            line = f"{case['id']}: {name} {was:.2f} → {now:.2f} ({case['question']})"
            if now < was:
                worse.append(line)
            elif now > was:
                better.append(line)
    return worse, better


def _values(case: dict[str, Any]) -> dict[str, float]:
    return {score["name"]: round(score["value"], 4) for score in case["scores"] if score["value"] is not None}
