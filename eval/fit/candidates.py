"""What retrieval finds for each labeled question, and which of the found units are the labeled ones: the training table."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assistant.answer import understand
from assistant.search.retrieval import Findings, Retriever
from assistant.syllabus import Syllabus
from eval.fit.labels import Span
from ingest.chunks import Chunk

READ = 20
"""Chunks of each question that may be drawn for training."""
SAME = 0.82
"""A unit whose vector is this near to a labeled one may answer too, so it is no negative."""


@dataclass(frozen=True, slots=True)
class Example:
    """One question beside one chunk: a label for each unit of its embedded text (1 answers, 0 does not, nan unknown)."""

    chunk: Chunk
    labels: npt.NDArray[np.float32]


def examples_of(
    question: str, answers: Sequence[Span], helps: Sequence[Span], retriever: Retriever, syllabus: Syllabus
) -> tuple[Findings, list[Example]]:
    """Findings of a question, and its chunks: those that hold an answer and the best of those that do not."""
    findings = retriever.find(understand(question, syllabus))
    chunks = [passage.chunk for passage in findings.passages[:READ]]
    missing = {(span.source, span.start) for span in answers if not any(_holds(chunk, span) for chunk in chunks)}
    for source, start in sorted(missing):
        chunks += [one for one in retriever.index.page_chunks(source, 1) if one.start <= start < one.end]
    near = _near(retriever, chunks, answers)
    return findings, [Example(chunk, _labels(chunk, answers, helps, near[at])) for at, chunk in enumerate(chunks)]


def _holds(chunk: Chunk, span: Span) -> bool:
    return chunk.source == span.source and chunk.start <= span.start < chunk.end


def _labels(
    chunk: Chunk, answers: Sequence[Span], helps: Sequence[Span], near: Sequence[bool]
) -> npt.NDArray[np.float32]:
    labels = []
    for span, alike in zip(chunk.embedded().spans, near, strict=True):
        middle = chunk.start + (span.unit.start + span.unit.end) // 2

        def inside(places: Sequence[Span], middle: int = middle) -> bool:
            return any(one.source == chunk.source and one.start <= middle < one.end for one in places)

        labels.append(1.0 if inside(answers) else np.nan if inside(helps) or alike else 0.0)
    return np.array(labels, dtype=np.float32)


def _near(retriever: Retriever, chunks: Sequence[Chunk], answers: Sequence[Span]) -> list[list[bool]]:
    """For each unit of each chunk whether it says nearly what a labeled unit says."""
    vectors = retriever.index.sentences.get(list(chunks))
    gold = [
        vectors[at][row]
        for at, chunk in enumerate(chunks)
        for row, span in enumerate(chunk.embedded().spans)
        if any(_holds(chunk, one) and one.start <= chunk.start + span.unit.start < one.end for one in answers)
    ]
    if not gold:
        return [[False] * len(chunk.embedded().spans) for chunk in chunks]
    matrix = np.array(gold)
    return [[bool((matrix @ vector).max() >= SAME) for vector in vectors[at]] for at in range(len(chunks))]
