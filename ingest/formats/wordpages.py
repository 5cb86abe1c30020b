"""Gathers the blocks of a Word document into pages, by its breaks or by its main headings."""

import re
from dataclasses import dataclass, field

from ingest.raw import RawPage

LONGEST_LABEL = 80
LONGEST_PAGE = 6000
"""Characters between two page breaks; where more stand, the breaks do not tell all pages."""
_ITEM = re.compile(r"\s*(?:[-*•]|\(?[\w.]{1,8}[.)])\s")


@dataclass(slots=True)
class Part:
    """A page or a section while it is read: its blocks, the notes referred to on it, and its first heading."""

    blocks: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    heading: str = ""

    @property
    def text(self) -> str:
        """Blocks with blank lines between them, except between the items of a list; the notes below."""
        after = [*self.blocks[1:], ""][: len(self.blocks)]
        joined = "".join(one + _between(one, following) for one, following in zip(self.blocks, after, strict=True))
        return (joined + "\n".join(self.notes)).strip("\n")


def _between(block: str, following: str) -> str:
    is_list = bool(_ITEM.match(block) and _ITEM.match(following)) and "\n\n" not in block
    return "\n" if is_list else "\n\n"


class WordPages:
    """Takes blocks and breaks in reading order."""

    def __init__(self) -> None:
        self._parts = [Part()]
        self._paged = self._rendered = self._has_text = False

    def add(self, block: str) -> None:
        """A block at the end of the page."""
        if block.strip():
            self._parts[-1].blocks.append(block)
            self._has_text = True

    def add_heading(self, words: str, level: int) -> None:
        """A heading at the end of the page."""
        self._parts[-1].heading = self._parts[-1].heading or words
        self.add(f"{'#' * level} {words}")

    def add_notes(self, notes: list[str]) -> None:
        """Footnotes of what was added last."""
        self._parts[-1].notes += notes

    def break_page(self, *, rendered: bool) -> None:
        """A new page; a break that Word noted right behind one that somebody set is the same break."""
        self._rendered |= rendered
        self._paged = True
        if not rendered or self._has_text:
            self._parts.append(Part())
            self._has_text = False

    def result(self) -> tuple[RawPage, ...]:
        """Pages where the file tells them, with the heading as the place where it tells only some; else the parts."""
        if not self._paged:
            return tuple(RawPage(one.text, one.heading[:LONGEST_LABEL]) for one in _by_heading(self._parts[0]))
        known = self._rendered or all(len(part.text) <= LONGEST_PAGE for part in self._parts)
        heading = ""
        pages = []
        for part in self._parts:
            heading = part.heading or heading
            pages.append(RawPage(part.text, "" if known else heading[:LONGEST_LABEL]))
        return tuple(pages)


def _by_heading(whole: Part) -> list[Part]:
    """A document cut before each heading of the outermost level that is used more than once."""
    levels = [len(block) - len(block.lstrip("#")) for block in whole.blocks]
    cut = next((level for level in range(1, 7) if levels.count(level) > 1), 0)
    if not cut:
        return [Part(whole.blocks, whole.notes)]
    parts = [Part()]
    for block, level in zip(whole.blocks, levels, strict=True):
        headings_only = all(one.startswith("#") for one in parts[-1].blocks)
        if 0 < level <= cut and not headings_only:
            parts.append(Part())
            headings_only = True
        if level and headings_only:
            parts[-1].heading = block.lstrip("# ")
        parts[-1].blocks.append(block)
    for note in whole.notes:
        mark = note.partition(":")[0]
        next((one for one in parts if any(mark in block for block in one.blocks)), parts[-1]).notes.append(note)
    return parts
