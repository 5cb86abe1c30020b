"""Progress and questions in and out: Anki cards, CSV for a spreadsheet, JSON that can be read back."""

import csv
import hashlib
import html
import io
import json
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from assistant.practice.questions import LETTERS, Question
from assistant.progress.store import Attempt
from ingest.errors import ProgressError
from ingest.settings import StrictModel

FORMATS = (".apkg", ".csv", ".json")


class Exchange(StrictModel):
    """What a JSON export holds: attempts, and the questions the learner kept. `version` changes with the fields."""

    version: int = 1
    exam_date: str | None = None
    attempts: tuple[Attempt, ...] = ()
    kept_questions: tuple[Question, ...] = ()


def export_json(exchange: Exchange) -> str:
    """The export as text that `parse_json` reads back."""
    return exchange.model_dump_json(indent=1)


def read_json(path: Path) -> Exchange:
    """Read a JSON export; raises `ProgressError` naming what is wrong with the file."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _no_export(str(path), error) from error
    return parse_json(content, str(path))


def parse_json(content: bytes, name: str) -> Exchange:
    """The export in the content of the file `name`; raises `ProgressError` naming what is wrong with it."""
    try:
        return Exchange.model_validate(json.loads(content.decode("utf-8")))
    except (ValueError, ValidationError) as error:
        raise _no_export(name, error) from error


def _no_export(name: str, error: Exception) -> ProgressError:
    reason = str(error).splitlines()[0]
    return ProgressError(f"{name} is not an export of progress: {reason}. Give a file of `study export`.")


def export_csv(attempts: Sequence[Attempt]) -> str:
    """One row an attempt, oldest first."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(
        ["at", "question", "section", "objective", "consideration", "origin", "chosen", "correct", "credit"]
    )
    for one in attempts:
        chosen = "".join(LETTERS[at] for at in one.chosen)
        place = [one.section or "", one.objective or "", one.consideration or ""]
        writer.writerow([one.at.isoformat(), one.question, *place, one.origin, chosen, int(one.correct), one.credit])
    return text.getvalue()


def export_anki(questions: Sequence[Question], path: Path) -> int:
    """Write an Anki deck, one card a question with the reasons and quotes on the back; returns the number of cards.

    Ids depend on the question alone, so that importing a newer deck updates cards instead of doubling them.
    """
    import genanki

    model = genanki.Model(
        _number("groundwork model 1"),
        "Groundwork question",
        fields=[{"name": "Question"}, {"name": "Answer"}],
        templates=[{"name": "Card", "qfmt": "{{Question}}", "afmt": '{{FrontSide}}<hr id="answer">{{Answer}}'}],
        css=".card {font-family: sans-serif; font-size: 17px; text-align: left; line-height: 1.45}",
    )
    deck = genanki.Deck(_number("groundwork deck 1"), "Groundwork: Professional Machine Learning Engineer")
    for question in questions:
        note = genanki.Note(
            model=model,
            fields=[_front(question), _back(question)],
            guid=genanki.guid_for("groundwork", question.id),
            tags=[f"section-{question.section}", question.origin.value]
            if question.section
            else [question.origin.value],
        )
        deck.add_note(note)
    genanki.Package(deck).write_to_file(str(path), timestamp=0)
    return len(questions)


def _front(question: Question) -> str:
    options = "".join(f"<li>{html.escape(choice.text)}</li>" for choice in question.choices)
    return f'<p>{html.escape(question.prompt)}</p><ol type="A">{options}</ol>'


def _back(question: Question) -> str:
    rows = []
    for letter, choice in zip(LETTERS, question.choices, strict=False):
        verdict = "✓" if choice.correct else "✗"
        quote = html.escape(" ".join(choice.citation.quote.split()))
        place = html.escape(f"{choice.citation.source}, page {choice.citation.page}")
        rows.append(f"<p>{verdict} <b>{letter}.</b> {html.escape(choice.why)}<br><i>“{quote}”</i> ({place})</p>")
    return "".join(rows)


def _number(name: str) -> int:
    return int(hashlib.sha256(name.encode()).hexdigest()[:8], 16)
