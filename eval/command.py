"""One evaluation from start to stored result, as the command line and the app run it."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from assistant.quotes import QuotesWriter
from assistant.session import Session
from assistant.writers import Writer
from eval.cases import load_cases
from eval.gate import BASELINE, Verdict, baseline_of, compare, load_baseline
from eval.report import run_json
from eval.run import Report, evaluate
from ingest.errors import EvaluationError
from ingest.index import Index


@dataclass(frozen=True, slots=True)
class Outcome:
    """A run as JSON, and the gate's verdict where it was asked for."""

    run: dict[str, Any]
    verdict: Verdict | None


def latest_path(home: Path) -> Path:
    """Where the newest evaluation of a home is kept."""
    return home / "evaluation" / "latest.json"


def run_evaluation(
    session: Session,
    *,
    suite: str | None,
    writer: str,
    now: datetime,
    report: Report,
    update_baseline: str | None = None,
    check: bool = False,
) -> Outcome:
    """Evaluate all cases (or those of one kind), keep the result as the home's latest, compare or set the baseline."""
    cases = load_cases()
    if suite is not None:
        kinds = sorted({case.kind for case in cases})
        cases = [case for case in cases if case.kind == suite]
        if not cases:
            raise EvaluationError(f"There is no suite {suite!r}. There are: {', '.join(kinds)}.")
    baseline = load_baseline() if check else None

    def make_writer(index: Index) -> Writer:
        return QuotesWriter(index) if writer in ("auto", "quotes") else session.writer(writer)

    run = run_json(evaluate(session, cases, make_writer, now=now, report=report))
    if suite is None:
        latest = latest_path(session.home)
        latest.parent.mkdir(parents=True, exist_ok=True)
        latest.write_text(json.dumps(run, ensure_ascii=False), encoding="utf-8")
    if update_baseline is not None:
        BASELINE.write_text(json.dumps(baseline_of(run, update_baseline), indent=1) + "\n", encoding="utf-8")
    return Outcome(run, compare(run, baseline) if baseline is not None else None)
