import csv
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assistant.progress.store import SittingKind
from assistant.session import Session
from tests.conftest import ROOT, make_home
from tests.test_ui_cli import study

SECONDS = 60


class Terminal:
    """A `study` command at a real terminal: type, and read what it says."""

    def __init__(self, home: Path, *arguments: str) -> None:
        self._master, slave = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ui.cli", *arguments, "--home", str(home)],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=ROOT,
            env=os.environ | {"TERM": "dumb", "COLUMNS": "200"},
            close_fds=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background jobs ignore it
        )
        os.close(slave)
        self.said = self.everything = ""

    def wait_for(self, words: str) -> None:
        ends = time.monotonic() + SECONDS
        while words not in self.said:
            assert time.monotonic() < ends, f"{words!r} was not said: {self.said[-1500:]}"
            if select.select([self._master], [], [], 0.2)[0]:
                try:
                    read = os.read(self._master, 65536).decode()
                    self.said, self.everything = self.said + read, self.everything + read
                except OSError:
                    break
        assert words in self.said, self.said[-1500:]
        self.said = self.said.split(words, 1)[1]

    def type(self, words: str) -> None:
        os.write(self._master, f"{words}\n".encode())

    def choose(self, letters: str, sure: str = "") -> None:
        """Type as many of the letters as the question that was just read asks for, and ! or ? behind them."""
        stem = self.everything.replace("\r", "").rsplit("\n\n   A. ", 1)[0]
        asked = re.search(r"\(choose (\d)\)$", stem)
        self.type(letters[: int(asked[1]) if asked else 1] + sure)

    def stop(self) -> None:
        self._process.send_signal(signal.SIGINT)
        self.end()

    def end(self) -> None:
        self._process.wait(SECONDS)
        os.close(self._master)


@pytest.fixture
def learner(tmp_path: Path, models: Path) -> Path:
    return make_home(tmp_path / "learner", models)


def test_a_quiz_that_is_broken_off_goes_on_with_resume(learner: Path) -> None:
    first = Terminal(learner, "quiz", "-n", "2", "--seed", "1")
    first.wait_for("1. ")
    first.wait_for("Your answer")
    first.type("zz")
    first.wait_for("Type the letter")
    first.wait_for("Your answer")
    first.choose("abc")
    first.wait_for("2. ")
    first.wait_for("Your answer")
    first.stop()
    second = Terminal(learner, "quiz", "--resume")
    second.wait_for("2. ")
    second.wait_for("Your answer")
    second.type("abcd")  # more than any question takes
    second.wait_for("Type the letter")
    second.wait_for("Your answer")
    second.choose("bcd")
    second.wait_for("of 2 right.")
    second.end()
    assert len(Session(learner).progress.attempts()) == 2


def test_a_mock_exam_is_sat_in_a_terminal_and_reported_by_section(learner: Path) -> None:
    exam = Terminal(learner, "exam", "--questions", "6", "--minutes", "30", "--seed", "1")
    for number in range(1, 7):
        exam.wait_for(f"{number}. ")
        exam.wait_for("> ")
        if number == 3:
            exam.type("m")
        else:
            exam.choose("abc", "!" if number == 1 else "")
        if number == 3:
            exam.wait_for("marked")
            exam.wait_for("> ")
            exam.type("nonsense")
            exam.wait_for("not understood")
            exam.wait_for("> ")
            exam.choose("abc")
    exam.wait_for("> ")
    exam.type("submit")
    exam.wait_for("of 6 right")
    exam.wait_for("publishes no passing score")
    exam.wait_for("Read next")
    exam.end()
    session = Session(learner)
    assert len(session.progress.attempts()) >= 5
    assert [one.sure for one in session.progress.attempts()].count(True) == 1
    assert all(one.seconds for one in session.progress.attempts())
    told = study(learner, "report", "--show", "all").stdout
    assert "without an answer" in told
    assert " s" in told
    assert json.loads(study(learner, "report", "--json").stdout)["questions"] == 6
    assert not session.progress.open_sittings(SittingKind.EXAM)


def test_a_whole_mock_exam_is_answered_from_the_key_and_counted(corpus: Session, tmp_path: Path, models: Path) -> None:
    session = Session(make_home(tmp_path / "h", models))
    now = datetime(2026, 6, 1, tzinfo=UTC)
    questions = session.quizzes.exam(30, seed=1, now=now)
    sitting = session.progress.begin(SittingKind.EXAM, questions, now=now, at_once=False, minutes=120)
    for at, question in enumerate(questions):
        sitting = session.progress.answer(sitting, at, question.key, now=now + timedelta(minutes=at))
    done = session.progress.finish(sitting, now=now + timedelta(minutes=80))
    assert all(graded.correct for graded in done.grades())
    found = json.loads(study(session.home, "progress", "--json").stdout)
    assert found["attempts"] == 30
    assert all(row["share"] > 0.5 for row in found["sections"])
    again = session.quizzes.exam(20, seed=1, now=now + timedelta(days=1))
    assert not {one.id for one in questions} & {one.id for one in again}


def test_the_same_seed_gives_the_same_quiz_exam_and_generated_quiz(corpus_home: Path) -> None:
    for arguments in (
        ("quiz", "--section", "4", "-n", "8", "--seed", "1", "--json"),
        ("quiz", "--origin", "generated", "--section", "4", "-n", "5", "--seed", "1", "--json"),
        ("exam", "--questions", "12", "--seed", "1", "--json"),
    ):
        one, other = (study(corpus_home, *arguments).stdout for _ in range(2))
        assert json.loads(one)["questions"]
        assert one == other


def test_a_generated_quiz_says_what_was_asked_made_and_rejected(corpus_home: Path) -> None:
    done = study(corpus_home, "quiz", "--origin", "generated", "--section", "4", "-n", "3", "--seed", "1")
    assert re.search(r"3 asked for, 3 made", done.stdout)
    found = json.loads(study(corpus_home, "quiz", "--origin", "generated", "-n", "3", "--seed", "1", "--json").stdout)
    assert found["generation"]["made"] == len(found["questions"])
    assert {question["origin"] for question in found["questions"]} == {"generated"}


def test_a_plan_is_remembered_and_progress_is_exported_and_deleted(learner: Path, tmp_path: Path) -> None:
    day = (datetime.now(UTC) + timedelta(days=40)).date().isoformat()
    assert "the exam" in study(learner, "plan", "--exam-date", day).stdout
    assert json.loads(study(learner, "plan", "--json").stdout)["exam"] == day
    for name in ("a.apkg", "a.csv", "a.txt", "a.json"):
        assert "Wrote" in study(learner, "export", str(tmp_path / name)).stdout
        assert (tmp_path / name).stat().st_size
    study(learner, "export", str(tmp_path / "q.csv"), "--what", "questions", "--section", "4")
    rows = list(csv.DictReader((tmp_path / "q.csv").read_text(encoding="utf-8-sig").splitlines(keepends=True)))
    assert {row["section"] for row in rows} == {"4"}
    assert (tmp_path / "q.csv").read_text(encoding="utf-8-sig").startswith("question,answer,reason")
    assert study(learner, "export", str(tmp_path / "a.apkg"), "--what", "attempts").returncode == 1
    assert "0 of 0 attempts" in study(learner, "import", str(tmp_path / "a.json")).stdout
    assert "Deleted 0 attempts" in study(learner, "progress", "--delete-everything", "--yes").stdout
    assert study(learner, "plan").returncode == 1


def test_a_quiz_can_keep_its_reasons_for_the_end(learner: Path) -> None:
    quiz = Terminal(learner, "quiz", "-n", "2", "--seed", "3", "--objective", "4.1", "--feedback", "end")
    for number in (1, 2):
        quiz.wait_for(f"{number}. ")
        quiz.wait_for("Your answer")
        assert "right" not in quiz.everything.lower().split("your answer")[-1]
        quiz.choose("abc")
    quiz.wait_for("of 2 right.")
    quiz.end()
    attempts = Session(learner).progress.attempts()
    assert {attempt.objective for attempt in attempts} == {"4.1"}
    assert quiz.everything.count("Not right: you chose A") == sum(not attempt.correct for attempt in attempts)


def test_flash_cards_are_answered_in_a_terminal(learner: Path) -> None:
    if not Session(learner).quizzes.deck.cards:
        pytest.skip("no flash cards ship yet")
    cards = Terminal(learner, "cards", "-n", "2", "--section", "4")
    for said in ("f", "k"):
        cards.wait_for("Enter shows")
        cards.type("")
        cards.wait_for("k knew")
        cards.type(said)
    cards.wait_for("1 of 2 known.")
    cards.end()
    assert sorted(one.correct for one in Session(learner).progress.attempts(cards=True)) == [False, True]
    assert "0 questions are due" in study(learner, "due").stdout
