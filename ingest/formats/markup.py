"""Turns HTML into Markdown: headings, lists, code, tables with their header, formulas; links and pictures as their words."""

import re
from collections.abc import Iterable
from typing import Any

import markdownify
from bs4 import BeautifulSoup, Tag

from ingest.tables import write_table

PICTURE = "Picture: "
"""Stands before a picture's alternative text where it is a paragraph of its own."""
WIDEST_SPAN = 60
"""Columns or rows that one cell may cover."""
LONGEST_CELL = 500
"""Characters; a table with longer cells only places things on the page."""
DEEPEST = 250
"""Elements inside one another."""
_SUPERSCRIPTS = str.maketrans("0123456789+-n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ")
_FILE_NAME = re.compile(r"\S+\.(?:png|jpe?g|gif|svg|webp|bmp|tiff?|emf|wmf)$", re.IGNORECASE)
_NAMED_BY_PROGRAM = re.compile(
    r"(?:picture|image|img|photo|graphic|content placeholder|logo|icon)\s*\d*$", re.IGNORECASE
)
_LANGUAGE = re.compile(r"(?:language|lang|highlight-source|brush:)[-\s]?([\w+#]+)")
_NOTE_MARK = re.compile(r"\[?[\w*†‡]{1,3}\]?$")
_PERMALINKS = ("¶", "#", "§", "🔗", "Link")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_DECLARATION = re.compile(r"^\s*<\?xml[^<>]*>")
_BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+\n")
_TEX = re.compile(r"^\{\\displaystyle\s*+(.*)\}$", re.DOTALL)


def parse_html(text: str) -> BeautifulSoup:
    """A page's elements; XHTML is read as browsers read HTML."""
    return BeautifulSoup(_DECLARATION.sub("", text), "lxml")


def html_to_markdown(html: str | Tag) -> str:
    """A page or a part of it as Markdown; scripts, styles and what is hidden are left out."""
    soup = html if isinstance(html, Tag) else parse_html(html)
    if is_deep(soup):
        return soup.get_text("\n").strip()
    prepare(soup)
    text = str(_Markdown().convert_soup(soup))
    return _BLANK_LINES.sub("\n\n", text).strip()


def is_deep(soup: Tag) -> bool:
    """Whether elements are nested beyond all sense: then only their words are read."""
    level: list[Tag] = [soup]
    for _ in range(DEEPEST):
        level = [inner for tag in level for inner in tag.find_all(True, recursive=False)]
        if not level:
            return False
    return True


def prepare(soup: Tag) -> None:
    """Take away what is not seen, and put formulas and tables used for layout into a plain form; safe to do twice."""
    for tag in soup.find_all(_is_formula):
        _replace_formula(tag)
    for tag in soup.find_all(_is_unseen):
        tag.decompose()
    for title in soup.find_all("p", class_="title"):
        title.name = "h1"  # so Google Docs marks a document's title
    for table in soup.find_all("table"):
        if _places_things(table):
            for part in [table, *table.find_all(["thead", "tbody", "tfoot", "tr", "td", "th"])]:
                part.name = "div"


_UNSEEN_TAGS = frozenset([
    "script", "style", "noscript", "template", "iframe", "object", "svg", "canvas", "button", "input", "select",
    "textarea", "title", "meta", "link",
])  # fmt: skip
_UNSEEN_CLASSES = frozenset([
    "sr-only", "visually-hidden", "screen-reader-text", "mw-editsection", "lineno", "linenos", "gutter", "noprint",
])  # fmt: skip
_HIDDEN_STYLE = re.compile(r"display:\s*none|visibility:\s*hidden", re.IGNORECASE)
_COMMENT = "cmnt"
"""What Google Docs calls its comments, in the names of links to them and back."""


def _is_formula(tag: Tag) -> bool:
    if tag.name == "script":
        return str(tag.get("type") or "").startswith("math/tex")
    return tag.name == "math" or (tag.name == "span" and "katex" in classes_of(tag))


def classes_of(tag: Tag) -> list[str]:
    """The classes of a tag."""
    found = tag.get("class")
    return list(found) if isinstance(found, list) else str(found or "").split()


def _is_unseen(tag: Tag) -> bool:
    if tag.name in _UNSEEN_TAGS or tag.has_attr("hidden") or tag.get("aria-hidden") == "true":
        return True
    if not _UNSEEN_CLASSES.isdisjoint(classes_of(tag)) or _HIDDEN_STYLE.search(str(tag.get("style") or "")):
        return True
    if tag.name == "a" and tag.parent is not None and tag.parent.name in _HEADINGS:
        return tag.get_text(strip=True) in _PERMALINKS
    return tag.name in ("sup", "div") and _is_comment(tag)


def _is_comment(tag: Tag) -> bool:
    link = tag.find("a", recursive=tag.name == "div")
    named = link if isinstance(link, Tag) else None
    return named is not None and (
        str(named.get("id") or "").startswith(_COMMENT) and (tag.name == "sup" or not tag.find("div"))
    )


def _replace_formula(tag: Tag) -> None:
    if tag.parent is None:
        return
    written = tag.find("annotation", attrs={"encoding": "application/x-tex"})
    tex = (written.get_text() if isinstance(written, Tag) else "") or str(tag.get("alttext") or "") or tag.get_text(" ")
    tex = " ".join(tex.split())
    if whole := _TEX.match(tex):
        tex = whole[1].strip()
    tag.replace_with(f"${tex}$" if tex else "")


def _places_things(table: Tag) -> bool:
    """Whether a table is there for the layout: it holds tables, headings, code or long texts, or has one column or row."""
    if table.get("role") in ("presentation", "none") or table.find(["table", "h1", "h2", "h3", "pre", "form"]):
        return True
    rows = [row.find_all(["td", "th"], recursive=False) for row in table.find_all("tr")]
    longest = max((len(cell.get_text()) for row in rows for cell in row), default=0)
    return len(rows) < 2 or max(map(len, rows)) < 2 or longest > LONGEST_CELL


def meaningful(alt: str) -> str:
    """A picture's alternative text on one line; empty when a program wrote it or it is a file's name."""
    alt = " ".join(alt.split())
    return "" if len(alt.split()) < 2 or "://" in alt or _FILE_NAME.match(alt) or _NAMED_BY_PROGRAM.match(alt) else alt


class _Markdown(markdownify.MarkdownConverter):
    """markdownify with tables that have headers, words in place of links and pictures, and no needless escapes."""

    def __init__(self) -> None:
        super().__init__(heading_style=markdownify.ATX, bullets="-", escape_underscores=False, escape_asterisks=False)
        self._cells: dict[int, str] = {}

    def escape(self, text: str, parent_tags: set[str]) -> str:
        return text.replace("*", "\\*") if text.count("*") > 1 else text

    def convert_a(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return text

    def convert_img(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        alt = " ".join(str(el.get("alt") or "").split())
        if whole := _TEX.match(alt):
            return f"${whole[1].strip()}$"
        if "_inline" in parent_tags or _has_words_beside(el):
            return "" if _FILE_NAME.match(alt) else alt
        return f"\n\n{PICTURE}{alt}\n\n" if meaningful(alt) else ""

    def convert_p(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        converted = str(super().convert_p(el, text, parent_tags))  # type: ignore[misc]
        return re.sub(r"^(\n*)(?=#{1,6}\s)", r"\1\\", converted)

    def convert_pre(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        code = text.strip("\n")
        fence = "`" * max(3, 1 + max(map(len, re.findall("`{3,}", code)), default=0))
        return f"\n\n{fence}{_language_of(el)}\n{code}\n{fence}\n\n" if code.strip() else ""

    def convert_sup(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        words = text.strip()
        if el.find("a") and _NOTE_MARK.match(words):
            return ""
        return words.translate(_SUPERSCRIPTS) if re.fullmatch(r"[0-9n+-]+", words) else words and f"^{words}"

    def convert_dt(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return f"\n- {' '.join(text.split()).rstrip(':')}:" if text.strip() else ""

    def convert_dd(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return " " + text.strip().replace("\n", "\n  ") + "\n" if text.strip() else ""

    def convert_td(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        self._cells[id(el)] = " ".join(text.split()).removeprefix("- ").replace(" - ", "; ")
        return ""

    convert_th = convert_td

    def convert_tr(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return ""

    def convert_caption(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return ""

    def convert_table(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        caption = el.find("caption")
        above = " ".join(caption.get_text(" ").split()) if isinstance(caption, Tag) else ""
        rows = [row.find_all(["td", "th"], recursive=False) for row in el.find_all("tr")]
        return f"\n\n{above}\n\n{self._table([row for row in rows if row], _header_rows(el))}\n\n"

    def _table(self, rows: list[Any], headers: int) -> str:
        if not headers and all(row[0].name == "th" and len(row) == 2 for row in rows):
            return "\n".join(f"- {self._cells[id(row[0])]}: {self._cells[id(row[1])]}" for row in rows)
        grid = self._grid(rows)
        above = [" ".join(dict.fromkeys(filter(None, column))) for column in zip(*grid[:headers], strict=False)]
        return write_table([above, *grid[headers:]] if headers else grid)

    def _grid(self, rows: Iterable[Any]) -> list[list[str]]:
        """The texts of cells in rows of one width: a cell that covers several rows or columns stands in each."""
        held: dict[tuple[int, int], str] = {}
        for at, row in enumerate(rows):
            column = 0
            for cell in row:
                while (at, column) in held:
                    column += 1
                for down in range(_span(cell, "rowspan")):
                    for right in range(_span(cell, "colspan")):
                        held[at + down, column + right] = self._cells.get(id(cell), "")
                column += _span(cell, "colspan")
        height, width = (1 + max((place[axis] for place in held), default=-1) for axis in (0, 1))
        return [_once([held.get((at, column), "") for column in range(width)]) for at in range(height)]


def _has_words_beside(tag: Tag) -> bool:
    beside = (tag.previous_sibling, tag.next_sibling)
    return any(isinstance(one, str) and one.strip() for one in beside)


def _once(row: list[str]) -> list[str]:
    """A row that is one cell over all columns holds it once."""
    return [row[0], *[""] * (len(row) - 1)] if len(row) > 2 and len(set(row)) == 1 else row


def _span(cell: Tag, name: str) -> int:
    written = str(cell.get(name) or "1")
    return max(1, min(WIDEST_SPAN, int(written))) if written.isdecimal() else 1


def _header_rows(table: Tag) -> int:
    """How many rows at the top are headers: those of `thead`, else those of header cells alone, else the first unless the
    first column is a header."""
    head = table.find("thead")
    if isinstance(head, Tag) and head.find(["td", "th"]):
        return len([row for row in head.find_all("tr") if row.find(["td", "th"])])
    rows = [row.find_all(["td", "th"], recursive=False) for row in table.find_all("tr")]
    count = 0
    for row in rows:
        if not row or any(cell.name != "th" for cell in row):
            break
        count += 1
    return count if count < len(rows) else 1


def _language_of(pre: Tag) -> str:
    for tag in (pre, pre.find("code")):
        classes = tag.get("class") if isinstance(tag, Tag) else None
        if found := _LANGUAGE.search(" ".join(classes) if isinstance(classes, list) else str(classes or "")):
            return found[1]
    return ""
