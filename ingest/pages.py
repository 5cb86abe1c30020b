"""Turns a file into pages of clean text, one reader per suffix; knows nothing of chunks or vectors."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ingest.documents import (
    read_docx,
    read_epub,
    read_html,
    read_notebook,
    read_question_table,
    read_slides,
    read_transcript,
)
from ingest.errors import MaterialError
from ingest.pdf import BULLETS, read_pdf
from ingest.settings import ReadingSettings
from ingest.sources import Source, check_expansion
from ingest.worker import ParserProcess

LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
_TRANSLATION = str.maketrans(
    {
        **LIGATURES,
        **dict.fromkeys(BULLETS, "•"),
        **dict.fromkeys("\u00a0\u2002\u2003\u2007\u2009\u202f", " "),
    }
)
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a source: `number` counts from 1 as a reader does, `label` is what is printed on it, if different."""

    source: Source
    number: int
    text: str
    label: str = ""


def normalise(text: str) -> str:
    """One spelling for what looks alike: ligatures, bullets, odd spaces, line ends; invisible characters go.

    NFC, not NFKC: compatibility forms would turn 10² into 102, which is a wrong number.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")
    text = _UNSEEN.sub("", unicodedata.normalize("NFC", text)).translate(_TRANSLATION)
    return _CONTROL.sub("", text)


def read_text(path: Path) -> list[str]:
    """A text or Markdown file as one page; raises `MaterialError` when it is not text."""
    data = path.read_bytes()
    if b"\x00" in data[:4096] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise MaterialError(f"{path.name} is not a text file although it is named like one. Convert or rename it.")
    for encoding in ("utf-8-sig", "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "cp1252"):
        try:
            return [data.decode(encoding)]
        except UnicodeDecodeError:
            continue
    raise MaterialError(f"{path.name} is in no text encoding we know. Save it as UTF-8.")


def _plain(path: Path) -> list[tuple[str, str]]:
    return [(text, "") for text in read_text(path)]


Reader = Callable[[Path], list[tuple[str, str]]]
"""A reader returns (text, printed label) for each page, in order, empty pages included."""

READERS: dict[str, Reader] = {
    ".pdf": read_pdf,
    ".md": _plain,
    ".markdown": _plain,
    ".txt": _plain,
    ".html": read_html,
    ".htm": read_html,
    ".docx": read_docx,
    ".epub": read_epub,
    ".ipynb": read_notebook,
    ".pptx": read_slides,
    ".srt": read_transcript,
    ".vtt": read_transcript,
    ".csv": read_question_table,
}


def readable(path: Path) -> bool:
    """Whether a reader exists for the file's suffix."""
    return path.suffix.lower() in READERS


IN_PROCESS = frozenset({".md", ".markdown", ".txt", ".srt", ".vtt", ".csv"})
"""Formats that our own code reads in time that grows with the file; the others go through parsers in a process of their own."""


def read_pages(source: Source, reading: ReadingSettings, parser: ParserProcess | None = None) -> list[Page]:
    """All pages of a source that hold text, numbered as in the file; formats with a foreign parser go through `parser`.

    Raises `MaterialError` when the file is too large, of an unknown format, broken, or holds no text.
    """
    max_megabytes, max_pages = reading.max_megabytes, reading.max_pages
    suffix = source.path.suffix.lower()
    reader = READERS.get(suffix)
    if reader is None:
        raise MaterialError(f"{source.name}: {source.path.suffix or 'no suffix'} is not a format we read.")
    size = source.path.stat().st_size
    if size == 0:
        raise MaterialError(f"{source.name} is empty. Save some text into it, or leave it out.")
    if size > max_megabytes * 1_000_000:
        raise MaterialError(
            f"{source.name} is larger than {max_megabytes} MB. Split it, or raise [reading] max_megabytes."
        )
    check_expansion(source.path, reading.max_expanded_megabytes)
    raw = reader(source.path) if parser is None or suffix in IN_PROCESS else parser.read(source.path)
    if len(raw) > max_pages:
        raise MaterialError(f"{source.name} has {len(raw)} pages, more than [reading] max_pages = {max_pages}.")
    pages = [Page(source, number, normalise(text), label) for number, (text, label) in enumerate(raw, start=1)]
    with_text = [page for page in pages if page.text.strip()]
    if not with_text:
        raise MaterialError(f"{source.name} holds no text. If it is scanned, run OCR on it first (e.g. ocrmypdf).")
    return with_text
