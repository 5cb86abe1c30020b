"""Turns text from documents and models into what a page may show: nothing in it is ever read as markup."""

import html
import re
import textwrap

from assistant.answers import Answer

BEFORE, AFTER = 300, 1200
"""Characters of the page shown before and after a quote, so that the mark is in sight immediately."""
_PUNCTUATION = re.compile(r"([!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~])")
_CHANGED_WHEN_SHOWN = re.compile(
    r"(?:(?:https?|ftp)://\S*|www\.\S*|(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+|:[\w+-]{1,64}:|<->|->|<-|--|>=|<=|~=)+",
    re.IGNORECASE,
)
"""What Streamlit's reader of Markdown turns into links, pictures or other signs even where each character is escaped."""
_MARKUP_IN_NOTES = re.compile(r"([<\[\]$])")
SAFE_ADDRESS = re.compile(r"https?://[^\s<>()\[\]\"'`\\]+")
_BLOCK = re.compile(r"^[ \t]*```(\w*)[ \t]*\n(.*?)^[ \t]*```[ \t]*$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")
_LANGUAGES = ("python", "sql", "json", "yaml", "bash")
_TRAILING = ".,;:!?)]}'\"”’»"


def as_markdown(text: str) -> str:
    """Text for `st.markdown` that shows exactly these characters; addresses are shown as code, and never followed."""
    parts, at = [], 0
    for found in _CHANGED_WHEN_SHOWN.finditer(text):
        end = found.start() + len(found.group().rstrip(_TRAILING) or found.group())
        if end > found.start() + 1 and found.group()[0] == ":":
            end = found.end()
        parts += [_escaped(text[at : found.start()]), _as_code(text[found.start() : end])]
        at = end
    return "".join([*parts, _escaped(text[at:])])


def as_prose(text: str) -> str:
    """A question's words for `st.markdown`: paragraphs, code in them, and blocks of code; all else shows as it stands."""
    shown, at = [], 0
    for block in _BLOCK.finditer(text):
        shown += [*_paragraphs(text[at : block.start()]), _as_block(block.group(1), block.group(2))]
        at = block.end()
    return "\n\n".join([*shown, *_paragraphs(text[at:])])


def _paragraphs(text: str) -> list[str]:
    return [as_words(part.strip()) for part in re.split(r"\n\s*\n", text) if part.strip()]


def as_words(text: str) -> str:
    """One paragraph, or an option, with the code in it as code."""
    pieces = _INLINE.split(text)
    return "".join(_as_code(piece) if at % 2 else as_markdown(piece) for at, piece in enumerate(pieces))


def _as_block(language: str, code: str) -> str:
    fence = "`" * (3 + max((len(run) for run in re.findall("`+", code)), default=0))
    return f"{fence}{language if language in _LANGUAGES else 'text'}\n{code.rstrip()}\n{fence}"


def _escaped(text: str) -> str:
    return _PUNCTUATION.sub(r"\\\1", text).replace("\n", " ")


def _as_code(text: str) -> str:
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence} {text} {fence}" if "`" in text else f"{fence}{text}{fence}"


def short(words: str, length: int) -> str:
    """The words cut at a word's end, with an ellipsis only where something was left out."""
    whole = " ".join(words.split())
    return (
        whole if len(whole) <= length else textwrap.shorten(whole, length, placeholder="…") or whole[: length - 1] + "…"
    )


def readiness_bar(share: float, low: float, high: float, words: str) -> str:
    """HTML of a bar from 0 to 100% with the interval and a dot at the share; `words` say it to a screen reader."""
    return (
        f"<div class='gw-bar' role='img' aria-label='{html.escape(words, quote=True)}'>"
        f"<i style='left:{low:.1%};width:{high - low:.1%}'></i><b style='left:{share:.1%}'></b></div>"
    )


def answer_as_markdown(answer: Answer) -> str:
    """An answer to paste into notes: the question, the sentences with their markers, and every quote with its place."""
    lines = [f"**{_as_note(answer.question)}**", ""]
    lines += [
        f"{_as_note(sentence.text)} {''.join(f'[{marker}]' for marker in sentence.citations)}"
        for sentence in answer.sentences
    ]
    lines.append("")
    for citation in answer.citations:
        lines.append(
            f"[{citation.marker}] “{_as_note(citation.shown)}” ({_as_note(citation.source)}, {citation.locator})"
        )
        lines += [f"Official page: [{_as_note(one.title)}](<{one.address}>)" for one in citation.official]
    return "\n".join(lines)


def _as_note(text: str) -> str:
    """Text for another program's notes, in which none of it becomes a picture, a link with other words, HTML or a formula."""
    return _MARKUP_IN_NOTES.sub(r"\\\1", text)


def quote_in_page(page_text: str, start: int, end: int, *, whole: bool = False) -> str:
    """HTML of a quote in its page, `whole` or cut at a word's end around it, with the quote marked."""
    first = 0 if whole else max(0, start - BEFORE)
    first = page_text.find(" ", first, start) + 1 if first else 0
    last = len(page_text) if whole else min(len(page_text), end + AFTER)
    before = ("… " if first else "") + page_text[first:start]
    after = page_text[end:last] + (" …" if last < len(page_text) else "")
    marked = f"<mark>{html.escape(page_text[start:end])}</mark>" if start < end else ""
    return f"<div class='gw-page'>{html.escape(before)}{marked}{html.escape(after)}</div>"


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
:is(.st-key-gw-source, [data-testid="stChatMessage"]) { scroll-margin-top: 4.5rem; }
@media (max-width: 640px) { [data-testid="stChatMessageAvatarCustom"] { display: none; }
  [data-testid="stChatMessage"] { padding: .5rem .2rem; } }
.gw-note { line-height: 1.6; font-size: 0.95rem; overflow-wrap: anywhere; padding: 0.4rem 1.1rem 0.9rem;
  border: 1px solid rgba(128,128,128,.35); border-radius: 0.6rem; }
.gw-note :is(h1, h2, h3, h4) { font-size: 1.25rem; padding: .9rem 0 .3rem; line-height: 1.3; }
.gw-note :is(h3, h4) { font-size: 1.08rem; }
.gw-note mark { background: #ffe08a; color: #20241f; padding: 0.05em 0.1em; border-radius: 0.2em; }
.gw-note table { display: block; overflow-x: auto; border-collapse: collapse; margin: .6rem 0; overflow-wrap: normal; }
.gw-note :is(th, td) { border: 1px solid rgba(128,128,128,.4); padding: .35rem .6rem; text-align: left; vertical-align: top; }
.gw-note pre { overflow-x: auto; padding: .7rem .9rem; border-radius: .5rem; background: rgba(128,128,128,.12); }
.gw-bar { position: relative; height: .7rem; border-radius: .35rem; background: rgba(128,128,128,.22); }
.gw-bar i { position: absolute; top: 0; bottom: 0; border-radius: .35rem; background: #2f8f76; opacity: .55; }
.gw-bar b { position: absolute; top: -.1rem; width: .9rem; height: .9rem; margin-left: -.45rem; border-radius: 50%;
  background: #2f8f76; border: 2px solid #fff; }
[class*="st-key-gw-options"] :is([data-testid="stRadio"] [role="radiogroup"] label, [data-testid="stCheckbox"] label) {
  width: 100%; min-height: 2.75rem; padding: .6rem .8rem; border: 1px solid rgba(128,128,128,.4); border-radius: .6rem; }
[class*="st-key-gw-options"] :is([data-testid="stRadio"], [role="radiogroup"], [role="radiogroup"] > *) { width: 100%; }
[class*="st-key-gw-options"] [role="radiogroup"] { gap: .5rem; align-items: stretch; }
.st-key-gw-found { gap: .3rem; }
[class*="st-key-gw-options"] :is([role="radiogroup"] label, [data-testid="stCheckbox"] label):hover { border-color: #2f8f76; }
[class*="st-key-gw-options"] label:has(input:checked) { border-color: #2f8f76; box-shadow: inset 0 0 0 1px #2f8f76;
  background: rgba(47,143,118,.12); }
[class*="st-key-gw-right-"] { border-color: #2f8f76 !important; background: rgba(47,143,118,.14); }
[class*="st-key-gw-wrong-"] { border-color: #c0483a !important; background: rgba(192,72,58,.13); }
:is([class*="st-key-gw-right-"], [class*="st-key-gw-wrong-"], [class*="st-key-gw-plain-"]) { padding: .6rem .8rem; }
.st-key-gw-clock { position: sticky; top: 3.75rem; z-index: 5; width: fit-content; padding: .3rem .9rem; border-radius: 1rem;
  background: var(--gw-ground, #f1eee5); color: #20241f; border: 1px solid rgba(128,128,128,.4); }
.stMarkdown blockquote, .stMarkdown blockquote p { color: inherit; opacity: 1; }
:is(.st-key-gw-go, .st-key-gw-steps) { position: sticky; bottom: .75rem; z-index: 4; }
.st-key-gw-grid [data-testid="stButtonGroup"] :is([role="group"], [role="radiogroup"], [role="toolbar"]),
.st-key-gw-grid [data-testid="stButtonGroup"] > div:has(> button) {
  display: grid; grid-template-columns: repeat(5, minmax(2.4rem, 1fr)); gap: .3rem; width: 100%; }
.st-key-gw-grid [data-testid="stButtonGroup"] button { min-width: 0; width: 100%; padding: .1rem; justify-content: center;
  white-space: nowrap; }
.st-key-gw-grid [data-testid="stButtonGroup"] button p { font-size: .8rem; }
@media (min-width: 641px) { [data-testid="stColumn"]:has(.st-key-gw-grid) { position: sticky; top: 4rem;
  align-self: flex-start; } }
[class*="st-key-gw-card"] { border-radius: .8rem; }
[data-testid="stElementContainer"]:is(.st-key-gw-shell, .st-key-gw-scroll, .st-key-citation-links) { display: none; }
[data-testid="stFileUploaderDropzoneInstructions"] { display: none; }
.st-key-gw-book .gw-note { border: 0; padding: 0; font-size: 1rem; }
.st-key-gw-book { gap: .2rem; }
.gw-note h1 { font-size: 1.6rem; }
.gw-note :is(h1, h2, h3, h4) { scroll-margin-top: 4.5rem; }
:is([class*="st-key-gw-contents"], [class*="st-key-gw-folded"]) ul { list-style: none; padding: 0; margin: 0; font-size: .9rem; }
:is([class*="st-key-gw-contents"], [class*="st-key-gw-folded"]) li { margin: 0 0 .45rem; padding: 0; line-height: 1.35; }
:is([class*="st-key-gw-contents"], [class*="st-key-gw-folded"]) li li { margin: .35rem 0 0 .8rem; }
:is([class*="st-key-gw-contents"], [class*="st-key-gw-folded"]) a { color: inherit; text-decoration: none; }
:is([class*="st-key-gw-contents"], [class*="st-key-gw-folded"]) a:hover { text-decoration: underline; }
.st-key-gw-contents { max-height: calc(100vh - 7rem); overflow-y: auto; padding-bottom: 1.2rem; }
@media (min-width: 641px) { .st-key-gw-folded { display: none; }
  [data-testid="stColumn"]:has(.st-key-gw-contents) { position: sticky; top: 4.5rem; align-self: flex-start; } }
@media (max-width: 640px) { .st-key-gw-contents { display: none; } .st-key-gw-book .gw-note { font-size: 1rem; } }
a[href^="#copy-"] { text-decoration: none !important; color: inherit !important; padding: .25rem .2rem; white-space: nowrap;
  font-size: .875em; }
button[kind="tertiary"] { min-height: 1.9rem !important; padding-top: .1rem; padding-bottom: .1rem; }
[class*="st-key-gw-row-"] { flex-wrap: nowrap !important; gap: .2rem; }
[class*="st-key-gw-row-"] > :first-child { flex: 1 1 0 !important; min-width: 0 !important; }
[class*="st-key-gw-row-"] > :last-child { flex: 0 0 auto !important; width: auto !important; }
[class*="st-key-gw-row-"] button[kind="tertiary"], .st-key-gw-found button { justify-content: flex-start; text-align: left; }
:is([class*="st-key-gw-row-"], .st-key-gw-found) button [data-testid="stMarkdownContainer"] { text-align: left; width: 100%; }
:is([class*="st-key-gw-row-"], .st-key-gw-found) button > :is(div, span) { justify-content: flex-start; width: 100%; }
[class*="st-key-gw-options"] { gap: .5rem; }
[class*="st-key-gw-row-"] [data-testid="stPopover"] button { border: 0; background: transparent; padding: 0 .5rem;
  min-height: 2rem; }
[class*="st-key-gw-row-"] [data-testid="stPopover"] button [data-testid="stIconMaterial"] { display: none; }
[data-testid="stSidebarUserContent"] [data-testid="stVerticalBlock"] { gap: .35rem; }
[data-testid="stChatMessage"]:has([aria-label*="from user"]) { background: rgba(128,128,128,.12); }
[data-testid="stMermaidChart"] { margin: .6rem 0; }
:is(.st-key-gw-source, [role="dialog"]) [data-testid="stElementToolbar"] { display: none; }
@media (min-width: 641px) { .st-key-gw-panes [data-testid="stColumn"]:has(.st-key-gw-source) { position: sticky; top: 4rem;
  align-self: flex-start; } }
.stMainBlockContainer { max-width: 74rem; padding-top: 3rem; }
</style>
"""
