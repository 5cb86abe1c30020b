"""Writes the blocks of all pages as text: heading levels, hyphens undone, sentences whole that run over a column or a page."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.pdf.blocks import FINISHED, LARGER, Block, Kind
from ingest.pdf.document import Bookmark
from ingest.pdf.hyphens import Vocabulary
from ingest.pdf.legible import LITTLE_WORDS
from ingest.pdf.tables import Table, table_lines
from ingest.units import Kind as UnitKind
from ingest.units import split_units

MOST_LEVELS = 6
LONGEST_CARRIED = 1200
"""A longer rest of a sentence stays on its own page."""
LEAST_OPEN = 30
"""Characters of a paragraph that may go on elsewhere."""
SHORT_LINE = 90
"""A lone line this long without the end of a sentence is an entry of its own, as on a slide."""
_LETTERS = re.compile(r"[\W_]+")
_MARKUP = re.compile(r"^(#{1,6}\s|```|~~~|>|\|)")


@dataclass(frozen=True, slots=True)
class PageText:
    """A page's text; `carried` is the end of it that is printed on the next page."""

    text: str
    carried: str = ""


class Outline:
    """How deep each heading is: as the bookmarks say, else by the size of its type."""

    def __init__(self, bookmarks: Sequence[Bookmark], body: float, pages: Sequence[Sequence[Block]]) -> None:
        self._body = body
        self._by_page: dict[int, list[Bookmark]] = defaultdict(list)
        for bookmark in bookmarks:
            self._by_page[bookmark.page].append(bookmark)
        self._deepest = max((bookmark.level for bookmark in bookmarks), default=0)
        self._sizes = self._ranks(pages)

    def _ranks(self, pages: Sequence[Sequence[Block]]) -> dict[float, int]:
        counts = Counter[float]()
        for blocks in pages:
            for block in blocks:
                if block.kind is Kind.HEADING and block.size >= LARGER * self._body:
                    counts[round(block.size)] += 1
        ranked = sorted(counts, reverse=True)
        return {size: min(rank, MOST_LEVELS - 2) for rank, size in enumerate(ranked, 1)}

    def set_levels(self, number: int, blocks: list[Block]) -> list[Block]:
        """The page's blocks with levels; bookmarks whose title is not on the page become headings above it."""
        left = list(self._by_page.get(number, ()))
        for block in blocks:
            letters = _letters(block.text)
            entry = next((one for one in left if _same_title(letters, _letters(one.title))), None)
            if entry is not None and block.kind in (Kind.HEADING, Kind.TEXT, Kind.ITEM) and len(block.lines) <= 4:
                left.remove(entry)
                block.kind, block.level = Kind.HEADING, min(entry.level, MOST_LEVELS)
            elif block.kind is Kind.HEADING:
                block.level = self._level(block)
        page = _letters("".join(block.text for block in blocks))
        added = [
            Block(Kind.HEADING, [one.title], level=min(one.level, MOST_LEVELS))
            for one in left
            if blocks and _letters(one.title) and _letters(one.title) not in page
        ]
        return added + blocks

    def _level(self, block: Block) -> int:
        rank = self._sizes.get(round(block.size), 0) if block.size >= LARGER * self._body else 0
        own = rank or len(set(self._sizes.values())) + 1
        return min(MOST_LEVELS, self._deepest + own)


def _letters(text: str) -> str:
    return _LETTERS.sub("", unicodedata.normalize("NFKC", text)).lower()


def _same_title(printed: str, title: str) -> bool:
    """Whether a printed heading is the bookmark's title, a number before it aside."""
    if not printed or not title or abs(len(printed) - len(title)) > 12:
        return False
    return (
        printed == title
        or printed.lstrip("0123456789") == title.lstrip("0123456789")
        or printed.removeprefix("chapter").lstrip("0123456789") == title
    )


def make_texts(pages: Sequence[list[Block]], vocabulary: Vocabulary, outline: Outline) -> list[PageText]:
    """Text of each page; a sentence that runs over the page break stands whole on the page on which it begins."""
    leveled = [_joined_columns(outline.set_levels(number, blocks)) for number, blocks in enumerate(pages)]
    for block in (block for blocks in leveled for block in blocks):
        if block.table is None:
            _undo_hyphens(block, vocabulary)
        else:
            _undo_hyphens_in_cells(block.table, vocabulary)
    headers = _continued_headers(leveled)
    carried = [_carry(leveled, number, vocabulary) for number in range(len(leveled))]
    return [
        PageText(_page_text(blocks, headers.get(number)), rest)
        for number, (blocks, rest) in enumerate(zip(leveled, carried, strict=True))
    ]


def _undo_hyphens(block: Block, vocabulary: Vocabulary) -> None:
    if block.kind is not Kind.CODE:
        block.lines = [vocabulary.join_lines(block.text)]


def _undo_hyphens_in_cells(table: Table, vocabulary: Vocabulary) -> None:
    table.cells = [[vocabulary.join_lines(cell) for cell in row] for row in table.cells]


def _joined_columns(blocks: Sequence[Block]) -> list[Block]:
    """Footnotes behind everything else; paragraphs that go on in the next column, past a figure or a table, made whole."""
    body = [block for block in blocks if block.kind is not Kind.NOTE]
    notes = [block for block in blocks if block.kind is Kind.NOTE]
    joined: list[Block] = []
    for block in body:
        if block.table is None and not any(letter.isalnum() for letter in block.text):
            continue
        open_one = _open_paragraph(joined)
        if joined and _is_figures(joined[-1]) and _is_figures(block):
            joined[-1].lines += block.lines
        elif joined and joined[-1].kind is block.kind is Kind.CODE and block.top >= joined[-1].bottom - 1:
            joined[-1].lines += ["", *block.lines]
            joined[-1].bottom = block.bottom
        elif (
            open_one is not None
            and block.kind is Kind.TEXT
            and _continues(open_one, block, new_column=_jumps(joined, block))
        ):
            open_one.lines += block.lines
        else:
            joined.append(block)
    return joined + notes


def _is_figures(block: Block) -> bool:
    """Whether a block is only numbers, as the scale of a chart."""
    return block.kind is Kind.TEXT and len(block.text) < SHORT_LINE and not any(one.isalpha() for one in block.text)


def _open_paragraph(blocks: Sequence[Block]) -> Block | None:
    """The paragraph that may still go on: the last one, or one before a table, caption or figure."""
    for block in blocks[::-1][:4]:
        if block.kind in (Kind.TEXT, Kind.ITEM):
            return block if block.unfinished else None
        if block.kind not in (Kind.TABLE, Kind.CAPTION):
            return None
    return None


def _jumps(blocks: Sequence[Block], block: Block) -> bool:
    """Whether a block is not simply the one below the last: another column begins, or something stood between."""
    last = blocks[-1]
    return last.kind in (Kind.TABLE, Kind.CAPTION) or block.top < last.bottom - 1


def _continues(before: Block, block: Block, *, new_column: bool) -> bool:
    """Whether a paragraph goes on with an unfinished one."""
    first = block.lines[0].lstrip()[:1]
    same = abs(before.size - block.size) <= 0.06 * max(before.size, 1.0) and before.bold == block.bold
    cut = before.lines[-1].endswith("-")
    return new_column and same and len(before.text) > LEAST_OPEN and (first.islower() or cut)


def _carry(pages: Sequence[list[Block]], number: int, vocabulary: Vocabulary) -> str:
    """Move the rest of a page's last sentence from the next page to it; the rest that was moved, or nothing."""
    if number + 1 >= len(pages):
        return ""
    blocks, following = pages[number], pages[number + 1]
    at = _last_body(blocks)
    if at is None or not following or not blocks[at].unfinished:
        return ""
    first = next((i for i, one in enumerate(following) if one.kind not in (Kind.TABLE, Kind.CAPTION)), None)
    if first is None or following[first].kind is not Kind.TEXT or not _runs_over(blocks[at], following[first]):
        return ""
    before, after = blocks[at], following[first]
    rest = _first_sentence(after.text)
    if not rest or len(rest) > LONGEST_CARRIED:
        return ""
    whole = vocabulary.join_lines(f"{before.text}\n{rest}")
    start = len(vocabulary.join_lines(before.text)) if whole.startswith(before.text) else len(before.text.rstrip("-‐"))
    blocks[at] = replace(before, lines=[whole])
    blocks.append(blocks.pop(at))
    remaining = after.text[len(rest) :].strip()
    if remaining:
        following[first] = replace(after, lines=[remaining])
    else:
        following.pop(first)
    return whole[start:].strip()


def _last_body(blocks: Sequence[Block]) -> int | None:
    for at in range(len(blocks) - 1, -1, -1):
        if blocks[at].kind in (Kind.TEXT, Kind.ITEM):
            return at
        if blocks[at].kind is not Kind.NOTE:
            return None
    return None


def _runs_over(before: Block, after: Block) -> bool:
    same = abs(before.size - after.size) <= 0.06 * max(before.size, 1.0)
    first = after.text.lstrip()[:1]
    last = before.text.split()[-1]
    hangs = last.endswith(("-", ",", "‐")) or (last in LITTLE_WORDS and len(before.text) > LEAST_OPEN)
    return same and (first.islower() or (hangs and first.isalnum()))


def _first_sentence(text: str) -> str:
    for unit in split_units(text):
        if unit.kind is UnitKind.PROSE:
            return text[: unit.end].rstrip()
    return text


def _continued_headers(pages: Sequence[Sequence[Block]]) -> dict[int, Table]:
    """For pages that begin with a table going on from the page before without its header: the table with that header."""
    found: dict[int, Table] = {}
    for number in range(1, len(pages)):
        before, here = pages[number - 1], pages[number]
        tables = [block for block in before if block.kind not in (Kind.NOTE,)]
        if not here or here[0].table is None or not tables or tables[-1].table is None:
            continue
        last = found.get(number - 1) if len(tables) == 1 and number - 1 in found else tables[-1].table
        first = here[0].table
        if last is not None and last.header and not first.header and len(last.cells[0]) == len(first.cells[0]):
            found[number] = replace(first, cells=[*last.cells[: last.header], *first.cells], header=last.header)
    return found


def _page_text(blocks: Sequence[Block], continued: Table | None) -> str:
    parts: list[str] = []
    previous: Block | None = None
    for at, block in enumerate(blocks):
        table = continued if at == 0 and continued is not None else block.table
        text = _block_text(block, table)
        if not text:
            continue
        close = previous is not None and _stands_close(previous, block)
        parts.append(("\n" if close else "\n\n") + text if parts else text)
        previous = block
    return "".join(parts)


def _stands_close(before: Block, block: Block) -> bool:
    """Whether only a line's end divides two blocks: a caption from its table, items of one list."""
    if block.kind is Kind.TABLE:
        return before.kind is Kind.CAPTION
    return _is_entry(before) and _is_entry(block)


def _is_entry(block: Block) -> bool:
    return block.kind is Kind.ITEM or (block.kind is Kind.TEXT and _lone(block.text))


def _lone(text: str) -> bool:
    """Whether a short line ends without the end of a sentence: an entry of its own."""
    return len(text) <= SHORT_LINE and not text.rstrip().endswith(FINISHED)


def _block_text(block: Block, table: Table | None) -> str:
    if table is not None:
        return "\n".join(table_lines(table))
    text = block.text.strip() if block.kind is not Kind.CODE else block.text
    if block.kind is Kind.HEADING:
        return f"{'#' * max(1, block.level)} {text}"
    if block.kind is Kind.CODE:
        return f"```\n{text}\n```"
    if block.kind is Kind.ITEM:
        return "  " * block.depth + text
    if block.kind is Kind.CAPTION:
        return text
    if block.kind is Kind.TEXT and _lone(text) and text:
        return f"- {text}"
    return "\\" + text if _MARKUP.match(text) else text
