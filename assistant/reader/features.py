"""What is seen of a found unit beside a question, as numbers: retrieval's scores, the unit's form, and the network's scores."""

import math
import re
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from assistant.reader.network import ChunkScores
from assistant.search.retrieval import Evidence, Findings
from ingest.units import Kind

RETRIEVAL = (
    "share of the best score",
    "cosine",
    "terms held",
    "terms held without headings",
    "chunk's rank",
    "table row",
    "list item",
    "code",
    "length",
    "fragment",
    "ends as a question",
    "ends with a colon",
    "ends as a sentence or a row",
    "in a story",
    "opens with a pronoun",
)
NETWORK = ("network's score of the unit", "network's score of its chunk")
FRAGMENT_WORDS = 4
STORIES = ("Scenario", "Worked example")
"""How headings of worked scenarios and examples begin."""
_PRONOUN = re.compile(r"(it|its|this|that|these|those|they|their|such|both|neither)\b", re.IGNORECASE)

Table = npt.NDArray[np.float64]
Read = Mapping[str, ChunkScores]
"""What the network says of each chunk, by the chunk's id."""


def unit_features(findings: Findings, evidence: Sequence[Evidence], read: Read | None) -> Table:
    """One row for each unit: `RETRIEVAL`, then `NETWORK` where the network read the chunks."""
    best = max((item.score for item in findings.evidence), default=1.0) or 1.0
    ranks = {passage.chunk.id: rank for rank, passage in enumerate(findings.passages)}
    rows = [
        (
            *_retrieval(item, best, ranks[item.chunk.id]),
            *(_network(read[item.chunk.id], unit_of(item)) if read is not None else ()),
        )
        for item in evidence
    ]
    return np.array(rows, dtype=np.float64).reshape(len(rows), -1)


def _network(scores: ChunkScores, place: int) -> tuple[float, float]:
    return float(scores.units[place]), scores.chunk


def unit_of(item: Evidence) -> int:
    """Which unit of its chunk's embedded text it is."""
    starts = [item.chunk.start + span.unit.start for span in item.chunk.embedded().spans]
    return starts.index(item.start)


def _retrieval(item: Evidence, best: float, rank: int) -> tuple[float, ...]:
    words = item.words.split()
    return (
        item.score / best,
        item.cosine,
        item.coverage,
        item.own_coverage,
        1 / (1 + rank),
        item.kind is Kind.ROW,
        item.kind is Kind.ITEM,
        item.kind is Kind.CODE,
        math.log1p(len(words)),
        len(words) < FRAGMENT_WORDS,
        item.words.endswith("?"),
        item.words.endswith(":"),
        item.words.endswith((".", "!", '"', ")")) or item.kind is Kind.ROW,
        bool(item.chunk.heading_path) and item.chunk.heading_path[-1].startswith(STORIES),
        bool(_PRONOUN.match(item.words)),
    )
