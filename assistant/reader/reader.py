"""Reads what was found: how likely each unit belongs to the answer, and how likely the material answers at all.

A network reads the question beside the best chunks (`network.py`); a linear score over its scores and the numbers of
`features.py` orders the units of a question; logistic models turn scores into the probability of a unit and of an answer.
`python -m eval.fit` fitted them; `eval/fit/README.md` tells how, on what, and how well.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.reader.features import Table, unit_features
from assistant.reader.network import ChunkScores, ReaderNetwork, load_network
from assistant.search.retrieval import Evidence, Findings, Signals
from ingest.units import QUOTABLE

WEIGHTS = Path(__file__).resolve().parent / "weights" / "reader.json"
READ = 12
"""Chunks whose units are read."""
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Linear:
    """A fitted linear model over standardized numbers; as log odds where it was fitted as a logistic one."""

    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float

    def score(self, table: Table) -> Numbers:
        """One value for each row."""
        standard = (table - np.array(self.means)) / np.array(self.scales)
        result: Numbers = standard @ np.array(self.weights) + self.bias
        return result

    def probability(self, table: Table) -> Numbers:
        """One value between 0 and 1 for each row."""
        result: Numbers = 1 / (1 + np.exp(-np.clip(self.score(table), -30, 30)))
        return result


@dataclass(frozen=True, slots=True)
class Fitted:
    """Everything that was fitted; `alone` is what holds without the network."""

    units: Linear
    units_calibration: Linear
    answers: Linear
    units_alone: Linear
    units_calibration_alone: Linear
    answers_alone: Linear
    keep: float
    """A unit belongs to the answer from this probability on."""
    near_best: float
    """And from this share of the best unit's probability on."""
    refuse_below: float
    refuse_below_alone: float


@cache
def load_fitted(path: Path = WEIGHTS) -> Fitted:
    """The fitted numbers beside the code."""
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    read: dict[str, Any] = {name: Linear(**one) if isinstance(one, dict) else one for name, one in data.items()}
    return Fitted(**read)


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found, as it was read: `findings.evidence` is what can be quoted, likeliest first, each unit's score the
    probability that it belongs to the answer; `answered` is the probability that the material answers. `found` is the evidence
    in the order of the search.
    """

    findings: Findings
    answered: float
    found: tuple[Evidence, ...] = ()


class Reader:
    """Reads findings, with the network or, where its weights are missing or damaged, without."""

    def __init__(self, fitted: Fitted | None = None, network: ReaderNetwork | None = None) -> None:
        self.fitted = fitted or load_fitted()
        self._given = network

    @cached_property
    def _network(self) -> ReaderNetwork | None:
        """Opened when something is first read: a search alone does not need its 19 MB."""
        return self._given or load_network()

    @property
    def refuse_below(self) -> float:
        """Below this probability that the material answers, nothing is answered."""
        return self.fitted.refuse_below if self._network else self.fitted.refuse_below_alone

    def read(self, question: str, findings: Findings) -> Reading:
        """Probabilities for the quotable units of the best chunks."""
        chunks = [passage.chunk for passage in findings.passages if passage.chunk.embedded().spans][:READ]
        read = {chunk.id for chunk in chunks}
        evidence = [item for item in findings.evidence if item.kind in QUOTABLE and item.chunk.id in read]
        if not evidence:
            return Reading(replace(findings, evidence=()), 0.0, findings.evidence)
        scored = self._network.read(question, [chunk.embedded() for chunk in chunks]) if self._network else []
        by_id = {chunk.id: one for chunk, one in zip(chunks, scored, strict=True)} if self._network else None
        table = unit_features(findings, evidence, by_id)
        order_by, calibration, answers = self._models()
        scores = order_by.score(table)
        probabilities = calibration.probability(calibration_features(scores))
        answered = answers.probability(answer_features(findings.signals, scores, scored))
        order = np.argsort(-scores, kind="stable")
        units = tuple(replace(evidence[at], score=float(probabilities[at])) for at in order)
        return Reading(replace(findings, evidence=units), float(answered[0]), findings.evidence)

    def _models(self) -> tuple[Linear, Linear, Linear]:
        one = self.fitted
        if self._network is None:
            return one.units_alone, one.units_calibration_alone, one.answers_alone
        return one.units, one.units_calibration, one.answers


def calibration_features(scores: Numbers) -> Table:
    """For each unit its score, how far it is below the best, and its log share of all (softmax)."""
    best = scores.max()
    return np.stack([scores, scores - best, scores - best - np.log(np.exp(scores - best).sum())], axis=1)


def answer_features(signals: Signals, scores: Numbers, read: Sequence[ChunkScores]) -> Table:
    """One row: the best scores, how evenly the others share in it, what the network says of chunks and units, the signals."""
    ordered = np.sort(scores)[::-1]
    first, second, third = np.concatenate([ordered[:3], np.full(3, ordered[-1])])[:3]
    share = np.exp(ordered - first)
    share /= share.sum()
    spread = float(-(share * np.log(share + 1e-12)).sum())
    network = _network_numbers(read) if read else ()
    return np.array([[first, first - second, first - third, spread, *network, *_signals(signals)]])


def _network_numbers(read: Sequence[ChunkScores]) -> tuple[float, ...]:
    chunks = np.sort([one.chunk for one in read])[::-1]
    units = np.sort(np.concatenate([one.units for one in read]))[::-1]
    return float(chunks[0]), float(chunks[:3].mean()), float(chunks.mean()), float(units[0]), float(units[:3].mean())


def _signals(seen: Signals) -> Sequence[float]:
    return (
        seen.best_heading_match,
        seen.best_cosine,
        seen.mean_cosine,
        seen.best_sentence_cosine,
        seen.best_coverage,
        seen.best_chunk_coverage,
        seen.unknown_names,
    )
