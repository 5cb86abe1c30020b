"""The command `study eval`: options, progress, tables; heavy imports happen inside."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from ui.console import AsJson, Home, print_json, say, service_of


def evaluate(
    suite: Annotated[
        str | None,
        typer.Option(
            "--suite", help="retrieval, citations, answers, refusal, adversarial, practice, or a kind of case."
        ),
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Fail when scores are below the baseline.")] = False,
    report: Annotated[Path | None, typer.Option("--report", help="Write an HTML report here.")] = None,
    update_baseline: Annotated[
        str | None, typer.Option("--update-baseline", help="Make this run the baseline; say why.")
    ] = None,
    against: Annotated[
        Path | None, typer.Option("--against", help="Compare with a run that was kept with --json.")
    ] = None,
    writer: Annotated[str, typer.Option("--writer")] = "quotes",
    judge: Annotated[str | None, typer.Option("--judge", help="Let this chat model judge sentences too.")] = None,
    sample: Annotated[int | None, typer.Option("--sample", min=1, help="Every n-th case only.")] = None,
    material: Annotated[
        bool, typer.Option("--material", help="Over your own library, with cases made from it.")
    ] = False,
    export_cases: Annotated[
        Path | None, typer.Option("--export-cases", help="Write the cases you marked in the chat, and do nothing else.")
    ] = None,
    import_cases: Annotated[
        Path | None, typer.Option("--import-cases", help="Add cases to those you marked, and do nothing else.")
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Measure how well answers are grounded, over the shipped corpus or over your own material."""
    from eval.cases import parse_cases
    from eval.command import Wish, run_evaluation
    from eval.material import MarkedCases

    session = service_of(home).session
    if export_cases or import_cases:
        marked = MarkedCases(session.home)
        if import_cases:
            say(f"{marked.add(parse_cases(import_cases))} cases added.")
        if export_cases:
            say(f"{marked.export(export_cases)} cases written to {export_cases}.")
        return
    wish = Wish(
        suite=suite,
        writer=writer,
        judge=judge,
        sample=sample,
        material=material,
        check=check,
        update_baseline=update_baseline,
        against=against,
    )
    with _evaluation_bar(as_json) as tell:
        outcome = run_evaluation(session, wish, now=datetime.now(UTC), report=tell)
    if report:
        from eval.report import run_html

        report.write_text(run_html(outcome.run, outcome.comparison), encoding="utf-8")
    if as_json:
        print_json(outcome.run)
    else:
        _show_evaluation(outcome.run, outcome.comparison)
    if outcome.verdict is None:
        return
    for line in outcome.verdict.worse:
        sys.stderr.write(f"worse   {line}\n")
    for line in outcome.verdict.better:
        sys.stderr.write(f"better  {line}\n")
    if not outcome.verdict.passed:
        sys.stderr.write("Below the baseline: " + "; ".join(outcome.verdict.reasons) + ".\n")
        raise typer.Exit(1)
    sys.stderr.write("Not below the baseline.\n")


@contextmanager
def _evaluation_bar(quiet: bool) -> "Iterator[Callable[[int, int], None]]":
    """A bar on stderr with cases and time left; a line for each tenth of the cases where stderr is no terminal."""
    if quiet:
        yield lambda done, total: None
        return
    if not sys.stderr.isatty():
        yield _say_each_tenth
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("asking", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _say_each_tenth(done: int, total: int) -> None:
    if done * 10 // total > (done - 1) * 10 // total:
        sys.stderr.write(f"{done} of {total} cases asked\n")


def _show_evaluation(run: dict[str, Any], comparison: Sequence[dict[str, Any]]) -> None:
    asked = sum(case["kind"] != "practice" for case in run["cases"])
    say(
        f"{asked} cases, {len(run['cases']) - asked} practice questions, writer {run['writer']}, "
        f"corpus {run['corpus_sha256'][:12]}"
    )
    for row in run["summary"]:
        if row["scored"]:
            say(f"{row['name']:<38} {row['mean']:.3f}  [{row['low']:.3f}, {row['high']:.3f}]  n={row['scored']}")
    if asked:
        say(f"{'seconds per answer':<38} {run['seconds']['mean']:.3f}  p95 {run['seconds']['p95']:.3f}")
        say(f"{'tokens of a model per answer':<38} {run['tokens']:.0f}")
    if run["judge_agreement"] is not None:
        say(f"{'judge agrees with the model-free check':<38} {run['judge_agreement']:.3f}")
    for row in comparison:
        say(
            f"{row['name']:<38} {row['before']:.3f} → {row['after']:.3f}  [{row['low']:+.3f}, {row['high']:+.3f}]  "
            f"n={row['pairs']}"
        )
