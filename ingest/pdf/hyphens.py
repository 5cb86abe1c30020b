"""Puts words together that a line's end has cut, and leaves the hyphens that a word is written with."""

import re
from collections.abc import Iterable

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_CUT = re.compile(r"(?<![^\W_])([^\W_]+)[-‐]\n([^\W_]+)")
SUSPENDED = frozenset(
    {"und", "oder", "bzw", "and", "or", "to", "bis", "et", "ou", "y", "o", "e", "en", "of", "og", "och"}
)
"""Words behind a hyphen that stands for the rest of another word, as in "pre- and postprocessing"."""


class Vocabulary:
    """The words of one document, which tell how a word cut at a line's end is written."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._words: set[str] = set()
        self._compounds: set[str] = set()
        for text in texts:
            for word in _WORD.findall(text):
                (self._compounds if "-" in word else self._words).add(word.lower())

    def join_lines(self, text: str) -> str:
        """The text as one line: cut words joined, other line ends as spaces."""
        return " ".join(_CUT.sub(self._join, text).split())

    def _join(self, found: re.Match[str]) -> str:
        left, right = found.group(1), found.group(2)
        if right.lower() in SUSPENDED:
            return f"{left}- {right}"
        return left + right if self._is_one_word(left, right) else f"{left}-{right}"

    def _is_one_word(self, left: str, right: str) -> bool:
        whole = f"{left}{right}".lower()
        if whole in self._words:
            return True
        if (
            right[:1].isupper()
            or right[:1].isdigit()
            or left[-1:].isdigit()
            or f"{left}-{right}".lower() in self._compounds
        ):
            return False
        return not any(compound.startswith(f"{left.lower()}-{right.lower()}-") for compound in self._compounds)
