"""A sentence as content words: index terms, rarity, what is a name, what stands behind a negation; and how near two words are."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt

from assistant.checks.wording import FUNCTION_WORDS, NEGATED_VERBS, NEGATIONS, clauses
from assistant.question.spelling import english_share
from assistant.syllabus import Syllabus
from ingest.embeddings import Embedder, Vectors
from ingest.lexical import Analyzer

Nearness = npt.NDArray[np.float32]
_WORD = re.compile(r"[^\W_]+(?:[._+'’-][^\W_]+)*\+{0,2}")
_NAMED = re.compile(r"^(?:[A-Z]|[^A-Z]*[A-Z].*[A-Z]|(?=\D*\d)(?=.*[A-Za-z]))|[._]\w")
"""Written as a name: capitals, digits beside letters, dots or underscores inside."""
NEAR = 0.5
"""Cosine of two single words from which one may stand for the other."""
COMMON, TECHNICAL = 5.0, 10.0
"""Natural logarithm of a word's share of chunks over its share of English words, below and above which it is common or
technical: `good` 2.5, `mandatory` 3, `valid` 9, `precision` 10, `quantile` 14. Chosen by eye on the development half."""
NOUN_REACH = 3
"""Words that a `no` or `without` reaches; a `not` reaches to the end of its clause."""
ONLY_REACH = 3
"""Words behind an `only` that it speaks of."""
TEXTS_KEPT = 4096


@dataclass(frozen=True, slots=True)
class Word:
    """A content word: as written in lower case, its index terms, and how rare it is (0 to 1)."""

    written: str
    terms: frozenset[str]
    rarity: float
    named: bool
    """Written as a name."""
    technical: float
    """How much more often the material uses it than English text does, 0 to 1."""
    at: int
    """Its place among all words of the text."""
    clause: int
    negated: bool
    only: bool


@dataclass(frozen=True)
class Text:
    """A text with its words and clauses; products stand under their short present names."""

    text: str
    words: tuple[Word, ...]
    clauses: tuple["Text", ...] = ()

    @cached_property
    def terms(self) -> frozenset[str]:
        """All index terms of its words."""
        return frozenset[str]().union(*(word.terms for word in self.words))

    @cached_property
    def weight(self) -> float:
        """Sum of the rarity of its words."""
        return sum(word.rarity for word in self.words)

    def share_in(self, terms: frozenset[str]) -> float:
        """Share of its words, by rarity, that some terms hold; 1 where it has no words."""
        return sum(word.rarity for word in self.words if word.terms & terms) / self.weight if self.weight else 1.0


class WordReader:
    """Reads texts as words; what was read and the vectors of single words are kept."""

    def __init__(self, embedder: Embedder, syllabus: Syllabus, rarity: Callable[[str], float]) -> None:
        """`rarity` gives the inverse document frequency of an index term."""
        self._embedder = embedder
        self._syllabus = syllabus
        self._rarity = rarity
        self._rarest = rarity("\x00")
        self._analyzer = Analyzer()
        self._vectors: dict[str, Vectors] = {}
        self.read = lru_cache(maxsize=TEXTS_KEPT)(self._read)

    def _read(self, text: str) -> Text:
        named = self._renamed(text)
        inner: list[Text] = []
        at = 0
        for number, clause in enumerate(clauses(named)):
            written = _WORD.findall(clause)
            inner.append(Text(clause, tuple(self._words(written, at, number))))
            at += len(written)
        return Text(named, tuple(word for clause_text in inner for word in clause_text.words), tuple(inner))

    def _words(self, written: Sequence[str], start: int, clause: int) -> list[Word]:
        lowered = [word.lower().replace("’", "'") for word in written]
        found = []
        for at, word in enumerate(written):
            terms = frozenset(self._analyzer.tokens(word))
            if not terms or lowered[at] in FUNCTION_WORDS or lowered[at].replace(".", "").isdigit():
                continue
            found.append(
                Word(
                    written=lowered[at],
                    terms=terms,
                    rarity=self._rarity(self._analyzer.tokens(word)[0]) / self._rarest,
                    named=bool(_NAMED.search(word if start + at else word[1:])),
                    technical=self._technical(lowered[at], terms),
                    at=start + at,
                    clause=clause,
                    negated=_behind_negation(lowered, at),
                    only="only" in lowered[max(0, at - ONLY_REACH) : at + 2],
                )
            )
        return found

    def _technical(self, word: str, terms: frozenset[str]) -> float:
        """From the share of chunks that hold the word and its share of English text, both as logarithms."""
        held = -min(self._rarity(term) for term in terms)
        more = held - math.log(english_share(word.removesuffix("'s")))
        return min(1.0, max(0.0, (more - COMMON) / (TECHNICAL - COMMON)))

    def _renamed(self, text: str) -> str:
        """The text with every product under its short present name, every abbreviation spelled out."""
        for form, product in sorted(self._syllabus.names_in(text), key=lambda row: -len(row[0])):
            text = text.replace(form, product.short)
        for form, (whole, *_) in self._syllabus.abbreviations_in(text):
            text = re.sub(rf"(?<![\w-]){re.escape(form)}(?![\w-])", whole, text)
        return text

    def nearness(self, words: Sequence[Word], others: Sequence[Word]) -> Nearness:
        """The best cosine of each word with any of the others, shape (words,); 1 where they share a term, 0 below `NEAR`."""
        known = frozenset[str]().union(*(word.terms for word in others))
        best = np.array([1.0 if word.terms & known else 0.0 for word in words], dtype=np.float32)
        rest = [at for at, value in enumerate(best) if value == 0.0]
        if rest and others:
            cosines = (self._stack([words[at] for at in rest]) @ self._stack(others).T).max(axis=1)
            best[rest] = np.where(cosines >= NEAR, cosines, 0.0)
        return best

    def _stack(self, words: Sequence[Word]) -> Vectors:
        missing = sorted({word.written for word in words} - self._vectors.keys())
        if missing:
            self._vectors.update(zip(missing, self._embedder.encode(missing), strict=True))
        return np.stack([self._vectors[word.written] for word in words])

    def meant(self, said: Text, held: Sequence[Word]) -> float:
        """Share of a text's words, by rarity, that others hold, a word of near sense counting by its cosine; 1 without words."""
        if not said.weight:
            return 1.0
        rarity = np.array([word.rarity for word in said.words])
        return float((rarity * self.nearness(said.words, held)).sum()) / said.weight


def _behind_negation(words: Sequence[str], at: int) -> bool:
    return bool(NEGATED_VERBS & set(words[:at])) or bool(NEGATIONS & set(words[max(0, at - NOUN_REACH) : at]))
