"""Answers one question: understands it, finds evidence, lets a writer write, checks every citation, or refuses."""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import PurePosixPath

from assistant.answers import Answer, Citation, DraftSentence, Support, join_sentences, number_citations
from assistant.checks.contradiction import find_disputes
from assistant.checks.grounding import find_faults, pages_of
from assistant.footnotes import official_at
from assistant.official.dates import notes_on
from assistant.question.query import Query
from assistant.question.spelling import repair
from assistant.question.vague import load_vague
from assistant.reader.reader import Reader, Reading
from assistant.search.retrieval import BUDGET, Belongs, Evidence, Findings, Passage, Retriever, join_evidence, names_in
from assistant.syllabus import Syllabus
from assistant.writers.draft import Listener, Writer
from assistant.writers.quotes import QuotesWriter
from assistant.writers.translation import Languages, other_language, translate_question, translate_sentence
from ingest.errors import QuestionRejected
from ingest.units import plain

NO_DUMPS = (
    "Groundwork does not hand out real exam questions: the certification's terms forbid using or sharing them. "
    "Practice with its original questions instead."
)
_ASKS_FOR_DUMPS = re.compile(
    r"\b(give|list|show|send|share|tell|provide|get|find|have)\b.*\b(dumps?|braindumps?|(real|actual|leaked|original|true) "
    r"(exam |test |certification )?(questions|answers))\b",
    re.IGNORECASE,
)
NO_PROMPT = "Groundwork answers from your material alone, not about its own instructions."
_ASKS_FOR_PROMPT = re.compile(
    r"\byour (system|own|hidden|initial|original|secret|internal) (prompts?|instructions|rules)\b|"
    r"\b(print|show|reveal|repeat|leak|output|display)\b.{0,40}\byour (prompt|instructions)\b",
    re.IGNORECASE,
)
LONGEST_QUESTION = 4000
"""Characters; the embedding model reads about 1,000 of them."""
SHOWN_PASSAGES = 8
GUIDE = "exam-guide.pdf"
_ABOUT_THE_EXAM = re.compile(
    r"\b(exams?|sections?|guide|objectives?|considerations?|certifi\w+|topics?|covered)\b", re.IGNORECASE
)
"""Questions to which the exam guide may be the answer."""
Clock = Callable[[], float]
"""Seconds from any fixed moment."""
SILENT = Listener()
VAGUE = 0.5
"""From this probability that it is too vague on, a question in a conversation is read behind the one before."""
SURVIVING = 0.5
"""With less than this share of its sentences supported, a model's answer is replaced by quotes."""
LEFT_OUT = "{count} of the model's sentences left out: not supported by your material."
TRANSLATED = "Translated by {writer}; the quotes are the words of your material."
IN_MATERIALS_LANGUAGE = "Your material is in another language than the question; so is this answer."
OTHER_LANGUAGE = (
    "Your material is in another language than the question. Ask in its language, or choose a writer with a model, which "
    "translates the question."
)
REPLACED = "What {writer} wrote is not supported by your material; these are its words instead."
NO_ANSWER = "Your material does not answer this."
NEAREST = " The nearest it says is: “{quote}” ({place})."
WHICH_ONE = "Your question may mean several things. Do you mean {names}?"
MOST_READINGS = 3
LONGEST_NAME = 80
ELSEWHERE = (
    "Section {section} does not answer this, but the rest of your material does. Ask without the section to see it."
)
UNSAID = "Your material does not say this of {names} in these words; here is the nearest that it says."
_POLAR = re.compile(
    r"(?:is|are|was|were|do|does|did|can|could|may|must|should|will|would|has|have|isn't|aren't|doesn't|don't|can't)\b",
    re.IGNORECASE,
)
"""How a question begins that asks for yes or no."""
LIKELY = 0.5
"""Share of the best sentence's probability from which another may be the one that answers."""
REPAIRED = "Showing results for “{words}”."
NOW_CALLED = "{old} is now called {new}."


_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def check_question(text: str) -> str:
    """The question with its invisible characters gone; raises `QuestionRejected` when nothing is left or it is too long."""
    cleaned = " ".join(
        re.sub(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]", " ", text).split()
    )
    if not re.search(r"\w", cleaned):
        raise QuestionRejected("The question holds no words. Ask about something, for example: What is Model Armor?")
    if len(cleaned) > LONGEST_QUESTION:
        raise QuestionRejected(
            f"The question has {len(cleaned)} characters, more than {LONGEST_QUESTION}. Shorten it to what you want to know."
        )
    return cleaned


MOST_PHRASINGS = 4
_SECTION = re.compile(r"\bsection ([1-6])\b", re.IGNORECASE)
_PLATFORM = re.compile(r"\bGoogle Cloud(?: Platform)?(?:['’]s)?(?: (?:ML|AI))?\b(?! [A-Z])")
"""The platform itself, not a product of it such as Google Cloud Storage."""


def understand(question: str, syllabus: Syllabus) -> Query:
    """A query that finds the same material under former and present names and abbreviations, and a section by its number.

    The platform's name alone is no word to look for.
    """
    question = _SECTION.sub(lambda found: _with_title(int(found.group(1)), found.group(), syllabus), question)
    named: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = [
        (form, (product.old[0], product.new, product.short), tuple(map(syllabus.distinctive, product.forms)))
        for form, product in syllabus.names_in(question)
    ]
    bare = _without(_PLATFORM.sub(" ", question), [form for form, _, _ in named], " ")
    named += [(form, (form, forms[0]), forms) for form, forms in syllabus.abbreviations_in(bare)]
    written = [form for form, _, _ in named]
    phrasings = [question]
    for form, spoken, _ in named:
        reworded = [phrase.replace(form, one) for phrase in phrasings for one in dict.fromkeys(spoken)]
        phrasings = reworded[:MOST_PHRASINGS]
    return Query(
        text=question,
        phrasings=tuple(dict.fromkeys(phrasings)),
        bare=_without(bare, written, " "),
        unexplained=_without(_PLATFORM.sub("it", question), written, "it"),
        names=tuple(dict.fromkeys(tuple(dict.fromkeys(searched)) for _, _, searched in named)),
    )


def _without(text: str, forms: Sequence[str], filler: str) -> str:
    for form in forms:
        text = text.replace(form, filler)
    return text


def _with_title(number: int, written: str, syllabus: Syllabus) -> str:
    return f"{written} {syllabus.section(number).title}"


def renamed(question: str, syllabus: Syllabus) -> list[str]:
    """A sentence for each former product name in a question."""
    names = {form.lower(): product for form, product in syllabus.names_in(question)}
    return [
        NOW_CALLED.format(old=old, new=product.new)
        for product in dict.fromkeys(names.values())
        for old in product.old
        if old.lower() in names and old not in (product.new, product.short)
    ]


def in_section(section: int | None, syllabus: Syllabus) -> Belongs | None:
    """A filter for one exam section; None for all material. Raises `UnknownSection`."""
    if section is None:
        return None
    wanted = syllabus.section(section).number
    return lambda source, heading: syllabus.section_of(source, heading) == wanted


def _without_guide(belongs: Belongs | None) -> Belongs:
    """A filter that also leaves out the shipped exam guide, which names topics and explains none."""
    return lambda source, heading: source != GUIDE and (belongs is None or belongs(source, heading))


class Assistant:
    """Answers questions over one retriever with one writer."""

    def __init__(
        self,
        retriever: Retriever,
        syllabus: Syllabus,
        *,
        reader: Reader | None = None,
        refuse_below: float | None = None,
        clock: Clock = time.monotonic,
        today: Callable[[], date] = date.today,
    ) -> None:
        """`refuse_below` takes the place of the fitted limit of the probability that the material answers."""
        self._retriever = retriever
        self._syllabus = syllabus
        self._reader = reader or Reader()
        self._limit = refuse_below
        self._clock = clock
        self._vague = load_vague()
        self._today = today
        self._quotes = QuotesWriter(retriever.index, self._reader.fitted)

    @property
    def _refuse_below(self) -> float:
        return self._reader.refuse_below if self._limit is None else self._limit

    def find(self, question: str, section: int | None = None) -> Findings:
        """What the material holds on a question."""
        query = understand(check_question(question), self._syllabus)
        belongs = in_section(section, self._syllabus)
        if not _ABOUT_THE_EXAM.search(question):
            belongs = _without_guide(belongs)
        return self._retriever.find(query, belongs=belongs)

    def read(self, question: str, section: int | None = None) -> Reading:
        """What the material holds on a question, read: how likely each unit, and the material at all, answers it."""
        findings = self.find(question, section)
        return self._reader.read(findings.query.text, findings)

    def unanswered(self, question: str) -> bool:
        """Whether the material leaves a question without an answer."""
        return self.read(question).answered < self._refuse_below

    def spelled(self, question: str) -> tuple[str, tuple[str, ...]]:
        """The question with typing errors repaired by the library's words, and the words that were put in."""
        repaired, repairs = repair(question, self._retriever.index.lexical().words)
        return repaired, tuple(one.meant for one in repairs)

    def find_where(self, text: str, belongs: Belongs | None, *, section: int | None = None) -> Findings:
        """What the material holds on a text, in the part that `belongs`, within a section if one is given."""
        inside = in_section(section, self._syllabus)
        both = [one for one in (belongs, inside) if one]
        query = understand(check_question(text), self._syllabus)
        where = (lambda source, heading: all(one(source, heading) for one in both)) if both else None
        return self._retriever.find(query, belongs=where)

    def search(self, question: str, *, k: int = SHOWN_PASSAGES, section: int | None = None) -> list[Passage]:
        """The passages that bear on a question, best first."""
        query = understand(check_question(question), self._syllabus)
        return self._retriever.search(query, k=k, belongs=in_section(section, self._syllabus))

    def translated(self, question: str, writer: Writer, section: int | None = None) -> tuple[str, Languages | None]:
        """The question in the material's language, with both languages where the writer had to translate it.

        Raises `WriterUnavailable` when the writer fails.
        """
        languages = other_language(question, self.find(question, section)) if writer.reads_languages else None
        put = translate_question(question, languages, writer.translate) if languages else question
        return put, None if put == question else languages  # names alone come back as they are

    def ask(
        self,
        question: str,
        writer: Writer,
        section: int | None = None,
        earlier: Sequence[Answer] = (),
        listener: Listener = SILENT,
    ) -> Answer:
        """An answer whose citations were all checked, or a refusal that names the nearest material.

        `earlier` are the answers of the conversation so far, oldest first; a follow-up is understood from the last one. A
        question in another language than the material is translated where the writer can.
        Raises `WriterUnavailable` when the writer fails; `listener` has the passages then, if it came so far.
        """
        started = self._clock()
        put, languages = self.translated(question, writer, section)
        spelled, words = (put, ()) if languages else self.spelled(put)
        meant, reading = self._in_context(spelled, earlier, section)
        vague = not earlier and not languages and self._vague.probability(spelled) >= self._vague.ask_back_from
        names = names_found(reading.findings, self._reader.fitted.near_best) if vague else []
        if reason := forbidden(meant):
            answer = Answer(meant, reason, (), (), True, writer.name)
        elif len(names) > 1 and not other_language(spelled, reading.findings):
            answer = _ask_back(meant, names, writer.name)
        else:
            used = languages if writer.writes_languages else None
            answer = self._answer(meant, reading, writer, section, listener, used)
        translated = any(one.supported == Support.TRANSLATED for one in answer.sentences)
        notes = (IN_MATERIALS_LANGUAGE,) if languages and not answer.refused and not translated else ()
        notes = (*notes, *([REPAIRED.format(words=" ".join(words))] if words else []))
        return replace(
            answer,
            question=question,
            understood="" if meant == question else meant,
            notes=(*answer.notes, *notes),
            seconds=round(self._clock() - started, 3),
        )

    def _in_context(self, question: str, earlier: Sequence[Answer], section: int | None) -> tuple[str, Reading]:
        """The question as it stands, or behind the one before where it is too vague alone."""
        if not earlier or self._vague.probability(question) < VAGUE:
            return question, self.read(question, section)
        before = f"{earlier[-1].understood or earlier[-1].question} {question}"[-LONGEST_QUESTION:]
        return before, self.read(before, section)

    def _answer(
        self,
        question: str,
        reading: Reading,
        writer: Writer,
        section: int | None,
        listener: Listener,
        languages: Languages | None,
    ) -> Answer:
        """`languages` where the answer is wanted in another language than the material's; takes no time itself."""
        findings = reading.findings
        passages = tuple(join_evidence(reading.found, k=SHOWN_PASSAGES, characters=BUDGET))
        if reading.answered < self._refuse_below:
            if not writer.reads_languages and other_language(question, findings):
                return Answer(question, OTHER_LANGUAGE, (), (), True, writer.name)
            elsewhere = (ELSEWHERE.format(section=section),) if section and not self.unanswered(question) else ()
            return replace(self._refuse(question, findings, passages, writer.name), notes=elsewhere)
        listener.found(passages)
        findings, unsaid = _on_subject(question, findings, self._retriever.index.lexical().tokens)
        kept, lost = self._written(writer, findings, listener, languages)
        name = writer.name
        notes = [*unsaid, *([LEFT_OUT.format(count=lost)] if lost and kept else [])]
        if any(draft.support is Support.TRANSLATED for draft in kept):
            notes.append(TRANSLATED.format(writer=writer.name))
        if lost and len(kept) < SURVIVING * (len(kept) + lost):
            kept, name = list(self._quotes.write(findings.query.text, findings)), self._quotes.name
            notes = [*unsaid, REPLACED.format(writer=writer.name)]
        disputes = find_disputes(kept, findings.evidence)
        kept += [dispute.as_draft() for dispute in disputes if not dispute.shown]
        notes += dict.fromkeys(dispute.as_note() for dispute in disputes)
        sentences, citations = number_citations(kept)
        if not citations:
            return self._refuse(question, findings, passages, name)
        pages = pages_of(citations, self._retriever.index)
        citations = tuple(self._with_official(one, pages[one.source, one.page]) for one in citations)
        notes += notes_on([(one.shown, one.official) for one in citations], self._syllabus, self._today())
        answer = Answer(
            question=question,
            text=join_sentences(sentences),
            sentences=sentences,
            citations=citations,
            refused=False,
            writer=name,
            passages=passages,
            notes=(*renamed(question, self._syllabus), *notes),
        )
        faults = find_faults(answer, [passage.chunk for passage in findings.passages], pages)
        if faults:
            return self._refuse(question, findings, passages, name)
        return answer

    def _with_official(self, citation: Citation, page: str) -> Citation:
        """The citation with the official pages that the quote's footnotes name on its page."""
        return replace(
            citation, official=official_at(page, citation.start, citation.end, self._syllabus.official_hosts)
        )

    def _written(
        self, writer: Writer, findings: Findings, listener: Listener, languages: Languages | None
    ) -> tuple[list[DraftSentence], int]:
        """The supported sentences of a writer, and how many were not supported."""
        kept: list[DraftSentence] = []
        lost = 0
        for draft in writer.write(findings.query.text, findings):
            if draft.support is Support.NONE:
                lost += 1
            else:
                told = translate_sentence(draft, languages, writer.translate) if languages else draft
                kept.append(told)
                listener.wrote(told)
        return kept, lost

    def _refuse(self, question: str, findings: Findings, passages: tuple[Passage, ...], writer: str) -> Answer:
        text = " ".join([*renamed(question, self._syllabus), NO_ANSWER])
        if findings.evidence:
            nearest = findings.evidence[0]
            place = f"{nearest.chunk.source}, {nearest.chunk.locator}"
            heading = f", {nearest.chunk.heading}" if nearest.chunk.heading else ""
            text += NEAREST.format(quote=nearest.words, place=place + heading)
        text += " Ask in other words, or add material that covers it."
        return Answer(question, text, (), (), True, writer, passages)


def _on_subject(
    question: str, findings: Findings, tokens: Callable[[str], Sequence[str]]
) -> tuple[Findings, list[str]]:
    """For a question that asks for yes or no of something it names: where no likely sentence on that holds a further word of the
    question, only sentences on it, and a note. "X is deprecated" is no answer to "Is Y deprecated?".
    """
    query = findings.query
    names = [*query.names, *((name,) for name in names_in(query.unexplained or question))]
    if not names or not findings.evidence or not _POLAR.match(question):
        return findings, []
    least = LIKELY * findings.evidence[0].score
    named = {term for forms in names for form in forms for term in tokens(form)}
    asked = set(tokens(query.words)) - named
    about = tuple(one for one in findings.evidence if any(_speaks_of(one, forms) for forms in names))
    said = any(asked & set(tokens(f"{one.chunk.heading} {one.words}")) for one in about if one.score >= least)
    if not asked or said or not about:
        return findings, []
    return replace(findings, evidence=about), [UNSAID.format(names=" and ".join(forms[0] for forms in names))]


def _speaks_of(item: Evidence, forms: Sequence[str]) -> bool:
    words = f"{' '.join(item.chunk.heading_path)} {item.words}".lower()
    return any(form.lower() in words for form in forms)


def forbidden(question: str) -> str:
    """Why a question is not looked up in the material at all; empty where it is."""
    if _ASKS_FOR_DUMPS.search(question):
        return NO_DUMPS
    return NO_PROMPT if _ASKS_FOR_PROMPT.search(question) else ""


def _ask_back(question: str, names: Sequence[str], writer: str) -> Answer:
    """A question back, with what it may mean as questions that can be asked as they stand."""
    quoted = [f"“{name}”" for name in names]
    text = WHICH_ONE.format(names=f"{', '.join(quoted[:-1])} or {quoted[-1]}")
    readings = tuple(f"{question.rstrip(' ?.!')} ({name})?" for name in names)
    return Answer(question, text, (), (), True, writer, readings=readings)


def names_found(findings: Findings, near_best: float) -> list[str]:
    """What the evidence is about that is nearly as likely as the best: its heading, or its document's name; each place once."""
    names: list[str] = []
    for item in findings.evidence:
        if item.score < near_best * findings.evidence[0].score:
            break
        path = [plain(heading) for heading in item.chunk.heading_path if heading.strip()]
        name = path[-1] if path else PurePosixPath(item.chunk.source).stem.replace("-", " ").replace("_", " ")
        if name.lower() not in {known.lower() for known in names} and len(name) <= LONGEST_NAME:
            names.append(name)
        if len(names) == MOST_READINGS:
            break
    return names
