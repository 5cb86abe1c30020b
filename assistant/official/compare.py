"""Compares what notes and questions say with copies of the official pages they cite, and reports what a page no longer carries.

A page says "10" in forty places, and a note rests on one of them. So for every number, name and date of a statement it is
recorded how often the passages nearest to the statement carry it; when they carry it less often than on the day the statement
was checked, the statement is reported. Statements without a record, such as new ones, are looked up on the whole page.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from assistant.official.copies import Copies, passages_of
from assistant.official.details import Detail, DetailKind, details_in, names_of
from assistant.official.nearness import Page, Rarity
from assistant.official.statements import Statement
from ingest.lexical import Analyzer

ANCHORS = Path(__file__).with_name("anchors.json")
"""Written by `python -m eval.fit.anchors FOLDER`; holds counts and hashes, no words of the pages."""
NEAR = 0.5
"""Passages at least this near, relative to the nearest that carries a detail, count as those a statement rests on."""
Anchors = Mapping[str, Mapping[str, Sequence[int]]]
"""For a statement and a page: for each detail how often it stood near, and how near that is in thousandths."""


@dataclass(frozen=True, slots=True)
class Lost:
    """A number, name or date of a statement that the page it cites no longer carries where the statement rests on it."""

    statement: Statement
    address: str
    detail: Detail


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was compared and what was lost; `absent` pages are cited and not among the copies."""

    statements: int
    details: int
    lost: tuple[Lost, ...]
    unrecorded: int
    absent: tuple[str, ...]


def load_anchors(path: Path = ANCHORS) -> Anchors:
    """What the pages carried when the notes were checked; empty without a record."""
    found: Anchors = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


class Comparer:
    """Compares a fixed set of statements with pages."""

    def __init__(self, statements: Sequence[Statement]) -> None:
        self.statements = tuple(statements)
        self._analyzer = Analyzer()
        self._details: dict[str, list[Detail]] = {}

    @cached_property
    def by_address(self) -> dict[str, list[Statement]]:
        """The statements that cite each page."""
        found: dict[str, list[Statement]] = {}
        for statement in self.statements:
            for address in dict.fromkeys(statement.addresses):
                found.setdefault(address, []).append(statement)
        return found

    def compare(self, copies: Copies, anchors: Anchors) -> Comparison:
        """Every statement beside the copies of the pages it cites."""
        lost: list[Lost] = []
        compared: set[tuple[str, str]] = set()
        details = unrecorded = 0
        for address, citing in self.by_address.items():
            if address not in copies:
                continue
            text = copies.text(address)
            lost += self.lost_from(address, text, anchors)
            compared |= {(one.place, one.text) for one in citing}
            details += sum(len(self.details(one)) for one in citing)
            unrecorded += sum(anchor_key(one, address) not in anchors for one in citing)
        absent = tuple(sorted(address for address in self.by_address if address not in copies))
        return Comparison(len(compared), details, tuple(lost), unrecorded, absent)

    def lost_from(self, address: str, text: str, anchors: Anchors) -> list[Lost]:
        """What the statements that cite a page say and its text no longer carries."""
        page = self._page(address, text)
        return [
            Lost(statement, address, detail)
            for statement in self.by_address[address]
            for detail in self._gone(statement, page, anchors.get(anchor_key(statement, address)))
        ]

    def _gone(self, statement: Statement, page: Page, held: Mapping[str, Sequence[int]] | None) -> list[Detail]:
        details = self.details(statement)
        if held is None:
            sure = [one for one in details if statement.factual and one.kind is not DetailKind.NAME]
            return [one for one in sure if not page.carries(one.key)]
        near = page.near(self._terms(statement))
        return [
            one for one in details if one.key in held and page.count(one.key, near, held[one.key][1]) < held[one.key][0]
        ]

    def anchors(self, copies: Copies) -> dict[str, dict[str, list[int]]]:
        """For each statement and page, what the passages nearest to the statement carry of its details."""
        found: dict[str, dict[str, list[int]]] = {}
        for address, citing in self.by_address.items():
            if address in copies:
                page = self._page(address, copies.text(address))
                found |= {anchor_key(one, address): self._anchor(one, page) for one in citing}
        return dict(sorted(found.items()))

    def _anchor(self, statement: Statement, page: Page) -> dict[str, list[int]]:
        near = page.near(self._terms(statement))
        held: dict[str, list[int]] = {}
        for detail in self.details(statement):
            if best := page.best(detail.key, near):
                least = int(best * NEAR)
                held[detail.key] = [page.count(detail.key, near, least), least]
        return held

    def _page(self, address: str, text: str) -> Page:
        wanted = frozenset(detail.key for one in self.by_address[address] for detail in self.details(one))
        return Page(list(passages_of(text, wanted)), self._rarity, self._analyzer)

    def _terms(self, statement: Statement) -> frozenset[str]:
        return frozenset(self._analyzer.tokens(statement.text))

    def details(self, statement: Statement) -> list[Detail]:
        """The numbers, names and dates of a statement."""
        if statement.text not in self._details:
            self._details[statement.text] = details_in(statement.text, self._names)
        return self._details[statement.text]

    @cached_property
    def _names(self) -> frozenset[str]:
        return names_of(statement.text for statement in self.statements)

    @cached_property
    def _rarity(self) -> Rarity:
        return Rarity(self._analyzer.tokens(one.text) for one in self.statements)


def anchor_key(statement: Statement, address: str) -> str:
    """Names a statement on a page; changes with the words of the statement."""
    return hashlib.blake2b(f"{statement.text}\x1f{address}".encode(), digest_size=6).hexdigest()
