"""Labeled questions over pages of the official documentation, kept as offsets and hashes: no sentence of theirs is in here.

`python -m eval.fit.official FILE DOCS` turns labels with quotes into this form.
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from eval.fit.labels import Span, Style
from ingest.errors import EvaluationError
from ingest.pages import normalise
from ingest.settings import StrictModel

FOLDER = Path(__file__).resolve().parent / "official"


class OfficialQuestion(StrictModel):
    """A question; `answers` and `helps` are offsets on the page at `page`, as it is read, whose text has this hash."""

    q: str
    style: Style
    page: str
    sha256: str
    answers: tuple[tuple[int, int], ...] = ()
    helps: tuple[tuple[int, int], ...] = ()

    def spans(self, offsets: tuple[tuple[int, int], ...]) -> list[Span]:
        """Offsets as spans of the page."""
        return [Span(self.page, start, end) for start, end in offsets]


def load_official(docs: Path, folder: Path = FOLDER) -> list[OfficialQuestion]:
    """The questions whose page is among the copies under `docs`, unchanged.

    Raises `EvaluationError` when there is no copy at all.
    """
    if not docs.is_dir():
        raise EvaluationError(f"{docs} does not exist. Give the folder with the copies of the official documentation.")
    questions = [
        OfficialQuestion.model_validate_json(line)
        for path in sorted(folder.glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    known = {page: page_hash(docs / page) for page in {one.page for one in questions}}
    return [one for one in questions if known[one.page] == one.sha256]


def page_hash(path: Path) -> str:
    """SHA-256 of a page's text as it is read; empty when there is no such page."""
    return hashlib.sha256(page_text(path).encode()).hexdigest() if path.is_file() else ""


def page_text(path: Path) -> str:
    """A page as the library holds it."""
    return normalise(path.read_text(encoding="utf-8"))


def from_quotes(lines: Iterator[str], docs: Path) -> Iterator[OfficialQuestion]:
    """Labels with quotes as offsets; a label with a quote that does not stand on its page is left out."""
    for line in lines:
        row = json.loads(line)
        text = page_text(docs / row["source"])
        answers = [_place(text, quote) for quote in row.get("answers", [])]
        helps = [place for quote in row.get("helps", []) if (place := _place(text, quote))]
        if all(answers):
            yield OfficialQuestion(
                q=row["q"],
                style=row["style"],
                page=row["source"],
                sha256=hashlib.sha256(text.encode()).hexdigest(),
                answers=tuple(place for place in answers if place),
                helps=tuple(helps),
            )


def _place(text: str, quote: object) -> tuple[int, int] | None:
    """Where a quote stands, whatever its white space."""
    if not isinstance(quote, str):
        return None
    kept = [at for at, letter in enumerate(text) if not letter.isspace()]
    squeezed = "".join(text[at] for at in kept)
    wanted = "".join(quote.split())
    at = squeezed.find(wanted)
    return (kept[at], kept[at + len(wanted) - 1] + 1) if at >= 0 and wanted else None


if __name__ == "__main__":
    for one in from_quotes(iter(Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()), Path(sys.argv[2])):
        sys.stdout.write(one.model_dump_json() + "\n")
