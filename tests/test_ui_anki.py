import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from assistant.practice.questions import Question
from assistant.progress.anki import DECK, deck_of
from assistant.session import Session
from assistant.syllabus import load_syllabus
from ingest.errors import ProgressError
from tests.conftest import ROOT, make_home
from ui.connect.anki import MODEL, AnkiConnect, Pushed, push

SYLLABUS = load_syllabus()


class Anki:
    """What Anki and its add-on do, as far as a push can tell."""

    def __init__(self) -> None:
        self.models: dict[str, list[str]] = {}
        self.decks: set[str] = set()
        self.notes: dict[int, dict[str, Any]] = {}
        self.calls: list[str] = []

    def answer(self, action: str, params: dict[str, Any]) -> Any:
        self.calls.append(action)
        return getattr(self, action)(**params)

    def createDeck(self, deck: str) -> int:  # noqa: N802 - AnkiConnect's names
        self.decks.add(deck)
        return 1

    def modelNames(self) -> list[str]:  # noqa: N802
        return list(self.models)

    def createModel(self, modelName: str, inOrderFields: list[str], css: str, cardTemplates: list[Any]) -> None:  # noqa: N802, N803
        self.models[modelName] = inOrderFields

    def findNotes(self, query: str) -> list[int]:  # noqa: N802
        wanted = query.removeprefix('note:"').removesuffix('"')
        return [key for key, note in self.notes.items() if note["modelName"] == wanted]

    def notesInfo(self, notes: list[int]) -> list[dict[str, Any]]:  # noqa: N802
        return [
            {"noteId": key, "fields": {name: {"value": text} for name, text in self.notes[key]["fields"].items()}}
            for key in notes
        ]

    def addNotes(self, notes: list[dict[str, Any]]) -> list[int]:  # noqa: N802
        for note in notes:
            assert note["deckName"] in self.decks
            assert set(note["fields"]) == set(self.models[note["modelName"]])
            self.notes[len(self.notes) + 1] = note
        return list(self.notes)

    def updateNoteFields(self, note: dict[str, Any]) -> None:  # noqa: N802
        self.notes[note["id"]]["fields"] |= note["fields"]


@pytest.fixture
def anki() -> Iterator[tuple[Anki, str]]:
    """A stand-in for Anki on loopback, and its address."""
    state = Anki()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            assert asked["version"] == 6
            answer = {"result": state.answer(asked["action"], asked["params"]), "error": None}
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield state, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def questions(tmp_path_factory: pytest.TempPathFactory, models: Path) -> list[Question]:
    session = Session(make_home(tmp_path_factory.mktemp("bank"), models))
    return list(session.quizzes.bank.questions[:150])


def test_cards_are_added_once_and_changed_in_place(anki: tuple[Anki, str], questions: list[Question]) -> None:
    state, address = anki
    connect = AnkiConnect(address)
    assert push(questions, connect, SYLLABUS) == Pushed(150, 0, 0)
    assert push(questions, connect, SYLLABUS) == Pushed(0, 0, 150)
    before = dict(state.notes)
    changed = [replace(questions[0], prompt="A new stem?"), *questions[1:]]
    assert push(changed, connect, SYLLABUS) == Pushed(0, 1, 149)
    assert state.notes.keys() == before.keys()
    assert "A new stem?" in state.notes[1]["fields"]["Question"]
    assert state.decks == {deck_of(question, SYLLABUS) for question in questions}
    assert all(deck.startswith(f"{DECK}::Questions::") for deck in state.decks)
    assert list(state.models) == [MODEL]
    assert "deleteNotes" not in state.calls


def test_tags_tell_section_objective_and_difficulty(anki: tuple[Anki, str], questions: list[Question]) -> None:
    state, address = anki
    push(questions[:1], AnkiConnect(address), SYLLABUS)
    one = questions[0]
    expected = {"groundwork", one.origin.value, f"section-{one.section}", f"objective-{one.objective}"}
    assert expected <= set(state.notes[1]["tags"])


def test_without_anki_a_sentence_says_what_to_do() -> None:
    with pytest.raises(ProgressError, match="Start Anki"):
        push([], AnkiConnect("http://127.0.0.1:9"), SYLLABUS)


def test_the_command_pushes_one_section(anki: tuple[Anki, str], tmp_path: Path, models: Path) -> None:
    state, address = anki
    home = make_home(tmp_path / "home", models)
    done = subprocess.run(
        [sys.executable, "-m", "ui.cli", "anki", "--section", "4", "--url", address, "--home", str(home)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert f"{len(state.notes)} cards added" in done.stdout
    assert {tag for note in state.notes.values() for tag in note["tags"] if tag.startswith("section-")} == {"section-4"}
