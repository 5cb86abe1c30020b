"""Renders a section of a note as HTML with a quote marked; nothing in the note can become markup of its own."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from markdown_it import MarkdownIt

OPEN, SHUT = "⸨", "⸩"
"""Stand for the beginning and end of a mark while Markdown is rendered."""
RENDERED = (".md", ".markdown", ".docx", ".docm", ".pptx", ".pptm", ".html", ".htm", ".xhtml", ".epub", ".ipynb")
"""Formats whose text keeps headings, tables and lists as Markdown, so that a document can be drawn whole."""
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$")
_FENCE = re.compile(r"^\s*(```|~~~)")
_DEFINED = re.compile(r"^\[\^([^\]\s]+)\]:\s*(.*)$", re.MULTILINE)
_FOOTNOTE = re.compile(r"\s?\[\^([^\]\s]+)\]")
_RULE = re.compile(r"^\s*\|?[\s:|-]*-[\s:|-]*$")
_DIAGRAM = re.compile(r"^```mermaid[ \t]*\n(.*?)^```[ \t]*$\n?", re.MULTILINE | re.DOTALL)
_FORMULA = re.compile(r"^[ \t]{0,3}\$\$([^$]{1,2000})\$\$[ \t]*$\n?", re.MULTILINE)
_ACTIVE = re.compile(
    r"%%\{|^---|https?:|//|<(?!-|br ?/?>)|^\s*(?:click|callback|href)\b|javascript:|data:|@\{",
    re.MULTILINE | re.IGNORECASE,
)
"""Settings, links, markup, pictures: what a diagram of a stranger could do more than be drawn."""
WORDS_A_MINUTE = 200
ENOUGH = 5
"""Headings of the first two levels that make a table of contents by themselves."""
_LEAD = re.compile(r"^\s*(?:(?:[-*+]|\d+[.)]|>|#{1,6})\s+)*")
_OUTSIDE = re.compile(r'<a href="(https?://[^"]*)"')
_INSIDE = re.compile(r'<a href="(?!https?://)[^"]*"')


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with the words below it, as offsets on its page."""

    title: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a section, as offsets on its page; `diagram` is the Mermaid source where it is one, `formula` TeX."""

    start: int
    end: int
    diagram: str = ""
    formula: str = ""


def sections(page: str) -> list[Section]:
    """The page cut at its headings; a heading with nothing below it stays with the next one."""
    starts: list[tuple[int, str]] = [(0, "")]
    at, fenced, empty = 0, False, True
    for line in page.splitlines(keepends=True):
        fenced ^= bool(_FENCE.match(line))
        heading = None if fenced else _HEADING.match(line.rstrip())
        if heading and empty:
            starts[-1] = (starts[-1][0], heading.group(1))
        elif heading:
            starts.append((at, heading.group(1)))
            empty = True
        elif line.strip():
            empty = False
        at += len(line)
    ends = [start for start, _ in starts[1:]] + [len(page)]
    return [Section(title, start, end) for (start, title), end in zip(starts, ends, strict=True)]


def contents(page: str) -> list[tuple[int, str, int]]:
    """A page's headings as level, words, and position of the section they stand in: the first levels where those suffice."""
    found: list[tuple[int, str, int]] = []
    for at, section in enumerate(sections(page)):
        for line in _outside_code(page[section.start : section.end]):
            if heading := _HEADING.match(line):
                found.append((len(line) - len(line.lstrip("#")), heading.group(1), at))
    high = [one for one in found if one[0] <= 2]
    return high if len(high) >= ENOUGH else [one for one in found if one[0] <= 3]


def _outside_code(text: str) -> Iterator[str]:
    fenced = False
    for line in text.splitlines():
        fenced ^= bool(_FENCE.match(line))
        if not fenced:
            yield line


def section_at(found: list[Section], offset: int) -> int:
    """Position of the section that holds an offset of the page."""
    return max((at for at, one in enumerate(found) if one.start <= offset), default=0)


def parts(page: str, section: Section) -> list[Part]:
    """A section cut into what is shown as text and the diagrams and formulas between that have lines of their own."""
    found: list[Part] = []
    at = section.start
    drawn = [(one, "diagram") for one in _DIAGRAM.finditer(page, section.start, section.end)]
    drawn += [(one, "formula") for one in _FORMULA.finditer(page, section.start, section.end)]
    for one, kind in sorted(drawn, key=lambda pair: pair[0].start()):
        if one.start() >= at:
            found += [Part(at, one.start()), Part(one.start(), one.end(), **{kind: one.group(1).strip()})]
            at = one.end()
    found.append(Part(at, section.end))
    return [one for one in found if page[one.start : one.end].strip()]


def is_drawable(diagram: str) -> bool:
    """Whether a diagram is drawn: not one that brings settings, links, or markup of its own."""
    return not _ACTIVE.search(diagram)


def reading_minutes(page: str) -> int:
    """How long a page takes to read, at least one minute."""
    return max(1, round(len(without_footnotes(page).split()) / WORDS_A_MINUTE))


def without_footnotes(text: str) -> str:
    """Text without footnote marks and their definitions, which a reader does not need in sight."""
    return _FOOTNOTE.sub("", _DEFINED.sub("", text))


def section_html(page: str, section: Section, start: int = 0, end: int = 0, anchor: str = "") -> str:
    """The section as HTML; of the quote from `start` to `end` on the page, what lies in it is marked.

    `anchor` names the section's heading, so that a link can lead there.
    """
    body = page[section.start : section.end].replace(OPEN, "").replace(SHUT, "")
    first, last = max(start, section.start) - section.start, min(end, section.end) - section.start
    if first < last and len(body) == section.end - section.start:
        body = body[:first] + _marked(body[:first], body[first:last]) + body[last:]
    html: str = _markdown().render(without_footnotes(body))
    if anchor:
        html = re.sub(r"<h([1-6])>", rf'<h\1 id="{anchor}">', html, count=1)
    html = _INSIDE.sub("<a", _OUTSIDE.sub(r'<a target="_blank" rel="noopener noreferrer" href="\1"', html))
    return f"<div class='gw-note'>{html.replace(OPEN, '<mark>').replace(SHUT, '</mark>')}</div>"


def _marked(before: str, quote: str) -> str:
    """The quote with each line, and in a table each cell, marked by itself, so that its blocks stay blocks."""
    first, *others = quote.split("\n")
    inside_line = bool(before.rpartition("\n")[2].strip())
    return "\n".join([_mark_line(first, lead=not inside_line), *(_mark_line(line, lead=True) for line in others)])


def _mark_line(line: str, *, lead: bool) -> str:
    if not line.strip() or _RULE.match(line) or _FENCE.match(line):
        return line
    if "|" in line:
        return "|".join(_wrap(cell) for cell in line.split("|"))
    found = _LEAD.match(line) if lead else None
    at = found.end() if found else 0
    return line[:at] + _wrap(line[at:])


def _wrap(words: str) -> str:
    inner = words.strip()
    return words.replace(inner, f"{OPEN}{inner}{SHUT}", 1) if inner else words


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    """HTML in a note is shown as text, and pictures are not fetched: they could tell another host what is read."""
    return MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
