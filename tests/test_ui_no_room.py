"""Asking, searching and reading need no writing: a home that is read-only or full answers, and says what is not kept."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from assistant.practice.bank import load_bank
from assistant.progress.store import SittingKind
from assistant.session import Session
from assistant.syllabus import load_syllabus
from tests.conftest import NOW, ROOT, make_home

ENTER = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-r", "-m"]
CAN_MOUNT = (
    shutil.which("unshare") is not None
    and subprocess.run([*ENTER, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True).returncode == 0
)
pytestmark = pytest.mark.skipif(not CAN_MOUNT, reason="no file system can be mounted here (unshare -m)")
READ_ONLY = 'mount --bind "$HOME_OF" "$HOME_OF" && mount -o remount,ro,bind "$HOME_OF"'
FULL = (
    'cp -r "$HOME_OF" "$HOME_OF.copy" && mount -t tmpfs -o size=150m tmpfs "$HOME_OF" && cp -r "$HOME_OF.copy/." "$HOME_OF" && '
    'dd if=/dev/zero of="$HOME_OF/filler" bs=64k status=none; true'
)


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Path:
    """A home with a source, an answered quiz and a conversation."""
    folder = tmp_path_factory.mktemp("used")
    (folder / "zebra.md").write_text("# Zebra gate\n\nThe zebra gate closes at 22 on weekdays. It opens at 6.\n")
    home = make_home(folder / "home", models)
    session = Session(home)
    session.library.add([folder / "zebra.md"], now=NOW, report=lambda progress: None)
    questions = load_bank(load_syllabus()).questions[:2]
    sitting = session.progress.begin(SittingKind.QUIZ, questions, now=NOW)
    for at, question in enumerate(questions):
        session.progress.answer(sitting, at, question.key, now=NOW)
    answer = session.assistant.ask("When does the zebra gate close?", session.writers.open("quotes"))
    session.conversations.add(None, answer, now=NOW)
    return home


def study(home: Path, prepare: str, *commands: str) -> list[subprocess.CompletedProcess[str]]:
    """Each command in one mount namespace in which the home has no room."""
    environment = os.environ | {"HOME_OF": str(home), "PYTHONPATH": str(ROOT)}
    done = []
    for command in commands:
        line = f'{prepare} && exec "{sys.executable}" {command}'
        done.append(
            subprocess.run(
                [*ENTER, "bash", "-c", line], cwd=ROOT, capture_output=True, text=True, env=environment, timeout=300
            )
        )
        shutil.rmtree(f"{home}.copy", ignore_errors=True)
    return done


@pytest.mark.parametrize("prepare", [READ_ONLY, FULL], ids=["read-only", "full"])
def test_one_can_ask_search_and_read_without_room(used: Path, prepare: str) -> None:
    cli = "-m ui.cli"
    home = f'--home "{used}"'
    ask, search, progress, doctor, ingest = study(
        used,
        prepare,
        f'{cli} ask "When does the zebra gate close?" --json {home}',
        f'{cli} search "zebra gate" --json {home}',
        f"{cli} progress --json {home}",
        f"{cli} doctor {home}",
        f'{cli} ingest "{used.parent / "zebra.md"}" {home}',
    )
    for done in (ask, search, progress, doctor, ingest):
        assert "Traceback" not in done.stderr, done.stderr[-1500:]
    assert "22" in json.loads(ask.stdout)["answer"]
    assert json.loads(search.stdout)["passages"]
    assert progress.returncode == 0, progress.stderr
    assert "nothing new is kept" in progress.stderr
    assert "1 sources" in doctor.stdout
    assert ingest.returncode == 1
    assert "cannot be written" in ingest.stderr


TALK = """
import sys; from datetime import UTC, datetime; from pathlib import Path
from assistant.session import Session; from ingest.errors import ProgressError
from assistant.progress.store import SittingKind
session = Session(Path(sys.argv[1]))
(before,) = session.conversations.list()
answer = session.assistant.ask("When does the zebra gate open?", session.writers.open("quotes"))
session.conversations.add(before.id, answer, now=datetime.now(UTC))
print(len(session.conversations.answers(before.id)), session.progress.attempts() and "attempts")
try:
    session.progress.begin(SittingKind.QUIZ, (), now=datetime.now(UTC))
except ProgressError as error:
    print(error)
"""


@pytest.mark.parametrize("prepare", [READ_ONLY, FULL], ids=["read-only", "full"])
def test_a_conversation_goes_on_and_what_is_not_kept_is_said(used: Path, prepare: str, tmp_path: Path) -> None:
    (tmp_path / "talk.py").write_text(TALK)
    (done,) = study(used, prepare, f'"{tmp_path / "talk.py"}" "{used}"')
    assert done.returncode == 0, done.stderr[-1500:]
    assert done.stdout.startswith("2 attempts")
    assert "Progress cannot be saved" in done.stdout
    assert len(Session(used).conversations.list()) == 1
