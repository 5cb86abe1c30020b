"""The app in a real browser: `python -m eval.bench.app --home FOLDER [--sessions 10 --seconds 120]`, with Chromium installed.

First it starts the app cold and measures, with one visitor, the first paint, answers by the quotes writer from Enter to text on
screen, and switches between pages. Then several visitors ask and answer quizzes at once, each in a browser context of its own,
and every answer is compared with the question of its visitor: a mixed state or an error shows.
"""

import argparse
import asyncio
import os
import random
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
    "What is concept drift?": "relation between the features and the label",
    "Does batch inference autoscale?": "do not autoscale",
    "maximum rows for AutoML tabular": "100,000,000",
    "What is the default threshold in Model Monitoring?": "0.3",
    "When does Explainable AI end?": "March 16, 2027",
}
PAGES = ("practice", "exam", "progress", "library", "settings", "ask")
HEADINGS = {"exam": "Mock exam"}
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
ANSWERED = ['[data-testid="stCaptionContainer"]', "Written by"]


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
    await page.get_by_role("textbox", name="Ask about your material").wait_for()
    _say("first paint after the start of the process", time.monotonic() - started)
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
        await page.get_by_test_id("stSidebarNav").get_by_text(heading, exact=True).click()
        switches.append(float(await page.evaluate("() => window.seen")))
        await page.get_by_role("heading", name=heading, level=1).wait_for()
    _say("page switch, median", statistics.median(switches))
    _say("page switch, slowest", max(switches))
    await page.close()


async def visit(browser: "Browser", address: str, number: int, ends: float) -> int:
    """Ask and quiz until the time is over; returns the number of steps, raises at the first thing that is wrong."""
    context = await browser.new_context()
    page = await context.new_page()
    page.set_default_timeout(90_000)
    rng = random.Random(number)
    steps = 0
    while time.monotonic() < ends:
        await page.goto(address)
        await ask(page, *rng.choice(list(QUESTIONS.items())))
        await page.goto(f"{address}/practice")
        begin = page.get_by_role("button", name="Start")
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
