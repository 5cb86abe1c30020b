"""Reads Word documents: headings, lists with their numbers, tables with headers, equations, footnotes; comments are left out.

Pages are those Word noted when it last laid the document out, or those its page breaks make; a document without either is cut at
its main headings, whose words are then the place.
"""

import re
from pathlib import Path
from xml.etree.ElementTree import Element

from ingest.errors import MaterialError
from ingest.formats.elements import attribute, child, children, is_on, local, value, within
from ingest.formats.markup import PICTURE, meaningful
from ingest.formats.omml import MISSING, equation
from ingest.formats.package import Package, diagrams, open_package
from ingest.formats.wordline import SIGNS, Line, symbol
from ingest.formats.wordpages import WordPages
from ingest.formats.wordstyles import Numbering, Styles
from ingest.formats.wordtables import all_rows, cells_of, columns_merged, header_rows
from ingest.raw import RawPages
from ingest.tables import write_table

INDENT = "    "
"""For each level of a list; four spaces are enough below `10.` and too few to make code of it."""
_BOLD_TITLE = re.compile(r"[^\W_].{0,98}[^\s.,;:!?]$")
_SPACES = re.compile(r"[ \t\u00a0]+")
_SUPERSCRIPTS = str.maketrans("0123456789+-n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ")
_AROUND_BLOCKS = frozenset({"sdtContent", "ins", "moveTo", "customXml", "smartTag"})
_AROUND_RUNS = frozenset({"hyperlink", "sdt", "fldSimple", "bdo", "dir"}) | _AROUND_BLOCKS


def read_docx(path: Path) -> RawPages:
    """A Word document by its pages or its main headings."""
    with open_package(path) as package:
        body = child(package.xml(package.main_name()), "body")
        if body is None:
            raise MaterialError(f"{path.name} holds no document. Save it again as .docx.")
        reader = _Reader(package)
        reader.read_body(body)
        return reader.result()


class _Reader:
    """Walks through a document's body and fills pages."""

    def __init__(self, package: Package) -> None:
        self._styles = Styles(package.part_of_type("styles"))
        self._numbering = Numbering(package.part_of_type("numbering"))
        self._notes = {kind: _notes(package.part_of_type(f"{kind}s"), kind) for kind in ("footnote", "endnote")}
        self._pages = WordPages()
        self._notes_seen = self._missing = 0
        self._list_base: int | None = None
        self._titled = False
        self._drop_cap = ""
        self._diagrams = diagrams(package, package.main_name())

    def result(self) -> RawPages:
        """The pages, and how many equations are missing."""
        missing = f"{self._missing} equations could not be read; {MISSING} stands for each."
        return RawPages(self._pages.result(), (missing,) if self._missing else ())

    def read_body(self, body: Element) -> None:
        """Every block of the body in order."""
        self._titled = any(self._styles.is_title(_style(one)) for one in within(body, "p"))
        self._read_blocks(body)

    def _read_blocks(self, element: Element) -> None:
        for one in element:
            name = local(one.tag)
            if name == "p":
                self._paragraph(one)
            elif name == "tbl":
                self._table(one)
            elif name in _AROUND_BLOCKS or (name == "sdt" and not _is_contents(one)):
                self._read_blocks(one)
            elif name == "AlternateContent":
                self._read_blocks(_chosen(one))

    # Paragraphs

    def _paragraph(self, element: Element) -> None:
        properties = child(element, "pPr")
        style = _style(element)
        if self._styles.is_contents(style):
            return
        if is_on(properties, "pageBreakBefore"):
            self._pages.break_page(rendered=False)
        line = self._line(element)
        for kind in line.breaks_before:
            self._pages.break_page(rendered=kind == "rendered")
        self._write(line, element, style)
        self._beside(line)
        for kind in line.breaks_after:
            self._pages.break_page(rendered=kind == "rendered")
        section = child(properties, "sectPr")
        if section is not None and value(child(section, "type")) != "continuous":
            self._pages.break_page(rendered=False)

    def _beside(self, line: Line) -> None:
        """Pictures and text boxes of a paragraph, below it."""
        for picture in line.pictures:
            self._pages.add(picture)
        for box in line.boxes:
            self._read_blocks(box)

    def _line(self, element: Element) -> Line:
        line = Line()
        self._inline(element, line)
        if attribute(child(child(element, "pPr"), "framePr"), "dropCap") in ("drop", "margin"):
            self._drop_cap, line.text = line.text.strip(), ""
        elif line.text.strip():
            self._drop_cap, line.text = "", self._drop_cap + line.text
        return line

    def _write(self, line: Line, element: Element, style: str) -> None:
        """A paragraph's words as a heading, an item or running text; its notes go to the foot of the page."""
        text = "\n".join(_SPACES.sub(" ", part).strip() for part in line.text.split("\n")).strip()
        level = self._styles.heading_level(style, element)
        mark = self._numbering.mark(*self._styles.numbering(style, element)) if text else None
        if not text or mark is None:
            return
        if level:
            level = 1 if self._styles.is_title(style) else min(6, level + self._titled)
            words = " ".join(text.split())
            self._pages.add_heading(words if mark.is_bullet else f"{mark.text} {words}".strip(), level)
        elif mark.text:
            self._list_base = mark.level if self._list_base is None else min(self._list_base, mark.level)
            self._pages.add(f"{INDENT * (mark.level - self._list_base)}{mark.markdown} {text}")
        else:
            is_title = line.is_bold and _BOLD_TITLE.match(text) and "*" not in text
            self._pages.add(f"**{text}**" if is_title else text)
        if level or not mark.text:
            self._list_base = None
        self._pages.add_notes(line.notes)

    # Runs

    def _inline(self, element: Element, line: Line) -> None:
        """What stands in a paragraph, in order."""
        for one in element:
            name = local(one.tag)
            if name == "r":
                self._run(one, line)
            elif name in ("oMath", "oMathPara"):
                self._equations(one, line)
            elif name in _AROUND_RUNS:
                self._inline(one, line)
            elif name == "AlternateContent":
                self._inline(_chosen(one), line)

    def _equations(self, element: Element, line: Line) -> None:
        for one in children(element, "oMath") if local(element.tag) == "oMathPara" else [element]:
            written = equation(one)
            self._missing += written == MISSING
            line.add(written)

    def _run(self, run: Element, line: Line) -> None:
        properties = child(run, "rPr")
        if is_on(properties, "vanish"):
            return
        raised = value(child(properties, "vertAlign")) == "superscript"
        for one in run:
            name = local(one.tag)
            if name == "t":
                text = one.text or ""
                line.add(
                    text.translate(_SUPERSCRIPTS) if raised and text.isalnum() else text, bold=is_on(properties, "b")
                )
            elif name in SIGNS:
                line.add(SIGNS[name])
            elif name == "fldChar":
                line.field(attribute(one, "fldCharType"))
            elif name in ("br", "lastRenderedPageBreak"):
                line.breaks(attribute(one, "type"), rendered=name == "lastRenderedPageBreak")
            elif name == "sym":
                line.add(symbol(one))
            elif name in ("footnoteReference", "endnoteReference"):
                self._note(attribute(one, "id"), name.removesuffix("Reference"), line)
            elif name in ("drawing", "pict", "object", "AlternateContent"):
                self._objects(_chosen(one) if name == "AlternateContent" else one, line)

    def _note(self, key: str, kind: str, line: Line) -> None:
        """A mark in the text and the note's words for the foot of the page."""
        if (element := self._notes[kind].get(key)) is not None:
            words = " ".join(self._line(paragraph).text for paragraph in within(element, "p"))
            self._notes_seen += 1
            line.add(f"[^{self._notes_seen}]")
            line.notes.append(f"[^{self._notes_seen}]: {' '.join(words.split())}")

    def _objects(self, element: Element, line: Line) -> None:
        """Pictures by their alternative text, text boxes as blocks of their own, equations of old versions as missing."""
        for one in element.iter():
            name = local(one.tag)
            if name == "txbxContent":
                line.boxes.append(one)
            elif name == "docPr" and (alt := meaningful(attribute(one, "descr"))):
                line.pictures.append(f"{PICTURE}{alt}")
            elif name == "relIds":
                line.pictures += self._diagrams.get(attribute(one, "dm"), [])
            elif name == "OLEObject" and attribute(one, "ProgID").startswith("Equation"):
                self._missing += 1
                line.add(MISSING)

    # Tables

    def _table(self, table: Element) -> None:
        """A table with its header, which is repeated where the table goes on over a page; what only places things, as blocks."""
        self._list_base = None
        rows = list(all_rows(table))
        if len(rows) < 2 or max(len(list(cells_of(row))) for row in rows) < 2:
            for row in rows:
                for cell in cells_of(row):
                    self._read_blocks(cell)
            return
        grid = columns_merged(rows, self._cell)
        count = header_rows(rows)
        header = [" ".join(dict.fromkeys(filter(None, column))) for column in zip(*grid[:count], strict=False)]
        start = count
        for at in range(count, len(rows)):
            if at > start and next(within(rows[at], "lastRenderedPageBreak"), None) is not None:
                self._pages.add(write_table([header, *grid[start:at]]))
                self._pages.break_page(rendered=True)
                start = at
        self._pages.add(write_table([header, *grid[start:]]))

    def _cell(self, cell: Element) -> str:
        lines = [self._line(paragraph) for paragraph in within(cell, "p")]
        for line in lines:
            self._pages.add_notes(line.notes)
        texts = [" ".join(line.text.split()) for line in lines]
        return "; ".join(filter(None, texts))


def _notes(part: Element | None, kind: str) -> dict[str, Element]:
    """Footnotes or endnotes by their id, without the lines that divide them from the text."""
    found = [one for one in children(part, kind) if not attribute(one, "type").endswith("eparator")]
    return {attribute(one, "id"): one for one in found}


def _is_contents(block: Element) -> bool:
    """Whether a part of the document was put together by Word as its table of contents."""
    gallery = next(within(block, "docPartGallery"), None)
    return value(gallery) in ("Table of Contents", "Table of Figures")


def _chosen(alternatives: Element) -> Element:
    """What a program that knows everything shows of several forms of one thing."""
    return next(iter(alternatives), alternatives)


def _style(paragraph: Element) -> str:
    return value(child(child(paragraph, "pPr"), "pStyle"))
