"""The lexical side of the search: BM25 over the same chunks; derived from the index and rebuilt whenever it is stale."""

import json
import logging
import os
import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from ingest.files import remove
from ingest.seals import is_whole, seal

_WORD = re.compile(r"[^\W_]+(?:[._+'’-][^\W_]+)*\+{0,2}")
_PART = re.compile(r"[^\W_]+")
_LETTERS = re.compile(r"(?<![\w.-])[A-Za-z]+(?![\w-])")
SHORTEST_WORD = 3
"""Letters of the shortest word that typing errors are repaired to."""
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])")
"""Where `MirroredStrategy` is cut."""
LONG_NAME = 12
"""Letters from which a name in CamelCase is cut: `MirroredStrategy` is two words, `BigQuery` a name of its own."""
_PLURAL_ACRONYM = re.compile(r"^([A-Z]{2,})s$")
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_RUN = re.compile(
    "(?P<ideographs>[\u3400-\u9fff\uf900-\ufaff々]+)|(?P<hangul>[\uac00-\ud7af]+)|(?P<katakana>[\u30a0-\u30ff]+)|[a-z0-9]+"
)
STOPWORDS = frozenset(
    re.findall(
        r"\w+",
        """
        a an and are as at be but by can could did do does for from had has have how i if in into is it its me my of on
        or our shall should so such than that the their them then there these they this to was we were what when where
        which while who whom whose why will with would you your many much
        """,
    )
)
_SPELLINGS = [
    (re.compile(r"(?<=\w{3})is(e|ed|es|er|ers|ing|ation|ations)$"), r"iz\1"),
    (re.compile(r"(?<=\w{2})ys(e|ed|es|er|ers|ing)$"), r"yz\1"),
    (re.compile(r"^(behavi|col|fav|neighb)our"), r"\1or"),
    (re.compile(r"^(cance|channe|labe|mode|signa|trave)ll(ed|ing|er|ers)$"), r"\1l\2"),
    (re.compile(r"centre"), "center"),
]
"""British spellings and the American ones, in which Google writes; what is changed wrongly is changed so everywhere."""
ANALYSIS = 3
"""Version of the tokenizer. Increase it when terms change, so that indexes are rebuilt."""
METHOD = "lucene"
"""BM25 variant of bm25s; k1 and b are its defaults (1.5, 0.75)."""
KEPT = 8192
"""Texts whose terms are kept: the same sentences are found for one question after another."""
COLUMNS = ("data", "indices", "indptr")
"""The parts of a sparse matrix of chunks by terms, column by column, as SciPy names them."""


class Analyzer:
    """Lower-cased English stems, British spellings as American ones; a compound such as `ML.PREDICT` also yields its parts."""

    def __init__(self) -> None:
        import Stemmer

        self._stem = Stemmer.Stemmer("english").stemWord
        self._known: dict[str, str] = {}

    def tokens(self, text: str) -> list[str]:
        """Index terms of a text in order, stop words left out."""
        found: list[str] = []
        for written in _WORD.findall(text):
            if not written.isascii() and _UNSPACED.search(written):
                found += unspaced_terms(written.lower())
                continue
            written = written.removesuffix("'s").removesuffix("’s")
            word = _PLURAL_ACRONYM.sub(r"\1", written).lower()
            cut = _HUMP.sub(" ", written) if len(written) >= LONG_NAME else written
            parts = [part.lower() for part in _PART.findall(cut)]
            forms = [word, *parts] if len(parts) > 1 else [word] if parts else []
            found += [self._stemmed(form) for form in forms if form not in STOPWORDS]
        return found

    def _stemmed(self, word: str) -> str:
        stem = self._known.get(word)
        if stem is None:
            american = word
            for british, spelling in _SPELLINGS:
                american = british.sub(spelling, american)
            stem = self._known[word] = str(self._stem(american))
        return stem


def unspaced_terms(text: str) -> list[str]:
    """Terms of Chinese, Japanese and Korean, which are not written word by word.

    Each ideograph and each pair of them, words in katakana, pairs of Hangul syllables; hiragana, which carries grammar, is left
    out. Words in other letters inside are terms too.
    """
    found: list[str] = []
    for run in _RUN.finditer(text):
        word = run.group()
        pairs = [first + second for first, second in pairwise(word)]
        if run["ideographs"]:
            found += [*word, *pairs]
        elif run["hangul"]:
            found += pairs or [word]
        else:
            found.append(word)
    return found


class LexicalIndex:
    """BM25 scores of every chunk for a query; positions follow `ids`.

    bm25s computes the scores of all terms when the index is built; a query adds up what was computed, so that answering
    needs no bm25s, whose import brings SciPy along and takes a tenth of a second.
    """

    def __init__(
        self,
        ids: list[str],
        sources: list[str],
        headings: list[str],
        vocabulary: dict[str, int],
        columns: dict[str, npt.NDArray[Any]],
        words: dict[str, str] | None = None,
    ) -> None:
        """`vocabulary` gives each term's column, `columns` the scores by the names of `COLUMNS`.

        `words` are the words of the texts in lower case, each with the form in which it is written most often.
        """
        self.words = words or {}
        self.ids = ids
        self.sources = sources
        self.headings = headings
        self.positions = {chunk_id: position for position, chunk_id in enumerate(ids)}
        self._vocabulary = vocabulary
        self._columns = columns
        analyzer = Analyzer()
        self._tokens = lru_cache(maxsize=KEPT)(lambda text: tuple(analyzer.tokens(text)))

    @classmethod
    def build(cls, ids: list[str], sources: list[str], headings: list[str], texts: Sequence[str]) -> Self:
        """Index `texts`; the four lists run in parallel."""
        if not ids:
            return cls(ids, sources, headings, {}, {name: np.zeros(0, dtype=np.int32) for name in COLUMNS})
        import bm25s

        analyzer = Analyzer()
        bm25 = bm25s.BM25(method=METHOD)
        bm25.index([analyzer.tokens(text) or [""] for text in texts], show_progress=False)
        columns = {name: bm25.scores[name] for name in COLUMNS}
        return cls(ids, sources, headings, bm25.vocab_dict, columns, _words_of(texts))

    def save(self, folder: Path) -> None:
        """Write into `folder` so that it appears whole or not at all; other generations beside it are removed."""
        partial = folder.with_name(f"{folder.name}.{os.getpid()}.partial")
        remove(partial, within=folder.parent)
        partial.mkdir(parents=True)
        for name, values in self._columns.items():
            np.save(partial / f"{name}.npy", values)
        (partial / "vocabulary.json").write_text(json.dumps(self._vocabulary), encoding="utf-8")
        (partial / "words.json").write_text(json.dumps(self.words), encoding="utf-8")
        rows = {"ids": self.ids, "sources": self.sources, "headings": self.headings}
        (partial / "rows.json").write_text(json.dumps(rows), encoding="utf-8")
        seal(partial)
        remove(folder, within=folder.parent)
        try:
            partial.rename(folder)
        except OSError:
            remove(partial, within=folder.parent)
        for other in folder.parent.iterdir():
            if other != folder and not other.name.endswith(".partial"):
                remove(other, within=folder.parent)

    @classmethod
    def load(cls, folder: Path) -> Self | None:
        """The saved index, or None when there is none or its files are not what was saved."""
        if not folder.exists():
            return None
        if not is_whole(folder):
            logging.getLogger(__name__).warning("The lexical index was damaged; it is built again from the library.")
            return None
        try:
            rows = json.loads((folder / "rows.json").read_text(encoding="utf-8"))
            vocabulary = json.loads((folder / "vocabulary.json").read_text(encoding="utf-8"))
            words = json.loads((folder / "words.json").read_text(encoding="utf-8"))
            columns = {name: np.load(folder / f"{name}.npy") for name in COLUMNS}
            return cls(rows["ids"], rows["sources"], rows["headings"], vocabulary, columns, words)
        except (OSError, ValueError, KeyError):
            return None

    def tokens(self, text: str) -> list[str]:
        """Index terms of a text, as the index was built with."""
        return list(self._tokens(text))

    def holds(self, token: str) -> bool:
        """Whether a chunk holds a term."""
        return token in self._vocabulary

    def scores(self, tokens: Sequence[str]) -> npt.NDArray[np.float32]:
        """BM25 of every chunk, shape (len(ids),); terms the index does not hold count nothing, repeated ones again."""
        scores = np.zeros(len(self.ids), dtype=np.float32)
        for held in map(self._held, tokens):
            scores[self._columns["indices"][held]] += self._columns["data"][held]
        return scores

    def weight(self, token: str) -> float:
        """Inverse document frequency, ln(1 + (N − n + 0.5) / (n + 0.5)); a term no chunk holds weighs most."""
        held = self._held(token)
        count = held.stop - held.start
        return float(np.log(1 + (len(self.ids) - count + 0.5) / (count + 0.5)))

    def _held(self, token: str) -> slice:
        """Where a term's chunks and scores stand in the columns."""
        column = self._vocabulary.get(token)
        if column is None:
            return slice(0, 0)
        starts = self._columns["indptr"]
        return slice(int(starts[column]), int(starts[column + 1]))


def _words_of(texts: Sequence[str]) -> dict[str, str]:
    """Words of letters alone in lower case, the more frequent first, each as it is written most often."""
    forms = Counter(word for text in texts for word in _LETTERS.findall(text) if len(word) >= SHORTEST_WORD)
    total = Counter[str]()
    written: dict[str, str] = {}
    for form, count in forms.most_common():
        total[form.lower()] += count
        written.setdefault(form.lower(), form)
    return {word: written[word] for word, _ in total.most_common()}
