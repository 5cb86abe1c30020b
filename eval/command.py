"""One evaluation from start to stored result, as the command line and the app run it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assistant.checks.judge import Judge
from assistant.session import Session
from assistant.writers.draft import Writer
from assistant.writers.quotes import QuotesWriter
from eval.cases import EvalCase, load_cases
from eval.gate import BASELINE, Verdict, baseline_of, compare, load_baseline, load_run, paired
from eval.material import MarkedCases, make_cases
from eval.report import run_json
from eval.run import Examiner, Report, ask_all, describe_run, evaluate
from eval.scorers import SUITES
from ingest.errors import EvaluationError
from ingest.files import remove
from ingest.index import Index

KEPT_RUNS = 10
"""Whole runs kept in a home; one takes about 1.5 MB."""
RUN_NAME = "%Y-%m-%dT%H-%M-%SZ"


@dataclass(frozen=True, slots=True)
class Wish:
    """What to evaluate and what to do with the result."""

    suite: str | None = None
    """One of `SUITES`, or a kind of case; None for everything."""
    writer: str = "quotes"
    judge: str | None = None
    """A chat model that judges sentences beside the model-free scores."""
    sample: int | None = None
    """Every n-th case only, for writers that take long."""
    material: bool = False
    """Evaluate the learner's own library instead of the shipped corpus."""
    seed: int = 1
    """Seed of the cases made from material."""
    check: bool = False
    update_baseline: str | None = None
    against: Path | None = None
    """A run that was kept as JSON."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A run as JSON, the gate's verdict and the comparison where they were asked for."""

    run: dict[str, Any]
    verdict: Verdict | None
    comparison: Sequence[dict[str, Any]]


def kept_runs(home: Path, *, material: bool = False) -> list[Path]:
    """The whole evaluations kept in a home, newest first, over the shipped corpus or over the learner's own material.

    A file's name tells when its run was started (UTC), as `run_started` reads it.
    """
    return sorted(_runs(home, material).glob("*.json"), reverse=True)


def run_started(path: Path) -> datetime:
    """When a kept run was started, from its file's name."""
    return datetime.strptime(path.stem, RUN_NAME).replace(tzinfo=UTC)


def _runs(home: Path, material: bool) -> Path:
    return home / "evaluation" / ("runs-material" if material else "runs")


def run_evaluation(session: Session, wish: Wish, *, now: datetime, report: Report) -> Outcome:
    """Evaluate, keep a whole run in the home, compare or set the baseline. Raises `EvaluationError`."""
    if wish.material and (wish.check or wish.update_baseline):
        raise EvaluationError("The baseline belongs to the shipped corpus. Leave out --material, or --check.")
    baseline = load_baseline() if wish.check else None
    other = load_run(wish.against) if wish.against else None
    judge = Judge(session.writers.chat_model(wish.judge)) if wish.judge else None

    def make_writer(index: Index) -> Writer:
        return QuotesWriter(index) if wish.writer in ("auto", "quotes") else session.writers.open(wish.writer)

    if wish.material:
        session.library.require_material()
        cases = [*make_cases(session.index, seed=wish.seed), *MarkedCases(session.home).all()]
        if all(case.kind == "off-topic" for case in cases):
            raise EvaluationError(
                "No case could be made from your material: it needs definitions or tables. Or mark answers in the chat."
            )
        examiner = Examiner(session, session.index, make_writer(session.index), judge)
        results = ask_all(cases, lambda case: examiner, report)
        run = run_json(describe_run(session, results, examiner.writer, now))
    else:
        cases = _chosen(wish)
        run = run_json(evaluate(session, cases, make_writer, now=now, judge=judge, report=report))
        if wish.suite in SUITES:
            run = _only(run, f"{wish.suite}:")
    if wish.suite is None and wish.sample is None:
        keep_run(run, session.home, material=wish.material, now=now)
    if wish.update_baseline is not None:
        BASELINE.write_text(json.dumps(baseline_of(run, wish.update_baseline), indent=1) + "\n", encoding="utf-8")
    verdict = compare(run, baseline) if baseline is not None else None
    return Outcome(run, verdict, paired(run, other) if other else ())


def keep_run(run: dict[str, Any], home: Path, *, material: bool, now: datetime) -> None:
    """Keep a whole run in a home; of those that are there the newest `KEPT_RUNS` stay."""
    folder = _runs(home, material)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{now.astimezone(UTC).strftime(RUN_NAME)}.json"
    half = path.with_suffix(".part")
    half.write_text(json.dumps(run, ensure_ascii=False), encoding="utf-8")
    half.replace(path)
    for old in kept_runs(home, material=material)[KEPT_RUNS:]:
        remove(old, within=folder)


def _chosen(wish: Wish) -> list[EvalCase]:
    cases = load_cases()
    kinds = sorted({case.kind for case in cases})
    if wish.suite in kinds:
        cases = [case for case in cases if case.kind == wish.suite]
    elif wish.suite == "practice":
        cases = []
    elif wish.suite is not None and wish.suite not in SUITES:
        raise EvaluationError(
            f"There is no suite {wish.suite!r}. There are: {', '.join(SUITES)}; or a kind of case: {', '.join(kinds)}."
        )
    return cases[:: wish.sample] if wish.sample else cases


def _only(run: dict[str, Any], prefix: str) -> dict[str, Any]:
    """The run with the scores of one suite."""
    kept = dict(run)
    for part in ("summary", "held_back"):
        kept[part] = [row for row in run[part] if row["name"].startswith(prefix)]
    kept["cases"] = [
        case | {"scores": [score for score in case["scores"] if score["name"].startswith(prefix)]}
        for case in run["cases"]
    ]
    return kept
