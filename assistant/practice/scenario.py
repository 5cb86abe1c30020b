"""Lets a language model put a made question into a scenario; need, key, distractors and reasons stay as the material gives them.

Only questions from decision tables get one. The model introduces a company in one sentence; each sentence is checked without a
model, repaired once, or dropped. A small model that is to tell the need in its own words gets it wrong (DECISIONS.md, "Scenarios
by the local model").
"""

import re
from collections.abc import Callable
from dataclasses import replace
from string import ascii_uppercase

from assistant.practice.generate import REQUIREMENT_STEM
from assistant.practice.questions import Question
from assistant.syllabus import Syllabus

WORDS = (12, 45)
SCENARIO = "{introduction} One thing decides: {need}. What should the team choose?"
PROMPT = """Introduce the company of an exam question in one sentence of 15 to 40 words. Begin with a name for it that you make up
and that starts with {letter}. Say what the company does and what its machine learning team is building.
The team will have this need, which must fit what you write, but which you do not mention: {need}.
Name no cloud product, no method and no solution. Ask no question.{again}

Sentence:"""
AGAIN = "\nA first try was refused because {fault}. Its text was: {text}"
_COMMON = 5
"""Words this short give nothing away."""

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
        letter = ascii_uppercase[sum(question.prompt.encode()) % len(ascii_uppercase)]
        again = ""
        for _ in range(2):
            text = " ".join(self._complete(PROMPT.format(letter=letter, need=need, again=again)).split()).strip('"')
            fault = self.fault(text, question)
            if fault is None:
                return replace(question, prompt=SCENARIO.format(introduction=text, need=need), difficulty=2)
            again = AGAIN.format(fault=fault, text=text[:600])
        return None

    def fault(self, text: str, question: Question) -> str | None:
        """Why an introduction cannot be used, or None."""
        count = len(text.split())
        if not WORDS[0] <= count <= WORDS[1]:
            return f"it has {count} words"
        if "?" in text:
            return "it asks a question"
        if not text.endswith("."):
            return "it is not a whole sentence"
        if told := sorted({form.lower() for form, _ in self._syllabus.names_in(text)}):
            return f"it names {', '.join(told)}"
        options = {word for choice in question.choices for word in _telling(choice.text)}
        if leaked := sorted((options & _telling(text)) - _telling(question.prompt)):
            return f"it uses the word {', '.join(leaked)} of an option"
        return None


def _telling(text: str) -> set[str]:
    """Words of a text that could give an option away."""
    return {word for word in re.findall(r"[a-z]+", text.lower()) if len(word) > _COMMON}
