"""Checks questions for item-writing flaws that give the key away or confuse; each fault is a sentence.

Rules: Haladyna, Downing and Rodriguez, "A Review of Multiple-Choice Item-Writing Guidelines for Classroom Assessment"
(Applied Measurement in Education 15(3), 2002); flaws as counted by Tarrant and Ware (Medical Education 42, 2008).
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import combinations

from assistant.practice.questions import LETTERS, Choice, Origin, Question, QuestionKind
from ingest.embeddings import Embedder
from ingest.lexical import Analyzer
from ingest.units import plain

OPTIONS = {QuestionKind.SINGLE: (4, 4), QuestionKind.MULTIPLE: (5, 6)}
LONGEST_KEY_SHARE = 0.30
"""In at most this share of a section's single-choice questions the key may be longer than every other option."""
POSITION_SHARE = (0.20, 0.30)
"""Each position holds the key in this share of the bank's questions with four options."""
STANDS_OUT = 1.6
"""A key this many times as long as the longest distractor gives itself away."""
SAME_STEM = 0.8
"""Two stems that share this much of their words (Jaccard) are one question."""
SAME_QUESTION = 0.93
"""Two questions whose stem and key together are this alike (cosine) ask the same; see docs/decisions/0015."""
_CODE = re.compile(r"```.*?```", re.DOTALL)
"""A snippet in a stem is read, not counted."""
SCENARIO_WORDS = (60, 110)
"""Words in the stem of a question of difficulty 2 or 3 that a person wrote."""
CUE_SHARE = 0.35
"""In no section may a rule that knows nothing of the subject find more keys than this; guessing finds a quarter."""
_COMMON_WORDS = frozenset(
    re.findall(
        r"\w+", "the a an of to and in is for that it with on as by are be its at or not which what should this do does"
    )
)
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
    words = len(_CODE.sub(" ", question.prompt).split())
    by_hand = question.origin is Origin.BANK and question.difficulty > 1
    if by_hand and not SCENARIO_WORDS[0] <= words <= SCENARIO_WORDS[1]:
        faults.append(f"the scenario has {words} words")
    if question.kind is QuestionKind.SINGLE and key_length_ratio(question) >= STANDS_OUT:
        faults.append("the key is much longer than the other options")
    faults += [
        f"the quote says nothing of the key {choice.text!r}"
        for choice in question.choices
        if choice.correct and not _speaks_of(choice)
    ]
    return faults


def bank_faults(questions: Sequence[Question]) -> list[str]:
    """What is wrong with questions taken together: cues from length and position, and duplicates."""
    faults = []
    singles = [question for question in questions if question.kind is QuestionKind.SINGLE]
    for section in sorted({question.section for question in singles if question.section}):
        inside = [question for question in singles if question.section == section]
        share = sum(key_length_ratio(question) > 1 for question in inside) / len(inside)
        if share > LONGEST_KEY_SHARE:
            faults.append(f"in section {section} the key is the longest option in {share:.0%} of the questions")
        for rule, found in cue_accuracy(inside).items():
            if found > CUE_SHARE:
                faults.append(f"in section {section} the rule {rule!r} finds {found:.0%} of the keys")
    positions = Counter(min(question.key) for question in singles)
    for position in range(4):
        share = positions[position] / max(1, len(singles))
        if not POSITION_SHARE[0] <= share <= POSITION_SHARE[1]:
            faults.append(f"option {LETTERS[position]} is the key in {share:.0%} of the questions")
    for one, other in combinations(questions, 2):
        if _alike(one.prompt, other.prompt):
            faults.append(f"{one.id} and {other.id} ask the same")
    return faults


def cue_accuracy(questions: Sequence[Question]) -> dict[str, float]:
    """Share of single-choice keys that rules without knowledge find (0 to 1); of options that tie, one is guessed."""
    rules: dict[str, Callable[[Question, Choice], float]] = {
        "longest option": lambda question, choice: len(choice.text),
        "shares most words with the stem": lambda question, choice: len(
            _telling(choice.text) & _telling(question.prompt)
        ),
    }
    return {
        name: sum(_found_by(rule, question) for question in questions) / max(1, len(questions))
        for name, rule in rules.items()
    }


def _found_by(rule: "Callable[[Question, Choice], float]", question: Question) -> float:
    """Probability that the rule names the key."""
    scores = [rule(question, choice) for choice in question.choices]
    best = [at for at, score in enumerate(scores) if score == max(scores)]
    return len(question.key & set(best)) / len(best)


def _telling(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower())) - _COMMON_WORDS


def same_questions(
    questions: Sequence[Question], embedder: Embedder, threshold: float = SAME_QUESTION
) -> list[tuple[str, str, float]]:
    """Pairs of questions whose stem and key together are at least this alike (cosine), most alike first."""
    vectors = embedder.encode([asked(question) for question in questions])
    alike = vectors @ vectors.T
    pairs = [
        (questions[one].id, questions[other].id, float(alike[one, other]))
        for one, other in combinations(range(len(questions)), 2)
        if alike[one, other] >= threshold
    ]
    return sorted(pairs, key=lambda pair: -pair[2])


def asked(question: Question) -> str:
    """What is compared when two questions may ask the same: the stem and the right options."""
    return f"{question.prompt} {' '.join(choice.text for choice in question.choices if choice.correct)}"


def key_length_ratio(question: Question) -> float:
    """Length of the key in characters over that of the longest distractor."""
    key = max(len(choice.text) for choice in question.choices if choice.correct)
    rest = max(len(choice.text) for choice in question.choices if not choice.correct)
    return key / max(1, rest)


def _speaks_of(choice: Choice) -> bool:
    """Whether the quote holds a term of the option or of its reason; a quote that settles a key does, and one beside it may."""
    tokens = Analyzer().tokens
    return not set(tokens(f"{choice.text} {choice.why}")).isdisjoint(tokens(plain(choice.citation.quote)))


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def _alike(one: str, other: str) -> bool:
    first, second = set(_plain(one).split()), set(_plain(other).split())
    return len(first & second) >= SAME_STEM * len(first | second)
