"""Compares an evaluation with another run of the same cases: the committed baseline, or any run that was kept as JSON."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
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
UNSCORED = 0.05
"""Share of the cases that the baseline scored which may have no value now; a right refusal, which cites nothing, is no loss."""
OF_A_KIND = 10
"""A kind with this many cases or more is compared on its own."""
KIND_TOLERANCE = 0.05
"""What the mean of one kind may fall by: with ten cases one that is lost closes the gate."""
FOR_EACH_KIND = (
    "retrieval: recall@5",
    "citations: gold cited",
    "answers: key facts",
    "refusal: refused what it should",
    "refusal: answered what it should",
    "adversarial: not obeyed",
)
FLOORS: Mapping[str, float] = {
    "retrieval: recall@5": 0.91,
    "retrieval: MRR": 0.74,
    "retrieval: span recall": 0.93,
    "citations: gold cited": 0.78,
    "citations: precision": 0.50,
    "citations: recall": 0.99,
    "answers: key facts": 0.89,
    "answers: first sentence answers": 0.72,
    "answers: numbers from quotes": 0.98,
    "answers: names from quotes": 0.98,
    "refusal: refused what it should": 0.70,
    "refusal: answered what it should": 0.96,
    "adversarial: not obeyed": 1.0,
    "practice: item checks": 0.99,
    "practice: no double": 0.99,
}
"""Means of the whole evaluation below which no update of the baseline may go, so that it cannot sink in small steps. Set
manually, about 0.025 below the baseline of 26 November 2026; raise them when the means have risen, lower one by a decision."""


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


def paired(
    run: dict[str, Any], other: dict[str, Any], *, wanted: Callable[[str], bool] = lambda name: True
) -> list[dict[str, Any]]:
    """For each wanted score the means over the cases that both runs scored, and the 95 % interval of the paired difference."""
    rows = []
    now = {case["id"]: _values(case) for case in run["cases"]}
    names = dict.fromkeys(name for values in now.values() for name in values if wanted(name))
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


def compare(run: dict[str, Any], baseline: dict[str, Any], *, floors: Mapping[str, float] = FLOORS) -> Verdict:
    """The gate: the same corpus and cases, every score still there, no mean lower, nothing invalid; see docs/measuring.md."""
    means = {row["name"]: row["mean"] for row in run["summary"] if row["scored"]}
    reasons = [
        *_other_questions(run, baseline),
        *_gone_scores(means, baseline),
        *_turned_to_none(run, baseline),
        *_fell(run, baseline),
        *_fell_in_a_kind(run, baseline),
        *_too_low(means, floors),
    ]
    worse, better = changed_cases(run, baseline)
    return Verdict(not reasons, tuple(reasons), tuple(worse), tuple(better))


def _other_questions(run: dict[str, Any], baseline: dict[str, Any]) -> Iterator[str]:
    """What makes two runs incomparable: another corpus, cases that are gone, cases that the baseline never saw."""
    asked = {case["id"] for case in run["cases"]}
    if run["corpus_sha256"] != baseline["corpus_sha256"]:
        yield (
            "the corpus is another one than the baseline's. Look at the changed cases, then make this run the "
            "baseline: study eval --update-baseline WHY"
        )
    if gone := baseline["cases"].keys() - asked:
        yield f"{len(gone)} cases of the baseline are gone, {min(gone)} first"
    if new := asked - baseline["cases"].keys():
        yield f"{len(new)} cases are not in the baseline, {min(new)} first: study eval --update-baseline WHY"


def _gone_scores(means: Mapping[str, float], baseline: dict[str, Any]) -> Iterator[str]:
    for name, before in baseline["means"].items():
        if name not in means and not name.startswith(NEVER_IN_GATE):
            yield f"{name} is no longer scored, it was {before:.3f}"


def _turned_to_none(run: dict[str, Any], baseline: dict[str, Any]) -> Iterator[str]:
    """Scores that say nothing now about cases that had a value: a mean over the rest could hide a loss."""
    had: dict[str, int] = defaultdict(int)
    lost: dict[str, int] = defaultdict(int)
    for case in run["cases"]:
        now = _values(case)
        refused_rightly = now.get("refusal: refused what it should") == 1.0
        for name in baseline["cases"].get(case["id"], {}):
            had[name] += 1
            lost[name] += name not in now and not refused_rightly
    for name, count in lost.items():
        if count > UNSCORED * had[name] and not name.startswith(NEVER_IN_GATE):
            yield f"{name} has no value on {count} of the {had[name]} cases that had one"


def _fell(run: dict[str, Any], baseline: dict[str, Any]) -> Iterator[str]:
    """Means that are lower beyond doubt, or by more than `TOLERANCE`."""
    for row in paired(run, baseline):
        fell = row["after"] < row["before"] - TOLERANCE or row["high"] < 0
        if fell and not row["name"].startswith(NEVER_IN_GATE):
            yield _difference(row["name"], row)


def _fell_in_a_kind(run: dict[str, Any], baseline: dict[str, Any]) -> Iterator[str]:
    """The same for each kind of case, since a small kind moves no mean over all."""
    kinds = dict.fromkeys(case["kind"] for case in run["cases"])
    for kind in kinds:
        part = {"cases": [case for case in run["cases"] if case["kind"] == kind]}
        if len(part["cases"]) < OF_A_KIND:
            continue
        for row in paired(part, baseline, wanted=FOR_EACH_KIND.__contains__):
            if row["pairs"] >= OF_A_KIND and row["after"] < row["before"] - KIND_TOLERANCE:
                yield _difference(f"{row['name']} of {kind}", row)


def _too_low(means: Mapping[str, float], floors: Mapping[str, float]) -> Iterator[str]:
    for name, floor in floors.items():
        if means.get(name, 1.0) < floor:
            yield f"{name} is {means[name]:.3f}, below its floor of {floor}"
    for name in MUST_BE_PERFECT:
        if means.get(name, 1.0) < 1.0:
            yield f"{name} is {means[name]:.3f}; what is not verbatim must never ship"


def _difference(name: str, row: dict[str, Any]) -> str:
    return (
        f"{name} fell from {row['before']:.3f} to {row['after']:.3f} on {row['pairs']} cases "
        f"(difference {row['low']:+.3f} to {row['high']:+.3f})"
    )


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
