import json
import os
import random
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.embeddings import Embedder
from ingest.errors import IndexBusy, IndexMismatch, MaterialError
from ingest.index import Index, read_records, reset_index
from ingest.run import Ingest, IngestResult, ingest_lock
from ingest.settings import IndexSettings, IngestSettings, ReadingSettings, load_settings
from tests.conftest import NOW, ROOT, make_home, make_pdf


@pytest.fixture(params=["embedded", "server"])
def home(request: pytest.FixtureRequest, tmp_path: Path, models: Path) -> Path:
    """A home whose index is in the process, and one whose index is a collection of its own on a Chroma server."""
    made = make_home(tmp_path / "home", models)
    if request.param == "server":
        url = request.getfixturevalue("url")
        (made / "study.toml").write_text(f'[index]\nurl = "{url}"\ncollection = "test-{uuid.uuid4().hex[:12]}"\n')
    return made


def index_settings(home: Path) -> IndexSettings:
    return load_settings(home, IngestSettings).index


def open_index(home: Path, embedder: Embedder) -> Index:
    return Index.open(index_settings(home), home, embedder)


def run(home: Path, embedder: Embedder, *paths: Path) -> IngestResult:
    return Ingest(open_index(home, embedder), embedder, ReadingSettings(), home).run(paths, now=NOW)


def content(home: Path, embedder: Embedder) -> dict[str, str]:
    """Everything that is searchable: text by chunk id."""
    return {chunk.id: chunk.text for chunk in open_index(home, embedder).all_chunks()}


@pytest.fixture
def material(tmp_path: Path) -> Path:
    folder = tmp_path / "material"
    folder.mkdir()
    (folder / "drift.md").write_text("# Drift\n\nDrift means that data changes over time.\n")
    (folder / "skew.txt").write_text("Skew means that serving data differs from training data.")
    make_pdf(folder / "pipes.pdf", [["Pipelines run steps."], ["Caching skips steps."]])
    (folder / "picture.gif").write_bytes(b"no text")
    return folder


def test_all_formats_are_read_and_the_rest_is_listed_with_a_reason(
    home: Path, embedder: Embedder, material: Path
) -> None:
    result = run(home, embedder, material)
    assert sorted(result.added) == ["drift.md", "pipes.pdf", "skew.txt"]
    assert [(skipped.name, skipped.reason) for skipped in result.skipped] == [
        ("picture.gif", ".gif is not a format we read")
    ]


def test_ingesting_twice_changes_nothing(home: Path, embedder: Embedder, material: Path) -> None:
    run(home, embedder, material)
    before, stamp = content(home, embedder), open_index(home, embedder).stamp()
    again = run(home, embedder, material)
    assert (len(again.unchanged), again.chunks) == (3, 0)
    assert content(home, embedder) == before
    assert open_index(home, embedder).stamp() == stamp


def test_another_chunk_size_reads_everything_again(home: Path, embedder: Embedder, material: Path) -> None:
    run(home, embedder, material)
    smaller = Ingest(open_index(home, embedder), embedder, ReadingSettings(chunk_tokens=32), home)
    assert len(smaller.run([material], now=NOW).changed) == 3


def test_a_changed_file_leaves_none_of_its_old_chunks(home: Path, embedder: Embedder, material: Path) -> None:
    run(home, embedder, material)
    (material / "drift.md").write_text("# Drift\n\nDrift was renamed.\n")
    assert run(home, embedder).changed == ["drift.md"]
    texts = " ".join(content(home, embedder).values())
    assert "renamed" in texts
    assert "over time" not in texts


def test_files_that_are_gone_are_removed_and_new_ones_found(home: Path, embedder: Embedder, material: Path) -> None:
    run(home, embedder, material)
    (material / "skew.txt").rename(material / "skewness.txt")
    result = run(home, embedder)
    assert (result.added, result.removed) == (["skewness.txt"], ["skew.txt"])


def test_what_was_read_from_a_folder_that_is_gone_is_kept(home: Path, embedder: Embedder, material: Path) -> None:
    run(home, embedder, material)
    before = content(home, embedder)
    material.rename(material.with_name("moved"))
    result = run(home, embedder)
    assert all("is not there now" in skipped.reason for skipped in result.skipped)
    assert content(home, embedder) == before


def test_a_file_that_became_unreadable_keeps_what_was_read(home: Path, embedder: Embedder, material: Path) -> None:
    run(home, embedder, material)
    before = content(home, embedder)
    (material / "pipes.pdf").write_bytes(b"%PDF broken")
    assert "pipes.pdf" in [skipped.name for skipped in run(home, embedder).skipped]
    assert content(home, embedder) == before


def test_two_files_of_one_name_get_two_names(home: Path, embedder: Embedder, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "notes.md").write_text(f"Text of folder {folder}.")
    run(home, embedder, tmp_path / "one" / "notes.md", tmp_path / "two" / "notes.md")
    assert [record.name for record in open_index(home, embedder).records()] == ["notes.md", "two/notes.md"]


def test_a_page_can_be_rebuilt_from_the_index(home: Path, embedder: Embedder, material: Path) -> None:
    run(home, embedder, material)
    assert open_index(home, embedder).page_text("drift.md", 1) == (material / "drift.md").read_text()


@pytest.mark.parametrize("kind", ["missing", "empty-folder"])
def test_a_path_without_material_says_so(home: Path, embedder: Embedder, tmp_path: Path, kind: str) -> None:
    path = tmp_path / kind
    if kind == "empty-folder":
        path.mkdir()
    with pytest.raises(MaterialError, match=r"does not exist|holds no material"):
        run(home, embedder, path)


def test_a_link_out_of_the_folder_is_not_followed(
    home: Path, embedder: Embedder, material: Path, tmp_path: Path
) -> None:
    (tmp_path / "secret.txt").write_text("Secret words.")
    (material / "link.txt").symlink_to(tmp_path / "secret.txt")
    assert "link.txt" not in run(home, embedder, material).added


def test_a_second_ingest_is_told_who_holds_the_index(home: Path, embedder: Embedder, material: Path) -> None:
    with ingest_lock(home), pytest.raises(IndexBusy, match=str(os.getpid())):
        run(home, embedder, material)


class OtherModel:
    """The same vectors under another name."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.identity = "other-model@1234"

    def __getattr__(self, name: str) -> object:
        return getattr(self._embedder, name)


def test_an_index_of_another_model_names_the_command_and_a_reset_remembers_the_sources(
    home: Path, embedder: Embedder, material: Path
) -> None:
    run(home, embedder, material)
    other: Embedder = OtherModel(embedder)  # type: ignore[assignment]
    with pytest.raises(IndexMismatch, match="study ingest --rebuild"):
        open_index(home, other)
    assert [record.name for record in read_records(index_settings(home), home)] == ["drift.md", "pipes.pdf", "skew.txt"]
    reset_index(index_settings(home), home)
    run(home, other, material)
    assert len(open_index(home, other).records()) == 3


def test_a_reader_sees_what_another_process_wrote_without_a_restart(
    home: Path, embedder: Embedder, material: Path
) -> None:
    index = open_index(home, embedder)
    assert index.lexical().ids == []
    study(home, "ingest", str(material))
    assert len(index.lexical().ids) == index.count() > 0
    vector = embedder.encode(["data changes over time"])[0]
    (nearest,) = index.nearest(vector, k=1)
    assert index.fetch([nearest])[nearest][0].source == "drift.md"


def study(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ui.cli", *arguments, "--home", str(home)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)


KILLS = int(os.environ.get("STUDY_TEST_KILLS", "3"))
"""A short slice by default; `make soak` runs more."""


def test_an_ingest_killed_at_any_moment_ends_as_if_it_never_was(
    tmp_path: Path, models: Path, embedder: Embedder, record_property: Callable[[str, object], None]
) -> None:
    material = tmp_path / "material"
    material.mkdir()
    for number in range(16):
        text = "\n\n".join(
            f"Sentence {line} of file {number} speaks about topic {line * number}." for line in range(30)
        )
        (material / f"{number:02}.md").write_text(f"# File {number}\n\n{text}\n")
    calm = make_home(tmp_path / "calm", models)
    started = time.monotonic()
    study(calm, "ingest", str(material))
    duration = time.monotonic() - started
    expected = content(calm, embedder)
    moments = random.Random(7)
    for attempt in range(KILLS):
        home = make_home(tmp_path / f"killed-{attempt}", models)
        command = [sys.executable, "-m", "ui.cli", "ingest", str(material), "--home", str(home)]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(moments.uniform(0.2, 1.0) * duration)
        process.send_signal(signal.SIGKILL)
        process.wait()
        json.loads(study(home, "ingest", str(material), "--json").stdout)
        assert content(home, embedder) == expected
        assert len(open_index(home, embedder).lexical().ids) == len(expected)
    record_property("tried", KILLS)


def test_a_cancelled_ingest_keeps_what_is_whole_and_the_next_one_goes_on(
    home: Path, embedder: Embedder, tmp_path: Path
) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    for number in range(4):
        (notes / f"{number}.md").write_text("".join(f"Gate {number} opens at {at}.\n\n" for at in range(40)))
    from assistant.session import Session

    session = Session(home)
    seen: list[str] = []

    def cancelled() -> bool:
        return len(seen) > 2

    result = session.library.add(
        [notes], now=NOW, report=lambda progress: seen.append(progress.source), cancelled=cancelled
    )
    assert result.cancelled
    kept = {record.name for record in session.index.records()}
    assert kept == set(result.added)
    assert len(kept) < 4
    again = session.library.add([notes], now=NOW, report=lambda progress: None)
    assert set(again.added) | kept == {"0.md", "1.md", "2.md", "3.md"}
    assert not again.cancelled


def test_progress_names_file_stage_and_page_and_estimates_what_is_left(home: Path, tmp_path: Path) -> None:
    from ingest.progress import Progress, Stage, Tracker

    reports: list[Progress] = []
    times = iter([0.0, 0.0, 10.0, 10.0, 20.0])
    tracker = Tracker([100, 300], reports.append, lambda: False, clock=lambda: next(times))
    tracker.at_file(0, "a.pdf", 0)
    tracker.at_file(1, "b.pdf", 0)
    tracker.at_chunk("b.pdf", 7, 256)
    assert [(one.done, one.source, one.stage, one.page, one.seconds_left) for one in reports] == [
        (0, "a.pdf", Stage.READING, 0, None),
        (1, "b.pdf", Stage.READING, 0, 0.0),
        (1, "b.pdf", Stage.EMBEDDING, 7, 30.0),
    ]
