"""Checks questions for item-writing flaws that give the key away or confuse; each fault is a sentence.

Rules: Haladyna, Downing and Rodriguez, "A Review of Multiple-Choice Item-Writing Guidelines for Classroom Assessment"
(Applied Measurement in Education 15(3), 2002); flaws as counted by Tarrant and Ware (Medical Education 42, 2008).
"""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import combinations

from assistant.practice.questions import Question, QuestionKind

OPTIONS = {QuestionKind.SINGLE: (4, 4), QuestionKind.MULTIPLE: (5, 6)}
LONGEST_KEY_SHARE = 0.30
"""In at most this share of a section's single-choice questions the key may be longer than every other option."""
POSITION_SHARE = (0.20, 0.30)
"""Each position holds the key in this share of the bank's questions with four options."""
STANDS_OUT = 1.6
"""A key this many times as long as the longest distractor gives itself away."""
SAME_STEM = 0.8
"""Two stems that share this much of their words (Jaccard) are one question."""
_CATCH_ALL = re.compile(r"\b(all|none|both) of the above\b", re.IGNORECASE)
_ABSOLUTE = re.compile(r"\b(always|never|completely|absolutely|impossible)\b", re.IGNORECASE)
_NEGATIVE = re.compile(r"\b(not|except|least likely)\b")
_NUMBER_WORDS = {2: "two", 3: "three", 4: "four"}


def item_faults(question: Question) -> list[str]:
    """What is wrong with one question; an empty list is what may be shown."""
    texts = [choice.text for choice in question.choices]
    faults = []
    fewest, most = OPTIONS[question.kind]
    if not fewest <= len(texts) <= most:
        faults.append(f"it has {len(texts)} options instead of {fewest}" + (f" to {most}" if most > fewest else ""))
    if (len(question.key) == 1) != (question.kind is QuestionKind.SINGLE):
        faults.append(f"a {question.kind.value} question has {len(question.key)} right options")
    if len({_plain(text) for text in texts}) < len(texts):
        faults.append("two options say the same")
    faults += [f"the option {text!r} is a catch-all" for text in texts if _CATCH_ALL.search(text)]
    faults += [f"the option {text!r} uses an absolute word" for text in texts if _ABSOLUTE.search(text)]
    if _NEGATIVE.search(question.prompt.strip().split(". ")[-1]):
        faults.append("the question is negative without emphasis")
    if question.kind is QuestionKind.MULTIPLE and _NUMBER_WORDS[len(question.key)] not in question.prompt.lower():
        faults.append("the stem does not say how many to choose")
    if question.kind is QuestionKind.SINGLE and key_length_ratio(question) >= STANDS_OUT:
        faults.append("the key is much longer than the other options")
    return faults


def bank_faults(questions: Sequence[Question]) -> list[str]:
    """What is wrong with questions taken together: cues from length and position, and doubles."""
    faults = []
    singles = [question for question in questions if question.kind is QuestionKind.SINGLE]
    for section in sorted({question.section for question in singles if question.section}):
        inside = [question for question in singles if question.section == section]
        share = sum(key_length_ratio(question) > 1 for question in inside) / len(inside)
        if share > LONGEST_KEY_SHARE:
            faults.append(f"in section {section} the key is the longest option in {share:.0%} of the questions")
    positions = Counter(min(question.key) for question in singles)
    for position in range(4):
        share = positions[position] / max(1, len(singles))
        if not POSITION_SHARE[0] <= share <= POSITION_SHARE[1]:
            faults.append(f"option {'ABCD'[position]} is the key in {share:.0%} of the questions")
    for one, other in combinations(questions, 2):
        if _alike(one.prompt, other.prompt):
            faults.append(f"{one.id} and {other.id} ask the same")
    return faults


def key_length_ratio(question: Question) -> float:
    """Length of the key in characters over that of the longest distractor."""
    key = max(len(choice.text) for choice in question.choices if choice.correct)
    rest = max(len(choice.text) for choice in question.choices if not choice.correct)
    return key / max(1, rest)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def _alike(one: str, other: str) -> bool:
    first, second = set(_plain(one).split()), set(_plain(other).split())
    return len(first & second) >= SAME_STEM * len(first | second)
