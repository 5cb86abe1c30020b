"""Questions in another language than the material: put into its language to be searched, and answered in their own.

Languages are told by py3langid (Barbaresi; after langid.py, Lui and Baldwin 2012), which needs no internet; a writer with a model
translates.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from assistant.answers import DraftSentence, Support
from assistant.checks.support import abbreviations_in, numbers_in
from assistant.search.retrieval import Findings

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

Translate = Callable[[str, str], str]
"""A text in the language of an ISO 639-1 code."""
HARDLY = 0.05
"""Below this probability of the material's language a question is in another one."""
ALL_KNOWN = 0.9
"""A question is not translated when one passage holds this share of its words by rarity: names belong to no language."""
READ = 3
"""Passages that tell the material's language."""


@dataclass(frozen=True, slots=True)
class Languages:
    """ISO 639-1 codes of a question and of the material found for it."""

    question: str
    material: str


def other_language(question: str, findings: Findings) -> Languages | None:
    """The languages of a question and of what was found for it, or None where they are the same or nobody can tell."""
    if not findings.passages or findings.signals.best_chunk_coverage >= ALL_KNOWN:
        return None
    material = language_of(" ".join(passage.chunk.text for passage in findings.passages[:READ]))
    asked = language_of(question)
    same = asked == material or dict(_identifier().rank(question))[material] >= HARDLY
    return None if same else Languages(asked, material)


def language_of(text: str) -> str:
    """ISO 639-1 code of the likeliest language."""
    code: str = _identifier().classify(text)[0]
    return code


def translate_question(question: str, languages: Languages, translate: Translate) -> str:
    """The question in the material's language; as it was where the translation is none or changes a number."""
    translated = " ".join(translate(question, languages.material).split())
    same = numbers_in(translated) == numbers_in(question)
    return translated if same and translated and language_of(translated) != languages.question else question


def translate_sentence(draft: DraftSentence, languages: Languages, translate: Translate) -> DraftSentence:
    """A supported sentence in the question's language; as it was where numbers, abbreviations or the language are wrong.

    Whether a translation keeps the meaning is not proven by that.
    """
    translated = " ".join(translate(draft.text, languages.question).split())
    faithful = (
        numbers_in(translated) == numbers_in(draft.text)
        and abbreviations_in(translated) >= abbreviations_in(draft.text)
        and language_of(translated) == languages.question
    )
    return replace(draft, text=translated, support=Support.TRANSLATED) if faithful else draft


@cache
def _identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
