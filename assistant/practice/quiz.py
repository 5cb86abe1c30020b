"""Quizzes and mock exams: a request becomes questions from the bank or from the learner's own material."""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from assistant.answer import Assistant
from assistant.library import Library
from assistant.practice.author import Author, Dropped, Passage
from assistant.practice.bank import Bank, load_bank
from assistant.practice.cards import Deck, load_cards, next_cards, no_card_due
from assistant.practice.exam import draw_exam
from assistant.practice.facts import LOGISTICS, Fact, Place, find_facts
from assistant.practice.generate import Claim, Generated, QuestionMaker
from assistant.practice.questions import Focus, Origin, Question, Reference
from assistant.practice.structured import structured
from assistant.progress.choose import choose
from assistant.reader.reader import load_fitted
from assistant.syllabus import Syllabus
from assistant.writers.choose import Writers
from ingest.chunks import Chunk
from ingest.embeddings import Vectors
from ingest.errors import PracticeError
from ingest.units import QUOTABLE, split_units

if TYPE_CHECKING:  # SQLAlchemy is heavy, and a question is answered without it
    from assistant.progress.store import Progress
    from assistant.search.retrieval import Evidence

RECENT = timedelta(days=14)
"""A mock exam does not repeat questions answered within this time while it has others."""
HELD = 0.4
"""Share of a topic's words, by rarity, that a sentence must hold to treat it; as for `study scope`."""
QUOTES = 14
"""Numbered quotes that a model writes a question from."""
FEWEST_QUOTES, FEWEST_WORDS = 5, 4
BESIDE = 3
"""Passages whose quotes compete in one question."""
ARTICLES = frozenset({"a", "an", "the"})
MOST_UNITS = 12
SAYS = 0.6
"""Cosine from which a unit that names the subject is taken to say what a wrong option says; rather one card less."""
WRITER_TRIES = 3
"""Passages tried for each question asked of a model."""

Treats = Callable[[str, int, int], bool]
"""Whether a source's page at an offset treats the topic of a request."""


@dataclass(frozen=True, slots=True)
class QuizRequest:
    """What a quiz is to be about; `source` and `topic` apply to generated questions only."""

    count: int
    seed: int
    section: int | None = None
    objective: str | None = None
    difficulty: int | None = None
    source: str | None = None
    topic: str | None = None
    origin: Origin | None = None
    """None for the bank together with the generated questions the learner kept."""
    focus: Focus = Focus.ANY
    writer: str = "quotes"
    """Who writes generated questions: quotes for cards without a model, or a model's name for scenarios."""


@dataclass
class Quizzes:
    """Makes quizzes and exams for one learner."""

    assistant: Assistant
    library: Library
    progress: "Progress"
    syllabus: Syllabus
    writers: Writers
    _vectors: dict[str, Vectors] = field(default_factory=dict)
    """Of generated questions by id: those asked before are compared with each new one."""

    @cached_property
    def bank(self) -> Bank:
        """The questions that ship."""
        return load_bank(self.syllabus)

    @cached_property
    def deck(self) -> Deck:
        """The flash cards that ship."""
        return load_cards(self.syllabus)

    def draw_cards(
        self, count: int, *, seed: int, now: datetime, section: int | None = None, objective: str | None = None
    ) -> list[Question]:
        """Flash cards as questions with one choice: those due, then fresh ones. Raises `PracticeError` when there is none."""
        fitting = self.deck.select(section=section, objective=objective)
        due, seen = self.progress.due(now, cards=True), self.progress.last_seen()
        found = next_cards(fitting, due, seen, count=count, seed=seed)
        if not found:
            raise no_card_due(self.progress.due_dates(cards=True), now)
        return found

    def questions(self) -> list[Question]:
        """The bank and the generated questions the learner kept, without those reported as bad."""
        from assistant.progress.store import MadeStatus

        return [*self.bank.questions, *self.progress.made_questions(MadeStatus.KEPT)]

    def draw(self, request: QuizRequest, *, now: datetime) -> Generated:
        """Up to `count` questions; same request, material and progress, same quiz. Raises `PracticeError` when none fits."""
        if request.section is not None:
            self.syllabus.section(request.section)
        if request.objective is not None:
            self.syllabus.objective(request.objective)
        if request.origin is Origin.GENERATED:
            return self.generate(request, now=now)
        questions = self.bank.questions if request.origin is Origin.BANK else self.questions()
        fitting = Bank(questions).select(
            section=request.section, objective=request.objective, difficulty=request.difficulty
        )
        chosen = choose(
            fitting, request.focus, self.progress, self.syllabus, count=request.count, seed=request.seed, now=now
        )
        return Generated(request.count, chosen)

    def generate(self, request: QuizRequest, *, now: datetime) -> Generated:
        """Questions made from the library's material; raises `PracticeError` when none can be made.

        A question once shown, kept or reported is not made again; where too few others can be made for a request of fresh
        ones, those asked before follow, but for those reported.
        """
        from assistant.progress.store import MadeStatus

        self.library.require_material()
        before = self.progress.made_questions(*(() if request.focus is not Focus.ANY else (MadeStatus.REPORTED,)))
        treats = self._treats(request)
        wanted = self._wanted(request, treats)
        if request.writer != "quotes":
            made = self._written(request, wanted, {question.id for question in before})
        else:
            embedder = self.library.embedder
            maker = QuestionMaker(self._facts(request.source), self.syllabus, embedder, self._supported, self._vectors)
            made = maker.make(request.count, seed=request.seed, wanted=wanted, avoid=before)
            if request.focus is Focus.FRESH:
                made.ask_again(self._asked_before(request, treats))
        if not made.questions:
            why = f" ({made.account})" if made.rejected else ""
            raise PracticeError(
                "No question could be made from this part of your material: it needs definitions, tables, or sentences with "
                f"one figure, and others like them to choose between{why}. Choose another part, or add material."
            )
        made.questions = [self._with_official(question) for question in made.questions]
        return made

    def _with_official(self, question: Question) -> Question:
        choices = (replace(one, citation=self.library.with_official(one.citation)) for one in question.choices)
        return replace(question, choices=tuple(choices))

    def _supported(self, claim: Claim) -> bool:
        """Whether a unit of the material other than the card's own speaks of the subject and says the same: no wrong option."""
        subject = {word.lower() for word in re.findall(r"\w+", claim.subject)} - ARTICLES
        found = self.assistant.find_where(claim.sentence, None).evidence[:MOST_UNITS]
        return any(
            one.cosine >= SAYS
            and subject <= {word.lower() for word in re.findall(r"\w+", one.words)}
            and not any(_holds(one, place) for place in claim.own)
            for one in found
        )

    def _written(self, request: QuizRequest, wanted: Callable[[Place], bool], known: set[str]) -> Generated:
        """Scenarios that a model writes from passages of the material, each step checked."""
        model = self.writers.chat_model(request.writer)
        author = Author(structured(model, request.writer, self.writers.settings.answers.seconds))
        result = Generated(request.count)
        for passage in self._passages(request, wanted)[: request.count * WRITER_TRIES]:
            if len(result.questions) == request.count:
                break
            try:
                question = author.write(passage)
            except Dropped as dropped:
                result.rejected[str(dropped)] += 1
                continue
            if question.id in known:
                result.rejected["asked before"] += 1
            else:
                result.questions.append(question)
        return result

    def _passages(self, request: QuizRequest, wanted: Callable[[Place], bool]) -> list[Passage]:
        """Quotes of neighboring passages, in an order that depends on the seed; none about an exam or a course."""
        self.library.index.refresh()
        chunks = [one for one in self.library.index.all_chunks() if request.source in (None, one.source)]
        ranked = sorted(chunks, key=lambda one: hashlib.sha256(f"{request.seed}:{one.id}".encode()).hexdigest())
        found: list[Passage] = []
        for chunk in ranked:
            if len(found) == request.count * WRITER_TRIES:
                break
            places = [place for place in _places(chunk) if wanted(place)]
            if not places or LOGISTICS.search(" ".join(chunk.heading_path)):
                continue
            beside = self.assistant.search(
                f"{chunk.heading} {places[0].quote}"[:300], k=BESIDE, section=request.section
            )
            for passage in beside:
                places += [place for place in _places(passage.chunk) if place not in places]
            if len(places) >= FEWEST_QUOTES:
                at = self.syllabus.place_of(chunk.source, chunk.heading_path)
                found.append(Passage(tuple(places[:QUOTES]), *at))
        return found

    def _facts(self, source: str | None) -> list[Fact]:
        """Facts of a source or of the library; found once for each state of the library."""
        if source is not None and source not in {record.name for record in self.library.index.records()}:
            raise PracticeError(f"There is no source {source!r} in the library. `study search` prints the names.")
        self.library.index.refresh()
        key = (self.library.index.stamp(), source)
        if key not in self._facts_kept:
            self._facts_kept.clear()
            self._facts_kept[key] = find_facts(
                chunk for chunk in self.library.index.all_chunks() if source in (None, chunk.source)
            )
        return self._facts_kept[key]

    @cached_property
    def _facts_kept(self) -> dict[tuple[str, str | None], list[Fact]]:
        return {}

    def _treats(self, request: QuizRequest) -> Treats:
        """Whether a place of the material is in a passage that treats the topic; every place where there is none."""
        if not request.topic:
            return lambda source, page, start: True
        spans: dict[tuple[str, int], list[tuple[int, int]]] = {}
        for chunk in self._treating(request.topic, request.section):
            spans.setdefault((chunk.source, chunk.page), []).append((chunk.start, chunk.end))
        return lambda source, page, start: any(first <= start < end for first, end in spans.get((source, page), ()))

    def _wanted(self, request: QuizRequest, treats: Treats) -> Callable[[Place], bool]:
        """Whether a fact's place is in the section and objective and treats the topic."""

        def wanted(place: Place) -> bool:
            section, objective, _ = self.syllabus.place_of(place.source, place.heading_path)
            return (
                request.section in (None, section)
                and request.objective in (None, objective)
                and treats(place.source, place.page, place.start)
            )

        return wanted

    def _asked_before(self, request: QuizRequest, treats: Treats) -> Iterator[Question]:
        """Questions made earlier on what is wanted whose quotes still stand; those not answered for longest first."""
        from assistant.progress.store import MadeStatus

        seen = self.progress.last_seen()
        earlier = self.progress.made_questions(MadeStatus.MADE, MadeStatus.KEPT)
        for question in sorted(earlier, key=lambda one: (one.id in seen, seen.get(one.id))):
            rests_on = next(choice.citation for choice in question.choices if choice.correct)
            if (
                request.section in (None, question.section)
                and request.objective in (None, question.objective)
                and request.source in (None, rests_on.source)
                and (start := self._start_of(rests_on)) is not None
                and treats(rests_on.source, rests_on.page, start)
            ):
                yield question

    def _start_of(self, citation: Reference) -> int | None:
        """Where the quote stands on its page; None where it no longer does."""
        start = self.library.index.page_text(citation.source, citation.page).find(citation.quote)
        return start if start >= 0 else None

    def _treating(self, topic: str, section: int | None) -> list[Chunk]:
        """The passages that treat a topic; raises `PracticeError` when the library does not hold it."""
        reading = self.assistant.read(topic, section)
        limit = self.writers.settings.answers.refuse_below
        refuse_below = load_fitted().refuse_below if limit is None else limit
        held = [one.chunk for one in reading.found if one.coverage >= HELD] if reading.answered >= refuse_below else []
        if not held:
            inside = f" in section {section}" if section else ""
            raise PracticeError(
                f"Your library holds nothing on “{topic}”{inside}, so no question was made. Add material on it, or choose "
                "another topic."
            )
        return list({chunk.id: chunk for chunk in held}.values())

    def exam(self, count: int, *, seed: int, now: datetime) -> list[Question]:
        """A mock exam of the bank by section weight, without what was answered recently while there is something else."""
        recent = {name for name, at in self.progress.last_seen().items() if now - at < RECENT}
        return draw_exam(self.bank.questions, self.syllabus, count=count, seed=seed, avoid=recent)


def _places(chunk: Chunk) -> list[Place]:
    """The quotable units of a passage."""
    found = []
    for unit in split_units(chunk.text):
        raw = chunk.text[unit.start : unit.end]
        start = chunk.start + unit.start + len(raw) - len(raw.lstrip())
        if unit.kind in QUOTABLE and len(raw.split()) >= FEWEST_WORDS:
            found.append(Place(chunk.source, chunk.page, start, raw.strip(), chunk.heading_path))
    return found


def _holds(unit: "Evidence", place: Place) -> bool:
    """Whether a unit is the one at a place."""
    return (unit.chunk.source, unit.chunk.page) == (place.source, place.page) and unit.start <= place.start < unit.end
