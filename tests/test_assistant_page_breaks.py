"""A sentence that runs over a page break is quoted whole and cited with both pages."""

from pathlib import Path

from assistant.session import Session
from tests.conftest import NOW, make_pdf


def test_a_sentence_over_a_page_break_is_quoted_whole_and_cited_on_both_pages(home: Path, tmp_path: Path) -> None:
    first = [
        "The watcher looks at every model once a day.",
        "When the share of missing values rises above 7 percent, the",
    ]
    second = ["nickel watcher stops the rollout and pages the engineer.", "It writes a report afterwards."]
    make_pdf(tmp_path / "watcher.pdf", [first, second])
    session = Session(home)
    session.library.add([tmp_path / "watcher.pdf"], now=NOW, report=lambda progress: None)
    answer = session.assistant.ask(
        "What happens when the share of missing values rises above 7 percent?", session.writers.open("quotes")
    )
    citation = answer.citations[0]
    assert citation.quote.endswith("above 7 percent, the nickel watcher stops the rollout and pages the engineer.")
    assert citation.pages == (1, 2)
    assert citation.locator == "pages 1 and 2"
    assert citation.quote_on(1).rstrip().endswith("percent, the")
    assert citation.quote_on(2) == "nickel watcher stops the rollout and pages the engineer."


def test_a_row_is_quoted_with_the_names_of_its_columns_and_its_caption(home: Path, tmp_path: Path) -> None:
    (tmp_path / "tin.md").write_text(
        "# Tin\n\nTable 1: Machine types of the Tin cluster\n| Type | Memory | Hourly price |\n| --- | --- | --- |\n"
        "| small | 4 GB | 0.10 |\n| medium | 16 GB | 0.40 |\n| large | 64 GB | 1.60 |\n"
    )
    session = Session(home)
    session.library.add([tmp_path / "tin.md"], now=NOW, report=lambda progress: None)
    answer = session.assistant.ask("What is the hourly price of the medium type?", session.writers.open("quotes"))
    assert answer.sentences[0].text == (
        "Table 1: Machine types of the Tin cluster: Type: medium; Memory: 16 GB; Hourly price: 0.40."
    )
    assert answer.citations[0].quote == "| medium | 16 GB | 0.40 |"
