"""Finds the order in which a page is read: columns from left to right, what spans them in its place between them."""

from collections.abc import Sequence
from itertools import pairwise
from statistics import mean

from ingest.pdf.lines import Segment

DEEPEST = 4
"""Columns inside columns are looked for this many times."""
GUTTER = 0.5
"""Least width of the space between columns, as a share of the type size."""
PROSE_WORDS = 3.2
"""Mean number of words in a line from which a column is running text and no column of a table."""
LOOSE_WORDS = 2.0
"""The same where the lines of both sides do not stand on the same height, as a table's would."""
FILL = 0.55
"""Mean length of the lines of running text, as a share of a full one."""
ASIDE_LINES = 5
ASIDE_SHARE = 0.4
"""At least so many lines of text stand beside a caption, which has at most this share of them."""
SAME_HEIGHT = 0.25
"""Lines whose baselines differ by less than this share of their size stand side by side."""


def reading_order(segments: Sequence[Segment], depth: int = 0) -> list[list[Segment]]:
    """Groups of segments in reading order; inside a group, reading goes line by line."""
    if len(segments) < 4 or depth >= DEEPEST:
        return [list(segments)] if segments else []
    best: list[_Band] = []
    most = 0
    for edge in _left_edges(segments):
        bands = _bands(segments, edge)
        covered = sum(len(one.text) for band in bands if band.columns for one in (*band.left, *band.right))
        if covered > most:
            best, most = bands, covered
    if not best:
        return [list(segments)]
    groups: list[list[Segment]] = []
    pending: list[Segment] = []
    for band in best:
        if not band.columns:
            pending += [*band.across, *band.left, *band.right]
            continue
        groups += reading_order(pending, depth + 1)
        pending = []
        groups += reading_order(band.left, depth + 1) + reading_order(band.right, depth + 1)
    return groups + reading_order(pending, depth + 1)


class _Band:
    """A part of the page from top to bottom: either what spans the gutter, or what stands on both sides of it."""

    __slots__ = ("across", "bottom", "columns", "left", "right")

    def __init__(self) -> None:
        self.across: list[Segment] = []
        self.left: list[Segment] = []
        self.right: list[Segment] = []
        self.columns = False
        self.bottom = 0.0


def _left_edges(segments: Sequence[Segment]) -> list[float]:
    """Where several lines begin, away from the left margin: the right sides of possible gutters."""
    outer, end = min(one.left for one in segments), max(one.right for one in segments)
    reach = (end - outer) * 0.12
    lefts = sorted(one.left for one in segments if outer + reach < one.left < end - reach / 2)
    edges: list[tuple[int, float]] = []
    at = 0
    while at < len(lefts):
        stop = at
        while stop < len(lefts) and lefts[stop] - lefts[at] <= 4.0:
            stop += 1
        if stop - at >= 2:
            edges.append((stop - at, lefts[at]))
        at = stop
    return [edge for _, edge in sorted(edges, reverse=True)[:6]]


def _bands(segments: Sequence[Segment], edge: float) -> list[_Band]:
    """The page cut into bands at the lines that span a gutter whose right side is `edge`."""
    bands: list[_Band] = []
    spanning = [one for one in segments if one.left < edge - 1 and one.right > edge - GUTTER * one.size]
    beside = [one for one in segments if not (one.left < edge - 1 and one.right > edge - GUTTER * one.size)]
    mixed = _beside_spanning(spanning, beside)
    blocked = sorted([*spanning, *(one for one in beside if id(one) in mixed)], key=lambda one: one.middle)
    free = sorted((one for one in beside if id(one) not in mixed), key=lambda one: one.middle)
    at = 0
    for one in free:
        while at < len(blocked) and blocked[at].middle <= one.middle:
            _across(bands).across.append(blocked[at])
            at += 1
        if not bands or bands[-1].across:
            bands.append(_Band())
        (bands[-1].left if one.left < edge - 1 else bands[-1].right).append(one)
    for one in blocked[at:]:
        _across(bands).across.append(one)
    for band in bands:
        band.columns = not band.across and _is_columns(band.left, band.right)
    return bands


def _across(bands: list[_Band]) -> _Band:
    if not bands or not bands[-1].across:
        bands.append(_Band())
    return bands[-1]


def _beside_spanning(spanning: Sequence[Segment], beside: Sequence[Segment]) -> set[int]:
    """Segments that stand on one line with one that spans the gutter: rows of a table, not lines of a column."""
    found: set[int] = set()
    ordered = sorted(spanning, key=lambda one: one.base)
    at = 0
    for one in sorted(beside, key=lambda one: one.base):
        while at < len(ordered) and ordered[at].base < one.base - one.size:
            at += 1
        near = at
        while near < len(ordered) and ordered[near].base <= one.base + one.size:
            if abs(ordered[near].base - one.base) <= SAME_HEIGHT * one.size:
                found.add(id(one))
            near += 1
    return found


def _is_columns(left: Sequence[Segment], right: Sequence[Segment]) -> bool:
    """Whether two sides are read one after the other, not line by line across."""
    if len(left) < 2 or len(right) < 2:
        return False
    shared = min(left[-1].bottom, right[-1].bottom) - max(left[0].top, right[0].top)
    size = mean(one.size for one in (*left, *right))
    if shared < 2.0 * size:
        return False
    if _is_aside(left, right) or _is_aside(right, left):
        return True
    pairs = _same_heights(left, right)
    paired = pairs / min(len(left), len(right))
    least = PROSE_WORDS if paired > 0.5 else LOOSE_WORDS
    if not all(_is_prose(side, least) for side in (left, right)):
        return False
    return not (paired > 0.5 and _rows_begin_together(left, right))


def _is_aside(few: Sequence[Segment], many: Sequence[Segment]) -> bool:
    """Whether a few lines close together stand beside a column of text, such as the caption of a picture."""
    if len(many) < ASIDE_LINES or len(few) > ASIDE_SHARE * len(many) or not _is_prose(many, PROSE_WORDS):
        return False
    bases = sorted(one.base for one in few)
    return all(after - before <= 2.2 * few[0].size for before, after in pairwise(bases))


def _same_heights(left: Sequence[Segment], right: Sequence[Segment]) -> int:
    bases = sorted(one.base for one in right)
    count = at = 0
    for one in sorted(left, key=lambda one: one.base):
        reach = SAME_HEIGHT * one.size
        while at < len(bases) and bases[at] < one.base - reach:
            at += 1
        count += at < len(bases) and bases[at] <= one.base + reach
    return count


def _is_prose(side: Sequence[Segment], least: float) -> bool:
    widths = sorted(one.width for one in side)
    full = widths[int(0.9 * (len(widths) - 1))]
    words = mean(len(one.words) for one in side)
    fill = mean(widths) / max(full, 1.0)
    digits = sum(letter.isdigit() for one in side for letter in one.text)
    letters = sum(len(one.text) for one in side)
    return words >= least and fill >= FILL and digits < 0.25 * letters


def _rows_begin_together(left: Sequence[Segment], right: Sequence[Segment]) -> bool:
    """Whether paragraphs on both sides begin side by side each time, as the rows of a table without lines do."""
    starts = [_starts(side) for side in (left, right)]
    if min(len(one) for one in starts) < 3:
        return False
    few, many = sorted(starts, key=len)
    together = sum(any(abs(one - other) <= 3.0 for other in many) for one in few)
    return together >= 0.8 * len(many)


def _starts(side: Sequence[Segment]) -> list[float]:
    """Baselines of lines that stand farther below the line before than most."""
    ordered = sorted(side, key=lambda one: one.base)
    gaps = [after.base - before.base for before, after in pairwise(ordered)]
    usual = sorted(gaps)[len(gaps) // 3] if gaps else 0.0
    return [ordered[0].base] + [after.base for after, gap in zip(ordered[1:], gaps, strict=True) if gap > 1.3 * usual]
