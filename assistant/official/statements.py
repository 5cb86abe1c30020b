"""Every sentence of the shipped notes and question bank that cites an official page, with the pages it cites."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urldefrag

from assistant.footnotes import official_at
from assistant.practice.questions import Question
from assistant.syllabus import CORPUS, Syllabus
from ingest.units import QUOTABLE, Kind, split_units, unit_words

NOTES = CORPUS / "notes"


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence, list item or table row, or the reason of a choice; `place` says where a person finds it."""

    place: str
    text: str
    addresses: tuple[str, ...]
    factual: bool = True
    """False for reasons of choices, whose numbers may be those of a made-up scenario."""


def shipped_statements(syllabus: Syllabus, questions: Iterable[Question]) -> list[Statement]:
    """The statements of the shipped notes and of questions."""
    return [*note_statements(NOTES, syllabus.official_hosts), *question_statements(questions)]


def note_statements(folder: Path, hosts: Sequence[str]) -> Iterator[Statement]:
    """What the Markdown notes below a folder say with a footnote."""
    for path in sorted(folder.rglob("*.md")):
        yield from _in_note(path.relative_to(folder).as_posix(), path.read_text(encoding="utf-8"), hosts)


def _in_note(name: str, text: str, hosts: Sequence[str]) -> Iterator[Statement]:
    for unit in split_units(text):
        if unit.kind in QUOTABLE and unit.kind is not Kind.CODE:
            pages = official_at(text, unit.start, unit.end, hosts)
            if pages:
                line = text.count("\n", 0, unit.start) + 1
                words = unit_words(text[unit.start : unit.end], unit)
                yield Statement(f"{name}, line {line}", words, tuple(page_of(one.address) for one in pages))


def question_statements(questions: Iterable[Question]) -> Iterator[Statement]:
    """The reason of every choice that names an official page."""
    for question in questions:
        for choice in question.choices:
            if choice.citation.official:
                yield Statement(f"question {question.id}", choice.why, (page_of(choice.citation.official),), False)


def page_of(address: str) -> str:
    """The address of the page, without a place on it."""
    return urldefrag(address).url.partition("?")[0].rstrip("/")
