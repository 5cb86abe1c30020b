"""Finds in any material what a card can ask about: definitions, sentences with one figure, rows of tables.

Only what form alone can vouch for is taken: whole sentences that stand by themselves, terms that the material uses elsewhere
too, rows without empty cells. What is left out is no loss: a card that nobody can read is worse than none.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from assistant.footnotes import without_last_marks
from assistant.practice.questions import Reference
from ingest.chunks import Chunk
from ingest.tables import cells
from ingest.units import Kind, Unit, plain, split_units

LONGEST_TERM = 5
"""Words in what a definition defines."""
SENTENCE_WORDS = (7, 40)
LONGEST_SENTENCE = 600
"""Characters."""
LONGEST_CELL = 120
"""Characters of a table cell that still reads as an option."""
LONGEST_LABEL = 12
"""Words."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fact stands; `start` is the offset on the page."""

    source: str
    page: int
    start: int
    quote: str
    heading_path: tuple[str, ...]

    @property
    def heading(self) -> str:
        """The innermost heading, or the source's name where there is none."""
        return self.heading_path[-1] if self.heading_path else self.source

    @property
    def reference(self) -> Reference:
        """The place as a citation."""
        return Reference(self.source, self.page, without_last_marks(self.quote))


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of a table with its header; `table` tells the tables of a source apart."""

    place: Place
    table: tuple[str, int, int]
    header: tuple[str, ...]
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Definition:
    """A sentence or an item that says what a term is; `verb` joins the term and the `rest`, a colon in a list."""

    place: Place
    term: str
    verb: str
    rest: str

    @property
    def sentence(self) -> str:
        """What it says, as a sentence."""
        return f"{self.term}{'' if self.verb == ':' else ' '}{self.verb} {self.rest}."


@dataclass(frozen=True, slots=True)
class NumberFact:
    """A sentence with one figure and its unit, the space before it included; `before` and `behind` are the words around them."""

    place: Place
    before: str
    number: str
    unit: str
    behind: str

    @property
    def sentence(self) -> str:
        """The whole sentence."""
        return f"{self.before}{self.number}{self.unit}{self.behind}"


Fact = TableRow | Definition | NumberFact

_DEFINES = re.compile(r"(?P<term>(?:An? )?[^,.;:!?()“”\"]+?) (?P<verb>is|are|means?|refers to) (?P<rest>.+)\.$")
_LISTED = re.compile(r"(?P<term>[^.:;!?“”\"]{2,60}?)\s*(?::|–|—| - )\s+(?P<rest>\S.{15,}?)\.?$")
_IS_WHAT = re.compile(r"(an?|the|one of|any|how|share of|number of|used (to|for))\s", re.IGNORECASE)
"""How a definition goes on; without it a sentence only says something about its subject."""
_LEANS = re.compile(
    r"(\w+,|(its?|th(is|at|ese|ose|ey|eir|ere|en|us)|here|he|she|such|both|each|which|who|if|when|while|because|although|since|as|"
    r"however|also|therefore|for (example|instance)|in (addition|contrast|this|that|these)|otherwise|instead|but|and|so|or|"
    r"we|you|i|let|one|another|other|some|many|most|all|no|first|second|third|next|finally|last|same|following)\b)",
    re.IGNORECASE,
)
"""How a sentence begins that needs the one before it, or speaks to the reader."""
_STEP = re.compile(
    r"(add|avoid|check|choose|click|configure|consider|copy|create|delete|deploy|disable|enable|ensure|enter|go|increase|"
    r"install|keep|make|open|provide|reduce|remove|run|see|select|set|specify|update|use|verify|wait)\b",
    re.IGNORECASE,
)
"""Instructions have no subject that something could be said of."""
_POINTS = re.compile(
    r"\b(this|these|here|above|below|following|previous|earlier|later in|as (shown|described|mentioned)|table \d|figure \d|"
    r"today|currently|yesterday|last (week|month|year)|our|my|your|we|you|i)\b",
    re.IGNORECASE,
)
"""Words that point out of a sentence: to its neighbors, to a figure, to a moment, to people."""
_NOT_A_TERM = re.compile(
    r"\b(is|are|was|were|has|have|can|must|may|will|should|not|that|which|who|when|what|why|how|if|because|than|with|"
    r"goal|aim|purpose|idea|result|reason|difference|question|answer|problem|example|way|thing|step|note|tip|warning)\b",
    re.IGNORECASE,
)
LOGISTICS = re.compile(
    r"\b(exams?|certificat\w+|candidates?|syllabus|home ?work|assignments?|grad(e|es|ing)|course|lectur\w+|instructors?|"
    r"semester|office hours|quiz(zes)?|fees?|renewal|study guide|agenda|table of contents|copyright|trademarks?|license)\b",
    re.IGNORECASE,
)
"""Of an exam, a course or a document: how it is held is not what it is about."""
_INVENTED = re.compile(
    r"\b(examples?|scenarios?|samples?|case study|tutorial|quickstart|exercises?|walkthrough|release notes?|changelog)\b|"
    r"^[A-Z][a-z]+ \d{1,2}, \d{4}$",
    re.IGNORECASE,
)
"""Headings under which figures and things are made up, or were true on a day."""
_WORD = re.compile(r"[^\W_]+")
_CODE = re.compile(r"[{}<>=\\]|::|\w\(|https?:|\w/\w+/|\b\w+_\w+\b|[$#]\w")
_ADVICE = re.compile(
    r"\b(choose|use|pick|recommend\w*|prefer\w*|best|better|instead|not|avoid|solution|answer)\b", re.IGNORECASE
)
"""Columns that advise: what stands in another row may be defended too."""
_ATTRIBUTES = re.compile(
    r"\W*|features?|attributes?|propert(y|ies)|aspects?|criteri(on|a)|factors?|parameters?|fields?|settings?",
    re.IGNORECASE,
)
"""First columns whose rows hold values of different kinds, so that the kind alone gives the key away."""
_EMPTY_CELL = re.compile(
    r"\W*|yes|no|n/?a|true|false|none|(not )?supported|optional|required|see\b.*|[✓✗xX]", re.IGNORECASE
)
_UNITS = (
    r"%|percent|(?:milli)?seconds?|minutes?|hours?|days?|weeks?|months?|years?|[KMGTP]i?B|(?:mega|giga|kilo|tera)?bytes?|"
    r"tokens?|rows?|columns?|replicas?|nodes?|GPUs?|CPUs?|vCPUs?|cores?|requests?|characters?|labels?|images?|dimensions?|"
    r"layers?|parameters?|epochs?|samples?|examples?|features?|classes|folds?|meters?|kilometers?|grams?|kilograms?|degrees?"
)
_NUMBER = re.compile(rf"(?<![\w.,/$-])(?P<number>\d{{1,3}}(?:,\d{{3}})+|\d+(?:\.\d+)?)\s?(?P<unit>{_UNITS})(?![\w-])")


def find_facts(chunks: Iterable[Chunk], *, recurring: bool = True) -> list[Fact]:
    """Every fact of some chunks, in reading order; chunks of a page must be there whole.

    A sentence that stands in a source twice is one fact. A term that is described twice in a source is a label, and one that
    stands nowhere else in the material is no term, unless `recurring` is off.
    """
    ordered = sorted(chunks, key=lambda chunk: (chunk.source, chunk.page, chunk.start))
    facts: list[Fact] = []
    said: set[tuple[type[Fact], str, str]] = set()
    texts: list[str] = []
    for _, group in groupby(ordered, key=lambda chunk: (chunk.source, chunk.page)):
        page = list(group)
        texts.append(_bare(" ".join([*page[0].heading_path, *(chunk.text for chunk in page)])))
        for fact in _page_facts(page):
            sentence = (type(fact), fact.place.source, plain(fact.place.quote))
            if isinstance(fact, TableRow) or sentence not in said:
                facts.append(fact)
            said.add(sentence)
    described = Counter((fact.place.source, fact.term) for fact in facts if isinstance(fact, Definition))
    everything = " ".join(texts)
    return [
        fact
        for fact in facts
        if not isinstance(fact, Definition)
        or (
            described[fact.place.source, fact.term] == 1
            and (not recurring or everything.count(_bare(_term(fact.term))) > 1)
        )
    ]


def _bare(text: str) -> str:
    """The words alone, each between spaces, so that a term is found as a whole."""
    return f" {' '.join(_WORD.findall(text.lower()))} "


def _term(term: str) -> str:
    return re.sub(r"^An? ", "", term)


def _page_places(chunks: Sequence[Chunk]) -> Iterator[tuple[Kind, Place]]:
    """The units of a page, given as all its chunks, in reading order."""
    text = "".join(chunk.text for chunk in chunks)
    for unit in split_units(text):
        yield unit.kind, _place(text, unit, chunks, chunks[0].start)


def _page_facts(chunks: Sequence[Chunk]) -> Iterator[Fact]:
    header: tuple[str, ...] = ()
    table = 0
    # What a whole file is called says nothing of its parts: notes on a course are not about how the course is held.
    titled = len({chunk.heading_path[:1] for chunk in chunks}) == 1
    for kind, place in _page_places(chunks):
        if kind is Kind.HEADER:
            header, table = _cells(place.quote), table + 1
        if kind not in (Kind.ROW, Kind.ITEM, Kind.PROSE):
            continue
        words = plain(place.quote)
        around = " · ".join((*place.heading_path[titled:], words))
        if LOGISTICS.search(around) or any(map(_INVENTED.search, place.heading_path)):
            continue
        if kind is Kind.ROW and header:
            yield from _row_facts(TableRow(place, (place.source, place.page, table), header, _cells(place.quote)))
        elif kind is not Kind.ROW and not _CODE.search(words):
            yield from _sentence_facts(place, words, listed=kind is Kind.ITEM)


def _row_facts(row: TableRow) -> Iterator[Fact]:
    whole = len(row.cells) == len(row.header) > 1 and all(row.cells) and max(map(len, row.cells)) <= LONGEST_CELL
    if (
        whole
        and not _ATTRIBUTES.fullmatch(row.header[0])
        and not any(map(_ADVICE.search, row.header[:2]))
        and len(row.cells[0].split()) <= LONGEST_LABEL
        and re.search(r"[^\W\d]", row.cells[0])
        and not re.search(r"\d", row.cells[0])
        and not _EMPTY_CELL.fullmatch(row.cells[1])
        and not any(map(_CODE.search, row.cells[:2]))
    ):
        yield row


def _sentence_facts(place: Place, words: str, *, listed: bool) -> Iterator[Fact]:
    if len(words) > LONGEST_SENTENCE or not SENTENCE_WORDS[0] <= len(words.split()) <= SENTENCE_WORDS[1]:
        return
    if _POINTS.search(words):
        return
    if _LEANS.match(words) or _STEP.match(words):
        return
    whole = words.endswith(".") and ". " not in words and words[:1].isupper()
    if whole and (found := _DEFINES.match(words)) and _defines(found):
        yield Definition(place, found["term"], found["verb"], found["rest"])
    elif listed and (found := _LISTED.match(words)) and _IS_WHAT.match(found["rest"]) and _is_term(found["term"]):
        yield Definition(place, found["term"], ":", found["rest"].rstrip("."))
    elif whole and (number := _only_number(words)):
        unit = words[number.end("number") : number.end()]
        yield NumberFact(place, words[: number.start()], number["number"], unit, words[number.end() :])


def _defines(found: re.Match[str]) -> bool:
    """Whether the sentence says what its subject is, and the subject is a name or a noun."""
    return _is_term(found["term"]) and (found["verb"] not in ("is", "are") or bool(_IS_WHAT.match(found["rest"])))


def _is_term(words: str) -> bool:
    return (
        len(words.split()) <= LONGEST_TERM
        and not words.startswith("The ")
        and not _NOT_A_TERM.search(words)
        and not _LEANS.match(words)
        and words[:1].isalpha()
    )


def _only_number(words: str) -> re.Match[str] | None:
    """The figure of a sentence that holds no other, so that nothing else in it tells the figure."""
    found = _NUMBER.search(words)
    alone = found and len(re.findall(r"\d[\d.,]*", words)) == 1
    return found if found and alone and found["number"] not in ("0", "1", "100") and found.start() > 0 else None


def _place(text: str, unit: Unit, chunks: Sequence[Chunk], first: int) -> Place:
    raw = text[unit.start : unit.end]
    start = unit.start + len(raw) - len(raw.lstrip())
    inside = next(chunk for chunk in reversed(chunks) if chunk.start - first <= unit.start)
    return Place(inside.source, inside.page, first + start, raw.strip(), inside.heading_path)


def _cells(row: str) -> tuple[str, ...]:
    return tuple(plain(cell) for cell in cells(row))
