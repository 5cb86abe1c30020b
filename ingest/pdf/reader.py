"""Reads a PDF as a person reads it: columns, headings, lists, tables and notes in order, what cannot be read named."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pypdfium2

from ingest.errors import MaterialError
from ingest.pdf.blocks import FINISHED, LARGER, Block
from ingest.pdf.compose import Outline, make_texts
from ingest.pdf.document import OpenPdf, open_pdf
from ingest.pdf.forms import typed_words
from ingest.pdf.hidden import Hidden, leave_out_hidden, picture_share
from ingest.pdf.hyphens import Vocabulary
from ingest.pdf.layout import NOTE_ZONE, body_style, page_blocks
from ingest.pdf.legible import makes_sense, shows_something
from ingest.pdf.lines import Segment, find_segments, rows
from ingest.pdf.rules import find_grids, find_open_bands, grid_cells, read_rules
from ingest.pdf.running import Running, find_running
from ingest.pdf.tables import Table, find_tables, framed_table
from ingest.pdf.words import PageWords, Word, read_words
from ingest.raw import RawPage, RawPages, page_list

FEW_LETTERS = 25
"""A page with fewer letters, one picture over most of it, is a scan."""
SCAN_SHARE = 0.5
"""Share of a page that a scan's picture covers at least."""
FEW_ON_PICTURE = 300
"""With more letters than this a page is no scan, whatever its picture."""
TELLING = 3
"""Fewer words than this that cannot be seen, such as a label lost on its background, are not worth a note."""
TITLE_GAP = 1.9
"""A title is followed by at least this distance, in its type size."""


@dataclass(slots=True)
class _Sheet:
    """What was read of one page before the whole document is known."""

    segments: list[Segment] = field(default_factory=list)
    turned: list[list[Segment]] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    top: float = 0.0
    height: float = 0.0
    width: float = 0.0
    hidden: Hidden | None = None
    pictured: bool = False
    """Whether one picture covers most of it and there is little text."""
    unreadable: bool = False
    """Whether it shows something without any letter that can be read."""
    broken: bool = False


def read_pdf(path: Path) -> RawPages:
    """Text and printed label of each page, in order; a page that cannot be read is empty and named in the notes.

    Raises `MaterialError` when the file is broken, locked by a password, or has no readable page at all.
    """
    with open_pdf(path) as pdf:
        sheets = [_read_sheet(pdf, number) for number in range(len(pdf.document))]
        if all(sheet.broken for sheet in sheets):
            raise MaterialError(
                f"{path.name} is not a PDF we can open, it may be damaged. Save it again, or print it to a new PDF."
            )
        body, mono = body_style(one for sheet in sheets for one in sheet.segments)
        heights = [(sheet.top, sheet.height) for sheet in sheets]
        slides = sum(sheet.width > sheet.height for sheet in sheets) * 2 > len(sheets)
        running = find_running([sheet.segments for sheet in sheets], heights, body, slides=slides)
        _mark_titles(sheets, running, body, slides=slides)
        blocks = [_page_blocks(sheet, running.segments[number], body, mono) for number, sheet in enumerate(sheets)]
        vocabulary = Vocabulary(one.text for sheet in sheets for one in sheet.segments)
        texts = make_texts(blocks, vocabulary, Outline(pdf.bookmarks, body, blocks))
        labels = [pdf.labels.get(number) or running.labels.get(number, "") for number in range(len(sheets))]
    pages = [
        RawPage(text.text, "" if label.lstrip("0") == str(number) else label, text.carried)
        for number, (text, label) in enumerate(zip(texts, labels, strict=True), 1)
    ]
    return RawPages(tuple(pages), tuple(_notes(sheets)), _scanned(sheets, running))


def _read_sheet(pdf: OpenPdf, number: int) -> _Sheet:
    """One page; a page that breaks its reader costs itself alone."""
    try:
        page = pdf.document[number]
        try:
            return _sheet(pdf, page)
        finally:
            page.close()
    except (pypdfium2.PdfiumError, ValueError, IndexError, ArithmeticError, OSError):
        return _Sheet(broken=True)


def _sheet(pdf: OpenPdf, page: pypdfium2.PdfPage) -> _Sheet:
    found = read_words(page, layered=bool(pdf.layers_off))
    hidden = leave_out_hidden(page, found, pdf.layers_off)
    if found.direction == 0:
        found.upright += typed_words(pdf.document, page, found.upright)
    sheet = _Sheet(top=found.top, height=found.height, width=found.width, hidden=hidden)
    every = [*found.upright, *(word for words in found.turned for word in words)]
    if not makes_sense(every):
        sheet.unreadable = True
        return sheet
    letters = sum(len(word.text) for word in every)
    sheet.pictured = letters < FEW_ON_PICTURE and picture_share(page) >= SCAN_SHARE
    sheet.unreadable = not letters and hidden is None and shows_something(page)
    sheet.tables, rest = _framed_tables(page, found)
    sheet.segments = find_segments(rest)
    sheet.turned = [find_segments(words) for words in found.turned]
    return sheet


def _framed_tables(page: pypdfium2.PdfPage, found: PageWords) -> tuple[list[Table], list[Word]]:
    """Tables framed by lines, and the words outside them."""
    tables: list[Table] = []
    inside: set[int] = set()
    rules = read_rules(page, found.direction)
    for grid in find_grids(rules, found.upright):
        if inside & {id(word) for word in grid.words}:
            continue
        table = framed_table(grid_cells(grid))
        if len(table.cells[0]) < 2:
            continue
        table.left, table.top, table.right, table.bottom = grid.xs[0], grid.ys[0], grid.xs[-1], grid.ys[-1]
        table.size = grid.words[0].size
        tables.append(table)
        inside |= {id(word) for word in grid.words}
    for place in find_open_bands(rules, found.height):
        words = [word for word in found.upright if id(word) not in inside and _is_in(word, place)]
        parts = find_tables(find_segments(words)) if words else []
        if len(parts) == 1 and isinstance(parts[0], Table):
            tables.append(parts[0])
            inside |= {id(word) for word in words}
    return tables, [word for word in found.upright if id(word) not in inside]


def _is_in(word: Word, place: tuple[float, float, float, float]) -> bool:
    x, y = (word.left + word.right) / 2, (word.top + word.bottom) / 2
    return place[0] <= x <= place[2] and place[1] <= y <= place[3]


def _mark_titles(sheets: Sequence[_Sheet], running: Running, body: float, *, slides: bool) -> None:
    """The first line of a document, or of each slide, is a title when it stands alone and does not end like a sentence."""
    for number, sheet in enumerate(sheets if slides else sheets[:1]):
        lines = rows(one for one in sheet.segments if id(one) not in running.segments[number])
        if len(lines) < 2 or len(lines[0]) > 1 or lines[0][0].text.rstrip().endswith(FINISHED):
            continue
        first, below = lines[0][0], lines[1][0]
        apart = below.base - first.base > TITLE_GAP * first.size
        larger = any(one.size >= LARGER * body for line in lines for one in line)
        if any(letter.isalpha() for letter in first.text) and (apart or (slides and not larger)):
            first.title = True


def _page_blocks(sheet: _Sheet, left_out: set[int], body: float, mono: bool) -> list[Block]:
    """The blocks of a page in reading order, text set in other directions behind the rest."""
    segments = [one for one in sheet.segments if id(one) not in left_out]
    zone = sheet.top + NOTE_ZONE * sheet.height
    blocks = page_blocks(segments, sheet.tables, body=body, mono=mono, note_zone=zone)
    for turned in sheet.turned:
        blocks += page_blocks(turned, [], body=body, mono=mono, note_zone=float("inf"))
    return blocks


def _scanned(sheets: Sequence[_Sheet], running: Running) -> tuple[int, ...]:
    """Numbers of the pages that are only a picture of text, running lines over it aside."""
    found = []
    for number, sheet in enumerate(sheets):
        own = [one for one in sheet.segments if id(one) not in running.segments[number]]
        few = sum(len(one.text) for one in own) < FEW_LETTERS and not sheet.tables
        if sheet.unreadable or (sheet.pictured and few):
            found.append(number + 1)
    return tuple(found)


def _notes(sheets: Sequence[_Sheet]) -> list[str]:
    """What a person should know: pages that broke their reader or have text that cannot be seen."""
    notes = []
    broken = [number for number, sheet in enumerate(sheets, 1) if sheet.broken]
    hidden = [number for number, sheet in enumerate(sheets, 1) if sheet.hidden and sheet.hidden.words >= TELLING]
    if broken:
        notes.append(f"{_named(broken)} could not be read and {_were(broken)} left out; the rest was read.")
    if hidden:
        words = sum(sheet.hidden.words for sheet in sheets if sheet.hidden)
        notes.append(f"{_named(hidden)} {_have(hidden)} text that cannot be seen ({words} words); it was left out.")
    return notes


def _named(numbers: Sequence[int]) -> str:
    named = page_list(numbers)
    return named[0].upper() + named[1:]


def _have(numbers: Sequence[int]) -> str:
    return "has" if len(numbers) == 1 else "have"


def _were(numbers: Sequence[int]) -> str:
    return "was" if len(numbers) == 1 else "were"
