"""Fits which messages ask the program to do something: `python -m eval.fit requests`.

It learns from messages put together from `phrases.yaml`, from those of `requests.jsonl` that are not held back, and, as questions
about the material, from the labeled questions. A word outside of the phrases stands for a topic.
"""

import json
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from assistant.question.requests import FILE, NUMBER, PART, WEIGHTS, RequestModel, Wanted, features, words_of
from eval.fit.labels import load_labels
from eval.fit.official import FOLDER
from eval.fit.vague import held_back, topics

PHRASES = Path(__file__).with_name("phrases.yaml")
MESSAGES = Path(__file__).with_name("requests.jsonl")
EACH = 500
"""Messages put together for each kind."""
QUESTIONS = 1500
TYPED = 3.0
"""Weight of a message that somebody wrote, beside one that was put together."""
LABELED = 0.3
"""Weight of a labeled question."""
C, SMALLEST = 20.0, 0.2
FALSE_REQUESTS = 0.004
"""Share of the held-back questions that may be taken for requests."""
_NAME = re.compile(r"\{(\w+)\}")


def put_together(rng: random.Random) -> Iterator[tuple[str, str]]:
    """Messages with their kinds, from the phrases."""
    data = yaml.safe_load(PHRASES.read_text(encoding="utf-8"))
    parts = {name: [str(one) for one in words] for name, words in data["parts"].items()}
    parts["topic"] = topics()
    for kind, forms in data["labels"].items():
        for number in range(QUESTIONS if kind == Wanted.QUESTION else EACH):
            message = _filled(forms[number % len(forms)], parts, rng)
            yield message, kind


def _filled(form: str, parts: dict[str, list[str]], rng: random.Random) -> str:
    def part(found: re.Match[str]) -> str:
        chosen = rng.choice(parts[found.group(1)])
        if found.group(1) == "topic":
            return chosen if rng.random() < 0.4 else chosen.lower()
        return _filled(chosen, parts, rng)

    return " ".join(_NAME.sub(part, form).split())


def vocabulary_of(phrases: Path = PHRASES) -> frozenset[str]:
    """Every word of the phrases of requests, and numbers and files."""
    data = yaml.safe_load(phrases.read_text(encoding="utf-8"))
    forms = [form for kind, forms in data["labels"].items() if kind != Wanted.QUESTION for form in forms]
    texts = [
        _NAME.sub(" ", str(text)) for text in [*forms, *(one for words in data["parts"].values() for one in words)]
    ]
    return frozenset({word for text in texts for word in words_of(text)} | {NUMBER, PART, FILE})


def typed() -> list[tuple[str, str]]:
    """Messages that somebody wrote, with their kinds."""
    rows = [json.loads(line) for line in MESSAGES.read_text(encoding="utf-8").splitlines()]
    return [(row["text"], row["label"]) for row in rows]


def labeled_questions() -> list[str]:
    """Labeled questions over the notes and over official pages."""
    official = [
        json.loads(line)["q"] for path in sorted(FOLDER.glob("*.jsonl")) for line in path.read_text().splitlines()
    ]
    return [one.q for one in load_labels()] + official


def fit() -> tuple[RequestModel, dict[str, Any]]:
    """The model, and how it does on the messages and questions that were held back."""
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    vocabulary = vocabulary_of()
    asked, wrote = labeled_questions(), typed()
    rows = [(message, kind, 1.0) for message, kind in put_together(random.Random(3))]
    rows += [(message, kind, TYPED) for message, kind in wrote if not held_back(message)]
    rows += [(question, Wanted.QUESTION.value, LABELED) for question in asked if not held_back(question)]
    vectors = DictVectorizer()
    table = vectors.fit_transform([features(message, vocabulary) for message, *_ in rows])
    model = LogisticRegression(C=C, max_iter=400)
    model.fit(table, [kind for _, kind, _ in rows], sample_weight=[weight for *_, weight in rows])
    weights = {
        str(kind): {
            name: round(float(weight), 2)
            for name, weight in zip(vectors.feature_names_, row, strict=True)
            if abs(weight) >= SMALLEST
        }
        for kind, row in zip(model.classes_, model.coef_, strict=True)
    }
    bias = {str(kind): round(float(one), 3) for kind, one in zip(model.classes_, model.intercept_, strict=True)}
    fitted = RequestModel(vocabulary, bias, weights, 0.0)
    kept = [one for one in asked if held_back(one)]
    limit = _limit([fitted.classify(one) for one in kept])
    fitted = RequestModel(vocabulary, bias, weights, limit)
    scores = scores_of(fitted, [(message, kind) for message, kind in wrote if held_back(message)])
    scores["questions"] = len(kept)
    scores["questions taken for requests"] = float(np.mean([fitted.read(one) is not None for one in kept]))
    return fitted, scores


def _limit(seen: Sequence[tuple[Wanted, float]]) -> float:
    """The lowest limit with which few enough questions are taken for requests."""
    taken = [probability if wanted is not Wanted.QUESTION else 0.0 for wanted, probability in seen]
    return round(max(0.3, float(np.quantile(taken, 1 - FALSE_REQUESTS)) + 0.001), 3)


def scores_of(model: RequestModel, messages: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """How many messages go where they belong, and those that do not."""
    read = [(message, kind, model.read(message)) for message, kind in messages]
    wrong = [
        f"{message!r}: {found.wanted if found else Wanted.QUESTION} instead of {kind}"
        for message, kind, found in read
        if (found.wanted if found else Wanted.QUESTION) != kind
    ]
    return {"messages": len(read), "right": 1 - len(wrong) / max(1, len(read)), "wrong": wrong}


def write() -> dict[str, Any]:
    """Fit, write the weights beside the code, and give the scores."""
    model, scores = fit()
    data = {
        "limit": model.limit,
        "bias": model.bias,
        "vocabulary": sorted(model.vocabulary),
        "weights": model.weights,
    }
    WEIGHTS.write_text(json.dumps(data, indent=0, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
    return scores
