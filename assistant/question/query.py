"""A question as the two sides of the search see it: its phrasings, its words, and the products it names, weighed by rarity."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ingest.lexical import LexicalIndex

Scores = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Query:
    """A question as the two sides see it; the same whichever of a product's names the person used."""

    text: str
    phrasings: tuple[str, ...] = ()
    """The question under each name of the products it mentions, for the dense side; empty for the text alone."""
    bare: str | None = None
    """The question without those names and without what says nothing about its matter, for the lexical side."""
    unexplained: str | None = None
    """The question without those names in full; names that are left in it are nobody's product that is known here."""
    names: tuple[tuple[str, ...], ...] = ()
    """For each product mentioned, its names; of several the one that fits best counts."""

    @property
    def words(self) -> str:
        """What the lexical side looks for besides product names."""
        return self.text if self.bare is None else self.bare


class QueryTerms:
    """A query's index terms with their rarity: those of its words, and for each product those of each of its names."""

    def __init__(self, query: Query, lexical: LexicalIndex) -> None:
        def weigh(text: str) -> dict[str, float]:
            return {term: lexical.weight(term) for term in lexical.tokens(text)}

        self.words = weigh(query.words) or ({} if query.names else weigh(query.text))
        self.names = [[weigh(form) for form in forms] for forms in query.names]
        self.text = query.text

    def scores(self, lexical: LexicalIndex) -> Scores:
        """BM25 of every chunk; a product counts with its best name, a long name no more than a short one."""
        scores = lexical.scores(list(self.words))
        for forms in self.names:
            least = min(sum(form.values()) for form in forms)
            shares = [lexical.scores(list(form)) * (least / (sum(form.values()) or 1.0)) for form in forms]
            scores = scores + np.max(shares, axis=0)
        return scores.astype(np.float32)

    def match(self, held: Collection[str]) -> float:
        """Sum of the rarity of the terms that a text holds."""
        return _held(self.words, held) + sum(least * share for least, share in self._name_shares(held))

    def coverage(self, held: Collection[str]) -> float:
        """Share of the query, by rarity, that a text holds, 0 to 1."""
        total = sum(self.words.values()) + sum(least for least, _ in self._name_shares(held))
        return self.match(held) / total if total else 0.0

    def _name_shares(self, held: Collection[str]) -> list[tuple[float, float]]:
        """For each product the weight of its lightest name, and the share of its best name that a text holds."""
        return [
            (
                min(sum(form.values()) for form in forms),
                max(_held(form, held) / (sum(form.values()) or 1.0) for form in forms),
            )
            for forms in self.names
        ]


def _held(weights: dict[str, float], held: Collection[str]) -> float:
    return sum(weight for term, weight in weights.items() if term in held)
