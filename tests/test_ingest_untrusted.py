"""Files that mean harm or are damaged cost nothing but themselves: hangs, crashes, bombs, archives that reach outside, noise."""

import io
import os
import random
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from ingest.embeddings import Embedder
from ingest.errors import MaterialError
from ingest.pages import read_pages
from ingest.readers import READERS
from ingest.settings import ReadingSettings
from ingest.sources import Source, list_files, unpack
from ingest.worker import ParserProcess
from tests.conftest import NOW, ROOT, make_apkg, make_home, make_pdf
from tests.test_ingest_run import content
from tests.test_ingest_worker import parser, texts

MUTATED = int(os.environ.get("STUDY_TEST_MUTATIONS", "78"))
"""The long run, `make soak`, takes more."""


# Archives


def zipped(path: Path, members: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return path


def test_a_zip_is_ingested_like_the_folder_in_it_and_replaced_when_it_changes(home: Path, tmp_path: Path) -> None:
    from assistant.session import Session

    session = Session(home)
    path = zipped(tmp_path / "notes.zip", {"a.md": "# A\n\nDrift is change.", "b/c.txt": "Skew is difference.\n"})
    assert sorted(session.library.add([path], now=NOW, report=lambda progress: None).added) == ["a.md", "b/c.txt"]
    zipped(path, {"a.md": "# A\n\nDrift is slow change."})
    result = session.library.add([path], now=NOW, report=lambda progress: None)
    assert (result.changed, result.removed) == (["a.md"], ["b/c.txt"])
    assert session.index.page_text("a.md", 1).endswith("slow change.")


def test_a_pattern_names_files(home: Path, tmp_path: Path) -> None:
    from assistant.session import Session

    for name in ("a.md", "b.md", "c.txt"):
        (tmp_path / name).write_text(f"# {name}\n\nText of {name}.\n")
    result = Session(home).library.add([tmp_path / "*.md"], now=NOW, report=lambda progress: None)
    assert sorted(result.added) == ["a.md", "b.md"]


def test_members_cannot_leave_their_folder(tmp_path: Path) -> None:
    path = tmp_path / "evil.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../outside.md", "out")
        archive.writestr("/tmp/absolute-outside.md", "out")
        link = zipfile.ZipInfo("link.md")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("inside.md", "in")
    folder, left_out = unpack(path, tmp_path / "home", 10)
    assert [found.name for found in list_files(folder)] == ["inside.md"]
    assert [one.name for one in left_out] == ["../outside.md", "/tmp/absolute-outside.md", "link.md"]
    assert not (tmp_path / "home" / "outside.md").exists()


@pytest.mark.parametrize("name", ["bomb.zip", "bomb.docx", "bomb.epub"])
def test_a_bomb_is_refused_before_it_unpacks(tmp_path: Path, name: str) -> None:
    path = zipped(tmp_path / name, {"big.txt": "0" * 30_000_000})
    assert path.stat().st_size < 100_000
    reading = ReadingSettings(max_expanded_megabytes=20)

    def read() -> object:
        if name.endswith(".zip"):
            return unpack(path, tmp_path / "home", reading.max_expanded_megabytes)
        return read_pages(Source(name, path, ""), reading)

    with pytest.raises(MaterialError, match="max_expanded_megabytes"):
        read()


# Noise


def samples(folder: Path) -> dict[str, bytes]:
    """A real small file of every format."""
    from pptx import Presentation

    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "Skew"
    deck.save(str(folder / "a.pptx"))
    make_pdf(folder / "a.pdf", [["Drift is change.", "Skew is difference."], ["Page two."]])
    chapter = "<html><body><h1>One</h1><p>Text.</p></body></html>"
    container = '<container><rootfiles><rootfile full-path="p.opf"/></rootfiles></container>'
    package = '<package><manifest><item id="a" href="a.xhtml"/></manifest><spine><itemref idref="a"/></spine></package>'
    zipped(folder / "a.epub", {"META-INF/container.xml": container, "p.opf": package, "a.xhtml": chapter})
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    zipped(
        folder / "a.docx",
        {
            "word/document.xml": f"<w:document {space}><w:body><w:p><w:r><w:t>Hi</w:t></w:r></w:p></w:body></w:document>",
            "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship '
            'Id="r" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
            'Target="word/document.xml"/></Relationships>',
            "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        },
    )
    texts = {
        "a.md": "# A\n\n| x | y |\n|---|---|\n| 1 | 2 |\n\n- item\n",
        "a.markdown": "# A\n\nText.\n",
        "a.txt": "Plain text.\n",
        "a.html": chapter,
        "a.htm": chapter,
        "a.ipynb": '{"cells": [{"cell_type": "markdown", "metadata": {}, "source": ["# N"]}], "metadata": {}, "nbformat": 4}',
        "a.srt": "1\n00:00:01,000 --> 00:00:02,000\nHello.\n",
        "a.vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\nHello.\n",
        "a.xhtml": chapter,
        "a.csv": "question,answer\nWhat?,That.\n",
        "a.tsv": "question\tanswer\nWhat?\tThat.\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    make_apkg(folder / "a.apkg", [("What?", "That.")])
    for suffix in ("png", "jpg", "jpeg", "webp"):
        Image.new("L", (60, 20), 255).save(folder / f"a.{suffix}")
    for name, like in (("a.docm", "a.docx"), ("a.pptm", "a.pptx"), ("a.colpkg", "a.apkg")):
        shutil.copy(folder / like, folder / name)
    found = {path.suffix: path.read_bytes() for path in folder.glob("a.*")}
    assert set(found) == set(READERS)
    return found


def mutate(data: bytes, rng: random.Random) -> bytes:
    """One to four hurts: bytes flipped, a part cut out, doubled, filled with noise, or the end cut off."""
    hurt = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        at, length = rng.randrange(max(1, len(hurt))), rng.randint(1, 64)
        kind = rng.randrange(5)
        if kind == 0:
            for place in range(at, min(len(hurt), at + length)):
                hurt[place] ^= rng.randrange(256)
        elif kind == 1:
            del hurt[at : at + length]
        elif kind == 2:
            hurt[at:at] = hurt[at : at + length] * rng.randint(1, 50)
        elif kind == 3:
            hurt[at:at] = rng.randbytes(length)
        else:
            del hurt[max(1, at) :]
    return bytes(hurt)


def mutate_inside(data: bytes, rng: random.Random) -> bytes:
    """A document that is an archive inside, with one member hurt and the archive whole."""
    hurt = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(hurt, "w") as after:
        chosen = rng.choice(before.namelist())
        for name in before.namelist():
            text = before.read(name)
            after.writestr(name, mutate(text, rng) if name == chosen else text)
    return hurt.getvalue()


def outcome(path: Path, process: ParserProcess) -> str:
    """The file's name when it was read, else the sentence that refuses it; anything else is raised."""
    try:
        assert "".join(texts(process, path)).strip()
    except MaterialError as error:
        return str(error)
    return path.name


def test_mutated_files_are_read_or_refused_in_a_sentence_and_nothing_else(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    record_property("tried", MUTATED)
    rng = random.Random(7)
    (tmp_path / "samples").mkdir()
    originals = sorted(samples(tmp_path / "samples").items())
    with parser(20, max_expanded_megabytes=50) as process:
        for number in range(MUTATED):
            suffix, data = originals[number % len(originals)]
            path = tmp_path / f"mutated{suffix}"
            inside = zipfile.is_zipfile(io.BytesIO(data)) and rng.random() < 0.7
            path.write_bytes(mutate_inside(data, rng) if inside else mutate(data, rng))
            said = outcome(path, process)
            assert path.name in said, (number, suffix)
            assert "Traceback" not in said
            assert "took longer" not in said, (number, suffix)


# A full disk

FULL = """
import resource, sys
from datetime import UTC, datetime
from pathlib import Path
from assistant.session import Session
limit = int(sys.argv[3])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
result = Session(Path(sys.argv[1])).library.add([Path(sys.argv[2])], now=datetime(2026, 6, 1, tzinfo=UTC), report=lambda p: None)
print(len(result.added) + len(result.changed) + len(result.unchanged))
"""


def fill(home: Path, notes: Path, limit: int) -> subprocess.CompletedProcess[str]:
    """Ingest in a process none of whose files may grow beyond `limit` bytes; 0 for no bound."""
    command = [sys.executable, "-c", FULL, str(home), str(notes), str(limit)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, models: Path) -> tuple[Path, Path]:
    """Three small notes, and a home that holds them."""
    folder = tmp_path_factory.mktemp("filled")
    (notes := folder / "notes").mkdir()
    for name in ("zebra", "wombat", "lemur"):
        lines = [f"The {name} gate number {number} closes at {number}." for number in range(40)]
        (notes / f"{name}.md").write_text(f"# {name.title()}\n\n" + "\n\n".join(lines))
    home = make_home(folder / "home", models)
    assert fill(home, notes, 0).stdout.strip() == "3"
    return notes, home


@pytest.mark.skipif(sys.platform == "win32", reason="file sizes cannot be bounded here")
@pytest.mark.parametrize("limit", [60_000, 190_000])
def test_a_disk_that_is_full_leaves_an_index_that_the_next_run_completes(
    tmp_path: Path, filled: tuple[Path, Path], models: Path, embedder: Embedder, limit: int
) -> None:
    """The store cannot be made, or is full when the first passages are written (it has 217,000 bytes with them)."""
    notes, whole = filled
    home = make_home(tmp_path / "home", models)
    stopped = fill(home, notes, limit)
    assert stopped.returncode != 0
    assert "embedding model" not in stopped.stderr, stopped.stderr[-500:]
    done = fill(home, notes, 0)
    assert done.returncode == 0, done.stderr[-2000:]
    assert content(home, embedder) == content(whole, embedder)
