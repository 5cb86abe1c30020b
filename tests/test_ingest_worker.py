"""The process that reads files: whatever a parser does costs one file, within bounds of time, memory and pieces."""

import json
import sys
from pathlib import Path

import pytest

from ingest.chunks import MOST_CHARACTERS
from ingest.embeddings import Embedder
from ingest.errors import MaterialError
from ingest.readers import READERS
from ingest.settings import ReadingSettings
from ingest.sources import Source
from ingest.worker import ParserProcess
from tests.conftest import make_pdf

CUT = {"pages": 1, "chunks": [{"source": "a", "page": 1, "start": 0, "text": "fine"}], "notes": []}


def words(texts: list[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def worker(tmp_path: Path, body: str) -> tuple[str, ...]:
    script = tmp_path / "worker.py"
    script.write_text(f"import sys, time, os\nfine = {json.dumps(CUT)!r}\nfor line in sys.stdin:\n    {body}\n")
    return (sys.executable, str(script))


def parser(seconds: float = 60, command: tuple[str, ...] | None = None, **bounds: int) -> ParserProcess:
    reading = ReadingSettings(max_seconds=seconds, **bounds)
    if command is None:
        return ParserProcess(reading, count_tokens=words, limit=200)
    return ParserProcess(reading, count_tokens=words, limit=200, command=command)


def texts(process: ParserProcess, path: Path) -> list[str]:
    return [chunk.text for chunk in process.read(Source(path.name, path, "")).chunks]


def test_a_parser_that_hangs_is_stopped_and_the_next_file_is_read(tmp_path: Path) -> None:
    body = "time.sleep(60) if 'slow' in line else print(fine, flush=True)"
    with parser(2, worker(tmp_path, body)) as process:
        with pytest.raises(MaterialError, match="took longer than 2 s"):
            texts(process, Path("slow.pdf"))
        assert texts(process, Path("quick.pdf")) == ["fine"]


@pytest.mark.parametrize("harm", ["os._exit(139)", "print('{', flush=True)", "os.kill(os.getpid(), 9)"])
def test_a_parser_that_crashes_or_babbles_costs_one_file(tmp_path: Path, harm: str) -> None:
    with parser(10, worker(tmp_path, f"{harm} if 'bad' in line else print(fine, flush=True)")) as process:
        with pytest.raises(MaterialError, match="stopped its reader"):
            texts(process, Path("bad.pdf"))
        assert texts(process, Path("good.pdf")) == ["fine"]


def test_what_a_parser_prints_is_not_taken_for_its_answer(tmp_path: Path) -> None:
    make_pdf(tmp_path / "a.pdf", [["Drift is change."]])
    with parser() as process:
        assert texts(process, tmp_path / "a.pdf") == ["Drift is change."]
        (tmp_path / "b.pdf").write_bytes(b"%PDF-1.7 nonsense")
        with pytest.raises(MaterialError, match=r"b\.pdf"):
            texts(process, tmp_path / "b.pdf")


@pytest.mark.parametrize("suffix", sorted(READERS))
def test_every_format_is_read_within_the_bounds(tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader of each format is replaced by one that never ends, in the process that reads."""
    hang = "import time, ingest.readers as r; r.READERS.update(dict.fromkeys(r.READERS, lambda path: time.sleep(60)))"
    command = (sys.executable, "-c", f"{hang}; import ingest.worker as w; w.main()")
    (tmp_path / f"a{suffix}").write_text("text")
    with parser(2, command) as process, pytest.raises(MaterialError, match="took longer than 2 s"):
        texts(process, tmp_path / f"a{suffix}")


@pytest.mark.skipif(sys.platform != "linux", reason="memory cannot be bounded here")
@pytest.mark.parametrize("suffix", [".md", ".srt", ".html", ".docx"])
def test_memory_is_bounded_and_its_lack_is_named(tmp_path: Path, suffix: str) -> None:
    eat = "import ingest.readers as r; r.READERS.update(dict.fromkeys(r.READERS, lambda path: [(' ' * 10**10, '')]))"
    command = (sys.executable, "-c", f"{eat}; import ingest.worker as w; w.main()")
    (tmp_path / f"a{suffix}").write_text("text")
    lack = pytest.raises(MaterialError, match="needs more than 1000 MB of memory")
    with parser(60, command, max_memory_megabytes=1000) as process, lack:
        texts(process, tmp_path / f"a{suffix}")


def test_a_lack_of_memory_is_named_behind_the_errors_of_parsers() -> None:
    from ingest.worker import _said

    try:
        try:
            raise MemoryError
        except MemoryError:
            raise ValueError("I/O operation on closed file.")  # noqa: B904 - as a parser does that cleans up after itself
    except ValueError as error:
        said = _said(Source("a.docx", Path("a.docx"), ""), error, ReadingSettings())
    assert "needs more than 4000 MB" in said


def test_a_file_of_nothing_but_headings_is_refused_by_its_pieces(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# a\n" * 3_000)
    with parser(max_chunks=2_000) as process, pytest.raises(MaterialError, match="max_chunks = 2000"):
        texts(process, tmp_path / "a.md")


@pytest.mark.parametrize("junk", ["*", "-", "~", "| ", "…", "a"])
def test_endless_marks_make_few_pieces_and_need_no_vectors(tmp_path: Path, embedder: Embedder, junk: str) -> None:
    """160 KB of stars were cut into a thousand chunks, each embedded for itself."""
    (tmp_path / "a.md").write_text("# Title\n\nA sentence.\n\n" + junk * 160_000)
    with ParserProcess(ReadingSettings(), count_tokens=embedder.count_tokens, limit=200) as process:
        chunks = process.read(Source("a.md", tmp_path / "a.md", "")).chunks
    assert "".join(chunk.text for chunk in chunks) == (tmp_path / "a.md").read_text()
    assert len(chunks) < 40
    assert max(len(chunk.text) for chunk in chunks) <= MOST_CHARACTERS
    if junk != "a":
        assert {chunk.embedded().text for chunk in chunks[1:]} <= {"Title"}
