"""Text of documents, names and questions is shown as text: no link, picture, formula or directive of theirs comes alive."""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import ROOT
from tests.test_ui_browser import ARGUMENTS, CHROMIUM, free_port
from ui.render import as_markdown

HOSTILE = [
    "told at http://evil.example/phish and https://evil.example/a?b=c. Also www.evil.example/phish, or mail evil@evil.example!",
    "HTTP://EVIL.EXAMPLE and (http://evil.example/x_(y)) and ftp://evil.example",
    "[click](javascript:alert(1)) and ![x](http://127.0.0.1:1/img-md) and <http://evil.example>",
    "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\"> <b>bold</b>",
    "$$\\href{javascript:alert(1)}{click}$$ and $\\includegraphics{http://127.0.0.1:1/tex}$ and $x^2$",
    ":red[alarm] :red-background[back] :smile: :material/delete: :streamlit: :rainbow[x]",
    "a -> b <- c <-> d -- e >= f <= g ~= h and `code` and *stars* and _lines_ and ~~gone~~",
    "\\![y](http://127.0.0.1:1/esc) \\\\![z](http://127.0.0.1:1/esc2) &lt;img src=http://127.0.0.1:1/ent&gt; &#60;b&#62;",
    "| a | b |",
    "# heading\n- item\n> quote\n1. one",
    "![r][ref] http://a`b``c.example/`d",
    "x@y.z, a.b+c@d-e.f.g; @ alone; http:// alone; www. alone",
]

ALIVE = "a, img, svg image, iframe, script, .katex, h1, li, blockquote, table, [data-testid=stIconMaterial]"
PIECES = ["http", "https", "://", "www", ".", "@", ":", "a", "b1", "-", ">", "<", "=", "`", "*", "_", "/", " ", "é", "(", ")",
          "[", "]", "$", "smile", "red", "material", "mailto:", "ftp", "~", "!", "#", "&lt;", "\\", "\n", "com", "+"]  # fmt: skip
HOSTILE += ["".join(random.Random(seed).choices(PIECES, k=40)) for seed in range(60)]
PAGE = """
import json, sys, streamlit as st
from ui.render import as_markdown
for at, text in enumerate(json.load(open(sys.argv[1]))):
    with st.container(key=f"as-text-{at}"):
        st.markdown(as_markdown(text))
    with st.container(key=f"as-button-{at}"):
        st.button(as_markdown(text), key=f"b{at}")
    with st.container(key=f"as-caption-{at}"):
        st.caption(as_markdown(text))
st.write("all is drawn")
"""


@given(st.text(max_size=200))
def test_what_is_shown_holds_every_character(text: str) -> None:
    """Nothing is added but backslashes, backticks and the spaces that divide code from them."""
    shown = as_markdown(text)
    kept = [one for one in shown if one not in "\\` "]
    assert kept == [one for one in text if one not in "\\` \n"]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("page")
    (folder / "page.py").write_text(PAGE)
    (folder / "texts.json").write_text(json.dumps(HOSTILE))
    port = free_port()
    command = [
        sys.executable, "-m", "streamlit", "run", str(folder / "page.py"), "--server.port", str(port), "--server.address",
        "localhost", "--server.headless", "true", "--browser.gatherUsageStats", "false", "--", str(folder / "texts.json"),
    ]  # fmt: skip
    process = subprocess.Popen(
        command, cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT), "HOME": str(folder)}, stdout=subprocess.DEVNULL
    )
    try:
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.wait(20)


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed (Debian: apt-get install chromium)")
def test_nothing_of_a_document_comes_alive_in_a_browser(address: str, tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright

    asked: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        for attempt in range(60):
            try:
                page.goto(address)
                break
            except Exception:  # the server is not up yet, whatever kind of error the browser gives for that
                if attempt == 59:
                    raise
                time.sleep(0.5)
        page.get_by_text("all is drawn").wait_for(timeout=60_000)
        for at, text in enumerate(HOSTILE):
            for form in ("as-text", "as-button", "as-caption"):
                part = page.locator(f".st-key-{form}-{at}")
                part.locator("p").first.wait_for(timeout=30_000)
                alive = part.locator(ALIVE)
                assert alive.count() == 0, (form, text, alive.first.evaluate("one => one.outerHTML"))
                assert " ".join(part.inner_text().split()) == " ".join(text.split()), form
        title = page.title()
        browser.close()
    assert "owned" not in title
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []
