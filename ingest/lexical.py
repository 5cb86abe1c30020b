"""The lexical side of the search: BM25 over the same chunks; derived from the index and rebuilt whenever it is stale."""

import json
import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

_WORD = re.compile(r"[^\W_]+(?:[._+'’-][^\W_]+)*\+{0,2}")
_PART = re.compile(r"[^\W_]+")
STOPWORDS = frozenset(
    re.findall(
        r"\w+",
        """
        a an and are as at be but by can could did do does for from had has have how i if in into is it its me my of on
        or our shall should so such than that the their them then there these they this to was we were what when where
        which while who whom whose why will with would you your
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
ANALYSIS = 2
"""Goes up when the same text yields other terms, so that what was indexed before is indexed anew."""
METHOD = "lucene"
"""BM25 variant of bm25s; k1 and b are its defaults (1.5, 0.75)."""
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
        for word in _WORD.findall(text.lower()):
            word = word.removesuffix("'s").removesuffix("’s")
            parts = _PART.findall(word)
            forms = [word, *parts] if len(parts) > 1 else parts
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
    ) -> None:
        """`vocabulary` gives each term's column, `columns` the scores by the names of `COLUMNS`."""
        self.ids = ids
        self.sources = sources
        self.headings = headings
        self.positions = {chunk_id: position for position, chunk_id in enumerate(ids)}
        self._vocabulary = vocabulary
        self._columns = columns
        self._analyzer = Analyzer()

    @classmethod
    def build(cls, ids: list[str], sources: list[str], headings: list[str], texts: Sequence[str]) -> Self:
        """Index `texts`; the four lists run in parallel."""
        if not ids:
            return cls(ids, sources, headings, {}, {name: np.zeros(0, dtype=np.int32) for name in COLUMNS})
        import bm25s

        analyzer = Analyzer()
        bm25 = bm25s.BM25(method=METHOD)
        bm25.index([analyzer.tokens(text) or [""] for text in texts], show_progress=False)
        return cls(ids, sources, headings, bm25.vocab_dict, {name: bm25.scores[name] for name in COLUMNS})

    def save(self, folder: Path) -> None:
        """Write into `folder` so that it appears whole or not at all; other generations beside it are removed."""
        partial = folder.with_name(f"{folder.name}.{os.getpid()}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        for name, values in self._columns.items():
            np.save(partial / f"{name}.npy", values)
        (partial / "vocabulary.json").write_text(json.dumps(self._vocabulary), encoding="utf-8")
        rows = {"ids": self.ids, "sources": self.sources, "headings": self.headings}
        (partial / "rows.json").write_text(json.dumps(rows), encoding="utf-8")
        try:
            partial.rename(folder)
        except OSError:
            shutil.rmtree(partial, ignore_errors=True)
        for other in folder.parent.iterdir():
            if other != folder and not other.name.endswith(".partial"):
                shutil.rmtree(other, ignore_errors=True)

    @classmethod
    def load(cls, folder: Path) -> Self | None:
        """The saved index, or None when there is none or it is not readable."""
        try:
            rows = json.loads((folder / "rows.json").read_text(encoding="utf-8"))
            vocabulary = json.loads((folder / "vocabulary.json").read_text(encoding="utf-8"))
            columns = {name: np.load(folder / f"{name}.npy") for name in COLUMNS}
            return cls(rows["ids"], rows["sources"], rows["headings"], vocabulary, columns)
        except (OSError, ValueError, KeyError):
            return None

    def tokens(self, text: str) -> list[str]:
        """Index terms of a text, as the index was built with."""
        return self._analyzer.tokens(text)

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
