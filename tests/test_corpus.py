"""The notes are complete, plain, in our own words, and each footnoted number stands on the official page it cites."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from assistant.practice.cards import CardKind, Deck, load_cards
from assistant.syllabus import CORPUS, Decision, load_syllabus
from eval.cases import load_cases
from ingest.tables import cells
from ingest.units import Kind, plain, split_units
from tests.conftest import SHARED

NOTES = sorted((CORPUS / "notes").rglob("*.md"))
COPIES = SHARED / "reference" / "docs"
EXCEPTIONS = yaml.safe_load((CORPUS / "fact-exceptions.yaml").read_text(encoding="utf-8")) or {}
NOT_IN_COPIES = "(not in the copies)"
HEADER = ["Requirement", "Choose", "Because", "Not"]
LONGEST_PARAGRAPH = 120
LONGEST_COPY = 12
"""Words in a row that may stand in an official page too."""
_MARK = re.compile(r"\[\^([\w-]+)\]")
_DEFINITION = re.compile(r"^\[\^([\w-]+)\]:\s+(\S+)(.*)$", re.MULTILINE)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NAMES_WITH_DIGITS = re.compile(r"\bv[12]\b|`[^`]*`|\b[1-6]\.\d[a-z]?\b|\bF1\b|\bL[12]\b|\bb?float\d+\b")


def sentences(text: str) -> Iterator[str]:
    for unit in split_units(text):
        if unit.kind not in (Kind.HEADING, Kind.ASIDE, Kind.HEADER):
            yield text[unit.start : unit.end]


@pytest.mark.parametrize("note", NOTES, ids=lambda path: path.stem)
def test_every_footnote_is_defined_once_and_used(note: Path) -> None:
    text = note.read_text(encoding="utf-8")
    defined = [found.group(1) for found in _DEFINITION.finditer(text)]
    used = set(_MARK.findall(_DEFINITION.sub("", text)))
    assert len(defined) == len(set(defined))
    assert set(defined) == used


@pytest.mark.parametrize("note", NOTES, ids=lambda path: path.stem)
def test_paragraphs_are_short_and_tables_that_choose_have_one_form(note: Path) -> None:
    text = note.read_text(encoding="utf-8")
    paragraphs = [part for part in text.split("\n\n") if "|" not in part and not part.startswith("[^")]
    assert [part[:60] for part in paragraphs if len(part.split()) > LONGEST_PARAGRAPH] == []
    headers = [text[unit.start : unit.end] for unit in split_units(text) if unit.kind is Kind.HEADER]
    rows = [[plain(cell) for cell in cells(header)] for header in headers]
    assert [row for row in rows if set(row) & {"Requirement", "Choose", "Not"} and row != HEADER] == []


def test_every_consideration_of_the_syllabus_has_a_heading() -> None:
    headings = "\n".join(
        line for note in NOTES for line in note.read_text(encoding="utf-8").splitlines() if line.startswith("## ")
    )
    missing = [item.id for item in load_syllabus().considerations if f"({item.id})" not in headings]
    assert missing == []


def section_under(note: str, heading: str) -> str:
    """The text of a note from a heading to the next one; empty when the note has no such heading."""
    path = next(path for path in NOTES if path.relative_to(CORPUS / "notes").as_posix().startswith(note))
    text = path.read_text(encoding="utf-8")
    return text.split(f"\n## {heading}\n", 1)[-1].split("\n## ", 1)[0] if f"\n## {heading}\n" in text else ""


@pytest.mark.parametrize("decision", load_syllabus().decisions, ids=lambda decision: str(decision.number))
def test_every_recurring_decision_has_a_table_and_a_boundary(decision: Decision) -> None:
    assert "\n|---|---|---|---|\n" in section_under(decision.note, decision.heading)
    assert section_under("0-general/forty-decisions", f"{decision.number}. {decision.title}").strip()


def test_all_forty_decisions_are_there() -> None:
    assert [decision.number for decision in load_syllabus().decisions] == list(range(1, 41))


def test_every_status_is_named_in_the_notes_with_its_dates_and_page() -> None:
    texts = [path.read_text(encoding="utf-8") for path in NOTES]
    for status in load_syllabus().statuses:
        cited = [text for text in texts if status.source in text]
        assert cited, status.name
        for day in (status.since, status.ends):
            assert day is None or any(f"{day:%B} {day.day}, {day.year}" in text for text in cited), (status.name, day)


def claims(text: str) -> Iterator[str]:
    """Prose that states facts: numbers of scenarios are invented, those of worked examples follow from each other."""
    invented = False
    for unit in split_units(text):
        if unit.kind is Kind.HEADING:
            invented = unit.title.startswith(("Scenario:", "Worked example:"))
        elif unit.kind in (Kind.PROSE, Kind.ITEM) and not invented:
            yield text[unit.start : unit.end]


def test_a_sentence_with_a_number_has_a_footnote_or_a_reviewed_reason() -> None:
    reviewed = EXCEPTIONS.get("unfootnoted", {})
    bare = [
        f"{note.stem}: {' '.join(sentence.split())}"
        for note in NOTES
        for sentence in claims(note.read_text(encoding="utf-8"))
        if _NUMBER.search(_NAMES_WITH_DIGITS.sub("", sentence)) and not _MARK.search(sentence)
    ]
    assert [one for one in bare if not any(one.split(": ", 1)[1].startswith(start) for start in reviewed)] == []


def test_a_former_name_never_stands_without_the_present_one() -> None:
    """`Vertex AI …` may be named as what something was called, never as what it is called."""
    allowed = re.compile(r"(formerly|was called|were called|called|now called|renamed|old|older|name)", re.IGNORECASE)
    bare = [
        f"{note.stem}: {' '.join(sentence.split())}"
        for note in NOTES
        for sentence in sentences(note.read_text(encoding="utf-8"))
        if "Vertex AI" in sentence and not allowed.search(sentence)
    ]
    assert bare == []


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    """Text of each official page in the copies, by address, digits without thousands separators."""
    if not COPIES.exists():
        pytest.skip("the copies of the official documentation are not here")
    found = {}
    for path in COPIES.rglob("*.md"):
        text = path.read_text(encoding="utf-8")
        address = re.search(r"^uri: (\S+)$", text, re.MULTILINE)
        if address:
            found[address.group(1)] = text
    return found


def bare_number(number: str) -> str:
    return number.replace(",", "").rstrip(".")


def numbers_of(text: str) -> set[str]:
    return {bare_number(number) for number in _NUMBER.findall(text)}


@pytest.mark.parametrize("note", NOTES, ids=lambda path: path.stem)
def test_each_number_of_a_footnoted_sentence_stands_on_the_page_it_cites(note: Path, pages: dict[str, str]) -> None:
    text = note.read_text(encoding="utf-8")
    addresses = {
        found.group(1): found.group(2) for found in _DEFINITION.finditer(text) if NOT_IN_COPIES not in found.group(3)
    }
    unchecked = {found.group(1) for found in _DEFINITION.finditer(text) if NOT_IN_COPIES in found.group(3)}
    assert {name: address for name, address in addresses.items() if address not in pages} == {}
    faults = []
    for sentence in sentences(text):
        names = [name for name in _MARK.findall(sentence) if name not in unchecked]
        if not names:
            continue
        there = set().union(*(numbers_of(pages[addresses[name]]) for name in names))
        said = numbers_of(_MARK.sub("", plain(_MARK.sub("", sentence))))
        reviewed = set(map(str, EXCEPTIONS.get(note.stem, {})))
        faults += [f"{number}: {' '.join(sentence.split())}" for number in sorted(said - there - reviewed)]
    assert faults == []


def words_of(text: str) -> list[str]:
    return re.findall(r"[a-z0-9']+", text.lower())


def test_no_sentence_is_copied_from_the_official_pages(pages: dict[str, str]) -> None:
    size = LONGEST_COPY + 1
    ours: dict[tuple[str, ...], str] = {}
    for note in NOTES:
        for sentence in sentences(note.read_text(encoding="utf-8")):
            words = words_of(plain(sentence))
            for at in range(len(words) - size + 1):
                ours[tuple(words[at : at + size])] = f"{note.stem}: {' '.join(words[at : at + size])}"
    first = {gram[0] for gram in ours}
    copied = Counter[str]()
    for text in pages.values():
        words = words_of(text)
        for at in range(len(words) - size + 1):
            if words[at] in first and (found := ours.get(tuple(words[at : at + size]))):
                copied[found] += 1
    assert sorted(copied) == [], "\n".join(sorted(copied))


@pytest.fixture(scope="module")
def deck() -> Deck:
    """The flash cards that ship; loading them checks every quote, place and length."""
    found = load_cards(load_syllabus())
    if not found.cards:
        pytest.skip("no flash cards ship yet")
    return found


def test_flash_cards_are_many_and_spread_over_considerations_and_kinds(deck: Deck) -> None:
    assert len(deck.cards) >= 400
    kinds = Counter(card.kind for card in deck.cards)
    assert min(kinds[CardKind.QUESTION], kinds[CardKind.CLOZE]) >= 0.25 * len(deck.cards)
    missing = {item.id for item in load_syllabus().considerations} - {card.consideration for card in deck.cards}
    assert sorted(missing) == []


def test_no_two_flash_cards_ask_the_same_and_none_gives_its_answer_away(deck: Deck) -> None:
    fronts = Counter(" ".join(words_of(card.front)) for card in deck.cards)
    assert [front for front, count in fronts.items() if count > 1] == []
    told = [
        card.id
        for card in deck.cards
        if len(words_of(card.back)) > 1
        and f" {' '.join(words_of(card.back))} " in f" {' '.join(words_of(card.front))} "
    ]
    assert told == []


def test_the_official_page_of_a_flash_card_is_one_of_its_notes_footnotes(deck: Deck) -> None:
    texts = {note.relative_to(CORPUS / "notes").as_posix(): note.read_text(encoding="utf-8") for note in NOTES}
    assert [
        card.id
        for card in deck.cards
        if card.citation.official and card.citation.official not in texts.get(card.citation.source, "")
    ] == []


def test_every_gold_quote_of_the_evaluation_stands_in_its_note() -> None:
    notes = {note.relative_to(CORPUS / "notes").as_posix(): note.read_text(encoding="utf-8") for note in NOTES}
    quotes = [(case.id, gold) for case in load_cases() for gold in case.gold if gold.source in notes]
    assert len(quotes) > 300
    assert [(name, gold.quote[:80]) for name, gold in quotes if gold.quote not in notes[gold.source]] == []
