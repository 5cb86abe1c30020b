"""The commands for practice: quiz, review, exam, progress, plan, export, import. Every answer is saved as it is given."""

import sys
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.practice.questions import LETTERS, Focus, Origin
from ingest.errors import PracticeError, ProgressError
from ui.console import AsJson, Home, Objective, Section, Seed, print_json, say, seed_or_random, session_of

if TYPE_CHECKING:
    from assistant.practice.questions import Question
    from assistant.progress.store import Progress, Sitting, SittingKind
    from assistant.session import Session

EXAM_HELP = "letters answer, m marks, n next, p previous, a number goes there, submit ends"
NO_PASSING_SCORE = "Google publishes no passing score, so this cannot say whether you would have passed."


class OriginChoice(StrEnum):
    """Which questions a quiz may draw."""

    BANK = "bank"
    GENERATED = "generated"
    ANY = "any"


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
        str, typer.Option("--writer", help="A model that puts made questions into scenarios; quotes for none.")
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
    from assistant.progress.store import MadeStatus, SittingKind
    from assistant.session import QuizWish

    session = session_of(home)
    if resume:
        _sit(session, _newest_open(session, SittingKind.QUIZ))
        return
    if (source or topic) and origin is not OriginChoice.GENERATED:
        raise typer.BadParameter("--source and --topic need --origin generated")
    wish = QuizWish(
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
    now = datetime.now(UTC)
    made = session.quiz(wish, now=now)
    if as_json:
        from ui.jsons import quiz_json

        generation = {"asked": made.asked, "made": len(made.questions), "rejected": dict(made.rejected)}
        print_json(quiz_json(made.questions) | ({"generation": generation} if wish.origin is Origin.GENERATED else {}))
        return
    if wish.origin is Origin.GENERATED:
        say(f"{made.account}\n")
    if not sys.stdin.isatty():
        for number, question in enumerate(made.questions, start=1):
            _show_question(number, question)
            _show_reasons(question)
        return
    if wish.origin is Origin.GENERATED:
        session.progress.keep_made(made.questions, MadeStatus.MADE, now=now)
    if waiting := session.progress.open_sittings(SittingKind.QUIZ):
        say(f"A quiz of {waiting[0].started:%d %B} is not finished: study quiz --resume takes it up.\n")
    at_once = feedback is Feedback.EACH
    _sit(session, session.progress.begin(SittingKind.QUIZ, made.questions, now=now, at_once=at_once))


def review(
    count: Annotated[int, typer.Option("-n", min=1, max=500, help="Most questions.")] = 20,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Answer again the questions that are due, when you are about to forget them."""
    from assistant.progress.store import SittingKind
    from assistant.session import QuizWish

    session = session_of(home)
    now = datetime.now(UTC)
    made = session.quiz(QuizWish(count=count, seed=seed_or_random(None), focus=Focus.DUE), now=now)
    if as_json:
        from ui.jsons import quiz_json

        print_json(quiz_json(made.questions))
        return
    if not sys.stdin.isatty():
        say(f"{len(made.questions)} questions are due. Run study review in a terminal to answer them.")
        return
    _sit(session, session.progress.begin(SittingKind.REVIEW, made.questions, now=now))


def exam(
    count: Annotated[int, typer.Option("--questions", min=6, max=60, help="The exam has 50 to 60.")] = 50,
    minutes: Annotated[int, typer.Option("--minutes", min=1, max=600)] = 120,
    seed: Seed = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """A mock exam: drawn by section weight, timed, graded at the end. A broken-off exam goes on, and so does its clock."""
    from assistant.progress.store import SittingKind

    session = session_of(home)
    now = datetime.now(UTC)
    if as_json:
        from assistant.practice.exam import section_counts
        from ui.jsons import quiz_json

        questions = session.exam(count, seed=seed_or_random(seed), now=now)
        counts = {str(section): number for section, number in section_counts(session.syllabus, count).items()}
        print_json(quiz_json(questions) | {"minutes": minutes, "sections": counts})
        return
    if not sys.stdin.isatty():
        raise PracticeError("A mock exam needs a terminal to answer in. Use --json for its questions.")
    waiting = session.progress.open_sittings(SittingKind.EXAM)
    if waiting:
        sitting = waiting[0]
        say(f"Going on with the mock exam of {sitting.started:%d %B, %H:%M} UTC.\n")
    else:
        questions = session.exam(count, seed=seed_or_random(seed), now=now)
        sitting = session.progress.begin(SittingKind.EXAM, questions, now=now, at_once=False, minutes=minutes)
    _show_exam_result(session, _sit_exam(session.progress, sitting))


def progress(
    delete_everything: Annotated[
        bool, typer.Option("--delete-everything", help="Delete all that is known of you.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """How well you know each section, how sure that is, and what pays most to study next."""
    from ui.jsons import progress_json

    session = session_of(home)
    if delete_everything:
        if not yes:
            typer.confirm(f"Delete all progress of {session.progress.learner}?", abort=True)
        say(f"Deleted {session.progress.delete_everything()} attempts and everything that belongs to them.")
        return
    found = progress_json(session.syllabus, session.progress, datetime.now(UTC))
    if as_json:
        print_json(found)
        return
    say(f"{found['attempts']} answers to {found['questions']} questions; {found['due']} due for review\n")
    for row in found["sections"]:
        known = f"{row['share']:.0%} [{row['low']:.0%}, {row['high']:.0%}]" if row["questions"] else "nothing yet"
        say(f"{row['section']}  {row['title'][:58]:<58} {row['weight']:>3} %   {known}  n={row['questions']}")
    say("\nMost to gain:")
    for row in found["next"][:5]:
        say(f"  {row['consideration']}  {row['text']}")


def plan(
    exam_date: Annotated[
        datetime | None, typer.Option("--exam-date", formats=["%Y-%m-%d"], help="Remembered for the next time.")
    ] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """What to read and practise each day until the exam."""
    session = session_of(home)
    chosen = exam_date.date() if exam_date else session.progress.exam_date()
    if chosen is None:
        raise ProgressError("The date of the exam is not known yet. Give it: study plan --exam-date 2027-01-15")
    days = session.plan(datetime.now(UTC), chosen)
    session.progress.set_exam_date(chosen)
    if as_json:
        from ui.jsons import plan_json

        print_json(plan_json(chosen, days))
        return
    for one in days:
        parts = [f"study {', '.join(one.considerations)}"] if one.considerations else []
        parts += [f"{one.reviews} reviews"] if one.reviews else []
        parts += ["mock exam"] if one.mock_exam else []
        say(f"{one.day:%a %d %b}  {'; '.join(parts) or 'weak spots: study quiz --focus weak'}")
    say(f"{chosen:%a %d %b}  the exam")


def export(
    path: Annotated[Path, typer.Argument(help="Ends in .apkg for Anki, .csv for attempts, .json for everything.")],
    section: Section = None,
    home: Home = None,
) -> None:
    """Write questions for Anki, attempts for a spreadsheet, or everything as JSON that `study import` reads back."""
    from assistant.progress import exchange

    session = session_of(home)
    suffix = path.suffix.lower()
    if suffix not in exchange.FORMATS:
        raise ProgressError(f"{path.name} is of no known format. End the name in {', '.join(exchange.FORMATS)}.")
    try:
        if suffix == ".apkg":
            questions = [one for one in session.questions() if section in (None, one.section)]
            said = f"{exchange.export_anki(questions, path)} cards"
        elif suffix == ".csv":
            attempts = session.progress.attempts()
            path.write_text(exchange.export_csv(attempts), encoding="utf-8")
            said = f"{len(attempts)} attempts"
        else:
            everything = session.exported()
            path.write_text(exchange.export_json(everything), encoding="utf-8")
            said = f"{len(everything.attempts)} attempts and {len(everything.kept_questions)} kept questions"
    except OSError as error:
        raise ProgressError(f"{path} cannot be written: {error.strerror}. Choose another place.") from error
    say(f"Wrote {said} to {path}.")


def import_progress(
    path: Annotated[Path, typer.Argument(help="A JSON file of study export.")], home: Home = None
) -> None:
    """Read back what `study export` wrote as JSON; what is there already is not doubled."""
    from assistant.progress.exchange import read_json

    session = session_of(home)
    found = read_json(path)
    new = session.import_exchange(found, now=datetime.now(UTC))
    say(f"{new} of {len(found.attempts)} attempts were new, {len(found.kept_questions)} kept questions are there.")


def _newest_open(session: "Session", kind: "SittingKind") -> "Sitting":
    waiting = session.progress.open_sittings(kind)
    if not waiting:
        raise PracticeError("No quiz was broken off. Start one with study quiz.")
    return waiting[0]


def _sit(session: "Session", sitting: "Sitting") -> None:
    """Ask every open question; the reasons come after each, or after the last where the sitting says so."""
    store = session.progress
    while (position := sitting.first_open()) < len(sitting.questions):
        question = sitting.questions[position]
        _show_question(position + 1, question)
        chosen = _letters(typer.prompt("\nYour answer", default="", show_default=False), question)
        if not chosen:
            say("Type the letter of an option, such as B. Ctrl-C leaves; study quiz --resume goes on.\n")
            continue
        sitting = store.answer(sitting, position, chosen, now=datetime.now(UTC))
        if sitting.at_once:
            say("Right." if sitting.grades()[position].correct else "Not right.")
            _show_reasons(question)
    sitting = store.finish(sitting, now=datetime.now(UTC))
    if not sitting.at_once:
        _show_missed(sitting)
    say(f"{sum(one.correct for one in sitting.grades())} of {len(sitting.questions)} right.")


def _sit_exam(store: "Progress", sitting: "Sitting") -> "Sitting":
    position = min(sitting.first_open(), len(sitting.questions) - 1)
    say(f"{len(sitting.questions)} questions. {EXAM_HELP}.\n")
    while not sitting.is_over(datetime.now(UTC)):
        question = sitting.questions[position]
        given = "".join(LETTERS[at] for at in sorted(sitting.chosen.get(position, ())))
        notes = (["marked"] if position in sitting.marked else []) + ([f"your answer {given}"] if given else [])
        left = int(((sitting.ends or datetime.now(UTC)) - datetime.now(UTC)).total_seconds() // 60)
        say(f"[{left} min left, {len(sitting.chosen)} answered{', ' + ', '.join(notes) if notes else ''}]")
        _show_question(position + 1, question)
        typed = str(typer.prompt("\n", default="n", show_default=False, prompt_suffix="> ")).strip().lower()
        if typed == "submit":
            open_count = len(sitting.questions) - len(sitting.chosen)
            if not open_count or typer.confirm(f"{open_count} questions have no answer. Submit?"):
                break
        elif typed == "m":
            sitting = store.mark(sitting, position, position not in sitting.marked)
        elif typed.isdigit() and 1 <= int(typed) <= len(sitting.questions):
            position = int(typed) - 1
        elif typed in ("n", "p"):
            position = (position + (1 if typed == "n" else -1)) % len(sitting.questions)
        elif chosen := _letters(typed, question):
            sitting = store.answer(sitting, position, chosen, now=datetime.now(UTC))
            position = min(position + 1, len(sitting.questions) - 1)
        else:
            say(f"That is not understood: {EXAM_HELP}.\n")
    return store.finish(sitting, now=datetime.now(UTC))


def _show_exam_result(session: "Session", sitting: "Sitting") -> None:
    from assistant.practice.exam import read_next, results_by_objective, results_by_section

    grades = sitting.grades()
    right = sum(one.correct for one in grades)
    say(f"\n{right} of {len(grades)} right ({right / len(grades):.0%}). {NO_PASSING_SCORE}\n")
    for row in results_by_section(sitting.questions, grades):
        say(f"section {row.name}  {row.right}/{row.asked}  {session.syllabus.section(int(row.name)).title}")
        for inner in results_by_objective(sitting.questions, grades):
            if inner.name.startswith(f"{row.name}."):
                say(f"    {inner.name}  {inner.right}/{inner.asked}  {session.syllabus.objective(inner.name).title}")
    say()
    _show_missed(sitting)
    for row in read_next(sitting.questions, grades):
        places = dict.fromkeys(map(session.place_of, row.missed))
        title = session.syllabus.objective(row.name).title
        say(f"Read next: {row.name} {title} ({row.right}/{row.asked})")
        for place in places:
            say(f"   {place}")


def _show_missed(sitting: "Sitting") -> None:
    """Every question not right, with the letters that were given and the reasons."""
    for position, (question, graded) in enumerate(zip(sitting.questions, sitting.grades(), strict=True)):
        if graded.correct:
            continue
        _show_question(position + 1, question)
        given = "".join(LETTERS[at] for at in sorted(sitting.chosen.get(position, ())))
        say(f"\nNot right: {f'you chose {given}' if given else 'no answer was given'}.")
        _show_reasons(question)


def _show_question(number: int, question: "Question") -> None:
    choose = "" if len(question.key) == 1 else f" (choose {len(question.key)})"
    say(f"{number}. {question.prompt}{choose}\n")
    for letter, choice in zip(LETTERS, question.choices, strict=False):
        say(f"   {letter}. {choice.text}")


def _show_reasons(question: "Question") -> None:
    from ingest.units import plain

    for letter, choice in zip(LETTERS, question.choices, strict=False):
        say(f"   {'✓' if choice.correct else '✗'} {letter}. {choice.why}")
        quote = plain(choice.citation.quote)
        say(f"        “{quote}” ({choice.citation.source}, page {choice.citation.page})")
    say()


def _letters(typed: str, question: "Question") -> frozenset[int]:
    """Positions of the typed letters; none when something else was typed too."""
    letters = typed.upper().replace(",", "").replace(" ", "")
    known = LETTERS[: len(question.choices)]
    return frozenset(map(known.index, letters)) if letters and set(letters) <= set(known) else frozenset()
