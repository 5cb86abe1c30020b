"""Decides whether the material answers at all: a logistic regression over what retrieval saw; knows no language model."""

import math

from assistant.retrieval import Findings, Signals

WEIGHTS = {
    "best_cosine": 4.0,
    "best_sentence_cosine": 4.0,
    "best_chunk_coverage": 3.0,
    "unknown_share": -2.0,
}
BIAS = -4.5


def probability_answered(findings: Findings) -> float:
    """Calibrated probability, 0 to 1, that the findings hold an answer to their query."""
    if not findings.evidence:
        return 0.0
    return _logistic(BIAS + sum(weight * _signal(findings.signals, name) for name, weight in WEIGHTS.items()))


def _signal(signals: Signals, name: str) -> float:
    value: float = getattr(signals, name)
    return value


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, value))))
