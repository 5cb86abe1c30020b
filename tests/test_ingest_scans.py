"""Pages that are only pictures: read by OCR where it is installed, else named with what brings it."""

import importlib.util
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from ingest.errors import MaterialError
from ingest.ocr import ReadPicture
from ingest.pages import read_document
from ingest.raw import RawPage, RawPages, page_list
from ingest.scans import with_scans
from ingest.settings import ReadingSettings
from ingest.sources import Source
from ingest.worker import ParserProcess
from tests.conftest import make_pdf

SAID = "The Copper valve opens at 40 bar."
needs_ocr = pytest.mark.skipif(
    importlib.util.find_spec("rapidocr_onnxruntime") is None, reason='pip install "groundwork-study[ocr]"'
)


def picture(path: Path, *lines: str) -> Path:
    """A picture of printed lines, as a scanner makes it."""
    image = Image.new("RGB", (1000, 400), "white")
    font = ImageFont.load_default(size=36)
    for number, line in enumerate(lines):
        ImageDraw.Draw(image).text((60, 60 + 60 * number), line, fill="black", font=font)
    image.save(path)
    return path


def mixed_pdf(folder: Path) -> Path:
    """Three pages: text, the picture of a page, text."""
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas

    scan = picture(folder / "scan.png", SAID, "It closes at 12 bar.")
    canvas = Canvas(str(folder / "mixed.pdf"), pagesize=A4, invariant=1)
    for number in (1, 2, 3):
        if number == 2:
            canvas.drawImage(str(scan), 20, 200, width=555, height=222)
        else:
            canvas.drawString(72, 700, f"This page of the report, number {number}, is made of letters.")
        canvas.showPage()
    canvas.save()
    return folder / "mixed.pdf"


def source(path: Path) -> Source:
    return Source(path.name, path, "0")


def test_a_scanned_page_is_named_with_the_command_that_brings_ocr(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.scans.is_installed", lambda: False)
    document = read_document(source(mixed_pdf(tmp_path)), ReadingSettings())
    assert [page.number for page in document.pages] == [1, 3]
    assert document.notes == (
        'Page 2 has no text, only a picture of it. `pip install "groundwork-study[ocr]"` brings what reads it; '
        "then add the file again.",
    )


def test_a_picture_without_ocr_is_refused_with_the_command_that_brings_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.scans.is_installed", lambda: False)
    with pytest.raises(MaterialError, match=r"holds no text.*groundwork-study\[ocr\]"):
        read_document(source(picture(tmp_path / "board.png", SAID)), ReadingSettings())


@needs_ocr
def test_a_scanned_page_is_read_page_by_page_and_said_to_be(tmp_path: Path) -> None:
    reading = ReadingSettings(max_seconds=300, max_memory_megabytes=4000)
    with ParserProcess(reading, count_tokens=lambda texts: [len(text.split()) for text in texts], limit=200) as parser:
        cut = parser.read(source(mixed_pdf(tmp_path)))
    assert [chunk.page for chunk in cut.chunks] == [1, 2, 3]
    assert "opens at 40 bar" in cut.chunks[1].text
    assert cut.notes[0].startswith("Page 2 by OCR, ")


@needs_ocr
@pytest.mark.parametrize("name", ["board.png", "board.jpg", "board.webp"])
def test_a_picture_is_read_like_a_page(tmp_path: Path, name: str) -> None:
    document = read_document(source(picture(tmp_path / name, SAID)), ReadingSettings())
    assert "opens at 40 bar" in document.pages[0].text


@needs_ocr
def test_a_damaged_picture_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n nonsense")
    with pytest.raises(MaterialError, match="not a picture we can open"):
        read_document(source(tmp_path / "a.png"), ReadingSettings())


def test_pages_that_were_hard_to_read_or_failed_are_named() -> None:
    def read(number: int) -> ReadPicture:
        if number == 3:
            raise MaterialError("The engine stopped.")
        return ReadPicture({1: "sure", 2: "hardly", 4: ""}[number], {1: 0.98, 2: 0.6, 4: 0.0}[number])

    raw = with_scans(RawPages((RawPage(""),) * 4, ("Before.",), (1, 2, 3, 4)), read, installed=True)
    assert [page.text for page in raw.pages] == ["sure", "hardly", "", ""]
    assert raw.notes == (
        "Before.",
        "Pages 1 and 2 by OCR, 79% certain on average.",
        "Page 2 was hard to read; check it against the file.",
        "Page 3 could not be read by OCR and left out: The engine stopped.",
        "Page 4 has no text that OCR could find.",
    )


def test_an_empty_page_is_not_called_a_scan(tmp_path: Path) -> None:
    document = read_document(source(make_pdf(tmp_path / "a.pdf", [["One."], [], ["Three."]])), ReadingSettings())
    assert document.notes == ()


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ([2], "page 2"),
        ([2, 3], "pages 2 and 3"),
        ([1, 3, 4, 5, 9], "pages 1, 3-5 and 9"),
        (list(range(1, 40, 2)), "more"),
    ],
)
def test_page_numbers_are_listed_as_a_person_lists_them(numbers: list[int], said: str) -> None:
    assert said in page_list(numbers)
