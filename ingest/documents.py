"""Reads web pages, e-books, office files, notebooks, transcripts and question tables; each becomes text in pages.

Office files, web pages, e-books and notebooks go through the converters of markitdown. A slide is a page; a transcript has a page
for every two minutes, labelled with its time.
"""

import csv
import io
import posixpath
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from defusedxml import minidom

from ingest.errors import MaterialError

LONGEST_LABEL = 80
BLOCK_SECONDS = 120
"""Length of a transcript's page."""
_SLIDE = re.compile(r"<!--\s*Slide number:\s*\d+\s*-->\s*")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_CUE = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{2})[.,]\d{1,3}\s*-->")
_CUE_TAG = re.compile(r"<[^>]{1,60}>|\{[^}]{1,40}\}")

TextPages = list[tuple[str, str]]
"""(text, printed label) of each page."""


def read_html(path: Path) -> TextPages:
    """A web page as Markdown, scripts and styles left out."""
    return [(_convert(path, "HtmlConverter"), "")]


def read_docx(path: Path) -> TextPages:
    """A Word document as Markdown; it has no pages until it is printed, so it is one."""
    return [(_convert(path, "DocxConverter"), "")]


def read_epub(path: Path) -> TextPages:
    """An e-book as Markdown, a page for each file of its reading order, which is usually a chapter, labelled with its title."""
    from markitdown import StreamInfo
    from markitdown.converters import HtmlConverter

    try:
        with zipfile.ZipFile(path) as book:
            converter, names = HtmlConverter(), set(book.namelist())
            chapters = [
                converter.convert(io.BytesIO(book.read(name)), StreamInfo(extension=".html", charset="utf-8")).markdown
                for name in _reading_order(book)
                if name in names
            ]
    except Exception as error:  # zip, XML and HTML libraries raise kinds of their own for damaged files
        raise MaterialError(f"{path.name} cannot be opened as .epub, it may be damaged ({error}).") from error
    return [(chapter.strip(), _chapter_label(chapter)) for chapter in chapters]


def _reading_order(book: zipfile.ZipFile) -> list[str]:
    """Names of an e-book's files in the order of its spine."""
    container = minidom.parseString(book.read("META-INF/container.xml"))
    package_name = container.getElementsByTagName("rootfile")[0].getAttribute("full-path")
    package = minidom.parseString(book.read(package_name))
    files = {item.getAttribute("id"): item.getAttribute("href") for item in package.getElementsByTagName("item")}
    folder = posixpath.dirname(package_name)
    spine = [item.getAttribute("idref") for item in package.getElementsByTagName("itemref")]
    return [posixpath.normpath(posixpath.join(folder, unquote(files[name]))) for name in spine if name in files]


def _chapter_label(chapter: str) -> str:
    heading = re.search(r"^#{1,6}\s+(.+?)\s*#*$", chapter, re.MULTILINE)
    return heading.group(1).strip()[:LONGEST_LABEL] if heading else ""


def read_notebook(path: Path) -> TextPages:
    """A Jupyter notebook as Markdown: text cells and code, no outputs."""
    return [(_convert(path, "IpynbConverter"), "")]


def read_slides(path: Path) -> TextPages:
    """A presentation, one page a slide."""
    slides = _SLIDE.split(_convert(path, "PptxConverter"))[1:]
    return [(_COMMENT.sub("", slide).strip(), "") for slide in slides]


def read_transcript(path: Path) -> TextPages:
    """Subtitles (SRT or VTT) as running text, a page for every two minutes labelled with the time it starts."""
    blocks: dict[int, list[str]] = {}
    block = 0
    for line in _read(path).splitlines():
        text = _CUE_TAG.sub("", line).strip()
        if cue := _CUE.match(line.strip()):
            hours, minutes, seconds = (int(part or 0) for part in cue.groups())
            block = (hours * 3600 + minutes * 60 + seconds) // BLOCK_SECONDS
        elif text and not text.isdigit() and not text.startswith(("WEBVTT", "NOTE", "Kind:", "Language:")):
            said = blocks.setdefault(block, [])
            if not said or said[-1] != text:
                said.append(text)
    last = max(blocks, default=-1)
    return [(" ".join(blocks.get(number, [])), _time(number * BLOCK_SECONDS)) for number in range(last + 1)]


def read_question_table(path: Path) -> TextPages:
    """A CSV file whose first two columns are questions and answers; each question becomes a heading over its answer."""
    try:
        rows = [row for row in csv.reader(io.StringIO(_read(path))) if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise MaterialError(f"{path.name} is not a table we can read: {error}. Save it as CSV with commas.") from error
    if rows and rows[0][0].strip().lower() in ("question", "questions", "front", "q"):
        rows = rows[1:]
    pairs = [(row[0].strip(), " ".join(cell.strip() for cell in row[1:] if cell.strip())) for row in rows]
    return [("\n\n".join(f"## {question}\n\n{answer}" for question, answer in pairs if answer), "")]


def _time(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _read(path: Path) -> str:
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _convert(path: Path, name: str) -> str:
    """Markdown from one of markitdown's converters, by class name."""
    from markitdown import StreamInfo, converters

    make: Callable[[], Any] = getattr(converters, name)
    try:
        with path.open("rb") as file:
            converted = make().convert(
                file, StreamInfo(extension=path.suffix.lower(), filename=path.name, charset="utf-8")
            )
    except Exception as error:  # the libraries behind the converters raise kinds of their own for damaged files
        raise MaterialError(f"{path.name} cannot be opened as {path.suffix}, it may be damaged ({error}).") from error
    return str(converted.markdown)
