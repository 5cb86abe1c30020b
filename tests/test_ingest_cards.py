from pathlib import Path

import pytest

from ingest.errors import MaterialError
from ingest.formats.anki import cards_in_text, read_package_cards
from ingest.formats.cards import Card, card_text
from ingest.formats.spreadsheets import cards_in, table_rows
from ingest.pages import Page, read_pages
from ingest.settings import ReadingSettings
from ingest.sources import Source
from tests.conftest import make_apkg


def read(path: Path) -> list[Page]:
    return read_pages(Source(path.name, path, "0"), ReadingSettings(max_megabytes=10, max_pages=100))


def cards(text: str) -> list[Card]:
    return cards_in(table_rows(text, "a.csv"))


def right_and_wrong(card: Card) -> tuple[list[str], list[str]]:
    return [one.text for one in card.choices if one.correct], [one.text for one in card.choices if not one.correct]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_a_table_of_questions_is_read_with_any_usual_delimiter(mark: str) -> None:
    text = f'Question{mark}Answer\n"What is drift{mark} really?"{mark}A change.\nWhat is skew?{mark}A difference, of data; say.\n'
    if mark in ",;":
        text = text.replace("A difference, of data; say.", '"A difference, of data; say."')
    assert [(card.question, card.answer) for card in cards(text)] == [
        (f"What is drift{mark} really?", "A change."),
        ("What is skew?", "A difference, of data; say."),
    ]


@pytest.mark.parametrize("header", ["Front,Back", "Term,Definition", "question,correct_answer", "Prompt,Response"])
def test_cards_are_known_by_the_usual_names_of_their_columns(header: str) -> None:
    assert cards(f"{header}\nDrift,A change\n") == [Card("Drift", "A change")]


def test_the_template_of_a_course_platform_is_read_with_its_reasons() -> None:
    text = (
        "Question,Question Type,Answer Option 1,Explanation 1,Answer Option 2,Explanation 2,Answer Option 3,Explanation 3,"
        "Correct Answers,Overall Explanation,Domain\n"
        "Which service streams?,multiple-choice,Dataflow,It reads streams.,Dataproc,It runs batches.,Looker,,1,See Beam.,Data\n"
        'Pick two.,multi-select,a,,b,,c,,"1,3",,Data\n'
    )
    first, second = cards(text)
    assert right_and_wrong(first) == (["Dataflow"], ["Dataproc", "Looker"])
    assert (first.explanation, first.topic, first.choices[0].why) == ("See Beam.", "Data", "It reads streams.")
    assert right_and_wrong(second) == (["a", "c"], ["b"])


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("question,option_a,option_b,option_c,answer", "B"),
        ("Question,A,B,C,Correct Answer", "y"),
        ("question,choice1,choice2,choice3,correct", "2"),
        ("questionText,optionA,optionB,optionC,correctOption", "b) y"),
        ("Stem,Option 1,Option 2,Option 3,Answer Key", "Option B"),
    ],
)
def test_the_right_choice_is_found_by_letter_number_or_words(header: str, key: str) -> None:
    (card,) = cards(f"{header}\nQ?,x,y,z,{key}\n")
    assert right_and_wrong(card) == (["y"], ["x", "z"])


def test_choices_in_one_cell_and_tables_without_names_are_understood() -> None:
    (card,) = cards('question,options,answer\nQ?,"A) x\nB) y",B\n')
    assert right_and_wrong(card) == (["y"], ["x"])
    assert [right_and_wrong(card)[0] for card in cards("Q?,x,y,z,B\nR?,x,y,z,C\n")] == [["y"], ["z"]]


def test_a_key_that_names_no_choice_makes_no_card() -> None:
    assert cards("question,option a,option b,answer\nQ?,x,y,E\n") == []


def test_wrong_choices_never_stand_as_facts() -> None:
    (card,) = cards(
        "question,option a,option b,answer,explanation\nWhich streams?,Dataflow,Dataproc,A,It reads streams.\n"
    )
    assert card_text(card) == "## Which streams?\n\nDataflow\n\nIt reads streams.\n\nNot correct: Dataproc"


def test_a_table_of_something_else_keeps_its_rows_and_header(tmp_path: Path) -> None:
    path = tmp_path / "Caches 0123456789abcdef0123456789abcdef_all.csv"
    path.write_text('Name,Filled by,Size\nEmber,"a | b",512\nCinder,stream,64\n')
    assert read(path)[0].text == (
        "# Caches\n\n| Name | Filled by | Size |\n|---|---|---|\n| Ember | a \\| b | 512 |\n| Cinder | stream | 64 |"
    )


def test_many_rows_are_several_pages_with_the_header_on_each(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Name,Size,Kind\n" + "".join(f"n{number},{number},k\n" for number in range(450)))
    pages = read(path)
    assert [page.label for page in pages] == ["rows 1-200", "rows 201-400", "rows 401-450"]
    assert all("| Name | Size | Kind |" in page.text for page in pages)


def test_pairs_divided_by_tabs_are_cards_and_other_text_is_not() -> None:
    assert cards_in_text("Drift\ta change\nSkew\ta difference\n", "a.txt") == [
        Card("Drift", "a change"),
        Card("Skew", "a difference"),
    ]
    assert cards_in_text("A text of\ttwo\nlines that are no pairs.\nMore.\n", "a.txt") == []


def test_a_text_export_of_anki_is_read_by_its_header() -> None:
    text = '#separator:tab\n#html:true\n#tags column:3\nWhat is <b>drift</b>?\tA change [sound:x.mp3]\tml\n"Say ""q""."\tYes.\t\n'
    assert [(card.question, card.answer) for card in cards_in_text(text, "a.txt")] == [
        ("What is **drift**?", "A change"),
        ('Say "q".', "Yes."),
    ]


def test_a_text_with_gaps_gives_the_whole_sentence() -> None:
    text = "#separator:Comma\n#columns:Text,Back Extra\n{{c1::Dataflow}} streams and {{c2::Dataproc::which?}} batches,more\n"
    assert cards_in_text(text, "a.txt") == [
        Card("[…] streams and […] batches", "Dataflow streams and Dataproc batches", "more")
    ]


def test_an_anki_package_is_read_deck_by_deck(tmp_path: Path) -> None:
    make_apkg(
        tmp_path / "a.apkg",
        [("What is <i>drift</i>?", "A change<br>over time."), ("Skew?", "A difference.")],
        "ML::Drift",
    )
    (page,) = read(tmp_path / "a.apkg")
    assert page.label == "ML › Drift"
    assert page.text.startswith("## What is *drift*?\n\nA change  \nover time.")


def test_a_package_in_the_new_form_is_read(tmp_path: Path) -> None:
    import sqlite3
    import zipfile

    import zstandard

    database = sqlite3.connect(":memory:")
    database.executescript(
        "CREATE TABLE notes (id, mid, flds, tags); CREATE TABLE cards (id, nid, did); CREATE TABLE decks (id, name);"
        "CREATE TABLE fields (ntid, ord, name); CREATE TABLE col (models, decks);"
        "INSERT INTO notes VALUES (1, 7, 'Drift?' || char(31) || 'A change.' || char(31) || 'slow', '');"
        "INSERT INTO cards VALUES (1, 1, 3); INSERT INTO decks VALUES (3, 'ML' || char(31) || 'Drift');"
        "INSERT INTO fields VALUES (7, 0, 'Front'), (7, 1, 'Back'), (7, 2, 'Hint');"
    )
    with zipfile.ZipFile(tmp_path / "a.apkg", "w") as archive:
        archive.writestr("collection.anki2", b"Please update")
        archive.writestr("collection.anki21b", zstandard.compress(database.serialize()))
    assert read_package_cards(tmp_path / "a.apkg") == [Card("Drift?", "A change.", "Hint: slow", topic="ML › Drift")]


@pytest.mark.parametrize("data", [b"not a zip", b"PK\x05\x06" + bytes(18)])
def test_a_damaged_package_is_one_sentence(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.apkg").write_bytes(data)
    with pytest.raises(MaterialError, match=r"a\.apkg"):
        read(tmp_path / "a.apkg")
