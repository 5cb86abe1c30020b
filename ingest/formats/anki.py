"""Reads Anki's decks: packages (`.apkg`, `.colpkg`) and text exports, each note as a card under its deck."""

import json
import re
import sqlite3
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from ingest.encoding import decode
from ingest.errors import MaterialError
from ingest.formats.cards import Card, card_pages
from ingest.formats.markup import html_to_markdown
from ingest.formats.package import DAMAGED
from ingest.formats.spreadsheets import table_rows
from ingest.raw import RawPage, RawPages

MOST_BYTES = 500_000_000
"""Most that a packed collection may unpack to."""
_COLLECTIONS = ("collection.anki21b", "collection.anki21", "collection.anki2")
"""Newest first; a package in a new form holds an old one that only says so."""
_SEPARATOR = "\x1f"
_SOUND = re.compile(r"\[(?:sound|anki:play):[^\]]*\]")
_CLOZE = re.compile(r"\{\{c\d+::((?:(?!\{\{c\d|\}\}|::).){0,2000})(?:::((?:(?!\}\}).){0,2000}))?\}\}", re.DOTALL)
_TEX = re.compile(r"\\[(\[](.{1,2000}?)\\[)\]]|\[\$\$?\](.{1,2000}?)\[/\$\$?\]", re.DOTALL)
_HEADER = re.compile(
    r"^#(separator|html|columns|notetype|deck|tags column|deck column|notetype column|guid column):(.*)$"
)
_SEPARATORS = {"tab": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " ", "colon": ":"}
_QUESTIONS = ("front", "question", "text", "term", "word", "prompt")
_ANSWERS = ("back", "answer", "definition", "meaning", "response")


@dataclass(frozen=True, slots=True)
class _Note:
    """A note of a collection: its fields by name, and its deck."""

    deck: str
    fields: Mapping[str, str]


def read_anki_package(path: Path) -> RawPages:
    """The cards of a package, deck by deck."""
    decks = groupby(read_package_cards(path), key=lambda card: card.topic)
    return RawPages(tuple(page for deck, cards in decks for page in card_pages(list(cards), deck)))


def read_package_cards(path: Path) -> list[Card]:
    """The cards of a package in the order of their decks; raises `MaterialError` when it is damaged."""
    try:
        with zipfile.ZipFile(path) as archive:
            notes = list(_notes(_collection(archive, path.name)))
    except (*DAMAGED, sqlite3.Error) as error:
        raise MaterialError(f"{path.name} cannot be opened as an Anki package, it may be damaged ({error}).") from error
    return [card for note in notes if (card := _card(note)) is not None]


def _collection(archive: zipfile.ZipFile, name: str) -> sqlite3.Connection:
    held = set(archive.namelist())
    chosen = next((one for one in _COLLECTIONS if one in held), None)
    if chosen is None:
        raise MaterialError(f"{name} holds no Anki collection. Export the deck again as .apkg.")
    data = archive.read(chosen)
    if chosen.endswith("b"):
        data = _unpacked(data, name)
    database = sqlite3.connect(":memory:")
    database.deserialize(data)
    database.create_collation(
        "unicase", lambda one, other: (one.lower() > other.lower()) - (one.lower() < other.lower())
    )
    return database


def _unpacked(data: bytes, name: str) -> bytes:
    import zstandard

    try:
        with zstandard.ZstdDecompressor().stream_reader(data) as stream:
            unpacked = stream.read(MOST_BYTES + 1)
    except zstandard.ZstdError as error:
        raise MaterialError(f"{name} cannot be opened as an Anki package, it may be damaged ({error}).") from error
    if len(unpacked) > MOST_BYTES:
        raise MaterialError(f"{name} unpacks to more than {MOST_BYTES // 1_000_000} MB. Export fewer decks together.")
    return unpacked


def _notes(database: sqlite3.Connection) -> Iterator[_Note]:
    tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    fields = _field_names(database, tables)
    decks = _deck_names(database, tables)
    query = (
        "SELECT n.mid, n.flds, min(c.did) FROM notes n LEFT JOIN cards c ON c.nid = n.id GROUP BY n.id ORDER BY 3, n.id"
    )
    for kind, values, deck in database.execute(query):
        parts = str(values).split(_SEPARATOR)
        names = fields.get(int(kind), [])
        named = dict(zip([*names, *map(str, range(len(names), len(parts)))], parts, strict=False))
        yield _Note(decks.get(deck, ""), named)


def _field_names(database: sqlite3.Connection, tables: set[str]) -> dict[int, list[str]]:
    if "fields" in tables:
        found: dict[int, list[str]] = {}
        for kind, name in database.execute("SELECT ntid, name FROM fields ORDER BY ntid, ord"):
            found.setdefault(int(kind), []).append(str(name))
        return found
    (written,) = database.execute("SELECT models FROM col").fetchone()
    return {int(key): [field["name"] for field in model["flds"]] for key, model in json.loads(written or "{}").items()}


def _deck_names(database: sqlite3.Connection, tables: set[str]) -> dict[int, str]:
    if "decks" in tables:
        rows = database.execute("SELECT id, name FROM decks")
        return {int(key): str(name).replace(_SEPARATOR, " › ") for key, name in rows}
    (written,) = database.execute("SELECT decks FROM col").fetchone()
    return {int(key): str(deck["name"]).replace("::", " › ") for key, deck in json.loads(written or "{}").items()}


def _card(note: _Note) -> Card | None:
    """A note as a card: its first two fields or those named so, the rest below; a text with gaps as question and whole."""
    fields = {name: words for name, value in note.fields.items() if (words := field_text(value))}
    raw = " ".join(note.fields.values())
    if "{{c" in raw:
        text = next(value for value in note.fields.values() if "{{c" in value)
        whole, gapped = (field_text(_CLOZE.sub(shown, text)) for shown in (r"\1", "[…]"))
        more = [words for name, words in fields.items() if note.fields[name] != text]
        return Card(gapped, whole, "\n\n".join(more), topic=note.deck) if whole else None
    names = list(fields)
    question = next((name for name in names if name.lower() in _QUESTIONS), names[0] if names else "")
    rest = [name for name in names if name != question]
    answer = next((name for name in rest if name.lower() in _ANSWERS), rest[0] if rest else "")
    if not question or not answer:
        return None
    more = [fields[name] if name.isdecimal() else f"{name}: {fields[name]}" for name in rest if name != answer]
    return Card(fields[question], fields[answer], "\n\n".join(more), topic=note.deck)


def field_text(value: str) -> str:
    """A field's HTML as Markdown, without sounds; formulas between dollar signs."""
    value = _TEX.sub(lambda found: f"${' '.join((found[1] or found[2]).split())}$", _SOUND.sub("", value))
    return html_to_markdown(value) if re.search(r"[<&]", value) else value.strip()


# Text exports


def cards_in_text(text: str, name: str) -> list[Card]:
    """The cards of a text export of Anki, or of pairs divided by tabs as Quizlet writes them; none in any other text."""
    lines = text.splitlines()
    header = {found[1]: found[2].strip() for line in lines[:12] if (found := _HEADER.match(line))}
    if "separator" in header:
        return _exported(lines, header, name)
    filled = [line for line in lines if line.strip()]
    paired = sum(line.count("\t") == 1 and all(part.strip() for part in line.split("\t")) for line in filled)
    if len(filled) > 1 and paired > 0.9 * len(filled):
        pairs = [line.split("\t") for line in filled if line.count("\t") == 1]
        return [Card(question.strip(), answer.strip()) for question, answer in pairs]
    return []


def _exported(lines: Sequence[str], header: Mapping[str, str], name: str) -> list[Card]:
    separator = _SEPARATORS.get(header["separator"].lower(), header["separator"][:1] or "\t")
    body = "\n".join(line for line in lines if not _HEADER.match(line))
    rows = table_rows(f"sep={separator}\n{body}", name)
    hidden = {int(value) - 1 for key, value in header.items() if key.endswith("column") and value.isdecimal()}
    columns = header.get("columns", "").split(separator) if header.get("columns") else []
    cards: list[Card] = []
    for row in rows:
        kept = {
            (columns[at] if at < len(columns) else str(at)): cell for at, cell in enumerate(row) if at not in hidden
        }
        if card := _card(_Note(header.get("deck", ""), kept)):
            cards.append(card)
    return cards


def read_text_or_cards(path: Path) -> RawPages:
    """A text file as one page; the exports of card programs as cards."""
    decoded = decode(path.read_bytes(), name=path.name)
    notes = (decoded.note,) if decoded.note else ()
    cards = cards_in_text(decoded.text, path.name)
    return RawPages(card_pages(cards) if cards else (RawPage(decoded.text),), notes)
