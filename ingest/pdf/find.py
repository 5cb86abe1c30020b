"""Finds a quote on a PDF page: the boxes of its letters, line by line, wherever its lines and cells stand."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import pypdfium2

from ingest.pdf.columns import reading_order
from ingest.pdf.forms import typed_words
from ingest.pdf.lines import find_segments, rows
from ingest.pdf.words import Rect, Word, read_words, turned_back

LEAST_PART = 12
"""Letters that a part of a quote has at least when it is away from the rest, unless it is on the same lines."""
MOST_PARTS = 24
NEAR = 4.0
"""A short part, such as a cell, stands at most this many type sizes above or below the part before it."""


def find_quote(document: pypdfium2.PdfDocument, page: pypdfium2.PdfPage, quote: str) -> list[Rect]:
    """Boxes (left, bottom, right, top in points, growing upward) of a quote's lines; empty when not all of it is found."""
    found = read_words(page)
    words = [*found.upright, *typed_words(document, page, found.upright)]
    turned = [word for group in found.turned for word in group]
    in_order = [
        word
        for group in reading_order(find_segments(words))
        for row in rows(group)
        for segment in row
        for word in segment.words
    ]
    for order in ([*in_order, *turned], [*words, *turned]):
        if matched := _match(_Letters.of(order), letters_of(quote)):
            return _boxes(matched)
    return []


def letters_of(text: str) -> str:
    """What two readings of the same words have in common: letters and digits, ligatures and raised numbers as plain ones."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text)).lower()


@dataclass(slots=True)
class _Letters:
    """The letters of words in a row, and which word each belongs to."""

    text: str
    words: Sequence[Word]
    owner: list[int]

    @classmethod
    def of(cls, words: Sequence[Word]) -> "_Letters":
        pieces = [letters_of(word.text) for word in words]
        owner = [at for at, piece in enumerate(pieces) for _ in piece]
        return cls("".join(pieces), words, owner)

    def between(self, start: int, end: int) -> list[Word]:
        """The words that some letters belong to."""
        return [self.words[at] for at in dict.fromkeys(self.owner[start:end])]


def _match(page: _Letters, wanted: str) -> list[Word]:
    """The words of a quote: in one run, else in parts, as of a row whose cells were wrapped or a sentence in two columns."""
    matched: list[Word] = []
    for _ in range(MOST_PARTS):
        if not wanted:
            return matched
        length = _longest(page.text, wanted)
        found = _place(page, wanted[:length], matched) if length else None
        if found is None:
            return []
        matched += found
        wanted = wanted[length:]
    return [] if wanted else matched


def _longest(text: str, wanted: str) -> int:
    """Length of the longest beginning of `wanted` that stands in `text`."""
    low, high = 0, len(wanted)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if wanted[:middle] in text else (low, middle - 1)
    return low


def _place(page: _Letters, part: str, before: Sequence[Word]) -> list[Word] | None:
    """Where a part stands; one that is too short to be unique must be beside the part before it."""
    places: list[list[Word]] = []
    start = page.text.find(part)
    while start >= 0 and len(places) < 50:
        places.append(page.between(start, start + len(part)))
        start = page.text.find(part, start + 1)
    if not before:
        return places[0] if len(part) >= LEAST_PART or len(places) == 1 else None
    places.sort(key=lambda words: abs(words[0].base - before[-1].base))
    if len(part) < LEAST_PART and abs(places[0][0].base - before[-1].base) > NEAR * before[-1].size:
        return None
    return places[0]


def _boxes(words: Sequence[Word]) -> list[Rect]:
    """A box around the words of each line."""
    lines: list[list[Word]] = [[words[0]]]
    for before, word in pairwise(words):
        on_line = abs(before.base - word.base) <= 0.5 * word.size and word.left >= before.left
        if on_line and word.left - before.right < NEAR * word.size:
            lines[-1].append(word)
        else:
            lines.append([word])
    return [_around(line) for line in lines]


def _around(words: Sequence[Word]) -> Rect:
    places = [turned_back(word) for word in words]
    return (
        min(place[0] for place in places),
        min(place[1] for place in places),
        max(place[2] for place in places),
        max(place[3] for place in places),
    )
