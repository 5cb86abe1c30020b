"""Text that a file holds and its reader does not see: it is left out, and named when the file is added.

Hidden text is how a document gives orders to a language model behind the back of the person who adds it; none of it may be
searched, quoted or handed to a writer.
"""

import re
from collections.abc import Sequence

from ingest.hidden_styles import NEVER_SHOWN, declared, hides
from ingest.plain import code_spans

LONGEST_SHOWN = 200
"""Characters of one hidden text that are reported."""
MOST_SHOWN = 3
FEWEST_WORDS = 4
"""Fewest words of a hidden text that is reported; shorter ones are labels for screen readers and are left out silently."""
FEWEST_CHARACTERS = 8
"""In a row without a shape of their own: fewer come from word processors and typography, and are removed without a word."""

_TAGS = re.compile("[\U000e0000-\U000e007f]+")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{2,}")
_WITHOUT_SHAPE = re.compile("[\u200b-\u200f\u2060-\u2064\ufeff\u180e\u034f\u061c\u115f\u1160\u3164\uffa0]+")
_REVERSED = re.compile("[\u202d\u202e]([^\u202c\n]+)")
_SILENT = re.compile(
    "[\U000e0000-\U000e007f\U000e0100-\U000e01ef\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0\ufff9-\ufffb"
    "\U0001d173-\U0001d17a]"
)
WHITES = frozenset({"white", "#fff", "#ffffff", "#fefefe", "rgb(255,255,255)", "rgb(255, 255, 255)"})
_FLAG = "\U0001f3f4"
"""A black flag before tag characters is the flag of a region, such as Scotland."""


def hidden_note(texts: Sequence[str]) -> tuple[str, ...]:
    """The sentence that tells which hidden texts were left out; none when there are none."""
    said = list(dict.fromkeys(" ".join(text.split()) for text in texts if len(text.split()) >= FEWEST_WORDS))
    if not said:
        return ()
    quoted = ", ".join(
        f"“{text[:LONGEST_SHOWN]}{' …' if len(text) > LONGEST_SHOWN else ''}”" for text in said[:MOST_SHOWN]
    )
    more = f" and {len(said) - MOST_SHOWN} more" if len(said) > MOST_SHOWN else ""
    return (f"Text that its reader does not see was left out: {quoted}{more}.",)


def without_unseen(text: str) -> tuple[str, tuple[str, ...]]:
    """The text without characters that have no shape, and what was written with them."""
    found = [_decoded_tags(run.group()) for run in _TAGS.finditer(text) if text[run.start() - 1 : run.start()] != _FLAG]
    found += [_decoded_selectors(run.group()) for run in _SELECTORS.finditer(text)]
    found += [
        f"{len(run.group())} characters without any shape"
        for run in _WITHOUT_SHAPE.finditer(text)
        if len(run.group()) >= FEWEST_CHARACTERS
    ]
    found += [f"a part shown in reverse: {run.group(1)}" for run in _REVERSED.finditer(text)]
    return _SILENT.sub("", _SELECTORS.sub("", text)), tuple(found)


def _decoded_tags(run: str) -> str:
    """Tag characters repeat ASCII, invisibly."""
    spelled = "".join(chr(ord(one) - 0xE0000) for one in run if 0x20 <= ord(one) - 0xE0000 < 0x7F)
    return f"in tag characters: {spelled}"


def _decoded_selectors(run: str) -> str:
    """Variation selectors one after the other spell bytes: 16 in one block, 240 in the other."""
    data = bytes(ord(one) - 0xFE00 if ord(one) <= 0xFE0F else ord(one) - 0xE0100 + 16 for one in run)
    return f"in variation selectors: {data.decode('utf-8', errors='replace')}"


_FENCE = re.compile(r"[ \t]{0,3}(```|~~~)")
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]{0,40})([^<>]*)>")
_ATTRIBUTE = re.compile(r"([a-z-]+)\s{0,20}(?:=\s{0,20}(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+)))?", re.IGNORECASE)
_DEFINITION = re.compile(
    r"^[ ]{0,3}\[(?!\^)[^\]\[\n]{1,999}\]:[ \t]*[^\s]+(?:[ \t]+(\"[^\"\n]*\"|'[^'\n]*'|\([^)\n]*\)))?[ \t]*$\n?",
    re.MULTILINE,
)
"""A link's address below the text, whose title can hold any words; `[//]: # (…)` is a comment in disguise."""
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)


def without_hidden_markup(text: str) -> tuple[str, tuple[str, ...]]:
    """Markdown without its comments, hidden elements and titles of link definitions, and their words; code stays."""
    masked = _without_code(text)
    spans = sorted([*_comments(masked), *_hidden_elements(masked)])
    spans += [found.span() for found in _DEFINITION.finditer(masked)]
    kept, found, at = [], [], 0
    for start, end in sorted(spans):
        if end <= at:
            continue
        kept.append(text[at : max(at, start)])
        words = " ".join(_TAG.sub(" ", text[max(at, start) : end]).split())
        found += [words] if _says_something(words) else []
        at = end
    return "".join([*kept, text[at:]]), tuple(found)


def _says_something(words: str) -> bool:
    """Whether a hidden text is worth a report: an address alone is not."""
    definition = _DEFINITION.fullmatch(words)
    said = definition.group(1) or "" if definition else words.removeprefix("<!--").removesuffix("-->")
    return any(character.isalnum() for character in said)


def _without_code(text: str) -> str:
    """The text with the characters of code replaced, so that nothing in it is taken for markup."""
    lines: list[str] = []
    fence = ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        inside = bool(fence or mark)
        if mark and fence in ("", mark.group(1)):
            fence = "" if fence else mark.group(1)
        lines.append("x" * len(line) if inside else line)
    masked = list("\n".join(lines))
    for start, end, _ in code_spans("".join(masked)):
        masked[start:end] = "x" * (end - start)
    return "".join(masked)


def _comments(text: str) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    at = text.find("<!--")
    while at >= 0:
        end = text.find("-->", at + 4)
        if end < 0:
            opens_a_block = not text[text.rfind("\n", 0, at) + 1 : at].strip()
            return spans + ([(at, len(text))] if opens_a_block else [])
        spans.append((at, end + 3))
        at = text.find("<!--", end + 3)
    return spans


def _hidden_elements(text: str) -> list[tuple[int, int]]:
    """From the opening to the closing tag of each outermost hidden element; one that is never closed goes on to the end."""
    spans: list[tuple[int, int]] = []
    start, name, depth = 0, "", 0
    for tag in _TAG.finditer(text):
        closing, kind = bool(tag.group(1)), tag.group(2).lower()
        if depth:
            if kind == name:
                depth += -1 if closing else not tag.group(3).rstrip().endswith("/")
            if not depth:
                spans.append((start, tag.end()))
        elif not closing and kind not in _VOID and _is_hidden(kind, tag.group(3)):
            start, name, depth = tag.start(), kind, 1
    return spans + ([(start, len(text))] if depth else [])


def _is_hidden(name: str, attributes: str) -> bool:
    if name in NEVER_SHOWN:
        return True
    said = {
        one.group(1).lower(): one.group(2) or one.group(3) or one.group(4) or ""
        for one in _ATTRIBUTE.finditer(attributes)
    }
    own = declared(said.get("style", ""))
    white = said.get("color", own.get("color", "")).lower() in WHITES and not {"background", "background-color"} & set(
        own
    )
    return "hidden" in said or white or hides(own)
