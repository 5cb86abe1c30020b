"""Addresses are fetched from a server of ours on loopback, which is refused unless it is allowed."""

import gzip
import threading
import time
import tracemalloc
import zlib
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from assistant.session import Session
from ingest.errors import MaterialError
from ingest.formats.article import read_html
from ingest.snapshots import read_ledger
from ingest.videos import transcript_of
from ingest.web import Bounds, fetch, is_address, is_public, video_id
from tests.conftest import make_pdf

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
ALLOWED = Bounds(megabytes=1, seconds=20, allow_private=True)
PAGE = (
    "<html><head><title>Gates – hours</title></head><body><nav><a href='/'>Home</a></nav><main><h1>Gates</h1>{}</main></body>"
    "</html>"
)
TEXT = "<p>The harbour gate closes 40 minutes before high water.</p>"


def bomb(megabytes: int) -> bytes:
    """Zeros, packed with gzip a piece at a time."""
    packing = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    return b"".join(packing.compress(bytes(1_000_000)) for _ in range(megabytes)) + packing.flush()


BOMB = bomb(100)


class Handler(BaseHTTPRequestHandler):
    """Answers by path."""

    pdf = b""

    def do_GET(self) -> None:
        answers = {
            "/page": (200, "text/html; charset=windows-1252", PAGE.format(TEXT + "<p>Käse.</p>").encode("cp1252")),
            "/paper": (200, "application/pdf", self.pdf),
            "/notes/Drift%20Lantern.md": (200, "text/plain", b"# Drift\n\nCompares inputs.\n"),
            "/image": (200, "image/png", b"\x89PNG"),
            "/login": (403, "text/html", b"no"),
            "/big": (200, "text/html", b"x" * 2_000_000),
            "/undefined": (200, "text/html; charset=undefined", PAGE.format(TEXT + "<p>Käse.</p>").encode("cp1252")),
        }
        packed = {
            "/gzip": ("gzip", gzip.compress(PAGE.format(TEXT).encode())),
            "/bomb": ("gzip", BOMB),
            "/twice": ("gzip, gzip", gzip.compress(gzip.compress(bytes(1_000_000)))),
            "/broken": ("gzip", b"no gzip at all"),
        }
        if self.path in packed:
            packing, body = packed[self.path]
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Encoding", packing)
            self.end_headers()
            with suppress(OSError):
                self.wfile.write(body)
            return
        if self.path == "/headers":
            with suppress(OSError):
                self.wfile.write(b"HTTP/1.0 200 OK\r\n")
                for number in range(100):
                    self.wfile.write(f"X-Drip: {number}\r\n".encode())
                    time.sleep(0.2)
            return
        moved = {
            "/moved": "/page",
            "/loop": "/loop",
            "/file": "file:///etc/passwd",
            "/inside": "http://10.0.0.1/secret",
        }
        if self.path in moved:
            self.send_response(302)
            self.send_header("Location", moved[self.path])
            self.end_headers()
            return
        if self.path == "/slow":
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            for _ in range(30):
                try:
                    self.wfile.write(b"<p>drip</p>")
                except OSError:
                    return
                time.sleep(0.2)
            return
        status, kind, body = answers.get(self.path, (404, "text/html", b"none"))
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    Handler.pdf = make_pdf(tmp_path_factory.mktemp("pdf") / "a.pdf", [["Drift is change."]]).read_bytes()
    serving = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=serving.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{serving.server_address[1]}"
    serving.shutdown()
    serving.server_close()


def test_a_page_is_kept_with_its_address_and_date(server: str, tmp_path: Path) -> None:
    path = fetch(f"{server}/page", tmp_path, now=NOW, bounds=ALLOWED)
    assert path.name == "Gates – hours.html"
    text = read_html(path).pages[0].text
    assert f"address: {server}/page\nfetched: 2026-11-25T12:00:00+00:00" in text
    assert text.endswith("# Gates\n\nThe harbour gate closes 40 minutes before high water.\n\nKäse.")
    assert read_ledger(path.parent)[path.name].address == f"{server}/page"


def test_the_same_address_again_replaces_its_snapshot(server: str, tmp_path: Path) -> None:
    first = fetch(f"{server}/page", tmp_path, now=NOW, bounds=ALLOWED)
    again = fetch(f"{server}/page", tmp_path, now=datetime(2026, 12, 1, tzinfo=UTC), bounds=ALLOWED)
    assert first == again
    assert "2026-12-01" in again.read_text(encoding="utf-8")
    assert [path.name for path in first.parent.glob("[!.]*")] == [first.name]


@pytest.mark.parametrize(
    ("place", "name"), [("/paper", "paper.pdf"), ("/notes/Drift%20Lantern.md", "Drift Lantern.md")]
)
def test_documents_are_kept_as_what_they_are(server: str, tmp_path: Path, place: str, name: str) -> None:
    assert fetch(server + place, tmp_path, now=NOW, bounds=ALLOWED).name == name


def test_a_redirect_is_followed_and_a_shell_may_join_slashes(server: str, tmp_path: Path) -> None:
    joined = f"{server}/moved".replace("//", "/")
    assert is_address(joined)
    assert not is_address("notes/https.md")
    assert "Gates" in fetch(joined, tmp_path, now=NOW, bounds=ALLOWED).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("/nothing", "does not exist"),
        ("/login", "needs a login"),
        ("/image", "image/png, which is no format we read"),
        ("/big", "larger than"),
        ("/loop", "redirects more than"),
        ("/file", "no web address"),
        ("/bomb", "larger than"),
        ("/twice", "packed as gzip, gzip"),
        ("/broken", "is damaged"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(server: str, tmp_path: Path, place: str, says: str) -> None:
    with pytest.raises(MaterialError, match=says):
        fetch(server + place, tmp_path, now=NOW, bounds=ALLOWED)
    assert not list(tmp_path.rglob("*.*"))


@pytest.mark.parametrize("place", ["/slow", "/headers"])
def test_a_server_that_drips_is_given_up(server: str, tmp_path: Path, place: str) -> None:
    with pytest.raises(MaterialError, match="took longer than"):
        fetch(server + place, tmp_path, now=NOW, bounds=Bounds(1, 1.0, allow_private=True))


def test_a_packed_page_is_read_and_a_bomb_is_never_held_in_memory(server: str, tmp_path: Path) -> None:
    assert "harbour gate" in fetch(f"{server}/gzip", tmp_path, now=NOW, bounds=ALLOWED).read_text(encoding="utf-8")
    tracemalloc.start()
    try:
        with pytest.raises(MaterialError, match="larger than"):
            fetch(f"{server}/bomb", tmp_path, now=NOW, bounds=ALLOWED)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_a_charset_that_is_none_is_guessed(server: str, tmp_path: Path) -> None:
    assert "Käse" in fetch(f"{server}/undefined", tmp_path, now=NOW, bounds=ALLOWED).read_text(encoding="utf-8")


def test_loopback_is_refused_and_so_is_a_redirect_into_the_network(server: str, tmp_path: Path) -> None:
    with pytest.raises(MaterialError, match="inside this computer"):
        fetch(f"{server}/page", tmp_path, now=NOW, bounds=Bounds())

    def public_first(host: str, port: int) -> list[str]:
        return ["93.184.216.34"] if host == "127.0.0.1" else [host]

    with pytest.raises(MaterialError, match="inside this computer"):  # what answered is not what the name said
        fetch(f"{server}/page", tmp_path, now=NOW, bounds=Bounds(), resolve=public_first)
    asked: list[str] = []

    def remember(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["93.184.216.34" if host == "127.0.0.1" else host]

    with pytest.raises(MaterialError, match="inside this computer"):
        fetch(f"{server}/inside", tmp_path, now=NOW, bounds=Bounds(), resolve=remember)


@pytest.mark.parametrize(
    "numeric",
    ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "::1", "fe80::1%eth0",
     "fd00::1", "::ffff:127.0.0.1", "2002:7f00:1::", "224.0.0.1"],
)  # fmt: skip
def test_addresses_inside_are_told_from_public_ones(numeric: str) -> None:
    assert not is_public(numeric)
    assert is_public("93.184.216.34")
    assert is_public("2606:2800:220:1::1")


@pytest.mark.parametrize(
    "address", ["ftp://example.org/a", "https://user:secret@example.org/", "https://", "https://example.org:99999/"]
)
def test_other_addresses_are_refused(tmp_path: Path, address: str) -> None:
    with pytest.raises(MaterialError, match="no web address"):
        fetch(address, tmp_path, now=NOW, bounds=ALLOWED, resolve=lambda host, port: ["93.184.216.34"])


def test_an_unknown_host_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise OSError("Name or service not known")

    monkeypatch.setattr("urllib.request.getproxies", dict)
    with pytest.raises(MaterialError, match=r"nowhere\.invalid is not known here"):
        fetch("https://nowhere.invalid/a", tmp_path, now=NOW, bounds=Bounds(), resolve=unknown)


@pytest.mark.parametrize(
    ("address", "video"),
    [
        ("https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=3s", "dQw4w9WgXcQ"),
        ("https://youtu.be/dQw4w9WgXcQ?si=x", "dQw4w9WgXcQ"),
        ("https://m.youtube.com/shorts/dQw4w9WgXcQ", "dQw4w9WgXcQ"),
        ("https://www.youtube.com/@channel", ""),
        ("https://example.org/watch?v=dQw4w9WgXcQ", ""),
    ],
)
def test_videos_are_known_by_their_address(address: str, video: str) -> None:
    assert video_id(address) == video


def test_a_transcript_becomes_subtitles() -> None:
    from dataclasses import dataclass

    from ingest.formats.transcripts import parse_cues, transcript_pages

    @dataclass
    class Line:
        text: str
        start: float
        duration: float

    title, text = transcript_of("x", "https://youtu.be/x", lambda video: [Line("a < b & c.", 3725.5, 2.0)])
    assert title == "YouTube x"
    assert transcript_pages(parse_cues(text))[-1].text == "a < b & c."
    assert "01:02:05.500 --> 01:02:07.500" in text


def test_the_command_fetches_reads_and_answers_from_the_snapshot(
    server: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from typer.testing import CliRunner

    from ui.cli import app

    run = CliRunner()
    arguments = ["ingest", f"{server}/page", f"{server}/nothing", "--home", str(home)]
    refused = run.invoke(app, arguments)
    assert refused.exit_code == 1
    assert "inside this computer" in str(refused.exception)
    done = run.invoke(app, [*arguments, "--allow-private"])
    assert done.exit_code == 0, done.output
    assert "1 added" in done.output
    assert "does not exist (404)" in done.output
    answer = Session(home).assistant.ask("When does the harbour gate close?", Session(home).writers.open("quotes"))
    assert "40 minutes before high water" in answer.text
