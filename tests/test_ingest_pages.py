from pathlib import Path

import pytest

from ingest.errors import MaterialError
from ingest.pages import Page, normalise, read_pages
from ingest.settings import ReadingSettings
from ingest.sources import Source
from tests.conftest import SHARED, make_pdf

GUIDE = SHARED / "reference" / "exam-guide-3.1.pdf"


def read(path: Path, *, max_megabytes: int = 10, max_pages: int = 100) -> list[Page]:
    return read_pages(Source(path.name, path, "0"), ReadingSettings(max_megabytes=max_megabytes, max_pages=max_pages))


def test_pdf_pages_are_numbered_as_a_reader_counts_and_blank_pages_count(tmp_path: Path) -> None:
    pages = read(make_pdf(tmp_path / "a.pdf", [["Alpha."], [], ["Gamma."]]))
    assert [(page.number, page.text) for page in pages] == [(1, "Alpha."), (3, "Gamma.")]


def test_running_headers_and_page_numbers_are_dropped(tmp_path: Path) -> None:
    lines = [["Course notes", f"Text of page {word}.", f"Page {number} of 3"] for number, word in enumerate("xyz", 1)]
    assert [page.text for page in read(make_pdf(tmp_path / "a.pdf", lines))] == [
        f"Text of page {word}." for word in "xyz"
    ]


def test_hyphenated_words_are_joined_unless_the_document_writes_them_so(tmp_path: Path) -> None:
    path = make_pdf(tmp_path / "a.pdf", [["A real-time sys-", "tem is real-", "time."]])
    assert read(path)[0].text == "A real-time system is real-time."


def test_ligatures_bullets_and_invisible_characters_are_normalised_and_powers_kept() -> None:
    assert normalise("ﬁne\u00a0●\u200b 10²\r\nnext\x00") == "fine • 10²\nnext"


@pytest.mark.skipif(not GUIDE.exists(), reason="the reference guide is not here")
def test_letters_that_a_broken_font_table_loses_are_restored() -> None:
    text = " ".join(page.text for page in read(GUIDE))
    assert "platforms" in text
    assert "Kubeflow" in text
    assert "Dialogflow" in text
    assert "\ufffd" not in text


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.md", b"", "is empty"),
        ("blank.txt", b" \n ", "holds no text"),
        ("broken.pdf", b"%PDF-1.4 nonsense", "not a PDF we can open"),
        ("binary.txt", b"\x00\x01\x02\x00", "not a text file"),
        ("data.xyz", b"text", "not a format we read"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_is_the_matter(
    tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(MaterialError, match=says) as caught:
        read(tmp_path / name)
    assert name in str(caught.value)


def test_a_pdf_without_text_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(MaterialError, match="OCR"):
        read(make_pdf(tmp_path / "scan.pdf", [[], []]))


def test_an_encrypted_pdf_says_so(tmp_path: Path) -> None:
    import pypdf

    writer = pypdf.PdfWriter(clone_from=make_pdf(tmp_path / "a.pdf", [["Secret."]]))
    writer.encrypt("password", algorithm="RC4-128")
    writer.write(tmp_path / "locked.pdf")
    with pytest.raises(MaterialError, match="encrypted"):
        read(tmp_path / "locked.pdf")


def test_bounds_on_size_and_pages_are_kept(tmp_path: Path) -> None:
    path = make_pdf(tmp_path / "a.pdf", [["one"], ["two"], ["three"]])
    with pytest.raises(MaterialError, match="max_pages"):
        read(path, max_pages=2)
    (tmp_path / "big.txt").write_text("x" * 1_100_000)
    with pytest.raises(MaterialError, match="larger than 1 MB"):
        read(tmp_path / "big.txt", max_megabytes=1)


def test_two_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=A4, invariant=1)
    for column, left in (("left", 60), ("right", 320)):
        for line in range(20):
            canvas.drawString(left, 770 - 16 * line, f"The {column} column, line {line}.")
    canvas.save()
    text = read(tmp_path / "a.pdf")[0].text
    assert text.index("left column, line 19") < text.index("right column, line 0")
