import json
import zipfile
from pathlib import Path

import pytest

from ingest.errors import MaterialError
from ingest.pages import Page, read_pages
from ingest.settings import ReadingSettings
from ingest.sources import Source


def read(path: Path) -> list[Page]:
    return read_pages(Source(path.name, path, "0"), ReadingSettings(max_megabytes=10, max_pages=100))


def test_a_web_page_loses_its_scripts_and_keeps_headings_and_tables(tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    page.write_text(
        "<html><head><title>T</title><script>steal()</script><style>p{}</style></head><body><h1>Drift</h1>"
        "<p>Drift means <b>change</b>.</p><table><tr><th>Need</th><th>Choose</th></tr><tr><td>speed</td><td>cache</td>"
        "</tr></table></body></html>"
    )
    (only,) = read(page)
    assert "# Drift" in only.text
    assert "| speed | cache |" in only.text
    assert "steal" not in only.text


def test_a_slide_is_a_page(tmp_path: Path) -> None:
    from pptx import Presentation

    deck = Presentation()
    for title in ("Skew", "Drift"):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = f"{title} is watched in production."
    deck.save(str(tmp_path / "a.pptx"))
    assert [page.number for page in read(tmp_path / "a.pptx")] == [1, 2]
    assert "Drift is watched" in read(tmp_path / "a.pptx")[1].text


def test_a_word_document_keeps_its_headings(tmp_path: Path) -> None:
    body = (
        '<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>Caching</w:t></w:r></w:p>'
        "<w:p><w:r><w:t>Caching skips steps.</w:t></w:r></w:p>"
    )
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    types = (
        '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/word/document.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
    )
    relations = (
        '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
        'Target="word/document.xml"/></Relationships>'
    )
    styles = f'<?xml version="1.0"?><w:document xmlns:w="{space}"><w:body>{body}</w:body></w:document>'
    with zipfile.ZipFile(tmp_path / "a.docx", "w") as archive:
        archive.writestr("[Content_Types].xml", types)
        archive.writestr("_rels/.rels", relations)
        archive.writestr("word/document.xml", styles)
    assert "Caching skips steps." in read(tmp_path / "a.docx")[0].text


def test_an_e_book_is_read_in_its_order(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.epub", "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr(
            "META-INF/container.xml",
            '<?xml version="1.0"?><container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles>'
            '<rootfile full-path="b.opf" media-type="application/oebps-package+xml"/></rootfiles></container>',
        )
        archive.writestr(
            "b.opf",
            '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="2.0">'
            '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Book</dc:title></metadata>'
            '<manifest><item id="two" href="2.xhtml" media-type="application/xhtml+xml"/>'
            '<item id="one" href="1.xhtml" media-type="application/xhtml+xml"/></manifest>'
            '<spine><itemref idref="one"/><itemref idref="two"/></spine></package>',
        )
        for number, word in ((1, "First"), (2, "Second")):
            archive.writestr(f"{number}.xhtml", f"<html><body><h1>{word}</h1><p>{word} chapter.</p></body></html>")
    pages = read(tmp_path / "a.epub")
    assert [(page.number, page.label) for page in pages] == [(1, "First"), (2, "Second")]
    assert "First chapter." in pages[0].text
    assert "Second chapter." in pages[1].text


def test_a_notebook_gives_its_text_and_code(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Training\n", "Scale features first."]},
        {"cell_type": "code", "metadata": {}, "source": ["model.fit(x)"], "outputs": [{"text": "SECRET"}]},
    ]
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}))
    text = read(tmp_path / "a.ipynb")[0].text
    assert "Scale features first." in text
    assert "model.fit(x)" in text
    assert "SECRET" not in text


@pytest.mark.parametrize("suffix", [".srt", ".vtt"])
def test_a_transcript_has_a_page_every_two_minutes_labelled_with_its_time(tmp_path: Path, suffix: str) -> None:
    mark = "," if suffix == ".srt" else "."
    lines = "" if suffix == ".srt" else "WEBVTT\n\n"
    for number, (at, said) in enumerate(
        [("00:00:01", "Hello"), ("00:01:59", "there."), ("00:02:05", "<v Ann>Drift is next.")], 1
    ):
        lines += f"{number}\n{at}{mark}000 --> {at}{mark}900\n{said}\n\n"
    (tmp_path / f"a{suffix}").write_text(lines)
    assert [(page.label, page.text) for page in read(tmp_path / f"a{suffix}")] == [
        ("00:00:00", "Hello there."),
        ("00:02:00", "Drift is next."),
    ]


def test_a_table_of_questions_becomes_headings_with_answers(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('question,answer\n"What is drift?","A change, over time."\nEmpty,\n')
    assert read(tmp_path / "a.csv")[0].text == "## What is drift?\n\nA change, over time."


@pytest.mark.parametrize("name", ["a.docx", "a.pptx", "a.epub", "a.ipynb"])
def test_a_damaged_document_says_so(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"PK\x03\x04 not really")
    with pytest.raises(MaterialError, match="may be damaged"):
        read(tmp_path / name)
