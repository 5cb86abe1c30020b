"""Public question answering data in the form that `network.py` trains on; the files stay outside the repository.

`FOLDER` holds `covidqa.json` (COVID-QA, Möller et al. 2020, Apache-2.0), `tatqa_dev.json` and `tatqa_test.json` (TAT-QA, Zhu
et al. 2021, CC BY 4.0), `timeqa.json` (TimeQA's human-annotated training questions, Chen et al. 2021, BSD-3-Clause),
`qed.jsonl` (QED's development questions, Lamm et al. 2021, Wikipedia's CC BY-SA 3.0) and `mtrag_human.jsonl` (MTRAG, Katsis et
al. 2025, Apache-2.0).
`vague.jsonl` beside this file holds our own too vague versions of some of their questions.
"""

import json
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

VAGUE = Path(__file__).resolve().parent / "vague.jsonl"
CHUNK = 900
"""Characters of a chunk."""
RIGHT, OTHERS = 3, 12
"""Chunks of a question: those that hold its answer, and those that share most words with it."""
SAID, NEARLY_SAID = 0.5, 0.25
"""Shares of a sentence's words that a written answer holds where the sentence answers, and where it may."""
_END = re.compile(r'(?<=[.!?])\s+(?=[A-Z0-9"(\[])|\n+')
_WORD = re.compile(r"\w+")
_COMMON = set(
    _WORD.findall(
        "the a an of in to and is are was were what which who how why when where did do does for on by with from that this it "
        "as at be or"
    )
)

Row = dict[str, Any]
Spans = Sequence[tuple[int, int]]


def public_groups(folder: Path) -> list[Row]:
    """All questions that training starts with, then their too vague versions; part `public`, or `tune` and `test` for some."""
    rows = [row for read in (_covidqa, _tatqa, _timeqa, _qed, _mtrag) for row in read(folder) if row["pairs"]]
    by_question = {row["question"]: row for row in rows}
    chance = random.Random(4)
    for line in VAGUE.read_text(encoding="utf-8").splitlines():
        pair = json.loads(line)
        if row := by_question.get(pair["of"]):
            share = chance.random()
            part = "public" if share < 0.7 else "tune" if share < 0.85 else "test"
            if part != "public":
                row |= {"part": part, "origin": "outside", "found": len(row["pairs"])}
            unknown = [(text, spans, np.full(len(spans), np.nan, dtype=np.float32)) for text, spans, _ in row["pairs"]]
            rows.append(row | {"question": pair["q"], "style": "underspecified", "answerable": False, "pairs": unknown})
    return rows


def _covidqa(folder: Path) -> Iterator[Row]:
    for document in json.loads((folder / "covidqa.json").read_text(encoding="utf-8"))["data"]:
        for paragraph in document["paragraphs"]:
            text = paragraph["context"]
            for asked in paragraph["qas"]:
                answers = [(one["answer_start"], one["answer_start"] + len(one["text"])) for one in asked["answers"]]
                yield _row(asked["question"], "covidqa", _chunks(asked["question"], text.split("\n")[0], text, answers))


def _tatqa(folder: Path) -> Iterator[Row]:
    for name in ("tatqa_dev.json", "tatqa_test.json"):
        for document in json.loads((folder / name).read_text(encoding="utf-8")):
            text = "\n".join(one["text"] for one in sorted(document["paragraphs"], key=lambda one: int(one["order"])))
            for asked in document["questions"]:
                if asked.get("answer_from") == "text" and asked.get("answer_type") in ("span", "multi-span"):
                    spans = [(text.find(str(one)), len(str(one))) for one in asked["answer"]]
                    answers = [(at, at + length) for at, length in spans if at >= 0]
                    if answers:
                        yield _row(asked["question"], "tatqa", _chunks(asked["question"], "", text, answers))


def _timeqa(folder: Path) -> Iterator[Row]:
    for document in json.loads((folder / "timeqa.json").read_text(encoding="utf-8")):
        paragraphs = [one if isinstance(one, str) else one.get("text", "") for one in document["paras"]]
        starts = np.concatenate([[0], np.cumsum([len(one) + 1 for one in paragraphs])])
        title = document["index"].split("#")[0].split("/")[-1].replace("_", " ")
        for question, told in document["questions"]:
            held = [one for one in told if isinstance(one, dict) and one.get("answer") and one.get("para") is not None]
            answers = [
                (int(starts[int(one["para"])]) + int(one["from"]), int(starts[int(one["para"])]) + int(one["end"]))
                for one in held
            ]
            yield _row(question, "timeqa", _chunks(question, title, "\n".join(paragraphs), answers), bool(answers))


def _qed(folder: Path) -> Iterator[Row]:
    lines = [json.loads(line) for line in (folder / "qed.jsonl").read_text(encoding="utf-8").splitlines()]
    bags = [_words(line["paragraph_text"]) for line in lines]
    for line in lines:
        chosen = line["annotation"].get("selected_sentence")
        if chosen:
            asked = _words(line["question_text"])
            near = sorted(range(len(lines)), key=lambda other: -len(asked & bags[other]))[:9]
            others = [lines[n] for n in near if lines[n]["paragraph_text"] != line["paragraph_text"]]
            pairs = [_paragraph(line, chosen["start"]), *(_paragraph(other, None) for other in others)]
            yield _row(line["question_text"], "qed", pairs)


def _mtrag(folder: Path) -> Iterator[Row]:
    for line in (folder / "mtrag_human.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        kind = row["answerability"][0]
        if kind not in ("ANSWERABLE", "UNANSWERABLE"):
            continue
        asked = " ".join([one["text"] for one in row["input"] if one["speaker"] == "user"][-2:])[-400:]
        told = _words(row["targets"][0]["text"]) if kind == "ANSWERABLE" else set()
        pairs = [pair for one in row["contexts"] for pair in _passage(one, told)]
        yield _row(asked, "mtrag_human", pairs, kind == "ANSWERABLE")


def _row(question: str, origin: str, pairs: Sequence[Any], answerable: bool = True) -> Row:
    about = {"question": question, "origin": origin, "part": "public", "style": "what", "found": 0}
    return about | {"answerable": answerable, "pairs": list(pairs)}


def _chunks(question: str, title: str, text: str, answers: Spans) -> list[Any]:
    """The chunks of a text that hold an answer, and those that share most words with the question."""
    head = f"{title}\n" if title else ""
    asked = _words(question)
    pairs = []
    for sentences in _packed(text):
        first, last = sentences[0][0], sentences[-1][1]
        labels = [float(any(a < end and b > start for a, b in answers)) for start, end in sentences]
        pairs.append(_pair(head, text[first:last], [(a - first, b - first) for a, b in sentences], labels))
    pairs.sort(key=lambda pair: -len(asked & _words(pair[0])))
    right = [pair for pair in pairs if pair[2].any()]
    others = [pair for pair in pairs if not pair[2].any()]
    return [*right[:RIGHT], *others[:OTHERS]] if right or not answers else []


def _paragraph(line: Row, chosen: int | None) -> Any:
    starts = line["sentence_starts"]
    spans = list(zip(starts, [*starts[1:], len(line["paragraph_text"])], strict=True))
    labels = [float(chosen is not None and start <= chosen < end) for start, end in spans]
    return _pair(f"{line['title_text']}\n", line["paragraph_text"], spans, labels)


def _passage(passage: Row, told: set[str]) -> Iterator[Any]:
    text = passage["text"]
    for sentences in _packed(text):
        first, last = sentences[0][0], sentences[-1][1]
        shares = [len(words & told) / max(1, len(words)) for words in (_words(text[a:b]) for a, b in sentences)]
        labels = [1.0 if share >= SAID else np.nan if share >= NEARLY_SAID else 0.0 for share in shares]
        spans = [(a - first, b - first) for a, b in sentences]
        yield _pair(f"{passage.get('title') or ''}\n", text[first:last], spans, labels)


def _pair(head: str, body: str, spans: Spans, labels: Sequence[float]) -> Any:
    moved = [(start + len(head), end + len(head)) for start, end in spans]
    return head + body, moved, np.array(labels, dtype=np.float32)


def _packed(text: str) -> Iterator[list[tuple[int, int]]]:
    """Sentences, packed into chunks."""
    packed: list[tuple[int, int]] = []
    at = 0
    for end, after in [*((found.start(), found.end()) for found in _END.finditer(text)), (len(text), len(text))]:
        if text[at:end].strip():
            if packed and end - packed[0][0] > CHUNK:
                yield packed
                packed = []
            packed.append((at, end))
        at = after
    if packed:
        yield packed


def _words(text: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(text)} - _COMMON
