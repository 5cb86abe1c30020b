"""From the words of one page to its blocks, and for a page that stands alone to its text."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from ingest.pdf.blocks import Block, make_blocks
from ingest.pdf.columns import reading_order
from ingest.pdf.compose import Outline, make_texts
from ingest.pdf.hyphens import Vocabulary
from ingest.pdf.lines import Segment, find_segments
from ingest.pdf.tables import Table, find_tables
from ingest.pdf.words import Word

NOTE_ZONE = 0.35
"""Footnotes stand below this share of a page's height."""


def layout_text(words: Sequence[Word], *, height: float) -> str:
    """The text of a page that is known by its words alone."""
    segments = find_segments(words)
    if not segments:
        return ""
    body, mono = body_style(segments)
    blocks = page_blocks(segments, [], body=body, mono=mono, note_zone=NOTE_ZONE * height)
    return make_texts([blocks], Vocabulary(one.text for one in segments), Outline([], body, [blocks]))[0].text


def body_style(segments: Iterable[Segment]) -> tuple[float, bool]:
    """The type size that most of a text is set in, and whether that is a typewriter's."""
    sizes = Counter[float]()
    mono = 0
    for one in segments:
        sizes[one.size] += len(one.text)
        mono += len(one.text) if one.mono else 0
    return (sizes.most_common(1)[0][0], mono * 2 > sum(sizes.values())) if sizes else (10.0, False)


def page_blocks(
    segments: Sequence[Segment], framed: Sequence[Table], *, body: float, mono: bool, note_zone: float
) -> list[Block]:
    """The blocks of a page in reading order; `framed` are tables that were found by their lines."""
    markers = [_as_segment(table) for table in framed]
    tables = {id(marker): table for marker, table in zip(markers, framed, strict=True)}
    blocks: list[Block] = []
    for group in reading_order([*segments, *markers]):
        items: list[Table | list[Segment]] = []
        for part in _between(group, tables):
            items += [part] if isinstance(part, Table) else find_tables(part)
        blocks += make_blocks(items, body=body, mono_body=mono, bottom_zone=note_zone)
    return blocks


def _as_segment(table: Table) -> Segment:
    """A table's place on the page, so that it is put in order with the lines around it."""
    return Segment([], table.left, table.top, table.right, table.bottom, table.top, table.size, False, False)


def _between(group: Sequence[Segment], tables: dict[int, Table]) -> Iterator[Table | list[Segment]]:
    """A group's segments from top to bottom, each framed table in its place between them."""
    pending: list[Segment] = []
    for one in sorted(group, key=lambda one: one.base):
        if id(one) in tables:
            if pending:
                yield pending
            yield tables[id(one)]
            pending = []
        else:
            pending.append(one)
    if pending:
        yield pending
