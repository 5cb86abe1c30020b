"""Does what a chat message asks for: a sentence on what came of it, what to answer, and what to read."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from pydantic import Field

from assistant.library import ships
from assistant.outline import outline
from assistant.practice.questions import Focus, Origin, Question
from assistant.practice.quiz import QuizRequest
from assistant.progress.store import Attempt, SittingKind
from assistant.question.requests import Request, Wanted
from assistant.reader.features import STORIES
from assistant.service.result import Result
from assistant.service.service import Service
from assistant.service.sittings import MOST_CARDS, on_topic, questions_on
from ingest.chunks import Chunk
from ingest.errors import PracticeError, StudyError
from ingest.units import Kind, Unit, plain, split_units

QUESTIONS, CARDS = 5, 10
"""Asked for when a message says no number."""
LISTED, FOUND = 8, 6
PLANNED_DAYS = 7
HELP = (
    "quiz me on drift · 5 hard questions on 4.1",
    "flash cards on quantization",
    "what’s due · what did I get wrong · explain my last miss",
    "show my plan · how am I doing",
    "is Model Armor on the exam?",
    "summarize section 4 · study guide for my-notes.pdf",
    "find canary in my notes",
)
MAIN = 2
"""Level of the headings of a note's main parts."""
_OWN = re.compile(r"\b(?:my|uploaded|added|own)\b", re.IGNORECASE)
_CONSIDERATION = re.compile(r" ?\([1-6]\.\d[a-z]\)$")


class ReadOn(Result):
    """A place of the material to open."""

    label: str
    source: str
    page: int
    start: int
    end: int


class RequestResult(Result):
    """What came of a request."""

    wanted: Wanted
    says: str
    lines: list[str] = Field(default=[], description="What there is to say further, a line each.")
    places: list[ReadOn] = Field(default=[], description="Where to read on.")
    sitting: str = Field(default="", description="Questions or flash cards to answer, or one that was answered.")
    position: int = Field(default=0, description="The answered question that is explained.")
    questions: list[str] = Field(default=[], description="Ids of questions to practice.")


def perform(service: Service, request: Request, message: str) -> RequestResult | None:
    """Do what is asked for; None where the message is answered as a question after all.

    What cannot be done is said in the result's sentence.
    """
    work = {
        Wanted.QUIZ: _quiz,
        Wanted.CARDS: _cards,
        Wanted.DUE: _due,
        Wanted.MISTAKES: _mistakes,
        Wanted.EXPLAIN: _explain,
        Wanted.PLAN: _plan,
        Wanted.PROGRESS: _progress,
        Wanted.SUMMARY: _summary,
        Wanted.GUIDE: _guide,
        Wanted.FIND: _find,
        Wanted.HELP: _help,
    }
    try:
        if request.wanted is Wanted.EXAM:
            return _say(request, "A mock exam has a page of its own: 20, 50, or 60 questions, with a clock.")
        if request.wanted is Wanted.SCOPE:
            return _scope(service, request, message)
        return work[request.wanted](service, request)
    except StudyError as error:
        return _say(request, str(error))


def _say(request: Request, words: str) -> RequestResult:
    return RequestResult(wanted=request.wanted, says=words)


def _help(service: Service, request: Request) -> RequestResult:
    files = len(service.session.index.records())
    says = (
        "Ask about the exam’s topics in your own words: answers quote your material and name the place. "
        f"Your library holds {files} documents; add your own in Library. You can also type:"
    )
    return RequestResult(wanted=request.wanted, says=says, lines=list(HELP))


def _on(request: Request) -> str:
    """What a request is about, in words; empty for everything."""
    parts = [request.topic, f"objective {request.objective}" if request.objective else ""]
    parts += [f"section {request.section}" if request.section and not request.objective else ""]
    named = " in ".join(filter(None, parts))
    return f" on {named}" if named else ""


def _quiz(service: Service, request: Request) -> RequestResult:
    count, source = request.count or QUESTIONS, _document(service, request.topic)
    wish = QuizRequest(
        count, service.seed(), section=request.section, objective=request.objective, source=source, origin=None
    )
    few = ""
    try:
        found = _drawn(service, wish, request.topic if source is None else None, service.now())
    except PracticeError:
        if source is not None or not request.topic:
            raise
        few = f" Your material has none on {request.topic}, so these are on all of it."
        request = replace(request, topic="")
        found = _drawn(service, wish, None, service.now())
    sitting = service.session.progress.begin(SittingKind.QUIZ, found, now=service.now())
    number = "One question" if len(found) == 1 else f"{len(found)} questions"
    few += f" There are no more than {len(found)}." if len(found) < count else ""
    return RequestResult(wanted=request.wanted, says=f"{number}{_on(request)}.{few}", sitting=sitting.id)


def _drawn(service: Service, wish: QuizRequest, topic: str | None, now: datetime) -> Sequence[Question]:
    if wish.source is not None:
        return service.sittings.draw(replace(wish, origin=Origin.GENERATED, focus=Focus.FRESH)).questions
    return questions_on(service.session.quizzes, replace(wish, focus=Focus.FRESH), topic or None, now)


def _cards(service: Service, request: Request) -> RequestResult:
    drawn = service.sittings.draw_cards(
        MOST_CARDS, seed=service.seed(), section=request.section, objective=request.objective
    )
    found = on_topic(drawn, request.topic) if request.topic else drawn
    if not found:
        return _say(
            request, f"No flash card names {request.topic}. Ask for questions on it, or for cards on a section."
        )
    found = found[: request.count or CARDS]
    sitting = service.sittings.begin_cards(found)
    number = "One flash card" if len(found) == 1 else f"{len(found)} flash cards"
    return RequestResult(wanted=request.wanted, says=f"{number}{_on(request)}.", sitting=sitting.id)


def _due(service: Service, request: Request) -> RequestResult:
    due = service.due()
    if not due.due and not due.cards:
        later = f" The next one is due on {due.next:%B} {due.next.day}." if due.next else ""
        return _say(request, f"Nothing is due for review.{later}")
    counts = [f"{due.due} questions" if due.due != 1 else "1 question"] if due.due else []
    counts += [f"{due.cards} flash cards" if due.cards != 1 else "1 flash card"] if due.cards else []
    lines = [one.prompt for one in due.questions[:LISTED]]
    ids = [one.id for one in due.questions]
    return RequestResult(
        wanted=request.wanted, says=f"Due for review: {' and '.join(counts)}.", lines=lines, questions=ids
    )


def _missed(service: Service) -> list[Attempt]:
    """The last attempt at each question whose last answer was wrong, newest first."""
    last = {one.question: one for one in service.session.progress.attempts()}
    return sorted((one for one in last.values() if not one.correct), key=lambda one: one.at, reverse=True)


def _mistakes(service: Service, request: Request) -> RequestResult:
    known = {one.id: one for one in service.questions(request.section)}
    missed = [known[one.question] for one in _missed(service) if one.question in known]
    missed = on_topic(missed, request.topic) if request.topic else missed
    if not missed:
        return _say(request, f"No question{_on(request)} is wrong at your last try.")
    number = "One question was" if len(missed) == 1 else f"{len(missed)} questions were"
    return RequestResult(
        wanted=request.wanted,
        says=f"{number} wrong at your last try{_on(request)}, the latest first.",
        lines=[one.prompt for one in missed[:LISTED]],
        questions=[one.id for one in missed],
    )


def _explain(service: Service, request: Request) -> RequestResult:
    missed = _missed(service)
    if not missed:
        return _say(request, "None of your answers was wrong so far.")
    sitting = service.session.progress.sitting(missed[0].sitting)
    position = next(at for at, one in enumerate(sitting.questions) if one.id == missed[0].question)
    day = f"{missed[0].at:%B} {missed[0].at.day}"
    return RequestResult(
        wanted=request.wanted, says=f"Your last wrong answer, on {day}.", sitting=sitting.id, position=position
    )


def _plan(service: Service, request: Request) -> RequestResult:
    if service.session.progress.exam_date() is None:
        return _say(request, "Set the date of your exam first: the plan counts back from it.")
    plan = service.plan()
    titles = {one.id: one.text for one in service.session.syllabus.considerations}
    lines = []
    for day in plan.days[:PLANNED_DAYS]:
        parts = [f"{one} {titles[one]}" for one in day.considerations]
        parts += [f"{day.reviews} reviews"] if day.reviews else []
        parts += ["mock exam"] if day.mock_exam else []
        lines.append(f"{day.day:%A, %b} {day.day.day}: {'; '.join(parts) or 'nothing new'}")
    left = (plan.exam - service.now().date()).days
    return RequestResult(wanted=request.wanted, says=f"{left} days until your exam. The next days:", lines=lines)


def _progress(service: Service, request: Request) -> RequestResult:
    known = service.progress()
    if not known.questions:
        return _say(request, "You have not answered any question yet. Ask for one: quiz me.")
    lines = [
        f"{one.section} {one.title}: "
        + (f"{one.share:.0%}, likely {one.low:.0%} to {one.high:.0%}" if one.questions else "not practiced yet")
        for one in known.sections
    ]
    first = known.next[0]
    lines.append(f"Study next: {first.consideration} {first.text}")
    says = (
        f"You answered {known.questions} different questions. The share you would likely get right today, by section:"
    )
    return RequestResult(wanted=request.wanted, says=says, lines=lines)


def _scope(service: Service, request: Request, message: str) -> RequestResult | None:
    syllabus = service.session.syllabus
    if not request.topic and request.section:
        section = syllabus.section(request.section)
        says = f"Section {section.number}, {section.title}, is {section.weight}% of the exam. It covers:"
        items = [f"{one.id} {one.text}" for part in section.objectives for one in part.considerations]
        return RequestResult(wanted=request.wanted, says=says, lines=items)
    if not request.topic:
        return None
    found = service.exam_scope(message)
    lines = [f"{one.id} {one.text} (section {one.section}, {one.weight}% of the exam)" for one in found.considerations]
    places = [
        ReadOn(label=one.heading.rpartition(" › ")[2] or one.source, source=one.source, page=one.page, start=0, end=0)
        for one in found.places
    ]
    return RequestResult(wanted=request.wanted, says=found.says, lines=lines, places=places)


def _summary(service: Service, request: Request) -> RequestResult | None:
    """The first sentence on each consideration of a section or an objective; a topic is answered as a question."""
    if request.section is None:
        return None
    section = service.session.syllabus.section(request.section)
    lines, places = [], []
    for objective in section.objectives:
        if request.objective in (None, objective.id):
            for label, sentence, place in _openings(service, objective.id):
                lines.append(f"{label}: {sentence}")
                places.append(place)
    if not lines:
        return _say(request, f"Your library holds no notes on section {section.number}, {section.title}.")
    says = f"Section {section.number}, {section.title}: how the notes open each part."
    return RequestResult(wanted=request.wanted, says=says, lines=lines, places=places)


def _openings(service: Service, objective: str) -> Iterator[tuple[str, str, ReadOn]]:
    """Title, first sentence and place of each main part of the notes on an objective."""
    index = service.session.index
    for record in index.records():
        if not record.name.rsplit("/", 1)[-1].startswith(f"{objective}-"):
            continue
        page, title = index.page_text(record.name, 1), ""
        for part in outline(page):
            title = _CONSIDERATION.sub("", part.title) if part.level == MAIN else title
            first = None if part.title.startswith(STORIES) else _first_sentence(page, part.start, part.end)
            if title and first is not None:
                place = ReadOn(label=title, source=record.name, page=1, start=first.start, end=first.end)
                yield title, plain(page[first.start : first.end]), place
                title = ""


def _first_sentence(page: str, start: int, end: int) -> Unit | None:
    return next((one for one in split_units(page) if start < one.start < end and one.kind is Kind.PROSE), None)


def _document(service: Service, words: str) -> str | None:
    """The document that a topic names by its file, or the only own one where it speaks of that; None where none is named."""
    records = service.session.index.records()
    named = [one.name for one in records if _file_words(one.name) and _file_words(one.name) in words.lower()]
    if named:
        return max(named, key=len)
    own = [one.name for one in records if not ships(one)]
    return own[0] if len(own) == 1 and _OWN.search(words) else None


def _file_words(name: str) -> str:
    return name.rsplit("/", 1)[-1].lower()


def _guide(service: Service, request: Request) -> RequestResult:
    name = _document(service, request.topic)
    if name is None:
        names = [one.name for one in service.session.index.records()]
        return RequestResult(wanted=request.wanted, says="Which document? Name one of these.", lines=names[-LISTED:])
    lines, places = [], []
    pages = next(one.pages for one in service.session.index.records() if one.name == name)
    for number in range(1, pages + 1):
        page = service.session.index.page_text(name, number)
        for part in outline(page):
            lines.append(f"{part.title} ({part.minutes:g} min)")
            places.append(ReadOn(label=part.title, source=name, page=number, start=part.start, end=part.start))
    says = f"{name}: its parts in order, with the time to read each." if lines else f"{name} has no headings to go by."
    return RequestResult(wanted=request.wanted, says=says, lines=lines, places=places[:FOUND])


def _find(service: Service, request: Request) -> RequestResult | None:
    if not request.topic and not request.objective:
        return None
    passages = service.session.assistant.search(request.topic or f"section {request.objective}", k=FOUND)
    if not passages:
        return _say(request, f"Nothing in your material mentions {request.topic}.")
    places = [_place_of(passage.chunk) for passage in passages]
    return RequestResult(
        wanted=request.wanted, says=f"The {len(places)} best places{_on(request)}, best first.", places=places
    )


def _place_of(chunk: Chunk) -> ReadOn:
    heading = f"{chunk.heading_path[-1]}: " if chunk.heading_path else ""
    end = chunk.start + len(chunk.text)
    return ReadOn(label=heading + plain(chunk.text), source=chunk.source, page=chunk.page, start=chunk.start, end=end)
