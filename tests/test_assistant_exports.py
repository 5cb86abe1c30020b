import csv
import html
import io
import json
import re
import sqlite3
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.practice.bank import load_bank
from assistant.practice.cards import CardKind
from assistant.practice.questions import Question
from assistant.progress import anki, sheets
from assistant.progress.store import Attempt
from assistant.syllabus import load_syllabus
from tests.conftest import NOW
from tests.test_assistant_cards import made

SYLLABUS = load_syllabus()
BANK = load_bank(SYLLABUS).questions
CARDS = [made("c4-one"), made("c0-two", None, CardKind.CLOZE)]
HOSTILE = (
    "<script>x</script> [sound:http://e.example/x] [latex]\\input{x}[/latex] \\(x\\) \\[y\\] {{Answer}} <img src=x>"
)


def notes_of(path: Path, folder: Path) -> tuple[list[tuple[str, str, str]], dict[str, str], str]:
    """(guid, fields, tags) of each note, the template of each note type, and the names of the decks."""
    with zipfile.ZipFile(path) as package:
        package.extract("collection.anki2", folder)
    with sqlite3.connect(folder / "collection.anki2") as database:
        notes = database.execute("SELECT guid, flds, tags FROM notes ORDER BY guid").fetchall()
        models, decks = database.execute("SELECT models, decks FROM col").fetchone()
    templates = {model["name"]: json.dumps(model["tmpls"]) for model in json.loads(models).values()}
    return notes, templates, "\n".join(sorted(deck["name"] for deck in json.loads(decks).values()))


def with_code() -> Question:
    return replace(BANK[0], prompt="Read `ML.PREDICT`:\n\n```sql\nSELECT [1] FROM {{x}}\n```\n\nWhat should you do?")


def test_a_deck_has_subdecks_tags_and_stable_ids(tmp_path: Path) -> None:
    found = []
    for name in ("one", "two"):
        assert anki.export_anki(BANK, CARDS, tmp_path / f"{name}.apkg", SYLLABUS) == len(BANK) + 2
        found.append(notes_of(tmp_path / f"{name}.apkg", tmp_path / name))
    notes, templates, decks = found[0]
    assert [guid for guid, *_ in notes] == [guid for guid, *_ in found[1][0]]
    assert f"{anki.DECK}::Questions::4 {SYLLABUS.section(4).title}" in decks
    assert f"{anki.DECK}::Flash cards::0 General" in decks
    tags = next(tags for _, fields, tags in notes if fields.startswith(f"{BANK[0].id}\x1f")).split()
    assert {
        f"objective-{BANK[0].objective}",
        f"consideration-{BANK[0].consideration}",
        f"difficulty-{BANK[0].difficulty}",
    } <= set(tags)
    assert "Math.imul" in templates["Groundwork question"]
    assert "{{cloze:Text}}" in templates["Groundwork cloze"]


def test_the_back_gives_the_reason_first_and_the_official_page_as_a_link() -> None:
    question = BANK[0]
    fields = anki.fields_of(question)
    right = next(choice for choice in question.choices if choice.correct)
    assert html.unescape(fields["Reason"]).startswith(f"<p>✓ <b>{right.text}</b><br>{right.why}")
    assert f'<a href="{right.citation.official}">' in fields["Source"]
    assert fields["Options"].count("<li") == len(question.choices)
    assert fields["Options"].count("data-right") == 1
    assert anki.BACK.index("{{Reason}}") < anki.BACK.index("{{Options}}") < anki.BACK.index("{{Others}}")


def test_no_note_holds_raw_markdown(tmp_path: Path) -> None:
    anki.export_anki(BANK, CARDS, tmp_path / "a.apkg", SYLLABUS)
    for _, fields, _ in notes_of(tmp_path / "a.apkg", tmp_path)[0]:
        shown = re.sub(r"<(pre|code)\b.*?</\1>", "", fields, flags=re.DOTALL)
        assert not re.search(r"```|\*\*|\[\^|^#+ |`", shown, re.MULTILINE), shown


def test_code_of_a_stem_stays_code_and_its_braces_are_no_fields() -> None:
    shown = anki.as_html(with_code().prompt)
    assert "<code>ML.PREDICT</code>" in shown
    assert "<pre><code" in shown
    assert "{{" not in shown
    assert "[" not in shown


@pytest.mark.parametrize("put", [anki.as_field, anki.as_html])
def test_nothing_in_a_field_is_read_as_more_than_text(put: object) -> None:
    said = put(HOSTILE)  # type: ignore[operator]
    for alive in ("<script", "<img", "[", "{{", "\\(", "\\&#91;"):
        assert alive not in said
    assert "<script>x</script> [sound:http://e.example/x]" in html.unescape(said).replace(anki.JOINER, "")


def test_a_cloze_hides_its_back_whatever_stands_in_it() -> None:
    card = replace(CARDS[1], back="std::vector}}")
    text = anki.cloze_text(card)
    hidden = re.fullmatch(r"It is called \{\{c1::(.*)\}\} here\.", text)
    assert hidden
    assert "::" not in hidden[1]
    assert "}}" not in hidden[1]


@pytest.mark.parametrize("words", ["=HYPERLINK(1)", "+1", "-2+3", "@SUM(A1)", "\t=1", "  =1", "＝1", "|calc", "%0a"])
def test_nothing_in_a_csv_is_a_formula(words: str) -> None:
    attempt = Attempt("s", words, None, words[:10], words[:10], words, (0,), True, 1.0, NOW, True, 12.4)
    (row,) = csv.DictReader(io.StringIO(sheets.attempts_csv([attempt])))
    assert {row[name][0] for name in ("question", "objective", "consideration", "origin")} == {"'"}
    assert (row["sure"], row["seconds"]) == ("1", "12")
    choices = [replace(choice, text=f"={choice.text}", why=f"={choice.why}") for choice in BANK[0].choices]
    risky = replace(BANK[0], prompt=f"={BANK[0].prompt}", choices=tuple(choices))
    (row,) = csv.DictReader(io.StringIO(sheets.questions_csv([risky])))
    assert not [name for name, value in row.items() if value.startswith("=")]


def test_questions_as_csv_begin_with_question_and_answer_and_hold_everything() -> None:
    rows = list(csv.DictReader(io.StringIO(sheets.questions_csv([with_code(), *BANK[1:20]]))))
    assert list(rows[0])[:3] == ["question", "answer", "reason"]
    assert "```" not in rows[0]["question"]
    assert "SELECT [1] FROM {{x}}" in rows[0]["question"]
    for row, question in zip(rows[1:], BANK[1:20], strict=True):
        options = [row[f"option {letter}"] for letter in "ABCDEF" if row[f"option {letter}"]]
        assert len(options) == len(question.choices)
        assert row["answer"] == "; ".join(options["ABCDEF".index(letter)] for letter in row["key"])
        assert row["official page"].startswith("https://")


def test_quizlet_gets_one_line_a_pair_and_one_tab_in_it() -> None:
    lines = sheets.quizlet_text([with_code()], CARDS).splitlines()
    assert len(lines) == 3
    assert all(line.count("\t") == 1 for line in lines)
    assert lines[0] == "What is c4-one?\tan answer. A reason."


def test_cards_are_written_as_csv() -> None:
    rows = list(csv.DictReader(io.StringIO(sheets.cards_csv(CARDS))))
    assert [(row["question"], row["answer"]) for row in rows] == [(card.front, card.back) for card in CARDS]
