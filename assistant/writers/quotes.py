"""The writer without a model: quotes the units that the reader found likely to answer, lists whole, in reading order."""

import re
from collections.abc import Iterator, Sequence

from assistant.answers import DraftSentence, Quote, Support
from assistant.footnotes import without_last_marks
from assistant.reader.features import STORIES
from assistant.reader.reader import Fitted, load_fitted
from assistant.search.retrieval import Evidence, Findings
from assistant.writers.draft import WithoutTranslation
from ingest import tables
from ingest.chunks import Chunk
from ingest.index import Index
from ingest.units import Kind, Unit, plain, split_units

MOST_UNITS = 6
MOST_ITEMS = 16
"""Items of a list that is quoted whole."""
LIST_SHARE = 0.5
"""A list is quoted whole when this share of its items answers."""
MOST_AFTER = 2
"""Sentences that follow one which sets up a story."""
ALIKE = 0.75
"""Two units that share this much of their words (Jaccard) say the same."""
_CAPTION = re.compile(r"(?:Table|Tab\.|Tabelle|Tableau|Exhibit)\s*[A-Z]?\d", re.IGNORECASE)
"""How the caption of a table begins."""
_DECISION = ("requirement", "choose", "because", "not")


class QuotesWriter(WithoutTranslation):
    """Answers with sentences of the material, word for word; instant and grounded by construction."""

    name = "quotes"

    def __init__(self, index: Index, fitted: Fitted | None = None) -> None:
        self._index = index
        self._fitted = fitted or load_fitted()

    def write(self, question: str, findings: Findings) -> Iterator[DraftSentence]:
        """The likely units, grouped by place, the best place first, each place in reading order."""
        picked = _with_verdicts(self.pick(findings.evidence), findings.evidence)
        lists = {item: whole for item in picked if (whole := self._whole_list(item, picked))}
        done: set[tuple[str, int, int]] = set()
        for item in _reading_order(picked):
            for draft in lists.get(item) or [self._sentence(item)]:
                place = (draft.quotes[0].chunk.source, draft.quotes[0].chunk.page, draft.quotes[0].start)
                if place not in done:
                    done.add(place)
                    yield draft

    def pick(self, evidence: Sequence[Evidence]) -> list[Evidence]:
        """The best unit and what is likely enough beside it, each thing said once; their scores are probabilities."""
        picked: list[Evidence] = []
        for item in evidence:
            least = max(self._fitted.keep, self._fitted.near_best * evidence[0].score)
            if picked and (item.score < least or len(picked) >= MOST_UNITS):
                break
            if not any(_alike(item, one) for one in picked):
                picked.append(item)
        return picked

    def _whole_list(self, item: Evidence, picked: Sequence[Evidence]) -> list[DraftSentence]:
        """The list around an item and the line above it, where enough of its items were picked; else nothing."""
        if item.kind is not Kind.ITEM:
            return []
        units = [
            (chunk, unit)
            for chunk in self._index.page_chunks(item.chunk.source, item.chunk.page)
            for unit in chunk.units
            if unit.kind is not Kind.ASIDE
        ]
        at = next((n for n, (chunk, unit) in enumerate(units) if chunk.start + unit.start == item.start), None)
        if at is None:
            return []
        first = last = at
        while first > 0 and units[first - 1][1].kind is Kind.ITEM:
            first -= 1
        while last + 1 < len(units) and units[last + 1][1].kind is Kind.ITEM:
            last += 1
        places = {(one.chunk.source, one.start) for one in picked}
        items = units[first : last + 1]
        chosen = sum((chunk.source, chunk.start + unit.start) in places for chunk, unit in items)
        if len(items) < 2 or len(items) > MOST_ITEMS or chosen < LIST_SHARE * len(items):
            return []
        above = units[first - 1 : first] if first else []
        return [_verbatim(chunk, unit) for chunk, unit in [*above, *items] if plain(chunk.text[unit.start : unit.end])]

    def _sentence(self, evidence: Evidence) -> DraftSentence:
        text = evidence.words
        if evidence.kind is Kind.ROW:
            text = _row_with_header(evidence, self._index.page_text(evidence.chunk.source, evidence.chunk.page))
        lead = len(evidence.raw) - len(evidence.raw.lstrip())
        start = evidence.start + lead
        return DraftSentence(text, (Quote(evidence.chunk, start, start + len(evidence.quote)),), Support.VERBATIM)


def _with_verdicts(picked: Sequence[Evidence], evidence: Sequence[Evidence]) -> list[Evidence]:
    """The picked units; behind one that sets up a story, what follows it there, where the verdict is."""
    told = list(picked)
    for item in picked:
        heading = item.chunk.heading_path[-1] if item.chunk.heading_path else ""
        if item.kind is Kind.PROSE and heading.startswith(STORIES):
            after = [one for one in evidence if one.chunk == item.chunk and one.kind is Kind.PROSE]
            told += sorted((one for one in after if one.start > item.start), key=lambda one: one.start)[:MOST_AFTER]
    return list({item.place: item for item in told}.values())


def _alike(one: Evidence, other: Evidence) -> bool:
    first, second = set(one.words.lower().split()), set(other.words.lower().split())
    return len(first & second) >= ALIKE * len(first | second)


def _reading_order(picked: Sequence[Evidence]) -> list[Evidence]:
    """Places in the order of their best sentence; within a place as printed."""
    rank: dict[tuple[str, int, str], int] = {}
    for item in picked:
        rank.setdefault((item.chunk.source, item.chunk.page, item.chunk.heading), len(rank))
    return sorted(picked, key=lambda item: (rank[item.chunk.source, item.chunk.page, item.chunk.heading], item.place))


def _verbatim(chunk: Chunk, unit: Unit) -> DraftSentence:
    raw = chunk.text[unit.start : unit.end]
    start = chunk.start + unit.start + len(raw) - len(raw.lstrip())
    quote = without_last_marks(raw.strip())
    return DraftSentence(plain(raw), (Quote(chunk, start, start + len(quote)),), Support.VERBATIM)


def _row_with_header(evidence: Evidence, page_text: str) -> str:
    """A table row as one sentence where it holds a decision, else as `Column: cell; …` with the columns above it.

    The caption of a table, where it has one, says what its rows are about and stands first.
    """
    header: list[str] = []
    caption = ""
    for unit in split_units(page_text):
        if unit.start >= evidence.start:
            break
        words = page_text[unit.start : unit.end]
        if unit.kind is Kind.HEADER:
            header = _cells(words)
        elif unit.kind not in (Kind.ROW, Kind.ASIDE):
            header = []
            caption = f"{plain(words).rstrip('.:')}: " if _CAPTION.match(plain(words)) else ""
    cells = _cells(evidence.raw)
    if len(header) != len(cells):
        return caption + evidence.words
    if tuple(name.lower() for name in header) == _DECISION and all(cells):
        requirement, choose, because, instead = cells
        return f"{requirement}: {choose} ({because}), not {instead}."
    named = (f"{name}: {cell}" if name else cell for name, cell in zip(header, cells, strict=True) if cell)
    return caption + "; ".join(named) + "."


def _cells(row: str) -> list[str]:
    return [plain(cell) for cell in tables.cells(row)]
