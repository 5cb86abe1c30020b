"""How near the passages of a page are to a statement: the cosine of their terms, weighted by rarity among the statements."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

from assistant.official.copies import Passage
from ingest.lexical import Analyzer

STEPS = 1000
"""Nearness is counted in thousandths, so that a record of it is short and compares exactly."""


class Rarity:
    """The weight of each term: the rarer among some texts, the heavier."""

    def __init__(self, texts: Iterable[Iterable[str]]) -> None:
        """`texts` as their terms."""
        sets = [set(terms) for terms in texts]
        counts = Counter(term for terms in sets for term in terms)
        self._weights = {term: math.log(1 + len(sets) / count) ** 2 for term, count in counts.items()}
        self._unseen = math.log(1 + len(sets)) ** 2

    def of(self, term: str) -> float:
        """The squared weight of a term."""
        return self._weights.get(term, self._unseen)

    def size(self, terms: Iterable[str]) -> float:
        """The length of a text as a vector of weights; 1 without terms."""
        return math.sqrt(math.fsum(map(self.of, terms))) or 1.0


class Page:
    """The passages of a page, ready to be compared with many statements."""

    def __init__(self, passages: Sequence[Passage], rarity: Rarity, analyzer: Analyzer) -> None:
        self.passages = passages
        self._rarity = rarity
        self._sizes: list[float] = []
        self._held: dict[str, list[int]] = {}
        self._carrying: dict[str, list[int]] = {}
        above = lru_cache(maxsize=None)(lambda words: frozenset(analyzer.tokens(words)))
        for at, one in enumerate(passages):
            terms = frozenset(analyzer.tokens(one.text))
            self._sizes.append(rarity.size(terms))
            for term in terms | above(one.heading) | above(one.header):
                self._held.setdefault(term, []).append(at)
            for key in one.details:
                self._carrying.setdefault(key, []).append(at)

    def carries(self, detail: str) -> bool:
        """Whether the detail stands anywhere on the page."""
        return detail in self._carrying

    def near(self, terms: frozenset[str]) -> dict[int, int]:
        """The passages that share terms with a statement, by position, with their nearness."""
        common: dict[int, float] = {}
        for term in sorted(terms):
            weight = self._rarity.of(term)
            for at in self._held.get(term, ()):
                common[at] = common.get(at, 0.0) + weight
        whole = self._rarity.size(terms)
        return {at: int(STEPS * shared / (whole * self._sizes[at])) for at, shared in common.items()}

    def best(self, detail: str, near: dict[int, int]) -> int:
        """The nearness of the nearest passage that carries a detail; 0 where none does."""
        return max((near.get(at, 0) for at in self._carrying.get(detail, ())), default=0)

    def count(self, detail: str, near: dict[int, int], least: int) -> int:
        """How often passages at least that near carry a detail."""
        return sum(
            self.passages[at].details[detail] for at in self._carrying.get(detail, ()) if near.get(at, 0) >= least
        )
