"""Finds in any material what a question can be asked about: table rows, definitions, numbers, items of lists."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from assistant.practice.questions import Reference
from ingest.chunks import Chunk
from ingest.units import Kind, Unit, plain, split_units

LONGEST_TERM = 6
"""Words in what a definition defines."""
SENTENCE_WORDS = (8, 45)
ITEM_WORDS = (2, 30)
LONGEST_CELL = 160
"""Characters of a table cell that still reads as an option."""


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
        return _without_introduction(self.heading_path[-1]) if self.heading_path else self.source

    @property
    def bare_headings(self) -> tuple[str, ...]:
        """The headings without words that only introduce a list and without those that are code; the innermost is the last."""
        bare = map(_without_introduction, self.heading_path)
        return tuple(heading for heading in bare if not _CODE.search(heading))

    @property
    def is_of_one_run(self) -> bool:
        """Whether the headings say that an example stands here: its figures are those of one run."""
        return any(_EXAMPLE.search(heading) for heading in self.heading_path)

    @property
    def is_of_one_day(self) -> bool:
        """Whether a release note stands here: what it says was true on a day."""
        return any(_DATED.match(heading) for heading in self.heading_path)

    @property
    def is_announced(self) -> bool:
        """Whether the heading announces a list, as "Considerations include:" in a guide."""
        return bool(self.heading_path) and self.heading != self.heading_path[-1]

    @property
    def reference(self) -> Reference:
        """The place as a citation."""
        return Reference(self.source, self.page, self.quote)


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row of a table with its header; `table` tells the tables of a source apart."""

    place: Place
    table: tuple[str, int, int]
    header: tuple[str, ...]
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Definition:
    """A sentence that says what a term is or does; `verb` is what joins the term and the `rest`, a colon in a list."""

    place: Place
    term: str
    verb: str
    rest: str


@dataclass(frozen=True, slots=True)
class NumberFact:
    """A sentence with a number and its unit; `before` and `behind` are the words around them."""

    place: Place
    before: str
    number: str
    unit: str
    behind: str


@dataclass(frozen=True, slots=True)
class ListItem:
    """An item of a list under a heading."""

    place: Place
    text: str


Fact = TableRow | Definition | NumberFact | ListItem

_LEANS = re.compile(
    r"(it|its|this|that|these|those|they|their|there|here|he|she|such|both|what|which|who|if|when|one|"
    r"however|also|therefore|then|thus|additionally|otherwise|instead|in addition|for example|as a result|because|although|"
    r"while|since|as|once|hence|so|but|and|similarly|likewise|moreover|finally|in other words|subsequent|"
    r"(with|in|for|by|on) (this|these)|another|each of)\b",
    re.I,
)
_DEFINES = re.compile(
    r"^(?P<article>(?:An?|The)\s+)?(?P<term>[^,.;:!?()“”\"]+?)\s+(?P<verb>is|are|means?|refers? to|stands for|lets|provides|"
    r"enables|allows|measures|stores|screens|gives)\s+(?P<rest>.+)$"
)
_IS_WHAT = re.compile(r"(an?|the|one|used|how|what)\s")
"""After `is` and `are`, what the term is; without it the sentence only says something about it."""
_ONE_WORD = re.compile(r"[a-z]+")
"""Behind `The`, a word that another sentence has introduced: "the partnership"."""
_DESCRIBED = re.compile(r"^(?P<term>[A-Z][^:.;!?()“”\"_{}]{2,60}?)\s*:\s+(?P<rest>\S.{24,})$")
_STEP = re.compile(
    r"(click|select|enter|go to|open|in the|to \w+,?|check|type|navigate|under|from the|on the|if|for|run|choose|see|optional|"
    r"note|learn|try|read|review|save|launch|initialize|grant|install|delete|creates?|replace|set|use the|copy|paste|press|"
    r"repeat|make sure|verify|wait|you|confirm|ensure|configure|define|import|add|update|register|deploy|specify|provide|"
    r"download|upload|after|before|follow|get|contact|watch|take|be|keep|submit|avoid|describe|clearly|we|"
    r"enable|disable|upgrade|compare)\b",
    re.I,
)
"""Steps of instructions make no questions."""
_MARKED_NEW = re.compile(r"\s*\(new\b[^)]*\)$", re.I)
"""A guide's mark of what an edition added is no part of an item and would set it apart from others."""
_NOT_A_TOPIC = re.compile(
    r"(what's next|next steps|before you begin|prerequisites|(google cloud )?console|relevant notebook|"
    r"node\.js|python|java|go|c#|php|ruby|curl|rest|gcloud|"
    r"terraform|bash|powershell|clean ?up|prepare|required|objectives|faq|troubleshoot\w*|costs|"
    r"see also|further reading|references|contents|recommended)\b",
    re.I,
)
"""Headings whose lists are about the page, not about its subject."""
_NAVIGATES = re.compile(
    r"(understand|explore|get started|find out|discover|view|step-by-step|use either|toggle|pressing)\b", re.I
)
"""Besides steps, how what a link leads to is described, or what somebody should do; neither says what a thing is."""
_LABEL = re.compile(
    r"(fix|mitigation|causes?|symptoms?|solution|workaround|resolution|notes?|tips?|examples?|result|warning|caution|important|"
    r"\w+ \d+|answer|question|step|default|returns?|use cases?|process|description|overview|type|name|value|required|optional|"
    r"(the )?((primary|main) )?(tool|method|way|goal|idea)|regions?|(in|out)puts?|supported .*|(not )?recommended|"
    r"(how|why|what) .*|(\w+ )?(set-?up|features?|benefits?|advantages?|limitations?|needs|integration|support)|"
    r"(ease|simplicity) of \w+|(\w+ )?((scal|us|port|reli|avail)ability|(flex|extens|compat)ibility|"
    r"efficiency|simplicity|customi[sz]ation|performance)|"
    r"(reduced|improved|enhanced|increased|faster|better|simplified) .*)",
    re.I,
)
"""Labels of remarks of many kinds, and qualities that a thing is praised for; what follows their colon does not define them."""
_PAIR = re.compile(r"^[^:(]{1,40} ?: |\b(not )?supported$", re.I)
"""A name with its value, such as "Release date: May"."""
_POINTS = re.compile(
    r"(doing|right|wrong|first|second|third|last|next|following|previous|above|below|same|other|latter|former|rest|his|her|my)\b|"
    r"\w+ (seconds?|minutes?|hours?|days?|weeks?|months?|years?)$|"
    r"(change|example|goal|purpose|aim|result|table|figure|section|page|chapter|step|diagram|list)( \d+)?$|"
    r".*\b(pane|section|page|tab|button|dialog|menu|window|documentation|tutorial|now|also)$",
    re.I,
)
"""Terms that point at a place in the text, at another text, or on a screen, and those that end in a word of the sentence."""
_CUT_SHORT = re.compile(r"\b(for|of|in|on|with|to|by|from|and|or|the|an?)$", re.I)
"""A term that goes on in what describes it, such as "Speech understanding for: transcription"."""
_NUMBERED = re.compile(r"\s*\(?\d+[.)]")
_CODE = re.compile(
    r"[{}_<>=\\?]|::|\w/\w+/|https?:|\b[A-Z]{2,}_[A-Z]+|^[A-Z_]{4,}\d*\b|:$|\"|\w{2}\.\w{2,}[.\[]|\[\]|(^|\s)#\s|"
    r"\b[a-z]+/[a-z.+-]+ ,"
)
_NOT_A_TERM = re.compile(
    r"\b(is|are|was|has|have|can|must|should|you|we|your|not|but|for|with|when|which|who|that|of|in|on|from|to)\b", re.I
)
_INTRODUCES = re.compile(r"[.:]?\s*(considerations|topics|objectives|skills)?(\s+include(s|d)?)?\s*:?$", re.I)
"""What a heading says only to introduce its list."""
_CUT = re.compile(
    r"([-–:]|[A-Z\d]{2,}|\d (and|or|to))\s*$|^\w+ ?:|(?i:^you (are|have)\b|"
    r"\b(this|following|tutorial|quickstart|example|takes? (about|approximately|around)|"
    r"time cost|that case|the (query|user|server|difference)|we (can )?see|"
    r"(first|second|third|last|next|previous|above) (row|column|table|figure|line))\b)"
)
"""Before a number: a product's name that it belongs to, the other end of a range, a label, or words that lean on another
sentence or one run."""
_SAID_TWICE = re.compile(r"\s*\(\s*\d")
"""Behind a number: the same in another unit, as in "5 minutes (300 s)"."""
_PASSING = re.compile(
    r"\d:\d\d|\b((entire|whole) (process|tutorial)|takes? .* to (complete|finish)|this (option|value|setting|field|parameter))\b",
    re.I,
)
"""In the sentence of a number: times of day, how long the reader will need, or words that lean on the sentence before."""
_PRAISE = re.compile(
    r"\b(leading|easiest|fastest|world's|first and only|first complete|most (trusted|advanced|demanding)|best-in-class|"
    r"award-winning)\b",
    re.I,
)
"""What a vendor says of itself is no fact to ask for."""
_EXAMPLE = re.compile(r"\b(examples?|samples?|tutorial)\b", re.I)
_DATED = re.compile(r"[A-Z][a-z]+ \d{1,2}, \d{4}$")
_SCHEMA = re.compile(r"((data )?type|mode|format|required|default( value)?|\w+ codes?)", re.I)
"""Columns of a schema, and codes of languages or regions, which one looks up."""
_KEYWORDS = re.compile(r"([\w/ -]{3,30}, ){2,}(and |or )?[\w/ -]{3,30}(\(.*\))?\.?$")
"""A description that is a row of words, such as those of a prompt, shows its name by being read."""
_LINK = re.compile(r"\[[^\]]*\]\([^)]*\)")
"""A cell that is a link and nothing more says where to read on."""
_REGION = re.compile(r"[a-z]+-[a-z]+\d+(-[a-z])?\b")
"""Codes of regions and zones; which city they stand for is not worth knowing."""
_POINTS_BACK = re.compile(r"\b(this|these|here)\b", re.I)
_UNITS = (
    r"%|percent|(?:milli)?seconds?|minutes?|hours?|days?|weeks?|months?|years?|[KMGTP]i?B|bytes?|tokens?|rows?|columns?|"
    r"replicas?|nodes?|GPUs?|CPUs?|vCPUs?|requests?|questions?|characters?|labels?|images?|dimensions?|levels?|versions?"
)
_NUMBER = re.compile(rf"(?<![\w.,/$-])(?P<number>\d{{1,3}}(?:,\d{{3}})+|\d+(?:\.\d+)?)\s?(?P<unit>{_UNITS})(?![\w-])")


def find_facts(chunks: Iterable[Chunk]) -> list[Fact]:
    """Every fact of some chunks, in reading order; chunks of a page must be there whole.

    A sentence that stands in a source twice, as on the tabs of a page, is one fact. What a source describes in several ways
    under the same name, such as "Symptom", is a label and no definition.
    """
    ordered = sorted(chunks, key=lambda chunk: (chunk.source, chunk.page, chunk.start))
    facts: list[Fact] = []
    said = set[tuple[type[Fact], str, str]]()
    for _, page in groupby(ordered, key=lambda chunk: (chunk.source, chunk.page)):
        for fact in _page_facts(list(page)):
            sentence = (type(fact), fact.place.source, plain(fact.place.quote))
            if not (isinstance(fact, Definition | NumberFact) and sentence in said):
                facts.append(fact)
            said.add(sentence)
    labels = Counter((fact.place.source, fact.term) for fact in facts if isinstance(fact, Definition))
    return [fact for fact in facts if not (isinstance(fact, Definition) and labels[fact.place.source, fact.term] > 1)]


def _page_facts(chunks: Sequence[Chunk]) -> Iterator[Fact]:
    text = "".join(chunk.text for chunk in chunks)
    first = chunks[0].start
    header: tuple[str, ...] = ()
    table = 0
    for unit in split_units(text):
        place = _place(text, unit, chunks, first)
        words = plain(text[unit.start : unit.end])
        if place.is_of_one_day:
            continue
        if unit.kind is Kind.HEADER:
            header, table = _cells(text[unit.start : unit.end]), table + 1
        elif unit.kind is Kind.ROW and header:
            yield from _row_facts(TableRow(place, (place.source, place.page, table), header, _cells(place.quote)))
        elif unit.kind is Kind.ITEM and place.heading_path and ITEM_WORDS[0] <= len(words.split()) <= ITEM_WORDS[1]:
            yield from _item_facts(place, words)
        elif unit.kind is Kind.PROSE:
            yield from _sentence_facts(place, words)


def _row_facts(row: TableRow) -> Iterator[Fact]:
    whole = len(row.cells) == len(row.header) > 1 and all(row.cells) and max(map(len, row.cells)) <= LONGEST_CELL
    if (
        whole
        and not row.place.is_of_one_run
        and not _EXAMPLE.search(row.header[1])
        and "_" not in row.header[1]  # a column of a query's result
        and not _SCHEMA.fullmatch(row.header[1])
        and not any(map(_REGION.match, row.cells[:2]))
        and not _LINK.fullmatch(row.place.quote.strip("|").split("|")[1].strip())
    ):
        yield row


def _item_facts(place: Place, words: str) -> Iterator[Fact]:
    words = _MARKED_NEW.sub("", words)
    if _STEP.match(words) or _CODE.search(words) or _NOT_A_TOPIC.match(place.heading):
        return
    described = _DESCRIBED.match(words)
    if described and len(described["term"].split()) <= LONGEST_TERM:
        term, rest = described["term"], described["rest"]
        if not any(pattern.match(rest) for pattern in (_NAVIGATES, _STEP, _LEANS, _REGION, _KEYWORDS)) and not (
            _LABEL.fullmatch(term) or _LEANS.match(term) or _CUT_SHORT.search(term)
        ):
            yield Definition(place, term, ":", rest)
    elif (
        not _PAIR.search(words) and ". " not in words and not _NUMBERED.match(place.quote) and _is_topic(place.heading)
    ):
        yield ListItem(place, words)


def _is_topic(heading: str) -> bool:
    """Whether it is worth knowing what stands under a heading: no code, and no bare adjective such as "Supported"."""
    return not _CODE.search(heading) and (" " in heading or heading.endswith("s"))


def _sentence_facts(place: Place, words: str) -> Iterator[Fact]:
    if (
        _CODE.search(words)
        or not SENTENCE_WORDS[0] <= len(words.split()) <= SENTENCE_WORDS[1]
        or _LEANS.match(words.lstrip("*"))
        or words[-1] not in ".!"
        or _PRAISE.search(words)
    ):
        return
    found = _DEFINES.match(words)
    says_what = found and (found["verb"] not in ("is", "are") or _IS_WHAT.match(found["rest"]))
    known = found and not (found["article"] == "The " and _ONE_WORD.fullmatch(found["term"]))
    if found and known and says_what and _is_term(found["term"]) and not _POINTS_BACK.search(found["rest"]):
        yield Definition(place, (found["article"] or "") + found["term"], found["verb"], found["rest"])
    numbers = list(_NUMBER.finditer(words))
    if (
        len(numbers) == 1
        and not place.is_of_one_run
        and numbers[0]["number"] not in ("0", "1", "100")
        and not _CUT.search(words[: numbers[0].start()])
        and not _PASSING.search(words)
        and not _SAID_TWICE.match(words[numbers[0].end() :])
    ):
        one = numbers[0]
        yield NumberFact(place, words[: one.start()], one["number"], one["unit"], words[one.end() :])


def _is_term(words: str) -> bool:
    return len(words.split()) <= LONGEST_TERM and not _NOT_A_TERM.search(words) and not _POINTS.match(words)


def _without_introduction(heading: str) -> str:
    return _INTRODUCES.sub("", heading) or heading


def _place(text: str, unit: Unit, chunks: Sequence[Chunk], first: int) -> Place:
    raw = text[unit.start : unit.end]
    start = unit.start + len(raw) - len(raw.lstrip())
    inside = next(chunk for chunk in reversed(chunks) if chunk.start - first <= unit.start)
    return Place(inside.source, inside.page, first + start, raw.strip(), inside.heading_path)


def _cells(row: str) -> tuple[str, ...]:
    return tuple(plain(cell) for cell in row.strip().strip("|").split("|"))
