"""Fits how the local model's reading decides on a refusal: `python -m eval.bench.reading --home FOLDER [--answerable 60]`.

Our cases over the home's library, which must hold the shipped notes. On those that retrieval alone would answer, the model is
asked whether the passages state the answer; a logistic regression over its yes and retrieval's probability is fitted on the
tuning half. The held-back half shows what the constants that ship are worth. About twelve minutes on two cores.
"""

import argparse
import random
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assistant.abstention import REFUSE_READ_BELOW, log_odds, probability_answered, probability_read
from assistant.chat import ChatWriter
from assistant.session import Session
from eval.cases import EvalCase, Expectation, load_cases
from ingest.errors import QuestionRejected

SEED = 1


@dataclass(frozen=True, slots=True)
class Reading:
    """A case, retrieval's probability that the material answers, and the model's yes; None where it was not asked."""

    case: EvalCase
    retrieval: float
    yes: float | None

    @property
    def answerable(self) -> bool:
        """Whether the case is to be answered."""
        return self.case.expect is Expectation.ANSWER

    @property
    def answered(self) -> bool:
        """Whether it would be, with the constants that ship."""
        return self.yes is not None and probability_read(self.retrieval, self.yes) >= REFUSE_READ_BELOW


def main() -> None:
    """Read the arguments, ask, fit, write weights and shares to standard output."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--writer", default="local")
    parser.add_argument("--answerable", type=int, default=60, help="cases to be answered in each half")
    arguments = parser.parse_args()
    session = Session(arguments.home)
    writer = ChatWriter(
        arguments.writer, session.chat_model(arguments.writer), seconds=session.settings.answers.seconds
    )
    cases = [case for case in load_cases() if not case.planted and not case.earlier]
    random.Random(SEED).shuffle(cases)
    halves: dict[bool, list[Reading]] = {False: [], True: []}
    for held_back, readings in halves.items():
        half = [case for case in cases if case.held_back == held_back]
        answerable = [case for case in half if case.expect is Expectation.ANSWER][: arguments.answerable]
        for case in [*answerable, *(case for case in half if case.expect is Expectation.REFUSE)]:
            try:
                readings.append(_read(session, writer, case))
            except QuestionRejected:
                continue
            sys.stderr.write(f"\r{'held back' if held_back else 'tuning'}: {len(readings)}")
    _fit([reading for reading in halves[False] if reading.yes is not None])
    for held_back, readings in halves.items():
        _shares("held back" if held_back else "tuning", readings, session.settings.answers.refuse_below)


def _read(session: Session, writer: ChatWriter, case: EvalCase) -> Reading:
    findings = session.assistant.find(case.question)
    retrieval = probability_answered(findings)
    asked = retrieval >= session.settings.answers.refuse_below
    return Reading(case, retrieval, writer.yes_answered(case.question, findings) if asked else None)


def _fit(readings: list[Reading]) -> None:
    """Write the weights of `assistant/abstention.py` and how well yes and retrieval order these cases."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    labels = np.array([reading.answerable for reading in readings])
    features = np.array([[log_odds(reading.yes or 0.0), log_odds(reading.retrieval)] for reading in readings])
    model = LogisticRegression(C=10.0, class_weight="balanced").fit(features, labels)
    yes, retrieval = (roc_auc_score(labels, column) for column in features.T)
    both = model.decision_function(features)
    sys.stdout.write(
        f"AUROC of yes {yes:.3f}, of retrieval {retrieval:.3f}, of both {roc_auc_score(labels, both):.3f}\n"
    )
    weights = ", ".join(f"{weight:.2f}" for weight in [*model.coef_[0], model.intercept_[0]])
    sys.stdout.write(f"YES_WEIGHT, RETRIEVAL_WEIGHT, READ_BIAS = {weights}\n")


def _shares(half: str, readings: list[Reading], refuse_below: float) -> None:
    """Write what is answered and refused without and with the model's reading."""
    for name, answered in (
        ("retrieval alone", [reading.retrieval >= refuse_below for reading in readings]),
        ("with the model", [reading.answered for reading in readings]),
    ):
        kept = [it for it, reading in zip(answered, readings, strict=True) if reading.answerable]
        rest = [it for it, reading in zip(answered, readings, strict=True) if not reading.answerable]
        sys.stdout.write(
            f"{half}, {name}: answers {sum(kept)} of {len(kept)}, refuses {len(rest) - sum(rest)} of {len(rest)}\n"
        )


if __name__ == "__main__":
    main()
