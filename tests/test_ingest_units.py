from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ingest.units import Kind, plain, split_units

PIECES = """# Title
## Part
- item one
* item
1. first
| a | b |
|---|---|
| 1 | 2 |

```
code
A sentence. Another one!
Section 3: Scaling (~18%)
6.1 Identifying risks
[^x]: https://example.org/a
---
title: A page
wrapped line that goes on
Dr. Smith uses e.g. BigQuery.
\t- deep
é ﬁ 10²""".splitlines()


@given(st.one_of(st.text(), st.lists(st.sampled_from(PIECES)).map("\n".join)))
def test_units_tile_the_text_without_gap_or_overlap(text: str) -> None:
    units = split_units(text)
    assert "".join(text[unit.start : unit.end] for unit in units) == text
    for before, after in pairwise(units):
        assert before.end == after.start


def kinds(text: str) -> list[tuple[str, str]]:
    return [(unit.kind.value, text[unit.start : unit.end].strip()) for unit in split_units(text)]


def test_sentences_are_cut_at_their_end_and_not_at_abbreviations() -> None:
    assert kinds("Use e.g. BigQuery ML v1.2. It is fast.") == [
        ("prose", "Use e.g. BigQuery ML v1.2."),
        ("prose", "It is fast."),
    ]


def test_a_name_with_a_full_stop_inside_is_not_cut() -> None:
    assert kinds("ML.PREDICT scores rows. See ML.EVALUATE.") == [
        ("prose", "ML.PREDICT scores rows."),
        ("prose", "See ML.EVALUATE."),
    ]


def test_a_footnote_mark_belongs_to_the_sentence_before_it() -> None:
    assert kinds("Rows are limited.[^a][^b] Older notes differ.[^c]") == [
        ("prose", "Rows are limited.[^a][^b]"),
        ("prose", "Older notes differ.[^c]"),
    ]


def test_a_list_item_keeps_its_continuation_lines() -> None:
    assert kinds("• one that\ngoes on\n• two") == [("item", "• one that\ngoes on"), ("item", "• two")]


def test_a_table_has_a_header_and_rows_and_its_rule_is_never_quoted() -> None:
    found = [kind for kind, _ in kinds("| Need | Choose |\n|---|---|\n| speed | cache |")]
    assert found == ["header", "aside", "row"]


def test_footnote_addresses_and_front_matter_are_asides() -> None:
    text = "---\ntitle: My page\n---\nA sentence.\n\n[^a]: https://example.org\n"
    assert [kind for kind, _ in kinds(text)] == ["aside", "prose", "aside"]
    assert split_units(text)[0].title == "My page"


def test_a_numbered_heading_of_a_printed_guide_is_a_heading_even_when_it_wraps() -> None:
    text = (
        "2.1 Exploring and preprocessing organization-wide data (e.g., Cloud Storage, BigQuery,\n"
        "Spanner, Cloud SQL). Considerations include:\n• Organizing data"
    )
    heading, item = split_units(text)
    assert heading.kind is Kind.HEADING
    assert heading.title.endswith("Considerations include:")
    assert item.kind is Kind.ITEM


def test_a_sentence_that_begins_with_a_section_number_is_not_a_heading() -> None:
    assert kinds("Section 2 grew from 14 to 16 percent.")[0][0] == "prose"


def test_a_short_line_alone_above_a_paragraph_is_a_heading() -> None:
    assert kinds("Result\n\nGoogle publishes no passing score.")[0] == ("heading", "Result")


def test_code_fences_stay_whole() -> None:
    assert kinds("```sql\nSELECT 1. FROM t\n```\nDone.") == [
        ("code", "```sql\nSELECT 1. FROM t\n```"),
        ("prose", "Done."),
    ]


def test_plain_removes_markup_and_keeps_every_word() -> None:
    assert plain("**Bold** [link](https://a.b) `code`.[^note]") == "Bold link code."
    assert plain("| a | b |") == "a · b"
    assert plain("snake_case * 2") == "snake_case * 2"
