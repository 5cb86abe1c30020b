"""Each labeled question as the reader sees it: the numbers of its units, and which of them are labeled."""

from collections.abc import Sequence
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
from eval.fit.labels import Style, load_labels, part_of, spans_of, topic_of
from eval.fit.official import load_official
from ingest.chunks import EmbeddedText
from ingest.units import QUOTABLE


@dataclass(frozen=True, slots=True)
class Case:
    """One labeled question; `part` is train, tune or test, `origin` notes or official pages.

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


def cases_of_notes(scratch: Path) -> list[Case]:
    """Every labeled question asked over the shipped notes."""
    session = open_library(scratch / "notes", [])
    cases = []
    for one in load_labels():
        answers, helps = spans_of(one.answers, one.source), spans_of(one.helps, one.source)
        findings, examples = examples_of(one.q, answers, helps, session.retriever, session.syllabus)
        about = (one.q, one.style.value, "notes", part_of(topic_of(one)), one.answerable)
        cases += _case(about, findings, examples, session)
    return cases


def cases_of_official(scratch: Path, docs: Path) -> list[Case]:
    """Every labeled question over official pages, asked over a library of the pages that have labels."""
    questions = load_official(docs)
    pages = sorted({docs / one.page for one in questions})
    session = open_library(scratch / "official", [docs], only=pages)
    cases = []
    for one in questions:
        answers, helps = one.spans(one.answers), one.spans(one.helps)
        findings, examples = examples_of(one.q, answers, helps, session.retriever, session.syllabus)
        about = (one.q, one.style.value, "official", part_of(one.page), bool(one.answers))
        cases += _case(about, findings, examples, session)
    return cases


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
