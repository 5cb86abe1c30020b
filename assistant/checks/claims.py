"""Cuts a text into sentences to check, and finds what each cites: markers with a list of references, or places in parentheses."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingest.units import Kind, plain, split_units

FEWEST_WORDS = 4
"""A shorter sentence says nothing that could be checked."""
LONGEST_SENTENCE = 1500
"""Characters; what is longer is no sentence."""
_MARKER = re.compile(r"(?<!\s)\s*\[(\d{1,3})\]")
_REFERENCE = re.compile(r"^[^\S\n]*\[(\d{1,3})\]:?[^\S\n]+(\S.*)$", re.MULTILINE)
_PLACE = re.compile(r"(?<!\s)\s*\(([^()]{0,300}\.\w{2,5}(?:,[^()]{0,300})?)\)")
_PAGE = re.compile(r",?(?<!\s)\s*+(?:page|p\.|pp\.)\s*(\d+)", re.IGNORECASE)
_FILE = re.compile(r"[^\s,;()]+\.[A-Za-z]\w{1,4}\b|[^,;()]+?\.[A-Za-z]\w{1,4}\b")
_QUOTED = re.compile(r"[“\"]([^“”\"]{15,})[”\"]")
_LEANS = re.compile(r"^(?:it|its|they|their|this|these|those|such|both|he|she)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CitedPlace:
    """A source as it was cited, and its page where one was named."""

    source: str
    page: int | None


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence without its citations, what it cites, the words it puts between quotation marks, and what it leans on."""

    text: str
    cited: tuple[CitedPlace, ...] = ()
    quoted: tuple[str, ...] = ()
    before: str = ""
    """The sentence before one that begins with `It` or `This`; empty for any other."""
    checkable: bool = True
    """False for headings, questions, code and fragments."""


def claims_in(text: str) -> list[Claim]:
    """The sentences of a text in order; a list of references at its end is read and left out."""
    references = {number: _place(said) for number, said in _REFERENCE.findall(text)}
    body = _REFERENCE.sub("", text)
    claims: list[Claim] = []
    for unit in split_units(body):
        raw = body[unit.start : unit.end].strip()
        if raw and unit.kind is not Kind.ASIDE:
            claims.append(_claim(raw, unit.kind, references, claims))
    return claims


def _claim(raw: str, kind: Kind, references: Mapping[str, CitedPlace | None], earlier: Sequence[Claim]) -> Claim:
    marked = [references.get(number) for number in _MARKER.findall(raw)]
    placed = [_place(inside) for inside in _PLACE.findall(raw)]
    bare = plain(_PLACE.sub("", _MARKER.sub("", raw)))
    statement = kind in (Kind.PROSE, Kind.ITEM, Kind.ROW) and not bare.endswith(("?", ":"))
    return Claim(
        text=bare,
        cited=tuple(dict.fromkeys(place for place in (*marked, *placed) if place)),
        quoted=tuple(_QUOTED.findall(bare)),
        before=earlier[-1].text if earlier and earlier[-1].checkable and _LEANS.match(bare) else "",
        checkable=statement and len(bare.split()) >= FEWEST_WORDS and len(bare) <= LONGEST_SENTENCE,
    )


def _place(said: str) -> CitedPlace | None:
    """`notes/a.md, page 2, heading` as a place; None where no file is named."""
    file = _FILE.search(said)
    if file is None:
        return None
    page = _PAGE.search(said)
    return CitedPlace(file.group().strip(), int(page.group(1)) if page else None)
