"""The commands for flash cards, for what is due, and for the report of a mock exam."""

import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli_player import sit
from ui.console import AsJson, Home, Objective, Section, print_json, say, seed_or_random, service_of

if TYPE_CHECKING:
    from assistant.service.practice import ReportItem
    from assistant.service.sitting import Shown, Sitting, Sittings

KNEW, FORGOT, LEAVE = "k", "f", "q"
PROMPT_LENGTH = 90


def cards(
    section: Section = None,
    objective: Objective = None,
    count: Annotated[int, typer.Option("-n", min=1, max=500, help="Most cards.")] = 20,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Flash cards with the facts to know by heart: those due first, then new ones."""
    service = service_of(home)
    if as_json:
        print_json(service.draw_cards(count, section=section, objective=objective).as_json())
        return
    sittings = service.sittings
    drawn = sittings.draw_cards(count, seed=seed_or_random(None), section=section, objective=objective)
    if not sys.stdin.isatty():
        for card in drawn:
            say(f"{card.prompt}\n   {card.choices[0].text}. {card.choices[0].why}\n")
        return
    sitting = sittings.begin_cards(drawn)
    known, seen = _go_through(sittings, sitting)
    sittings.finish(sitting)
    say(f"{known} of {seen} known.")


def _go_through(sittings: "Sittings", sitting: "Sitting") -> tuple[int, int]:
    """Show each card and record what the learner says of it; returns how many were known and seen."""
    known = seen = 0
    for at, card in enumerate(sitting.questions):
        started = time.monotonic()
        say(f"{at + 1}. {card.prompt}\n")
        typer.prompt("Enter shows the answer", default="", show_default=False)
        back = card.choices[0]
        places = [f"{page.title}, {page.address}" for page in back.citation.official_pages]
        say(f"   {back.text}\n   {back.why}\n   ({', '.join(places) or back.citation.source})\n")
        said = str(typer.prompt("k knew, f forgot, q leave", default=KNEW)).strip().lower()[:1]
        if said == LEAVE:
            break
        seen, known = seen + 1, known + (said != FORGOT)
        sittings.recall(sitting, at, said != FORGOT, time.monotonic() - started)
        say()
    return known, seen


def due(home: Home = None, as_json: AsJson = False) -> None:
    """What you are about to forget: questions and flash cards whose review is due."""
    found = service_of(home).due()
    if as_json:
        print_json(found.as_json())
        return
    say(f"{found.due} questions are due (study review), {found.cards} flash cards (study cards).")
    for one in found.questions[:10]:
        say(f"  {one.id:<26} {one.prompt[:PROMPT_LENGTH]}")
    if found.next:
        say(f"The next one falls due on {found.next:%d %B %Y}.")


def report(
    show: Annotated[
        str,
        typer.Option(
            "--show", help="all, wrong, unanswered, marked, sure-and-wrong, slow, or missed: wrong or unanswered."
        ),
    ] = "missed",
    practice: Annotated[bool, typer.Option("--practice", help="Start a quiz with these questions.")] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """The report of your latest mock exam: percent, time for each question, and what to practice again."""
    from assistant.service.sitting import Shown

    if show not in list(Shown):
        raise typer.BadParameter(f"{show} is none of {', '.join(Shown)}", param_hint="--show")
    service = service_of(home)
    found = service.report(shown=Shown(show))
    if as_json:
        print_json(found.as_json())
        return
    if practice:
        _practice(service.sittings, found.sitting, Shown(show))
        return
    took = f" in {found.minutes:.0f} minutes" if found.minutes is not None else ""
    say(f"{found.right} of {found.questions} right ({found.share:.0%}){took}; {found.unanswered} without an answer.")
    if found.median_seconds:
        say(f"Half of the answers took less than {found.median_seconds:.0f} s.")
    say(f"\n{show}: {len(found.items)}")
    for item in found.items:
        say(_line(item))


def _line(item: "ReportItem") -> str:
    verdict = "✓" if item.correct else "✗" if item.answered else "–"
    given = "".join(item.chosen) or "–"
    beside = [f"{item.seconds:.0f} s"] if item.seconds else []
    beside += (["marked"] if item.marked else []) + (["sure"] if item.sure else [])
    words = " ".join(item.prompt.split())
    return f"{verdict} {item.position:>2}. {given}, right {''.join(item.key)}  [{', '.join(beside)}]  {words[:PROMPT_LENGTH]}"


def _practice(sittings: "Sittings", sitting: str, shown: "Shown") -> None:
    """Sit down to the questions behind a filter of a report."""
    questions = sittings.reported(sitting, shown)
    if not questions:
        say(f"Nothing here: no question is {shown}.")
        return
    if not sys.stdin.isatty():
        say(f"{len(questions)} questions. Run study report --practice in a terminal to answer them.")
        return
    sit(sittings, sittings.begin_again(questions))
