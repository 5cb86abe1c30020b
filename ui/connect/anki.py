"""Pushes questions into a running Anki through its AnkiConnect add-on: new ones are added, known ones updated in place by id."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from assistant.practice.questions import Question
from assistant.progress.anki import BACK, CSS, FIELDS, FRONT, deck_of, fields_of, tags_of
from assistant.syllabus import Syllabus
from ingest.errors import ProgressError

ADDRESS = "http://127.0.0.1:8765"
"""Where AnkiConnect listens by default."""
API_VERSION = 6
SECONDS = 30.0
BATCH = 100
"""Notes in one request."""
MODEL = "Groundwork question (connected)"
TEMPLATE = {"Name": "Card", "Front": FRONT, "Back": BACK}


@dataclass(frozen=True, slots=True)
class Pushed:
    """How many cards were added, how many changed in place, and how many stood there already."""

    added: int
    updated: int
    unchanged: int


class AnkiConnect:
    """One running Anki."""

    def __init__(self, address: str = ADDRESS) -> None:
        self._address = address

    def call(self, action: str, **params: Any) -> Any:
        """The result of an action. Raises `ProgressError` when Anki does not answer or refuses."""
        body = {"action": action, "version": API_VERSION, "params": params}
        try:
            answer = httpx.post(self._address, json=body, timeout=SECONDS).json()
            result, error = answer["result"], answer["error"]
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as problem:
            raise ProgressError(
                f"Anki does not answer at {self._address}. Start Anki, and install the add-on AnkiConnect "
                "(Tools › Add-ons › Get Add-ons, code 2055492159)."
            ) from problem
        if error:
            raise ProgressError(f"Anki could not do {action}: {error}. Nothing else was changed by this step.")
        return result


def push(questions: Sequence[Question], anki: AnkiConnect, syllabus: Syllabus) -> Pushed:
    """Bring every question into Anki, each once; what a learner scheduled in Anki stays as it is."""
    _prepare(anki, sorted({deck_of(question, syllabus) for question in questions}))
    known = _known(anki)
    new = [question for question in questions if question.id not in known]
    for at in range(0, len(new), BATCH):
        anki.call("addNotes", notes=[_note(question, syllabus) for question in new[at : at + BATCH]])
    updated = 0
    for question in questions:
        note = known.get(question.id)
        if note is not None and _held(note) != fields_of(question):
            anki.call("updateNoteFields", note={"id": note["noteId"], "fields": fields_of(question)})
            updated += 1
    return Pushed(len(new), updated, len(questions) - len(new) - updated)


def _prepare(anki: AnkiConnect, decks: Sequence[str]) -> None:
    """The subdecks and the note type, made when they are not there."""
    for deck in decks:
        anki.call("createDeck", deck=deck)
    if MODEL not in anki.call("modelNames"):
        anki.call("createModel", modelName=MODEL, inOrderFields=list(FIELDS), css=CSS, cardTemplates=[TEMPLATE])


def _known(anki: AnkiConnect) -> dict[str, Mapping[str, Any]]:
    """Notes that were pushed before, by the id of their question."""
    ids = anki.call("findNotes", query=f'note:"{MODEL}"')
    notes: list[Mapping[str, Any]] = []
    for at in range(0, len(ids), BATCH):
        notes += anki.call("notesInfo", notes=ids[at : at + BATCH])
    return {note["fields"]["Id"]["value"]: note for note in notes if note}


def _held(note: Mapping[str, Any]) -> dict[str, str]:
    return {name: note["fields"][name]["value"] for name in FIELDS}


def _note(question: Question, syllabus: Syllabus) -> dict[str, Any]:
    deck, tags = deck_of(question, syllabus), tags_of(question)
    return {"deckName": deck, "modelName": MODEL, "fields": fields_of(question), "tags": tags}
