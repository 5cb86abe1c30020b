"""Numbers inside an answer that open their source: plain links in Markdown, whose clicks are brought to Python."""

import re

import streamlit as st

from assistant.answers import Citation

_PREFIX = "#cite-"
_SCRIPT = """
let shown = "";
export default function ({ data, setTriggerValue }) {
  if (data.source !== shown) {
    shown = data.source;
    const scroll = () => document.querySelector(".st-key-gw-source")?.scrollIntoView();
    // twice, because Streamlit itself scrolls a chat to its end while a page grows
    if (shown && window.innerWidth <= 640) [300, 1000].forEach((wait) => setTimeout(scroll, wait));
  }
  const opened = (event) => {
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


def opened_citation(source: str) -> tuple[int, int] | None:
    """Number of the answer and marker of the citation whose link was just followed; call it once on a page.

    `source` names what is open beside the conversation; a phone, which shows it above, scrolls there when it changes.
    """
    global _listener  # Streamlit wants a component registered once, and not before the app runs
    if _listener is None:
        _listener = st.components.v2.component("citation_links", js=_SCRIPT)
    result = _listener(key="citation-links", data={"source": source}, on_opened_change=lambda: None)
    found = re.fullmatch(rf"{_PREFIX}(\d+)-(\d+)", str(result.get("opened") or ""))
    return (int(found.group(1)), int(found.group(2))) if found else None
