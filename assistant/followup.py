"""Understands a follow-up question from the one before it, without a model: `and its limits?` after one on batch inference."""

import re
from collections.abc import Sequence

MOST_WORDS = 7
"""A question with more words says itself what it is about."""
_POINTS_BACK = re.compile(r"\b(it|its|they|them|their|this|that|these|those|one|ones|both|there)\b", re.IGNORECASE)
_GOES_ON = re.compile(r"^\s*(and|or|but|also|then|so|what about|how about|why|when|since when)\b", re.IGNORECASE)
_ASKS = re.compile(
    r"^\s*(and|so|but)?\s*((can|could|would) you (explain|tell me( about)?)|what('s| is| are| does| do| did| was| were)?|"
    r"how (do|does|can|should|many|much|long|large)|when (should|do|does|is|are)|which|why (is|are|do|does)?|who|where|should|"
    r"does|do|is|are|explain|define|describe|list|compare|tell me about)\b"
    r"(\s+(i|we|you|the|a|an|use|choose|mean|means|of|difference between|for|about|need|there|it)\b)*\s*",
    re.IGNORECASE,
)


def is_follow_up(question: str, *, names: int) -> bool:
    """Whether a question leans on the one before: short, without a product name, and pointing or going on."""
    short = len(question.split()) <= MOST_WORDS
    return short and names == 0 and bool(_POINTS_BACK.search(question) or _GOES_ON.match(question))


def topic_of(question: str) -> str:
    """What a question is about: its words without the asking ones; the whole question when nothing else is left."""
    topic = _ASKS.sub("", question, count=1).strip(" ?!.,")
    return topic or question.strip(" ?!.")


def resolve(question: str, earlier: Sequence[str], *, names: int) -> str:
    """The question with the topic of the last earlier one that has a topic of its own; unchanged when it needs none.

    `earlier` holds the questions before as they were understood, oldest first; `names` counts product names in `question`.
    """
    if not earlier or not is_follow_up(question, names=names):
        return question
    topic = topic_of(earlier[-1])
    if topic.lower() in question.lower():
        return question
    asked = _GOES_ON.sub("", question, count=1) if not re.match(r"\s*(why|when)", question, re.IGNORECASE) else question
    asked = _POINTS_BACK.sub("", asked).strip(" ?!.,")
    return f"{' '.join(asked.split())} {topic}?".strip()
