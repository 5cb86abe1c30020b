"""Reads CSV and TSV: questions and cards by their usual column names, pairs without names, and any other table by its rows."""

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ingest.encoding import decode
from ingest.errors import MaterialError
from ingest.formats.cards import Card, CardChoice, card_pages
from ingest.raw import RawPage, RawPages
from ingest.tables import write_table

DELIMITERS = (",", ";", "\t", "|")
ROWS_A_PAGE = 200
SAMPLE_ROWS = 200
_QUESTION = frozenset([
    "question", "questions", "q", "front", "prompt", "term", "stem", "word", "frage", "vraag", "pregunta",
    "vorderseite",
]) | {
    "question text", "question stem", "question title"
}  # fmt: skip
_ANSWER = frozenset([
    "answer", "answers", "a", "back", "definition", "response", "correct", "key", "solution", "antwort", "rückseite",
]) | {
    "correct answer", "correct answers", "right answer", "correct option", "correct options", "correct choice", "answer key",
    "correct response", "correct index",
}  # fmt: skip
_EXPLANATION = frozenset([
    "explanation", "explanations", "rationale", "reason", "why", "feedback", "comment", "extra",
]) | {
    "overall explanation", "general feedback", "answer explanation",
}  # fmt: skip
_TOPIC = frozenset([
    "domain", "section", "topic", "category", "chapter", "deck", "tag", "tags", "objective", "subject",
])  # fmt: skip
_OPTION = re.compile(r"(?:answer option|option|choice|answer|opt|distractor|possible answer)\s*([a-h]|\d)$|^([a-h])$")
_OPTION_WHY = re.compile(r"(?:explanation|feedback|rationale)\s*+(?:for option)?\s*+([a-h]|\d)$")
_LISTED = frozenset({"options", "choices", "answers", "answer options"})
_LETTERS = re.compile(
    r"(?:(?:option|answer|choice)s?\s*)?\(?([a-h])\)?(?:[.):]|$|(?=\s*(?:[,;&/]|and\b|or\b)))", re.IGNORECASE
)


@dataclass(slots=True)
class _Columns:
    """Which columns of a table of questions hold what."""

    question: int = -1
    answer: int = -1
    explanation: int = -1
    topic: int = -1
    listed: int = -1
    options: list[int] = field(default_factory=list)
    reasons: dict[int, int] = field(default_factory=dict)
    """Column of an option → column of its reason."""


def read_spreadsheet(path: Path) -> RawPages:
    """A table of questions as cards, any other as a table."""
    decoded = decode(path.read_bytes(), name=path.name)
    rows = table_rows(decoded.text, path.name)
    notes = (decoded.note,) if decoded.note else ()
    cards = cards_in(rows)
    return RawPages(card_pages(cards) if cards else _table_pages(rows, path.stem), notes)


def read_cards(path: Path) -> list[Card]:
    """The questions of a table; none where it is a table of something else."""
    return cards_in(table_rows(decode(path.read_bytes(), name=path.name).text, path.name))


def table_rows(text: str, name: str) -> list[list[str]]:
    """The rows of a table with something in them, by the delimiter under which most rows have as many cells."""
    text = text.lstrip("\ufeff")
    if named := re.match(r"sep=(.)\r?\n", text):
        return _rows(text[named.end() :], named[1], name)
    tried = [(_evenness(_rows(text, mark, name)), mark) for mark in DELIMITERS if mark in text]
    best = max(tried, key=lambda one: one[0], default=((0.0, 0), ","))
    return _rows(text, best[1], name)


def _rows(text: str, delimiter: str, name: str) -> list[list[str]]:
    try:
        found = csv.reader(io.StringIO(text.replace("\x00", "")), delimiter=delimiter)
        return [[cell.strip() for cell in row] for row in found if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise MaterialError(f"{name} is not a table we can read: {error}. Save it as CSV with commas.") from error


def _evenness(rows: Sequence[Sequence[str]]) -> tuple[float, int]:
    """The share of rows that have the usual number of cells, at least two, and that number."""
    widths = Counter(len(row) for row in rows[:SAMPLE_ROWS] if len(row) > 1)
    if not widths:
        return 0.0, 0
    width, count = widths.most_common(1)[0]
    return count / min(len(rows), SAMPLE_ROWS), width


def cards_in(rows: Sequence[Sequence[str]]) -> list[Card]:
    """The questions of a table whose columns are named like questions and answers, or which is made of pairs."""
    if not rows:
        return []
    columns = _columns(rows[0])
    if columns is not None:
        return [card for row in rows[1:] if (card := _card(row, columns)) is not None]
    guessed = _unnamed(rows)
    return [card for row in rows if (card := _card(row, guessed)) is not None] if guessed else []


def _columns(header: Sequence[str]) -> _Columns | None:
    """The columns by their names; None where they are not those of questions."""
    names = [
        " ".join(re.sub(r"[_\W]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z\d])", " ", name)).split()).lower() for name in header
    ]
    single = {name for name in names if len(name) == 1}
    found = _Columns()
    why: dict[str, int] = {}
    for at, name in enumerate(names):
        option = _OPTION.search(name)
        if option and (option[1] or len(single & set("abcd")) > 2):
            found.options.append(at)
            why[option[1] or option[2]] = at
        elif name in _LISTED and (name != "answers" or any(one in _ANSWER - {"answers"} for one in names)):
            found.listed = at
        elif name in _QUESTION and found.question < 0:
            found.question = at
        elif name in _ANSWER and found.answer < 0:
            found.answer = at
        elif name in _EXPLANATION and found.explanation < 0:
            found.explanation = at
        elif name in _TOPIC and found.topic < 0:
            found.topic = at
    for at, name in enumerate(names):
        if (reason := _OPTION_WHY.search(name)) and reason[1] in why:
            found.reasons[why[reason[1]]] = at
    return found if found.question >= 0 and found.answer >= 0 else None


def _unnamed(rows: Sequence[Sequence[str]]) -> _Columns | None:
    """Pairs of question and answer, or a question with choices and the letter of the right one, in a table without names."""
    width = Counter(len(row) for row in rows).most_common(1)[0][0]
    if width == 2 and not _is_header(rows):
        return _Columns(question=0, answer=1)
    keyed = sum(bool(re.fullmatch(r"[A-Ha-h]", row[-1])) for row in rows if len(row) == width)
    if width > 3 and keyed > 0.8 * len(rows):
        return _Columns(question=0, answer=width - 1, options=list(range(1, width - 1)))
    return None


def _is_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first of two columns' rows names them: short words above longer texts or numbers."""
    first = rows[0]
    below = [cell for row in rows[1:] for cell in row]
    if not below or any(cell.endswith("?") for cell in first) or any(not cell for cell in first):
        return False
    return (
        all(len(cell.split()) < 3 for cell in first)
        and sum(bool(re.search(r"\d", cell)) for cell in below) > len(below) / 3
    )


def _card(row: Sequence[str], columns: _Columns) -> Card | None:
    def cell(at: int) -> str:
        return row[at].strip() if 0 <= at < len(row) else ""

    question, answer = cell(columns.question), cell(columns.answer)
    if not question or not answer:
        return None
    options = [(cell(at), cell(columns.reasons.get(at, -1))) for at in columns.options if cell(at)]
    if not options and columns.listed >= 0:
        options = [(text, "") for text in _listed(cell(columns.listed))]
    places = _right(answer, [text for text, _ in options])
    if options and not places and len(answer) < 3:
        return None  # a letter that names none of the choices says nothing
    choices = (
        tuple(CardChoice(_unlettered(text), at in places, why) for at, (text, why) in enumerate(options))
        if places
        else ()
    )
    known = {columns.question, columns.answer, columns.explanation, columns.topic, columns.listed}
    more = (
        []
        if columns.options or choices
        else [cell(at) for at in range(len(row)) if at not in known and columns.answer == 1]
    )
    explanation = " ".join(filter(None, [cell(columns.explanation), *more]))
    return Card(question, answer, explanation, choices, cell(columns.topic))


def _listed(text: str) -> list[str]:
    """Options that stand in one cell: by lines, bars, semicolons, or letters with brackets."""
    for mark in ("\n", "|", ";"):
        parts = [part.strip() for part in text.split(mark) if part.strip()]
        if len(parts) > 1:
            return parts
    return [part.strip() for part in re.split(r"(?<!\s)\s*(?<!\w)[A-H][.)]\s+", text) if part.strip()]


def _unlettered(text: str) -> str:
    return re.sub(r"^\(?[A-Ha-h][.):]\s+", "", text)


def _right(answer: str, options: Sequence[str]) -> set[int]:
    """Which options an answer names: by their words, letters or numbers; none where it names none of them."""
    said = " ".join(answer.split()).casefold()
    plain = [" ".join(_unlettered(text).split()).casefold() for text in options]
    if same := {at for at, text in enumerate(plain) if text == said or options[at].casefold() == said}:
        return same
    if re.fullmatch(r"[\d\s,;&/|]+", answer):
        places = {int(number) - 1 for number in re.findall(r"\d+", answer)}
    elif re.fullmatch(r"[A-H]{1,6}", answer.strip()) and len(set(answer.strip())) == len(answer.strip()):
        places = {ord(letter) - ord("A") for letter in answer.strip()}
    else:
        parts = {part.strip() for part in re.split(r"[;|\n]", said)}
        named = {at for at, text in enumerate(plain) if text in parts}
        places = named or {ord(letter.lower()) - ord("a") for letter in _LETTERS.findall(answer)}
    return places if places and all(0 <= at < len(options) for at in places) else set()


def _table_pages(rows: Sequence[Sequence[str]], name: str) -> tuple[RawPage, ...]:
    """A table of anything in pages of some rows, the header on each, under the name of the file."""
    title = re.sub(r"(?<![ _-])[ _-]+(?:[0-9a-f]{32})(?:_all)?$", "", name).replace("_", " ")
    pages = []
    for start in range(1, max(2, len(rows)), ROWS_A_PAGE):
        some = rows[start : start + ROWS_A_PAGE]
        label = f"rows {start}-{start + len(some) - 1}" if len(rows) > ROWS_A_PAGE + 1 else ""
        pages.append(RawPage(f"# {title}\n\n{write_table([rows[0], *some])}" if rows else "", label))
    return tuple(pages)
