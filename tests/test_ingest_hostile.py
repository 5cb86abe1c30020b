"""Files made to stop an ingest cost next to nothing: the given ones, and others of each kind."""

import itertools
import os
import random
import zipfile
from pathlib import Path

import pytest

from assistant.session import Session
from ingest.errors import MaterialError
from ingest.settings import ReadingSettings
from ingest.sources import MOST_PARTS, Source
from tests.conftest import NOW, SHARED, make_home
from tests.test_ingest_worker import parser, texts

GIVEN = SHARED / "cases" / "security"
WORD_SPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def add(home: Path, *paths: Path) -> tuple[list[str], list[str]]:
    result = Session(home).library.add(list(paths), now=NOW, report=lambda progress: None)
    return result.added, [skipped.name for skipped in result.skipped]


@pytest.mark.skipif(not GIVEN.exists(), reason="the hostile inputs are not here")
def test_the_given_files_are_read_or_refused_each_by_itself(home: Path, tmp_path: Path) -> None:
    (tmp_path / "good.md").write_text("# Good\n\nA sentence that is found.\n")
    hostile = [
        *sorted((GIVEN / "redos").iterdir()),
        *sorted((GIVEN / "subtitles").iterdir()),
        GIVEN / "archives" / "bomb-900mb.docx",
    ]
    added, skipped = add(home, *hostile, tmp_path / "good.md")
    assert skipped == ["bomb-900mb.docx"]
    assert {"good.md", "stars-40000.md", "cue-99999999999h.srt"} <= set(added)
    assert Session(home).index.count() < 1_500


@pytest.mark.parametrize("hour", ["999", "2500000", "99999999999", "9" * 5000])
def test_a_cue_at_an_absurd_hour_is_one_block(tmp_path: Path, hour: str) -> None:
    (tmp_path / "a.srt").write_text(f"1\n{hour}:00:01,000 --> {hour}:00:03,000\nDrift is slow.\n")
    with parser(60, max_memory_megabytes=1000) as process:
        try:
            assert texts(process, tmp_path / "a.srt") == ["Drift is slow."]
        except MaterialError as error:
            assert "a.srt" in str(error)  # noqa: PT017 - of a number that no clock shows, a sentence will do


def bomb(path: Path, megabytes: int, *, text: str = "<w:p><w:r><w:t>zebra </w:t></w:r></w:p>") -> Path:
    """A document whose markup unpacks to so much; it shrinks a hundredfold and more."""
    inner = (text * (1_000_000 // len(text))).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        part = "word/document.xml" if path.suffix == ".docx" else "OEBPS/a.xhtml"
        with archive.open(part, "w", force_zip64=True) as written:
            written.write(f"<w:document {WORD_SPACE}><w:body>".encode())
            for _ in range(megabytes):
                written.write(inner)
            written.write(b"</w:body></w:document>")
    return path


@pytest.mark.parametrize(("name", "megabytes", "says"), [
    ("a.docx", 300, "max_megabytes = 200"),
    ("a.epub", 300, "max_megabytes = 200"),
    ("a.docx", 60, "as an archive made to fill memory does"),
    ("a.epub", 60, "as an archive made to fill memory does"),
])  # fmt: skip
def test_a_document_that_fills_memory_is_refused_before_it_is_unpacked(
    tmp_path: Path, name: str, megabytes: int, says: str
) -> None:
    with parser(60, max_memory_megabytes=600) as process, pytest.raises(MaterialError, match=says):
        texts(process, bomb(tmp_path / name, megabytes))


def test_a_book_of_too_many_parts_is_refused_at_once(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.epub", "w") as archive:
        for number in range(MOST_PARTS + 1):
            archive.writestr(f"{number}.xhtml", "")
    with parser(20) as process, pytest.raises(MaterialError, match="parts, more than"):
        texts(process, tmp_path / "a.epub")


FILES = int(os.environ.get("STUDY_TEST_MARKS", "6"))
"""Of each format; `make soak` takes more."""
BOUND = 30
"""Seconds; a slow machine needs two for such a file, and a quadratic search minutes."""
MARKS = [
    "-",
    "*",
    "_",
    "#",
    "`",
    "~",
    "|",
    ">",
    "[",
    "]",
    "(",
    "<",
    "!",
    "$",
    "\\",
    " ",
    "\u00a0",
    "\t",
    "“",
    "「",
    "&lt;",
    "1.",
    "a)",
    "•",
]
KINDS = [*((one, one) for one in MARKS), *itertools.islice(itertools.permutations(MARKS, 2), 0, None, 19)]


@pytest.mark.parametrize("suffix", [".md", ".txt", ".html", ".csv", ".srt", ".ipynb"])
def test_lines_of_any_marks_are_read_within_seconds(tmp_path: Path, suffix: str) -> None:
    """Files of 40,000 characters, a share of the pairs of marks for each format; quadratic time would not meet the bound."""
    rng = random.Random(suffix)
    with parser(BOUND) as process:
        for number, (one, two) in enumerate(rng.sample(KINDS, FILES)):
            line = (one + two) * (40_000 // len(one + two))
            path = tmp_path / f"{number}{suffix}"
            path.write_text(wrapped(f"# Title\n\nA sentence stands here.\n\n{line}x\n", suffix), encoding="utf-8")
            try:
                texts(process, path)
            except MaterialError as error:
                assert "took longer" not in str(error), (one, two)  # noqa: PT017 - some marks are no text


def wrapped(text: str, suffix: str) -> str:
    import json

    if suffix == ".html":
        return f"<html><body><p>{text}</p></body></html>"
    if suffix == ".csv":
        return f'question,answer\nWhat?,"{text.replace(chr(34), "")}"\n'
    if suffix == ".srt":
        return f"1\n00:00:01,000 --> 00:00:02,000\n{text}\n"
    if suffix == ".ipynb":
        return json.dumps(
            {"cells": [{"cell_type": "markdown", "metadata": {}, "source": [text]}], "metadata": {}, "nbformat": 4}
        )
    return text


PAGES = int(os.environ.get("STUDY_TEST_PAGES", "1500"))
"""More than Python's calls may be nested; `make soak` takes 4,900."""


def test_thousands_of_pages_are_read_in_the_time_of_their_number(tmp_path: Path) -> None:
    """A page tree is walked once: twenty times the pages may not take hundreds of times the time."""
    path = make_flat_pdf(tmp_path / "a.pdf", PAGES)
    with parser(PAGES / 10) as process:
        cut = process.read(Source("a.pdf", path, ""))
    assert cut.pages == PAGES


@pytest.mark.parametrize("depth", [50, PAGES])
def test_a_nested_page_tree_is_read_or_refused(tmp_path: Path, depth: int) -> None:
    path = make_flat_pdf(tmp_path / "a.pdf", depth, nested=True)
    with parser(60) as process:
        try:
            assert "Page 1 says" in " ".join(texts(process, path))
        except MaterialError as error:
            assert "a.pdf" in str(error)  # noqa: PT017 - deeper than any program makes them
            assert "took longer" not in str(error)  # noqa: PT017


def make_flat_pdf(path: Path, pages: int, *, nested: bool = False) -> Path:
    """A PDF with a sentence a page; `nested` puts each page one level deeper than the one before."""
    parts = ["<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids: list[list[int]] = []
    for number in range(1, pages + 1):
        words = (
            f"BT /F1 12 Tf 20 200 Td (Page {number} says that rule {number * 7} holds for zebra {number * 13}.) Tj ET"
        )
        page = len(parts) + 1
        parts.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 300] /Contents {page + 1} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>"
        )
        parts.append(f"<< /Length {len(words)} >>\nstream\n{words}\nendstream")
        kids.append([page])
    if not nested:
        parts[1] = f"<< /Type /Pages /Kids [{' '.join(f'{page[0]} 0 R' for page in kids)}] /Count {pages} >>"
    else:
        node = 2
        for at, (page,) in enumerate(kids):
            following = len(parts) + 1
            deeper = f" {following} 0 R" if at + 1 < pages else ""
            parts[node - 1] = f"<< /Type /Pages /Kids [{page} 0 R{deeper}] /Count {pages - at} >>"
            if deeper:
                parts.append("")
            node = following
    body, offsets = b"%PDF-1.7\n", []
    pieces = [body]
    size = len(body)
    for number, part in enumerate(parts, 1):
        piece = f"{number} 0 obj\n{part}\nendobj\n".encode()
        offsets.append(size)
        size += len(piece)
        pieces.append(piece)
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    trailer = f"trailer << /Root 1 0 R /Size {len(parts) + 1} >>\nstartxref\n{size}\n%%EOF"
    pieces.append(f"xref\n0 {len(parts) + 1}\n0000000000 65535 f \n{table}{trailer}".encode())
    path.write_bytes(b"".join(pieces))
    return path


def test_bounds_are_the_settings_ones(tmp_path: Path, models: Path) -> None:
    (tmp_path / "a.md").write_text("# a\n\nOne.\n\n" * 200)
    home = make_home(tmp_path / "home", models)
    (home / "study.toml").write_text("[reading]\nmax_chunks = 100\n")
    _, skipped = add(home, tmp_path / "a.md")
    assert skipped == ["a.md"]
    assert ReadingSettings().max_chunks > 100
