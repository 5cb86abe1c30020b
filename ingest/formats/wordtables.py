"""The grid of a Word table: rows, cells, what is merged, and which rows are headers."""

from collections.abc import Callable, Iterator
from xml.etree.ElementTree import Element

from ingest.formats.elements import child, is_on, local, value

WIDEST_SPAN = 60
"""Columns that one cell may cover."""


def all_rows(table: Element) -> Iterator[Element]:
    """The rows of a table; those that were deleted while changes were tracked are left out."""
    for one in table:
        if local(one.tag) == "tr" and child(child(one, "trPr"), "del") is None:
            yield one
        elif local(one.tag) in ("sdt", "sdtContent", "ins", "customXml"):
            yield from all_rows(one)


def cells_of(row: Element) -> Iterator[Element]:
    """The cells of a row."""
    for one in row:
        if local(one.tag) == "tc":
            yield one
        elif local(one.tag) in ("sdt", "sdtContent", "customXml"):
            yield from cells_of(one)


def columns_merged(rows: list[Element], text_of: Callable[[Element], str]) -> list[list[str]]:
    """The texts of all rows, one for each column: what is merged with the cell above says what that says."""
    grid: list[list[str]] = []
    for row in rows:
        texts: list[str] = []
        for cell in cells_of(row):
            properties = child(cell, "tcPr")
            span = value(child(properties, "gridSpan"))
            goes_on = _goes_on_above(cell) and grid and len(grid[-1]) > len(texts)
            texts.append(grid[-1][len(texts)] if goes_on else text_of(cell))
            texts += [""] * (min(int(span), WIDEST_SPAN) - 1 if span.isdecimal() and int(span) else 0)
        grid.append(texts)
    return grid


def header_rows(rows: list[Element]) -> int:
    """How many rows at the top are headers: those marked so, else the first with those that its cells reach down into."""
    marked = 0
    while marked < len(rows) and is_on(child(rows[marked], "trPr"), "tblHeader"):
        marked += 1
    if not marked:
        marked = 1
        while marked < len(rows) and any(_goes_on_above(cell) for cell in cells_of(rows[marked])):
            marked += 1
    return marked if marked < len(rows) else 1


def _goes_on_above(cell: Element) -> bool:
    merged = child(child(cell, "tcPr"), "vMerge")
    return merged is not None and value(merged) != "restart"
