"""Reads a PDF's text page by page with pypdf; pdfium fills in letters that a font's broken table loses."""

import logging
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pypdf
import pypdfium2
from pypdf.errors import PyPdfError

from ingest.errors import MaterialError

LOST = "\x00"
"""What pypdf returns for a glyph whose font maps it to no character; Google's own exam guide has such ligatures."""
EDGE_LINES = 2
"""Running headers and footers are looked for in this many lines at the top and the bottom of a page."""

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
    texts = [_tidy(text) for text in texts]
    texts = _join_hyphens(_drop_running_lines(texts))
    return [
        (text, "" if label == str(number) else label)
        for number, (text, label) in enumerate(zip(texts, labels, strict=True), start=1)
    ]


def _page_text(page: pypdf.PageObject) -> str:
    """One page's text; a page that breaks pypdf is empty, so that it does not cost the others."""
    try:
        return page.extract_text()
    except (PyPdfError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
        return ""


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


def _tidy(text: str) -> str:
    """Single spaces, none at line ends or before a comma, at most one blank line; numbers split by kerning (`1. 2`) joined."""
    lines = [re.sub(r"[ \t\u00a0]+", " ", line).strip() for line in text.replace("\r", "\n").split("\n")]
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
