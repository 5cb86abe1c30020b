"""Results and work of taking questions and progress elsewhere: files for Anki and spreadsheets, and JSON that is read back."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path

from pydantic import Field

from assistant.progress import exchange, sheets
from assistant.service.result import Result
from assistant.session import Session
from ingest.errors import ProgressError


class Exported(StrEnum):
    """What an export holds."""

    QUESTIONS = "questions"
    CARDS = "cards"
    ATTEMPTS = "attempts"


class ExportResult(Result):
    """A file that was written."""

    path: str
    written: str = Field(description="What is in it, such as 380 notes.")


class ImportResult(Result):
    """An export that was read back; what was there already is not doubled."""

    attempts: int
    new: int = Field(description="Attempts that were not there yet.")
    kept_questions: int


def export_to(session: Session, path: Path, section: int | None, what: Exported | None = None) -> ExportResult:
    """Write questions and flash cards (.apkg, .csv, .txt), attempts (.csv) or everything (.json); the ending decides.

    Raises `ProgressError` for another ending, for one that cannot hold `what`, or when the file cannot be written.
    """
    writers = {".apkg": _notes, ".csv": _sheet, ".txt": _pairs, ".json": _everything}
    suffix = path.suffix.lower()
    if suffix not in writers:
        raise ProgressError(f"{path.name} is of no known format. End the name in {', '.join(writers)}.")
    if what is Exported.ATTEMPTS and suffix != ".csv":
        raise ProgressError("Attempts are written as .csv, or with everything else as .json. Choose another name.")
    try:
        return ExportResult(path=str(path), written=writers[suffix](session, path, section, what))
    except OSError as error:
        raise ProgressError(f"{path} cannot be written: {error.strerror}. Choose another place.") from error


def _notes(session: Session, path: Path, section: int | None, what: Exported | None) -> str:
    return f"{session.export_anki(path, section=section, what=what.value if what else None)} notes"


def _sheet(session: Session, path: Path, section: int | None, what: Exported | None) -> str:
    questions, cards = session.exportable(section)
    if what is Exported.QUESTIONS:
        path.write_text(sheets.questions_csv(questions), encoding="utf-8-sig")
        return f"{len(questions)} questions"
    if what is Exported.CARDS:
        path.write_text(sheets.cards_csv(cards), encoding="utf-8-sig")
        return f"{len(cards)} flash cards"
    attempts = [one for one in session.progress.everything_done() if section in (None, one.section)]
    path.write_text(sheets.attempts_csv(attempts), encoding="utf-8")
    return f"{len(attempts)} attempts"


def _pairs(session: Session, path: Path, section: int | None, what: Exported | None) -> str:
    questions, cards = session.exportable(section)
    questions = [] if what is Exported.CARDS else questions
    cards = [] if what is Exported.QUESTIONS else cards
    path.write_text(sheets.quizlet_text(questions, cards), encoding="utf-8")
    return f"{len(questions)} questions and {len(cards)} flash cards"


def _everything(session: Session, path: Path, section: int | None, what: Exported | None) -> str:
    everything = session.exported()
    path.write_text(exchange.export_json(everything), encoding="utf-8")
    return f"{len(everything.attempts)} attempts and {len(everything.kept_questions)} kept questions"


def import_from(session: Session, path: Path, now: datetime) -> ImportResult:
    """Read back what `export_to` wrote as JSON. Raises `ProgressError` when it is no such file."""
    found = exchange.read_json(path)
    new = session.import_exchange(found, now=now)
    return ImportResult(attempts=len(found.attempts), new=new, kept_questions=len(found.kept_questions))
