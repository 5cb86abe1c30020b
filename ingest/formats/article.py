"""Reads a saved web page: the main text without menus, banners and other pages' teasers, with its title, author and date.

Where the page marks its main part, that part is taken. Elsewhere trafilatura says which words are the article, and the smallest
part of the page that holds them is taken whole, so that tables and code which it would drop are kept. A page that is mostly
text loses nothing.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bs4 import BeautifulSoup, Tag

from ingest.encoding import Decoded, decode
from ingest.formats.markup import classes_of, html_to_markdown, is_deep, parse_html, prepare
from ingest.hidden import hidden_note
from ingest.hidden_styles import shown_html
from ingest.raw import RawPage, RawPages

_SAVED_FROM = re.compile(r"<!--\s*saved from url=\(\d+\)(\S+?)(?: at (\S+))?\s*-->")
_CHARSET = re.compile(rb"(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_SAME_AS = {
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "cp1252",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
}
"""What browsers read where a page declares one of these (WHATWG, Encoding Standard)."""
_AROUND = frozenset({"nav", "aside", "footer", "dialog", "menu"})
_AROUND_ROLES = frozenset(
    {"navigation", "banner", "contentinfo", "complementary", "dialog", "alertdialog", "search", "menu"}
)
_AROUND_WORDS = frozenset([
    "cookie", "cookies", "consent", "gdpr", "newsletter", "subscribe", "subscription", "signup", "paywall", "share",
    "sharing", "social", "related", "recommended", "recommendations", "recirculation", "promo", "promos", "promotion",
    "advert", "advertisement", "ads", "sponsored", "breadcrumb", "breadcrumbs", "pagination", "pager", "sidebar",
    "skip", "skiplink", "comments", "disqus", "popup", "modal", "masthead", "sitenav", "topnav", "navbar",
    "navigation", "nav", "toolbar", "footer", "teaser", "teasers", "trending",
])  # fmt: skip
_KEPT_ASIDES = frozenset([
    "note", "notes", "tip", "warning", "caution", "important", "callout", "admonition", "info", "key-point",
    "special", "footnotes",
])  # fmt: skip
LARGEST_AROUND = 0.15
"""A part with a larger share of the article's lines is not taken for something around it, whatever its class says."""
LINE_START = 60
"""Characters by which a line of the article is known."""
LINK_LIST = 4
"""Links that make a block a list of links, where they hold the next share of its text."""
LIST_LINKED = 0.8
REST_LINKED = 0.3
"""Share of linked text in what a marked main part holds beside the article, above which that is left out."""
MOST_LINKED = 0.25
"""In a page without any menu, less linked text than this share means that all of it is content."""
MAIN_SHARE = 0.2
"""The main part that a page marks holds at least this share of the rest of its text, or as many characters as follow."""
MAIN_CHARACTERS = 400
FOUND_SHARE = 0.9
"""Share of the words trafilatura found that the part taken must hold."""
LONGEST_BYLINE = 60
BYLINES = 4
"""Paragraphs below the title among which author, date and reading time are looked for."""
_READING_TIME = re.compile(r"\d+\s*min(?:ute)?s?\s*(?:read|Lesezeit)\b.*", re.IGNORECASE)
_DATE = re.compile(
    r"(?:(?:published|posted|updated|last updated|on)\s*+:?\s*+)*"
    r"(?:\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{1,2}\.?\s+[^\W\d_]{3,9}\.?,?\s+\d{4}|[^\W\d_]{3,9}\.?\s+\d{1,2},?\s+\d{4})$",
    re.IGNORECASE,
)
_AUTHOR = re.compile(r"(?:by|von|par)?\s*([A-Z][\w'’.-]*(?:\s+(?:[A-Z][\w'’.-]*|de|van|von|der)){1,3})$")


@dataclass(frozen=True, slots=True)
class Article:
    """The main text of a page as Markdown, and what the page says of itself."""

    text: str
    title: str = ""
    author: str = ""
    date: str = ""

    def as_page(self, **more: str) -> str:
        """The text below what is known of it, as front matter."""
        known = {"title": self.title, "author": self.author, "date": self.date, **more}
        lines = [f"{key}: {' '.join(value.split())}" for key, value in known.items() if value.strip()]
        return "\n".join(["---", *lines, "---", "", self.text]) if lines and self.text else self.text


def read_html(path: Path) -> RawPages:
    """A saved web page as one page of Markdown."""
    decoded = decode_page(path.read_bytes(), path.name)
    address, fetched = origin_of(decoded.text)
    shown, hidden = shown_html(decoded.text)
    notes = (*((decoded.note,) if decoded.note else ()), *hidden_note(hidden))
    return RawPages((RawPage(find_article(shown).as_page(address=address, fetched=fetched)),), notes)


def origin_of(html: str) -> tuple[str, str]:
    """Address and time from the mark that browsers, and our snapshots, leave in a page; empty where it has none."""
    found = _SAVED_FROM.search(html[:4096])
    return (found[1], found[2] or "") if found else ("", "")


def decode_page(data: bytes, name: str) -> Decoded:
    """The text of a page, by the encoding it declares where it is not UTF-8."""
    return decode(data, name=name, declared=declared_charset(data))


def declared_charset(data: bytes) -> str:
    """The encoding a page names in its first bytes; empty when it names none."""
    found = _CHARSET.search(data[:4096])
    name = found[1].decode("ascii", errors="ignore").lower() if found else ""
    return _SAME_AS.get(name, name)


def find_article(html: str) -> Article:
    """The main text of a page with its title, author and date, as far as the page tells them."""
    soup = parse_html(html)
    title, author, date = _metadata(soup)
    if is_deep(soup):
        return Article(html_to_markdown(soup), title, author, date)
    body = soup.body if isinstance(soup.body, Tag) else soup
    prepare(body)
    main = _main_part(html, body)
    heading = main.find("h1")
    if heading is None and title and (outside := soup.find("h1")) is not None:
        main.insert(0, outside.extract())
    title = _title(main.find("h1"), title)
    if heading is not None:
        found_author, found_date = _take_bylines(heading)
        author, date = author or found_author, date or found_date
    return Article(html_to_markdown(main), title, author, date)


def _title(heading: object, title: str) -> str:
    """The page's heading where its title only adds the name of the site to it."""
    words = " ".join(heading.get_text(" ").split()) if isinstance(heading, Tag) else ""
    return words if words and (words.lower() in title.lower() or not title) else title


def _main_part(html: str, body: Tag) -> Tag:
    """The part of the page that holds its content; the whole body where nothing else does."""
    wanted = _lines_of_article(html)
    had_menus = _remove_around(body, wanted)
    part = _marked_part(body) or body
    if part is body and not had_menus and _linked_share(body) < MOST_LINKED:
        return body
    _remove_link_lists(part, wanted)
    inner = _part_with(part, wanted)
    return inner if inner is not part and _rest_is_linked(part, inner) else part


def _lines_of_article(html: str) -> set[str]:
    """The longer lines that trafilatura takes for the article, without white space."""
    import trafilatura

    text = trafilatura.extract(html, include_comments=False, include_tables=True, favor_recall=True) or ""
    return {"".join(line.split())[:LINE_START] for line in text.split("\n") if len(line.split()) > 3}


def _remove_around(body: Tag, wanted: set[str]) -> bool:
    """Take away what stands around an article by its tag, role or class; whether there was anything."""
    removed = False
    for tag in [tag for tag in body.find_all(True) if _is_around(tag)]:
        if tag.parent is not None and not tag.decomposed and _share_held(tag, wanted) < LARGEST_AROUND:
            tag.decompose()
            removed = True
    return removed


def _remove_link_lists(part: Tag, wanted: set[str]) -> None:
    """Take away blocks that are links to other pages and hold nothing of the article."""
    for tag in part.find_all(["ul", "ol", "div", "section"]):
        if tag.decomposed or len(tag.find_all("a", limit=LINK_LIST)) < LINK_LIST:
            continue
        if _linked(tag) >= LIST_LINKED * len(tag.get_text(strip=True)) and _share_held(tag, wanted) == 0:
            tag.decompose()


def _share_held(tag: Tag, wanted: set[str]) -> float:
    """The share of the article's lines that a part holds."""
    text = "".join(tag.get_text().split())
    return sum(line in text for line in wanted) / len(wanted) if wanted else 0.0


def _part_with(part: Tag, wanted: set[str]) -> Tag:
    """The smallest part that holds nearly all lines of the article; the same part where too few are known."""
    if sum(map(len, wanted)) < MAIN_CHARACTERS or _share_held(part, wanted) < FOUND_SHARE:
        return part
    while inner := next(
        (tag for tag in part.find_all(True, recursive=False) if _share_held(tag, wanted) >= FOUND_SHARE), None
    ):
        part = inner
    return part


def _rest_is_linked(part: Tag, inner: Tag) -> bool:
    """Whether what a part holds beside an inner one is mostly links."""
    rest = len(part.get_text(strip=True)) - len(inner.get_text(strip=True))
    linked = _linked(part) - _linked(inner)
    return linked > REST_LINKED * rest


def _linked(tag: Tag) -> int:
    return sum(len(link.get_text(strip=True)) for link in tag.find_all("a"))


def _is_around(tag: Tag) -> bool:
    if tag.name in _AROUND or tag.get("role") in _AROUND_ROLES:
        return _KEPT_ASIDES.isdisjoint(_words_of(tag))
    if tag.name == "header":
        return tag.find_parent(["article", "main"]) is None and tag.find("h1") is None
    if tag.name in (
        "body",
        "html",
        "main",
        "article",
        "h1",
        "h2",
        "h3",
        "p",
        "pre",
        "code",
        "table",
        "td",
        "li",
        "span",
        "a",
    ):
        return False
    return not _AROUND_WORDS.isdisjoint(_words_of(tag))


def _words_of(tag: Tag) -> set[str]:
    """The words in a tag's classes and id."""
    named = " ".join([*classes_of(tag), str(tag.get("id") or "")])
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z-]+|[A-Z]+", named) for word in (word, *word.split("-"))}


def _marked_part(body: Tag) -> Tag | None:
    """The one `main` or article of a page, the innermost that holds most of the text."""
    chosen: Tag | None = None
    for is_mark in _MARKS:
        tags = (chosen or body).find_all(is_mark)
        sizes = [len(tag.get_text(strip=True)) for tag in tags]
        if not sizes or not max(sizes):
            continue
        size, at = max(sizes), sizes.index(max(sizes))
        whole = len((chosen or body).get_text(strip=True))
        enough = 0.7 * whole if chosen else min(MAIN_SHARE * whole, MAIN_CHARACTERS)
        if size >= enough and (chosen is not None or size >= sum(sizes) / 2):
            chosen = tags[at]
    return chosen


_MARKS: tuple[Callable[[Tag], bool], ...] = (
    lambda tag: tag.name == "main",
    lambda tag: tag.get("role") == "main",
    lambda tag: tag.get("itemprop") == "articleBody",
    lambda tag: tag.name == "article",
)
"""How pages mark their main part, the surest first."""


def _linked_share(body: Tag) -> float:
    return _linked(body) / max(1, len(body.get_text(strip=True)))


def _metadata(soup: BeautifulSoup) -> tuple[str, str, str]:
    """Title, author and date as the head of the page gives them."""
    named: dict[str, str] = {}
    for tag in soup.find_all("meta"):
        key = str(tag.get("property") or tag.get("name") or tag.get("itemprop") or "").lower()
        named.setdefault(key, str(tag.get("content") or "").strip())
    title = soup.title.get_text(" ") if soup.title else ""
    author = named.get("author") or named.get("article:author") or named.get("dc.creator") or ""
    date = (
        named.get("article:published_time")
        or named.get("date")
        or named.get("datepublished")
        or named.get("dc.date")
        or ""
    )
    return (
        " ".join((named.get("og:title") or title).split()),
        "" if "://" in author else author,
        date[:10] if re.match(r"\d{4}-\d{2}-\d{2}", date) else date,
    )


def _take_bylines(heading: Tag) -> tuple[str, str]:
    """Author and date from the short lines below the title, which are taken out of the text with the reading time."""
    author = date = ""
    for tag in list(_short_lines_after(heading)):
        words = " ".join(tag.get_text(" ").split())
        if _READING_TIME.fullmatch(words):
            tag.decompose()
        elif not date and _DATE.match(words):
            date = words
            tag.decompose()
        elif not author and not date and (found := _AUTHOR.match(words)):
            author = found[1]
            tag.decompose()
    return author, date


def _short_lines_after(heading: Tag) -> Iterator[Tag]:
    for count, tag in enumerate(heading.find_next_siblings(True)):
        if count == BYLINES or tag.name not in ("p", "div", "span", "time", "address") or tag.find(["p", "div", "pre"]):
            return
        if len(tag.get_text(strip=True)) > LONGEST_BYLINE:
            return
        yield tag


def article_markdown(html: str) -> str:
    """The main text alone."""
    return find_article(html).text
