"""Each labeled question as the reader sees it: the numbers of its units, and which of them are labeled."""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.reader.features import Table, unit_features, unit_of
from assistant.reader.network import ChunkScores
from assistant.reader.reader import READ
from assistant.search.retrieval import Findings, Signals
from assistant.session import Session
from eval.fit.candidates import Example, examples_of
from eval.fit.labels import (
    HELD_BACK,
    LabelledQuestion,
    Part,
    Style,
    load_labels,
    part_of,
    section_of,
    spans_of,
    topic_of,
)
from eval.fit.official import load_official
from ingest.chunks import EmbeddedText
from ingest.units import QUOTABLE


@dataclass(frozen=True, slots=True)
class Case:
    """One labeled question; `part` is train, tune or test, `origin` notes, official pages, or a small library.

    `table` has a row for each unit that was read, `labels` 1 where it answers, 0 where not, nan where that is unknown. `chunks`
    are those for the network, each with its units' labels: first the `found` ones that the search found, best first.
    `places` gives the chunk and the unit of each row.
    """

    question: str
    style: str
    origin: str
    part: str
    answerable: bool
    table: Table
    labels: npt.NDArray[np.float64]
    signals: Signals
    chunks: tuple[tuple[EmbeddedText, npt.NDArray[np.float32]], ...] = ()
    found: int = 0
    places: tuple[tuple[int, int], ...] = ()

    def with_network(self, read: Sequence[ChunkScores]) -> "Case":
        """The case with what the network says of each unit and its chunk; `read` goes with the first chunks."""
        seen = np.array([[read[chunk].units[unit], read[chunk].chunk] for chunk, unit in self.places])
        return replace(self, table=np.hstack([self.table, seen]))

    def row_for_training(self) -> dict[str, Any]:
        """What `network.py` reads."""
        unknown = self.style == Style.UNDERSPECIFIED
        pairs = [
            (
                text.text,
                tuple((span.start, span.end) for span in text.spans),
                np.full(len(labels), np.nan, dtype=np.float32) if unknown else labels,
            )
            for text, labels in self.chunks
        ]
        about = {"question": self.question, "origin": self.origin, "part": self.part, "style": self.style}
        return about | {"answerable": self.answerable, "pairs": pairs, "found": self.found}


def cases_of_notes(scratch: Path, parts: Sequence[Part] = tuple(Part)) -> list[Case]:
    """Every labeled question of some parts asked over the shipped notes."""
    session = open_library(scratch / "notes", [])
    cases = []
    for one in load_labels():
        if (part := part_of(topic_of(one))) not in parts:
            continue
        answers, helps = spans_of(one.answers, one.source), spans_of(one.helps, one.source)
        findings, examples = examples_of(one.q, answers, helps, session.retriever, session.syllabus)
        about = (one.q, one.style.value, "notes", part, one.answerable)
        cases += _case(about, findings, examples, session)
    return cases


def cases_of_official(scratch: Path, docs: Path, parts: Sequence[Part] = tuple(Part)) -> list[Case]:
    """Every labeled question of some parts over official pages, asked over a library of the pages that have labels."""
    questions = [one for one in load_official(docs) if part_of(one.page) in parts]
    pages = sorted({docs / one.page for one in questions})
    session = open_library(scratch / "official", [docs], only=pages)
    cases = []
    for one in questions:
        answers, helps = one.spans(one.answers), one.spans(one.helps)
        findings, examples = examples_of(one.q, answers, helps, session.retriever, session.syllabus)
        about = (one.q, one.style.value, "official", part_of(one.page), bool(one.answers))
        cases += _case(about, findings, examples, session)
    return cases


OVERVIEWS = (
    "What is {name}?",
    "{name}",
    "Tell me about {name}",
    "Explain {name}.",
    "Give me an overview of {name}.",
    "What does the section on {name} say?",
    "Which topics does the section on {name} cover?",
    "What do I need to know about {name}?",
)
_HEADING = re.compile(r"^###+ (.+)$", re.MULTILINE)
_LONG_WORD = re.compile(r"[^\W\d_]{5,}")


def cases_of_small(scratch: Path) -> list[Case]:
    """Libraries of one held-back topic of the notes each, asked its own questions, those of other topics, and for overviews.

    They teach the refusal alone: no unit of theirs is labeled.
    """
    asked: dict[str, list[LabelledQuestion]] = {}
    for one in load_labels():
        if one.style is not Style.UNDERSPECIFIED and part_of(topic := topic_of(one)) in HELD_BACK and topic[-1] != "#":
            asked.setdefault(topic, []).append(one)
    rng = random.Random(5)
    cases = []
    note = scratch / "small.md"
    for topic in sorted(asked):
        note.write_text(section_of(topic), encoding="utf-8")
        session = open_library(scratch / "small", [note])  # takes the place of the one before
        others = [other for other in sorted(asked) if other != topic]
        foreign = [rng.choice(asked[rng.choice(others)]) for _ in asked[topic]]
        questions = [(one.q, one.style.value, one.answerable) for one in asked[topic]]
        questions += [(one.q, one.style.value, False) for one in foreign]
        questions += [(text, "overview", True) for text in _overviews(section_of(topic), "", rng)]
        elsewhere = section_of(rng.choice(others))
        questions += [(text, "overview", False) for text in _overviews(elsewhere, section_of(topic), rng)]
        for question, style, answerable in questions:
            findings, examples = examples_of(question, [], [], session.retriever, session.syllabus)
            cases += _case((question, style, "small", part_of(topic), answerable), findings, examples, session)
    return cases


def _overviews(section: str, absent_from: str, rng: random.Random) -> Iterator[str]:
    """A question for each heading of a section by all its words and by one of them, where none stands in the other text."""
    for heading in _HEADING.findall(section):
        words = _LONG_WORD.findall(heading)
        if words and not any(word.lower() in absent_from.lower() for word in words):
            yield rng.choice(OVERVIEWS).format(name=heading)
            yield rng.choice(OVERVIEWS).format(name=rng.choice(words).lower())


def open_library(home: Path, paths: Sequence[Path], only: Sequence[Path] = ()) -> Session:
    """A library of the shipped material, or of some files below the first path, linked under their names into the home."""
    session = Session(home)
    if only:
        folder = home / "pages"
        for page in only:
            link = folder / page.relative_to(paths[0])
            link.parent.mkdir(parents=True, exist_ok=True)
            link.write_bytes(page.read_bytes())
        paths = [folder]
    session.library.add(paths, now=datetime.now(UTC), report=lambda progress: None)
    return session


def _case(
    about: tuple[str, str, str, str, bool], findings: Findings, examples: Sequence[Example], session: Session
) -> list[Case]:
    """The case, or none where nothing was found."""
    ranks = {passage.chunk.id: rank for rank, passage in enumerate(findings.passages)}
    shown = sorted(
        (one for one in examples if one.chunk.embedded().spans), key=lambda one: ranks.get(one.chunk.id, len(ranks))
    )
    found = sum(one.chunk.id in ranks for one in shown)
    at = {one.chunk.id: position for position, one in enumerate(shown[: min(found, READ)])}
    evidence = [item for item in findings.evidence if item.kind in QUOTABLE and item.chunk.id in at]
    if not evidence:
        return []
    places = tuple((at[item.chunk.id], unit_of(item)) for item in evidence)
    labels = np.array([float(shown[chunk].labels[unit]) for chunk, unit in places])
    chunks = tuple((one.chunk.embedded(), one.labels) for one in shown)
    return [Case(*about, unit_features(findings, evidence, None), labels, findings.signals, chunks, found, places)]
