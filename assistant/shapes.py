"""What form of answer a question asks for: a list, a number, a comparison, an overview …; knows no material."""

import re
from enum import StrEnum
from typing import NamedTuple


class Shape(StrEnum):
    """What form of answer a question asks for."""

    LIST = "list"
    COMPARISON = "comparison"
    NUMBER = "number"
    OVERVIEW = "overview"
    DEFINITION = "definition"
    CHOICE = "choice"
    OTHER = "other"


class WantedChoice(NamedTuple):
    """Things of which a question wants to know when to use them, or when not to."""

    things: list[str]
    used: bool


_OVERVIEW = re.compile(
    r"^\s*(?:(?:please|can you|could you|hi|hello)[,\s]+)*(?:"
    r"(?:tell|teach|inform) me (?:something |everything |more |all )?(?:about|on)|"
    r"(?:give (?:me )?)?(?:an? |the )?(?:short |brief |quick |general )?(?:overview|summary|introduction|intro) "
    r"(?:of|on|to|about)|"
    r"what (?:should|do|must|does one) (?:i |we |you )?(?:(?:need|have) to )?(?:know|learn|study|understand|remember|revise) "
    r"(?:about|on|of|for)|"
    r"what(?: is|'s) (?:most )?important (?:about|in|for)|"
    r"what are the (?:main|key|most important|important) (?:topics|points|things|ideas|facts|concepts) (?:to know )?"
    r"(?:about|in|of|on)|"
    r"summari[sz]e|describe|help me (?:to )?understand|i (?:do not|don't|don’t) understand"
    r")\s+(?P<topic>.+?)[?.!\s]*$",
    re.IGNORECASE | re.DOTALL,
)
_SETTING = re.compile(
    r"(?:\s+(?:for|in|on) (?:the|this|my) (?:\w+ )?(?:exam|test|certification)|\s+(?:for|in|on|with) google cloud(?: platform)?"
    r"(?: ml| ai)?|\s+for me|,? please)+$",
    re.IGNORECASE,
)
"""What stands behind the topic and says nothing about it."""
_A_SECTION = re.compile(r"section [1-6]\b", re.IGNORECASE)
_SHAPES: list[tuple[Shape, re.Pattern[str]]] = [
    (
        Shape.COMPARISON,
        re.compile(r"\b(differ(s|ence|ences|ent)?\b.*\b(and|from|between)|compare|versus|vs\.?\b)", re.IGNORECASE),
    ),
    (
        Shape.NUMBER,
        re.compile(
            r"\b(how (many|much|long|large|big|often)|maximum|minimum|limit|quota|default|percent(age)?|at most|at least)\b",
            re.IGNORECASE,
        ),
    ),
    (Shape.OVERVIEW, _OVERVIEW),
    (
        Shape.LIST,
        re.compile(
            r"\b(list|name (the|all)|enumerate|what are|which (\w+ )?(topics|types|kinds|options|steps|services|metrics|"
            r"models|methods|tools|features|ways|sections|frameworks|considerations|objectives)|what (topics|types|kinds|"
            r"options|steps|services|metrics|methods|tools|ways))\b",
            re.IGNORECASE,
        ),
    ),
    (
        Shape.CHOICE,
        re.compile(
            r"\b(when (should|do (i|we|you)|to|would (i|we|you)|is it (better|right))|should (i|we|you)|"
            r"which .* (use|choose|pick)|best)\b",
            re.IGNORECASE,
        ),
    ),
    (Shape.DEFINITION, re.compile(r"^\s*(what('s| is| does)|define|explain|meaning of)\b", re.IGNORECASE)),
]
_WHEN_IS = re.compile(r"\s*when (is|are|was|were|will|did|does)\b", re.IGNORECASE)
_NEW_NAME = re.compile(
    r"\b(replace[sd]?|renamed|new name|(now|today) called|called (now|today)|happened to|successor|(become|became) of)\b",
    re.IGNORECASE,
)
_SIDES = [
    re.compile(r"\bbetween\s+(.+?)\s+and\s+(.+?)[?.!]*$", re.IGNORECASE),
    re.compile(r"\bdoes\s+(.+?)\s+differ\s+from\s+(.+?)[?.!]*$", re.IGNORECASE),
    re.compile(
        r"^(?:compare\s+)?(.+?)\s+(?:versus|vs\.?|compared to|compared with|with|and)\s+(.+?)[?.!]*$", re.IGNORECASE
    ),
]

_WANTED = re.compile(
    r"(?:\bwhen\b|^\s*should (?:i|we|you)\b).*?\b(?:use|pick|choose|prefer|take|avoid)\s+(?P<things>.+?)"
    r"(?:\s+(?:over|instead of|rather than|and not|for|to|in)\b.*)?[?.!\s]*$",
    re.IGNORECASE | re.DOTALL,
)
_UNWANTED = re.compile(r"(\b(not|never)|n['’]t)\s+(use|pick|choose|prefer|take)\b|\bavoid\b", re.IGNORECASE)


def shape_of(question: str) -> Shape:
    """The first shape whose pattern the question matches; what a section of the exam covers is a list."""
    topic = overview_topic(question)
    return Shape.LIST if topic and _A_SECTION.match(topic) else _first_match(question)


def overview_topic(question: str) -> str | None:
    """What a question such as `What should I know about monitoring?` is about; None when it asks for no overview."""
    found = _OVERVIEW.match(question)
    return _SETTING.sub("", found["topic"]) if found and _first_match(question) is Shape.OVERVIEW else None


def _first_match(question: str) -> Shape:
    return next((shape for shape, pattern in _SHAPES if pattern.search(question)), Shape.OTHER)


def asks_for_date(question: str) -> bool:
    """Whether a question such as `When is …` wants a point in time."""
    return bool(_WHEN_IS.match(question))


def asks_for_new_name(question: str) -> bool:
    """Whether a question such as `What replaced …?` wants to know what a product is called today."""
    return bool(_NEW_NAME.search(question))


def sides_of(question: str) -> list[str]:
    """The two things a comparison compares, or none."""
    for pattern in _SIDES:
        if found := pattern.search(question):
            return [found.group(1), found.group(2)]
    return []


def wanted_choice(question: str) -> WantedChoice | None:
    """What a question such as `When should I use A over B?` asks the reasons for (A); None for any other."""
    found = _WANTED.search(question)
    if found is None or _first_match(question) is not Shape.CHOICE:
        return None
    return WantedChoice(re.split(r",?\s+or\s+|,\s+", found["things"]), not _UNWANTED.search(question))
