"""Answers a quiz, a review or a mock exam in a terminal, question by question."""

import time
from typing import TYPE_CHECKING

import typer

from assistant.practice.questions import LETTERS
from ui.console import say

if TYPE_CHECKING:
    from assistant.practice.questions import Question
    from assistant.service.sitting import Sitting, Sittings

EXAM_HELP = (
    "letters answer, with ! when sure or ? when not; m marks, n next, p previous, a number goes there, submit ends"
)
NO_PASSING_SCORE = "Google publishes no passing score, so this cannot say whether you would have passed."


def sit(sittings: "Sittings", sitting: "Sitting") -> None:
    """Ask every open question; the reasons come after each, or after the last where the sitting says so."""
    while (position := sitting.first_open()) < len(sitting.questions):
        question = sitting.questions[position]
        show_question(position + 1, question)
        started = time.monotonic()
        chosen, sure = _said(typer.prompt("\nYour answer", default="", show_default=False), question)
        if not chosen:
            say(
                f"Type {_wanted(question)}; add ! when you are sure, ? when you are not. Ctrl-C leaves; "
                "study quiz --resume goes on.\n"
            )
            continue
        spent = time.monotonic() - started
        sitting = sittings.answer(sitting, position, chosen, sure=sure, seconds=spent)
        if sitting.at_once:
            say("Right." if sitting.grades()[position].correct else "Not right.")
            show_reasons(question)
    sitting = sittings.finish(sitting)
    if not sitting.at_once:
        _show_missed(sitting)
    say(f"{sum(one.correct for one in sitting.grades())} of {len(sitting.questions)} right.")


def sit_exam(sittings: "Sittings", sitting: "Sitting") -> "Sitting":
    """Go through a mock exam in any order until it is submitted or its time is over."""
    position = min(sitting.first_open(), len(sitting.questions) - 1)
    say(f"{len(sitting.questions)} questions. {EXAM_HELP}.\n")
    while not sitting.is_over(sittings.now()):
        question = sitting.questions[position]
        given = "".join(LETTERS[at] for at in sorted(sitting.chosen.get(position, ())))
        notes = (["marked"] if position in sitting.marked else []) + ([f"your answer {given}"] if given else [])
        now = sittings.now()
        left = int(((sitting.ends or now) - now).total_seconds() // 60)
        say(f"[{left} min left, {len(sitting.chosen)} answered{', ' + ', '.join(notes) if notes else ''}]")
        show_question(position + 1, question)
        started = time.monotonic()
        typed = str(typer.prompt("\n", default="n", show_default=False, prompt_suffix="> ")).strip().lower()
        spent = time.monotonic() - started
        chosen, sure = _said(typed, question)
        if not chosen:
            sitting = sittings.spend(sitting, position, spent)
        if typed == "submit":
            open_count = len(sitting.questions) - len(sitting.chosen)
            if not open_count or typer.confirm(f"{open_count} questions have no answer. Submit?"):
                break
        elif typed == "m":
            sitting = sittings.mark(sitting, position)
        elif typed.isdigit() and 1 <= int(typed) <= len(sitting.questions):
            position = int(typed) - 1
        elif typed in ("n", "p"):
            position = (position + (1 if typed == "n" else -1)) % len(sitting.questions)
        elif chosen:
            sitting = sittings.answer(sitting, position, chosen, sure=sure, seconds=spent)
            position = min(position + 1, len(sitting.questions) - 1)
        else:
            say(f"That is not understood: {EXAM_HELP}; this question takes {_wanted(question)}.\n")
    return sittings.finish(sitting)


def show_exam_result(sittings: "Sittings", sitting: "Sitting") -> None:
    """The score, the sections with their objectives, what was missed, and what to read next."""
    from assistant.practice.exam import read_next, results_by_objective, results_by_section

    grades = sitting.grades()
    right = sum(one.correct for one in grades)
    say(f"\n{right} of {len(grades)} right ({right / len(grades):.0%}). {NO_PASSING_SCORE}\n")
    objectives = results_by_objective(sitting.questions, grades)
    for row in results_by_section(sitting.questions, grades):
        say(f"section {row.name}  {row.right}/{row.asked}  {sittings.syllabus.section(int(row.name)).title}")
        for inner in objectives:
            if inner.name.startswith(f"{row.name}."):
                say(f"    {inner.name}  {inner.right}/{inner.asked}  {sittings.syllabus.objective(inner.name).title}")
    say()
    _show_missed(sitting)
    for row in read_next(objectives):
        title = sittings.syllabus.objective(row.name).title
        say(f"Read next: {row.name} {title} ({row.right}/{row.asked})")
        for place in sittings.places(row.missed):
            say(f"   {place}")


def _show_missed(sitting: "Sitting") -> None:
    """Every question not right, with the letters that were given and the reasons."""
    for position, (question, graded) in enumerate(zip(sitting.questions, sitting.grades(), strict=True)):
        if graded.correct:
            continue
        show_question(position + 1, question)
        given = "".join(LETTERS[at] for at in sorted(sitting.chosen.get(position, ())))
        say(f"\nNot right: {f'you chose {given}' if given else 'no answer was given'}.")
        show_reasons(question)


def show_question(number: int, question: "Question") -> None:
    """The stem and the options with their letters."""
    choose = "" if len(question.key) == 1 else f" (choose {len(question.key)})"
    say(f"{number}. {question.prompt}{choose}\n")
    for letter, choice in zip(LETTERS, question.choices, strict=False):
        say(f"   {letter}. {choice.text}")


def show_reasons(question: "Question") -> None:
    """Each option's reason, and the words it rests on."""
    from ingest.units import plain

    for letter, choice in zip(LETTERS, question.choices, strict=False):
        say(f"   {'✓' if choice.correct else '✗'} {letter}. {choice.why}")
        quote = plain(choice.citation.quote)
        say(f"        “{quote}” ({choice.citation.source}, page {choice.citation.page})")
    say()


def _said(typed: str, question: "Question") -> tuple[frozenset[int], bool | None]:
    """The positions of an answer, and whether the learner is sure: `B!` means sure, `B?` not sure, `B` neither."""
    typed = typed.strip()
    return _letters(typed.rstrip("!?"), question), {"!": True, "?": False}.get(typed[-1:])


def _letters(typed: str, question: "Question") -> frozenset[int]:
    """Positions of the typed letters; none when something else was typed too, or not as many as the question takes."""
    letters = set(typed.upper().replace(",", "").replace(" ", ""))
    known = LETTERS[: len(question.choices)]
    complete = len(letters) == len(question.key) and letters <= set(known)
    return frozenset(map(known.index, letters)) if complete else frozenset()


def _wanted(question: "Question") -> str:
    """What to type, as words: one letter, or as many as the question takes."""
    count = len(question.key)
    return (
        "the letter of an option, such as B"
        if count == 1
        else f"the letters of {count} options, such as {LETTERS[:count]}"
    )
