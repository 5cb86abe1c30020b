"""What the styles and numberings of a Word document mean: which paragraphs are headings, and what stands before an item."""

import re
from collections import defaultdict
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from ingest.formats.elements import attribute, child, children, value

_HEADING = re.compile(r"heading (\d)$", re.IGNORECASE)
_PLACE = re.compile(r"%(\d)")
DEEPEST_STYLE = 20
"""Styles based on one another; a longer chain is a circle."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands before a numbered paragraph."""

    text: str = ""
    level: int = 0
    is_bullet: bool = False

    @property
    def markdown(self) -> str:
        """The mark as Markdown knows it; other numbers stand as they are printed."""
        return (
            "-"
            if self.is_bullet
            else self.text
            if re.fullmatch(r"[\w.]+[.)]|\d+(\.\d+)+", self.text)
            else f"- {self.text}"
        )


class Styles:
    """The paragraph styles by id."""

    def __init__(self, part: Element | None) -> None:
        self._styles = {attribute(one, "styleId"): one for one in children(part, "style")}

    def _name(self, style: str) -> str:
        return value(child(self._styles.get(style), "name")).lower()

    def _chain(self, style: str) -> list[Element]:
        found: list[Element] = []
        while style in self._styles and len(found) < DEEPEST_STYLE:
            found.append(self._styles[style])
            style = value(child(self._styles[style], "basedOn"))
        return found

    def is_title(self, style: str) -> bool:
        """Whether paragraphs of a style are the document's title."""
        return self._name(style) == "title" or style.lower() == "title"

    def is_contents(self, style: str) -> bool:
        """Whether paragraphs of a style are lines of a table of contents."""
        return bool(re.match(r"(?:toc|table of figures)\s*\d*$", self._name(style) or style.lower()))

    def heading_level(self, style: str, paragraph: Element) -> int:
        """1 for the outermost headings; 0 for other paragraphs."""
        if self.is_title(style):
            return 1
        for properties in [child(paragraph, "pPr"), *(child(one, "pPr") for one in self._chain(style))]:
            if (level := value(child(properties, "outlineLvl"))).isdecimal():
                return int(level) + 1 if int(level) < 9 else 0
        for name in [
            self._name(style),
            style.lower().replace("heading", "heading "),
            *map(_name_of, self._chain(style)),
        ]:
            if found := _HEADING.match(name):
                return int(found[1])
        return 0

    def numbering(self, style: str, paragraph: Element) -> tuple[str, int]:
        """The id and level of a paragraph's numbering, its own or its style's; an empty id when it has none."""
        for properties in [child(paragraph, "pPr"), *(child(one, "pPr") for one in self._chain(style))]:
            numbered = child(properties, "numPr")
            if numbered is not None and (key := value(child(numbered, "numId"))):
                level = value(child(numbered, "ilvl"))
                return ("" if key == "0" else key), int(level) if level.isdecimal() else 0
        return _listed_by_name(self._name(style))


def _name_of(style: Element) -> str:
    return value(child(style, "name")).lower()


def _listed_by_name(name: str) -> tuple[str, int]:
    """Word's own list styles, where the file does not say how they are numbered."""
    found = re.match(r"list (bullet|number)\s*(\d?)$", name)
    return (f"#{found[1]}", int(found[2] or 1) - 1) if found else ("", 0)


class Numbering:
    """Counts numbered paragraphs as Word prints them."""

    def __init__(self, part: Element | None) -> None:
        kinds = {attribute(one, "abstractNumId"): one for one in children(part, "abstractNum")}
        self._levels: dict[tuple[str, int], tuple[str, str, int]] = {}
        self._kind_of: dict[str, str] = {}
        for number in children(part, "num"):
            key, kind = attribute(number, "numId"), value(child(number, "abstractNumId"))
            self._kind_of[key] = kind
            for level in children(kinds.get(kind), "lvl"):
                start = value(child(level, "start"))
                self._levels[key, int(attribute(level, "ilvl") or 0)] = (
                    value(child(level, "numFmt")) or "decimal",
                    value(child(level, "lvlText")),
                    int(start) if start.isdecimal() else 1,
                )
        self._counts: dict[str, dict[int, int]] = defaultdict(dict)

    def mark(self, key: str, level: int) -> Mark:
        """The mark of the next paragraph of a numbering; without text for paragraphs that have none."""
        if not key:
            return Mark()
        form, pattern, start = self._levels.get(
            (key, level), ("bullet" if key != "#number" else "decimal", f"%{level + 1}.", 1)
        )
        if form in ("bullet", "none"):
            return Mark("-" if form == "bullet" else "", level, is_bullet=form == "bullet")
        counts = self._counts[self._kind_of.get(key, key)]
        counts[level] = counts.get(level, start - 1) + 1
        for deeper in [one for one in counts if one > level]:
            del counts[deeper]
        return Mark(_PLACE.sub(lambda found: self._number(key, int(found[1]) - 1, counts), pattern), level)

    def _number(self, key: str, level: int, counts: dict[int, int]) -> str:
        form, _, start = self._levels.get((key, level), ("decimal", "", 1))
        return written(counts.get(level, start), form)


def written(number: int, form: str) -> str:
    """A number as letters, Roman or Arabic numerals."""
    if form in ("lowerLetter", "upperLetter"):
        letters = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letters if form == "lowerLetter" else letters.upper()
    if form in ("lowerRoman", "upperRoman") and number < 4000:
        roman = ""
        for value_of, sign in _ROMAN:
            roman += sign * (number // value_of)
            number %= value_of
        return roman if form == "lowerRoman" else roman.upper()
    return str(number)


_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"),
    (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip
