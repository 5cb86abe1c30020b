"""Lets a language model put a made question into a scenario; need, key, distractors and reasons stay as the material gives them.

Only questions from decision tables get one. The model makes up a company in a fixed form; what it says is checked without a
model, asked for once more, or the question is dropped. A small model that is to tell the need in its own words gets it wrong
(DECISIONS.md, "Scenarios by the local model").
"""

import re
from collections.abc import Callable
from dataclasses import replace
from string import ascii_uppercase

from assistant.practice.generate import REQUIREMENT_STEM
from assistant.practice.questions import Question
from assistant.syllabus import Syllabus

SCENARIO = (
    "{company} {business}, and its team builds a model that {model}. In the next project one thing decides: {need}. "
    "What should the team choose?"
)
PROMPT = """Invent a small company for a story. Answer in this form, as in the examples.

Company: Meridian Parcel
Business: delivers groceries in three cities
Model: predicts when a van arrives

Company: Tarn Rail
Business: repairs tracks for regional railways
Model: finds cracks in photographs of rails

Invent another company, {trade}, whose name starts with {letter}.{again}

Company:"""
AGAIN = " A first try was refused because {fault}."
TRADES = (
    "with shoe shops",
    "with bakeries in many towns",
    "with a chain of pharmacies",
    "that sells furniture",
    "with supermarkets",
    "that rents bicycles",
    "that sells tickets for concerts",
    "with a chain of hotels",
    "that sells insurance to households",
    "that makes kitchen machines",
)
"""Everyday ones; a small model left to choose makes up an AI company."""
_NAME = r"(?:Company:)?\s*(?P<company>[A-Z][\w'&-]*(?: [A-Z&][\w'&-]*){0,2})\s*\n+\s*"
_BUSINESS = r"Business: (?P<business>[a-z][^\n.:;]*)\.?\s*\n+\s*"
_VERBS = "predicts|forecasts|estimates|recommends|suggests|finds|detects|classifies|recogni[sz]es|ranks"
_MODEL = rf"Model: (?P<model>(?:{_VERBS})\b[^\n.:;]*)"
_LINES = re.compile(_NAME + _BUSINESS + _MODEL)
WORDS = (3, 14)
"""Of what the company does, and of what its model does."""
_JARGON = re.compile(
    r"\b(AI|ML|algorithms?|(machine|deep) learning|neural|data science|cutting-edge|advanced)\b", re.IGNORECASE
)
_COMMON = 5
"""Words this short give nothing away."""
TRIES = 2

Complete = Callable[[str], str]


class ScenarioWriter:
    """Puts stems into scenarios with a model; `complete` takes a prompt and gives the model's text."""

    def __init__(self, complete: Complete, syllabus: Syllabus) -> None:
        self._complete = complete
        self._syllabus = syllabus

    def rephrase(self, question: Question) -> Question | None:
        """The question with a scenario for a stem, the question itself where it has no requirement, None when both tries fail."""
        if not question.prompt.startswith(REQUIREMENT_STEM):
            return question
        need = question.prompt[len(REQUIREMENT_STEM) :].removesuffix(" What should it choose?").rstrip(".")
        drawn = sum(question.prompt.encode())
        letter, again = ascii_uppercase[drawn % len(ascii_uppercase)], ""
        for attempt in range(TRIES):
            trade = TRADES[(drawn + attempt) % len(TRADES)]
            said = _LINES.search(self._complete(PROMPT.format(trade=trade, letter=letter, again=again)))
            fault = self.fault(said.groupdict(), question) if said else "it was not in this form"
            if said and fault is None:
                return replace(question, prompt=SCENARIO.format(need=need, **said.groupdict()), difficulty=2)
            again = AGAIN.format(fault=fault)
        return None

    def fault(self, company: dict[str, str], question: Question) -> str | None:
        """Why a company, its `business` and its `model` cannot be used, or None."""
        text = " ".join(company.values())
        for part in ("business", "model"):
            if not WORDS[0] <= len(company[part].split()) <= WORDS[1]:
                return f"its {part} has {len(company[part].split())} words"
        if "?" in text:
            return "it asks a question"
        if told := sorted({form.lower() for form, _ in self._syllabus.names_in(text)}):
            return f"it names {', '.join(told)}"
        if jargon := _JARGON.search(text):
            return f"it says {jargon.group()}"
        options = {word for choice in question.choices for word in _telling(choice.text)}
        if leaked := sorted((options & _telling(text)) - _telling(question.prompt)):
            return f"it uses the word {', '.join(leaked)} of an option"
        return None


def _telling(text: str) -> set[str]:
    """Words of a text that could give an option away."""
    return {word for word in re.findall(r"[a-z]+", text.lower()) if len(word) > _COMMON}
