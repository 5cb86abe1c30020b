"""Many people at once in one process: nobody meets an error, and neither memory nor open files grow."""

import gc
import os
import random
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles

import pytest

from assistant.progress.store import SittingKind
from assistant.session import Session
from eval.cases import load_cases
from tests.conftest import NOW, make_home
from tests.test_assistant_damage import NOTES, QUESTIONS

SECONDS = float(os.environ.get("STUDY_TEST_LOAD", "6"))
"""`make soak` takes ten minutes."""
PEOPLE = 12
READING = 6.0
"""Mean seconds between two acts of a person in the long run, where what they do is measured; the short run does not wait."""
GROWTH = 40_000_000
"""Bytes that a process may grow by after it has warmed up: what allocators keep."""
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory and files are read from /proc")


@pytest.fixture
def session(tmp_path: Path, models: Path) -> Session:
    (tmp_path / "notes").mkdir()
    for name, text in NOTES.items():
        (tmp_path / "notes" / name).write_text(text)
    session = Session(make_home(tmp_path / "home", models))
    session.library.add([tmp_path / "notes"], now=NOW, report=lambda progress: None)
    return session


def memory() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.fixture
def shared(request: pytest.FixtureRequest, session: Session) -> tuple[Session, list[str]]:
    """What they share, and what they ask: in the long run the notes that ship and the questions of the evaluation."""
    if SECONDS <= 60:
        return session, list(QUESTIONS)
    corpus: Session = request.getfixturevalue("corpus")
    return corpus, [case.question for case in load_cases() if not case.earlier]


def test_twelve_people_at_once_meet_no_error(
    shared: tuple[Session, list[str]], tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    session, questions = shared
    writer = session.writers.open("quotes")
    session.assistant.ask(questions[0], writer)  # the models are loaded before anybody comes
    ends = time.monotonic() + SECONDS
    errors: list[str] = []
    times: list[float] = []
    done = [0] * PEOPLE

    def ask(rng: random.Random) -> None:
        started = time.perf_counter()
        answer = session.assistant.ask(rng.choice(questions), writer)
        times.append(time.perf_counter() - started)
        session.conversations.add(None, answer, now=NOW)

    def practice(rng: random.Random) -> None:
        questions = rng.sample(session.quizzes.bank.questions, 2)
        sitting = session.progress.begin(SittingKind.QUIZ, questions, now=NOW)
        for at, question in enumerate(questions):
            session.progress.answer(sitting, at, question.key, now=NOW)

    def add(rng: random.Random) -> None:
        path = tmp_path / "notes" / f"added-{rng.randrange(5)}.md"
        path.write_text(f"# Added\n\nThe added limit is {rng.randrange(100)} replicas.\n")
        session.library.add([path], now=NOW, report=lambda progress: None)

    def person(number: int) -> None:
        rng = random.Random(number)
        acts = [add] if number == 0 else [ask, ask, ask, practice]
        while time.monotonic() < ends:
            try:
                rng.choice(acts)(rng)
            except Exception as error:  # whatever it is, the test is to name it
                errors.append(f"{type(error).__name__}: {error}")
            done[number] += 1
            if SECONDS > 60:
                time.sleep(rng.uniform(0, 2 * READING))

    people = [threading.Thread(target=person, args=(number,)) for number in range(PEOPLE)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    record_property("tried", sum(done))
    record_property("lost", len(errors))
    record_property("answers", len(times))
    record_property("p95 of an answer", f"{quantiles(times, n=20)[-1]:.2f} s" if len(times) > 1 else "unknown")
    assert errors == []
    assert all(done)


def test_memory_and_open_files_stay_level_over_many_questions(
    session: Session, record_property: Callable[[str, object], None]
) -> None:
    count = 2000 if SECONDS > 60 else 90
    writer = session.writers.open("quotes")
    for number in range(count // 3):
        session.assistant.ask(QUESTIONS[number % 2], writer)
    before, files = memory(), open_files()
    for number in range(count):
        session.assistant.ask(f"{QUESTIONS[number % 2]} {number}", writer)
    record_property("tried", count)
    record_property("memory grew by", f"{(memory() - before) / 1e6:.0f} MB")
    assert memory() - before < GROWTH
    assert open_files() <= files + count // 10, "a leak opens one a question; other threads open a few"
