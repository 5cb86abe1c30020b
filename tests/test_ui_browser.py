"""Drives the real app in headless Chromium; skips with a reason where there is no browser."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from playwright.sync_api import Page as PlaywrightPage

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed (Debian: apt-get install chromium)")
ARTIFACTS = ROOT / "artifacts"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def address(corpus_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    log = tmp_path_factory.mktemp("app") / "log.txt"
    with log.open("w") as output:
        stranger = {"HOME": str(log.parent), "BROWSER": "true", "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "ui.cli", "ui", "--port", str(port), "--home", str(corpus_home)]
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output, env=os.environ | stranger)
    try:
        for _ in range(120):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.5)
        assert f"http://localhost:{port}" in log.read_text()
        yield f"http://localhost:{port}"
        assert "Traceback" not in log.read_text()
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture(params=[1280, 390], ids=["desktop", "phone"])
def page(browser: "Browser", request: pytest.FixtureRequest) -> Iterator["PlaywrightPage"]:
    opened = browser.new_page(viewport={"width": request.param, "height": 844})
    opened.set_default_timeout(30_000)
    yield opened
    ARTIFACTS.mkdir(exist_ok=True)
    opened.screenshot(path=ARTIFACTS / f"{request.node.name}.png", full_page=True)
    opened.close()


def test_a_question_is_asked_and_its_citation_opens_with_the_quote_marked(page: "PlaywrightPage", address: str) -> None:
    page.goto(address)
    page.get_by_role("textbox", name="Ask about your material").fill("What is concept drift?")
    page.keyboard.press("Enter")
    page.get_by_text("Written by quotes").wait_for()
    assert page.get_by_text("Concept drift means that the relation").count()
    page.get_by_role("button", name="[1]").click()
    mark = page.locator(".gw-page mark")
    mark.wait_for()
    assert "oncept drift" in mark.inner_text()


def test_a_conversation_survives_a_reload(page: "PlaywrightPage", address: str) -> None:
    page.goto(address)
    page.get_by_role("textbox", name="Ask about your material").fill("Does batch inference autoscale?")
    page.keyboard.press("Enter")
    page.get_by_text("Written by quotes").wait_for()
    page.wait_for_url("**conversation=*")
    page.reload()
    page.get_by_text("Batch inference jobs do not autoscale.").wait_for()
    assert page.get_by_text("Written by quotes").count() == 1


def test_a_quiz_question_is_answered_and_every_choice_shows_its_reason(page: "PlaywrightPage", address: str) -> None:
    page.goto(f"{address}/practice")
    page.get_by_role("button", name="Start").click()
    page.get_by_text("Question 1 of").wait_for()
    if page.get_by_role("radio").count():
        page.get_by_role("radiogroup").locator("label").first.click()
    else:
        page.get_by_test_id("stCheckbox").first.click()
    page.get_by_role("button", name="Check").click()
    page.get_by_role("button", name="Next question").wait_for()
    assert page.locator("blockquote").count() >= 4
    assert page.get_by_text("your choice").count()


def test_every_page_opens_without_an_error(page: "PlaywrightPage", address: str) -> None:
    for name in ("ask", "practice", "library", "evaluation"):
        page.goto(f"{address}/{name}")
        page.get_by_role("heading", level=1).wait_for()
        assert page.get_by_test_id("stException").count() == 0
