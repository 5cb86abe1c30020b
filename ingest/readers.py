"""Which reader reads which format: suffix → function from a file to its pages; a format's parser is imported when it is used."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from ingest.raw import RawPage, RawPages, Read, as_raw

Reader = Callable[[Path], Read]
"""A reader returns each page in order, empty ones included."""


def _of(module: str, function: str) -> Reader:
    """A reader by the name of its module, which is imported when a file is read."""

    def read(path: Path) -> RawPages:
        reader: Reader = getattr(import_module(f"ingest.{module}"), function)
        return as_raw(reader(path))

    return read


def _picture(path: Path) -> RawPages:
    """A picture as one page whose text is still to be read, which `ingest.scans` does."""
    return RawPages((RawPage(""),), scanned=(1,))


READERS: dict[str, Reader] = {
    ".pdf": _of("pdf.reader", "read_pdf"),
    ".md": _of("formats.markdown", "read_markdown"),
    ".markdown": _of("formats.markdown", "read_markdown"),
    ".txt": _of("formats.anki", "read_text_or_cards"),
    ".html": _of("formats.article", "read_html"),
    ".htm": _of("formats.article", "read_html"),
    ".xhtml": _of("formats.article", "read_html"),
    ".docx": _of("formats.word", "read_docx"),
    ".docm": _of("formats.word", "read_docx"),
    ".epub": _of("formats.epub", "read_epub"),
    ".ipynb": _of("formats.notebook", "read_notebook"),
    ".pptx": _of("formats.slides", "read_slides"),
    ".pptm": _of("formats.slides", "read_slides"),
    ".srt": _of("formats.transcripts", "read_transcript"),
    ".vtt": _of("formats.transcripts", "read_transcript"),
    ".csv": _of("formats.spreadsheets", "read_spreadsheet"),
    ".tsv": _of("formats.spreadsheets", "read_spreadsheet"),
    ".apkg": _of("formats.anki", "read_anki_package"),
    ".colpkg": _of("formats.anki", "read_anki_package"),
    ".png": _picture,
    ".jpg": _picture,
    ".jpeg": _picture,
    ".webp": _picture,
}


def readable(path: Path) -> bool:
    """Whether a reader exists for the file's suffix."""
    return path.suffix.lower() in READERS
