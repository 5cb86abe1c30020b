"""Whether a question takes for granted that something ends, and whether the material says so; knows no language model.

The signals of retrieval cannot tell "Why is Dataflow deprecated?" from "What is Dataflow?": both find passages on Dataflow.
"""

import re
from collections.abc import Callable, Sequence

from assistant.retrieval import Evidence
from ingest.lexical import Analyzer

_ENDING = (
    r"deprecat\w*|discontinu\w*|retire[ds]?|retiring|retirement|shut(s|ting)? ?down|sunset|phased? out|"
    r"end of (life|support)"
)
_ASKS_FOR_END = re.compile(rf"\b({_ENDING})\b", re.IGNORECASE)
_TELLS_END = re.compile(rf"\b({_ENDING}|ends|ended|no longer (available|supported|offered))\b", re.IGNORECASE)
_NAME_WORD = re.compile(r"(?<=\s)[A-Z][\w-]+")
"""Capitalised words behind the first: those of names."""
_OPEN = re.compile(r"\s*(what|which|list|are there|name)\b", re.IGNORECASE)
"""Questions that begin so ask for the thing that ends."""
NAMED = 2 / 3
"""Share of the words of what a question names that a sentence on its end must hold: AutoML is not AutoML Tables."""


def takes_end_for_granted(question: str, evidence: Sequence[Evidence], distinctive: Callable[[str], str]) -> bool:
    """Whether a question speaks of the end of something of which no sentence found, its heading included, says so.

    `distinctive` leaves out of a text the words that many products carry.
    """
    if not _ASKS_FOR_END.search(question):
        return False
    tokens = Analyzer().tokens
    named = " ".join(_NAME_WORD.findall(question))
    asked = distinctive(named) if named else "" if _OPEN.match(question) else _ASKS_FOR_END.sub(" ", question)
    subject = set(tokens(asked))
    return not any(
        _TELLS_END.search(item.words)
        and len(subject & set(tokens(" ".join([*item.chunk.heading_path[-1:], item.words])))) >= NAMED * len(subject)
        for item in evidence
    )
