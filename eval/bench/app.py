"""The app in a real browser: `python -m eval.bench.app --home FOLDER [--sessions 10 --seconds 120]`, with Chromium installed.

First it starts the app cold and measures, with one visitor, the first paint, answers by the quotes writer from Enter to text on
screen, switches between pages, and in the question player the time from a click to the verdict and to the next question. Then
several visitors ask and answer quizzes at once, each in a browser context of its own, and every answer is compared with the
question of its visitor: a mixed state or an error shows.
"""

import argparse
import asyncio
import os
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

QUESTIONS = {
    "What is concept drift?": "oncept drift",
    "Does batch inference autoscale?": "do not autoscale",
    "What is the default threshold in Model Monitoring?": "0.3",
    "When does Explainable AI end?": "March 16",
}
PAGES = ("practice", "exam", "progress", "library", "settings", "read", "today", "ask")
HEADINGS = {"exam": "Mock exam", "today": "Groundwork"}
LINKS = {"exam": "Mock exam", "today": "Today"}
TURNS = 12


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def start(home: Path, port: int) -> "subprocess.Popen[bytes]":
    """The app as a user starts it; returns when it listens."""
    command = [sys.executable, "-m", "ui.cli", "ui", "--port", str(port), "--headless", "--home", str(home)]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ | {"BROWSER": "true"}
    )
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return process
        time.sleep(0.1)


WATCH = """([selector, words]) => {
  const count = () => [...document.querySelectorAll(selector)].filter((one) => one.textContent.startsWith(words)).length;
  const before = count();
  let begun = 0;
  for (const kind of ["keydown", "click"])
    addEventListener(kind, () => { begun ||= performance.now(); }, { once: true, capture: true });
  window.seen = new Promise((resolve) => {
    const observer = new MutationObserver(() => {
      if (count() > before) {
        observer.disconnect();
        requestAnimationFrame(() => resolve((performance.now() - begun) / 1000));
      }
    });
    observer.observe(document.body, { childList: true, subtree: true, characterData: true });
  });
}"""
"""Times inside the page, from a key or a click to the frame after one more element with these first words stands there: a
test driver looks only every tenth of a second or so."""
ANSWERED = ['[data-testid="stCaptionContainer"]', "Quoted from"]
OPTION = '[class*="st-key-gw-options"] :is([role="radiogroup"] label, [data-testid="stCheckbox"] label)'


async def ask(page: "Page", question: str, expected: str) -> float:
    """Seconds from Enter to the answer on screen; raises when the answer is another question's."""
    await page.get_by_role("textbox", name="Ask about your material").fill(question)
    await page.evaluate(WATCH, ANSWERED)
    await page.keyboard.press("Enter")
    seconds = float(await page.evaluate("() => window.seen"))
    answer = await page.locator('[data-testid="stChatMessage"]').last.inner_text()
    if expected not in answer:
        raise AssertionError(f"{question!r} was answered with {answer[:200]!r}")
    return seconds


async def one_visitor(browser: "Browser", address: str, started: float) -> None:
    """Print first paint, answers and page switches of a single visitor."""
    page = await browser.new_page()
    page.set_default_timeout(60_000)
    await page.goto(address)
    await page.get_by_role("heading", name="Groundwork", level=1).wait_for()
    _say("first paint after the start of the process", time.monotonic() - started)
    await page.goto(f"{address}/ask")
    await page.get_by_role("textbox", name="Ask about your material").wait_for()
    rng = random.Random(1)
    first = await ask(page, *rng.choice(list(QUESTIONS.items())))
    _say("first answer", first)
    answers = [await ask(page, *rng.choice(list(QUESTIONS.items()))) for _ in range(TURNS)]
    _say("answer, median", statistics.median(answers))
    _say("answer, slowest", max(answers))
    switches = []
    for name in PAGES * 2:
        heading = HEADINGS.get(name, name.capitalize())
        await page.evaluate(WATCH, ["h1", heading])
        link = LINKS.get(name, name.capitalize())
        await page.get_by_test_id("stSidebarNav").get_by_text(link, exact=True).click()
        switches.append(float(await page.evaluate("() => window.seen")))
        await page.get_by_role("heading", name=heading, level=1).wait_for()
    _say("page switch, median", statistics.median(switches))
    _say("page switch, slowest", max(switches))
    await play(page, address)
    await page.close()


async def play(page: "Page", address: str) -> None:
    """Print how long the question player takes from a click to what it shows: a verdict, the next question of an exam."""
    await page.goto(f"{address}/practice")
    await page.get_by_role("button", name="Start", exact=True).click()
    verdicts = []
    for number in range(1, 6):
        await page.get_by_text(f"Question {number} of 5").wait_for()
        await _choose(page)
        verdicts.append(await _timed(page, '[class*="st-key-gw-right-"]', "", "Check"))
        await page.get_by_role("button", name=re.compile("Next question|See results")).click()
    _say("quiz, from Check to the verdict, median", statistics.median(verdicts))
    _say("quiz, from Check to the verdict, slowest", max(verdicts))
    await page.goto(f"{address}/exam?q=1")
    begin = page.get_by_role("button", name="Start the exam")
    await begin.or_(page.get_by_test_id("stMainBlockContainer").get_by_text("Time left")).first.wait_for()
    if await begin.count():
        await begin.click()
    steps = []
    for number in range(2, 2 + TURNS):
        await page.get_by_text(f"Question {number - 1} of").wait_for()
        steps.append(await _timed(page, '[data-testid="stCaptionContainer"]', f"Question {number} of", "Next"))
    _say("exam, from Next to the next question, median", statistics.median(steps))
    _say("exam, from Next to the next question, slowest", max(steps))


async def _choose(page: "Page") -> None:
    """Choose as many options as are asked for, the first ones."""
    await page.locator(OPTION).first.wait_for()
    asked = page.get_by_text("Choose 2").or_(page.get_by_text("Choose 3"))
    count = int((await asked.first.inner_text()).split()[1].rstrip(".")) if await asked.count() else 1
    for at in range(count):
        await page.locator(OPTION).nth(at).click()
        await page.wait_for_timeout(1000)


async def _timed(page: "Page", selector: str, words: str, button: str) -> float:
    await page.evaluate(WATCH, [selector, words])
    await page.get_by_role("button", name=button, exact=True).click()
    return float(await page.evaluate("() => window.seen"))


async def visit(browser: "Browser", address: str, number: int, ends: float) -> int:
    """Ask and quiz until the time is over; returns the number of steps, raises at the first thing that is wrong."""
    context = await browser.new_context()
    page = await context.new_page()
    page.set_default_timeout(90_000)
    rng = random.Random(number)
    steps = 0
    while time.monotonic() < ends:
        await page.goto(f"{address}/ask")
        await page.get_by_role("textbox", name="Ask about your material").wait_for()
        await ask(page, *rng.choice(list(QUESTIONS.items())))
        await page.goto(f"{address}/practice")
        begin = page.get_by_role("button", name="Start", exact=True)
        await begin.wait_for()
        await begin.click()
        await page.get_by_text("Question 1 of 5").wait_for()
        if await page.get_by_test_id("stException").count():
            raise AssertionError(f"visitor {number} met an error")
        steps += 2
    await context.close()
    return steps


def _say(name: str, seconds: float) -> None:
    sys.stdout.write(f"{name:<46} {seconds:6.2f} s\n")
    sys.stdout.flush()


async def run(arguments: Any) -> None:
    """Both parts against one running app."""
    from playwright.async_api import async_playwright

    port = free_port()
    begun = time.monotonic()
    process = start(arguments.home, port)
    address = f"http://localhost:{port}"
    try:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
            await one_visitor(browser, address, begun)
            ends = time.monotonic() + arguments.seconds
            visits = [visit(browser, address, number, ends) for number in range(arguments.sessions)]
            steps = await asyncio.gather(*visits)
            sys.stdout.write(
                f"{arguments.sessions} visitors, {arguments.seconds} s: {sum(steps)} steps, no error, no mixed state\n"
            )
            await browser.close()
    finally:
        process.terminate()
        process.wait(20)


def main() -> None:
    """Print one line a measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--sessions", type=int, default=10)
    parser.add_argument("--seconds", type=int, default=120)
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
