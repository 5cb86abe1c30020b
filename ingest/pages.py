"""Turns a file into pages of clean text, one reader per suffix; knows nothing of chunks or vectors."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from ingest.errors import MaterialError
from ingest.hidden import hidden_note, without_unseen
from ingest.ocr import ReadPicture, read_page
from ingest.raw import RawPage, RawPages, as_raw
from ingest.readers import READERS
from ingest.scans import with_scans
from ingest.settings import ReadingSettings
from ingest.sources import Source, check_expansion, check_packed_document, check_size

BULLETS = "\x7f•●○▪■◦‣∙"
"""What stands before a list's items; code 127 is a bullet in the WinAnsi encoding of PDF fonts (ISO 32000-1, annex D)."""
LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
_TRANSLATION = str.maketrans(
    {
        **LIGATURES,
        **dict.fromkeys(BULLETS, "•"),
        **dict.fromkeys("\u00a0\u2002\u2003\u2007\u2009\u202f", " "),
    }
)
NO_TEXT = "If it is scanned, run OCR on it first (e.g. ocrmypdf)."
NOTHING_IN_IT = "Put some text into it, or leave it out."
SCANNED = frozenset({".pdf", ".epub", ".docx", ".pptx"})
"""Formats that may hold pictures of text."""
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffe\uffff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a source: `number` counts from 1 as a reader does, `label` is what is printed on it, if different."""

    source: Source
    number: int
    text: str
    label: str = ""
    carried: int = 0
    """Characters at the end that are printed on the next page: the rest of a sentence that runs over the page break."""


@dataclass(frozen=True, slots=True)
class Document:
    """The pages of a source that hold text, and what a person should know about its reading, in sentences."""

    pages: list[Page]
    notes: tuple[str, ...] = ()


def normalise(text: str) -> str:
    """One spelling for what looks alike: ligatures, bullets, odd spaces, line ends; invisible characters go.

    NFC, not NFKC: compatibility forms would turn 10² into 102, which is a wrong number.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")
    text = _UNSEEN.sub("", unicodedata.normalize("NFC", text)).translate(_TRANSLATION)
    return _CONTROL.sub("", text)


def read_pages(source: Source, reading: ReadingSettings) -> list[Page]:
    """The pages of `read_document` alone."""
    return read_document(source, reading).pages


def read_document(
    source: Source, reading: ReadingSettings, read_picture: Callable[[Path, int], ReadPicture] = read_page
) -> Document:
    """All pages of a source that hold text, numbered as in the file; `read_picture` reads those that are only pictures.

    Raises `MaterialError` when the file is too large, of an unknown format, broken, or holds no text. An ingest calls this in
    a process of its own, which bounds its time and memory.
    """
    reader = READERS.get(source.path.suffix.lower())
    if reader is None:
        raise MaterialError(f"{source.name}: {source.path.suffix or 'no suffix'} is not a format we read.")
    _check_size(source, reading)
    raw = as_raw(reader(source.path))
    _check_length(source, raw, reading)
    raw = with_scans(raw, partial(read_picture, source.path))
    seen = [without_unseen(one.text) for one in raw.pages]
    notes = (*raw.notes, *hidden_note([words for _, hidden in seen for words in hidden]))
    pages = [
        _page(source, number, replace(one, text=text))
        for number, (one, (text, _)) in enumerate(zip(raw.pages, seen, strict=True), 1)
    ]
    with_text = [page for page in pages if page.text.strip()]
    if not with_text:
        raise MaterialError(
            " ".join(
                [
                    f"{source.name} holds no text.",
                    *(notes or (NO_TEXT if source.path.suffix.lower() in SCANNED else NOTHING_IN_IT,)),
                ]
            )
        )
    return Document(with_text, notes)


def _check_size(source: Source, reading: ReadingSettings) -> None:
    if source.path.stat().st_size == 0:
        raise MaterialError(f"{source.name} is empty. Save some text into it, or leave it out.")
    check_size(source.path, source.name, reading)
    check_expansion(source.path, reading.max_expanded_megabytes)
    check_packed_document(source.path, reading)


def _check_length(source: Source, raw: RawPages, reading: ReadingSettings) -> None:
    if len(raw.pages) > reading.max_pages:
        raise MaterialError(
            f"{source.name} has {len(raw.pages)} pages, more than [reading] max_pages = {reading.max_pages}."
        )
    if sum(len(page.text) for page in raw.pages) > reading.max_megabytes * 1_000_000:
        raise MaterialError(
            f"{source.name} holds more than {reading.max_megabytes} MB of text. Split it, or raise [reading] max_megabytes."
        )


def _page(source: Source, number: int, raw: RawPage) -> Page:
    return Page(source, number, normalise(raw.text), raw.label, len(normalise(raw.carried)))
