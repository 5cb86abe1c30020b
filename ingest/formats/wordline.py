"""A paragraph of a Word document while its runs are read: words, notes, fields and breaks of the page."""

import re
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from ingest.formats.elements import attribute

_GREEK = "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ"
SIGNS = {"tab": " ", "cr": "\n", "noBreakHyphen": "-", "softHyphen": "", "ptab": " "}


@dataclass(slots=True)
class Line:
    """A paragraph while its runs are read."""

    text: str = ""
    notes: list[str] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)
    boxes: list[Element] = field(default_factory=list)
    breaks_before: list[str] = field(default_factory=list)
    breaks_after: list[str] = field(default_factory=list)
    bold: int = 0
    _fields: list[bool] = field(default_factory=list)

    def add(self, text: str, *, bold: bool = False) -> None:
        """Words at the end of the paragraph."""
        if not self.in_field_code:
            self.text += text
            self.bold += len(text.strip()) if bold else 0

    @property
    def is_bold(self) -> bool:
        """Whether all words are bold."""
        return self.bold > 0 and self.bold >= len("".join(self.text.split())) - self.text.count(" ")

    @property
    def in_field_code(self) -> bool:
        """Whether the reading position is in the instruction of a field, which is not printed."""
        return any(not shown for shown in self._fields)

    def field(self, kind: str) -> None:
        """A field begins, shows its result from here on, or ends."""
        if kind == "begin":
            self._fields.append(False)
        elif kind == "separate" and self._fields:
            self._fields[-1] = True
        elif kind == "end" and self._fields:
            self._fields.pop()

    def breaks(self, kind: str, *, rendered: bool) -> None:
        """A break inside the paragraph: of the line, or of the page, which moves the whole paragraph or what follows it."""
        if not rendered and kind != "page":
            self.text += "\n" if kind != "column" else " "
        elif self.text.strip():
            self.breaks_after = ["rendered" if rendered else "set"]
        else:
            self.breaks_before.append("rendered" if rendered else "set")


def symbol(element: Element) -> str:
    """A sign that stands in the document as a place in a font of signs; empty for what is only ornament."""
    code = attribute(element, "char")
    number = int(code, 16) & 0xFF if re.fullmatch(r"[0-9A-Fa-f]{1,4}", code) else 0
    font = attribute(element, "font")
    if font == "Symbol" and 0x41 <= number <= 0x5A:
        return _GREEK[number - 0x41]
    if font == "Symbol" and 0x61 <= number <= 0x7A:
        return _GREEK[number - 0x61].lower()
    return {0xB3: "≥", 0xA3: "≤", 0xB1: "±", 0xB4: "×", 0xB9: "≠", 0xAE: "→", 0xE0: "→", 0xD7: "⋅"}.get(number, "")
