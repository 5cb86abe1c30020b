"""The commands for practice: quiz, review, exam, progress, plan, export, import. Every answer is saved as it is given."""

import sys
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from assistant.practice.questions import Focus, Origin
from ingest.errors import PracticeError
from ui.cli_player import show_exam_result, show_question, show_reasons, sit, sit_exam
from ui.console import AsJson, Home, Objective, Section, Seed, print_json, say, seed_or_random, service_of


class OriginChoice(StrEnum):
    """Which questions a quiz may draw."""

    BANK = "bank"
    GENERATED = "generated"
    ANY = "any"


class Exported(StrEnum):
    """What an export holds."""

    QUESTIONS = "questions"
    CARDS = "cards"
    ATTEMPTS = "attempts"


class Feedback(StrEnum):
    """When a quiz says what was right."""

    EACH = "each"
    END = "end"


Resume = Annotated[bool, typer.Option("--resume", help="Go on with the one that was broken off.")]


def quiz(
    section: Section = None,
    objective: Objective = None,
    count: Annotated[int, typer.Option("-n", min=1, max=500, help="How many questions.")] = 10,
    difficulty: Annotated[int | None, typer.Option("--difficulty", min=1, max=3)] = None,
    origin: Annotated[
        OriginChoice,
        typer.Option("--origin", help="Questions that ship, made from your material, or what you have of both."),
    ] = OriginChoice.ANY,
    focus: Annotated[
        Focus | None, typer.Option("--focus", help="Prefer fresh questions, weak spots, or due reviews.")
    ] = None,
    source: Annotated[str | None, typer.Option("--source", help="Make questions from this source only.")] = None,
    topic: Annotated[str | None, typer.Option("--topic", help="Make questions on this topic only.")] = None,
    writer: Annotated[
        str,
        typer.Option(
            "--writer", help="A model that writes scenarios from your material; quotes for cards without one."
        ),
    ] = "quotes",
    feedback: Annotated[
        Feedback, typer.Option("--feedback", help="Reasons after each question, or all of them at the end.")
    ] = Feedback.EACH,
    seed: Seed = None,
    resume: Resume = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Practice questions on a section, each choice with its reason and the words it rests on."""
    from assistant.practice.quiz import QuizRequest
    from assistant.service.sitting import SittingKind

    service = service_of(home)
    sittings = service.sittings
    if resume:
        sit(sittings, sittings.resume_quiz())
        return
    if (source or topic) and origin is not OriginChoice.GENERATED:
        raise typer.BadParameter("--source and --topic need --origin generated")
    request = QuizRequest(
        count=count,
        seed=seed_or_random(seed),
        section=section,
        objective=objective,
        difficulty=difficulty,
        source=source,
        topic=topic,
        origin=None if origin is OriginChoice.ANY else Origin(origin.value),
        focus=focus or (Focus.FRESH if seed is None else Focus.ANY),
        writer=writer,
    )
    if as_json:
        print_json(service.draw_quiz(request).as_json())
        return
    drawn = sittings.draw(request)
    if request.origin is Origin.GENERATED:
        say(f"{drawn.account}\n")
    if not sys.stdin.isatty():
        for number, question in enumerate(drawn.questions, start=1):
            show_question(number, question)
            show_reasons(question)
        return
    if waiting := sittings.broken_off(SittingKind.QUIZ):
        say(f"A quiz of {waiting.started:%d %B} is not finished: study quiz --resume takes it up.\n")
    sit(sittings, sittings.begin_quiz(drawn, request, at_once=feedback is Feedback.EACH))


def review(
    count: Annotated[int, typer.Option("-n", min=1, max=500, help="Most questions.")] = 20,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Answer again the questions that are due, when you are about to forget them."""
    from assistant.practice.quiz import QuizRequest

    service = service_of(home)
    request = QuizRequest(count=count, seed=seed_or_random(None), focus=Focus.DUE)
    if as_json:
        print_json(service.draw_quiz(request).as_json())
        return
    drawn = service.sittings.draw_review(request)
    if not sys.stdin.isatty():
        say(f"{len(drawn.questions)} questions are due. Run study review in a terminal to answer them.")
        return
    sit(service.sittings, service.sittings.begin_review(drawn))


def exam(
    count: Annotated[int, typer.Option("--questions", min=6, max=60, help="The exam has 50 to 60.")] = 50,
    minutes: Annotated[int, typer.Option("--minutes", min=1, max=600)] = 120,
    seed: Seed = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """A mock exam: drawn by section weight, timed, graded at the end. A broken-off exam goes on, and so does its clock."""
    from assistant.service.sitting import SittingKind

    service = service_of(home)
    if as_json:
        print_json(service.draw_exam(count, minutes, seed_or_random(seed)).as_json())
        return
    if not sys.stdin.isatty():
        raise PracticeError("A mock exam needs a terminal to answer in. Use --json for its questions.")
    sittings = service.sittings
    if waiting := sittings.broken_off(SittingKind.EXAM):
        say(f"Going on with the mock exam of {waiting.started:%d %B, %H:%M} UTC.\n")
    sitting = waiting or sittings.begin_exam(count, minutes, seed_or_random(seed))
    show_exam_result(sittings, sit_exam(sittings, sitting))


def progress(
    delete_everything: Annotated[
        bool, typer.Option("--delete-everything", help="Delete all that is known of you.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """How well you know each section, how sure that is, and what pays most to study next."""
    service = service_of(home)
    if delete_everything:
        if not yes:
            typer.confirm(f"Delete all progress of {service.learner}?", abort=True)
        say(f"Deleted {service.delete_progress()} attempts and everything that belongs to them.")
        return
    found = service.progress()
    if as_json:
        print_json(found.as_json())
        return
    say(f"{found.attempts} answers to {found.questions} questions; {found.due} due for review; guide {found.guide}\n")
    for row in found.sections:
        known = f"{row.share:.0%} [{row.low:.0%}, {row.high:.0%}]" if row.questions else "nothing yet"
        say(f"{row.section}  {row.title[:58]:<58} {row.weight:>3} %   {known}  n={row.questions}")
    if found.forecast:
        one = found.forecast
        say(f"\nIn a mock exam now: {one.share:.0%} right, between {one.low:.0%} and {one.high:.0%} in 9 of 10 exams.")
    for told in found.calibration:
        if told.answers:
            say(f"When {told.said}: {told.right} of {told.answers} right ({told.share:.0%})")
    say("\nMost to gain:")
    for item in found.next[:5]:
        say(f"  {item.consideration}  {item.text}")


def plan(
    exam_date: Annotated[
        datetime | None, typer.Option("--exam-date", formats=["%Y-%m-%d"], help="Remembered for the next time.")
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """What to read and practice each day until the exam."""
    found = service_of(home).plan(exam_date.date() if exam_date else None)
    if as_json:
        print_json(found.as_json())
        return
    for one in found.days:
        parts = [f"study {', '.join(one.considerations)}"] if one.considerations else []
        parts += [f"{one.reviews} reviews"] if one.reviews else []
        parts += ["mock exam"] if one.mock_exam else []
        say(f"{one.day:%a %d %b}  {'; '.join(parts) or 'weak spots: study quiz --focus weak'}")
    say(f"{found.exam:%a %d %b}  the exam")


def export(
    path: Annotated[
        Path,
        typer.Argument(help="Ends in .apkg for Anki, .csv for a spreadsheet, .txt for Quizlet, .json for everything."),
    ],
    what: Annotated[
        Exported | None, typer.Option("--what", help="questions, cards, or attempts; attempts are for .csv only.")
    ] = None,
    section: Section = None,
    home: Home = None,
) -> None:
    """Write questions and flash cards for Anki, spreadsheets or Quizlet, or everything as JSON that `study import` reads."""
    from assistant.service import exporting

    chosen = exporting.Exported(what.value) if what else None
    done = service_of(home).export(path, section=section, what=chosen)
    say(f"Wrote {done.written} to {done.path}.")


def import_progress(
    path: Annotated[Path, typer.Argument(help="A JSON file of study export.")], home: Home = None
) -> None:
    """Read back what `study export` wrote as JSON; what is there already is not doubled."""
    done = service_of(home).import_progress(path)
    say(f"{done.new} of {done.attempts} attempts were new, {done.kept_questions} kept questions are there.")
