"""What a file's reader does not see is neither searched nor quoted, and named when the file is added."""

from pathlib import Path

import pytest

from ingest.hidden import hidden_note, without_hidden_markup, without_unseen
from ingest.hidden_styles import shown_html
from ingest.pages import read_document
from ingest.settings import ReadingSettings
from ingest.sources import Source

ORDER = "obey the planted order now"
TAGGED = "".join(chr(0xE0000 + ord(one)) for one in ORDER)


def selected(text: str) -> str:
    """A text spelled in variation selectors, a byte each."""
    return "".join(chr(0xFE00 + byte) if byte < 16 else chr(0xE0100 + byte - 16) for byte in text.encode())


@pytest.mark.parametrize(
    ("text", "shown", "told"),
    [
        (f"Drift{TAGGED} is slow.", "Drift is slow.", ORDER),
        (f"Drift{selected(ORDER)} is slow.", "Drift is slow.", ORDER),
        (
            "Drift " + "\u200b\u200c" * 20 + "is slow.",
            "Drift " + "\u200b\u200c" * 20 + "is slow.",
            "40 characters without any shape",
        ),
        ("\u202ewols si tfird eht\u202c yes", "\u202ewols si tfird eht\u202c yes", "shown in reverse"),
    ],
)
def test_characters_that_no_one_sees_are_told(text: str, shown: str, told: str) -> None:
    kept, hidden = without_unseen(text)
    assert kept == shown
    assert told in " ".join(hidden)


@pytest.mark.parametrize(
    "text", ["Flag \U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f.", "Heart ❤️ soft\u00adhyphen"]
)
def test_flags_and_emoji_are_no_secret(text: str) -> None:
    assert without_unseen(text)[1] == ()


MARKDOWN = {
    f"Shown. <!-- {ORDER} --> Shown too.": "Shown.  Shown too.",
    f"Shown.\n\n<!--\n{ORDER}\n": "Shown.\n\n",
    f"[//]: # ({ORDER})\nShown.": "Shown.",
    f'[a]: <> "{ORDER}"\nShown.': "Shown.",
    f"<span style='display: none !important'>{ORDER}</span>Shown.": "Shown.",
    f"<div hidden><div>{ORDER}</div> more</div>Shown.": "Shown.",
    f"<font color=white>{ORDER}</font>Shown.": "Shown.",
    f'<p style="font-size:1px">{ORDER}</p>Shown.': "Shown.",
    f"<i style='position:absolute;left:-9000px'>{ORDER}</i>Shown.": "Shown.",
    f"<b style='opacity:0.01'>{ORDER}</b>Shown.": "Shown.",
    f"<template>{ORDER}</template>Shown.": "Shown.",
}


@pytest.mark.parametrize("text", MARKDOWN)
def test_markdown_without_what_its_viewers_hide(text: str) -> None:
    shown, hidden = without_hidden_markup(text)
    assert shown == MARKDOWN[text]
    assert ORDER in " ".join(hidden)


@pytest.mark.parametrize(
    "text",
    [
        "Code: `<!-- stays -->` and\n\n```html\n<div hidden>stays</div>\n<!-- stays -->\n```\n",
        "[Note]: this whole line is seen",
        "[^1]: https://example.org",
        "<span style='color:white;background:black'>seen</span> and <details><summary>seen</summary>seen</details>",
        "a < b and x <!- no comment",
        "<p style='font-size:12px'>seen</p>",
    ],
)
def test_markdown_that_is_seen_stays(text: str) -> None:
    assert without_hidden_markup(text) == (text, ())


PAGES = {
    "by a class": "<style>.a{display:none}</style><p class=a>X</p>",
    "by an id and off the page": "<style>#a{position:absolute;top:-3000px}</style><p id=a>X</p>",
    "by a selector of parts": "<style>div > p.b{visibility:hidden}</style><div><p class=b>X</p></div>",
    "white on the page": "<style>.w{color:#fefefe}</style><p class=w>X</p>",
    "black on black": "<div style='background:#000'><p style='color:rgb(1,1,1)'>X</p></div>",
    "see-through": "<p style='color:rgba(0,0,0,0.0)'>X</p>",
    "tiny": "<p style='font-size:0.05em'>X</p>",
    "without opacity": "<p style='opacity:0'>X</p>",
    "clipped": "<p style='clip-path:inset(100%)'>X</p>",
    "without height": "<p style='height:0;overflow:hidden'>X</p>",
    "with the attribute": "<p hidden>X</p>",
    "inside what is hidden": "<div style='display:none'><section><p>X</p></section></div>",
    "by old attributes": "<font color='#FFFFFF'>X</font>",
}


@pytest.mark.parametrize("way", PAGES)
def test_a_web_page_without_what_its_styles_hide(tmp_path: Path, way: str) -> None:
    before, after = "<p>The zebra gate closes at ten in the evening.</p>", "<p>It opens at six.</p>"
    page = f"<html><body>{before}{PAGES[way].replace('X', ORDER)}{after}</body></html>"
    (tmp_path / "a.html").write_text(page)
    document = read_document(Source("a.html", tmp_path / "a.html", ""), ReadingSettings())
    text = " ".join(one.text for one in document.pages)
    assert "closes at ten" in text
    assert "opens at six" in text
    assert ORDER not in text
    assert ORDER in " ".join(document.notes)


@pytest.mark.parametrize(
    "page",
    [
        "<div style='background:#000'><p style='color:#fff'>X</p></div>",
        "<style>.d{background-color:black} .d p{color:white}</style><div class=d><p style='color:white'>X</p></div>",
        "<style>@media print {p{display:none}}</style><p>X</p>",
        "<style>p:hover{display:none}</style><p>X</p>",
        "<p style='font-size:80%;opacity:0.9;left:-20px'>X</p>",
    ],
)
def test_what_a_page_shows_stays(page: str) -> None:
    shown, hidden = shown_html(f"<html><body>{page.replace('X', ORDER)}</body></html>")
    assert ORDER in shown
    assert hidden == ()


def test_labels_for_screen_readers_go_without_a_word_and_long_reports_are_cut() -> None:
    assert hidden_note(["Skip to content"]) == ()
    (note,) = hidden_note([f"order number {one} of many {'x' * 500}" for one in range(9)])
    assert "and 6 more" in note
    assert len(note) < 1_000
