import json
from pathlib import Path

import pytest

from ingest.formats.markdown import clean_markdown
from ingest.pages import read_pages
from ingest.settings import ReadingSettings
from ingest.sources import Source
from ingest.units import Kind, split_units


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("by [[Feeder|the nightly feeder]] and [[Model Server]]", "by the nightly feeder and Model Server"),
        ("see [[Server#Limits]] and [[#Limits]]", "see Server > Limits and Limits"),
        ("| [[Feeder\\|nightly]] |", "| nightly |"),
        ("==Ember holds 512 entries.== %% check %%", "Ember holds 512 entries."),
        ("A line. ^block-id", "A line. "),
        ("![[Pasted image.png]]", ""),
        ("%%\na comment\nof lines\n%%\nText.", "\nText."),
        ("Text <!-- hidden --> goes on", "Text  goes on"),
        ("x<sup>2</sup> and H<sub>2</sub>O", "x² and H2O"),
        ("![A diagram of boxes](x.png)", "Picture: A diagram of boxes"),
        ("![image1](x.png)", ""),
        (
            "a [badge ![](b.svg)](http://x.y) [ref][1]\n\n[1]: http://a.b",
            "a [badge ](http://x.y) ref\n\n[1]: http://a.b",
        ),
        ("[image1]: <data:image/png;base64,AAAA>", ""),
        ("<aside>\n💡 A hint.\n</aside>", "\n💡 A hint.\n"),
    ],
)
def test_notes_read_as_their_tool_shows_them(written: str, shown: str) -> None:
    assert clean_markdown(written) == shown


@pytest.mark.parametrize(
    "text",
    [
        "`==x== [[link]] <!-- kept -->` and a == b == c",
        "```\n[[link]] ==x== %% kept %%\n```\n",
        "a matrix [[1, 2], [3, 4]] and [[ -f file ]]",
        "use %%bigquery and %%time, 100%% sure",
        "List<String> and <PROJECT_ID> and a < b > c",
        "10 ^2 and x^*",
        "A [link](https://example.org/a_(b)) stays.",
        "never closed: <!-- and ==x and %% y",
    ],
)
def test_code_and_what_only_looks_like_notes_stays(text: str) -> None:
    assert clean_markdown(text) == text


@pytest.mark.parametrize("fold", ["", "-", "+"])
def test_a_callout_loses_its_mark_and_keeps_its_title_apart(fold: str) -> None:
    text = clean_markdown(f"> [!important]{fold} Eviction\n> Ember drops the oldest entry.\n")
    units = [text[unit.start : unit.end].strip("> \n") for unit in split_units(text) if unit.kind is Kind.PROSE]
    assert units == ["**Eviction**", "Ember drops the oldest entry."]
    assert "[!" not in clean_markdown("> [!note]\n> Text.\n")


def test_an_html_table_becomes_rows_even_over_blank_lines() -> None:
    text = clean_markdown(
        "Sizes:\n\n<table>\n<tr><th>Size</th><th>Price</th></tr>\n\n<tr><td>F1</td><td>0.20</td></tr>\n</table>\n"
    )
    assert [unit.kind for unit in split_units(text)] == [Kind.PROSE, Kind.HEADER, Kind.ASIDE, Kind.ROW]


@pytest.mark.parametrize(
    "text",
    ["<!--" * 10_000, "%% " * 13_000, "[[" * 20_000, "<table" * 6_000, "==a" * 13_000, "<table>" * 3_000 + "</table>" * 3_000,
     "[a][" * 10_000, "<sup>" * 8_000, " ^" * 20_000],
    ids=lambda text: text[:7],
)  # fmt: skip
def test_hostile_notes_are_cleaned_in_linear_time(text: str) -> None:
    assert len(clean_markdown(text)) <= len(text)


def test_a_notebook_gives_its_text_code_and_what_the_code_printed(tmp_path: Path) -> None:
    frame = (
        "<table><thead><tr><th></th><th>loss</th></tr></thead><tbody><tr><th>0</th><td>0.5</td></tr></tbody></table>"
    )
    outputs = [
        {"output_type": "stream", "text": ["10%\r", "100%\r100% done\n", "\x1b[31mred\x1b[0m\n"]},
        {"output_type": "execute_result", "data": {"text/html": [frame], "text/plain": ["loss"]}},
        {
            "output_type": "display_data",
            "data": {"image/png": "AAAA", "text/plain": ["<Figure size 640x480 with 1 Axes>"]},
        },
        {"output_type": "error", "ename": "ValueError", "evalue": "bad shape", "traceback": ["..."]},
    ]
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Training\n", "Scale ==features== first."]},
        {"cell_type": "code", "metadata": {}, "source": ["model.fit(x)"], "outputs": outputs},
        {"cell_type": "raw", "metadata": {}, "source": ["raw"]},
    ]
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}))
    text = read_pages(Source("a.ipynb", tmp_path / "a.ipynb", "0"), ReadingSettings())[0].text
    assert "# Training\nScale features first." in text
    assert "```python\nmodel.fit(x)\n```" in text
    assert "100% done\nred" in text
    assert "|  | loss |\n|---|---|\n| 0 | 0.5 |" in text
    assert "ValueError: bad shape" in text
    assert "Figure" not in text
    assert "AAAA" not in text


def test_a_long_output_is_folded(tmp_path: Path) -> None:
    output = {"output_type": "stream", "text": [f"step {number}\n" for number in range(500)]}
    cell = {"cell_type": "code", "metadata": {}, "source": ["train()"], "outputs": [output]}
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": [cell], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}))
    text = read_pages(Source("a.ipynb", tmp_path / "a.ipynb", "0"), ReadingSettings())[0].text
    assert "step 29\n…\nstep 470" in text
