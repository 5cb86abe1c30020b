"""Is a topic on the exam, and under which consideration? Yes where the guide names it, no, or not named."""

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING

from pydantic import Field

from assistant.service.result import Result
from assistant.syllabus import Consideration, Objective, Section, Syllabus
from ingest.errors import QuestionRejected, UnknownSection
from ingest.lexical import Analyzer

if TYPE_CHECKING:
    from assistant.reader.reader import Reading
    from assistant.search.retrieval import Evidence

MOST_VARIANTS = 16
MOST_PLACES = 3
NEAR_BEST = 0.75
"""A further sentence counts when its score is at least this share of the best one's."""
LONGEST_TOPIC = 300
"""Characters; what follows is not read."""
HELD = 0.4
"""Share of the topic, by rarity, that a sentence must hold to count as treating it."""
_ASKED = re.compile(
    r"^\s*(?:(?:please|tell me|do i need to know|do i have to know|should i (?:know|learn|study)|will there be|"
    r"which (?:consideration|objective|section|part)s?(?: of the (?:exam|guide|syllabus))?(?: covers?| includes?| is| has)?|"
    r"where (?:is|are|does)|what (?:consideration|objective|section) (?:covers?|is)|(?:is|are|does|do) (?:the exam|it) "
    r"(?:ask|test|cover)s?(?: about)?|is|are|does)\s+)+",
    re.IGNORECASE,
)
_SETTING = re.compile(
    r"[\s,]*(?:(?:on|in|for|part of|covered (?:by|in)|asked (?:in|on)|tested (?:in|on)|named (?:in|by)|relevant for|under) "
    r"(?:the |this |my )?(?:[\w. ]{0,20} )?(?:exam|test|guide|syllabus|certification)(?: guide)?|come up|covered|tested|asked)"
    r"[\s?.!]*$",
    re.IGNORECASE,
)


_PLURAL = re.compile(r"\b([A-Z]{2,})s\b")
"""`TPUs` are several TPU."""


class Verdict(StrEnum):
    """Whether a topic is on the exam."""

    YES = "yes"
    """The exam guide names it."""
    NOT_NAMED = "not named"
    """The guide does not name it; the material treats it, or an earlier guide named it."""
    NO = "no"
    """Neither the guide nor the material speaks of it."""


class ConsiderationResult(Result):
    """A consideration of the exam guide with the objective and section it stands under."""

    id: str
    text: str
    objective: str
    objective_title: str
    section: int
    section_title: str
    weight: int = Field(description="The section's published share of the exam, in percent.")


class PlaceResult(Result):
    """Where the material treats the topic."""

    source: str
    page: int
    heading: str


class ScopeResult(Result):
    """Whether a topic is on the exam, said in a sentence, with the considerations that cover it."""

    topic: str
    verdict: str = Field(description="yes: the guide names it; not named: it does not, but see `says`; no.")
    says: str
    considerations: list[ConsiderationResult]
    places: list[PlaceResult]


def topic_in(text: str) -> str:
    """What is asked about: `Is LoRA on the exam?` is about LoRA; text that asks nothing stays as it is."""
    text = text[:LONGEST_TOPIC].encode("utf-8", "replace").decode()
    asked = _SETTING.sub("", _ASKED.sub("", text.strip(), count=1)).strip(" \t?!.,\"'“”")
    topic = re.sub(r"^(?:the|a|an)\s+", "", asked, flags=re.IGNORECASE)
    if not re.search(r"\w", topic):
        raise QuestionRejected("Name a topic, for example: Model Armor, canary releases, or data drift.")
    return topic


def exam_scope(topic: str, syllabus: Syllabus, reading: "Reading", *, refuse_below: float) -> ScopeResult:
    """The verdict on a topic; `reading` is what the material holds on it."""
    variants = _variants(topic, syllabus)
    named = [item for item in syllabus.considerations if _names(syllabus, item, variants)]
    covered = _covering(reading, refuse_below)
    treated = _considerations_of(syllabus, covered)
    guide = _guide_named(syllabus)
    newer, older = ("Newly named", "No longer named")[:: 1 if syllabus.guide is syllabus.newest else -1]
    if named or _mentioned(syllabus.changes, newer, variants):
        verdict, items = Verdict.YES, named or treated
        says = f"Yes: {guide} names {topic}{_under(items)}."
    elif _mentioned(syllabus.changes, older, variants):
        verdict, items = Verdict.NOT_NAMED, treated
        other = "an earlier guide named" if older == "No longer named" else "the newer guide names"
        says = f"Not named: {other} {topic}, {guide} does not. Not named does not mean not asked."
    elif covered:
        verdict, items = Verdict.NOT_NAMED, treated
        says = f"Not named: {guide} does not name {topic}; your material treats it{_under(treated)}."
    else:
        verdict, items = Verdict.NO, []
        says = f"No: neither {guide} nor your material speaks of {topic}."
    if _holds(set(_tokens(syllabus.exam.code)), variants):
        says += f" {syllabus.exam.code}"
    return ScopeResult(
        topic=topic,
        verdict=verdict.value,
        says=says,
        considerations=[_consideration(syllabus, item) for item in items],
        places=_places(covered),
    )


def _guide_named(syllabus: Syllabus) -> str:
    since = syllabus.guide.valid_from
    if syllabus.guide is syllabus.newest:
        return f"the exam guide in force since {since.day} {since:%B %Y}"
    return f"the exam guide {syllabus.guide.id}, which you chose,"


def _under(items: Sequence[Consideration]) -> str:
    return f" under {', '.join(item.id for item in items[:MOST_PLACES])}" if items else ""


def _variants(topic: str, syllabus: Syllabus) -> list[set[str]]:
    """The topic's terms, once for each way to name the products and abbreviations in it."""
    forms = [(form, name.forms) for form, name in syllabus.names_in(topic)]
    forms += syllabus.abbreviations_in(topic)
    written = list(dict(forms).items())
    texts = [topic]
    for choice in product(*[dict.fromkeys([form, *others]) for form, others in written]):
        text = topic
        for (form, _), chosen in zip(written, choice, strict=True):
            text = text.replace(form, chosen)
        texts.append(text)
        if len(texts) > MOST_VARIANTS:
            break
    return [terms for text in dict.fromkeys(texts) if (terms := set(_tokens(text)))]


def _tokens(text: str) -> list[str]:
    return _analyzer().tokens(_PLURAL.sub(r"\1", text))


@lru_cache(maxsize=1)
def _analyzer() -> Analyzer:
    return Analyzer()


def _names(syllabus: Syllabus, item: Consideration, variants: Iterable[set[str]]) -> bool:
    """Whether a consideration, together with its objective and section, holds every term, at least one of them by itself."""
    own = set(_tokens(item.text))
    section, objective = _home(syllabus, item)
    around = own | set(_tokens(f"{objective.title} {section.title}"))
    return any(terms <= around and terms & own for terms in variants)


def _home(syllabus: Syllabus, item: Consideration) -> tuple[Section, Objective]:
    home = syllabus.home_of(item.id)
    if home is None:
        raise UnknownSection(f"The chosen guide does not name {item.id}. Ask about another topic.")
    return home


def _holds(held: set[str], variants: Iterable[set[str]]) -> bool:
    return any(terms <= held for terms in variants)


def _mentioned(changes: Iterable[str], opening: str, variants: Sequence[set[str]]) -> bool:
    """Whether one item of the change that opens so holds every term of the topic."""
    listed = next((change.partition(":")[2] for change in changes if change.startswith(opening)), "")
    return any(_holds(set(_tokens(part)), variants) for part in re.split(r",| and ", listed))


def _covering(reading: "Reading", refuse_below: float) -> "list[Evidence]":
    """The sentences that treat the topic, best first; none where the material would not answer."""
    if not reading.found or reading.answered < refuse_below:
        return []
    least = NEAR_BEST * reading.found[0].score
    return [one for one in reading.found if one.score >= least and one.coverage >= HELD]


def _places(evidence: "Sequence[Evidence]") -> list[PlaceResult]:
    """Where the best of them stand, each heading once."""
    places = dict.fromkeys((one.chunk.source, one.chunk.page, one.chunk.heading) for one in evidence)
    return [PlaceResult(source=source, page=page, heading=heading) for source, page, heading in places][:MOST_PLACES]


def _considerations_of(syllabus: Syllabus, evidence: "Sequence[Evidence]") -> list[Consideration]:
    """Considerations that headings or files name for the evidence, the one with the most of it first."""
    known = {item.id: item for item in syllabus.considerations}
    weights: dict[str, float] = {}
    for one in evidence:
        name = syllabus.place_of(one.chunk.source, one.chunk.heading_path)[2]
        if name:
            weights[name] = weights.get(name, 0.0) + one.score
    return [known[name] for name in sorted(weights, key=lambda name: -weights[name])]


def _consideration(syllabus: Syllabus, item: Consideration) -> ConsiderationResult:
    section, objective = _home(syllabus, item)
    return ConsiderationResult(
        id=item.id,
        text=item.text,
        objective=objective.id,
        objective_title=objective.title,
        section=section.number,
        section_title=section.title,
        weight=section.weight,
    )
