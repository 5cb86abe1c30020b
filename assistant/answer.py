"""Answers one question: understands it, finds evidence, lets a writer write, checks every citation, or refuses."""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from assistant.abstention import probability_answered
from assistant.answers import Answer, join_sentences, number_citations
from assistant.endings import takes_end_for_granted
from assistant.followup import resolve
from assistant.grounding import find_faults
from assistant.query import Query
from assistant.quotes import QuotesWriter
from assistant.retrieval import BUDGET, Belongs, Findings, Passage, Retriever, join_evidence
from assistant.shapes import overview_topic
from assistant.syllabus import Syllabus
from assistant.translation import Languages, other_language, translate_question, translate_sentence
from assistant.writers import DraftSentence, Listener, Support, Writer
from ingest.errors import QuestionRejected

NO_DUMPS = (
    "Groundwork does not hand out real exam questions: the certification's terms forbid using or sharing them. "
    "Practise with its original questions instead."
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
Clock = Callable[[], float]
"""Seconds from any fixed moment."""
SILENT = Listener()
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
NO_END = "Your material does not say that this is deprecated or ends."
NOW_CALLED = "{old} is now called {new}."


def check_question(text: str) -> str:
    """The question with its invisible characters gone; raises `QuestionRejected` when nothing is left or it is too long."""
    cleaned = " ".join(re.sub(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]", " ", text).split())
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

    Of a question for an overview only the topic is searched, and the platform's name alone is no word to look for.
    """
    question = _SECTION.sub(lambda found: _with_title(int(found.group(1)), found.group(), syllabus), question)
    topic = overview_topic(question) or question
    named: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = [
        (form, (product.old[0], product.new, product.short), tuple(map(syllabus.distinctive, product.forms)))
        for form, product in syllabus.names_in(topic)
    ]
    bare = _without(_PLATFORM.sub(" ", topic), [form for form, _, _ in named], " ")
    named += [(form, (form, forms[0]), forms) for form, forms in syllabus.abbreviations_in(bare)]
    written = [form for form, _, _ in named]
    phrasings = [topic]
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


class Assistant:
    """Answers questions over one retriever with one writer."""

    def __init__(
        self, retriever: Retriever, syllabus: Syllabus, *, refuse_below: float, clock: Clock = time.monotonic
    ) -> None:
        self._retriever = retriever
        self._syllabus = syllabus
        self._refuse_below = refuse_below
        self._clock = clock
        self._quotes = QuotesWriter(retriever.index)

    def find(self, question: str, section: int | None = None) -> Findings:
        """What the material holds on a question."""
        query = understand(check_question(question), self._syllabus)
        return self._retriever.find(query, belongs=in_section(section, self._syllabus))

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
        meant = resolve(
            put, [one.understood or one.question for one in earlier], names=len(self._syllabus.names_in(put))
        )
        answer = self._answer(meant, writer, section, listener, languages if writer.writes_languages else None)
        translated = any(one.supported == Support.TRANSLATED for one in answer.sentences)
        notes = (IN_MATERIALS_LANGUAGE,) if languages and not answer.refused and not translated else ()
        return replace(
            answer,
            question=question,
            understood="" if meant == question else meant,
            notes=(*answer.notes, *notes),
            seconds=round(self._clock() - started, 3),
        )

    def _answer(
        self, question: str, writer: Writer, section: int | None, listener: Listener, languages: Languages | None
    ) -> Answer:
        """`languages` where the answer is wanted in another language than the material's; takes no time itself."""
        if _ASKS_FOR_DUMPS.search(question):
            return Answer(question, NO_DUMPS, (), (), True, writer.name)
        if _ASKS_FOR_PROMPT.search(question):
            return Answer(question, NO_PROMPT, (), (), True, writer.name)
        findings = self.find(question, section)
        passages = tuple(join_evidence(findings.evidence, k=SHOWN_PASSAGES, characters=BUDGET))
        if takes_end_for_granted(question, findings.evidence, self._syllabus.distinctive):
            told = " ".join([*renamed(question, self._syllabus), NO_END])
            return self._refuse(question, passages, writer.name, told)
        if probability_answered(findings) < self._refuse_below:
            if not writer.reads_languages and other_language(question, findings):
                return Answer(question, OTHER_LANGUAGE, (), (), True, writer.name)
            return self._refuse(question, passages, writer.name)
        listener.found(passages)
        kept, lost = self._written(writer, findings, listener, languages)
        name = writer.name
        notes = [LEFT_OUT.format(count=lost)] if lost and kept else []
        if any(draft.support is Support.TRANSLATED for draft in kept):
            notes.append(TRANSLATED.format(writer=writer.name))
        if lost and len(kept) < SURVIVING * (len(kept) + lost):
            kept, name = list(self._quotes.write(findings.query.text, findings)), self._quotes.name
            notes = [REPLACED.format(writer=writer.name)]
        sentences, citations = number_citations(kept)
        if not citations:
            return self._refuse(question, passages, name)
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
        faults = find_faults(answer, [passage.chunk for passage in findings.passages], self._retriever.index)
        if faults:
            return self._refuse(question, passages, name)
        return answer

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

    def _refuse(self, question: str, passages: tuple[Passage, ...], writer: str, text: str = NO_ANSWER) -> Answer:
        nearest = passages[0].chunk if passages else None
        if nearest is not None:
            place = f"{nearest.source}, {nearest.locator}" + (f", {nearest.heading}" if nearest.heading else "")
            text += f" The nearest passage is in {place}."
        text += " Ask in other words, or add material that covers it."
        return Answer(question, text, (), (), True, writer, passages)
