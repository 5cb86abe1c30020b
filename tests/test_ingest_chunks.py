from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.chunks import Chunk, chunk_pages
from ingest.embeddings import Embedder
from ingest.pages import Page, normalise
from ingest.sources import Source
from tests.test_ingest_units import PIECES

SOURCE = Source("a.md", Path("a.md"), "0")


def words(texts: list[str]) -> list[int]:
    """A tokenizer whose numbers a person can check: one token a word."""
    return [len(text.split()) for text in texts]


def chunk(*texts: str, limit: int = 20) -> list[Chunk]:
    pages = [Page(SOURCE, number, text) for number, text in enumerate(texts, start=1)]
    return chunk_pages(pages, count_tokens=words, limit=limit)


@settings(deadline=None)  # the first example imports the parser
@given(st.lists(st.one_of(st.text(), st.lists(st.sampled_from(PIECES)).map("\n".join)), max_size=4))
def test_every_chunk_stands_at_its_offsets_and_chunks_tile_each_page(texts: list[str]) -> None:
    texts = [normalise(text) for text in texts]
    chunks = chunk(*texts)
    for one in chunks:
        assert texts[one.page - 1][one.start : one.end] == one.text
    for number, text in enumerate(texts, start=1):
        joined = "".join(one.text for one in chunks if one.page == number)
        assert joined == text


def test_no_chunk_is_longer_than_the_model_reads(embedder: Embedder) -> None:
    text = "# A heading\n\n" + "The quick brown fox jumps over the lazy dog and retrains a model. " * 60 + "word" * 900
    for one in chunk_pages([Page(SOURCE, 1, text)], count_tokens=embedder.count_tokens, limit=200):
        assert embedder.count_tokens([one.embedded().text])[0] <= embedder.max_tokens - 2


def test_a_chunk_carries_the_headings_it_stands_under() -> None:
    chunks = chunk("# One\n\nFirst.\n\n## Two\n\nSecond.\n\n# Three\n\nThird.")
    assert [one.heading_path for one in chunks] == [("One",), ("One", "Two"), ("Three",)]


def test_headings_go_on_over_the_page_break() -> None:
    chunks = chunk("Section 6: Monitoring AI\n6.1 Identifying risks\n• one", "• two")
    assert chunks[-1].page == 2
    assert chunks[-1].heading_path == ("Section 6: Monitoring AI", "6.1 Identifying risks")


def test_chunks_of_one_section_are_of_about_equal_size() -> None:
    sizes = [len(one.text.split()) for one in chunk("Five words are in here. " * 6, limit=20)]
    assert sizes == [15, 15]


def test_the_id_changes_with_text_place_and_heading_and_with_nothing_else() -> None:
    one = Chunk("a.md", 1, 0, "text", ("H",))
    assert one.id == Chunk("a.md", 1, 0, "text", ("H",)).id
    others = [Chunk("b.md", 1, 0, "text", ("H",)), Chunk("a.md", 2, 0, "text", ("H",)), Chunk("a.md", 1, 1, "text", ("H",)),
              Chunk("a.md", 1, 0, "texT", ("H",)), Chunk("a.md", 1, 0, "text", ("G",))]  # fmt: skip
    assert one.id not in {other.id for other in others}


def test_a_printed_page_number_comes_before_the_place_in_the_file() -> None:
    assert Chunk("a.pdf", 11, 0, "text", (), "7").locator == "7 (page 11 of the file)"
    assert Chunk("a.pdf", 11, 0, "text").locator == "page 11"


def test_embedded_text_holds_headings_and_words_but_no_addresses() -> None:
    text = "## Drift\n\nDrift means change.[^a] See [docs](https://example.org/x).\n\n[^a]: https://example.org/y\n"
    assert chunk(text)[0].embedded().text == "Drift\nDrift means change. See docs."


def test_items_stand_under_the_item_above_them_and_nothing_else_does() -> None:
    text = "# Heron\n\n- Needs:\n  - a signed image\n- Logs are kept for 3 days.\n\nAll of it is free.\n"
    paths = {one.heading_path: one.text.strip() for one in chunk(text)}
    assert paths["Heron", "Needs"].endswith("a signed image")
    assert paths["Heron",].endswith("All of it is free.")


def test_a_file_name_is_the_title_of_a_note_that_has_none() -> None:
    def path(name: str, text: str) -> tuple[str, ...]:
        page = Page(Source(name, Path(name), "0"), 1, text)
        return chunk_pages([page], count_tokens=words, limit=20)[0].heading_path

    assert path("notes/Drift Lantern.md", "Compares inputs.") == ("Drift Lantern",)
    assert path("drift-lantern.txt", "Compares inputs.") == ("drift lantern",)
    assert path("Drift Lantern 0123456789abcdef0123456789abcdef.md", "Compares.") == ("Drift Lantern",)
    assert path("x.md", "# Lantern\n\nCompares inputs.") == ("Lantern",)
    assert path("README.md", "Compares inputs.") == ()
    assert path("scan.pdf", "Compares inputs.") == ()


def test_a_chunk_from_the_middle_of_a_block_knows_what_it_is() -> None:
    text = "```python\n" + "".join(f"step_{number} = run({number})\n" for number in range(30)) + "```\n"
    assert {unit.kind.value for one in chunk(text) for unit in one.units} == {"code"}
    assert all("```" not in one.embedded().text for one in chunk(text))


def test_a_row_is_searched_with_the_names_of_its_columns_wherever_the_table_is_cut() -> None:
    text = "| Size | Memory |\n|---|---|\n" + "".join(
        f"| F{number} | {number} GB of fast memory |\n" for number in range(9)
    )
    chunks = chunk(text)
    assert len(chunks) > 1
    assert "F8 · Memory: 8 GB of fast memory" in chunks[-1].embedded().text


def test_units_come_back_from_the_index_as_they_were() -> None:
    from ingest.index import _packed, _unpacked

    text = "# A\n\n| x | y |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n\n- Needs:\n  - one\n\nText.\n"
    for one in chunk(text, limit=100):
        assert tuple(_unpacked(_packed(one.cut), len(one.text))) == one.cut


def test_a_chunk_that_begins_inside_a_table_knows_its_header_and_each_number_its_column() -> None:
    rows = "\n".join(f"| machine {name} | {number} GB | 0.{number} |" for number, name in enumerate("abcdefgh", 10))
    chunks = chunk(f"| Type | Memory | Price |\n| --- | --- | --- |\n{rows}", limit=40)
    assert len(chunks) > 1
    last = chunks[-1]
    assert {unit.header for unit in last.units} == {"| Type | Memory | Price |"}
    assert "machine h · Memory: 17 GB · Price: 0.17" in last.embedded().text


def test_the_end_of_a_sentence_that_is_printed_on_the_next_page_is_known_to_its_chunk() -> None:
    text = "It is small. The watcher stops the rollout and pages the engineer."
    carried = len("stops the rollout and pages the engineer.")
    chunks = chunk_pages([Page(SOURCE, 1, text, carried=carried)], count_tokens=words, limit=50)
    assert [one.carried for one in chunks] == [carried]
