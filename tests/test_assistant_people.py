"""People who share a server: a token opens one person's own library and progress, and nobody else's."""

import json
import os
import threading
from pathlib import Path

import pytest

from assistant.people import People, session_for
from assistant.progress.store import SittingKind
from assistant.session import Session
from ingest.embeddings import Embedder
from ingest.errors import SettingsError
from tests.conftest import NOW


def test_a_token_is_one_persons_and_ends_when_it_is_replaced_or_they_leave(tmp_path: Path) -> None:
    people = People(tmp_path)
    ann, bea = people.add("Ann Lee"), people.add("Bea")
    found = [people.by_token(token) for token in (ann, bea)]
    assert [one.name for one in found if one] == ["Ann Lee", "Bea"]
    assert all(people.by_token(token) is None for token in ("", "x", ann[:-1], ann.upper() + " "))
    again = people.add("ann  lee")
    assert people.by_token(ann) is None
    assert [one.key for one in (people.by_token(again), found[0]) if one] == 2 * [found[0] and found[0].key]
    people.remove("Ann Lee")
    assert people.by_token(again) is None
    assert [one.name for one in people.all()] == ["Bea"]


def test_the_list_holds_no_token_and_is_the_owners_alone_to_read(tmp_path: Path) -> None:
    token = People(tmp_path).add("Ann")
    path = tmp_path / "people.json"
    assert token not in path.read_text()
    assert os.name == "nt" or path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "a\x00b", "a\u202eb"])
def test_a_name_that_cannot_be_shown_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match="visible characters"):
        People(tmp_path).add(name)


@pytest.mark.parametrize("name", ["..", "../../x", "/etc", "con", "me", "日本"])
def test_no_name_leads_out_of_the_folder_of_people(tmp_path: Path, name: str) -> None:
    people = People(tmp_path)
    person = people.by_token(people.add(name))
    assert person is not None
    assert people.folder(person.key).parent == tmp_path / "people"
    assert person.key.isalnum()


@pytest.mark.parametrize("text", ["{", "[1]", '{"a": 1}', '[{"name": "x"}]'])
def test_a_damaged_list_lets_nobody_in(tmp_path: Path, text: str) -> None:
    (tmp_path / "people.json").write_text(text)
    with pytest.raises(SettingsError, match=r"people\.json cannot be read"):
        People(tmp_path).by_token("x")


def test_people_added_at_the_same_moment_are_all_kept(tmp_path: Path) -> None:
    threads = [threading.Thread(target=People(tmp_path).add, args=(f"person {number}",)) for number in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(json.loads((tmp_path / "people.json").read_text())) == 8


def test_material_progress_and_conversations_are_one_persons_own(
    tmp_path: Path, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.library.open_embedder", lambda model, models: embedder)
    shared, notes = Session(tmp_path / "home"), tmp_path / "notes"
    notes.mkdir()
    (notes / "common.md").write_text("# Common\n\nThe common gate opens at 6.\n")
    monkeypatch.setattr("assistant.library.SHIPPED", (notes,))
    ann, bea = (session_for(shared, key, now=NOW) for key in ("a1", "b2"))
    (tmp_path / "secret.md").write_text("# Zebra\n\nThe zebra gate closes at 22 on weekdays.\n")
    ann.library.add([tmp_path / "secret.md"], now=NOW, report=lambda progress: None)
    question = "When does the zebra gate close?"
    answer = ann.assistant.ask(question, ann.writers.open("quotes"))
    ann.conversations.add("c", answer, now=NOW)
    questions = ann.quizzes.bank.questions[:1]
    sitting = ann.progress.begin(SittingKind.QUIZ, questions, now=NOW)
    ann.progress.answer(sitting, 0, questions[0].key, now=NOW)
    assert "22" in answer.text
    for other in (bea, shared):
        assert "secret.md" not in [record.name for record in other.index.records()]
        assert other.conversations.list() == []
        assert other.conversations.answers("c") == []
        assert other.progress.attempts() == []
    assert "22" not in bea.assistant.ask(question, bea.writers.open("quotes")).text
    assert ann.embedder is bea.embedder


def test_on_shared_databases_each_person_has_their_own_rows_and_collection() -> None:
    from assistant.settings import Settings

    own = Settings.model_validate({"index": {"url": "http://x:8000"}, "progress": {"url": "postgresql://x/study"}})
    ann, bea = own.of_person("a1"), own.of_person("b2")
    assert len({one.progress.learner for one in (own, ann, bea)}) == 3
    assert len({one.index.collection for one in (own, ann, bea)}) == 3
