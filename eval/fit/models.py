"""Fits what stands on the reader's network, and the limits, on labeled questions; measures them on held-back topics."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.reader.features import RETRIEVAL, Table
from assistant.reader.network import ChunkScores, ReaderNetwork
from assistant.reader.reader import READ, Linear, Numbers, answer_features, calibration_features
from eval.fit.cases import Case
from ingest.chunks import EmbeddedText

REGULARIZATION, LOGISTIC_C = 2e-3, 0.3
PRIOR = {
    "best cosine": 6.316,
    "mean cosine": 5.546,
    "best sentence's cosine": 9.611,
    "terms held by a sentence": 4.627,
    "terms held by a chunk": 4.865,
    "unknown names": -6.0,
}
PRIOR_BIAS, PRIOR_SHARE = -13.088, 0.2
"""An earlier fit on articles of SQuAD 2.0 that are and are not in a library (the last weight was set manually), added to the
log odds with this share, set manually: near misses alone teach little of questions from quite another field. Worth: AUROC on our
evaluation cases 0.948 against 0.872 without it, on near misses of held-back topics 0.757 against 0.772."""
LET_THROUGH = 0.88
"""Share of the answerable questions of the tuning topics that the limit of refusal lets through."""
MOST_SHOWN = 6
KEEP = (0.05, 0.08, 0.1, 0.15, 0.2, 0.25, 0.3)
NEAR_BEST = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
UNJUDGED = "underspecified"
"""A question of this style may have several answers, so it is neither answerable nor not."""
OVERVIEW = "overview"
"""The style of questions for what stands under a heading; made from templates, so the limit is not fitted on them."""


Scores = dict[int, list[ChunkScores]]
"""What the network says of the chunks of each case, by its position; empty without a network."""


def fit_all(
    cases: Sequence[Case], small: Sequence[Case], network: ReaderNetwork
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What `weights/reader.json` holds, and the scores on the test topics.

    What stands on the network is fitted on the tuning topics alone, because it has learned the training topics by heart.
    """
    fitted: dict[str, Any] = {}
    scores: dict[str, Any] = {"retrieval's order": _by_origin(cases, lambda case: case.table[:, 0])}
    held = [case for case in cases if case.part != "train"]
    read = read_all([*held, *small], network)
    scores["network alone"] = _by_origin(
        [case.with_network(read[at]) for at, case in enumerate(held)], lambda case: case.table[:, len(RETRIEVAL)]
    )
    for suffix, chosen in (("_alone", list(cases)), ("", [c.with_network(read[at]) for at, c in enumerate(held)])):
        units = fit_order([case for case in chosen if case.part != "test"])
        scored = [units.score(case.table) for case in chosen]
        fitted |= {
            f"units{suffix}": asdict(units),
            f"units_calibration{suffix}": asdict(fit_calibration(chosen, scored)),
        }
        scores[f"units{suffix}"] = _by_origin(chosen, partial(_unit_scores, units))
    calibration = Linear(**fitted["units_calibration"])
    shown = [calibration.probability(calibration_features(score)) for score in scored]
    tuned = [at for at, case in enumerate(chosen) if case.part == "tune"]
    fitted["keep"], fitted["near_best"] = choose_threshold([chosen[at] for at in tuned], [shown[at] for at in tuned])
    scores["units shown"] = _of_test(shown_scores, chosen, shown, fitted["keep"], fitted["near_best"])
    refusal, refusal_scores = fit_refusal([*held, *small], read, fitted)
    return fitted | refusal, scores | refusal_scores


def fit_refusal(cases: Sequence[Case], read: Scores, fitted: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Whether the material answers, and the limit of it, with the network and without, over large and small libraries.

    `read` is what the network says of each case, `fitted` holds the order of the units.
    """
    refusal: dict[str, Any] = {}
    scores: dict[str, Any] = {}
    for suffix, seen in (("_alone", None), ("", read)):
        units = Linear(**fitted[f"units{suffix}"])
        rows = []
        for at, case in enumerate(cases):
            one = case.with_network(seen[at]) if seen else case
            rows.append(answer_features(case.signals, units.score(one.table), seen[at] if seen else []))
        answers = fit_answers(cases, rows)
        answered = [float(answers.probability(row)[0]) for row in rows]
        passed = [
            value
            for case, value in zip(cases, answered, strict=True)
            if case.part == "tune" and case.answerable and case.style != OVERVIEW
        ]
        limit = round(float(np.quantile(passed, 1 - LET_THROUGH)), 4)
        refusal |= {f"answers{suffix}": asdict(answers), f"refuse_below{suffix}": limit}
        by_origin = {
            origin: _of_test(separation, *_of_origin(cases, answered, origin), limit)
            for origin in sorted({case.origin for case in cases})
        }
        scores[f"answerable or not{suffix}"] = _of_test(separation, cases, answered, limit) | by_origin
    return refusal, scores


def read_all(cases: Sequence[Case], network: ReaderNetwork) -> Scores:
    """What the network says of the chunks of each case."""
    return {at: network.read(case.question, _read_texts(case)) for at, case in enumerate(cases)}


def _of_origin(cases: Sequence[Case], values: Sequence[float], origin: str) -> tuple[list[Case], list[float]]:
    at = [position for position, case in enumerate(cases) if case.origin == origin]
    return [cases[position] for position in at], [values[position] for position in at]


def _read_texts(case: Case) -> list[EmbeddedText]:
    return [text for text, _ in case.chunks[: min(case.found, READ)]]


def _of_test(
    score: Callable[..., dict[str, float]], cases: Sequence[Case], values: Sequence[Any], *limits: float
) -> Any:
    at = [position for position, case in enumerate(cases) if case.part == "test"]
    return score([cases[position] for position in at], [values[position] for position in at], *limits)


def fit_order(cases: Sequence[Case]) -> Linear:
    """Weights with which an answering unit scores above the others of its question (conditional logit, McFadden 1974)."""
    import torch

    useful = [case for case in cases if (case.labels == 1).any()]
    means, scales = _standard(np.vstack([case.table for case in useful]))
    rows = [
        (torch.tensor((case.table - means) / scales, dtype=torch.float32), torch.tensor(case.labels)) for case in useful
    ]
    weights = torch.zeros(len(means), requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=60)

    def loss() -> Any:
        optimizer.zero_grad()
        total = REGULARIZATION * weights.pow(2).sum()
        for table, labels in rows:
            score = (table @ weights)[~torch.isnan(labels)]
            right = labels[~torch.isnan(labels)] == 1
            total = total - (torch.logsumexp(score[right], 0) - torch.logsumexp(score, 0)) / len(rows)
        total.backward()
        return total

    optimizer.step(loss)
    return _linear(means, scales, weights.detach().numpy(), 0.0)


def fit_calibration(cases: Sequence[Case], scored: Sequence[Numbers]) -> Linear:
    """From scores to the probability that a unit answers, on the tuning topics."""
    chosen = [
        (calibration_features(score)[~np.isnan(case.labels)], case.labels[~np.isnan(case.labels)])
        for case, score in zip(cases, scored, strict=True)
        if case.part == "tune" and case.answerable
    ]
    return _logistic(np.vstack([table for table, _ in chosen]), np.concatenate([labels for _, labels in chosen]))


def fit_answers(cases: Sequence[Case], rows: Sequence[Table]) -> Linear:
    """From scores and signals to the probability that the material answers; each origin and each side weighs the same."""
    chosen = [at for at, case in enumerate(cases) if case.part != "test" and case.style != UNJUDGED]
    groups = [(cases[at].origin, cases[at].answerable) for at in chosen]
    counts = Counter(groups)
    weights = np.array([len(chosen) / len(counts) / counts[group] for group in groups])
    wanted = np.array([float(answerable) for _, answerable in groups])
    return _with_prior(_logistic(np.vstack([rows[at] for at in chosen]), wanted, weights))


def _with_prior(model: Linear) -> Linear:
    """The model with `PRIOR_SHARE` of the log odds of the earlier fit added; its numbers are the last ones of a row."""
    prior = np.zeros(len(model.weights))
    prior[-len(PRIOR) :] = list(PRIOR.values())
    weights = np.array(model.weights) + PRIOR_SHARE * prior * np.array(model.scales)
    bias = model.bias + PRIOR_SHARE * (PRIOR_BIAS + float(prior @ np.array(model.means)))
    return Linear(model.means, model.scales, tuple(map(float, weights)), bias)


def _standard(table: Table) -> tuple[Numbers, Numbers]:
    scales = table.std(axis=0)
    scales[scales < 1e-9] = 1.0
    return table.mean(axis=0), scales


def _logistic(table: Table, wanted: Numbers, weights: Numbers | None = None) -> Linear:
    from sklearn.linear_model import LogisticRegression

    means, scales = _standard(table)
    model = LogisticRegression(C=LOGISTIC_C, max_iter=3000)
    model.fit((table - means) / scales, wanted, weights)
    return _linear(means, scales, model.coef_[0], float(model.intercept_[0]))


def _linear(means: Numbers, scales: Numbers, weights: Any, bias: float) -> Linear:
    return Linear(tuple(map(float, means)), tuple(map(float, scales)), tuple(map(float, weights)), bias)


def choose_threshold(cases: Sequence[Case], shown: Sequence[Numbers]) -> tuple[float, float]:
    """The pair (keep, near best) with the highest mean F1 of the units shown."""
    grid = [(keep, share) for keep in KEEP for share in NEAR_BEST]
    return max(grid, key=lambda pair: shown_scores(cases, shown, *pair)["F1"])


def shown_scores(cases: Sequence[Case], shown: Sequence[Numbers], keep: float, near_best: float) -> dict[str, float]:
    """Mean F1, precision, recall and number of the units that would be shown for answerable questions."""
    rows = []
    for case, probability in zip(cases, shown, strict=True):
        if case.answerable:
            labels = case.labels[shown_units(probability, keep, near_best)]
            right, wrong = float((labels == 1).sum()), float((labels == 0).sum())
            precision, recall = right / max(1.0, right + wrong), right / max(1.0, float((case.labels == 1).sum()))
            rows.append((2 * precision * recall / max(1e-9, precision + recall), precision, recall, len(labels)))
    return dict(zip(("F1", "precision", "recall", "units"), map(float, np.mean(rows, axis=0)), strict=True))


def shown_units(probability: Numbers, keep: float, near_best: float, most: int = MOST_SHOWN) -> npt.NDArray[np.intp]:
    """Positions of the units that are shown, best first: always one, further ones where they are likely enough."""
    order = np.argsort(-probability, kind="stable")[:most]
    least = max(keep, near_best * probability[order[0]])
    return np.array([at for rank, at in enumerate(order) if rank == 0 or probability[at] >= least])


def _unit_scores(units: Linear, case: Case) -> Numbers:
    return units.score(case.table)


def _by_origin(cases: Sequence[Case], score: Callable[[Case], Numbers]) -> dict[str, dict[str, float]]:
    test = [case for case in cases if case.part == "test" and case.answerable]
    return {
        origin: ranking([case for case in test if case.origin == origin], score)
        for origin in sorted({case.origin for case in test})
    }


def ranking(cases: Sequence[Case], score: Callable[[Case], Numbers]) -> dict[str, float]:
    """Mean reciprocal rank of the first right unit, and share of first units that are right (unknown ones count half)."""
    reciprocal, first = [], []
    for case in cases:
        labels = case.labels[np.argsort(-score(case), kind="stable")]
        right = np.flatnonzero(labels == 1)
        reciprocal.append(1 / (1 + right[0]) if len(right) else 0.0)
        first.append(float(np.nan_to_num(labels[0], nan=0.5)))
    return {"questions": len(cases), "MRR": float(np.mean(reciprocal)), "first": float(np.mean(first))}


def separation(cases: Sequence[Case], answered: Sequence[float], limit: float) -> dict[str, float]:
    """How well the probability of an answer tells answerable questions from near misses, and what the limit does."""
    from sklearn.metrics import roc_auc_score

    judged = [(case.answerable, value) for case, value in zip(cases, answered, strict=True) if case.style != UNJUDGED]
    kept = [value >= limit for answerable, value in judged if answerable]
    refused = [value < limit for answerable, value in judged if not answerable]
    return {
        "AUROC": float(roc_auc_score([answerable for answerable, _ in judged], [value for _, value in judged])),
        "answered": float(np.mean(kept)),
        "near misses refused": float(np.mean(refused)),
    }
