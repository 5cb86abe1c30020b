"""Reads a PDF's text page by page with pypdf; pdfium fills in letters that a font's broken table loses."""

import logging
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pypdf
import pypdfium2
from pypdf.errors import PyPdfError

from ingest.errors import MaterialError

LOST = "\x00"
"""What pypdf returns for a glyph whose font maps it to no character; Google's own exam guide has such ligatures."""
BULLETS = "\x7f•●○▪■◦‣∙"
"""What stands before a list's items; code 127 is a bullet in the WinAnsi encoding of PDF fonts (ISO 32000-1, annex D)."""
_GLUED = re.compile(r"[A-Za-z]{19,}")
"""A run of letters too long for a word: fonts whose width table lacks the space make pypdf lose it (seen in LaTeX documents)."""
EDGE_LINES = 2
"""Running headers and footers are looked for in this many lines at the top and the bottom of a page."""

HEADING_SIZE = 1.1
LONGEST_HEADING = 200
"""Characters; more in larger type is a paragraph of its own, not a heading."""

logging.getLogger("pypdf").setLevel(logging.CRITICAL)


def read_pdf(path: Path) -> list[tuple[str, str]]:
    """Text and printed label of each page, in order; a page that cannot be read is empty.

    Raises `MaterialError` when the file is broken, encrypted, or has no readable page at all.
    """
    try:
        reader = pypdf.PdfReader(path)
        if reader.is_encrypted and not reader.decrypt(""):
            raise MaterialError(f"{path.name} is encrypted. Save a copy without a password and add that.")
        texts = [_page_text(page) for page in reader.pages]
        labels = list(reader.page_labels)
    except (PyPdfError, OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise MaterialError(f"{path.name} is not a PDF we can open, it may be damaged ({error}).") from error
    if any(LOST in text for text in texts):
        texts = _restore_lost_letters(path, texts)
    if any(_GLUED.search(text) for text in texts):
        texts = _restore_lost_spaces(path, texts)
    texts = [_tidy(text) for text in texts]
    texts = _join_hyphens(_drop_running_lines(texts))
    return [
        (text, "" if label == str(number) else label)
        for number, (text, label) in enumerate(zip(texts, labels, strict=True), start=1)
    ]


@dataclass(frozen=True, slots=True)
class _Fragment:
    """A run of text as pypdf met it, with its font size in points and whether the font is bold."""

    text: str
    size: float
    bold: bool


def _page_text(page: pypdf.PageObject) -> str:
    """One page's text, headings apart; a page that breaks pypdf is empty, so that it does not cost the others."""
    fragments: list[_Fragment] = []

    def visit(text: str, scale: list[float], matrix: list[float], font: dict[str, str] | None, size: float) -> None:
        points = size * abs(matrix[3] or 1) * abs(scale[3] or 1)
        fragments.append(_Fragment(text, points, "bold" in str((font or {}).get("/BaseFont", "")).lower()))

    try:
        page.extract_text(visitor_text=visit)
    except (PyPdfError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
        return ""
    return _set_headings_apart(fragments)


def _set_headings_apart(fragments: list[_Fragment]) -> str:
    """The fragments' text with blank lines around lines in larger or bold type, wrapped headings joined.

    Larger means `HEADING_SIZE` times the size most of the page is set in.
    """
    text = "".join(fragment.text for fragment in fragments)
    sizes = Counter[float]()
    for fragment in fragments:
        sizes[round(fragment.size, 1)] += len(fragment.text.strip())
    body = sizes.most_common(1)[0][0] if sizes else 0.0
    styles = [
        round(one.size, 1) if one.size >= HEADING_SIZE * body or one.bold else 0.0
        for one in fragments
        for _ in one.text
    ]
    lines: list[str] = []
    before = 0.0
    at = 0
    for line in text.split("\n"):
        inked = [style for offset, style in enumerate(styles[at : at + len(line)]) if line[offset].isalnum()]
        at += len(line) + 1
        style = min(inked, default=0.0 if line.strip() else before)
        if style and style == before and len(lines[-1]) + len(line) <= LONGEST_HEADING:
            lines[-1] = f"{lines[-1].rstrip()} {line.lstrip()}"
        else:
            if style != before:
                lines.append("")
            lines.append(line)
        before = style
    return "\n".join(lines)


def _restore_lost_letters(path: Path, texts: list[str]) -> list[str]:
    """Replace each lost glyph by the letters pdfium sees in the same word of the same page."""
    document = pypdfium2.PdfDocument(path)
    restored = []
    for number, text in enumerate(texts):
        seen = document[number].get_textpage().get_text_range() if LOST in text else ""
        words = set(re.findall(r"\w+", seen))
        restored.append(re.sub(rf"\w*{LOST}[\w{LOST}]*", _word_restorer(words), text))
    document.close()
    return restored


def _word_restorer(words: set[str]) -> Callable[[re.Match[str]], str]:
    def restore(found: re.Match[str]) -> str:
        broken = found.group()
        pattern = re.compile(r"\w{1,3}".join(re.escape(part) for part in broken.split(LOST)))
        fits = sorted(word for word in words if pattern.fullmatch(word))
        return fits[0] if fits else broken.replace(LOST, "\ufffd")

    return restore


def _restore_lost_spaces(path: Path, texts: list[str]) -> list[str]:
    """Take the spaces of each line from pdfium's reading of the same letters, where it has more of them."""
    document = pypdfium2.PdfDocument(path)
    restored = []
    for number, text in enumerate(texts):
        seen = document[number].get_textpage().get_text_range()
        places = [at for at, letter in enumerate(seen) if letter.isalnum()]
        letters = "".join(seen[at] for at in places)
        restored.append("\n".join(_respaced(line, seen, places, letters) for line in text.split("\n")))
    document.close()
    return restored


def _respaced(line: str, seen: str, places: list[int], letters: str) -> str:
    """A line with the spaces between its letters and digits as in `seen`, whose letters stand at `places`."""
    inked = [at for at, letter in enumerate(line) if letter.isalnum()]
    found = letters.find("".join(line[at] for at in inked)) if inked else -1
    if found < 0:
        return line
    spaced = " ".join(seen[places[found] : places[found + len(inked) - 1] + 1].split())
    if re.search(r"[^\x20-\uffef]", spaced) or spaced.count(" ") <= line[inked[0] : inked[-1] + 1].count(" "):
        return line
    return line[: inked[0]] + spaced + line[inked[-1] + 1 :]


def _tidy(text: str) -> str:
    """Single spaces, bullets on their item's line, at most one blank line, numbers split by kerning (`1. 2`) joined."""
    text = re.sub(rf"^\s*[{BULLETS}]\s*\n\s*(?=\S)", "• ", text.replace("\r", "\n"), flags=re.MULTILINE)
    lines = [re.sub(r"[ \t\u00a0]+", " ", line).strip() for line in text.split("\n")]
    lines = [re.sub(r"^(\d+\.) (\d+)(?= )", r"\1\2", line) for line in lines]
    lines = [re.sub(r" ([,.;:])(?=\s|$)", r"\1", line) for line in lines]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _drop_running_lines(texts: list[str]) -> list[str]:
    """Remove lines that stand at the edge of at least half of the pages when their digits are ignored."""
    if len(texts) < 3:
        return texts
    seen = Counter(shape for text in texts for shape in {_shape(line) for line in _edges(text.split("\n"))})
    running = {shape for shape, count in seen.items() if count >= max(3, len(texts) / 2)}
    return [_without(text, running) for text in texts]


def _edges(lines: list[str]) -> list[str]:
    return lines[:EDGE_LINES] + lines[-EDGE_LINES:]


def _shape(line: str) -> str:
    return re.sub(r"\d+", "#", line.strip().lower())


def _without(text: str, running: set[str]) -> str:
    lines = text.split("\n")
    last = len(lines) - EDGE_LINES
    kept = [
        line
        for position, line in enumerate(lines)
        if not ((position < EDGE_LINES or position >= last) and _shape(line) in running)
    ]
    return "\n".join(kept).strip()


def _join_hyphens(texts: list[str]) -> list[str]:
    """Join words broken at a line's end; a compound that the document also writes with its hyphen keeps it."""
    compounds = {word.lower() for text in texts for word in re.findall(r"\b[A-Za-z]+-[A-Za-z]+\b", text)}

    def join(found: re.Match[str]) -> str:
        left, right = found.group(1), found.group(2)
        return f"{left}-{right}" if f"{left}-{right}".lower() in compounds else left + right

    return [re.sub(r"\b([A-Za-z]+)-\n([a-z]+)\b", join, text) for text in texts]
