"""The writer without a model: picks the sentences that answer, keeps lists whole, and puts them in an order that reads well."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from assistant.retrieval import Evidence, Findings
from assistant.shapes import (
    Shape,
    WantedChoice,
    asks_for_date,
    asks_for_new_name,
    overview_topic,
    shape_of,
    sides_of,
    wanted_choice,
)
from assistant.writers import DraftSentence, Quote, Support, WithoutTranslation
from ingest.chunks import Chunk
from ingest.index import Index
from ingest.lexical import STOPWORDS, Analyzer
from ingest.units import QUOTABLE, Kind, Unit, plain, split_units

MOST_SENTENCES = 4
MOST_ITEMS = 16
MOST_CHARACTERS = 1100
MOST_OVERVIEW = 6
"""Sentences of an overview, each from a place of its own."""
ON_TOPIC = 0.99
"""Share of the topic, by rarity, that a sentence of an overview and its headings hold."""
NEAR_BEST_OVERVIEW = 0.65
MOST_OF_SOURCE = 2
TOPIC_HELD = 0.7
"""Where no sentence is on the topic of an overview and none holds this share of it, the material says nothing about it."""
NEAR_BEST = 0.8
"""A further sentence is worth reading when its score is at least this share of the best one's."""
ALIKE = 0.75
"""Two sentences that share this much of their words (Jaccard) say the same."""
OPENING = 2
"""Words more than a thing's name has, among which a sentence that tells what it is names it."""
FRAGMENT_WORDS = 4
SHORT_WORDS = 8
MOST_ROWS = 3
"""Table rows in an answer that is no list: a reader wants a sentence too."""
_DECISION = ("requirement", "choose", "because", "not")
RAMBLING_WORDS = 60
OWN_WORDS = 0.3
"""What a sentence gains when its own words, not its headings, hold all of what was asked."""
RENAMED = 1.0
"""What a sentence on names gains when it holds all terms of a question for a new name."""
CHOSEN = 0.5
"""What a row of a decision table gains when it chooses what the question asks about, and loses when it advises against it."""
DEFINES = 0.75
"""A sentence that opens with this share of a question's terms says what they mean: nothing need stand before it."""
NAMED_BY_HEADING = 0.6
"""Share of a question's terms that a heading must hold for its list to be the answer."""


_DATE = re.compile(
    r"\b(20\d\d|january|february|march|april|may \d|june|july|august|september|october|november|december|days|months|years)\b",
    re.IGNORECASE,
)
_TELLS_NAMES = re.compile(
    r"\b(formerly|former|renamed|was called|new name|replaces|replaced by|successor)\b", re.IGNORECASE
)
_LEANS_BACK = re.compile(
    r"^((it|its|this|these|those|they|their|such|however|also|instead|otherwise|then|but)|"
    r"(use|choose|keep|take|give|put|see|save|prefer|avoid) (it|them|this|these)|only with (it|both|all))\b",
    re.IGNORECASE,
)
_NEEDS_CONTEXT = re.compile(
    r"^(the (trap|mend|answer|right|wrong|decisive|second|first|former|latter|same|tempting|other)|another|both|neither|"
    r"each of the|options?|when an option|read |ask |look |if (the|it|they|that))\b",
    re.IGNORECASE,
)
"""Sentences that go on from what stands before them and say little when quoted alone."""
_STATES = re.compile(
    r"\b(is|are|means|lets|measures|refers|asks|says|shows|keeps|makes|copies|splits|stores|runs|finds|fits|gives|tracks|works|"
    r"screens|trains|predicts|reads|serves|reserves|charges|compares|limits)\b"
)
_IS = re.compile(r"\s+(?:is|are|means|mean)\s+")


@dataclass(frozen=True, slots=True)
class _Scored:
    evidence: Evidence
    score: float


class QuotesWriter(WithoutTranslation):
    """Answers with sentences of the material, word for word; instant and grounded by construction."""

    name = "quotes"

    def __init__(self, index: Index) -> None:
        self._index = index
        self._analyzer = Analyzer()

    def write(self, question: str, findings: Findings) -> Iterator[DraftSentence]:
        """The sentences that answer, grouped by place, the best place first, each place in reading order."""
        shape = shape_of(question)
        question = overview_topic(question) or question
        scored = self._scored(question, shape, findings.evidence)
        if not scored:
            return
        if shape is Shape.LIST and (listed := self._whole_list(question, scored)):
            yield from listed
            return
        picked: list[Evidence] = []
        if shape is Shape.COMPARISON:
            picked = self._pick_sides(question, scored)
        elif shape is Shape.OVERVIEW:
            picked = self._pick_overview(question, scored)
            if not picked and max(one.coverage for one in findings.evidence) < TOPIC_HELD:
                return
        if len(picked) < MOST_SENTENCES:
            picked = self._pick(question, shape, scored, picked)
        for evidence in _reading_order(picked):
            yield self._sentence(evidence)

    def _scored(self, question: str, shape: Shape, evidence: Sequence[Evidence]) -> list[_Scored]:
        scored = [
            _Scored(item, item.score + _bonus(question, shape, item, self._analyzer.tokens))
            for item in evidence
            if item.kind in QUOTABLE
        ]
        return sorted(scored, key=lambda item: -item.score)

    def _pick_overview(self, topic: str, scored: Sequence[_Scored]) -> list[Evidence]:
        """A sentence of each place that is on the topic, few of them from one source, so that no page stands for the whole."""
        named = [item for item in scored if _names(item.evidence, topic)]
        scored = named or scored
        places: dict[tuple[str, int, tuple[str, ...]], list[_Scored]] = {}
        for item in scored:
            one = item.evidence
            leans = _LEANS_BACK.match(one.words) or _NEEDS_CONTEXT.match(one.words)
            short = one.kind is Kind.PROSE and len(one.words.split()) < FRAGMENT_WORDS
            if one.kind in (Kind.PROSE, Kind.ITEM) and one.coverage >= ON_TOPIC and not leans and not short:
                places.setdefault((one.chunk.source, one.chunk.page, one.chunk.heading_path), []).append(item)
        picked: list[Evidence] = []
        best = max((found[0].score for found in places.values()), default=0.0)
        for (source, _, _), found in places.items():
            near = [item.evidence for item in found if item.score >= NEAR_BEST * found[0].score]
            telling = [one for one in near if _defines_subject(topic, one.words, self._analyzer.tokens) >= DEFINES]
            opening = min(telling or near, key=lambda one: one.place)
            full = sum(one.chunk.source == source for one in picked) >= MOST_OF_SOURCE
            if (
                found[0].score >= NEAR_BEST_OVERVIEW * best
                and not full
                and not any(_alike(opening, one) for one in picked)
            ):
                picked.append(opening)
        return sorted(
            picked[:MOST_OVERVIEW], key=lambda one: not _is_definition(topic, one.words, self._analyzer.tokens)
        )

    def _pick(self, question: str, shape: Shape, scored: Sequence[_Scored], picked: list[Evidence]) -> list[Evidence]:
        best = scored[0].score
        direct = False
        for item in scored:
            full = len(picked) >= MOST_SENTENCES or sum(len(one.quote) for one in picked) > MOST_CHARACTERS
            if picked and (full or item.score < NEAR_BEST * best):
                break
            if any(_alike(item.evidence, one) for one in picked):
                continue
            rows = sum(one.kind is Kind.ROW for one in picked)
            if item.evidence.kind is Kind.ROW and rows >= MOST_ROWS and shape is not Shape.LIST:
                continue
            waits = picked and _stands_before(item.evidence, picked[0])
            if waits and (direct or item.evidence.own_coverage < picked[0].own_coverage):
                continue
            picked.append(item.evidence)
            if len(picked) == 1 and shape is Shape.DEFINITION:
                direct = _defines_subject(question, item.evidence.words, self._analyzer.tokens) >= DEFINES
            lead = self._lead_in(item.evidence, scored)
            if lead is not None and lead not in picked:
                picked.append(lead)
        return picked

    def _lead_in(self, evidence: Evidence, scored: Sequence[_Scored]) -> Evidence | None:
        """The sentence before one that leans on it (`It …`, `This …`), when it was found too."""
        if not _LEANS_BACK.match(evidence.words):
            return None
        before = (item.evidence for item in scored if item.evidence.end == evidence.start)
        return next((item for item in before if item.place[:2] == evidence.place[:2]), None)

    def _pick_sides(self, question: str, scored: Sequence[_Scored]) -> list[Evidence]:
        """For `A or B` questions: on each side the best sentence that says what it is, else the best that names it."""
        sides = [set(self._analyzer.tokens(side)) for side in sides_of(question)]
        if len(sides) != 2 or not all(sides):
            return []
        apart = [sides[0] - sides[1], sides[1] - sides[0]]
        if not all(apart):
            return []

        def speaks_of(item: Evidence, side: set[str]) -> bool:
            return len(side & set(self._analyzer.tokens(item.words))) >= max(1, len(side) / 2)

        def opens_with(item: Evidence, side: set[str], other: set[str]) -> bool:
            opening = set(self._analyzer.tokens(" ".join(item.words.split()[: len(side) + OPENING])))
            return item.kind is Kind.PROSE and len(side & opening) >= max(1, len(side) / 2) and not other & opening

        tells_apart = [
            item.evidence
            for item in scored
            if item.evidence.kind is Kind.PROSE and all(speaks_of(item.evidence, side) for side in apart)
        ]
        chosen: list[Evidence] = []
        for side, other in zip(apart, apart[::-1], strict=True):
            mentions = [item.evidence for item in scored if speaks_of(item.evidence, side)]
            definitions = [item for item in mentions if opens_with(item, side, other)]
            chosen += [item for item in [*definitions, *tells_apart, *mentions][:1] if item not in chosen]
        return chosen

    def _whole_list(self, question: str, scored: Sequence[_Scored]) -> list[DraftSentence]:
        """All items under the heading that the question names, or the whole list around the best item."""
        best = self._item_to_start_from(question, scored)
        if best is None:
            return []
        depth = self._named_depth(question, best.chunk)
        items: list[DraftSentence] = []
        heading: DraftSentence | None = None
        for page in sorted(
            {item.evidence.chunk.page for item in scored if item.evidence.chunk.source == best.chunk.source}
        ):
            for chunk in self._index.page_chunks(best.chunk.source, page):
                if chunk.heading_path[:depth] != best.chunk.heading_path[:depth]:
                    continue
                for unit in split_units(chunk.text):
                    if (
                        unit.kind is Kind.HEADING
                        and heading is None
                        and plain(unit.title) == best.chunk.heading_path[depth - 1]
                    ):
                        heading = _verbatim(chunk, unit)
                    elif unit.kind is Kind.ITEM:
                        items.append(_verbatim(chunk, unit))
        if not 2 <= len(items) <= MOST_ITEMS:
            return []
        return [heading, *items] if heading else items

    def _item_to_start_from(self, question: str, scored: Sequence[_Scored]) -> Evidence | None:
        """The best item when it is the best of all, or one under a heading that says most of what the question says."""
        if scored[0].evidence.kind is Kind.ITEM:
            return scored[0].evidence
        terms = set(self._analyzer.tokens(question))
        for item in scored:
            shared = terms & set(self._analyzer.tokens(item.evidence.chunk.heading))
            if item.evidence.kind is Kind.ITEM and len(shared) >= NAMED_BY_HEADING * len(terms):
                return item.evidence
        return None

    def _named_depth(self, question: str, chunk: Chunk) -> int:
        """How many of a chunk's headings, outermost first, it takes to reach one that shares most with the question."""
        terms = set(self._analyzer.tokens(question))
        shared = [len(terms & set(self._analyzer.tokens(heading))) for heading in chunk.heading_path]
        most = max(shared, default=0)
        return shared.index(most) + 1 if most else len(shared)

    def _sentence(self, evidence: Evidence) -> DraftSentence:
        text = evidence.words
        if evidence.kind is Kind.ROW:
            text = _row_with_header(evidence, self._index.page_text(evidence.chunk.source, evidence.chunk.page))
        lead = len(evidence.raw) - len(evidence.raw.lstrip())
        start = evidence.start + lead
        return DraftSentence(text, (Quote(evidence.chunk, start, start + len(evidence.quote)),), Support.VERBATIM)


def _bonus(question: str, shape: Shape, item: Evidence, tokens: Callable[[str], list[str]]) -> float:
    """What a sentence gains or loses by its form, given what the question asks for; the best score is near 3."""
    words = item.words
    bonus = OWN_WORDS * item.own_coverage * (2 if shape is Shape.OVERVIEW else 1)
    if len(words.split()) < FRAGMENT_WORDS:
        bonus -= 0.4
    elif item.kind is Kind.PROSE and len(words.split()) < SHORT_WORDS:
        bonus -= 0.15
    if _NEEDS_CONTEXT.match(words):
        bonus -= 0.4
    if item.kind is Kind.CODE:
        bonus -= 0.8
    if len(words.split()) > RAMBLING_WORDS:
        bonus -= 0.5
    if item.kind is Kind.ROW and shape not in (Shape.CHOICE, Shape.COMPARISON, Shape.LIST):
        bonus -= 0.2
    if words.endswith("?"):
        bonus -= 0.6
    if words.endswith(":"):
        bonus -= 0.5
    if shape is Shape.NUMBER and re.search(r"\d", words):
        bonus += 0.4
    if asks_for_date(question) and _DATE.search(words):
        bonus += 0.4
    if asks_for_new_name(question) and _TELLS_NAMES.search(words):
        asked = set(tokens(question))
        bonus += RENAMED * len(asked & set(tokens(words))) / max(1, len(asked))
    if shape in (Shape.DEFINITION, Shape.OVERVIEW):
        bonus += 0.5 * _defines_subject(question, words, tokens)
    if shape is Shape.CHOICE and (
        item.kind is Kind.ROW or re.search(r"\b(choose|use|when|prefer|pick|fits?|suits?)\b", words, re.IGNORECASE)
    ):
        bonus += 0.2
    if item.kind is Kind.ROW and (wanted := wanted_choice(question)):
        bonus += CHOSEN * _speaks_for(wanted, item, tokens)
    return bonus


def _speaks_for(wanted: WantedChoice, item: Evidence, tokens: Callable[[str], list[str]]) -> int:
    """1 for a row of a decision table that answers when to use a thing, or when not to; -1 for the opposite; else 0."""
    cells = _cells(item.raw)
    things = [terms for thing in wanted.things if (terms := set(tokens(thing)))]
    if len(cells) != len(_DECISION):
        return 0
    chosen, rejected = (any(terms <= set(tokens(cells[at])) for terms in things) for at in (1, 3))
    return int(chosen) - int(rejected) if wanted.used else int(rejected) - int(chosen)


def _defines_subject(question: str, words: str, tokens: Callable[[str], list[str]]) -> float:
    """Share of the question's terms with which a sentence of the form `… is …` opens, 0 for any other form."""
    if not _STATES.search(words):
        return 0.0
    subject = set(tokens(question))
    opening = " ".join(words.split()[: len(subject) + 1])
    return len(set(tokens(opening)) & subject) / max(1, len(subject))


def _is_definition(topic: str, words: str, tokens: Callable[[str], list[str]]) -> bool:
    """Whether a sentence says of the topic itself, and of no more than it, what it is."""
    said = _IS.split(words, maxsplit=1)
    return len(said) > 1 and set(tokens(said[0])) == set(tokens(topic))


def _stands_before(item: Evidence, best: Evidence) -> bool:
    same_place = item.place[:2] == best.place[:2] and item.chunk.heading == best.chunk.heading
    return same_place and item.start < best.start


def _names(item: Evidence, topic: str) -> bool:
    """Whether a sentence or its headings hold the topic's words as they are written: "responsible" is not "response"."""
    held = {word.rstrip("s") for word in re.findall(r"\w+", f"{item.words} {item.chunk.heading}".lower())}
    return all(word.rstrip("s") in held for word in re.findall(r"\w+", topic.lower()) if word not in STOPWORDS)


def _alike(one: Evidence, other: Evidence) -> bool:
    first, second = set(one.words.lower().split()), set(other.words.lower().split())
    return len(first & second) >= ALIKE * len(first | second)


def _reading_order(picked: Sequence[Evidence]) -> list[Evidence]:
    """Places in the order of their best sentence; within a place as printed."""
    rank: dict[tuple[str, int, str], int] = {}
    for item in picked:
        rank.setdefault((item.chunk.source, item.chunk.page, item.chunk.heading), len(rank))
    unique = list(dict.fromkeys(picked))
    return sorted(unique, key=lambda item: (rank[item.chunk.source, item.chunk.page, item.chunk.heading], item.place))


def _verbatim(chunk: Chunk, unit: Unit) -> DraftSentence:
    raw = chunk.text[unit.start : unit.end]
    start = chunk.start + unit.start + len(raw) - len(raw.lstrip())
    return DraftSentence(plain(raw), (Quote(chunk, start, start + len(raw.strip())),), Support.VERBATIM)


def _row_with_header(evidence: Evidence, page_text: str) -> str:
    """A table row as one sentence where it holds a decision, else as `Column: cell; …` with the columns above it."""
    header: list[str] = []
    for unit in split_units(page_text):
        if unit.start >= evidence.start:
            break
        if unit.kind is Kind.HEADER:
            header = _cells(page_text[unit.start : unit.end])
        elif unit.kind not in (Kind.ROW, Kind.ASIDE):
            header = []
    cells = _cells(evidence.raw)
    if len(header) != len(cells):
        return evidence.words
    if tuple(name.lower() for name in header) == _DECISION and all(cells):
        requirement, choose, because, instead = cells
        return f"{requirement}: {choose} ({because}), not {instead}."
    return "; ".join(f"{name}: {cell}" for name, cell in zip(header, cells, strict=True) if cell) + "."


def _cells(row: str) -> list[str]:
    return [plain(cell) for cell in row.strip().strip("|").split("|")]
