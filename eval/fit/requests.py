"""Fits which messages ask the program to do something: `python -m eval.fit requests`.

It learns from messages put together from `phrases.yaml`, from those of `requests.jsonl`, and, as questions about the material,
from the labeled questions. A word outside of the phrases stands for a topic.
"""

import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from assistant.question.requests import FILE, NUMBER, PART, WEIGHTS, RequestModel, Wanted, features, words_of
from eval.fit.labels import NOTES, load_labels
from eval.fit.official import FOLDER
from eval.fit.vague import held_back, topics
from ingest.embeddings import Embedder, Vectors, open_embedder
from ingest.settings import DEFAULT_EMBEDDING

PHRASES = Path(__file__).with_name("phrases.yaml")
MESSAGES = Path(__file__).with_name("requests.jsonl")
HELD = Path(__file__).with_name("requests-held.jsonl")
"""Written by somebody who saw neither the phrases nor the messages; nothing is fitted on them."""
EACH = 500
"""Messages put together for each kind."""
QUESTIONS = 1500
TYPED = 8.0
"""Weight of a message that somebody wrote, beside one that was put together."""
LABELED, LABELED_WEIGHT = 3000, 0.6
"""Labeled questions that are drawn, and the weight of each."""
C, SMALLEST = 20.0, 0.2
BATCH = 64
FALSE_REQUESTS, IN_DOUBT = 0.0025, 0.015
"""Share of the held-back questions that may be taken for requests, and share that may be where the material does not answer."""
COMMON = 2e-6
"""Share of English text from which on a word is no topic: "dozen" has 3e-5, "snowflake" 5e-7 (pyspellchecker's list)."""
_NAME = re.compile(r"\{(\w+)\}")


def put_together(rng: random.Random) -> Iterator[tuple[str, str]]:
    """Messages with their kinds, from the phrases."""
    data = yaml.safe_load(PHRASES.read_text(encoding="utf-8"))
    parts = {name: [str(one) for one in words] for name, words in data["parts"].items()}
    parts["topic"] = topics()
    for kind, forms in data["labels"].items():
        for number in range(QUESTIONS if kind == Wanted.QUESTION else EACH):
            message = _filled(forms[number % len(forms)], parts, rng)
            yield " ".join(message.split()), kind


def _filled(form: str, parts: dict[str, list[str]], rng: random.Random) -> str:
    def part(found: re.Match[str]) -> str:
        chosen = rng.choice(parts[found.group(1)])
        if found.group(1) == "topic":
            return chosen if rng.random() < 0.4 else chosen.lower()
        return _filled(chosen, parts, rng)

    return _NAME.sub(part, form)


def vocabulary_of(phrases: Path = PHRASES) -> frozenset[str]:
    """Every word of the phrases of requests, and numbers and files."""
    data = yaml.safe_load(phrases.read_text(encoding="utf-8"))
    forms = [form for kind, forms in data["labels"].items() if kind != Wanted.QUESTION for form in forms]
    texts = [
        _NAME.sub(" ", str(text)) for text in [*forms, *(one for words in data["parts"].values() for one in words)]
    ]
    return frozenset({word for text in texts for word in words_of(text)} | {NUMBER, PART, FILE})


def common_words() -> frozenset[str]:
    """English stop words, and common words that somebody typed in a request and that the notes do not hold: no topic has them."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS
    from spellchecker import SpellChecker

    usage = SpellChecker().word_usage_frequency
    known = {word for path in NOTES.glob("*/*.md") for word in words_of(path.read_text(encoding="utf-8"))}
    wrote = {word for message, kind in typed() if kind != Wanted.QUESTION for word in words_of(message)}
    return frozenset(ENGLISH_STOP_WORDS | {word for word in wrote - known if usage(word) >= COMMON})


def typed(path: Path = MESSAGES) -> list[tuple[str, str]]:
    """Messages that somebody wrote, with their kinds."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [(row["text"], row["label"]) for row in rows]


def labeled_questions() -> list[str]:
    """Labeled questions over the notes and over official pages."""
    official = [
        json.loads(line)["q"] for path in sorted(FOLDER.glob("*.jsonl")) for line in path.read_text().splitlines()
    ]
    return [one.q for one in load_labels()] + official


def fit(embedder: Embedder) -> tuple[RequestModel, dict[str, Any]]:
    """The model, and how it does on the messages and questions that were held back."""
    from scipy.sparse import csr_matrix, hstack
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    vocabulary, rng = vocabulary_of(), random.Random(3)
    asked, wrote = labeled_questions(), typed()
    rows = [(message, kind, 1.0) for message, kind in put_together(rng)]
    rows += [(message, kind, TYPED) for message, kind in wrote]
    shown = rng.sample([question for question in asked if not held_back(question)], LABELED)
    rows += [(question, Wanted.QUESTION.value, LABELED_WEIGHT) for question in shown]
    vectors = _encoded(embedder, [message for message, *_ in rows])
    center = vectors.mean(axis=0)
    names = DictVectorizer()
    table = names.fit_transform([features(message, vocabulary) for message, *_ in rows])
    model = LogisticRegression(C=C, max_iter=400)
    weight = [weight for *_, weight in rows]
    model.fit(
        hstack([table, csr_matrix(vectors - center)]).tocsr(), [kind for _, kind, _ in rows], sample_weight=weight
    )
    words = len(names.feature_names_)
    weights = {
        str(kind): {
            name: round(float(weight), 2)
            for name, weight in zip(names.feature_names_, row[:words], strict=True)
            if abs(weight) >= SMALLEST
        }
        for kind, row in zip(model.classes_, model.coef_, strict=True)
    }
    bias = {str(kind): round(float(one), 3) for kind, one in zip(model.classes_, model.intercept_, strict=True)}
    fitted = RequestModel(
        vocabulary,
        common_words(),
        bias,
        weights,
        embedder.identity,
        center.round(4),
        model.coef_[:, words:].round(3),
        0.0,
        0.0,
    )
    kept = [one for one in asked if held_back(one)]
    seen = zip(kept, _encoded(embedder, kept), strict=True)
    doubts = [fitted.classify(one, vector)[1] for one, vector in seen]
    limit, limit_unanswered = (_limit(doubts, share) for share in (FALSE_REQUESTS, IN_DOUBT))
    fitted = replace(fitted, limit=limit, limit_unanswered=limit_unanswered)
    scores = scores_of(fitted, embedder, typed(HELD))
    scores["questions"] = len(kept)
    scores["questions taken for requests"] = float(np.mean([fitted.read(one, embedder) is not None for one in kept]))
    return fitted, scores


def _encoded(embedder: Embedder, texts: Sequence[str]) -> Vectors:
    batches = [embedder.encode(texts[at : at + BATCH]) for at in range(0, len(texts), BATCH)]
    found: Vectors = np.vstack(batches)
    return found


def _limit(probabilities: Sequence[float], share: float) -> float:
    """The lowest limit that this share of the questions passes."""
    return round(max(0.2, float(np.quantile(probabilities, 1 - share)) + 0.001), 3)


def scores_of(
    model: RequestModel,
    embedder: Embedder | None,
    messages: Sequence[tuple[str, str]],
    unanswered: Callable[[str], bool] = lambda message: False,
) -> dict[str, Any]:
    """How many messages go where they belong, how many of the requests, and those that do not."""
    read = [(message, kind, model.read(message, embedder, unanswered)) for message, kind in messages]
    told = [(message, kind, found.wanted if found else Wanted.QUESTION) for message, kind, found in read]
    requests = [kind == found for _, kind, found in told if kind != Wanted.QUESTION]
    return {
        "messages": len(told),
        "right": float(np.mean([kind == found for _, kind, found in told])),
        "requests right": float(np.mean(requests)),
        "wrong": [f"{message!r}: {found} instead of {kind}" for message, kind, found in told if kind != found],
    }


def write(scratch: Path) -> dict[str, Any]:
    """Fit, write the weights beside the code, and give the scores; the embedding model is prepared in the scratch folder."""
    model, scores = fit(open_embedder(DEFAULT_EMBEDDING, scratch / "models"))
    data = asdict(model) | {
        "vocabulary": sorted(model.vocabulary),
        "common": sorted(model.common),
        "center": np.array(model.center, dtype=float).round(4).tolist(),
        "embedded": np.array(model.embedded, dtype=float).round(3).tolist(),
    }
    WEIGHTS.write_text(json.dumps(data, indent=None, sort_keys=False, ensure_ascii=False) + "\n", encoding="utf-8")
    return scores
