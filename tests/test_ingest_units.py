from itertools import pairwise

import pytest
from hypothesis import given, settings
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


@settings(deadline=None)  # the first example imports the parser
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


@pytest.mark.parametrize(
    "text",
    [
        "-" * 40_000 + "x",
        "# a" + " " * 40_000 + "b",
        "# a" + "\u00a0" * 40_000 + "b",
        "**a" * 13_000,
        "[^" * 20_000,
        "[a](" * 10_000,
        "| " * 20_000 + "x",
        "---\ntitle:" + " " * 40_000 + "x\n---\n",
    ],
    ids=lambda text: text[:6],
)
def test_a_long_line_of_markup_is_cut_in_linear_time(text: str) -> None:
    """Each of these took minutes to hours with patterns that try every way to share the same characters."""
    assert "".join(text[unit.start : unit.end] for unit in split_units(text)) == text
    assert len(plain(text)) <= len(text)


@pytest.mark.parametrize(
    "line",
    [
        ">" * 40_000,
        "- " * 20_000 + "x",
        "`a" * 20_000,
        "$a" * 20_000,
        "*a_" * 13_000,
        '"' * 40_000,
        "<b" * 20_000,
        "| a\n" * 10_000,
        "a | b\n--- | ---\n" + "c | d\n" * 10_000,
        "\n".join("  " * depth + "- x" for depth in range(300)),
        "1.1 x\n" * 10_000,
        "A line\n" * 10_000,
        "A line\n\n" * 10_000,
        "**x**\n\n" * 5_000,
    ],
    ids=lambda text: text[:6],
)
def test_more_hostile_markup_is_cut_in_linear_time(line: str) -> None:
    assert "".join(line[unit.start : unit.end] for unit in split_units(line)) == line
    assert len(plain(line)) <= len(line) * 2


# Common Markdown


def test_an_underlined_line_is_a_heading_and_a_rule_below_a_sentence_is_none() -> None:
    assert [(unit.title, unit.level) for unit in split_units("Title\n=====\n\nPart\n----\n\nText.") if unit.title] == [
        ("Title", 1),
        ("Part", 2),
    ]
    assert kinds("A gate opens at 6.\n---\nAnother closes at 7.") == [
        ("prose", "A gate opens at 6."),
        ("aside", "---"),
        ("prose", "Another closes at 7."),
    ]


def test_a_table_without_outer_pipes_has_rows() -> None:
    assert kinds("Size | Price\n--- | ---\nF1 | 0.20\nF2 | 0.80\n\nDone.") == [
        ("header", "Size | Price"),
        ("aside", "--- | ---"),
        ("row", "F1 | 0.20"),
        ("row", "F2 | 0.80"),
        ("prose", "Done."),
    ]


def test_indented_code_is_code_and_an_indented_paragraph_is_not() -> None:
    assert kinds("Run it:\n\n    x = load(1)\n    y = fit(x)\n")[1] == ("code", "x = load(1)\n    y = fit(x)")
    assert (
        kinds("Intro here.\n\n    The first line of a paragraph is often\n    indented in plain text.\n")[1][0]
        == "prose"
    )


def test_a_fenced_block_in_a_list_and_in_a_long_fence_stays_whole() -> None:
    assert [kind for kind, _ in kinds("- item\n  ```py\n  x = 1\n  ```\n- next")] == ["item", "code", "item"]
    assert [kind for kind, _ in kinds("````\n```\ninner\n```\n````\nAfter.")] == ["code", "prose"]


def test_code_formulas_and_python_names_lose_nothing() -> None:
    assert plain("`__call__` and __init__ set **4** layers") == "__call__ and __init__ set 4 layers"
    assert plain("weights $w^*$ and $b^*$ stop") == "weights $w^*$ and $b^*$ stop"
    assert plain("written `load | clean | fit` in 3 stages") == "written load | clean | fit in 3 stages"
    assert plain("f(*args, **kwargs) costs $5 and $10") == "f(*args, **kwargs) costs $5 and $10"
    assert plain("``a `b` c`` and \\* star") == "a `b` c and * star"


def test_an_escaped_pipe_stays_in_its_cell() -> None:
    from ingest.tables import cells, write_row

    assert cells("| `a \\| b` | c |") == ["`a | b`", "c"]
    assert cells("a | b |") == ["a", "b"]
    assert cells("| | b |") == ["", "b"]
    assert cells(write_row(["x | y", "two\nlines"])) == ["x | y", "two lines"]
    assert plain("| `a \\| b` | c |") == "a | b · c"


# Lines without a full stop


def test_notes_of_lone_lines_are_units_where_the_page_marks_its_headings() -> None:
    notes = "# Quarry\n\nQuarry is a service for batch work\n\nQuarry Lite runs a job without a machine type\n"
    assert [kind for kind, _ in kinds(notes)] == ["heading", "prose", "prose"]


def test_notes_of_lone_lines_without_any_heading_are_units() -> None:
    assert [kind for kind, _ in kinds("Gates open at six\n\nGates close at ten\n\n---\n\nKeys are kept by Ann\n")] == [
        "prose",
        "prose",
        "aside",
        "prose",
    ]


def test_lines_that_end_on_purpose_are_units_of_their_own() -> None:
    text = "Region: us-central1\nQuota: 5 GPUs\nThe owner of the quota is asked by mail before a larger one is set\n"
    assert [words for _, words in kinds(text)][:2] == ["Region: us-central1", "Quota: 5 GPUs"]


def test_wrapped_lines_are_one_sentence() -> None:
    text = (
        "The scheduler of Heron starts its jobs in the order of the\nDeadline Table and stops those that run for longer "
        "than\nfive hours.\n"
    )
    assert len(kinds(text)) == 1


def test_an_outline_in_plain_text_keeps_its_levels() -> None:
    text = "1. Needs of the job.\n1.1 a signed image\n1.2 a bucket\n2. Limits of the job.\n2.1 at most 6 hours\n"
    units = split_units(text)
    assert [(unit.kind.value, unit.title) for unit in units if unit.title] == [
        ("heading", "Needs of the job"),
        ("heading", "Limits of the job"),
    ]
    assert [text[unit.start : unit.end].strip() for unit in units if unit.kind is Kind.ITEM] == [
        "1.1 a signed image",
        "1.2 a bucket",
        "2.1 at most 6 hours",
    ]


def test_front_matter_gives_titles_tags_and_other_names() -> None:
    from ingest.units import unit_words

    text = "---\naliases: [Ember cache]\ntags:\n  - exam/section4\n---\n# Ember\n"
    front = split_units(text)[0]
    assert (front.kind, front.title) == (Kind.PROPERTIES, "Ember cache")
    assert unit_words(text[: front.end], front) == "exam/section4 Ember cache"


def test_a_rule_at_the_top_of_notes_is_no_front_matter() -> None:
    assert kinds("---\n\nGates open at six.\n\n---\n\nMore.")[1] == ("prose", "Gates open at six.")


def test_a_number_of_an_outline_is_no_word_of_its_item_and_an_amount_is() -> None:
    from ingest.units import unit_words

    def words(text: str) -> list[str]:
        return [unit_words(text[unit.start : unit.end], unit) for unit in split_units(text) if unit.kind is Kind.ITEM]

    assert words(
        "1. Needs of the job.\n1.1 a signed image\n1.2 a bucket\n2. Limits of the job.\n2.1 at most 6 hours\n"
    ) == [
        "a signed image",
        "a bucket",
        "at most 6 hours",
    ]
    assert words("1.5 GB of memory for each job\n2.5 GB of disk for each job\n") == [
        "1.5 GB of memory for each job",
        "2.5 GB of disk for each job",
    ]
