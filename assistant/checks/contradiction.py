"""Finds what another source of the material says against a sentence: the same words with another number or a turned negation.

A note that was planted, or is out of date, must not be the answer because it happens to fit the question best: both places
are shown, and that they disagree. Nothing is decided; what differs in more than a few words is not found.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from assistant.answers import DraftSentence, Quote, Support
from assistant.checks.support import NEGATIONS, numbers_in
from assistant.search.retrieval import Evidence
from ingest.lexical import Analyzer

LEAST_SHARED = 0.7
"""Share of the terms that both sentences have, without numbers and negations."""
FEWEST_TERMS = 3
MOST = 2
"""Contradictions that are shown with one answer."""
DISAGREE = (
    "Your material disagrees with itself: {one} and {other} say different things. Check both before you rely on either."
)
KEPT = 4096
"""Sentences whose comparison is kept: the same ones are found for one question after another."""
_HAS_DIGIT = re.compile(r"\d")
_NO = re.compile(r"\b(?:no|not|never|none|cannot|without|\w+n['’]t)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Dispute:
    """A quote of an answer and the unit of another source that says otherwise; `shown` when the answer quotes that as well."""

    quote: Quote
    against: Evidence
    shown: bool

    def as_draft(self) -> DraftSentence:
        """The other side as a sentence of the answer."""
        item = self.against
        return DraftSentence(
            item.words, (Quote(item.chunk, _start(item), _start(item) + len(item.quote)),), Support.VERBATIM
        )

    def as_note(self) -> str:
        """The sentence that names both sources."""
        return DISAGREE.format(one=self.quote.chunk.source, other=self.against.chunk.source)


def find_disputes(drafts: Iterable[DraftSentence], evidence: Sequence[Evidence]) -> list[Dispute]:
    """What other sources say against the quotes of an answer, each pair of places once, in the order of the evidence."""
    quotes = [quote for draft in drafts for quote in draft.quotes]
    quoted = {(quote.chunk.source, quote.chunk.page, quote.start) for quote in quotes}
    read = [(item, _claim_of(item.words)) for item in evidence]
    found: dict[frozenset[tuple[str, int, int]], Dispute] = {}
    for quote in quotes:
        said, here = _claim_of(quote.text), (quote.chunk.source, quote.chunk.page, quote.start)
        for item, claim in read:
            there = (item.chunk.source, item.chunk.page, _start(item))
            if there[0] != here[0] and said.contradicts(claim):
                found.setdefault(frozenset((here, there)), Dispute(quote, item, there in quoted))
    return list(found.values())[:MOST]


def _start(item: Evidence) -> int:
    """Where the quote of a unit begins on its page."""
    return item.start + len(item.raw) - len(item.raw.lstrip())


@dataclass(frozen=True, slots=True)
class _Claim:
    """What is compared of a sentence."""

    terms: frozenset[str]
    numbers: frozenset[str]
    negated: bool

    def contradicts(self, other: "_Claim") -> bool:
        together = self.terms | other.terms
        if len(self.terms & other.terms) < max(FEWEST_TERMS, LEAST_SHARED * len(together)):
            return False
        both_have_own = bool(self.numbers - other.numbers) and bool(other.numbers - self.numbers)
        return self.negated != other.negated or both_have_own


@lru_cache(maxsize=KEPT)
def _claim_of(words: str) -> _Claim:
    terms = frozenset(
        term for term in _analyzer().tokens(words) if not _HAS_DIGIT.search(term) and term not in NEGATIONS
    )
    return _Claim(terms, frozenset(numbers_in(words)), bool(_NO.search(words)))


@cache
def _analyzer() -> Analyzer:
    return Analyzer()
