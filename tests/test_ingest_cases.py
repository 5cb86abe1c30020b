"""Small files that were once read wrongly, each asked as its reader would ask, with the answer that is right."""

from pathlib import Path

import pytest

from assistant.answers import Answer
from assistant.session import Session
from ingest.pages import read_pages
from ingest.settings import ReadingSettings
from ingest.sources import Source
from tests.conftest import NOW, SHARED

CASES = SHARED / "cases" / "files"
pytestmark = pytest.mark.skipif(not CASES.exists(), reason="the shared cases are not here")


def text_of(case: str) -> str:
    path = CASES / case
    return "\n".join(page.text for page in read_pages(Source(path.name, path, "0"), ReadingSettings()))


def ask(home: Path, case: str, question: str) -> Answer:
    session = Session(home)
    session.library.add([CASES / case], now=NOW, report=lambda progress: None)
    return session.assistant.ask(question, session.writers.open("quotes"))


@pytest.mark.parametrize(
    ("case", "question", "right"),
    [
        (
            "md/C01-lone-lines.md",
            "Which product runs a job without naming a machine type?",
            "Quarry Lite runs a job without",
        ),
        ("md/C01-lone-lines.md", "What moves files into and out of a Quarry cluster?", "A storage bridge"),
        ("md/C40-obsidian.md", "Which entry does Ember drop?", "Ember drops the entry that was read longest ago."),
        ("md/C40-obsidian.md", "What fills Ember?", "filled by the nightly feeder and read by Model Server"),
        ("md/C40-obsidian.md", "How many entries does Ember hold?", "Ember holds at most 512 entries."),
        ("md/C41-python-names.md", "Which method runs the forward pass?", "The method __call__ of a Lark object"),
        ("md/C41-python-names.md", "What are the best weights?", "$w^*$ and $b^*$"),
        ("md/C41-python-names.md", "How is a lark pipe written?", "load | clean | fit"),
        ("md/C43-shift-jis.txt", "倉庫はいつ開きますか?", "倉庫は九時に開く。"),
        ("md/C44-numbered-lines.txt", "What are the needs of the Heron job?", "a bucket in the same region"),
        ("md/C44-numbered-lines.txt", "What are the limits of the Heron job?", "at most 6 hours"),
        ("md/notes", "What is Drift Lantern?", "Compares the inputs of today with those of training"),
        ("md/notes", "What is Feature Orchard?", "Keeps computed inputs of models in one place"),
        ("html/C43-cp1252.html", "Wie lange reift der Käse höchstens?", "höchstens 90 Tage"),
        ("html/C43-shift-jis.html", "倉庫はいつ開きますか?", "倉庫は九時に開く。"),
        (
            "html/C16-saved-article.html",
            "How many calls a second does the Pumice gateway let pass?",
            "50 calls a second",
        ),
        ("md/C40-obsidian.md", "How large is Cinder?", "Size: 64 entries"),
        ("docx/C04-table-without-flagged-header.docx", "How much memory does F4 have?", "Memory: 128 GB"),
        ("docx/C04-table-without-flagged-header.docx", "What does F2 cost an hour?", "Price an hour: 0.80 euros"),
        ("docx/C05a-equation-plain.docx", "What is the cost of a probe?", "$k=3n$"),
        ("docx/C05b-equation-with-log.docx", "What is the depth of a probe?", "log n"),
        ("epub/C13-prefixed-package.epub", "When does the harbour gate close?", "40 minutes before high water"),
        ("pptx/C46-picture-and-bullets.pptx", "What is Osprey?", "Osprey is a scheduler that starts jobs"),
        ("pptx/C46-picture-and-bullets.pptx", "How long may a job run?", "a job may run for 5 hours"),
        (
            "vtt/C17-rolling.vtt",
            "How many times does the slate scheduler try a failed job?",
            "tries a failed job 3 times",
        ),
    ],
)
def test_a_case_is_answered(home: Path, case: str, question: str, right: str) -> None:
    answer = ask(home, case, question)
    assert right in " ".join(sentence.text for sentence in answer.sentences)


def test_what_stands_around_an_article_is_not_in_its_text() -> None:
    assert not any(
        words in text_of("html/C16-saved-article.html") for words in ("engineers", "13 months", "readers", "9 dollars")
    )


def test_limits_are_no_needs(home: Path) -> None:
    answer = ask(home, "md/C44-numbered-lines.txt", "What are the limits of the Heron job?")
    assert "signed image" not in answer.text


def test_a_sentence_is_cited_by_the_place_where_a_reader_finds_it(home: Path) -> None:
    word = ask(home, "docx/C28-eight-pages.docx", "When does valve number 6 open?")
    assert {citation.chunk.locator for citation in word.citations} == {"page 6"}
    book = ask(home, "epub/C14-file-with-two-chapters.epub", "How long does the kiln cool before it is opened?")
    assert {citation.chunk.locator for citation in book.citations} == {"Chapter 1 Kilns"}


def test_what_a_tool_or_format_adds_is_in_no_text() -> None:
    assert not any(mark in text_of("md/C40-obsidian.md") for mark in ("[!", "[[", "==", "%%", "^evict", "Pasted image"))
    assert "exam/section4" in text_of("md/C40-obsidian.md")
    spoken = text_of("vtt/C17-rolling.vtt")
    assert "&" not in spoken.replace("a mail & the run", "")
    assert spoken.count("slate scheduler") == 2
    assert ".png" not in text_of("pptx/C46-picture-and-bullets.pptx")


def test_the_first_row_of_a_word_table_is_its_header() -> None:
    assert "| Size | Memory | Price an hour |\n|---|---|---|\n| F1 | 8 GB | 0.20 euros |" in text_of(
        "docx/C04-table-without-flagged-header.docx"
    )
