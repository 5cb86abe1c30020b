"""Word documents, presentations and e-books made here: what a person sees on the page is what is read."""

import zipfile
from pathlib import Path

import pytest

from ingest.errors import MaterialError
from ingest.formats.epub import read_epub
from ingest.formats.slides import read_slides
from ingest.formats.word import read_docx

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
M = "http://schemas.openxmlformats.org/officeDocument/2006/math"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def relations(**parts: str) -> str:
    listed = "".join(
        f'<Relationship Id="r{at}" Type="{R}/{kind}" Target="{target}"/>'
        for at, (kind, target) in enumerate(parts.items(), 1)
    )
    return f'<Relationships xmlns="{PACKAGE}">{listed}</Relationships>'


def make_docx(path: Path, body: str, **parts: str) -> Path:
    """A Word document with a body, and other parts by the names of their files."""
    kinds = {name: f"{name}.xml" for name in parts}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("_rels/.rels", relations(officeDocument="word/document.xml"))
        archive.writestr("word/_rels/document.xml.rels", relations(**kinds))
        archive.writestr(
            "word/document.xml",
            f'<w:document xmlns:w="{W}" xmlns:m="{M}" xmlns:r="{R}"><w:body>{body}</w:body></w:document>',
        )
        for name, content in parts.items():
            archive.writestr(f"word/{name}.xml", content)
    return path


def paragraph(text: str, properties: str = "", run: str = "") -> str:
    return (
        f'<w:p><w:pPr>{properties}</w:pPr><w:r><w:rPr>{run}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'
    )


def heading(text: str, level: int = 1) -> str:
    return paragraph(text, f'<w:outlineLvl w:val="{level - 1}"/>')


def texts(path: Path) -> list[str]:
    return [page.text for page in read_docx(path).pages]


def places(path: Path) -> list[tuple[str, str]]:
    return [(page.label, page.text) for page in read_docx(path).pages]


def table(rows: list[list[str]], first: str = "") -> str:
    cells = ["".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in row) for row in rows]
    return (
        "<w:tbl>" + "".join(f"<w:tr>{first if not at else ''}{row}</w:tr>" for at, row in enumerate(cells)) + "</w:tbl>"
    )


BREAK = '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'
RENDERED = "<w:lastRenderedPageBreak/>"


# Pages of Word documents


def test_page_breaks_and_the_breaks_that_word_noted_are_pages(tmp_path: Path) -> None:
    noted = f"<w:p><w:r>{RENDERED}<w:t>Third.</w:t></w:r></w:p>"
    body = paragraph("First.") + BREAK + f"<w:p><w:r>{RENDERED}<w:t>Second.</w:t></w:r></w:p>" + noted
    assert places(make_docx(tmp_path / "a.docx", body)) == [("", "First."), ("", "Second."), ("", "Third.")]


def test_a_paragraph_over_a_page_break_stays_whole_where_it_begins(tmp_path: Path) -> None:
    body = f"<w:p><w:r><w:t>A sentence that</w:t>{RENDERED}<w:t> goes on.</w:t></w:r></w:p>" + paragraph("Next.")
    assert texts(make_docx(tmp_path / "a.docx", body)) == ["A sentence that goes on.", "Next."]


def test_without_breaks_the_main_headings_are_the_places(tmp_path: Path) -> None:
    body = (
        paragraph("Before.")
        + heading("One")
        + paragraph("First.")
        + heading("Sub", 2)
        + heading("Two")
        + paragraph("Second.")
    )
    assert places(make_docx(tmp_path / "a.docx", body)) == [
        ("", "Before."),
        ("One", "# One\n\nFirst.\n\n## Sub"),
        ("Two", "# Two\n\nSecond."),
    ]


def test_breaks_that_cannot_tell_all_pages_leave_the_heading_as_the_place(tmp_path: Path) -> None:
    body = heading("One") + paragraph("Long text. " * 900) + BREAK + heading("Two") + paragraph("Second.")
    assert [label for label, _ in places(make_docx(tmp_path / "a.docx", body))] == ["One", "Two"]


# What stands in them


def test_the_first_row_of_a_table_is_its_header(tmp_path: Path) -> None:
    body = table([["Size", "Price an hour"], ["F1", "0.20 | euros"], ["F2", "0.80"]])
    assert texts(make_docx(tmp_path / "a.docx", body)) == [
        "| Size | Price an hour |\n|---|---|\n| F1 | 0.20 \\| euros |\n| F2 | 0.80 |"
    ]


def test_a_table_over_pages_repeats_its_header(tmp_path: Path) -> None:
    noted = f"<w:tr><w:tc><w:p><w:r>{RENDERED}<w:t>F2</w:t></w:r></w:p></w:tc><w:tc>{paragraph('0.80')}</w:tc></w:tr>"
    body = table([["Size", "Price"], ["F1", "0.20"]]).replace("</w:tbl>", f"{noted}</w:tbl>")
    assert texts(make_docx(tmp_path / "a.docx", body)) == [
        "| Size | Price |\n|---|---|\n| F1 | 0.20 |",
        "| Size | Price |\n|---|---|\n| F2 | 0.80 |",
    ]


def test_merged_cells_say_the_same_in_each_row_and_a_table_of_one_cell_is_text(tmp_path: Path) -> None:
    merged = "<w:tc><w:tcPr><w:vMerge/></w:tcPr><w:p/></w:tc>"
    begins = f'<w:tc><w:tcPr><w:vMerge w:val="restart"/></w:tcPr>{paragraph("cache")}</w:tc>'
    rows = table([["Kind", "Size"]]).replace("</w:tbl>", "")
    rows += (
        f"<w:tr>{begins}<w:tc>{paragraph('1')}</w:tc></w:tr><w:tr>{merged}<w:tc>{paragraph('2')}</w:tc></w:tr></w:tbl>"
    )
    body = rows + f"<w:tbl><w:tr><w:tc>{paragraph('A boxed hint.')}</w:tc></w:tr></w:tbl>"
    assert texts(make_docx(tmp_path / "a.docx", body)) == [
        "| Kind | Size |\n|---|---|\n| cache | 1 |\n| cache | 2 |\n\nA boxed hint."
    ]


def run(text: str) -> str:
    return f"<m:r><m:t>{text}</m:t></m:r>"


@pytest.mark.parametrize(
    ("math", "text"),
    [
        (run("k=3n"), "$k=3n$"),
        (f"<m:func><m:fName>{run('log')}</m:fName><m:e>{run('n')}</m:e></m:func>", "$log n$"),
        (f"<m:f><m:num>{run('a+b')}</m:num><m:den>{run('c')}</m:den></m:f>", "$(a+b)/c$"),
        (f"<m:sSup><m:e>{run('x')}</m:e><m:sup>{run('2n')}</m:sup></m:sSup>", "$x^2n$"),
        (f"<m:sSub><m:e>{run('w')}</m:e><m:sub>{run('i+1')}</m:sub></m:sSub>", "$w_(i+1)$"),
        (f"<m:rad><m:radPr><m:degHide m:val='1'/></m:radPr><m:deg/><m:e>{run('n')}</m:e></m:rad>", "$√n$"),
        (f"<m:nary><m:naryPr><m:chr m:val='∑'/></m:naryPr><m:sub>{run('i=1')}</m:sub>"
         f"<m:sup>{run('n')}</m:sup><m:e>{run('x')}</m:e></m:nary>",
         "$∑_(i=1)^n x$"),
        (f"<m:d><m:dPr><m:begChr m:val='['/><m:endChr m:val=']'/></m:dPr><m:e>{run('0,1')}</m:e></m:d>", "$[0,1]$"),
        (f"<m:m><m:mr><m:e>{run('1')}</m:e><m:e>{run('2')}</m:e></m:mr><m:mr><m:e>{run('3')}</m:e><m:e>{run('4')}</m:e></m:mr></m:m>",
         "$1, 2; 3, 4$"),
        ("<m:r/>", "[equation]"),
    ],
)  # fmt: skip
def test_an_equation_is_text_in_its_sentence(tmp_path: Path, math: str, text: str) -> None:
    body = (
        f"<w:p><w:r><w:t xml:space='preserve'>It is </w:t></w:r><m:oMath>{math}</m:oMath><w:r><w:t xml:space='preserve"
    )
    body += "'> at most.</w:t></w:r></w:p>"
    found = read_docx(make_docx(tmp_path / "a.docx", body))
    assert found.pages[0].text == f"It is {text} at most."
    assert bool(found.notes) == (text == "[equation]")


def test_lists_keep_their_numbers_and_levels(tmp_path: Path) -> None:
    levels = '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>'
    levels += '<w:lvl w:ilvl="1"><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%2)"/></w:lvl>'
    bullets = '<w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="•"/></w:lvl>'
    numbering = (
        f'<w:numbering xmlns:w="{W}"><w:abstractNum w:abstractNumId="0">{levels}</w:abstractNum><w:abstractNum '
        f'w:abstractNumId="1">{bullets}</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
        '<w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num></w:numbering>'
    )

    def item(text: str, level: int = 0, number: int = 1) -> str:
        return paragraph(text, f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>')

    body = item("one") + item("under", 1) + item("two") + paragraph("Between.") + item("bullet", 0, 2)
    assert texts(make_docx(tmp_path / "a.docx", body, numbering=numbering)) == [
        "1. one\n    a) under\n2. two\n\nBetween.\n\n- bullet"
    ]


def test_footnotes_stand_below_their_page_and_comments_nowhere(tmp_path: Path) -> None:
    footnotes = (
        f'<w:footnotes xmlns:w="{W}"><w:footnote w:type="separator" w:id="-1"/><w:footnote w:id="2">{paragraph("Seen in May.")}'
        "</w:footnote></w:footnotes>"
    )
    comments = f'<w:comments xmlns:w="{W}"><w:comment w:id="0">{paragraph("check this")}</w:comment></w:comments>'
    body = (
        '<w:p><w:commentRangeStart w:id="0"/><w:r><w:t>A gate opens at 6.</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r>'
        '<w:commentRangeEnd w:id="0"/><w:r><w:commentReference w:id="0"/></w:r></w:p>'
    )
    assert texts(make_docx(tmp_path / "a.docx", body, footnotes=footnotes, comments=comments)) == [
        "A gate opens at 6.[^1]\n\n[^1]: Seen in May."
    ]


def test_deleted_hidden_and_generated_words_are_left_out(tmp_path: Path) -> None:
    body = (
        '<w:p><w:r><w:t xml:space="preserve">Kept </w:t></w:r><w:del><w:r><w:delText>deleted </w:delText></w:r></w:del>'
        "<w:ins><w:r><w:t>inserted.</w:t></w:r></w:ins></w:p>"
        + paragraph("hidden", run="<w:vanish/>")
        + '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>REF x</w:instrText></w:r><w:r><w:fldChar '
        'w:fldCharType="separate"/></w:r><w:r><w:t>Table 3</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'
        '<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj></w:sdtPr><w:sdtContent>'
        + paragraph("One ..... 3")
        + "</w:sdtContent></w:sdt>"
    )
    assert texts(make_docx(tmp_path / "a.docx", body)) == ["Kept inserted.\n\nTable 3"]


def test_superscripts_drop_caps_and_bold_titles_read_as_they_look(tmp_path: Path) -> None:
    body = (
        paragraph("T", '<w:framePr w:dropCap="drop"/>')
        + '<w:p><w:r><w:t>he rate is 10</w:t></w:r><w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t>3</w:t></w:r></w:p>'
        + paragraph("Opening hours", run="<w:b/>")
    )
    assert texts(make_docx(tmp_path / "a.docx", body)) == ["The rate is 10³\n\n**Opening hours**"]


@pytest.mark.parametrize("name", ["a.docx", "a.pptx", "a.epub"])
def test_a_locked_or_damaged_document_says_so(tmp_path: Path, name: str) -> None:
    readers = {"a.docx": read_docx, "a.pptx": read_slides, "a.epub": read_epub}
    (tmp_path / name).write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500))
    with pytest.raises(MaterialError, match="encrypted or of an old binary format"):
        readers[name](tmp_path / name)
    (tmp_path / name).write_bytes(b"PK\x03\x04 not really")
    with pytest.raises(MaterialError, match="may be damaged"):
        readers[name](tmp_path / name)


# Presentations


def deck(path: Path) -> Path:
    from pptx import Presentation
    from pptx.util import Inches

    made = Presentation()
    slide = made.slides.add_slide(made.slide_layouts[1])
    slide.shapes.title.text = "Limits of Osprey"
    body = slide.placeholders[1].text_frame
    body.text = "at most 80 jobs"
    for words, level in (("5 hours a job", 0), ("twice for paid plans", 1)):
        added = body.add_paragraph()
        added.text, added.level = words, level
    slide.notes_slide.notes_text_frame.text = "Say that limits may be raised."
    second = made.slides.add_slide(made.slide_layouts[6])
    for words, left, top in (("right", 5, 2), ("left", 1, 2), ("below", 1, 4)):
        second.shapes.add_textbox(
            Inches(left), Inches(top), Inches(2), Inches(1)
        ).text_frame.text = f"The {words} text."
    grid = second.shapes.add_table(2, 2, Inches(1), Inches(5), Inches(4), Inches(1)).table
    for at, words in enumerate(["Size", "Price", "F1", "0.20"]):
        grid.cell(at // 2, at % 2).text = words
    made.save(str(path))
    return path


def test_a_slide_has_its_title_bullets_and_notes(tmp_path: Path) -> None:
    assert read_slides(deck(tmp_path / "a.pptx")).pages[0].text == (
        "# Limits of Osprey\n\n- at most 80 jobs\n- 5 hours a job\n  - twice for paid plans\n\n"
        "## Notes\n\nSay that limits may be raised."
    )


def test_texts_of_a_slide_are_read_from_left_to_right_and_down(tmp_path: Path) -> None:
    assert read_slides(deck(tmp_path / "a.pptx")).pages[1].text == (
        "The left text.\n\nThe right text.\n\nThe below text.\n\n| Size | Price |\n|---|---|\n| F1 | 0.20 |"
    )


def test_a_damaged_slide_costs_that_slide_and_is_named(tmp_path: Path) -> None:
    whole = deck(tmp_path / "a.pptx")
    with zipfile.ZipFile(whole) as before, zipfile.ZipFile(tmp_path / "b.pptx", "w") as after:
        for name in before.namelist():
            after.writestr(name, b"<p:sld" if name == "ppt/slides/slide1.xml" else before.read(name))
    found = read_slides(tmp_path / "b.pptx")
    assert found.pages[0].text == ""
    assert "The left text." in found.pages[1].text
    assert found.notes == ("slide 1 could not be read, the file may be damaged.",)


# E-books


def make_epub(
    path: Path, files: dict[str, str], *, manifest: str, spine: str, prefix: str = "", extra: str = ""
) -> Path:
    opening = f"{prefix}:" if prefix else ""
    space = f'xmlns{":" + prefix if prefix else ""}="http://www.idpf.org/2007/opf"'
    package = (
        f'<?xml version="1.0"?><{opening}package {space}><{opening}metadata/><{opening}manifest>{manifest}</{opening}manifest>'
        f"<{opening}spine>{spine}</{opening}spine>{extra}</{opening}package>"
    )
    container = '<container><rootfiles><rootfile full-path="o/p.opf"/></rootfiles></container>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("META-INF/container.xml", container)
        archive.writestr("o/p.opf", package)
        for name, content in files.items():
            archive.writestr(f"o/{name}", content)
    return path


def chapters(path: Path) -> list[tuple[str, str]]:
    return [(page.label, page.text) for page in read_epub(path).pages]


def html(body: str) -> str:
    return (
        f'<?xml version="1.0" encoding="utf-8"?><html xmlns="http://www.w3.org/1999/xhtml"><body>{body}</body></html>'
    )


def test_a_package_with_prefixed_names_is_read(tmp_path: Path) -> None:
    path = make_epub(
        tmp_path / "a.epub",
        {"a.xhtml": html("<h1>Tides</h1><p>The gate closes.</p>")},
        manifest='<opf:item id="a" href="a.xhtml"/>',
        spine='<opf:itemref idref="a"/>',
        prefix="opf",
    )
    assert chapters(path) == [("Tides", "# Tides\n\nThe gate closes.")]


def test_what_goes_on_in_the_next_file_belongs_to_the_chapter_before(tmp_path: Path) -> None:
    files = {
        "a.xhtml": html("<h1>Kilns</h1><p>Heated.</p>"),
        "b.xhtml": html("<p>Cooled.</p><h1>Glazes</h1><p>Dried.</p>"),
    }
    items = '<item id="a" href="a.xhtml"/><item id="b" href="b.xhtml"/>'
    path = make_epub(tmp_path / "a.epub", files, manifest=items, spine='<itemref idref="a"/><itemref idref="b"/>')
    assert chapters(path) == [("Kilns", "# Kilns\n\nHeated.\n\nCooled."), ("Glazes", "# Glazes\n\nDried.")]


@pytest.mark.parametrize("old", [True, False])
def test_chapters_follow_the_table_of_contents_by_its_anchors(tmp_path: Path, old: bool) -> None:
    nav = html(
        '<nav epub:type="toc"><ol><li><a href="a.xhtml">One</a></li><li><a href="a.xhtml#c2">Two</a></li></ol></nav>'
    )
    ncx = (
        '<ncx><navMap><navPoint><navLabel><text>One</text></navLabel><content src="a.xhtml"/></navPoint><navPoint><navLabel>'
        '<text>Two</text></navLabel><content src="a.xhtml#c2"/></navPoint></navMap></ncx>'
    )
    listed = (
        '<item id="n" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'
        if old
        else '<item id="n" href="n.xhtml" properties="nav"/>'
    )
    text = html('<p>First text.</p><p><a id="c2"></a>Second begins.</p><p>Second text.</p>')
    path = make_epub(
        tmp_path / "a.epub",
        {"a.xhtml": text, "n.xhtml": nav, "toc.ncx": ncx},
        manifest=f'<item id="a" href="a.xhtml"/>{listed}',
        spine='<itemref idref="n"/><itemref idref="a"/>',
    )
    assert chapters(path) == [("One", "First text."), ("Two", "Second begins.\n\nSecond text.")]


def test_a_missing_chapter_costs_that_chapter_and_a_locked_book_says_so(tmp_path: Path) -> None:
    items = '<item id="a" href="a.xhtml"/><item id="b" href="gone.xhtml"/>'
    spine = '<itemref idref="b"/><itemref idref="a"/>'
    found = read_epub(make_epub(tmp_path / "a.epub", {"a.xhtml": html("<p>Here.</p>")}, manifest=items, spine=spine))
    assert [page.text for page in found.pages] == ["Here."]
    assert found.notes == ("1 files of its reading order are missing or damaged.",)
    with zipfile.ZipFile(tmp_path / "a.epub", "a") as archive:
        archive.writestr("META-INF/encryption.xml", '<encryption><CipherReference URI="o/a.xhtml"/></encryption>')
    with pytest.raises(MaterialError, match="protected by its seller"):
        read_epub(tmp_path / "a.epub")
