"""Drives the real app in headless Chromium; skips with a reason where there is no browser."""

import os
import re
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
PAGES = ("", "ask", "read", "practice", "exam", "progress", "library", "evaluation", "settings")
"""In the address; the first page has no name of its own."""
PATIENCE = 120_000
"""Milliseconds to wait for something to appear: a busy machine makes a test slow, not red."""
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
        for _ in range(480):
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
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0, "the server outlives the command that started it"


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
    opened.set_default_timeout(PATIENCE)
    yield opened
    ARTIFACTS.mkdir(exist_ok=True)
    opened.screenshot(path=ARTIFACTS / f"{request.node.name}.png", full_page=True)
    sys.stdout.write(opened.locator("body").inner_text())  # pytest shows it where the test failed
    opened.close()


def settle(page: "PlaywrightPage", least: int) -> None:
    """Wait until the page is drawn: at least some milliseconds, and until the app is at rest with nothing of before on it."""
    page.wait_for_timeout(least)
    page.locator('[data-test-script-state="notRunning"]').wait_for(state="attached")
    page.wait_for_function("!document.querySelector('[data-stale=true]')")


def choose_first(page: "PlaywrightPage") -> None:
    """Choose the first option of the question that is shown, one of a kind or a box."""
    page.get_by_test_id("stRadio").locator("label").or_(
        page.get_by_test_id("stCheckbox").locator("label")
    ).last.wait_for()
    if page.get_by_test_id("stRadio").count():
        page.get_by_test_id("stRadio").get_by_role("radiogroup").locator("label").first.click()
        return
    asked = page.get_by_text(re.compile(r"^Choose \d"))
    for at in range(int(asked.first.inner_text().split()[1].rstrip("."))):
        page.get_by_test_id("stCheckbox").nth(at).click()
        settle(page, 1000)


def test_a_question_is_asked_and_its_citation_opens_with_the_quote_marked(page: "PlaywrightPage", address: str) -> None:
    page.goto(f"{address}/ask")
    page.get_by_role("textbox", name="Ask about your material").fill("Does batch inference autoscale?")
    page.keyboard.press("Enter")
    page.get_by_text("Quoted from your material").wait_for()
    page.get_by_text("Batch inference jobs do not autoscale").first.wait_for()
    page.get_by_role("link", name="1", exact=True).first.click()
    mark = page.locator(".gw-note mark").first
    mark.wait_for()
    assert "atch" in mark.inner_text()
    page.wait_for_function("document.querySelector('.gw-note mark').getBoundingClientRect().top < innerHeight")


def test_an_answer_is_copied_in_one_click_with_its_sources(browser: "Browser", address: str) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE)
    opened.goto(f"{address}/ask")
    opened.get_by_role("textbox", name="Ask about your material").fill("Does batch inference autoscale?")
    opened.keyboard.press("Enter")
    opened.get_by_text("Quoted from your material").wait_for()
    opened.locator('a[href^="#copy-"]').first.click()
    opened.locator('a[href^="#copy-"]', has_text="Copied").wait_for()
    copied = opened.evaluate("navigator.clipboard.readText()")
    context.close()
    assert "Batch inference jobs do not autoscale." in copied
    assert ".md" in copied


def test_a_note_is_read_whole_with_its_diagrams_drawn(page: "PlaywrightPage", address: str) -> None:
    page.goto(f"{address}/read?doc=4-serving/4.1-serving-models.md")
    page.get_by_role("heading", name="How a batch inference job works").wait_for()
    page.get_by_role("img", name="Diagram").first.wait_for()
    page.get_by_label("Find in your material").fill("canary release")
    page.keyboard.press("Enter")
    page.locator(".st-key-gw-found button").first.click()
    page.locator(".st-key-gw-book mark").first.wait_for()
    page.wait_for_function(
        "(() => { const at = document.querySelector('.st-key-gw-book mark').getBoundingClientRect().top;"
        " return at > 0 && at < innerHeight; })()"
    )


def test_the_menu_closes_on_a_phone_when_a_page_is_chosen(browser: "Browser", address: str) -> None:
    opened = browser.new_page(viewport={"width": 390, "height": 844})
    opened.set_default_timeout(PATIENCE)
    opened.goto(f"{address}/settings")
    opened.get_by_role("heading", name="Settings", level=1).wait_for()
    opened.get_by_test_id("stExpandSidebarButton").click()
    opened.get_by_test_id("stSidebarNav").get_by_text("Library", exact=True).click()
    opened.get_by_role("heading", name="Library", level=1).wait_for()
    opened.wait_for_function("!(document.querySelector('[data-testid=stSidebar]')?.getBoundingClientRect().right > 1)")
    opened.close()


def test_a_question_is_answered_with_keys_alone(browser: "Browser", address: str) -> None:
    opened = browser.new_page(viewport={"width": 1280, "height": 844})
    opened.set_default_timeout(PATIENCE)
    opened.goto(f"{address}/practice")
    opened.get_by_role("button", name="Start", exact=True).click()
    opened.get_by_text("Question 1 of").wait_for()
    asked = opened.get_by_text(re.compile(r"^Choose (\d|one)"))
    asked.first.wait_for()
    count = {"2": 2, "3": 3}.get(asked.first.inner_text().split()[1].rstrip("."), 1)
    for key in range(1, count + 1):
        opened.locator('[class*="st-key-gw-options"] label').nth(3).wait_for()
        settle(opened, 500)
        opened.keyboard.press(str(key))
    opened.locator('[class*="st-key-gw-options"] input:checked').nth(count - 1).wait_for(state="attached")
    settle(opened, 1000)
    opened.keyboard.press("Enter")
    opened.get_by_role("button", name="Next question").wait_for()
    opened.close()


def test_a_conversation_survives_a_reload(page: "PlaywrightPage", address: str) -> None:
    page.goto(f"{address}/ask")
    page.get_by_role("textbox", name="Ask about your material").fill("Does batch inference autoscale?")
    page.keyboard.press("Enter")
    page.get_by_text("Quoted from your material").wait_for()
    page.wait_for_url("**conversation=*")
    page.reload()
    page.get_by_text("Quoted from your material").wait_for()
    settle(page, 500)
    assert page.get_by_text("Batch inference jobs do not autoscale.").count()
    assert page.get_by_text("Quoted from your material").count() == 1


def test_a_quiz_question_is_answered_and_every_choice_shows_its_reason(page: "PlaywrightPage", address: str) -> None:
    page.goto(f"{address}/practice")
    page.get_by_role("button", name="Start").click()
    page.get_by_text("Question 1 of").wait_for()
    choose_first(page)
    page.get_by_role("button", name="Check").click()
    page.get_by_role("button", name="Next question").wait_for()
    settle(page, 500)
    assert page.locator("blockquote").count() >= 1
    assert page.get_by_text("Your answer").count()


def test_every_page_opens_without_an_error_and_asks_no_other_host(page: "PlaywrightPage", address: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for name in PAGES:
        page.goto(f"{address}/{name}")
        page.get_by_role("heading", level=1).first.wait_for()
        settle(page, 500)
        assert page.get_by_test_id("stException").count() == 0
        assert page.get_by_text("Page not found").count() == 0
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []


def test_a_mock_exam_keeps_answers_and_marks_over_a_reload_and_is_reported(
    page: "PlaywrightPage", address: str
) -> None:
    page.goto(f"{address}/exam")
    start = page.get_by_role("button", name="Start the exam")
    page.get_by_test_id("stMainBlockContainer").get_by_text("Time left").or_(start).first.wait_for()
    if start.count():
        page.get_by_text("20", exact=True).first.click()
        page.get_by_text("45 minutes").wait_for()
        start.click()
    page.get_by_text("Time left").wait_for()
    page.get_by_text("Question 1 of 20").wait_for()
    answered = "1 of 20 answered, 0 marked"
    choose_first(page)
    page.get_by_text(answered).wait_for()
    page.reload()
    page.get_by_text(answered).wait_for()
    page.get_by_role("button", name="Submit").first.click()
    page.get_by_text("19 questions are still unanswered").wait_for()
    page.get_by_role("button", name="Submit and see results").click()
    page.get_by_text("Read these next").wait_for()
    page.get_by_text("By objective").wait_for()
    page.get_by_text("Google doesn't publish a passing score").first.wait_for()
    page.get_by_role("button", name="Done").click()
    page.get_by_text("Earlier mock exams").wait_for()


def test_an_answer_leads_to_a_quiz_made_on_its_topic(page: "PlaywrightPage", address: str) -> None:
    page.goto(f"{address}/ask")
    page.get_by_role("textbox", name="Ask about your material").fill("When should I use batch inference?")
    page.keyboard.press("Enter")
    page.get_by_text("Quoted from your material").wait_for()
    page.get_by_role("button", name="Quiz me on this").click()
    page.get_by_role("button", name="Start").wait_for()
    settle(page, 500)
    assert page.get_by_label("Topic").input_value() == "When should I use batch inference?"
    page.get_by_role("button", name="Start").click()
    page.get_by_text("Question 1 of").wait_for()


def test_a_press_on_start_counts_although_the_page_is_drawn_again_meanwhile(browser: "Browser", address: str) -> None:
    opened = browser.new_page(viewport={"width": 1280, "height": 844})
    opened.set_default_timeout(PATIENCE)
    opened.goto(f"{address}/practice")
    opened.get_by_text("From my material").click()
    opened.get_by_label("Topic").wait_for()
    settle(opened, 500)
    opened.get_by_role("button", name="Start", exact=True).click()
    opened.get_by_text("10", exact=True).first.click(delay=20)
    opened.get_by_text("Question 1 of").wait_for()
    opened.close()


def test_progress_shows_charts_and_a_plan(page: "PlaywrightPage", address: str) -> None:
    page.goto(f"{address}/progress")
    page.get_by_text("Study next").wait_for()
    page.locator("canvas, svg.marks").first.wait_for()
    page.get_by_text("Study plan").first.wait_for()
    page.get_by_role("button", name="Practice", exact=True).nth(4).wait_for()
    settle(page, 500)
    assert page.get_by_role("button", name="Practice", exact=True).count() == 5


def test_settings_try_a_writer(page: "PlaywrightPage", address: str) -> None:
    page.goto(f"{address}/settings")
    page.get_by_role("button", name="Test").click()
    page.get_by_text("Works. It answered in").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_serious_accessibility_fault(browser: "Browser", address: str, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    opened = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    opened.set_default_timeout(PATIENCE)
    faults = []
    for name in PAGES:
        opened.goto(f"{address}/{name}")
        opened.get_by_role("heading", level=1).first.wait_for()
        settle(opened, 1000)
        ARTIFACTS.mkdir(exist_ok=True)
        opened.screenshot(path=ARTIFACTS / f"{name or 'today'}-{scheme}.png", full_page=True)
        for violation in Axe().run(opened).response["violations"]:
            if violation["impact"] in ("serious", "critical"):
                faults.append(f"{name}: {violation['id']}: {violation['nodes'][0]['html'][:120]}")
    opened.close()
    assert faults == []
