"""Reads e-books: a page for each chapter of the table of contents, or of the headings where that says too little.

A page is labeled with its chapter, and what goes on in the next file belongs to the chapter before it until another begins.
"""

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urldefrag
from xml.etree.ElementTree import Element

from bs4 import Tag
from bs4.element import NavigableString

from ingest.errors import MaterialError
from ingest.formats.article import decode_page
from ingest.formats.elements import attribute, child, within
from ingest.formats.markup import html_to_markdown, parse_html
from ingest.formats.package import DAMAGED, Package, open_package
from ingest.hidden import hidden_note
from ingest.hidden_styles import drop_hidden
from ingest.raw import RawPage, RawPages

LONGEST_LABEL = 80
CUT = "\ue003"
"""Marks in a chapter's text where another begins, with the label between two of them."""
NCX = "application/x-dtbncx+xml"
_SKIPPED_TYPES = ("toc", "cover", "titlepage", "index", "landmarks", "page-list")
_CUT_HEADINGS = ("h1", "h2")


@dataclass(frozen=True, slots=True)
class _File:
    """A file of the reading order and the labels of the chapters that begin in it, by anchor; `""` is its beginning."""

    name: str
    chapters: dict[str, str]


def read_epub(path: Path) -> RawPages:
    """An e-book by its chapters, in reading order."""
    with open_package(path) as package:
        if package.holds("META-INF/encryption.xml") and _is_locked(package):
            raise MaterialError(
                f"{path.name} is protected by its seller (DRM) and cannot be read. Use a copy without protection."
            )
        book = _Book(package)
        pages: list[RawPage] = []
        label = ""
        hidden: list[str] = []
        missing = 0
        for file in book.files():
            try:
                parts = list(_parts(package.read(file.name), file, hidden))
            except DAMAGED:
                missing += 1
                continue
            for begins, text in parts:
                label = begins or label
                pages = _with(pages, text, label)
    notes = (f"{missing} files of its reading order are missing or damaged.",) if missing else ()
    return RawPages(tuple(pages), (*notes, *hidden_note(hidden)))


def _with(pages: list[RawPage], text: str, label: str) -> list[RawPage]:
    """Pages with another text: at the end of the chapter it goes on with, else as a page of its own."""
    if not text.strip():
        return pages
    if pages and pages[-1].label == label[:LONGEST_LABEL]:
        return [*pages[:-1], RawPage(f"{pages[-1].text}\n\n{text}", pages[-1].label)]
    return [*pages, RawPage(text, label[:LONGEST_LABEL])]


def _is_locked(package: Package) -> bool:
    """Whether more than fonts is encrypted."""
    uris = [attribute(one, "URI") for one in within(package.xml("META-INF/encryption.xml"), "CipherReference")]
    return any(not uri.lower().endswith((".ttf", ".otf", ".woff", ".woff2")) for uri in uris)


class _Book:
    """What the package file says: the reading order, and where each chapter of the table of contents begins."""

    def __init__(self, package: Package) -> None:
        self._package = package
        root = next(within(package.xml("META-INF/container.xml"), "rootfile"), None)
        self._opf = unquote(attribute(root, "full-path"))
        self._root = package.xml(self._opf)
        self._items = {attribute(one, "id"): one for one in within(self._root, "item")}

    def files(self) -> list[_File]:
        """The files of the reading order that are not covers or tables of contents."""
        contents = self._contents()
        files = []
        for reference in within(self._root, "itemref"):
            item = self._items.get(attribute(reference, "idref"))
            if item is None or attribute(reference, "linear") == "no" or "nav" in attribute(item, "properties").split():
                continue
            if attribute(item, "media-type") == NCX:
                continue
            name = self._path(attribute(item, "href"))
            files.append(_File(name, contents.get(name, {})))
        return files

    def _path(self, href: str, base: str = "") -> str:
        return posixpath.normpath(posixpath.join(posixpath.dirname(base or self._opf), unquote(href)))

    def _contents(self) -> dict[str, dict[str, str]]:
        """File → anchor → title, from the navigation document or the older `toc.ncx`; nothing where both are damaged."""
        for item in self._items.values():
            is_nav = "nav" in attribute(item, "properties").split()
            if not is_nav and attribute(item, "media-type") != NCX:
                continue
            name = self._path(attribute(item, "href"))
            try:
                entries = list(_nav(self._package.read(name)) if is_nav else _ncx(self._package.xml(name)))
            except DAMAGED:
                continue
            if entries:
                return self._by_file(entries, name)
        return {}

    def _by_file(self, entries: list[tuple[str, str]], base: str) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for href, title in entries:
            file, anchor = urldefrag(href)
            found.setdefault(self._path(file, base) if file else base, {}).setdefault(unquote(anchor), title)
        return found


def _nav(data: bytes) -> Iterator[tuple[str, str]]:
    soup = parse_html(decode_page(data, "nav").text)
    navs = soup.find_all("nav")
    contents = next((one for one in navs if "toc" in str(one.get("epub:type") or one.get("role") or "")), None)
    for link in (contents or soup).find_all("a"):
        if title := " ".join(link.get_text(" ").split()):
            yield str(link.get("href") or ""), title


def _ncx(root: Element) -> Iterator[tuple[str, str]]:
    for point in within(root, "navPoint"):
        title = " ".join((next(within(child(point, "navLabel"), "text"), point).text or "").split())
        if title:
            yield attribute(child(point, "content"), "src"), title


def _parts(data: bytes, file: _File, hidden: list[str]) -> Iterator[tuple[str, str]]:
    """The texts of a file, each with the label of the chapter that begins with it; none for what goes on.

    What its styles hide is left out and added to `hidden`.
    """
    soup = parse_html(decode_page(data, file.name).text)
    hidden += drop_hidden(soup)
    body = soup.body if isinstance(soup.body, Tag) else soup
    if any(kind in str(body.get("epub:type") or "").split() for kind in _SKIPPED_TYPES):
        return
    places = [(tag, title) for anchor, title in file.chapters.items() if (tag := _begins(body, anchor)) is not None]
    if not any(anchor for anchor in file.chapters):
        places += _headings(body, known=bool(places))
    for tag, title in places:
        tag.insert_before(NavigableString(f"{CUT}{' '.join(title.split())}{CUT}"))
    texts = html_to_markdown(body).split(CUT)
    yield "", texts[0].strip()
    yield from zip(texts[1::2], (text.strip() for text in texts[2::2]), strict=False)


def _begins(body: Tag, anchor: str) -> Tag | None:
    """The block that an entry of the table of contents points to; without an anchor the first of the file."""
    if not anchor:
        return next((tag for tag in body.find_all(True, recursive=False)), None)
    tag = body.find(id=anchor) or body.find(None, {"name": anchor})
    while (
        isinstance(tag, Tag)
        and tag.name in ("a", "span", "b", "i", "em", "strong", "sup")
        and tag.parent not in (None, body)
    ):
        tag = tag.parent
    return tag if isinstance(tag, Tag) and tag is not body else None


def _headings(body: Tag, *, known: bool) -> list[tuple[Tag, str]]:
    """Where chapters begin by the file's main headings: all of them, or those behind the first that the contents know."""
    for name in _CUT_HEADINGS:
        found = [(tag, tag.get_text(" ")) for tag in body.find_all(name) if tag.get_text(strip=True)]
        if found:
            return found[1:] if known else found
    return []
