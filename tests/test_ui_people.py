"""Two people share the app: each signs in, and neither sees what the other asked, added or answered."""

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from assistant.people import People
from assistant.session import Session
from ingest.embeddings import Embedder
from ingest.errors import SettingsError
from tests.conftest import NOW, ROOT, copy_of_home, make_home
from tests.test_ui_app import SECONDS, open_app, press, use_home, words
from tests.test_ui_browser import ARGUMENTS, CHROMIUM, free_port
from ui.cli import app as study
from ui.connect.opening import Opening
from ui.copies import drop_copy, is_copy, keep_copy
from ui.sign_in import SIGN_IN

ASKING = "Ask about your material"
assert use_home  # a fixture


@pytest.fixture
def server(
    tmp_path: Path, models: Path, embedder: Embedder, use_home: pytest.MonkeyPatch
) -> tuple[Path, pytest.MonkeyPatch]:
    """A home whose app asks for a sign-in; everybody begins with one small note."""
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "zebra.md").write_text("# Zebra gate\n\nThe zebra gate closes at 22 on weekdays.\n")
    use_home.setenv(SIGN_IN, "1")
    use_home.setattr("assistant.library.open_embedder", lambda model, models: embedder)
    use_home.setattr("assistant.library.SHIPPED", (notes,))
    return make_home(tmp_path / "home", models), use_home


def sign_in(app: AppTest, token: str) -> AppTest:
    app.text_input[0].set_value(token)
    return press(app, "Sign in")


def test_nobody_gets_in_without_a_token_and_nothing_is_drawn_before(server: tuple[Path, pytest.MonkeyPatch]) -> None:
    home, patch = server
    token = People(home).add("Ann")
    app = open_app(patch, home)
    assert [one.value for one in app.title] == ["Sign in"]
    for wrong in ("", "x", token[:-1], f"{token}x"):
        sign_in(app, wrong)
        assert "isn't known" in words(app)
    sign_in(app, f" {token} ")
    assert not app.exception
    assert "Signed in as Ann" in " ".join(one.value for one in app.caption)
    People(home).add("Ann")  # a new token: the old one ends at once
    assert [one.value for one in app.run().title] == ["Sign in"]


def ask_and_library() -> None:
    """The two pages that show what a person asked and added."""
    from ui.sign_in import may_enter
    from ui.views import ask, library

    if may_enter():
        library.show()
        ask.show()


def test_two_people_never_see_each_other(server: tuple[Path, pytest.MonkeyPatch]) -> None:
    home, patch = server
    patch.setenv("STUDY_HOME", str(home))
    ann, bea = (
        sign_in(AppTest.from_function(ask_and_library, default_timeout=SECONDS).run(), People(home).add(name))
        for name in ("Ann", "Bea")
    )
    (home / "yak.md").write_text("# Yak gate\n\nThe yak gate closes at 17.\n")
    (key,) = (one.key for one in People(home).all() if one.name == "Ann")
    Session(People(home).folder(key)).library.add([home / "yak.md"], now=NOW, report=lambda progress: None)
    ann.chat_input[0].set_value("When does the yak gate close?").run()
    assert not ann.exception
    assert "17" in words(ann)
    assert "yak.md" in words(ann).replace("\\", "")
    bea.query_params["conversation"] = ann.query_params["conversation"]
    bea.run()
    assert not bea.exception
    assert "yak" not in f"{words(bea)} {[one.label for one in bea.button]}".lower()
    bea.chat_input[0].set_value("When does the yak gate close?").run()
    assert "17" not in words(bea)
    press(ann, "Sign out")
    assert [one.value for one in ann.title] == ["Sign in"]
    assert "17" not in words(ann)


def test_the_app_does_not_start_beyond_this_machine_while_nobody_can_sign_in(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[dict[str, object]] = []
    monkeypatch.setattr("ui.launch.launch", lambda *given, **named: started.append(named) or 0)
    monkeypatch.setattr(
        "assistant.service.service.Service.add_material", lambda self, **named: type("R", (), {"chunks": 0})
    )
    beyond = ["ui", "--host", "0.0.0.0", "--home", str(home)]
    assert isinstance(CliRunner().invoke(study, beyond).exception, SettingsError)
    assert started == []
    CliRunner().invoke(study, [*beyond, "--insecure"])
    CliRunner().invoke(study, ["people", "add", "Ann", "--home", str(home)])
    CliRunner().invoke(study, beyond)
    CliRunner().invoke(study, ["ui", "--home", str(home)])
    assert [one["sign_in"] for one in started] == ["", SIGN_IN, ""]


def test_the_command_lists_adds_and_removes_people(tmp_path: Path) -> None:
    home = ["--home", str(tmp_path)]
    added = CliRunner().invoke(study, ["people", "add", "Ann", *home])
    assert People(tmp_path).by_token(added.stdout.strip()) is not None
    assert CliRunner().invoke(study, ["people", *home]).stdout == "Ann\n"
    assert "kept in" in CliRunner().invoke(study, ["people", "remove", "ann", *home]).stdout
    assert "Nobody" in CliRunner().invoke(study, ["people", *home]).stdout


def test_streamlit_is_told_this_machines_address_instead_of_asking_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from streamlit import net_util

    import ui.launch

    monkeypatch.setattr("streamlit.web.cli.main", lambda: None)
    monkeypatch.setattr(net_util, "_external_ip", None)
    ui.launch.main()
    assert net_util.get_external_ip() == ui.launch.LOOPBACK


@pytest.fixture
def address(tmp_path: Path, corpus_home: Path) -> Iterator[tuple[str, list[str]]]:
    """A server that listens everywhere, and the tokens of two people."""
    home, port = tmp_path / "home", free_port()
    copy_of_home(corpus_home, home)
    people = People(home)
    tokens = [people.add(name) for name in ("Ann", "Bea")]
    for one in people.all():
        shutil.copytree(corpus_home / "index", people.folder(one.key) / "index")
    listening = f"{port}, True, host='0.0.0.0', sign_in='{SIGN_IN}'"
    started = (
        f"import sys; from pathlib import Path; from ui.launch import launch; launch(Path(sys.argv[1]), {listening})"
    )
    environment = os.environ | {"HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, "-c", started, str(home)], cwd=ROOT, env=environment)
    try:
        for _ in range(240):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.5)
        yield f"http://127.0.0.1:{port}", tokens
    finally:
        process.terminate()
        process.wait(30)


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed (Debian: apt-get install chromium)")
def test_two_people_in_two_browsers(address: tuple[str, list[str]]) -> None:
    from playwright.sync_api import sync_playwright

    url, tokens = address
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        pages = [browser.new_context().new_page() for _ in tokens]
        for page, token in zip(pages, tokens, strict=True):
            page.set_default_timeout(120_000)
            page.goto(f"{url}/ask")
            page.get_by_label("Your token").fill(token)
            page.get_by_role("button", name="Sign in").click()
            page.get_by_role("textbox", name=ASKING).wait_for()
        ann, bea = pages
        ann.get_by_role("textbox", name=ASKING).fill("What is concept drift?")
        ann.keyboard.press("Enter")
        ann.get_by_text("Concept drift means").first.wait_for()
        bea.goto(ann.url)
        bea.get_by_label("Your token").wait_for()
        assert "drift" not in bea.inner_text("body")
        bea.get_by_label("Your token").fill(tokens[1])
        bea.get_by_role("button", name="Sign in").click()
        bea.get_by_role("textbox", name=ASKING).wait_for()
        assert "Concept drift means" not in bea.inner_text("body")
        browser.close()


def test_a_new_persons_library_keeps_nobody_else_waiting(tmp_path: Path) -> None:
    opening, making, may_end = Opening(tmp_path), threading.Event(), threading.Event()

    def slow() -> Any:
        making.set()
        assert may_end.wait(20)
        return Mock()

    new = threading.Thread(target=opening._open, args=("carol", slow))
    new.start()
    assert making.wait(20)
    assert opening._open("ann", Mock) is not None
    assert new.is_alive()
    may_end.set()
    new.join(20)
    assert opening._open("carol", Mock) is opening._services["carol"]


def test_copies_of_uploads_alone_are_deleted_and_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "materials").mkdir()
    own = tmp_path / "materials" / "plan.md"
    own.write_bytes(b"# My own plan")
    assert keep_copy(tmp_path, "plan.md", b"# My own plan") == own
    assert not is_copy(tmp_path, own)
    copy = keep_copy(tmp_path, "plan.md", b"# Another plan")
    assert copy.name == "plan (2).md"
    assert is_copy(tmp_path, copy)
    for path in (own, copy):
        drop_copy(tmp_path, path)
    assert own.read_bytes() == b"# My own plan"
    assert not copy.exists()
    copy.write_bytes(b"# My own again")
    drop_copy(tmp_path, copy)
    assert copy.exists()
