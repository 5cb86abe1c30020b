"""Scores the question bank without a model: item checks, verbatim quotes, duplicates, whether the passages give the key."""

from collections.abc import Sequence

import numpy as np

from assistant.practice.bank import find_quote
from assistant.practice.checks import item_faults, same_questions
from assistant.practice.questions import Question
from eval.scorers import Score
from ingest.embeddings import Embedder, Vectors
from ingest.lexical import Analyzer


def score_bank(questions: Sequence[Question], embedder: Embedder) -> list[tuple[Question, list[Score]]]:
    """The scores of each question."""
    doubles: dict[str, str] = {}
    for one, other, _ in same_questions(questions, embedder):
        doubles |= {one: other, other: one}
    solver = OpenBookRule(questions, embedder)
    return [(question, _scores(question, doubles.get(question.id), solver)) for question in questions]


def _scores(question: Question, double: str | None, solver: "OpenBookRule") -> list[Score]:
    faults = item_faults(question)
    lost = [c.text for c in question.choices if find_quote(c.citation.source, c.citation.quote) is None]
    chosen = solver.choose(question)
    said = ", ".join(question.choices[at].text for at in sorted(chosen))
    return [
        Score("practice: item checks", float(not faults), "; ".join(faults) or "no fault"),
        Score(
            "practice: quotes verbatim", float(not lost), f"not found: {lost[0]}" if lost else "every quote is found"
        ),
        Score("practice: no double", float(double is None), f"asks what {double} asks" if double else "asked once"),
        Score("practice: open-book rule", len(question.key & chosen) / len(question.key), f"the rule chooses: {said}"),
    ]


class OpenBookRule:
    """Answers from the cited passages without a model; keys that were exchanged by mistake make it fail.

    An option scores the cosine of its quote with the stem and with the option, and the share of its terms that the quote
    holds. On the bank it finds as many keys as the local model does with the same passages (docs/decisions/0050).
    """

    def __init__(self, questions: Sequence[Question], embedder: Embedder) -> None:
        texts = {question.prompt for question in questions}
        texts |= {text for question in questions for one in question.choices for text in (one.text, one.citation.quote)}
        ordered = sorted(texts)
        vectors = embedder.encode(ordered)
        self._vectors: dict[str, Vectors] = dict(zip(ordered, vectors, strict=True))
        self._analyzer = Analyzer()

    def choose(self, question: Question) -> set[int]:
        """Positions of the options that score best, as many as the question has keys."""
        scores = np.array([self._score(question.prompt, one.text, one.citation.quote) for one in question.choices])
        return set(np.argsort(-scores, kind="stable")[: len(question.key)].tolist())

    def _score(self, stem: str, option: str, quote: str) -> float:
        terms, held = set(self._analyzer.tokens(option)), set(self._analyzer.tokens(quote))
        about = float(self._vectors[quote] @ self._vectors[stem] + self._vectors[quote] @ self._vectors[option])
        return about + len(terms & held) / max(1, len(terms))
