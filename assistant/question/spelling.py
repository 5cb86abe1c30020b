"""Repairs typing errors against the words of the library: `concept drfit` becomes `concept drift`, and the reader is told."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spellchecker import SpellChecker

SHORTEST = 4
LONG = 8
"""From this many letters on a word may hold two errors."""
SHORTEST_NAME = 6
"""A name of this many letters becomes a name of the library that is one error away; others may be names of their own."""
LEAST_SEEN = 20
"""Occurrences in 1.6 billion words; a rarer word counts as seen this often."""
_WORD = re.compile(r"(?<![\w./_'’-])[A-Za-z]+(?![\w/_'’-]|\.\w)")


@dataclass(frozen=True, slots=True)
class Repair:
    """A word as it was written, and the word of the library that was searched for in its place."""

    written: str
    meant: str


@cache
def _english() -> "SpellChecker":
    from spellchecker import SpellChecker  # its word list is read when a word is met that the library does not hold

    return SpellChecker(language="en")


def english_share(word: str) -> float:
    """How often a word in lower case stands in English text, as a share of all words; a least share for unknown ones."""
    known = _english().word_frequency
    return float(max(known.dictionary.get(word, 0), LEAST_SEEN)) / float(known.total_words)


def is_english(word: str) -> bool:
    """Whether a word in lower case is in the English list of pyspellchecker (about 160,000 forms)."""
    return word in _english()


def repair(
    question: str, words: Mapping[str, str], is_word: Callable[[str], bool] = is_english
) -> tuple[str, list[Repair]]:
    """The question with its typing errors repaired, and what was repaired.

    `words` are the library's, in lower case, the more frequent first, each with its usual spelling. A word is an error when
    neither they nor `is_word` hold it. It becomes the nearest of
    `words` by insertions, deletions, replacements and transpositions of letters (Damerau 1964), of equally near ones the
    most frequent; what is written as a name, a name one error away. An abbreviation typed in lower case gets its capitals back
    without a word.
    """
    repairs: list[Repair] = []

    def repaired(found: re.Match[str]) -> str:
        word = found.group()
        if word.islower() and words.get(word, "")[:2].isupper():
            return words[word]
        named = word[0].isupper() and (found.start() > 0 or not word[1:].islower())
        if not _is_error(word, named, words, is_word) or (meant := _nearest(word.lower(), words, named=named)) is None:
            return word
        repairs.append(Repair(word, meant))
        return meant

    return _WORD.sub(repaired, question), repairs


def _is_error(word: str, named: bool, words: Mapping[str, str], is_word: Callable[[str], bool]) -> bool:
    plain = len(word) >= SHORTEST_NAME and not word.isupper() if named else len(word) >= SHORTEST and word[1:].islower()
    return plain and word.lower() not in words and not is_word(word.lower())


def _nearest(word: str, words: Mapping[str, str], *, named: bool) -> str | None:
    """The word of the library that was meant, as it is usually written, or None when none is near."""
    from rapidfuzz import process
    from rapidfuzz.distance import DamerauLevenshtein

    most = 2 if len(word) >= LONG and not named else 1
    near = process.extract(word, list(words), scorer=DamerauLevenshtein.distance, score_cutoff=most, limit=None)
    likely = [found for found in near if (found[1] == 1 or found[0][0] == word[0]) and not words[found[0]].isupper()]
    likely = [found for found in likely if words[found[0]][0].isupper()] if named else likely
    best = min(likely, key=lambda found: (found[1], found[0][0] != word[0], found[2]), default=None)
    return words[best[0]] if best else None
