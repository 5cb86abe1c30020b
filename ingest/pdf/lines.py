"""Puts words together into segments: pieces of a line that are read without a jump; knows no columns or tables."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from ingest.pdf.words import Word

LEAST_JUMP = 0.9
"""A gap of this share of the type size may be a jump to another column or cell."""
MOST_SPACE = 1.9
"""A gap of more than this share is a jump even in a line that is stretched to its column."""
STRETCH = 2.5
"""How much wider than the other gaps of its line a jump is."""
SAME_BASE = 0.22
"""Words whose baselines differ by less than this share of their size stand on one line."""
SMALL = 0.85
"""Type smaller than this share of its neighbor's may be raised or lowered."""
RAISED_GAP = 0.2
"""A raised number this near, as a share of the type size, belongs to the word before it."""
SHIFT = 0.12
"""Least shift of a raised or lowered letter's baseline, as a share of its neighbor's size."""
ALMOST_ALL = 0.93
"""Share of a line's letters that are bold in a bold line; less is a word in a sentence."""
FAKE_BOLD = 0.15
"""Words that repeat at less than this share of their size apart were drawn twice to look bold."""
MARK_GAP = 4.0
"""A list's mark belongs to the text behind it up to this gap, in sizes."""
MARKS = "•●○▪■◦‣∙·➢➤►▶❖✓✔✦–—-*\uf0b7\uf0a7\uf0d8\uf076\uf0fc\uf071\uf06e\x7f§"
_MARK = re.compile(rf"[{re.escape(MARKS)}o]|\(?(?:\d{{1,3}}|[a-zA-Z]|[ivx]{{1,4}})[.)]")
_RAISED = str.maketrans("0123456789+-−–=n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼ⁿ")
_LEADERS = re.compile(r"(?<!\s)(?:\s*+[.·…_]){4,}\s*")


@dataclass(slots=True)
class Segment:
    """Words of one line that follow each other without a jump; places as in `Word`."""

    words: list[Word]
    left: float
    top: float
    right: float
    bottom: float
    base: float
    size: float
    bold: bool
    mono: bool
    text: str = ""
    title: bool = False
    """Whether the whole document shows that it is a title, whatever its style."""

    @property
    def width(self) -> float:
        """From the first letter to the last, in points."""
        return self.right - self.left

    @property
    def middle(self) -> float:
        """Its middle height."""
        return (self.top + self.bottom) / 2


def make_segment(words: Sequence[Word]) -> Segment:
    """A segment of words in reading order; its size and style are those of most letters."""
    weights: dict[float, int] = {}
    bold = mono = letters = 0
    for word in words:
        count = len(word.text)
        letters += count
        weights[word.size] = weights.get(word.size, 0) + count
        bold += count if word.style.bold else 0
        mono += count if word.style.mono else 0
    size = max(weights, key=lambda one: (weights[one], one))
    main = next(word for word in words if word.size == size)
    return Segment(
        list(words),
        min(word.left for word in words),
        min(word.top for word in words),
        max(word.right for word in words),
        max(word.bottom for word in words),
        main.base,
        size,
        bold >= ALMOST_ALL * letters,
        mono >= ALMOST_ALL * letters,
        _spell(words, main),
    )


def _spell(words: Sequence[Word], main: Word) -> str:
    """The words as text: raised numbers stay raised, so that 10² is not 102 and a note's number joins no other number."""
    parts: list[str] = []
    before: Word | None = None
    for word in words:
        small = word.size <= SMALL * main.size
        raised = small and main.base - word.base > SHIFT * main.size
        text = word.text
        if raised and all(letter in "0123456789+-−–=n" for letter in text):
            text = text.translate(_RAISED)
        reach = RAISED_GAP if raised else 0.05
        close = before is not None and (word.glued or word.left - before.right < reach * main.size)
        if parts and not (close and (word.glued or small)):
            parts.append(" ")
        parts.append(text)
        before = word
    text = "".join(parts)
    return _LEADERS.sub(" … ", text) if ".." in text or ". ." in text or "__" in text or "··" in text else text


def find_segments(words: Iterable[Word]) -> list[Segment]:
    """Segments of a page or a part of it, from top to bottom."""
    runs = _runs(_without_doubles(words))
    runs.sort(key=lambda run: (run[0].base, run[0].left))
    return [make_segment(run) for row in _rows_of(runs) for run in _merged(row)]


def _without_doubles(words: Iterable[Word]) -> list[Word]:
    seen: dict[str, list[Word]] = {}
    kept = []
    for word in words:
        same = seen.setdefault(word.text, [])
        reach = FAKE_BOLD * word.size
        left, base = word.left, word.base
        for one in same:
            if -reach < one.left - left < reach and -reach < one.base - base < reach:
                break
        else:
            same.append(word)
            kept.append(word)
    return kept


def _runs(words: Iterable[Word]) -> list[list[Word]]:
    """Words that follow each other in the file and on the line."""
    runs: list[list[Word]] = []
    for word in words:
        if runs and _same_line(runs[-1], word) and _near(runs[-1], [word]):
            runs[-1].append(word)
        else:
            runs.append([word])
    return runs


def _same_line(run: Sequence[Word], word: Word) -> bool:
    last = run[-1]
    anchor = last if last.size >= word.size else word
    if abs(last.base - word.base) <= SAME_BASE * anchor.size:
        return True
    small = min(last, word, key=lambda one: one.size)
    overlap = min(last.bottom, word.bottom) - max(last.top, word.top)
    reach = MARK_GAP if len(run) == 1 and _MARK.fullmatch(last.text) else 0.3
    touching = -0.3 * anchor.size <= word.left - last.right <= reach * anchor.size
    if small.size <= SMALL * anchor.size and touching and overlap > 0.35 * (small.bottom - small.top):
        return True
    return touching and any(abs(one.base - word.base) <= SAME_BASE * one.size for one in run[-4:-1])


def _near(run: Sequence[Word], other: Sequence[Word]) -> bool:
    """Whether two runs of a line are read without a jump from the end of the first to the beginning of the second."""
    gap = other[0].left - run[-1].right
    size = max(run[-1].size, other[0].size, 1.0)
    if len(run) == 1 and _MARK.fullmatch(run[0].text):
        return -0.5 * size <= gap <= MARK_GAP * size
    if gap <= LEAST_JUMP * size:
        return gap >= -0.5 * size
    return gap <= MOST_SPACE * size and gap <= max(_widest_space(run, size), _widest_space(other, size))


def _widest_space(run: Sequence[Word], size: float) -> float:
    gaps = [after.left - before.right for before, after in zip(run[-9:], run[-8:], strict=False)]
    usual = median(gaps) if len(gaps) >= 2 else 0.0
    return min(max(LEAST_JUMP * size, STRETCH * usual), MOST_SPACE * size)


def _rows_of(runs: Sequence[list[Word]]) -> list[list[list[Word]]]:
    rows: list[list[list[Word]]] = []
    base = size = 0.0
    for run in runs:
        if rows and abs(run[0].base - base) <= SAME_BASE * min(size, run[0].size):
            rows[-1].append(run)
        else:
            rows.append([run])
            base, size = run[0].base, run[0].size
    return rows


def _merged(row: list[list[Word]]) -> list[list[Word]]:
    """Runs of one line from left to right, those without a jump between them joined."""
    row.sort(key=lambda run: run[0].left)
    merged: list[list[Word]] = []
    for run in row:
        if merged and _near(merged[-1], run):
            merged[-1] = merged[-1] + run
        else:
            merged.append(run)
    return merged


def rows(segments: Iterable[Segment]) -> list[list[Segment]]:
    """Segments by line, from top to bottom, each line from left to right."""
    found: list[list[Segment]] = []
    for segment in sorted(segments, key=lambda one: (one.base, one.left)):
        if found and abs(segment.base - found[-1][0].base) <= 0.4 * min(segment.size, found[-1][0].size):
            found[-1].append(segment)
        else:
            found.append([segment])
    for row in found:
        row.sort(key=lambda one: one.left)
    return found
