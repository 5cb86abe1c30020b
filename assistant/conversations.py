"""Keeps conversations in the home's SQLite file: stored answer by answer, listed, searched, renamed, deleted."""

import sqlite3
import threading
import uuid
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter

from assistant.answers import Answer

LONGEST_TITLE = 80
_ANSWER = TypeAdapter(Answer)


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation's id, title, and when it was last added to (UTC, ISO 8601)."""

    id: str
    title: str
    changed: str


class Conversations:
    """All conversations of a home; safe to share between threads."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._database = sqlite3.connect(path, check_same_thread=False, timeout=30)
        with self._database:
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA foreign_keys = ON")
            self._database.execute(
                "CREATE TABLE IF NOT EXISTS conversations (id TEXT PRIMARY KEY, title TEXT NOT NULL, changed TEXT NOT NULL)"
            )
            self._database.execute(
                "CREATE TABLE IF NOT EXISTS answers (number INTEGER PRIMARY KEY, conversation TEXT NOT NULL REFERENCES "
                "conversations ON DELETE CASCADE, question TEXT NOT NULL, answer TEXT NOT NULL)"
            )

    def add(self, conversation: str | None, answer: Answer, *, now: datetime) -> str:
        """Keep an answer; without a conversation a new one begins under its question. Returns the conversation's id."""
        name = conversation or uuid.uuid4().hex
        with self._lock, self._database:
            self._database.execute(
                "INSERT INTO conversations VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET changed = excluded.changed",
                (name, answer.question[:LONGEST_TITLE], now.isoformat()),
            )
            self._database.execute(
                "INSERT INTO answers (conversation, question, answer) VALUES (?, ?, ?)",
                (name, answer.question, _ANSWER.dump_json(answer).decode()),
            )
        return name

    def answers(self, conversation: str) -> list[Answer]:
        """A conversation's answers in order; empty when there is no such conversation."""
        query = "SELECT answer FROM answers WHERE conversation = ? ORDER BY number"
        with self._lock:
            rows = self._database.execute(query, (conversation,)).fetchall()
        return [_ANSWER.validate_json(text) for (text,) in rows]

    def list(self, words: str = "") -> list[Conversation]:
        """Conversations whose title, questions or answers hold the words, newest first."""
        pattern = "%" + words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        query = (
            "SELECT id, title, changed FROM conversations WHERE title LIKE ?1 ESCAPE '\\' OR id IN (SELECT conversation FROM "
            "answers WHERE question LIKE ?1 ESCAPE '\\' OR json_extract(answer, '$.text') LIKE ?1 ESCAPE '\\') "
            "ORDER BY changed DESC"
        )
        with self._lock:
            return [Conversation(*row) for row in self._database.execute(query, (pattern,))]

    def rename(self, conversation: str, title: str) -> None:
        """Give a conversation another title; an empty one is ignored."""
        if title.strip():
            with self._lock, self._database:
                self._database.execute(
                    "UPDATE conversations SET title = ? WHERE id = ?", (title.strip()[:LONGEST_TITLE], conversation)
                )

    def delete(self, conversation: str) -> None:
        """Remove a conversation and its answers."""
        with self._lock, self._database:
            self._database.execute("DELETE FROM conversations WHERE id = ?", (conversation,))
