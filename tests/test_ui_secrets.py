"""Keys never leave the environment: not in what commands print, in tracebacks, in reports, nor in any file of a home."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from ingest.errors import HIDDEN, first_line, without_secrets
from tests.conftest import ROOT, make_home

KEY = "sk-planted-0123456789abcdefghij"
PASSWORD = "planted-password-42"


class _Repeats(BaseHTTPRequestHandler):
    """A provider that repeats the caller's key in its error."""

    def do_POST(self) -> None:
        said = f'{{"error": {{"message": "Incorrect API key: {self.headers.get("Authorization")}", "code": 401}}}}'.encode()
        self.send_response(401)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Repeats)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()


def study(home: Path, provider: str, *arguments: str) -> str:
    planted = {
        "OPENAI_API_KEY": KEY,
        "OPENAI_BASE_URL": provider,
        "CHROMA_API_KEY": KEY,
        "GOOGLE_API_KEY": KEY,
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "ui.cli", *arguments, "--home", str(home)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=os.environ | planted, timeout=300)
    return done.stdout + done.stderr


def test_a_planted_key_is_found_nowhere(home: Path, tmp_path: Path, provider: str) -> None:
    (tmp_path / "notes.md").write_text("# Zebra\n\nThe zebra gate closes at 22 on weekdays.\n")
    (home / "study.toml").write_text('[answers]\nchat = "openai:gpt-4o-mini"\nseconds = 20\n')
    said = study(home, provider, "ingest", str(tmp_path / "notes.md"))
    for arguments in (
        ("ask", "When does the zebra gate close?", "--writer", "openai:gpt-4o-mini"),
        ("ask", "When does the zebra gate close?", "--json"),
        ("models",),
        ("doctor",),
        ("doctor", "--json"),
        ("doctor", "--repair"),
    ):
        said += study(home, provider, *arguments)
    assert "Incorrect API key" in said
    assert KEY not in said
    assert [path for path in home.rglob("*") if path.is_file() and KEY.encode() in path.read_bytes()] == []


def test_a_password_in_an_address_is_never_printed(tmp_path: Path, models: Path, provider: str) -> None:
    for number, line in enumerate(
        (
            f'[index]\nurl = "http://me:{PASSWORD}@127.0.0.1:9"',
            f'[progress]\nurl = "postgresql+psycopg://me:{PASSWORD}@127.0.0.1:9/x"',
        )
    ):
        home = make_home(tmp_path / f"home-{number}", models)
        (home / "study.toml").write_text(line)
        said = "".join(study(home, provider, *one) for one in (("doctor",), ("progress",), ("ask", "What is drift?")))
        assert "127.0.0.1:9" in said
        assert PASSWORD not in said


def test_secrets_are_taken_out_of_foreign_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", KEY)
    assert first_line(ValueError(f"GET http://x/?key={KEY} failed\nmore")) == f"GET http://x/?key={HIDDEN} failed"
    assert without_secrets("redis://user:pass-word@host") == f"redis://user:{HIDDEN}@host"
    assert without_secrets("at 12:30 mail a@b.c") == "at 12:30 mail a@b.c"
