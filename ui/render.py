"""Turns text from documents and models into what a page may show: nothing in it is ever read as markup."""

import html
import re

from assistant.answers import Answer

BEFORE, AFTER = 300, 1200
"""Characters of the page shown before and after a quote, so that the mark is in sight at once."""
_PUNCTUATION = re.compile(r"([!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~])")


def as_markdown(text: str) -> str:
    """Text for `st.markdown` that shows exactly these characters."""
    return _PUNCTUATION.sub(r"\\\1", text).replace("\n", " ")


def answer_as_markdown(answer: Answer) -> str:
    """An answer to paste into notes: the question, the sentences with their markers, and every quote with its place."""
    lines = [f"**{answer.question}**", ""]
    lines += [
        f"{sentence.text} {''.join(f'[{marker}]' for marker in sentence.citations)}" for sentence in answer.sentences
    ]
    lines.append("")
    for citation in answer.citations:
        quote = " ".join(citation.quote.split())
        lines.append(f"[{citation.marker}] “{quote}” ({citation.source}, {citation.chunk.locator})")
    return "\n".join(lines)


def quote_in_page(page_text: str, start: int, end: int) -> str:
    """HTML of a quote in its page with the quote marked; the text around it is cut at a line's or a word's end."""
    first = max(0, start - BEFORE)
    first = page_text.find(" ", first, start) + 1 if first else 0
    last = min(len(page_text), end + AFTER)
    before = ("… " if first else "") + page_text[first:start]
    after = page_text[end:last] + (" …" if last < len(page_text) else "")
    return (
        "<div class='gw-page'>"
        f"{html.escape(before)}<mark>{html.escape(page_text[start:end])}</mark>{html.escape(after)}"
        "</div>"
    )


STYLE = """
<style>
.gw-page { white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.55; font-size: 0.92rem; max-height: 70vh;
  overflow-y: auto; padding: 0.9rem 1rem; border: 1px solid rgba(128,128,128,.35); border-radius: 0.6rem; }
.gw-page mark { background: #ffe08a; color: #20241f; padding: 0.05em 0.1em; border-radius: 0.2em; }
a[href^="#cite-"] { display: inline-block; min-width: 1.5em; padding: 0 .35em; border-radius: .75em; font-size: .82em;
  line-height: 1.6; font-weight: 600; text-align: center; text-decoration: none !important; border: 1px solid currentColor; }
a[href^="#cite-"]:hover, a[href^="#cite-"]:focus-visible { background: rgba(128,128,128,.22); outline-offset: 2px; }
[data-testid="stCaptionContainer"], [data-testid="stCaptionContainer"] p { color: inherit; opacity: 0.9; }
[data-testid="stButtonGroup"] [data-testid="stMarkdownContainer"] p { color: var(--text-color, inherit); }
@media (prefers-color-scheme: dark) { [data-testid="stButtonGroup"] [data-testid="stMarkdownContainer"] p { color: #ecebe4; } }
@media (max-width: 640px) { .st-key-gw-panes > div > [data-testid="stHorizontalBlock"],
  .st-key-gw-panes > [data-testid="stLayoutWrapper"] > [data-testid="stHorizontalBlock"] { flex-direction: column-reverse; } }
.st-key-gw-source { scroll-margin-top: 4rem; }
@media (min-width: 641px) { .st-key-gw-panes [data-testid="stColumn"]:has(.st-key-gw-source) { position: sticky; top: 4rem;
  align-self: flex-start; } }
.stMainBlockContainer { max-width: 74rem; padding-top: 3rem; }
</style>
"""
