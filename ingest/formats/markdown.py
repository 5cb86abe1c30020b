"""Reads notes in Markdown as their tool shows them: Obsidian's links, callouts and comments, HTML in between, pictures.

What is in code stays as it is. Links keep their address, as it is part of the text of a note; `plain` leaves it out.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from ingest.blocks import Shape, parse_blocks
from ingest.encoding import Decoded, decode
from ingest.formats.markup import PICTURE, html_to_markdown, meaningful
from ingest.hidden import hidden_note, without_hidden_markup
from ingest.plain import code_spans
from ingest.raw import RawPage, RawPages

_CALLOUT = re.compile(r"^((?:>[ \t]?)+)\[!([A-Za-z][\w-]*)(?:\|[^\]\n]*)?\][+-]?[ \t]*(.*)$", re.MULTILINE)
_ADMONITION = re.compile(r"^(?:!!!|\?\?\?\+?)[ \t]+\w+(?:[ \t]+\"([^\"\n]*)\")?[ \t]*$", re.MULTILINE)
_EMBED = re.compile(r"!\[\[[^\[\]\n]*\]\]")
_WIKILINK = re.compile(r"\[\[(?=[^\[\]\n]*[^\W\d_])(?![ ])([^\[\]|\n]+?)(?:\\?\|([^\[\]\n]+))?\]\]")
_HIGHLIGHT = re.compile(r"(?<![=\w])==(?=[^\s=])([^=\n]+)(?<=[^\s=])==(?![=\w])")
_COMMENT = re.compile(r" ?(?<![%\w])%%(?:(?=[^\s%])[^%\n]*[^\s%\d]|(?=\s)[^%]*(?:%(?!%)[^%]*)*(?<=\s))%%(?![%\w])")
_BLOCK_ID = re.compile(r"(?:(?<=\s)|^)\^(?:[A-Za-z][\w-]*|[0-9a-f]{6})[ \t]*$", re.MULTILINE)
_IMAGE = re.compile(r"!\[([^\[\]\n]*)\](?:\([^()\n]*(?:\([^()\n]*\)[^()\n]*)?\)|\[[^\[\]\n]*\])")
_IMAGE_LINE = re.compile(rf"^[ \t]*{_IMAGE.pattern}[ \t]*$", re.MULTILINE)
_LINKED_NOTHING = re.compile(r"\[\s*\]\([^()\n]*\)")
_DATA_DEFINITION = re.compile(r"^\[[^\[\]\n]+\]:[ \t]*<?data:[^\n]*$", re.MULTILINE)
_DEFINITION = re.compile(r"^ {0,3}\[([^\[\]^\n][^\[\]\n]*)\]:[ \t]*\S+", re.MULTILINE)
_REFERENCE = re.compile(r"\[([^\[\]\n]+)\]\[([^\[\]\n]*)\]")
_TAGS = re.compile(
    r"</?(?:details|summary|div|p|center|aside|section|article|figure|figcaption|picture|source|a|img|video|iframe|nobr|wbr|dl|dt|dd|ul|ol|li)"
    r"(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_SCRIPTS = re.compile(r"<(su[bp])>([^<>\n]{1,40})</\1>", re.IGNORECASE)
_BLANK_LINES = re.compile(r"\n[ \t]*\n(?:[ \t]*\n)+")
_HELD = "\ue002"
"""Stands for a piece of code while the text around it is cleaned."""


def read_markdown(path: Path) -> RawPages:
    """A note as one page."""
    decoded = decode(path.read_bytes(), name=path.name)
    shown, hidden = without_hidden_markup(decoded.text)
    return as_pages(decoded, clean_markdown(shown), hidden_note(hidden))


def as_pages(decoded: Decoded, text: str, notes: tuple[str, ...] = ()) -> RawPages:
    """Text that was decoded as one page, with what is to be said about the decoding."""
    return RawPages((RawPage(text),), ((decoded.note, *notes) if decoded.note else notes))


def clean_markdown(text: str) -> str:
    """Markdown as its tool shows it, without comments and embeds; code untouched."""
    text = text.replace("\r\n", "\n").replace(_HELD, "")
    held: list[str] = []
    outside = "".join(_without_code(text, held))
    for clean in _STEPS:
        outside = clean(outside)
    pieces = outside.split(_HELD)
    restored = [piece + code for piece, code in zip(pieces, [*held, ""], strict=False)]
    return _BLANK_LINES.sub("\n\n", "".join(restored)) if outside != text else text


def _without_code(text: str, held: list[str]) -> Iterator[str]:
    """The text with a mark in place of each block and span of code, which is put aside."""
    lines = text.splitlines(keepends=True) if "\x0b" not in text and "\x0c" not in text else text.split("\n")
    at = 0
    for block in parse_blocks(text):
        if block.shape is Shape.CODE and block.last <= len(lines) and _is_fence(lines[block.first]):
            yield from _without_spans("".join(lines[at : block.first]), held)
            held.append("".join(lines[block.first : block.last]).removesuffix("\n"))
            yield _HELD + ("\n" if lines[block.last - 1].endswith("\n") else "")
            at = block.last
    yield from _without_spans("".join(lines[at:]), held)


def _is_fence(line: str) -> bool:
    return line.lstrip(" \t>-*+0123456789.)").startswith(("```", "~~~"))


def _without_spans(text: str, held: list[str]) -> Iterator[str]:
    at = 0
    for start, end, _ in code_spans(text):
        yield text[at:start] + _HELD
        held.append(text[start:end])
        at = end
    yield text[at:]


def _without_comments(text: str) -> str:
    """Comments of HTML and of Obsidian go; a mark that is never closed is text."""
    return _COMMENT.sub("", _between(text, "<!--", "-->", lambda inside: ""))


def _between(text: str, opening: str, closing: str, replace: Callable[[str], str]) -> str:
    """The text with each part from an opening to the next closing replaced; what is never closed stays."""
    parts: list[str] = []
    at = 0
    lowered = text.lower()
    while (start := lowered.find(opening, at)) >= 0 and (end := lowered.find(closing, start + len(opening))) >= 0:
        end += len(closing)
        parts += [text[at:start], replace(text[start:end])]
        at = end
    return "".join([*parts, text[at:]])


def _html_tables(text: str) -> str:
    return _between(text, "<table", "</table>", lambda table: f"\n\n{html_to_markdown(table)}\n\n")


def _html_tags(text: str) -> str:
    if "<" not in text:
        return text
    text = _SCRIPTS.sub(lambda found: html_to_markdown(found.group()), text)
    return _TAGS.sub("", text)


def _callouts(text: str) -> str:
    def title(found: re.Match[str]) -> str:
        quote = found[1].rstrip()
        return f"{quote} **{found[3].strip()}**\n{quote}" if found[3].strip() else quote

    return _ADMONITION.sub(lambda found: f"**{found[1]}**\n" if found[1] else "", _CALLOUT.sub(title, text))


def _links(text: str) -> str:
    """Obsidian's links as the words it shows for them."""
    return _WIKILINK.sub(lambda found: found[2] or found[1].strip("#").replace("#", " > "), _EMBED.sub("", text))


def _pictures(text: str) -> str:
    text = _IMAGE_LINE.sub(lambda found: f"{PICTURE}{alt}" if (alt := meaningful(found[1])) else "", text)
    return _LINKED_NOTHING.sub("", _IMAGE.sub(lambda found: meaningful(found[1]), text))


def _references(text: str) -> str:
    """Links by reference as their words, where the page defines the reference."""
    text = _DATA_DEFINITION.sub("", text)
    known = {found[1].lower() for found in _DEFINITION.finditer(text)}
    return _REFERENCE.sub(lambda found: found[1] if (found[2] or found[1]).lower() in known else found.group(), text)


_STEPS: tuple[Callable[[str], str], ...] = (
    _without_comments,
    _html_tables,
    _callouts,
    _links,
    _pictures,
    _references,
    _html_tags,
    lambda text: _HIGHLIGHT.sub(r"\1", text),
    lambda text: _BLOCK_ID.sub("", text),
)
