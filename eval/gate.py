"""Compares an evaluation with the baseline that is committed beside it, and says which cases flipped."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.errors import EvaluationError

BASELINE = Path(__file__).resolve().parent / "baseline.json"
TOLERANCE = 0.01
"""A mean may fall by this much below the baseline's before the gate closes."""
MUST_BE_PERFECT = "citations: validity"


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


def compare(run: dict[str, Any], baseline: dict[str, Any]) -> Verdict:
    """The gate: no mean more than `TOLERANCE` lower, no score gone, and not one invalid citation."""
    means = {row["name"]: row["mean"] for row in run["summary"] if row["scored"]}
    reasons = []
    for name, before in baseline["means"].items():
        now = means.get(name)
        if now is None:
            reasons.append(f"{name} is no longer scored, it was {before:.3f}")
        elif now < before - TOLERANCE:
            reasons.append(f"{name} fell from {before:.3f} to {now:.3f}")
    if means.get(MUST_BE_PERFECT, 1.0) < 1.0:
        reasons.append(
            f"{MUST_BE_PERFECT} is {means[MUST_BE_PERFECT]:.3f}; a citation that is not verbatim must never ship"
        )
    worse, better = [], []
    for case in run["cases"]:
        before_scores = baseline["cases"].get(case["id"], {})
        for name, now in _values(case).items():
            was = before_scores.get(name)
            if was is not None and now < was:
                worse.append(f"{case['id']}: {name} {was:.2f} → {now:.2f} ({case['question']})")
            elif was is not None and now > was:
                better.append(f"{case['id']}: {name} {was:.2f} → {now:.2f} ({case['question']})")
    return Verdict(not reasons, tuple(reasons), tuple(worse), tuple(better))


def _values(case: dict[str, Any]) -> dict[str, float]:
    return {score["name"]: round(score["value"], 4) for score in case["scores"] if score["value"] is not None}
