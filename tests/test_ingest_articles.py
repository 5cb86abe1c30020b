"""Saved web pages: the article alone, nothing lost of a page that is mostly content, tables and code as they are seen."""

from pathlib import Path

import pytest

from ingest.formats.article import find_article, read_html
from ingest.formats.markup import html_to_markdown

MENU = '<nav><ul><li><a href="/p">Pricing: from 9 dollars</a></li><li><a href="/j">Jobs: we hire 12 engineers</a></li></ul></nav>'
RELATED = '<aside><h2>Recommended</h2><ul><li><a href="/a">Ten habits of 40 engineers</a></li></ul></aside>'
TEXT = "".join(
    f"<p>The Pumice gateway lets {number} calls a second pass for each key of kind {number}.</p>"
    for number in range(50, 62)
)


@pytest.mark.parametrize(
    "body",
    [
        f"<header>{MENU}</header><main><article><h1>Limits</h1>{TEXT}</article></main>{RELATED}"
        "<footer>Privacy of 2 million</footer>",
        f"{MENU}<div role='main'><h1>Limits</h1>{TEXT}</div>"
        "<div class='cookie-banner'><p>We keep cookies for 13 months.</p></div>",
        f"<div class='topnav'>{MENU}</div><div><div id='post'><h1>Limits</h1>{TEXT}</div>"
        "<div class='sidebar'>Jobs: 12</div></div>",
        f"<div>{MENU}</div><article><h1>Limits</h1>{TEXT}<div class='share-buttons'>Share on 3 networks</div></article>"
        "<section class='related-posts'><article><p>Ten habits of 40 engineers</p></article></section>",
    ],
)  # fmt: skip
def test_menus_banners_and_teasers_are_left_out(body: str) -> None:
    article = find_article(f"<html><head><title>Limits | Stone Blog</title></head><body>{body}</body></html>")
    assert article.text.startswith("# Limits")
    assert all(f"lets {number} calls" in article.text for number in range(50, 62))
    assert not any(word in article.text for word in ("Jobs", "habits", "cookies", "Privacy", "Share", "Pricing"))
    assert article.title == "Limits"


def test_title_author_and_date_are_kept_as_such_and_not_as_text(tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    page.write_text(
        "<html><head><title>How it limits calls | Stone Blog</title></head><body><main><h1>How it limits calls</h1>"
        f"<p>Ann Writer</p><p>6 min read</p><p>Mar 3, 2026</p>{TEXT}</main></body></html>"
    )
    text = read_html(page).pages[0].text
    assert text.startswith(
        "---\ntitle: How it limits calls\nauthor: Ann Writer\ndate: Mar 3, 2026\n---\n\n# How it limits calls\n\nThe"
    )


def test_meta_tags_tell_author_and_date() -> None:
    head = (
        '<meta name="author" content="Ann Writer"><meta property="article:published_time" content="2026-03-03T10:00:00Z">'
        '<meta property="og:title" content="How it limits calls">'
    )
    article = find_article(f"<html><head>{head}</head><body><p>One short text.</p></body></html>")
    assert (article.title, article.author, article.date) == ("How it limits calls", "Ann Writer", "2026-03-03")


def test_a_page_that_is_mostly_content_loses_nothing() -> None:
    body = (
        "<h1>Notes</h1><p>Short.</p><ul><li>one</li><li>two</li></ul><table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td>"
        "</tr></table><pre><code class='language-sql'>SELECT *\n  FROM t</code></pre><p>See <a href='x'>the page</a>.</p>"
    )
    assert find_article(f"<html><body>{body}</body></html>").text == (
        "# Notes\n\nShort.\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```sql\nSELECT *\n  FROM t\n```\n\nSee the page."
    )


def test_notes_in_documentation_are_no_sidebars() -> None:
    page = f"{MENU}<main><h1>Quotas</h1>{TEXT}<aside class='note'><b>Note:</b> A quota of 7 cannot be raised.</aside></main>"
    assert "A quota of 7 cannot be raised." in find_article(f"<html><body>{page}</body></html>").text


# Single elements


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<p>10<sup>-3</sup> and w<sup><a href='#n'>[1]</a></sup></p>", "10⁻³ and w"),
        ("<p>use <code>a | b</code> and __init__ in snake_case</p>", "use `a | b` and __init__ in snake_case"),
        ("<dl><dt>Drift</dt><dd>A change.</dd><dt>Skew:</dt><dd>A gap.</dd></dl>", "- Drift: A change.\n- Skew: A gap."),
        ('<p>so <math alttext="x^2"><mi>x</mi></math> grows</p>', "so $x^2$ grows"),
        ('<p>as <img alt="{\\displaystyle e=mc}" src="x.svg"> says</p>', "as $e=mc$ says"),
        ('<figure><img src="a.png" alt="A diagram of three boxes"><figcaption>Figure 1</figcaption></figure>',
         "Picture: A diagram of three boxes\n\nFigure 1"),
        ('<img src="a.png" alt="image1.png"><p>Text.</p>', "Text."),
        ("<table><tr><td>Size</td><td>Price</td></tr><tr><td>a|b</td><td>1</td></tr></table>",
         "| Size | Price |\n|---|---|\n| a\\|b | 1 |"),
        ("<table><tr><th>Born</th><td>1990</td></tr><tr><th>Died</th><td>2000</td></tr></table>", "- Born: 1990\n- Died: 2000"),
        ("<table><tr><th rowspan=2>N</th><th colspan=2>P</th></tr><tr><th>A</th><th>B</th></tr><tr><td rowspan=2>1</td><td>2</td>"
         "<td>3</td></tr><tr><td>4</td><td>5</td></tr></table>",
         "| N | P A | P B |\n|---|---|---|\n| 1 | 2 | 3 |\n| 1 | 4 | 5 |"),
        ("<table role='presentation'><tr><td><h2>Part</h2><p>Text.</p></td></tr></table>", "## Part\n\nText."),
        ("<p style='display: none'>hidden</p><p hidden>hidden</p><script>steal()</script><p>seen</p>", "seen"),
        ("<p class='title'><span>A Google document</span></p><p>Text<sup><a href='#cmnt1' id='cmnt_ref1'>[a]</a></sup>.</p>"
         "<div><p><a href='#cmnt_ref1' id='cmnt1'>[a]</a>please check</p></div>", "# A Google document\n\nText."),
    ],
)  # fmt: skip
def test_what_is_seen_of_an_element_is_its_text(html: str, markdown: str) -> None:
    assert html_to_markdown(html) == markdown


@pytest.mark.parametrize("html", ["<div>" * 8_000 + "x", "<table>" * 3_000 + "x", "<ul><li>" * 4_000 + "x"])
def test_elements_nested_beyond_all_sense_are_read_as_words(html: str) -> None:
    assert find_article(f"<html><body>{html}</body></html>").text.strip("- ") in ("x", "")


@pytest.mark.parametrize("encoding", ["windows-1252", "Shift_JIS", "iso-8859-1", "utf-16"])
def test_a_page_is_read_in_the_encoding_it_declares(tmp_path: Path, encoding: str) -> None:
    words = "倉庫は九時に開く。" if encoding == "Shift_JIS" else "Der Käse reift höchstens 90 Tage."
    html = f'<html><head><meta charset="{encoding}"></head><body><p>{words}</p></body></html>'
    (tmp_path / "a.html").write_bytes(html.encode(encoding))
    assert read_html(tmp_path / "a.html").pages[0].text == words
