"""Tells a message that asks the program to do something from a question about the material, as `eval.fit requests` learned it.

Words that no request is made of stand for themselves only as a topic: "5 questions on drift" is read as "0 questions on _". The
message's vector says what such words do not: "drill responsible AI, you ask and I answer".
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np

from assistant.question.spelling import repair
from ingest.embeddings import Embedder, Vectors

WEIGHTS = Path(__file__).resolve().parent / "weights" / "requests.json"
LONGEST = 60
"""Words; a longer message is a question."""
REPAIRED_TO = 5
"""Letters of the shortest word that a typing error is repaired to: "tpus" is no "tips"."""
MOST = 40
"""Questions or cards that one message can ask for."""
GAP = "_"
NUMBER, PART, FILE = "0", "0.0", ".file"
_WORD = re.compile(r"[^\W_]+(?:[.'’_-][^\W_]+)*|\?")
_PART = re.compile(r"[1-6]\.\d[a-z]?")
_FILE = re.compile(r".+\.(?:pdf|docx|md|epub|pptx|txt|html|csv|srt|vtt|ipynb)")
_SECTION = re.compile(r"\b(?:section|chapter|domain|part)\s+([1-6])\b|\b([1-6])\.\d[a-z]?\b", re.IGNORECASE)
_OBJECTIVE = re.compile(r"\b[1-6]\.\d\b")
NUMBERS = {"three": 3, "four": 4, "five": 5, "six": 6, "eight": 8, "ten": 10, "dozen": 12, "fifteen": 15, "twenty": 20}
_COUNT = re.compile(rf"\b(?:\d{{1,2}}|{'|'.join(NUMBERS)})\b(?!\.\d)", re.IGNORECASE)


class Wanted(StrEnum):
    """What a message asks for."""

    QUESTION = "question"
    QUIZ = "quiz"
    EXAM = "exam"
    CARDS = "cards"
    DUE = "due"
    MISTAKES = "mistakes"
    EXPLAIN = "explain"
    PLAN = "plan"
    PROGRESS = "progress"
    SCOPE = "scope"
    SUMMARY = "summary"
    GUIDE = "guide"
    FIND = "find"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be done, on which topic, and how often; no topic, section or objective where none is named."""

    wanted: Wanted
    topic: str = ""
    section: int | None = None
    objective: str | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True)
class RequestModel:
    """Words that requests are made of, and for each kind a bias and the weights of the features; a linear model.

    `embedded` weighs a message's vector, less `center`, that the model named `embedding` gives it; shape (kinds, dimension), in
    the order of `bias`.
    """

    vocabulary: frozenset[str]
    common: frozenset[str]
    """Words that are no topic either."""
    bias: Mapping[str, float]
    weights: Mapping[str, Mapping[str, float]]
    embedding: str
    center: Vectors
    embedded: Vectors
    limit: float
    """A message is taken for a request from this probability on."""
    limit_unanswered: float
    """And from this one on where the material does not answer it."""

    def read(
        self, message: str, embedder: Embedder | None = None, unanswered: Callable[[str], bool] = lambda message: False
    ) -> Request | None:
        """What a message asks the program to do; None for a question about the material.

        `unanswered` tells of a message in doubt whether the material leaves it without an answer. An embedder of another model
        than the one that was fitted is not asked.
        """
        if not 0 < len(_WORD.findall(message)) <= LONGEST:
            return None
        written = message
        message, _ = repair(message, {word: word for word in self.vocabulary if len(word) >= REPAIRED_TO})
        known = embedder is not None and embedder.identity == self.embedding
        vector = embedder.encode([message])[0] if embedder is not None and known else self.center
        wanted, probability = self.classify(message, vector)
        if probability < self.limit_unanswered or (probability < self.limit and not unanswered(written)):
            return None
        section, objective = _SECTION.search(message), _OBJECTIVE.search(message)
        named = " ".join(filter(None, [section and section.group(), objective and objective.group()]))
        count = _COUNT.search(message.replace(named, "")) if named else _COUNT.search(message)
        return Request(
            wanted,
            topic_of(message, self.vocabulary | self.common),
            int(section.group(1) or section.group(2)) if section else None,
            objective.group() if objective else None,
            max(1, min(MOST, NUMBERS.get(count.group().lower()) or int(count.group()))) if count else None,
        )

    def classify(self, message: str, vector: Vectors) -> tuple[Wanted, float]:
        """The likeliest kind of request, and the probability that the message is a request at all."""
        found = features(message, self.vocabulary)
        meaning = self.embedded @ (vector - self.center)
        scores = {
            kind: bias + float(meant) + sum(self.weights[kind].get(name, 0.0) * value for name, value in found.items())
            for (kind, bias), meant in zip(self.bias.items(), meaning, strict=True)
        }
        most = max(scores.values())
        shares = {kind: math.exp(score - most) for kind, score in scores.items()}
        question = shares.pop(Wanted.QUESTION)
        return Wanted(max(shares, key=lambda kind: shares[kind])), 1 - question / (question + sum(shares.values()))


def features(message: str, vocabulary: frozenset[str]) -> dict[str, float]:
    """Words, pairs and triples of neighbors, and pairs further apart, of length 1 together; how long the message is."""
    read = ["<", *_read(message, vocabulary), ">"]
    grams = {*read, *(f"{one} {two}" for one, two in pairwise(read))}
    grams |= {f"{one} {two} {three}" for one, two, three in zip(read, read[1:], read[2:], strict=False)}
    known = [word for word in read if word not in ("<", ">", GAP)]
    grams |= {f"{one}..{two}" for at, one in enumerate(known) for two in known[at + 1 :]}
    words = len(_WORD.findall(message))
    value = 1.5 / math.sqrt(len(grams))
    return dict.fromkeys(sorted(grams), value) | {
        "# words": min(words, LONGEST) / 20,
        "# few words": 0.3 * (words <= 3),
        "# share known": len(known) / max(1, words),
    }


def _read(message: str, vocabulary: frozenset[str]) -> Iterator[str]:
    """Words of the vocabulary, and a gap for each run of others."""
    gap = False
    for word in words_of(message):
        if word in vocabulary:
            yield word
        elif not gap:
            yield GAP
        gap = word not in vocabulary


def words_of(message: str) -> list[str]:
    """A message's words in lower case; numbers, parts of the exam guide and names of files each as one word."""
    return [_form(word.lower().replace("’", "'")) for word in _WORD.findall(message)]


def _form(word: str) -> str:
    if _FILE.fullmatch(word):
        return FILE
    if _PART.fullmatch(word):
        return PART
    return NUMBER if word.isdigit() else word


def topic_of(message: str, vocabulary: frozenset[str]) -> str:
    """The message from the first to the last word that no request is made of; empty when it has none."""
    found = list(_WORD.finditer(message))
    forms = words_of(message)
    outside = [at for at, form in enumerate(forms) if form not in vocabulary or form == FILE]
    return message[found[outside[0]].start() : found[outside[-1]].end()] if outside else ""


@cache
def load_requests(path: Path = WEIGHTS) -> RequestModel:
    """The fitted model beside the code."""
    data = json.loads(path.read_text(encoding="utf-8"))
    return RequestModel(
        vocabulary=frozenset(data["vocabulary"]),
        common=frozenset(data["common"]),
        bias=data["bias"],
        weights=data["weights"],
        embedding=data["embedding"],
        center=np.array(data["center"], dtype=np.float32),
        embedded=np.array(data["embedded"], dtype=np.float32),
        limit=data["limit"],
        limit_unanswered=data["limit_unanswered"],
    )
