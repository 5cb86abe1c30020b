"""A home whose files were damaged heals or says what is the matter; it never answers wrongly without a word.

Each form of damage is done to a copy of a small good home, which is then used as a person would.
"""

import logging
import os
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from assistant.practice.bank import load_bank
from assistant.progress.store import SittingKind
from assistant.session import Session
from assistant.syllabus import load_syllabus
from ingest.embeddings import Embedder, open_embedder
from ingest.errors import IndexDamaged, IndexUnavailable, SettingsError, StudyError
from tests.conftest import NOW
from ui.doctor import examine, repair

FLIPS = int(os.environ.get("STUDY_TEST_FLIPS", "6"))
"""Random places of a home in which bytes are flipped; `make soak` takes 200."""
QUESTIONS = ("When does the zebra gate close?", "How many replicas does the wombat pool use?")
NOTES = {
    "zebra.md": "# Zebra gate\n\nThe zebra gate opens at 6. The zebra gate closes at 22 on weekdays.\n\n- Lions enter first.\n",
    "wombat.md": "# Wombat pool\n\nThe wombat pool uses 12 replicas. It never scales below 3 replicas.\n",
    "lemur.txt": "Lemur jobs run every night. Each lemur job writes one table.\n",
}


@dataclass(frozen=True)
class Seen:
    """What a person saw: answers, or the sentences that were said instead or besides."""

    answers: tuple[str, ...] = ()
    learned: tuple[str, ...] = ()
    """Each graded answer and each kept conversation."""
    said: list[str] = field(default_factory=list)


class _Listening(logging.Handler):
    def __init__(self, said: list[str]) -> None:
        super().__init__(logging.WARNING)
        self.said = said

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


def use(home: Path) -> Seen:
    """Ask two questions, look at the progress and at what was asked before; anything but a sentence for a person is raised."""
    said: list[str] = []
    answers: list[str] = []
    learned: list[str] = []
    listening = _Listening(said)
    logging.getLogger().addHandler(listening)
    try:
        session = Session(home)
        try:
            writer = session.writers.open("quotes")
            answers = [session.assistant.ask(question, writer).text for question in QUESTIONS]
        except StudyError as error:
            said.append(str(error))
        try:
            learned = [str(replace(one, sitting="")) for one in session.progress.attempts()]
            for one in session.conversations.list():
                learned += [
                    one.title,
                    *(f"{answer.question} {answer.text}" for answer in session.conversations.answers(one.id)),
                ]
        except StudyError as error:
            said.append(str(error))
        return Seen(tuple(answers), tuple(learned), said)
    finally:
        logging.getLogger().removeHandler(listening)


def mend(home: Path) -> list[str]:
    session = Session(home)
    session.__dict__["quizzes"] = SHIPPED  # is no part of a home, and takes seconds to be checked
    done = repair(session, now=NOW)
    assert [one for one in examine(session) if not one.ok] == []
    return done


SHIPPED = SimpleNamespace(bank=SimpleNamespace(questions=()))


@pytest.fixture(autouse=True)
def _one_model(request: pytest.FixtureRequest, embedder: Embedder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every session uses the model that was opened once, but for the tests of damage to its files."""
    if "models_files" not in request.fixturenames:
        monkeypatch.setattr("assistant.library.open_embedder", lambda model, models: embedder)


@pytest.fixture
def models_files() -> None:
    """Asked for by tests in which the files of the model are opened."""


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory, models: Path, embedder: Embedder) -> Path:
    folder = tmp_path_factory.mktemp("good")
    notes = folder / "notes"
    notes.mkdir()
    for name, text in NOTES.items():
        (notes / name).write_text(text)
    home = folder / "home"
    home.mkdir()
    shutil.copytree(models, home / "models", copy_function=os.link)
    session = Session(home)
    session.library.__dict__["embedder"] = embedder
    session.library.add([notes], now=NOW, report=lambda progress: None)
    questions = load_bank(load_syllabus()).questions[:3]
    sitting = session.progress.begin(SittingKind.QUIZ, questions, now=NOW)
    for at, question in enumerate(questions):
        session.progress.answer(sitting, at, question.key, now=NOW)
    session.conversations.add(None, session.assistant.ask(QUESTIONS[0], session.writers.open("quotes")), now=NOW)
    Session(home).learners_file  # noqa: B018 - makes the day's backup
    return home


@pytest.fixture
def home(good: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "home"
    shutil.copytree(good, copy, copy_function=shutil.copy, ignore=shutil.ignore_patterns("models"))
    shutil.copytree(good / "models", copy / "models", copy_function=os.link)
    return copy


@pytest.fixture(scope="module")
def right(good: Path) -> Seen:
    seen = use(good)
    assert "22" in seen.answers[0]
    assert "12" in seen.answers[1]
    assert (len(seen.learned), seen.said) == (5, [])
    return seen


def lexical(home: Path, name: str) -> Path:
    (found,) = (home / "index" / "lexical").glob(f"*/*/{name}")
    return found


def change(path: Path, *, at: float = 0.5, count: int = 8) -> None:
    """Flip some bytes; a file that is linked elsewhere is taken apart from it before."""
    data = bytearray(path.read_bytes())
    for place in range(int(len(data) * at), min(len(data), int(len(data) * at) + count)):
        data[place] ^= 0x55
    path.unlink()
    path.write_bytes(data)


def halve(path: Path) -> None:
    data = path.read_bytes()
    path.unlink()
    path.write_bytes(data[: len(data) // 2])


def fill(path: Path) -> None:
    path.write_bytes(b"\xa5" * path.stat().st_size)


def without_side_files(path: Path) -> Path:
    for end in ("-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
    return path


CACHES: dict[str, Callable[[Path], None]] = {
    "scores changed": lambda home: change(lexical(home, "data.npy"), at=0.9),
    "starts changed": lambda home: change(lexical(home, "indptr.npy"), at=0.8),
    "chunks changed": lambda home: change(lexical(home, "indices.npy"), at=0.9),
    "rows shortened": lambda home: (
        lexical(home, "rows.json").write_text('{"ids": [], "sources": [], "headings": []}') and None
    ),
    "rows of another shape": lambda home: lexical(home, "rows.json").write_text('{"ids": 1}') and None,
    "vocabulary cut": lambda home: halve(lexical(home, "vocabulary.json")),
    "seal changed": lambda home: change(lexical(home, "seal.json")),
    "sentences cut": lambda home: halve(without_side_files(home / "index" / "sentences.sqlite3")),
    "sentences filled": lambda home: fill(without_side_files(home / "index" / "sentences.sqlite3")),
    "sentences changed": lambda home: change(
        without_side_files(home / "index" / "sentences.sqlite3"), at=0.9, count=400
    ),
}


@pytest.mark.parametrize("harm", CACHES)
def test_a_damaged_cache_is_noticed_and_made_again(home: Path, right: Seen, harm: str) -> None:
    CACHES[harm](home)
    seen = use(home)
    assert (seen.answers, seen.learned) == (right.answers, right.learned)
    assert seen.said == [] or "damaged" in seen.said[0]
    assert use(home) == right


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "export.json"])
@pytest.mark.usefixtures("models_files")
def test_a_damaged_export_of_the_model_is_noticed(home: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (path,) = (home / "models").glob(f"*/{name}")
    change(path, at=0.4)
    asked: list[str] = []
    monkeypatch.setattr("ingest.embeddings._export", lambda model, location, folder: asked.append(model))
    monkeypatch.setattr("ingest.embeddings.LibraryEmbedder", lambda location: None)
    open_embedder("all-MiniLM-L6-v2", home / "models")
    assert asked == ["all-MiniLM-L6-v2"]


CHROMA: dict[str, Callable[[Path], None]] = {
    "changed": lambda path: change(path, at=0.3, count=4000),
    "cut": halve,
    "filled": fill,
    "emptied": lambda path: path.write_bytes(b"") and None,
    "removed": lambda path: path.unlink(),
}


@pytest.mark.parametrize("harm", CHROMA)
def test_a_damaged_store_is_said_and_built_again_by_the_doctor(home: Path, right: Seen, harm: str) -> None:
    CHROMA[harm](without_side_files(home / "index" / "chroma" / "chroma.sqlite3"))
    seen = use(home)
    if seen.answers != right.answers:
        assert "study doctor --repair" in " ".join(seen.said)
    assert "index" in [one.name for one in examine(Session(home)) if not one.ok]
    assert "Read 3 sources again" in " ".join(mend(home))
    assert use(home) == right


def test_a_passage_that_was_changed_in_the_store_is_not_quoted(home: Path) -> None:
    import sqlite3

    path = home / "index" / "chroma" / "chroma.sqlite3"
    with sqlite3.connect(path) as database:
        tables = ("embedding_metadata", "embedding_fulltext_search")
        for table in tables:
            database.execute(f"UPDATE {table} SET string_value = replace(string_value, 'closes at 22', 'closes at 23')")
    database.close()
    seen = use(home)
    assert seen.answers == ()
    assert "not what was read from its source" in seen.said[0]
    assert any("23" not in one for one in mend(home))
    assert "22" in use(home).answers[0]


def test_a_store_that_lost_sources_is_noticed_by_the_doctor(home: Path, right: Seen) -> None:
    session = Session(home)
    session.index._chunks.delete(where={"source": "wombat.md"})
    with pytest.raises(IndexDamaged, match=r"wombat\.md"):
        Session(home).index.check()
    mend(home)
    assert use(home) == right


def test_what_cannot_be_read_again_is_named_and_the_damaged_store_kept(home: Path, good: Path) -> None:
    moved = good.parent / "moved"
    (good.parent / "notes").rename(moved)
    try:
        (home / "index" / "chroma" / "chroma.sqlite3").write_bytes(b"")
        done = " ".join(repair(Session(home), now=NOW))
    finally:
        moved.rename(good.parent / "notes")
    assert "is gone" in done
    assert list((home / "index").glob("set-aside-*"))


def folder_in_place(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.mkdir()


def test_settings_that_are_a_folder_are_one_sentence(home: Path) -> None:
    folder_in_place(home / "study.toml")
    with pytest.raises(SettingsError, match="It must be a file"):
        Session(home).settings  # noqa: B018


def test_a_lock_that_is_a_folder_is_one_sentence(home: Path) -> None:
    folder_in_place(home / "index" / "writer.lock")
    with pytest.raises(IndexUnavailable, match=r"writer\.lock"):
        Session(home).library.add([], now=NOW, report=lambda progress: None)


@pytest.mark.parametrize("text", ["{", '{"a": 1}', "null", "3"])
def test_a_note_of_a_rebuild_that_is_damaged_is_set_aside(home: Path, right: Seen, text: str) -> None:
    (home / "index" / "rebuilding.json").write_text(text)
    Session(home).library.add([], now=NOW, report=lambda progress: None)
    assert not (home / "index" / "rebuilding.json").exists()
    assert use(home) == right


def flipped(home: Path, rng: random.Random) -> str:
    """Change one to eight bytes of one file of a home to any others, each file as likely; returns which and where."""
    files = sorted(path for path in home.rglob("*") if path.is_file() and path.stat().st_size)
    path = rng.choice(files)
    data = bytearray(path.read_bytes())
    at = rng.randrange(len(data))
    for place in range(at, min(len(data), at + rng.choice([1, 1, 2, 8]))):
        data[place] ^= rng.randrange(1, 256)
    path.unlink()  # other homes may hold it by another name
    path.write_bytes(data)
    return f"{path.relative_to(home).as_posix()} at {at}"


@pytest.mark.parametrize("number", range(FLIPS))
def test_bytes_flipped_anywhere_are_healed_or_said_and_nothing_is_lost(
    home: Path, right: Seen, number: int, models: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No answer but the right one is ever given, and after a repair everything is as it was.

    The model is not exported again for each flip in it, which takes most of a minute: a copy of the good one stands in.
    """

    def put_back(model: str, location: str, folder: Path) -> object:
        from ingest.embeddings import _read_export

        shutil.rmtree(folder)
        shutil.copytree(models / folder.name, folder, copy_function=os.link)
        return _read_export(folder, location)

    place = flipped(home, random.Random(number))
    monkeypatch.setattr("ingest.embeddings._export", put_back)
    if place.startswith("models"):
        monkeypatch.setattr("assistant.library.open_embedder", open_embedder)
    seen = use(home)
    assert seen.answers == right.answers or (seen.answers == () and seen.said), place
    assert seen.learned == right.learned or seen.said, place
    assert "Traceback" not in " ".join(seen.said)
    mend(home)
    after = use(home)
    assert (after.answers, after.learned, after.said) == (right.answers, right.learned, []), place
