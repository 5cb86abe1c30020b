from datetime import timedelta
from pathlib import Path

from assistant.conversations import Conversations
from assistant.session import Session
from tests.conftest import NOW


def test_answers_come_back_as_they_were_citations_and_all(corpus: Session, tmp_path: Path) -> None:
    path = tmp_path / "home" / "progress.sqlite3"
    kept = Conversations(path)
    answers = [
        corpus.assistant.ask(question, corpus.writers.open())
        for question in ("What is concept drift?", "How do I bake bread?")
    ]
    name = kept.add(None, answers[0], now=NOW)
    assert kept.add(name, answers[1], now=NOW) == name
    assert Conversations(path).answers(name) == answers


def test_conversations_are_listed_newest_first_and_found_by_their_words(corpus: Session, tmp_path: Path) -> None:
    kept = Conversations(tmp_path / "progress.sqlite3")
    drift = kept.add(None, corpus.assistant.ask("What is concept drift?", corpus.writers.open()), now=NOW)
    batch = kept.add(
        None,
        corpus.assistant.ask("Does batch inference autoscale?", corpus.writers.open()),
        now=NOW + timedelta(hours=1),
    )
    assert [one.id for one in kept.list()] == [batch, drift]
    assert [one.id for one in kept.list("DRIFT")] == [drift]
    assert [one.id for one in kept.list("jobs do not autoscale")] == [batch]
    assert kept.list("100%_nothing") == []


def test_a_conversation_is_renamed_and_deleted_whole(corpus: Session, tmp_path: Path) -> None:
    kept = Conversations(tmp_path / "progress.sqlite3")
    name = kept.add(None, corpus.assistant.ask("What is concept drift?", corpus.writers.open()), now=NOW)
    kept.rename(name, " Drift ")
    kept.rename(name, "  ")
    assert [one.title for one in kept.list()] == ["Drift"]
    kept.delete(name)
    assert kept.list() == []
    assert kept.answers(name) == []
