"""The learner's file is backed up, checked, set aside when damaged and restored; databases of every version are opened."""

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from assistant.answers import Answer
from assistant.conversations import UNREADABLE, Conversations
from assistant.practice.bank import load_bank
from assistant.progress.keeping import BACKUPS, backups_of, fault_of, prepare, restore
from assistant.progress.schema import STEPS
from assistant.progress.store import Progress, SittingKind
from assistant.session import Session
from assistant.syllabus import load_syllabus
from ingest.errors import ProgressError
from tests.conftest import ROOT

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
BANK = load_bank(load_syllabus()).questions
SAID = Answer("What is drift?", "Drift is change.", (), (), True, "quotes")


def open_progress(path: Path) -> Progress:
    return Progress(f"sqlite:///{path}", "me")


def practice(path: Path, count: int, *, now: datetime = NOW, first: int = 0) -> None:
    """Answer some questions right and keep a conversation."""
    progress = open_progress(path)
    questions = BANK[first : first + count]
    sitting = progress.begin(SittingKind.QUIZ, questions, now=now)
    for at, question in enumerate(questions):
        progress.answer(sitting, at, question.key, now=now)
    Conversations(path).add(None, SAID, now=now)
    checkpoint(path)


def checkpoint(path: Path) -> None:
    """Move everything into the main file, as SQLite does when the last connection is closed."""
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def fill(path: Path) -> None:
    path.write_bytes(b"\xa5" * path.stat().st_size)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "thing.txt").write_text("a person's own")


def no_tables(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE t (x)")
        database.execute("DROP TABLE t")
    database.close()


HARMS: list[Callable[[Path], None]] = [cut, fill, empty, make_folder, no_tables]


@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: harm.__name__)
def test_a_damaged_file_is_set_aside_and_the_newest_backup_restored(
    tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    path = tmp_path / "progress.sqlite3"
    practice(path, 3)
    assert prepare(path, now=NOW).notices == ()
    harm(path)
    (notice,) = prepare(path, now=NOW + timedelta(hours=1)).notices
    assert "damaged" in notice
    assert "2026-06-01 was restored" in notice
    assert len(open_progress(path).attempts()) == 3
    assert [one.title for one in Conversations(path).list()] == ["What is drift?"]
    (aside,) = (tmp_path / "backups").glob("set-aside-*-progress.sqlite3")
    assert str(aside) in notice
    assert prepare(path, now=NOW + timedelta(hours=2)).notices == ()


KILLS = int(os.environ.get("STUDY_TEST_KILLS", "3"))
SITS_A_QUIZ = """
import sys
from tests.test_assistant_keeping import BANK, NOW, SittingKind, open_progress, Path

progress = open_progress(Path(sys.argv[1]))
sitting = progress.begin(SittingKind.QUIZ, BANK, now=NOW)
print(sitting.id, flush=True)
for at, question in enumerate(BANK):
    progress.answer(sitting, at, question.key, now=NOW)
    print(at + 1, flush=True)
"""


def test_a_quiz_killed_at_any_moment_keeps_every_answer_that_was_graded(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    moments = random.Random(5)
    for attempt in range(KILLS):
        path = tmp_path / f"{attempt}.sqlite3"
        command = [sys.executable, "-c", SITS_A_QUIZ, str(path)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            sitting = process.stdout.readline().strip()
            time.sleep(moments.uniform(0, 0.5))
            process.kill()
            graded = len(process.stdout.read().split())
        assert fault_of(path) == ""
        progress = open_progress(path)
        kept = progress.sitting(sitting)
        assert graded <= len(kept.chosen) <= graded + 1
        assert len(progress.attempts()) == len(kept.chosen)
        at = kept.first_open()
        assert len(progress.answer(kept, at, BANK[at].key, now=NOW).chosen) == at + 1
    record_property("tried", KILLS)


def test_without_a_backup_a_damaged_file_is_set_aside_and_said(tmp_path: Path) -> None:
    path = tmp_path / "progress.sqlite3"
    practice(path, 2)
    fill(path)
    (notice,) = prepare(path, now=NOW).notices
    assert "There was no backup" in notice
    assert open_progress(path).attempts() == []


def test_answers_given_since_the_backup_are_saved_from_a_file_that_is_damaged_in_one_place(tmp_path: Path) -> None:
    path = tmp_path / "progress.sqlite3"
    practice(path, 3)
    prepare(path, now=NOW)
    practice(path, 5, now=NOW + timedelta(hours=2), first=3)
    data = bytearray(path.read_bytes())
    with sqlite3.connect(path) as database:
        root = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'made_questions'").fetchone()[0]
        size = database.execute("PRAGMA page_size").fetchone()[0]
    database.close()
    data[(root - 1) * size : (root - 1) * size + 200] = b"\xff" * 200
    path.write_bytes(data)
    assert fault_of(path)
    (notice,) = prepare(path, now=NOW + timedelta(hours=3)).notices
    assert "rows were saved" in notice
    assert len(open_progress(path).attempts()) == 8
    assert len(Conversations(path).list()) == 2


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE attempts SET correct = 0, chosen = '[3]' WHERE number = 2",
        "UPDATE attempts SET learner = 'mf'",
        "UPDATE sittings SET kind = 'exam'",
        "UPDATE answers SET answer = replace(answer, 'change', 'chbnge')",
    ],
)
def test_letters_that_a_disk_changed_come_back_from_the_backup(tmp_path: Path, change: str) -> None:
    path = tmp_path / "progress.sqlite3"
    practice(path, 3)
    prepare(path, now=NOW)
    before = dump(path)
    with sqlite3.connect(path) as database:
        database.execute(change)
    database.close()
    (notice,) = prepare(path, now=NOW + timedelta(hours=1)).notices
    assert "changed by the disk" in notice
    assert dump(path) == before
    assert prepare(path, now=NOW + timedelta(hours=2)).notices == ()


def dump(path: Path) -> list[str]:
    with sqlite3.connect(path) as database:
        rows = [
            str(row)
            for table in ("attempts", "sittings", "answers")
            for row in database.execute(f"SELECT * FROM {table}")
        ]
    database.close()
    return rows


def test_what_a_wrong_byte_in_the_log_costs_comes_back_from_the_backup(tmp_path: Path) -> None:
    """SQLite takes the log behind it for never written, and says nothing."""
    path = tmp_path / "progress.sqlite3"
    progress = open_progress(path)
    Conversations(path)
    practice_without_checkpoint(progress, 3)
    assert prepare(path, now=NOW).notices == ()
    before = dump(path)
    (copy := tmp_path / "copy").mkdir()
    practice_without_checkpoint(progress, 2)
    for name in ("progress.sqlite3", "progress.sqlite3-wal"):
        (copy / name).write_bytes((tmp_path / name).read_bytes())
    shutil.copytree(tmp_path / "backups", copy / "backups")
    log = bytearray((copy / "progress.sqlite3-wal").read_bytes())
    log[100] ^= 1
    (copy / "progress.sqlite3-wal").write_bytes(log)
    prepare(copy / "progress.sqlite3", now=NOW + timedelta(hours=1))
    assert dump(copy / "progress.sqlite3") == before  # what the backup has is there, since it was moved out of the log
    with sqlite3.connect(copy / "progress.sqlite3") as database:
        database.execute("DELETE FROM attempts WHERE number = 2")
    database.close()
    (notice,) = prepare(copy / "progress.sqlite3", now=NOW + timedelta(hours=2)).notices
    assert "lost what its backup holds" in notice
    assert dump(copy / "progress.sqlite3") == before


def practice_without_checkpoint(progress: Progress, count: int) -> None:
    questions = BANK[:count]
    sitting = progress.begin(SittingKind.QUIZ, questions, now=NOW)
    for at, question in enumerate(questions):
        progress.answer(sitting, at, question.key, now=NOW)


def test_what_was_restored_stays_restored(tmp_path: Path) -> None:
    path = tmp_path / "progress.sqlite3"
    practice(path, 1)
    prepare(path, now=NOW)
    practice(path, 1, now=NOW + timedelta(days=1), first=1)
    prepare(path, now=NOW + timedelta(days=1))
    restore(path, NOW.date(), now=NOW + timedelta(days=1, hours=1))
    assert prepare(path, now=NOW + timedelta(days=1, hours=2)).notices == ()
    assert len(open_progress(path).attempts()) == 1


def test_what_was_done_since_the_backup_is_not_undone(tmp_path: Path) -> None:
    path = tmp_path / "progress.sqlite3"
    progress, kept = open_progress(path), Conversations(path)
    sitting = progress.begin(SittingKind.EXAM, BANK[:2], now=NOW, at_once=False)
    name = kept.add(None, SAID, now=NOW)
    prepare(path, now=NOW)
    progress.finish(progress.answer(sitting, 0, BANK[0].key, now=NOW), now=NOW)
    kept.rename(name, "Another title")
    kept.add(name, SAID, now=NOW)
    kept.delete(name)
    kept.add(None, SAID, now=NOW)
    before = dump(path)
    assert prepare(path, now=NOW + timedelta(hours=1)).notices == ()
    assert dump(path) == before


def test_a_backup_that_changed_is_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "progress.sqlite3"
    practice(path, 3)
    prepare(path, now=NOW)
    (backup,) = backups_of(path).values()
    with sqlite3.connect(backup) as database:
        database.execute("UPDATE attempts SET correct = 0")
    database.close()
    before = dump(path)
    assert prepare(path, now=NOW + timedelta(hours=1)).notices == ()
    assert dump(path) == before
    with pytest.raises(ProgressError, match="no backup"):
        restore(path, None, now=NOW)


def test_a_backup_is_made_once_a_day_and_seven_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "progress.sqlite3"
    assert prepare(path, now=NOW).notices == ()
    assert backups_of(path) == {}
    practice(path, 1)
    for day in range(10):
        prepare(path, now=NOW + timedelta(days=day))
        prepare(path, now=NOW + timedelta(days=day, hours=5))
    days = [(NOW + timedelta(days=day)).date() for day in range(10)]
    assert list(backups_of(path)) == days[-BACKUPS:]
    assert all(not fault_of(backup) for backup in backups_of(path).values())


def test_restore_brings_back_a_day_and_sets_aside_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "progress.sqlite3"
    practice(path, 1)
    prepare(path, now=NOW)
    practice(path, 1, now=NOW + timedelta(days=1), first=1)
    prepare(path, now=NOW + timedelta(days=1))
    assert "2026-06-01" in restore(path, NOW.date(), now=NOW + timedelta(days=2))
    assert len(open_progress(path).attempts()) == 1
    assert "2026-06-02" in restore(path, None, now=NOW + timedelta(days=3))
    assert len(open_progress(path).attempts()) == 2
    with pytest.raises(ProgressError, match="There are backups of 2026-06-01, 2026-06-02"):
        restore(path, datetime(2020, 1, 1).date(), now=NOW)
    with pytest.raises(ProgressError, match="no backup"):
        restore(tmp_path / "other" / "progress.sqlite3", None, now=NOW)


def test_deleting_everything_leaves_no_backup(home: Path) -> None:
    practice(home / "progress.sqlite3", 1)
    session = Session(home)
    assert session.progress.attempts()
    assert backups_of(home / "progress.sqlite3")
    session.progress.delete_everything()
    assert list((home / "backups").iterdir()) == []


def test_the_command_restores_and_says_so(home: Path) -> None:
    from ui.cli import app

    path = home / "progress.sqlite3"
    practice(path, 2)
    prepare(path, now=datetime.now(UTC))
    Session(home).progress.delete_everything()
    (home / "backups").mkdir(exist_ok=True)
    practice(home / "backups" / "progress-2026-06-01.sqlite3", 2)
    done = CliRunner().invoke(app, ["restore", "--home", str(home)])
    assert done.exit_code == 0, done.output
    assert "Restored the backup of 2026-06-01" in done.output
    assert len(Session(home).progress.attempts()) == 2


# Versions


BEFORE_CREDIT = """
CREATE TABLE learners (name VARCHAR(200) PRIMARY KEY, exam_date VARCHAR(10));
CREATE TABLE sittings (id VARCHAR(32) PRIMARY KEY, learner VARCHAR(200) NOT NULL, kind VARCHAR(20) NOT NULL,
  at_once BOOLEAN NOT NULL, questions TEXT NOT NULL, started VARCHAR(40) NOT NULL, minutes INTEGER, finished VARCHAR(40));
CREATE TABLE sitting_answers (sitting VARCHAR(32), position INTEGER, chosen TEXT NOT NULL, marked BOOLEAN NOT NULL,
  PRIMARY KEY (sitting, position));
CREATE TABLE attempts (number INTEGER PRIMARY KEY, learner VARCHAR(200) NOT NULL, sitting VARCHAR(32) NOT NULL,
  question VARCHAR(200) NOT NULL, section INTEGER, objective VARCHAR(10), consideration VARCHAR(10),
  origin VARCHAR(20) NOT NULL, chosen TEXT NOT NULL, correct BOOLEAN NOT NULL, at VARCHAR(40) NOT NULL,
  UNIQUE (learner, sitting, question));
CREATE TABLE cards (learner VARCHAR(200), question VARCHAR(200), card TEXT NOT NULL, due VARCHAR(40) NOT NULL,
  PRIMARY KEY (learner, question));
INSERT INTO attempts VALUES (1, 'me', 's', 'q1', 1, '1.1', '1.1a', 'bank', '[0]', 1, '2026-05-01T10:00:00+02:00');
INSERT INTO attempts VALUES (2, 'me', 's', 'q2', 1, '1.1', '1.1a', 'bank', '[1]', 0, '2026-05-01T08:30:00+00:00');
"""
RELEASED = BEFORE_CREDIT.replace("correct BOOLEAN NOT NULL,", "correct BOOLEAN NOT NULL, credit FLOAT NOT NULL,").replace(
    "1, '2026-05-01T10", "1, 1.0, '2026-05-01T10"
).replace("0, '2026-05-01T08", "0, 0.5, '2026-05-01T08")  # fmt: skip
"""The tables of 0.1.0, as `Progress` made them."""


@pytest.mark.parametrize(
    ("script", "credit"), [(BEFORE_CREDIT, [1.0, 0.0]), (RELEASED, [1.0, 0.5])], ids=["old", "0.1.0"]
)
def test_a_database_of_every_version_is_opened_with_all_its_attempts(
    tmp_path: Path, script: str, credit: list[float]
) -> None:
    path = tmp_path / "progress.sqlite3"
    with sqlite3.connect(path) as database:
        database.executescript(script)
    database.close()
    for _ in range(2):
        attempts = open_progress(path).attempts()
        assert [one.question for one in attempts] == ["q1", "q2"]
        assert [one.credit for one in attempts] == credit
    practice(path, 1)
    assert len(open_progress(path).attempts()) == 3


def test_times_of_older_databases_become_utc(tmp_path: Path) -> None:
    path = tmp_path / "progress.sqlite3"
    with sqlite3.connect(path) as database:
        database.executescript(RELEASED)
    database.close()
    open_progress(path)
    with sa.create_engine(f"sqlite:///{path}").connect() as connection:
        assert (
            connection.execute(sa.text("SELECT at FROM attempts WHERE number = 1")).scalar()
            == "2026-05-01T08:00:00+00:00"
        )


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "progress.sqlite3"
    practice(path, 1)
    with sqlite3.connect(path) as database:
        database.execute("UPDATE schema_versions SET number = 99")
        database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(ProgressError, match=f"newer version of Groundwork .schema 99, this one knows {len(STEPS)}"):
        open_progress(path)
    with pytest.raises(ProgressError, match="newer version"):
        Conversations(path)


def test_conversations_of_other_versions_are_shown_as_far_as_they_can_be(tmp_path: Path) -> None:
    path = tmp_path / "progress.sqlite3"
    kept = Conversations(path)
    name = kept.add(None, SAID, now=NOW)
    with sqlite3.connect(path) as database:
        for stored in ('{"question": "q", "text": "An old answer."}', "not JSON", "[1]"):
            database.execute("INSERT INTO answers (conversation, question, answer) VALUES (?, 'q', ?)", (name, stored))
    database.close()
    assert [answer.text for answer in kept.answers(name)] == [
        "Drift is change.",
        "An old answer.",
        UNREADABLE,
        UNREADABLE,
    ]
    assert [one.id for one in kept.list("change")] == [name]


# Times


def test_the_same_moment_is_due_in_whatever_zone_it_is_written(progress_url: str) -> None:
    progress = Progress(progress_url, "me")
    sitting = progress.begin(SittingKind.QUIZ, BANK[:1], now=NOW)
    progress.answer(sitting, 0, BANK[0].key, now=NOW)
    (due,) = progress.due_dates()
    east, west = timezone(timedelta(hours=9)), timezone(timedelta(hours=-7))
    for zone in (UTC, east, west):
        assert progress.due((due - timedelta(minutes=1)).astimezone(zone)) == []
        assert progress.due((due + timedelta(minutes=1)).astimezone(zone)) == [BANK[0].id]


def test_a_time_without_a_zone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="time zone"):
        open_progress(tmp_path / "progress.sqlite3").due(datetime(2026, 6, 1))


def test_a_damaged_record_is_named_with_the_way_back(tmp_path: Path) -> None:
    path = tmp_path / "progress.sqlite3"
    practice(path, 1)
    with sqlite3.connect(path) as database:
        database.execute("UPDATE attempts SET at = 'yesterday'")
    database.close()
    with pytest.raises(ProgressError, match="study restore"):
        open_progress(path).attempts()


# No room


def test_conversations_go_on_in_memory_when_the_disk_is_full(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "progress.sqlite3"
    kept = Conversations(path)
    name = kept.add(None, SAID, now=NOW)
    kept._database.execute(f"PRAGMA max_page_count = {kept._database.execute('PRAGMA page_count').fetchone()[0]}")
    for _ in range(200):
        kept.add(name, SAID, now=NOW)
    assert len(kept.answers(name)) == 201
    assert "New answers are not kept" in caplog.text
