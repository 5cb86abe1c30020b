from assistant.footnotes import official_at
from ui.notes import (
    Section,
    contents,
    is_drawable,
    parts,
    section_at,
    section_html,
    sections,
    without_footnotes,
)

NOTE = """# Formats

Read this first.

## Batch input

| Format | Fits |
|---|---|
| TFRecord | many files [^batch] |

- CSV is **flat**.[^batch] It is small.

```python
# not a heading
```

## After it

<script>alert(1)</script> ![picture](https://example.org/x.png) [here](javascript:x) [note](other.md)

[^batch]: https://docs.example.org/batch-inference
[^other]: https://docs.example.org/other
"""


def place(words: str) -> tuple[int, int]:
    return NOTE.index(words), NOTE.index(words) + len(words)


def test_a_note_is_cut_at_its_headings_and_not_inside_code() -> None:
    assert [one.title for one in sections(NOTE)] == ["Formats", "Batch input", "After it"]
    assert sections(NOTE)[section_at(sections(NOTE), NOTE.index("TFRecord"))].title == "Batch input"


def test_a_heading_without_words_stays_with_the_next_one() -> None:
    assert [one.title for one in sections("# A\n\n## B\n\nWords.\n")] == ["B"]


def test_a_quote_across_a_table_row_and_a_list_is_marked_without_breaking_them() -> None:
    start, end = place("| TFRecord | many files [^batch] |")
    shown = section_html(NOTE, sections(NOTE)[1], start, end)
    assert "<td><mark>TFRecord</mark></td>" in shown
    assert "<td><mark>many files</mark></td>" in shown
    start, end = place("- CSV is **flat**.[^batch] It is small.")
    shown = section_html(NOTE, sections(NOTE)[1], start, end)
    assert "<li><mark>CSV is <strong>flat</strong>. It is small.</mark></li>" in shown


def test_footnotes_are_out_of_sight_and_their_addresses_are_official_pages() -> None:
    section = sections(NOTE)[1]
    assert "[^" not in section_html(NOTE, section)
    official = official_at(NOTE, section.start, section.end, ["docs.example.org"])
    assert [one.address for one in official] == ["https://docs.example.org/batch-inference"]
    assert official_at(NOTE, section.start, section.end, ["docs.cloud.google.com"]) == ()
    assert without_footnotes("Jobs do not scale.[^a] They wait.") == "Jobs do not scale. They wait."


def test_a_note_can_neither_run_anything_nor_fetch_anything() -> None:
    shown = section_html(NOTE, sections(NOTE)[2])
    assert "<script>" not in shown
    assert "<img" not in shown
    assert "javascript:" not in shown.replace("(javascript:x)", "")
    assert 'href="other.md"' not in shown


DRAWN = """# Flow

Before it.

```mermaid
flowchart TD
  A[Who waits?] --> B[Nobody]
```

After it.

### Details

```python
# Not a heading
```
"""


def test_a_diagram_is_cut_out_of_the_text_around_it() -> None:
    found = parts(DRAWN, sections(DRAWN)[0])
    assert [bool(part.diagram) for part in found] == [False, True, False]
    assert found[1].diagram.startswith("flowchart TD")
    assert "Before it." in DRAWN[found[0].start : found[0].end]


def test_a_diagram_that_could_do_more_than_be_drawn_is_shown_as_text() -> None:
    assert is_drawable(parts(DRAWN, sections(DRAWN)[0])[1].diagram)
    for line in (
        'click A "https://example.org"',
        "A[<img src=x>]",
        '%%{init: {"theme": "dark"}}%%',
        'A@{ img: "x.png" }',
        "B[javascript:alert(1)]",
    ):
        assert not is_drawable(f"flowchart TD\n  {line}")


def test_a_quote_is_marked_in_the_parts_it_reaches_into() -> None:
    start = DRAWN.index("Before")
    first, _, last = parts(DRAWN, sections(DRAWN)[0])
    ends = DRAWN.index("After it.") + len("After it.")
    for part, words in ((first, "Before it."), (last, "After it.")):
        assert f"<mark>{words}</mark>" in section_html(DRAWN, Section("", part.start, part.end), start, ends)


def test_contents_name_headings_and_no_code() -> None:
    assert contents(DRAWN) == [(1, "Flow", 0), (3, "Details", 1)]
    many = "".join(f"## Part {number}\n\nWords.\n\n### Detail\n\nMore.\n\n" for number in range(6))
    assert {level for level, _, _ in contents(many)} == {2}


def test_a_heading_has_an_anchor() -> None:
    assert '<h3 id="here">' in section_html(DRAWN, sections(DRAWN)[1], anchor="here")


def test_a_formula_on_lines_of_its_own_is_set_apart_and_prices_are_not() -> None:
    page = "# Loss\n\nIt costs $5, and $$2$$ is inline.\n\n$$\n\\frac{a}{b}\n$$\n\nMore.\n\n$$x^2$$\n"
    found = parts(page, sections(page)[0])
    assert [part.formula for part in found] == ["", "\\frac{a}{b}", "", "x^2"]
    assert "".join(page[part.start : part.end] for part in found) == page.rstrip("\n") + "\n"
