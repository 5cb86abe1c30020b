"""Opens the library of the caller once for all requests of a server, when the first request needs it."""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from assistant.people import People, Person, session_for
from assistant.service.service import Service
from ingest.errors import MaterialError, StudyError
from ingest.sources import named_path
from ingest.web import is_address
from ui.connect.guard import PERSON


class Opening:
    """Calls over a home, and over the folder of each of its people; each opened once, under a lock of its own."""

    def __init__(self, home: Path, *, local: bool = True) -> None:
        """`local` when only this machine can ask; from others, and for people, only one's own folder's files can be added."""
        self.home = home
        self._local = local
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._services: dict[str, Service] = {}

    def __call__(self) -> Service:
        """The calls for this caller, with index and models loaded. Raises `StudyError` when they cannot be opened."""
        person = PERSON.get()
        own = self._open("", lambda: Service.open(self.home))
        if person is None:
            return own
        return self._open(person.key, lambda: Service(session_for(own.session, person.key, now=datetime.now(UTC))))

    def _open(self, key: str, make: Callable[[], Service]) -> Service:
        """Opened under the lock of this key alone: a new person's library takes a while, and nobody else waits for it."""
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if key not in self._services:
                service = make()
                service.warm()
                self._services[key] = service
            return self._services[key]

    def allowed(self, paths: Sequence[str]) -> list[str]:
        """The paths to add. From other machines only those in your own folder: a token does not open the whole disk.

        Raises `MaterialError` for any other, for whole patterns too, and for what links lead to elsewhere.
        """
        person = PERSON.get()
        if self._local and person is None:
            return list(paths)
        within = self._folder(person) / "materials"
        for path in (named_path(path) for path in paths if not is_address(path)):
            if not path.resolve().is_relative_to(within.resolve()):
                raise MaterialError(
                    f"{path} is outside the library's folder {within}. A server that other machines can reach adds files from "
                    "that folder only: put the file there, or run `study ingest` on the server."
                )
        return list(paths)

    def _folder(self, person: Person | None) -> Path:
        return self.home if person is None else People(self.home).folder(person.key)

    def warm_up(self) -> None:
        """Open in the background, so that the first request need not wait; its errors reach the first caller who asks."""
        threading.Thread(target=self._try, daemon=True).start()

    def _try(self) -> None:
        with suppress(StudyError):
            self()
