"""Lets a language model put a made question into a scenario; key, distractors and reasons stay as the material gives them.

Only questions from decision tables are rewritten. Each wording is checked without a model, repaired once, or dropped.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from assistant.practice.generate import REQUIREMENT_STEM
from assistant.practice.questions import Question
from assistant.syllabus import Syllabus

WORDS = (25, 130)
QUESTION = "What should the team choose?"
PROMPT = """Write the situation for an exam question, in two or three sentences, 30 to 80 words.
Begin with a company's name that you make up. Say what its team does and what it needs. The need, which must be clear: {need}.
Keep every number of the need. Name no cloud product, no method and no solution. Ask no question.{again}

Situation:"""
AGAIN = "\nA first try was refused because {fault}. Its text was: {text}"
_COMMON = 5
"""Words this short give nothing away."""

Complete = Callable[[str], str]


class ScenarioWriter:
    """Rewrites stems with a model; `complete` takes a prompt and gives the model's text."""

    def __init__(self, complete: Complete, syllabus: Syllabus) -> None:
        self._complete = complete
        self._syllabus = syllabus

    def rephrase(self, question: Question) -> Question | None:
        """The question with a scenario for a stem, the question itself where it has no requirement, None when both tries fail."""
        if not question.prompt.startswith(REQUIREMENT_STEM):
            return question
        need = question.prompt[len(REQUIREMENT_STEM) :].removesuffix(" What should it choose?").rstrip(".")
        again = ""
        for _ in range(2):
            text = " ".join(self._complete(PROMPT.format(need=need, again=again)).split())
            fault = self.fault(text, need, question)
            if fault is None:
                return replace(question, prompt=f"{text} {QUESTION}", difficulty=2)
            again = AGAIN.format(fault=fault, text=text[:600])
        return None

    def fault(self, text: str, need: str, question: Question) -> str | None:
        """Why a wording cannot be used, or None."""
        count = len(text.split())
        if not WORDS[0] <= count <= WORDS[1]:
            return f"it has {count} words"
        if "invented" in text.lower():
            return "it calls the company invented; give it a name"
        if "?" in text:
            return "it asks a question"
        if missing := [number for number in re.findall(r"\d[\d,.]*\d|\d", need) if number not in text]:
            return f"it leaves out {', '.join(missing)}"
        named = {form.lower() for form, _ in self._syllabus.names_in(text)}
        if told := sorted(named - {form.lower() for form, _ in self._syllabus.names_in(need)}):
            return f"it names {', '.join(told)}"
        options = {word for choice in question.choices for word in _telling(choice.text)}
        if leaked := sorted((options & _telling(text)) - _telling(need)):
            return f"it uses the word {', '.join(leaked)} of an option"
        return None


def _telling(text: str) -> set[str]:
    """Words of a text that could give an option away."""
    return {word for word in re.findall(r"[a-z]+", text.lower()) if len(word) > _COMMON}
