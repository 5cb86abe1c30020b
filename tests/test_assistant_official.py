"""Footnotes are data, ends that have passed are said, and what official pages no longer carry is found."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.footnotes import OfficialPage, official_at, shown, title_of, without_last_marks
from assistant.official.compare import Comparer
from assistant.official.copies import Copies
from assistant.official.dates import ending_dates, endings, notes_on, notes_on_question
from assistant.official.statements import NOTES, Statement, note_statements, page_of
from assistant.practice.questions import Choice, Origin, Question, QuestionKind, Reference
from assistant.progress.anki import fields_of
from assistant.session import Session
from assistant.syllabus import load_syllabus
from eval.bench.official import find_plants, found_share
from ingest.errors import MaterialError
from tests.conftest import SHARED

SYLLABUS = load_syllabus()
HOSTS = SYLLABUS.official_hosts
COPIES = SHARED / "reference" / "docs"
ADDRESS = "https://docs.cloud.google.com/a/batch-inference"
NOTE = f"""# Serving

Batch jobs do not autoscale.[^batch] They read tables.[^own]

| Limit | Value |
|---|---|
| Nodes | 12 [^batch] |

[^batch]: {ADDRESS}
[^own]: https://example.org/a-blog
"""


def test_the_footnote_behind_a_quote_names_its_official_page() -> None:
    start = NOTE.index("Batch jobs")
    end = NOTE.index("[^batch]")
    assert official_at(NOTE, start, end, HOSTS) == (OfficialPage(ADDRESS, "Batch inference"),)
    row = NOTE.index("| Nodes")
    assert official_at(NOTE, row, NOTE.index("\n", row), HOSTS)[0].address == ADDRESS


def test_a_footnote_that_leads_elsewhere_is_not_official() -> None:
    start = NOTE.index("They read")
    assert official_at(NOTE, start, NOTE.index("[^own]"), HOSTS) == ()


@pytest.mark.parametrize("host", ["cloud.google.com.evil.example", "evil-cloud.google.com.example", "github.com/Evil"])
def test_a_host_that_only_looks_official_is_not(host: str) -> None:
    page = f"Words.[^1]\n\n[^1]: https://{host}/page\n"
    assert official_at(page, 0, 6, HOSTS) == ()


def test_a_written_title_is_kept_and_another_is_read_from_the_address() -> None:
    page = f"Words.[^1]\n\n[^1]: [Get batch predictions]({ADDRESS})\n"
    assert official_at(page, 0, 6, HOSTS)[0].title == "Get batch predictions"
    assert title_of("https://docs.cloud.google.com/x/use-tpu") == "Use TPU"
    assert title_of("https://docs.cloud.google.com/x/vizier/overview") == "Vizier: overview"
    assert title_of("https://docs.cloud.google.com/dataflow/docs/overview") == "Dataflow: overview"
    assert title_of("https://docs.cloud.google.com/x/open-models/use-vllm-tpu.html") == "Use vLLM TPU"
    assert title_of("https://docs.cloud.google.com/") == "Docs.cloud.google.com"


WORDS = st.text(alphabet="abc .|`", max_size=12)


@given(st.lists(WORDS, min_size=1, max_size=6), st.booleans())
def test_a_shown_quote_has_no_marks_and_all_other_words(parts: list[str], last: bool) -> None:
    parts = [part.replace("`", "") for part in parts]
    quote = "[^note-1]".join(parts) + ("[^end]" if last else "")
    assert "[^" not in shown(quote)
    assert "".join(shown(quote).split()) == "".join("".join(parts).split())


@given(WORDS, st.integers(0, 3))
def test_a_quote_without_its_last_marks_still_stands_on_its_page(words: str, marks: int) -> None:
    quote = f"x{words}" + "[^a-b]" * marks
    kept = without_last_marks(quote)
    assert quote.startswith(kept)
    assert not kept.endswith("[^a-b]")


def test_patterns_in_code_are_no_footnote_marks() -> None:
    assert shown("Use `re.sub('[^a-z]', '')` here.[^1]") == "Use `re.sub('[^a-z]', '')` here."
    assert "[^0-9]" in shown("```python\nre.sub('[^0-9]', '')\n```")


def test_every_footnote_of_the_notes_leads_to_an_official_host() -> None:
    for path in NOTES.rglob("*.md"):
        text = path.read_text(encoding="utf-8")
        for line in text.splitlines():
            if line.startswith("[^"):
                name = line[: line.index("]") + 1]
                page = f"x{name}\n\n{line}\n"
                assert official_at(page, 0, 1, HOSTS), line


def test_answers_name_official_pages_and_their_quotes_show_no_marks(corpus: Session) -> None:
    answer = corpus.assistant.ask("Can the type of online serving be changed later?", corpus.writers.open("quotes"))
    assert any(page.address.endswith("create-onlinestore") for one in answer.citations for page in one.official)
    for one in answer.citations:
        page = corpus.index.page_text(one.source, one.page)
        assert page[one.start : one.end] == one.quote
        assert "[^" not in one.shown


def made_question(why: str, quote: str = "Tables have rows.") -> Question:
    right = Choice("One", True, why, Reference("a.md", 1, quote, ADDRESS))
    wrong = Choice("Two", False, "No.", Reference("a.md", 1, quote))
    return Question("q", 1, "1.1", "1.1a", QuestionKind.SINGLE, 1, Origin.BANK, "Which?", (right, wrong))


def test_a_card_links_the_official_page_and_shows_no_marks() -> None:
    fields = fields_of(made_question("Because.", "Tables[^1] have rows.[^2]"))
    assert f'<a href="{ADDRESS}">Batch inference</a>' in fields["Source"]
    assert not any("[^" in words or "&#91;^" in words for words in fields.values())


@pytest.mark.parametrize(
    ("sentence", "days"),
    [
        ("The capability ends on February 17, 2027.", [date(2027, 2, 17)]),
        ("It is deprecated since March 16, 2026 and ends on March 16, 2027.", [date(2027, 3, 16)]),
        ("It is scheduled to shut down in February 2027.", [date(2027, 2, 28)]),
        ("The service was deprecated on March 16, 2026 and ends on March 16, 2027.", [date(2027, 3, 16)]),
        ("In April 2026 the platform was renamed.", []),
    ],
)
def test_a_sentence_tells_on_which_day_something_ends(sentence: str, days: list[date]) -> None:
    assert ending_dates(sentence) == days


def test_what_has_passed_or_is_near_is_listed_for_a_day() -> None:
    statements = list(note_statements(NOTES, HOSTS))
    early = {one.name for one in endings(SYLLABUS, statements, date(2026, 11, 26))}
    late = {one.name: one for one in endings(SYLLABUS, statements, date(2027, 1, 1))}
    assert "Gemini 2.5 Pro" in early
    assert "Optimized online serving of Feature Store" not in early
    assert not late["Optimized online serving of Feature Store"].passed
    assert late["Gemini 2.5 Flash with native audio in the Live API"].passed


def test_every_status_still_called_deprecated_has_its_end_ahead_or_none() -> None:
    """Fails on the day on which a status must become `ended`; look at its official page first."""
    past = [
        one.name for one in SYLLABUS.statuses if one.state != "ended" and one.ends and one.ends <= date(2026, 11, 26)
    ]
    assert past == []


def test_a_quote_on_something_past_its_end_says_so_and_names_the_page() -> None:
    (said,) = notes_on([("Gemini 2.5 Pro reasons best.", ())], SYLLABUS, date(2026, 11, 26))
    assert said.startswith("Gemini 2.5 Pro: scheduled to end on October 20, 2026; check the official page: https://")
    assert notes_on([("Gemini 2.5 Pro reasons best.", ())], SYLLABUS, date(2026, 10, 1)) == []


def test_a_question_that_rests_on_a_passed_date_says_so() -> None:
    question = made_question("This image can be used until July 11, 2026.")
    (said,) = notes_on_question(question, SYLLABUS, date(2026, 11, 26))
    assert "July 11, 2026" in said
    assert ADDRESS in said


PAGE = """---
uri: {address}
---
# Limits

Each job can use up to {number} nodes in one region.

Other services allow up to 12 clusters.

Training with {name} ends on {day}.
"""
STATEMENTS = [
    Statement("a.md, line 1", "A job uses at most 12 nodes in one region.", (ADDRESS,)),
    Statement("a.md, line 2", "In training, support for TensorFlow ends on July 11, 2026.", (ADDRESS,)),
]


def copies(folder: Path, number: str = "12", name: str = "TensorFlow", day: str = "July 11, 2026") -> Copies:
    folder.mkdir(exist_ok=True)
    text = PAGE.format(address=ADDRESS, number=number, name=name, day=day)
    (folder / "page.md").write_text(text, encoding="utf-8")
    return Copies(folder)


@pytest.mark.parametrize(
    ("change", "lost"),
    [
        ({}, []),
        ({"number": "15"}, ["12"]),
        ({"name": "PyTorch"}, ["TensorFlow"]),
        ({"day": "August 11, 2026"}, ["July 11, 2026"]),
    ],
)
def test_a_changed_number_name_or_date_is_found_where_the_statement_rests_on_it(
    tmp_path: Path, change: dict[str, str], lost: list[str]
) -> None:
    comparer = Comparer(STATEMENTS)
    anchors = comparer.anchors(copies(tmp_path))
    found = comparer.compare(copies(tmp_path, **change), anchors)
    assert [one.detail.written for one in found.lost] == lost


def test_a_statement_without_a_record_is_looked_up_on_the_whole_page(tmp_path: Path) -> None:
    comparer = Comparer(STATEMENTS)
    found = comparer.compare(copies(tmp_path, day="August 11, 2026"), {})
    assert found.unrecorded == 2
    assert [one.detail.written for one in found.lost] == ["July 11, 2026"]


def test_a_folder_without_copies_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MaterialError, match="holds no copies"):
        Copies(tmp_path)


def test_planted_changes_are_reported_and_unchanged_copies_are_not() -> None:
    if not COPIES.exists():
        pytest.skip("the copies of the official documentation are not here")
    found = list(note_statements(NOTES, HOSTS))
    comparer, pages = Comparer(found), Copies(COPIES)
    anchors = comparer.anchors(pages)
    assert comparer.compare(pages, anchors).lost == ()
    plants = find_plants(comparer, pages, seed=4, count=200)
    assert len(plants) == 200
    assert sum(found_share(comparer, pages, anchors, plants, 4)) >= 190


def test_the_address_of_a_page_has_no_place_on_it() -> None:
    assert page_of(f"{ADDRESS}/?hl=en#limits") == ADDRESS
