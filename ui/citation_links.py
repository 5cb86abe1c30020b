"""Links inside an answer: numbers that open their source, brought to Python, and one that copies the answer in the browser."""

import re
from collections.abc import Mapping

import streamlit as st

from assistant.answers import Citation
from ui import text

_PREFIX = "#cite-"
_SCRIPT = """
let shown = "", asked = 0;
const bring = (find) => {
  let still = true;
  for (const kind of ["wheel", "touchstart", "keydown", "pointerdown"])
    addEventListener(kind, () => { still = false; }, { once: true, capture: true });
  // more than once, because Streamlit itself scrolls a chat to its end while a page grows
  for (const wait of [150, 500, 1000, 1800, 3000]) setTimeout(() => { if (still) find()?.scrollIntoView(); }, wait);
};
const reader = () => {
  const pane = document.querySelector(".st-key-gw-source"), top = pane?.getBoundingClientRect().top;
  return window.innerWidth <= 640 || top < 60 || top > window.innerHeight / 2 ? pane : null;
};
const question = () => [...document.querySelectorAll('[aria-label*="from user"]')].pop()?.parentElement;
export default function ({ data, setTriggerValue }) {
  const count = Object.keys(data.copies).length;
  if (data.source !== shown && data.source) bring(reader);
  else if (count > asked) bring(question);
  shown = data.source;
  asked = count;
  if (document.activeElement === document.body && window.innerWidth > 640)
    document.querySelector('[data-testid="stChatInputTextArea"]')?.focus({ preventScroll: true });
  const copy = async (link) => {
    const words = data.copies[link.getAttribute("href").slice("#copy-".length)];
    try {
      await navigator.clipboard.writeText(words);
    } catch {
      const box = Object.assign(document.createElement("textarea"), { value: words });
      document.body.append(box);
      box.select();
      document.execCommand("copy");
      box.remove();
    }
    const said = link.lastChild, before = data.copy;
    if (said) said.textContent = ` ${data.copied}`;
    setTimeout(() => { if (said?.isConnected) said.textContent = ` ${before}`; }, 2000);
  };
  const opened = (event) => {
    const copied = event.target.closest('a[href^="#copy-"]');
    if (copied) {
      event.preventDefault();
      copy(copied);
      return;
    }
    const link = event.target.closest('a[href^="#cite-"]');
    if (!link) return;
    event.preventDefault();
    setTriggerValue("opened", link.getAttribute("href"));
  };
  document.addEventListener("click", opened);
  return () => document.removeEventListener("click", opened);
}
"""
_listener = None


def citation_link(number: int, citation: Citation, title: str) -> str:
    """Markdown of a link that opens a citation of the conversation's answer `number`; `title` shows when one points at it."""
    said = re.sub(r"[\"\\\n()\[\]<>]", " ", title)
    return f'[{citation.marker}]({_PREFIX}{number}-{citation.marker} "{said}")'


def copy_link(number: int) -> str:
    """Markdown of a link that copies the conversation's answer `number`."""
    return f"[:material/content_copy: {text.COPY}](#copy-{number})"


def opened_citation(source: str, copies: Mapping[str, str]) -> tuple[int, int] | None:
    """Number of the answer and marker of the citation whose link was just followed; call it once on a page.

    `source` names what is open beside the conversation; when it changes, the page scrolls to where it begins,
    as it does to the last question when there is a further answer.
    `copies` holds the Markdown of each answer by its number, for its copy link.
    """
    global _listener  # Streamlit needs a component registered once, and not before the app runs
    if _listener is None:
        _listener = st.components.v2.component("citation_links", js=_SCRIPT)
    data = {"source": source, "copies": dict(copies), "copy": text.COPY, "copied": text.COPIED}
    result = _listener(key="citation-links", data=data, on_opened_change=lambda: None)
    found = re.fullmatch(rf"{_PREFIX}(\d+)-(\d+)", str(result.get("opened") or ""))
    return (int(found.group(1)), int(found.group(2))) if found else None
