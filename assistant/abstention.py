"""Decides whether the material answers at all: a logistic regression over what retrieval saw; knows no language model."""

import math

from assistant.retrieval import Findings, Signals

WEIGHTS = {
    "best_cosine": 6.316,
    "mean_cosine": 5.546,
    "best_sentence_cosine": 9.611,
    "best_coverage": 4.627,
    "best_chunk_coverage": 4.865,
    "unknown_names": -6.0,
}
"""Fitted by `eval/bench/abstention.py` on SQuAD 2.0 articles that are and are not in the library, all but the last: there the
other signals leave nothing to learn from names (weight 0.19). It is set by hand, because candidates ask about neighbours of
the topic (Azure, SageMaker, a city) that look alike in every other signal."""
BIAS = -13.088
YES_WEIGHT, RETRIEVAL_WEIGHT, READ_BIAS = 4.46, 0.31, 0.33
"""Fitted as `eval/bench/reading.py` does, on those cases of the tuning half that retrieval alone would answer, without questions
for real exam questions, which are refused before (DECISIONS.md, "The local model says whether the passages answer")."""
REFUSE_READ_BELOW = 0.15
"""Keeps 97 % of the questions to be answered in that half."""


def probability_answered(findings: Findings) -> float:
    """Calibrated probability, 0 to 1, that the findings hold an answer to their query."""
    if not findings.evidence:
        return 0.0
    return _logistic(BIAS + sum(weight * _signal(findings.signals, name) for name, weight in WEIGHTS.items()))


def probability_read(retrieval: float, yes: float) -> float:
    """Probability, 0 to 1, that the findings hold an answer, once a language model has read them.

    `retrieval` is `probability_answered`, `yes` the model's probability of saying that the passages state the answer.
    """
    return _logistic(READ_BIAS + YES_WEIGHT * log_odds(yes) + RETRIEVAL_WEIGHT * log_odds(retrieval))


def _signal(signals: Signals, name: str) -> float:
    value: float = getattr(signals, name)
    return value


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, value))))


def log_odds(probability: float) -> float:
    """Natural logarithm of the odds, for probabilities between a millionth and one less a millionth; others count as these."""
    inside = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(inside / (1 - inside))
