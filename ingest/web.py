"""Fetches a page, a document or a video's transcript by its address, once, and keeps it as a file with its date.

Addresses inside this computer or network are refused, also behind redirects, unless they are allowed. What a server sends is
bounded in size and time. Nothing is ever fetched to answer a question.
"""

import html
import ipaddress
import re
import socket
import threading
import urllib.request
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

import httpx

from ingest.encoding import decode
from ingest.errors import MaterialError, first_line
from ingest.formats.article import declared_charset
from ingest.snapshots import Snapshot, save_snapshot

MOST_REDIRECTS = 5
CONNECT_SECONDS = 10.0
SILENT_SECONDS = 20.0
"""A server that sends nothing for so long is given up."""
PIECE = 1 << 20
"""Bytes that are unpacked at once."""
_AGENT = "groundwork-study (reads one page for its user's own study notes)"
_TYPES = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "application/pdf": ".pdf",
    "text/markdown": ".md",
    "text/plain": ".txt",
    "text/csv": ".csv",
    "text/vtt": ".vtt",
    "application/epub+zip": ".epub",
    "application/x-ipynb+json": ".ipynb",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
}
_BY_NAME = (
    ".md",
    ".markdown",
    ".ipynb",
    ".csv",
    ".tsv",
    ".vtt",
    ".srt",
    ".epub",
    ".docx",
    ".pptx",
    ".apkg",
    ".pdf",
    ".txt",
)
"""What a server calls plain text or bytes is known by the end of its address."""
_VAGUE = ("text/plain", "application/octet-stream", "binary/octet-stream", "application/json", "application/zip", "")
_TITLE = re.compile(rb"<title[^<>]*>([^<>]{1,300})", re.IGNORECASE)

Resolve = Callable[[str, int], list[str]]
"""The numeric addresses of a host."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one address may cost, and whether it may be inside this computer or network."""

    megabytes: int = 200
    seconds: float = 120.0
    allow_private: bool = False


def is_address(text: str) -> bool:
    """Whether something is the address of a page rather than a path; a shell may have joined its slashes."""
    return bool(re.match(r"https?:/", text, re.IGNORECASE))


def numeric_addresses(host: str, port: int) -> list[str]:
    """A host's addresses as the system resolves them; raises `OSError` when it knows none."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def fetch(address: str, folder: Path, *, now: datetime, bounds: Bounds, resolve: Resolve = numeric_addresses) -> Path:
    """Fetch what is at an address and keep it below `folder`; returns the file.

    Raises `MaterialError` when the address is refused, does not answer, or holds nothing we read.
    """
    address = re.sub(r"^(https?):/+", r"\1://", address.strip(), flags=re.IGNORECASE)
    if video := video_id(address):
        from ingest.videos import transcript_of

        title, text = transcript_of(video, address)
        return save_snapshot(folder, Snapshot(address, title, now.isoformat(timespec="seconds"), ".vtt"), text.encode())
    final, kind, data = _download(address, bounds, resolve)
    suffix = _suffix(final, kind, data)
    if suffix == ".html":
        data = decode(data, name=final, declared=_charset(kind) or declared_charset(data)).text.encode()
    snapshot = Snapshot(address, _title(final, suffix, data), now.isoformat(timespec="seconds"), suffix)
    return save_snapshot(folder, snapshot, data)


def _parts(address: str) -> SplitResult:
    """The parts of an address; raises `MaterialError` when it has none that can be told."""
    try:
        return urlsplit(address)
    except ValueError as error:
        raise MaterialError(f"{address} is no web address: {first_line(error)}. Check its spelling.") from error


def video_id(address: str) -> str:
    """The id of a YouTube video; empty for any other address."""
    parts = _parts(address)
    host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
    found = None
    if host == "youtu.be":
        found = re.match(r"/([\w-]{11})", parts.path)
    elif host in ("youtube.com", "youtube-nocookie.com"):
        found = re.match(r"/(?:shorts|embed|live)/([\w-]{11})", parts.path) or re.search(
            r"(?:^|&)v=([\w-]{11})", parts.query
        )
    return found[1] if found else ""


def _download(address: str, bounds: Bounds, resolve: Resolve) -> tuple[str, str, bytes]:
    """The final address, the content type and the bytes."""
    timeout = httpx.Timeout(min(SILENT_SECONDS, bounds.seconds), connect=min(CONNECT_SECONDS, bounds.seconds))
    headers = {"User-Agent": _AGENT, "Accept-Encoding": "gzip"}
    with (
        Deadline(bounds.seconds) as deadline,
        httpx.Client(timeout=timeout, headers=headers, follow_redirects=False) as client,
    ):
        for _ in range(MOST_REDIRECTS + 1):
            _check(address, bounds, resolve)
            asked = client.stream("GET", address, extensions={"trace": deadline.watch})
            with _translated(address, deadline), asked as response:
                _check_peer(response, address, bounds)
                if response.is_redirect:
                    address = _next(address, response.headers.get("location", ""))
                    continue
                _check_status(response, address)
                data = b"".join(_body(response, address, bounds))
                return address, response.headers.get("content-type", ""), data
    raise MaterialError(
        f"{address} redirects more than {MOST_REDIRECTS} times. Open it in a browser and use the last address."
    )


def _next(address: str, location: str) -> str:
    try:
        return urljoin(address, location)
    except ValueError as error:
        raise MaterialError(f"{address} leads to {location!r}, which is no address. Try another one.") from error


def _check(address: str, bounds: Bounds, resolve: Resolve) -> None:
    """Refuse what is no web address, and hosts inside this computer or network."""
    parts = _parts(address)
    try:
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        host, port = "", 0
    if parts.scheme not in ("http", "https") or not host or parts.username is not None:
        raise MaterialError(f"{address} is no web address we read. Give one that begins with https://.")
    try:
        found = resolve(host, port)
    except (OSError, UnicodeError) as error:  # the second for names that no host can have
        if isinstance(error, OSError) and urllib.request.getproxies():
            return  # the proxy knows the name
        raise MaterialError(
            f"{host} is not known here: {first_line(error)}. Check the address and your connection."
        ) from error
    if not bounds.allow_private and any(not is_public(one) for one in found):
        raise _private(address)


_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
"""Addresses behind which a network's translator puts any address of IPv4, its own ones too."""


_LOCAL = tuple(
    ipaddress.ip_network(one) for one in ("::/96", "fec0::/10", "64:ff9b:1::/48", "::ffff:0:0:0/96", "192.0.0.0/24")
)
"""What Python 3.11 calls global although it leads inside: compatible and site-local addresses, local translators (RFC 8215)."""


def is_public(numeric: str) -> bool:
    """Whether a numeric address is one of the public internet."""
    found = ipaddress.ip_address(numeric.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if found in _TRANSLATED:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            found = inner
    return found.is_global and not found.is_multicast and not any(found in network for network in _LOCAL)


def _private(address: str) -> MaterialError:
    return MaterialError(
        f"{address} is inside this computer or its network. Add --allow-private if you trust it, or save the page as a file."
    )


def _check_peer(response: httpx.Response, address: str, bounds: Bounds) -> None:
    """Refuse an answer that came from inside after all: a name may resolve to another address a moment later."""
    stream = response.extensions.get("network_stream")
    peer = stream.get_extra_info("server_addr") if stream is not None else None
    if bounds.allow_private or peer is None or urllib.request.getproxies():
        return
    if not is_public(str(peer[0])):
        raise _private(address)


def _check_status(response: httpx.Response, address: str) -> None:
    if response.status_code in (401, 402, 403, 407, 451):
        raise MaterialError(
            f"{address} needs a login or refuses readers like this one ({response.status_code}). Save the page from your browser "
            "and add the file."
        )
    if response.status_code in (404, 410):
        raise MaterialError(f"{address} does not exist ({response.status_code}). Check the address.")
    if response.status_code != 200:
        raise MaterialError(f"{address} answers with an error ({response.status_code}). Try again later.")


class Deadline:
    """Ends every connection that it watches when its seconds are over, however slowly a server drips what it sends."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.over = False
        self._open: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> "Deadline":
        self._timer.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._timer.cancel()

    def watch(self, event: str, told: dict[str, Any]) -> None:
        """Take a connection over from httpcore's `trace` extension, again when it is encrypted."""
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._open.append(told["return_value"].get_extra_info("socket"))
            if self.over:
                self._end()

    def _end(self) -> None:
        self.over = True
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


def _body(response: httpx.Response, address: str, bounds: Bounds) -> Iterator[bytes]:
    size = 0
    for part in _unpacked(response, address):
        size += len(part)
        if size > bounds.megabytes * 1_000_000:
            raise MaterialError(
                f"{address} is larger than [reading] max_megabytes = {bounds.megabytes}. Save a part of it as a file."
            )
        yield part


def _unpacked(response: httpx.Response, address: str) -> Iterator[bytes]:
    """The body in pieces of at most `PIECE` bytes or as they came; httpx itself unpacks a piece to any size."""
    packing = response.headers.get("content-encoding", "").strip().lower()
    if packing in ("", "identity"):
        yield from response.iter_raw()
        return
    if packing not in ("gzip", "x-gzip"):
        raise MaterialError(f"{address} comes packed as {packing[:40]}, which we did not ask for. Save it as a file.")
    unpacking = zlib.decompressobj(16 + zlib.MAX_WBITS)  # with the header of gzip
    try:
        for packed in response.iter_raw():
            while packed:
                yield unpacking.decompress(packed, PIECE)
                packed = unpacking.unconsumed_tail
    except zlib.error as error:
        raise MaterialError(f"{address} is damaged: {first_line(error)}. Try again later.") from error


@contextmanager
def _translated(address: str, deadline: Deadline) -> Iterator[None]:
    try:
        yield
        late = None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        late = error
    if deadline.over:
        raise MaterialError(
            f"{address} took longer than [reading] max_seconds = {deadline.seconds:.0f}. Try again later."
        ) from late
    if isinstance(late, httpx.TimeoutException):
        raise MaterialError(
            f"{address} does not answer in time. Try again later, or save the page as a file."
        ) from late
    if late is not None:
        raise MaterialError(
            f"{address} cannot be fetched: {first_line(late)}. Check the address and your connection."
        ) from late


def _suffix(address: str, kind: str, data: bytes) -> str:
    """The format of what was sent: by its first bytes, its type, or the end of its address."""
    media = kind.partition(";")[0].strip().lower()
    named = PurePosixPath(urlsplit(address).path).suffix.lower()
    if data.startswith(b"%PDF-"):
        return ".pdf"
    if media in _VAGUE and named in _BY_NAME:
        return named
    if media in _TYPES:
        return _TYPES[media]
    if media in _VAGUE and re.match(rb"\s*<(?:!doctype\s+)?html", data[:200], re.IGNORECASE):
        return ".html"
    raise MaterialError(
        f"{address} is {media or 'of an unknown type'}, which is no format we read. Save it as a PDF or a page."
    )


def _title(address: str, suffix: str, data: bytes) -> str:
    """The page's title, else the last part of its address, else its host."""
    if suffix == ".html" and (found := _TITLE.search(data[:200_000])):
        return " ".join(html.unescape(found[1].decode("utf-8", errors="ignore")).split())
    parts = urlsplit(address)
    return PurePosixPath(unquote(parts.path)).stem or (parts.hostname or "page")


def _charset(kind: str) -> str:
    found = re.search(r"charset\s*=\s*[\"']?([\w.:-]+)", kind, re.IGNORECASE)
    return found[1] if found else ""
