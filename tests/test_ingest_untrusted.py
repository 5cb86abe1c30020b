"""Files that mean harm or are damaged cost nothing but themselves: hangs, crashes, bombs, archives that reach outside, noise."""

import io
import os
import random
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ingest.embeddings import Embedder
from ingest.errors import MaterialError
from ingest.pages import READERS, read_pages
from ingest.settings import ReadingSettings
from ingest.sources import Source, unpack
from ingest.worker import ParserProcess
from tests.conftest import NOW, ROOT, make_home, make_pdf
from tests.test_ingest_run import content

MUTATED = int(os.environ.get("STUDY_TEST_MUTATIONS", "78"))
"""The long run, `make soak`, takes 2,000."""


def worker(tmp_path: Path, body: str) -> tuple[str, ...]:
    script = tmp_path / "worker.py"
    script.write_text(f"import sys, time, os, json\nfor line in sys.stdin:\n    {body}\n")
    return (sys.executable, str(script))


def test_a_parser_that_hangs_is_stopped_and_the_next_file_is_read(tmp_path: Path) -> None:
    body = "time.sleep(60) if 'slow' in line else print(json.dumps({'pages': [['fine', '']]}), flush=True)"
    with ParserProcess(seconds=2, memory_megabytes=4000, command=worker(tmp_path, body)) as parser:
        with pytest.raises(MaterialError, match="took longer than 2 s"):
            parser.read(Path("slow.pdf"))
        assert parser.read(Path("quick.pdf")) == [("fine", "")]


def test_a_parser_that_crashes_costs_one_file(tmp_path: Path) -> None:
    body = "os._exit(139) if 'bad' in line else print(json.dumps({'pages': [['fine', '']]}), flush=True)"
    with ParserProcess(seconds=10, memory_megabytes=4000, command=worker(tmp_path, body)) as parser:
        with pytest.raises(MaterialError, match="stopped its reader"):
            parser.read(Path("bad.pdf"))
        assert parser.read(Path("good.pdf")) == [("fine", "")]


def test_what_a_parser_prints_is_not_taken_for_its_answer(tmp_path: Path) -> None:
    make_pdf(tmp_path / "a.pdf", [["Drift is change."]])
    with ParserProcess(seconds=60, memory_megabytes=4000) as parser:
        assert parser.read(tmp_path / "a.pdf")[0][0].strip() == "Drift is change."
        (tmp_path / "b.pdf").write_bytes(b"%PDF-1.7 nonsense")
        with pytest.raises(MaterialError, match=r"b\.pdf"):
            parser.read(tmp_path / "b.pdf")


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
    assert sorted(session.add_material([path], now=NOW, report=lambda progress: None).added) == ["a.md", "b/c.txt"]
    zipped(path, {"a.md": "# A\n\nDrift is slow change."})
    result = session.add_material([path], now=NOW, report=lambda progress: None)
    assert (result.changed, result.removed) == (["a.md"], ["b/c.txt"])
    assert session.index.page_text("a.md", 1).endswith("slow change.")


def test_a_pattern_names_files(home: Path, tmp_path: Path) -> None:
    from assistant.session import Session

    for name in ("a.md", "b.md", "c.txt"):
        (tmp_path / name).write_text(f"# {name}\n\nText of {name}.\n")
    result = Session(home).add_material([tmp_path / "*.md"], now=NOW, report=lambda progress: None)
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
    folder = unpack(path, tmp_path / "home", 10)
    assert [found.name for found in folder.rglob("*") if found.is_file()] == ["inside.md"]
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
        "a.csv": "question,answer\nWhat?,That.\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
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


def outcome(path: Path, reading: ReadingSettings, parser: ParserProcess) -> str:
    """The file's name when it was read, else the sentence that refuses it; anything else is raised."""
    try:
        pages = read_pages(Source(path.name, path, ""), reading, parser)
    except MaterialError as error:
        return str(error)
    assert all(page.text.strip() for page in pages)
    return path.name


def test_mutated_files_are_read_or_refused_in_a_sentence_and_nothing_else(tmp_path: Path) -> None:
    rng = random.Random(7)
    (tmp_path / "samples").mkdir()
    originals = sorted(samples(tmp_path / "samples").items())
    reading = ReadingSettings(max_seconds=20, max_expanded_megabytes=50)
    with ParserProcess(seconds=reading.max_seconds, memory_megabytes=4000) as parser:
        for number in range(MUTATED):
            suffix, data = originals[number % len(originals)]
            path = tmp_path / f"mutated{suffix}"
            inside = suffix in (".docx", ".pptx", ".epub") and rng.random() < 0.7
            path.write_bytes(mutate_inside(data, rng) if inside else mutate(data, rng))
            said = outcome(path, reading, parser)
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
result = Session(Path(sys.argv[1])).add_material([Path(sys.argv[2])], now=datetime(2026, 6, 1, tzinfo=UTC), report=lambda p: None)
print(len(result.added) + len(result.changed) + len(result.unchanged))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="file sizes cannot be bounded here")
@pytest.mark.parametrize("limit", [60_000, 300_000])
def test_a_disk_that_is_full_leaves_an_index_that_the_next_run_completes(
    tmp_path: Path, models: Path, embedder: Embedder, limit: int
) -> None:
    notes = tmp_path / "notes"
    shutil.copytree(ROOT / "corpus" / "notes" / "3-training", notes)

    def ingest(home: Path, limit: int) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", FULL, str(home), str(notes), str(limit)]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)

    whole = make_home(tmp_path / "whole", models)
    assert ingest(whole, 0).stdout.strip() == "3"
    full = make_home(tmp_path / "full", models)
    assert ingest(full, limit).returncode != 0
    done = ingest(full, 0)
    assert done.returncode == 0, done.stderr[-2000:]
    assert content(full, embedder) == content(whole, embedder)
