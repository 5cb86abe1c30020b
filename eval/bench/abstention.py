"""Fits the weights of assistant/abstention.py: `python -m eval.bench.abstention --data SQUAD_FOLDER --home FOLDER`.

Half of the articles of SQuAD 2.0's dev half are ingested. Questions to them are to be answered, questions to the other half
are to be refused: their topic is not in the library. A logistic regression over the retrieval signals is fitted on two thirds
of the articles and measured on the last third. None of our own evaluation cases is read.
"""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np

from assistant.query import Query
from assistant.retrieval import Signals
from eval.bench.retrieval import open_retriever

EVERY = 3
"""Every third question, so that the run takes two minutes."""


def main() -> None:
    """Read the arguments, fit, write weights and the curve to standard output."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--home", type=Path, required=True)
    arguments = parser.parse_args()
    articles = json.loads((arguments.data / "dev_half.json").read_text(encoding="utf-8"))["data"]
    folder = arguments.home / "half-the-articles"
    folder.mkdir(parents=True, exist_ok=True)
    for number, article in enumerate(articles):
        for position, paragraph in enumerate(article["paragraphs"]):
            if number % 2 == 0:
                (folder / f"{number:02}-{position:03}.txt").write_text(paragraph["context"], encoding="utf-8")
    retriever = open_retriever(arguments.home, folder)
    rows, answered, groups = [], [], []
    for number, article in enumerate(articles):
        questions = [
            item["question"]
            for paragraph in article["paragraphs"]
            for item in paragraph["qas"]
            if not item["is_impossible"]
        ]
        for question in questions[::EVERY]:
            rows.append(list(asdict(retriever.find(Query(question)).signals).values()))
            answered.append(number % 2 == 0)
            groups.append(number)
    features, labels, group = np.array(rows), np.array(answered), np.array(groups)
    test = (group // 2) % 3 == 0
    model = LogisticRegression(C=10.0, class_weight="balanced", max_iter=1000).fit(features[~test], labels[~test])
    probability = model.predict_proba(features[test])[:, 1]
    write = sys.stdout.write
    write(
        f"fitted on {(~test).sum()}, measured on {test.sum()}: AUROC {roc_auc_score(labels[test], probability):.4f}\n"
    )
    for threshold in (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8):
        kept = (probability[labels[test]] >= threshold).mean()
        refused = (probability[~labels[test]] < threshold).mean()
        write(f"refuse below {threshold}: answers {kept:.3f} of the answerable, refuses {refused:.3f} of the rest\n")
    names = list(Signals.__dataclass_fields__)
    write("".join(f'    "{name}": {weight:.3f},\n' for name, weight in zip(names, model.coef_[0], strict=True)))
    write(f"BIAS = {model.intercept_[0]:.3f}\n")


if __name__ == "__main__":
    main()
