"""Fits which questions are too vague to be answered: `python -m eval.fit vague`.

Vague ones are labeled over the notes, over official pages, and as versions of public questions and follow-ups (`vague.jsonl`,
where most have their clear counterpart beside them); clear ones are all other labeled questions, and questions for an overview of
each heading.
"""

import hashlib
import json
import re
from dataclasses import asdict
from typing import Any

import numpy as np

from assistant.question.vague import WEIGHTS, VagueModel, features
from assistant.syllabus import load_syllabus
from eval.fit.labels import NOTES, Style, load_labels
from eval.fit.official import FOLDER
from eval.fit.public import VAGUE
from ingest.units import plain

TEST = 0.2
FALSE_ASKS = 0.01
"""Share of the clear held-back questions that may be asked back."""
PAIRED = 3.0
"""Weight in the fit of a question with a counterpart."""
C, SMALLEST = 3.0, 0.08
"""Of the regularization, and the least weight that is kept; 1 and 10 separate the held-back questions no better."""
OVERVIEWS = (
    "What is {}?",
    "Tell me about {}",
    "What should I know about {}?",
    "Explain {}",
    "Give me an overview of {}.",
    "How does {} work?",
    "what are {}",
    "what's {}",
    "When should I use {}?",
    "When do I need {}?",
    "What is {} for?",
    "I don't understand {}",
)


def questions() -> list[tuple[str, bool, bool, float]]:
    """Each question with whether it is vague, whether it is held back, and its weight."""
    found = []
    for line in VAGUE.read_text(encoding="utf-8").splitlines():
        pair = json.loads(line)
        held = held_back(pair["of"] or pair["q"])
        found.append((pair["q"], True, held, PAIRED))
        found += [(pair["of"], False, held, PAIRED)] if pair["of"] else []
    for path in sorted(FOLDER.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            found.append((row["q"], row["style"] == Style.UNDERSPECIFIED, held_back(row["page"]), 1.0))
    for one in load_labels():
        found.append((one.q, one.style is Style.UNDERSPECIFIED, held_back(one.source + one.section), 1.0))
    for number, heading in enumerate(topics()):
        found.append((OVERVIEWS[number % len(OVERVIEWS)].format(heading), False, held_back(heading), 1.0))
        found.append((OVERVIEWS[(number + 5) % len(OVERVIEWS)].format(heading.lower()), False, held_back(heading), 1.0))
    for number in range(1, 7):
        found.append((f"Which topics does section {number} cover?", False, False, 1.0))
        found.append((f"Tell me about section {number} of the guide", False, False, 1.0))
    return found


def topics() -> list[str]:
    """Headings of the notes, and abbreviations."""
    texts = (path.read_text(encoding="utf-8") for path in sorted(NOTES.rglob("*.md")))
    names = {plain(found) for text in texts for found in re.findall(r"^#{1,4} (.+)$", text, re.MULTILINE)}
    return sorted(names | set(load_syllabus().abbreviations))


def held_back(topic: str) -> bool:
    """Whether a topic is kept out of the fit, by a hash."""
    return int.from_bytes(hashlib.sha256(topic.encode()).digest()[:4], "big") / 2**32 < TEST


def fit() -> tuple[VagueModel, dict[str, float]]:
    """The model, and how it does on the questions that were held back."""
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    asked = questions()
    train = [one for one in asked if not one[2]]
    vectors = DictVectorizer()
    table = vectors.fit_transform([features(question) for question, *_ in train])
    model = LogisticRegression(C=C, max_iter=3000, class_weight="balanced")
    model.fit(table, [vague for _, vague, *_ in train], sample_weight=[weight for *_, weight in train])
    weights = {
        str(name): round(float(weight), 3)
        for name, weight in zip(vectors.feature_names_, model.coef_[0], strict=True)
        if abs(weight) >= SMALLEST
    }
    fitted = VagueModel(weights, round(float(model.intercept_[0]), 3), 1.0)
    held = [(fitted.probability(question), vague) for question, vague, out, _ in asked if out]
    values, truth = np.array([value for value, _ in held]), np.array([vague for _, vague in held])
    limit = round(float(np.quantile(values[~truth], 1 - FALSE_ASKS)), 3)
    scores: dict[str, Any] = {
        "held back": len(held),
        "AUROC": float(roc_auc_score(truth, values)),
        "asked back": float((values[truth] >= limit).mean()),
        "asked back by mistake": float((values[~truth] >= limit).mean()),
    }
    return VagueModel(weights, fitted.bias, limit), scores


def write() -> dict[str, float]:
    """Fit, write the weights beside the code, and give the scores."""
    model, scores = fit()
    WEIGHTS.write_text(json.dumps(asdict(model), indent=0, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
    return scores
