"""What a reader returns: the text of each page and what a person should know about the reading of the file."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class RawPage:
    """A page as its reader found it; `label` is what is printed on it as its number, where a reader knows that."""

    text: str
    label: str = ""
    carried: str = ""
    """The end of the text that is printed on the next page: the rest of a sentence that runs over the page break."""


@dataclass(frozen=True, slots=True)
class RawPages:
    """All pages of a file in order, empty ones included, and notes on it in sentences: "pages 2, 3 have no text ..."."""

    pages: tuple[RawPage, ...]
    notes: tuple[str, ...] = ()
    scanned: tuple[int, ...] = ()
    """Numbers of pages that show something without text that could be read, such as the picture of a page."""


Read = RawPages | Sequence[tuple[str, str]]
"""What a reader may return: everything, or only (text, printed label) of each page."""


def as_raw(found: Read) -> RawPages:
    """What a reader returned in its full form."""
    if isinstance(found, RawPages):
        return found
    return RawPages(tuple(RawPage(text, label) for text, label in found))


def to_json(raw: RawPages) -> dict[str, Any]:
    """For the way between two processes; `from_json` undoes it."""
    pages = [[page.text, page.label, page.carried] for page in raw.pages]
    return {"pages": pages, "notes": list(raw.notes), "scanned": list(raw.scanned)}


def from_json(data: dict[str, Any]) -> RawPages:
    """What `to_json` made into JSON."""
    pages = tuple(RawPage(*page) for page in data["pages"])
    return RawPages(pages, tuple(data.get("notes", ())), tuple(data.get("scanned", ())))


def page_list(numbers: Sequence[int], most: int = 12) -> str:
    """Page numbers as a person lists them: "page 2", "pages 2, 3 and 5-9", the rest counted when there are many."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    parts: list[str] = []
    for first, last in runs:
        parts += [f"{first}-{last}"] if last - first > 1 else [str(number) for number in range(first, last + 1)]
    if len(parts) > most:
        parts = [*parts[:most], f"{len(parts) - most} more"]
    word = "page" if len(set(numbers)) == 1 else "pages"
    return f"{word} {', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else f"{word} {parts[0]}"
