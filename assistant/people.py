"""The people who share a server: each signs in with a token of their own and has a library and progress of their own.

A token is shown once, when a person is added; the home keeps its SHA-256, which is enough for 192 random bits.
"""

import hashlib
import json
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import filelock

from assistant.session import Session
from ingest.errors import SettingsError, first_line

LONGEST_NAME = 80
TOKEN_BYTES = 24


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may sign in; `key` names their folder and their rows in a shared database."""

    name: str
    key: str
    token_sha256: str


class People:
    """The people of a home, kept in its `people.json`; what each of them has is in a folder of their own."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._path = home / "people.json"

    def all(self) -> list[Person]:
        """Everybody, by name. Raises `SettingsError` when the list is damaged: nobody signs in by a guess."""
        try:
            listed = json.loads(self._path.read_text(encoding="utf-8"))
            return sorted((Person(**one) for one in listed), key=lambda person: person.name.casefold())
        except FileNotFoundError:
            return []
        except (OSError, ValueError, TypeError) as error:
            raise SettingsError(
                f"{self._path} cannot be read: {first_line(error)}. Move it away and add everybody again."
            ) from error

    def add(self, name: str) -> str:
        """Let somebody sign in; returns their token. Somebody who is known gets a new one, and the old one ends."""
        name = " ".join(name.split())
        if not name or len(name) > LONGEST_NAME or not name.isprintable():
            raise SettingsError(f"A person's name has 1 to {LONGEST_NAME} visible characters.")
        token = secrets.token_hex(TOKEN_BYTES)
        person = Person(name, _key(name), _hash(token))
        with self._writing():
            self._write([*(one for one in self.all() if one.key != person.key), person])
        return token

    def remove(self, name: str) -> Path:
        """End somebody's sign-in; what they have is kept in the folder that is returned."""
        with self._writing():
            known = self.all()
            if _key(name) not in [one.key for one in known]:
                raise SettingsError(f"{name} is not among the people here. `study people` lists them.")
            self._write(one for one in known if one.key != _key(name))
        return self.folder(_key(name))

    def by_token(self, token: str) -> Person | None:
        """Whose token this is."""
        digest = _hash(token)
        return next((one for one in self.all() if secrets.compare_digest(one.token_sha256, digest)), None)

    def folder(self, key: str) -> Path:
        """What a person has: their library, progress and conversations."""
        return self._home / "people" / key

    def _writing(self) -> filelock.BaseFileLock:
        self._home.mkdir(parents=True, exist_ok=True)
        return filelock.FileLock(self._path.with_suffix(".lock"))

    def _write(self, people: Iterable[Person]) -> None:
        draft = self._path.with_suffix(".partial")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps([asdict(one) for one in people], ensure_ascii=False, indent=1), encoding="utf-8")
        draft.replace(self._path)


def session_for(shared: Session, key: str, *, now: datetime) -> Session:
    """A person's session on a server: its settings and models, their own library, which begins with the notes that ship."""
    session = Session(People(shared.home).folder(key), shared=shared)
    if session.index.is_empty():
        session.library.add([], now=now, report=lambda progress: None)
    return session


def _key(name: str) -> str:
    return hashlib.sha256(" ".join(name.split()).casefold().encode()).hexdigest()[:16]


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
