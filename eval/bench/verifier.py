"""What "supported" is worth: our support checks on public data. `python -m eval.bench.verifier --data FOLDER --home FOLDER`.

SummEdits (Laban et al. 2023, four domains): is a summary consistent with its document? HaluEval QA (Li et al. 2023): right and
hallucinated answers to a question on a passage; there the answer's length alone tells much, so it is printed beside. With
`--judge WRITER` a chat model is asked too, on a sample, because it takes seconds a judgment.

Balanced accuracy is the mean of the shares judged right among consistent and among inconsistent ones; 0.5 is guessing.
"""

import argparse
import json
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assistant.checks.judge import SUPPORTED_FROM, Judge
from assistant.checks.support import unsupported
from assistant.session import Session
from ingest.embeddings import Embedder
from ingest.lexical import Analyzer

DOMAINS = ("ectsum", "sales_call", "scitldr", "podcast")
SEED = 1
LONGEST_JUDGED = 600
"""Words of a document that a model on two cores is still asked about."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement, what it is said of, and whether that supports it."""

    statement: str
    passage: str
    supported: bool


def load_claims(data: Path) -> dict[str, list[Claim]]:
    """Claims of each set; every HaluEval item gives two."""
    sets = {}
    for name in DOMAINS:
        rows = json.loads((data / "summedits" / f"{name}.json").read_text(encoding="utf-8"))
        sets[f"SummEdits {name}"] = [Claim(row["summary"], row["doc"], int(row["label"]) == 1) for row in rows]
    claims = []
    for name in ("halu_one", "halu_multi"):
        for line in (data / "halueval" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            for field, supported in (("right_answer", True), ("hallucinated_answer", False)):
                claims.append(Claim(f"{row['question']} {row[field]}", row["knowledge"], supported))
    return sets | {"HaluEval QA": claims}


def auroc(scores: Sequence[float], labels: Sequence[bool]) -> float:
    """Probability that a supported claim scores higher than another one, ties counting half."""
    right = np.array([score for score, label in zip(scores, labels, strict=True) if label])
    wrong = np.array([score for score, label in zip(scores, labels, strict=True) if not label])
    above = (right[:, None] > wrong[None, :]).mean() + 0.5 * (right[:, None] == wrong[None, :]).mean()
    return float(above)


def balanced_accuracy(verdicts: Sequence[bool], labels: Sequence[bool]) -> float:
    """Mean of the shares judged right among supported and among other claims."""
    pairs = list(zip(verdicts, labels, strict=True))
    shares = [np.mean([verdict == label for verdict, label in pairs if label is kind]) for kind in (True, False)]
    return float(np.mean(shares))


def best_threshold(scores: Sequence[float], labels: Sequence[bool]) -> float:
    """The score from which calling a claim supported gives the best balanced accuracy."""
    return max(scores, key=lambda least: balanced_accuracy([score >= least for score in scores], labels))


def overlap_of(analyzer: Analyzer) -> Callable[[Claim], float]:
    """Share of a statement's terms that its passage holds."""

    def overlap(claim: Claim) -> float:
        terms, held = set(analyzer.tokens(claim.statement)), set(analyzer.tokens(claim.passage))
        return len(terms & held) / max(1, len(terms))

    return overlap


def cosines(claims: Sequence[Claim], embedder: Embedder) -> list[float]:
    """Cosine of each statement with its passage."""
    statements = embedder.encode([claim.statement for claim in claims])
    passages = embedder.encode([claim.passage for claim in claims])
    return [float(value) for value in (statements * passages).sum(axis=1)]


def main() -> None:
    """Print a line for each set and signal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--judge", help="local, or a chat model as provider:model")
    parser.add_argument("--sample", type=int, default=40, help="claims of each set that the judge reads")
    arguments = parser.parse_args()
    session = Session(arguments.home)
    judge = Judge(session.writers.chat_model(arguments.judge)) if arguments.judge else None
    overlap = overlap_of(Analyzer())
    threshold: float | None = None
    for name, claims in load_claims(arguments.data).items():
        labels = [claim.supported for claim in claims]
        free = [unsupported(claim.statement, [claim.passage]) is None for claim in claims]
        _say(f"{name:<22} n={len(claims)}  model-free check: balanced accuracy {balanced_accuracy(free, labels):.3f}")
        lengths = [-float(len(claim.statement)) for claim in claims]
        signals = {"cosine": cosines(claims, session.embedder), "word overlap": [overlap(one) for one in claims]}
        signals["shorter is truer"] = lengths
        for signal, scores in signals.items():
            _say(f"{name:<22} {signal}: AUROC {auroc(scores, labels):.3f}")
        short = [claim for claim in claims if len(claim.passage.split()) <= LONGEST_JUDGED]
        if judge and len(short) >= arguments.sample:
            drawn = random.Random(SEED).sample(short, arguments.sample)
            judged = [judge.probability(claim.statement, claim.passage) for claim in drawn]
            truth = [claim.supported for claim in drawn]
            if threshold is None:
                threshold = best_threshold(judged, truth)
                _say(f"{'':<22} threshold chosen on this set: {threshold:.3f}; shipped {SUPPORTED_FROM}")
            accuracies = [
                balanced_accuracy([value >= least for value in judged], truth) for least in (threshold, SUPPORTED_FROM)
            ]
            _say(
                f"{name:<22} judge {arguments.judge}, n={len(drawn)}: AUROC {auroc(judged, truth):.3f}  balanced accuracy "
                f"{accuracies[0]:.3f} at the chosen threshold, {accuracies[1]:.3f} at the shipped one"
            )


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
