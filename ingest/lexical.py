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
METHOD = "lucene"
"""BM25 variant of bm25s; k1 and b are its defaults (1.5, 0.75)."""


class Analyzer:
    """Lower-cased English stems; a compound such as `ML.PREDICT` or `real-time` also yields its parts."""

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
            stem = self._known[word] = str(self._stem(word))
        return stem


class LexicalIndex:
    """BM25 scores of every chunk for a query; positions follow `ids`."""

    def __init__(self, ids: list[str], sources: list[str], headings: list[str], bm25: Any) -> None:
        self.ids = ids
        self.sources = sources
        self.headings = headings
        self.positions = {chunk_id: position for position, chunk_id in enumerate(ids)}
        self._bm25 = bm25
        self._analyzer = Analyzer()

    @classmethod
    def build(cls, ids: list[str], sources: list[str], headings: list[str], texts: Sequence[str]) -> Self:
        """Index `texts`; the four lists run in parallel."""
        import bm25s

        analyzer = Analyzer()
        bm25 = bm25s.BM25(method=METHOD)
        tokens = [analyzer.tokens(text) or [""] for text in texts]
        if tokens:
            bm25.index(tokens, show_progress=False)
        return cls(ids, sources, headings, bm25)

    def save(self, folder: Path) -> None:
        """Write into `folder` so that it appears whole or not at all; other generations beside it are removed."""
        partial = folder.with_name(f"{folder.name}.{os.getpid()}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        if self.ids:
            self._bm25.save(str(partial), show_progress=False)
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
        import bm25s

        try:
            rows = json.loads((folder / "rows.json").read_text(encoding="utf-8"))
            bm25 = bm25s.BM25.load(str(folder), mmap=False) if rows["ids"] else bm25s.BM25(method=METHOD)
            return cls(rows["ids"], rows["sources"], rows["headings"], bm25)
        except (OSError, ValueError, KeyError):
            return None

    def tokens(self, text: str) -> list[str]:
        """Index terms of a text, as the index was built with."""
        return self._analyzer.tokens(text)

    def scores(self, tokens: Sequence[str]) -> npt.NDArray[np.float32]:
        """BM25 of every chunk, shape (len(ids),); terms the index does not hold count nothing."""
        known = [token for token in tokens if self.ids and token in self._bm25.vocab_dict]
        if not known:
            return np.zeros(len(self.ids), dtype=np.float32)
        scores: npt.NDArray[np.float32] = self._bm25.get_scores(known)
        return scores

    def weight(self, token: str) -> float:
        """Inverse document frequency, ln(1 + (N − n + 0.5) / (n + 0.5)); a term no chunk holds weighs most."""
        held = self._chunks_with(token)
        return float(np.log(1 + (len(self.ids) - held + 0.5) / (held + 0.5)))

    def _chunks_with(self, token: str) -> int:
        if not self.ids or token not in self._bm25.vocab_dict:
            return 0
        column = self._bm25.vocab_dict[token]
        starts = self._bm25.scores["indptr"]
        return int(starts[column + 1] - starts[column])
