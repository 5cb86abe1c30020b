"""Keeps conversations in the home's SQLite file: stored answer by answer, listed, searched, renamed, deleted."""

import json
import logging
import sqlite3
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from assistant.answers import Answer
from ingest.errors import ProgressError, first_line

LONGEST_TITLE = 80
UNREADABLE = "This answer was kept by another version and cannot be shown any more. Ask again."
_ANSWER = TypeAdapter(Answer)
_Result = TypeVar("_Result")
_STEPS: tuple[str, ...] = (
    """
    CREATE TABLE IF NOT EXISTS conversations (id TEXT PRIMARY KEY, title TEXT NOT NULL, changed TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS answers (number INTEGER PRIMARY KEY, conversation TEXT NOT NULL REFERENCES conversations
      ON DELETE CASCADE, question TEXT NOT NULL, answer TEXT NOT NULL);
    """,
    "CREATE INDEX IF NOT EXISTS answers_by_conversation ON answers (conversation, number);",
)
"""The tables, as numbered steps; SQLite's `user_version` says how many were taken. Never change one that was released."""
UNWRITABLE = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN})


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
        try:
            self._database = sqlite3.connect(path, check_same_thread=False, timeout=30)
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA foreign_keys = ON")
            _migrate(self._database)
        except sqlite3.Error as error:
            raise ProgressError(
                f"Conversations cannot be read from {path}: {first_line(error)}. Run `study doctor --repair`."
            ) from error

    def add(self, conversation: str | None, answer: Answer, *, now: datetime) -> str:
        """Keep an answer; without a conversation a new one begins under its question. Returns the conversation's id.

        Where the disk is full the conversation goes on in memory, and that is said.
        """
        name = conversation or uuid.uuid4().hex

        def keep(database: sqlite3.Connection) -> str:
            database.execute(
                "INSERT INTO conversations VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET changed = excluded.changed",
                (name, answer.question[:LONGEST_TITLE], now.isoformat()),
            )
            database.execute(
                "INSERT INTO answers (conversation, question, answer) VALUES (?, ?, ?)",
                (name, answer.question, _ANSWER.dump_json(answer).decode()),
            )
            return name

        return self._do(keep)

    def answers(self, conversation: str) -> list[Answer]:
        """A conversation's answers in order; empty when there is no such conversation."""
        query = "SELECT question, answer FROM answers WHERE conversation = ? ORDER BY number"
        rows = self._do(lambda database: database.execute(query, (conversation,)).fetchall())
        return [_answer(question, text) for question, text in rows]

    def list(self, words: str = "") -> list[Conversation]:
        """Conversations whose title, questions or answers hold the words, newest first."""
        pattern = "%" + words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        query = (
            "SELECT id, title, changed FROM conversations WHERE title LIKE ?1 ESCAPE '\\' OR id IN (SELECT conversation FROM "
            "answers WHERE question LIKE ?1 ESCAPE '\\' OR (json_valid(answer) AND json_extract(answer, '$.text') LIKE ?1 "
            "ESCAPE '\\')) ORDER BY changed DESC"
        )
        rows = self._do(lambda database: database.execute(query, (pattern,)).fetchall())
        return [Conversation(*row) for row in rows]

    def rename(self, conversation: str, title: str) -> None:
        """Give a conversation another title; an empty one is ignored."""
        if title.strip():
            change = "UPDATE conversations SET title = ? WHERE id = ?"
            self._do(lambda database: database.execute(change, (title.strip()[:LONGEST_TITLE], conversation)))

    def delete(self, conversation: str) -> None:
        """Remove a conversation and its answers."""
        self._do(lambda database: database.execute("DELETE FROM conversations WHERE id = ?", (conversation,)))

    def _do(self, work: Callable[[sqlite3.Connection], _Result]) -> _Result:
        """Work in a transaction; once nothing can be written any more, on a copy in memory. Raises `ProgressError`."""
        with self._lock:
            try:
                with self._database:
                    return work(self._database)
            except sqlite3.Error as error:
                if error.sqlite_errorcode & 0xFF not in UNWRITABLE:
                    raise ProgressError(
                        f"Conversations cannot be read or kept: {first_line(error)}. Try again."
                    ) from error
                self._go_on_in_memory(error)
            with self._database:
                return work(self._database)

    def _go_on_in_memory(self, error: sqlite3.Error) -> None:
        logging.getLogger(__name__).warning(
            "New answers are not kept: %s. Make room, then start Groundwork again.", first_line(error)
        )
        memory = sqlite3.connect(":memory:", check_same_thread=False)
        self._database.backup(memory)
        memory.execute("PRAGMA foreign_keys = ON")
        self._database.close()
        self._database = memory


def _migrate(database: sqlite3.Connection) -> None:
    """Take the steps that a file has not taken yet; raises `ProgressError` for a file of a newer version."""
    (taken,) = database.execute("PRAGMA user_version").fetchone()
    if taken > len(_STEPS):
        raise ProgressError("Your conversations were written by a newer version of Groundwork. Update Groundwork.")
    for number, step in enumerate(_STEPS[taken:], taken + 1):
        database.executescript(f"BEGIN; {step} PRAGMA user_version = {number}; COMMIT;")


def _answer(question: str, text: str) -> Answer:
    """A stored answer; of another version's, what can still be shown."""
    try:
        return _ANSWER.validate_json(text)
    except ValidationError:
        return Answer(question, _text_of(text), (), (), True, "")


def _text_of(stored: str) -> str:
    try:
        said = json.loads(stored)["text"]
    except (ValueError, KeyError, TypeError):
        return UNREADABLE
    return said if isinstance(said, str) and said.strip() else UNREADABLE
