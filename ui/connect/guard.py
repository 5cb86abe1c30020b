"""Who may talk to a server: this machine alone, or clients that have a token; pages of other sites never."""

import hmac
import ipaddress
import os
from collections.abc import Sequence
from contextvars import ContextVar
from pathlib import Path
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.people import People, Person
from ingest.errors import SettingsError

TOKEN_VARIABLE = "STUDY_TOKEN"
LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")
OPEN_PATHS = ("/health",)
"""Answered without a token, so that a container can be watched."""
SHORTEST_TOKEN = 16
MOST_BYTES = 5_000_000
"""Of a request: a text to check, or names of files; files themselves are never sent."""
TOO_LARGE = f"A request may have at most {MOST_BYTES:,} bytes."
PERSON: ContextVar[Person | None] = ContextVar("person", default=None)
"""Who asks, where a person's own token came with the request; nobody for the home's own library."""
NO_TOKEN = "This server needs its token. Send the header: Authorization: Bearer TOKEN"
OTHER_HOST = "This server answers requests for localhost only. Use http://localhost with its port."
OTHER_SITE = "Requests from pages of other sites are refused."


def is_loopback(host: str) -> bool:
    """Whether a host name or address can be reached from this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def token_for(host: str, given: str | None, *, insecure: bool, people: bool = False) -> str | None:
    """The token of the home's own library, from the option or `STUDY_TOKEN`; None where there is none.

    Raises `SettingsError` when the server listens beyond this machine and there is neither one nor `people` with tokens of
    their own, or when it is short.
    """
    token = given or os.environ.get(TOKEN_VARIABLE) or None
    if token is None and not people and not is_loopback(host) and not insecure:
        raise SettingsError(
            f"A server at {host} can be reached from other machines and needs a token. Set {TOKEN_VARIABLE} in the "
            "environment, give each person one with `study people add NAME`, or say --insecure if something in front of it "
            "checks who asks."
        )
    if token is not None and len(token) < SHORTEST_TOKEN:
        raise SettingsError(
            f"The token has {len(token)} characters. Use at least {SHORTEST_TOKEN}; `openssl rand -hex 24` makes one."
        )
    return token


def people_of(home: Path, *, insecure: bool) -> People | None:
    """The people who have tokens of their own; None when there are none, or when nobody is asked."""
    people = People(home)
    return people if not insecure and people.all() else None


def require_people(home: Path, host: str) -> None:
    """Raises `SettingsError` when nobody could sign in to an app that other machines can reach."""
    if not People(home).all():
        raise SettingsError(
            f"The app at {host} can be reached from other machines, and nobody can sign in yet. Give each person a token with "
            "`study people add NAME`, or say --insecure if something in front of it checks who asks."
        )


class Guard:
    """Refuses a request without a token, for another host than this machine, or from a page of another site."""

    def __init__(self, app: ASGIApp, *, token: str | None, local: bool, people: People | None = None) -> None:
        """`local` when the server listens on loopback; then only requests for this machine's own names are answered.

        With `people` a request with a person's token is for that person's library.
        """
        self._app = app
        self._token = token
        self._local = local
        self._people = people

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, reason = self._refusal(Headers(scope=scope), scope["path"])
        length = Headers(scope=scope).get("content-length", "0")
        if not length.isdecimal() or int(length) > MOST_BYTES:
            status, reason = 413, TOO_LARGE
        if status:
            await JSONResponse({"error": reason}, status_code=status)(scope, receive, send)
        else:
            await self._app(scope, _Bounded(receive), send)

    def _refusal(self, headers: Headers, path: str) -> tuple[int, str]:
        if self._local and _name_of(headers.get("host", "")) not in LOCAL_NAMES:
            return 421, OTHER_HOST
        origin = headers.get("origin")
        if origin and urlsplit(origin).netloc != headers.get("host"):
            return 403, OTHER_SITE
        PERSON.set(None)
        if path in OPEN_PATHS:
            return 0, ""
        given = headers.get("authorization", "").removeprefix("Bearer ")
        if self._people is not None and (person := self._people.by_token(given)):
            PERSON.set(person)
            return 0, ""
        if self._token is None:
            return (401, NO_TOKEN) if self._people is not None else (0, "")
        return (0, "") if hmac.compare_digest(given.encode(), self._token.encode()) else (401, NO_TOKEN)


class _Bounded:
    """A request's body, ended where it grows beyond the bound: one sent in pieces does not say its length before."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._left = MOST_BYTES

    async def __call__(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        return message if self._left >= 0 else {"type": "http.disconnect"}


def _name_of(host: str) -> str:
    """A Host header without its port: a DNS name that points to this machine is not this machine's own name."""
    return urlsplit(f"//{host}").hostname or ""


def serve(app: ASGIApp, host: str, port: int) -> None:
    """Answer requests until the process is told to stop."""
    import uvicorn

    uvicorn.run(app, host=host, port=port, log_level="warning", access_log=False)


def urls(host: str, port: int, paths: Sequence[str]) -> list[str]:
    """Addresses to print, with a name a person can type."""
    shown = "localhost" if is_loopback(host) or host in ("0.0.0.0", "::") else host
    return [f"http://{f'[{shown}]' if ':' in shown else shown}:{port}{path}" for path in paths]
