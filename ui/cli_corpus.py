"""The command guide, and what doctor says of the notes and questions that ship."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.console import AsJson, Home, print_json, say, service_of

if TYPE_CHECKING:
    from assistant.service.corpus import ComparisonResult

LONGEST = 110
"""Characters of a statement in a list."""


def guide(
    name: Annotated[
        str | None, typer.Argument(help="The guide to study for, such as 3.1; none to see them all.")
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """See the exam guides, or choose the one you study for: weights, plan, mock exam and coverage follow."""
    service = service_of(home)
    found = service.choose_guide(name) if name else service.guides()
    if as_json:
        print_json(found.as_json())
        return
    for one in found.guides:
        weights = " / ".join(str(weight) for weight in one.weights.values())
        say(f"{'>' if one.chosen else ' '} {one.id:<8} {weights:<28} {one.considerations} considerations  {one.name}")


def show_corpus(home: Path | None, on: date | None, against: Path | None, *, as_json: bool) -> bool:
    """Say what has passed or is near, and what copies of official pages no longer carry; whether nothing was lost."""
    found = service_of(home).check_corpus(on, against)
    lost = found.comparison.lost if found.comparison else []
    if as_json:
        print_json(found.as_json())
        return not lost
    for one in found.endings:
        say(
            f"{'passed' if one.passed else 'soon  '} {one.day}  {_short(one.name)}  ({one.place})\n       {one.address}"
        )
    passed = sum(one.passed for one in found.endings)
    say(f"{passed} ends had passed on {found.on}, {len(found.endings) - passed} more come within 60 days.")
    if found.comparison:
        _show_comparison(found.comparison)
    return not lost


def _show_comparison(found: "ComparisonResult") -> None:
    say()
    for one in found.lost:
        say(f"{one.kind} {one.written!r} is no longer where {one.place} rests on it")
        say(f"       {_short(one.statement)}\n       {one.address}")
    say(f"{len(found.lost)} of {found.details} numbers, names and dates in {found.statements} statements are gone.")
    if found.unrecorded:
        say(f"{found.unrecorded} statements are newer than the record: only numbers and dates of notes were compared.")
    if found.absent:
        say(f"{len(found.absent)} cited pages are not among the copies.")


def _short(words: str) -> str:
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"
