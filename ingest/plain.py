"""A unit's words without Markdown's markup: for reading, embedding and comparing, never for citing."""

import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterator

from ingest.tables import cells, is_row

_MARKED = re.compile(r"[\[\]*_`\\<#>~$|•+-]|\d[.)]")
"""Text without any of these has no markup."""
_TICKS = re.compile(r"`+")
_FENCE = re.compile(r"\s*(```+|~~~+)[^\n]*\n?")
_FENCE_END = re.compile(r"\n?(?<![ \t>`~])[ \t>]*+(?:```+|~~~+)\s*+$")
_NO_MARKUP = re.compile(
    r"(?<![\\$\w])\$\$[^$]+\$\$|(?<![\\$\w])\$(?=[^\s$])[^$\n]*(?<=[^\s\\])\$(?![\d$])"
    r"|(?<!\w)__[a-z0-9]+(?:_[a-z0-9]+)*__(?!\w)"
)
"""Formulas and Python's own names: what stands in them is no markup."""
_HELD = re.compile("\ue000(\\d+)\ue001")
_PRIVATE = str.maketrans("", "", "\ue000\ue001")
_MARKUP = [
    (re.compile(r"\[\^[^\[\]]+\]:?"), ""),
    (re.compile(r"!?\[([^\[\]]*)\]\([^()\[\]]*(?:\([^()\[\]]*\)[^()\[\]]*)?\)"), r"\1"),
    (re.compile(r"<(https?://[^<>]+)>"), r"\1"),
    (re.compile(r"<br\s*/?>"), " "),
    (re.compile(r"</?(?:b|i|u|em|strong|span|kbd|mark|small|font)(?:\s[^<>]*)?>"), ""),
    (re.compile(r"^ {0,3}(?:#{1,6}[ \t]+|(?:>[ \t]?)+)", re.MULTILINE), ""),
    (re.compile(r"^[ \t]*(?:[-*+•](?:[ \t]+\[[ xX]\])?|\d{1,3}[.)])[ \t]+", re.MULTILINE), ""),
    (re.compile(r"\*\*(?=[^\s*])([^*]+)(?<=\S)\*\*"), r"\1"),
    (re.compile(r"(?<!\w)__(?=[^\s_])([^_]+)(?<=\S)__(?!\w)"), r"\1"),
    (re.compile(r"(?<![\w*])[*](?=\S)([^*\n]+)(?<=\S)[*](?![\w*])"), r"\1"),
    (re.compile(r"\\([\\`*_{}\[\]()#+.!|$~<>-])"), r"\1"),
]


def plain(text: str) -> str:
    """A unit's words as one line without Markdown's markup; a table's cells are divided by a middle dot."""
    if not _MARKED.search(text):
        return " ".join(text.split())
    if is_row(text):
        return " · ".join(words for cell in cells(text) if (words := plain(cell)))
    if fence := _FENCE.match(text):
        return plain_code(text[fence.end() :])
    return " ".join(_without_markup(text).split())


def plain_code(text: str) -> str:
    """The words of code, fences left out and nothing else."""
    if fence := _FENCE.match(text):
        text = text[fence.end() :]
    return " ".join(_FENCE_END.sub("", text).split())


def _without_markup(text: str) -> str:
    held: list[str] = []
    if "`" in text or "$" in text or "__" in text:
        text = _hold_code(text.translate(_PRIVATE), held)
        text = _NO_MARKUP.sub(_hold(held), text)
    for pattern, replacement in _MARKUP:
        text = pattern.sub(replacement, text)
    while held and _HELD.search(text):  # a formula may hold code
        text = _HELD.sub(lambda found: held[int(found.group(1))], text)
    return text


def _hold(held: list[str]) -> Callable[[re.Match[str]], str]:
    """Puts what is found aside and a mark in its place."""

    def put_aside(found: re.Match[str]) -> str:
        held.append(found.group())
        return f"\ue000{len(held) - 1}\ue001"

    return put_aside


def _hold_code(text: str, held: list[str]) -> str:
    """Puts the code between equal runs of backticks aside, without the backticks."""
    parts: list[str] = []
    at = 0
    for start, end, length in code_spans(text):
        parts += [text[at:start], f"\ue000{len(held)}\ue001"]
        held.append(text[start + length : end - length].strip())
        at = end
    return "".join([*parts, text[at:]])


def code_spans(text: str) -> Iterator[tuple[int, int, int]]:
    """Start, end and length of the fence of each code span, as CommonMark pairs them, in linear time."""
    runs = [(found.start(), found.end()) for found in _TICKS.finditer(text)]
    later: dict[int, deque[tuple[int, int]]] = defaultdict(deque)
    for run in runs:
        later[run[1] - run[0]].append(run)
    done = 0
    for start, end in runs:
        same = later[end - start]
        while same and same[0][0] <= start:
            same.popleft()
        if start >= done and same and not _escaped(text, start):
            done = same[0][1]
            yield start, done, end - start


def _escaped(text: str, at: int) -> bool:
    return at > 0 and text[at - 1] == "\\" and not (at > 1 and text[at - 2] == "\\")
