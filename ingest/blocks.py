"""The blocks of a page by CommonMark's rules, each with its lines: headings, paragraphs, list items, code, tables, rules.

markdown-it-py finds the blocks; what is inside a line is not parsed. HTML and link definitions are paragraphs here: readers
turn them into Markdown before a page is cut.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token


class Shape(StrEnum):
    """What a block is before its lines are looked at."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    CODE = "code"
    HEADER = "header"
    ROW = "row"
    RULE = "rule"


@dataclass(frozen=True, slots=True)
class Block:
    """Lines `first` to `last` (exclusive) of a page; `depth` is a heading's level or the number of lists around."""

    first: int
    last: int
    shape: Shape
    depth: int = 0
    title: str = ""
    quoted: bool = False
    """Whether it stands in a block quote."""


LONGEST_UNDERLINED = 80
"""Characters; a longer line above dashes is a sentence above a rule, not a heading."""
_ENDS_SENTENCE = re.compile(r"[.:;,!?]\s*$")


def parse_blocks(text: str) -> list[Block]:
    """Blocks in order that do not overlap; blank lines and the marks of empty items are in none."""
    blocks: list[Block] = []
    for block in _found(_parser().parse(text)):
        first = max(block.first, blocks[-1].last if blocks else 0)
        if first < block.last:
            blocks.append(Block(first, block.last, block.shape, block.depth, block.title, block.quoted))
    return blocks


@lru_cache(maxsize=1)
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable("table").disable(["reference", "html_block"])
    parser.core.ruler.enableOnly(["block"])
    return parser


def _found(tokens: "list[Token]") -> Iterator[Block]:
    """Blocks as the tokens come; an item's mark belongs to its first block."""
    depth = quotes = 0
    mark: int | None = None
    for at, token in enumerate(tokens):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            depth += 1
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            depth -= 1
        elif token.type in ("blockquote_open", "blockquote_close"):
            quotes += token.nesting
        elif token.type == "list_item_open" and token.map and mark is None:
            mark = token.map[0]
        elif token.type == "list_item_close":
            mark = None
        elif token.map and token.type in _SHAPES:
            inside = tokens[min(at + 1, len(tokens) - 1)]
            yield from _blocks_of(token, inside, mark=mark, depth=depth, quoted=quotes > 0)
            mark = None


_SHAPES = {
    "heading_open": Shape.HEADING,
    "paragraph_open": Shape.PARAGRAPH,
    "fence": Shape.CODE,
    "code_block": Shape.CODE,
    "hr": Shape.RULE,
    "tr_open": Shape.ROW,
}


def _blocks_of(token: "Token", inside: "Token", *, mark: int | None, depth: int, quoted: bool) -> Iterator[Block]:
    """The block of one token: a rule below a sentence is no underline, a table's first row is its header."""
    first, last = token.map or (0, 0)
    shape = _SHAPES[token.type]
    if shape is Shape.HEADING and mark is None and not quoted:
        yield from _heading(token, inside, first, last)
    elif shape is Shape.ROW and inside.type == "th_open":
        yield Block(first, first + 1, Shape.HEADER, depth)
        yield Block(first + 1, first + 2, Shape.RULE, depth)
    elif shape in (Shape.HEADING, Shape.PARAGRAPH) and mark is not None:
        yield Block(mark, last, Shape.ITEM, depth, quoted=quoted)
    else:
        shape = Shape.PARAGRAPH if shape is Shape.HEADING else shape
        yield Block(first if mark is None else mark, last, shape, depth, quoted=quoted)


def _heading(token: "Token", inside: "Token", first: int, last: int) -> Iterator[Block]:
    title = inside.content.strip()
    underlined = token.markup == "-"
    if underlined and ("\n" in title or len(title) > LONGEST_UNDERLINED or _ENDS_SENTENCE.search(title)):
        yield Block(first, last - 1, Shape.PARAGRAPH)
        yield Block(last - 1, last, Shape.RULE)
    else:
        yield Block(first, last, Shape.HEADING, int(token.tag[1:]), title)
