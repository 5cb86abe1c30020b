"""Finds the passages and the sentences that bear on a question: dense and lexical scores, chunk and sentence together.

The score of a sentence is its chunk's fused score plus its own, plus a share of its neighbors'; fused means half cosine,
half BM25, each divided by the best of its kind for this question. Measured against rank fusion, plain dense and plain
BM25 in docs/decisions/0002.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from assistant.footnotes import without_last_marks
from assistant.question.query import Query, QueryTerms, Scores
from assistant.search.rerank import Reranker, rerank
from ingest.chunks import Chunk, EmbeddedSpan
from ingest.embeddings import Embedder, Vectors
from ingest.index import Index
from ingest.lexical import LexicalIndex
from ingest.units import QUOTABLE, Kind

CANDIDATES = 50
"""Chunks taken from each side before fusion."""
READ_CLOSELY = 20
"""Best chunks whose sentences are scored; scoring all finds no more (docs/decisions/0003)."""
DENSE_SHARE = 0.5
NEIGHBOR_SHARE = 0.25
"""What each neighboring sentence's score adds to a sentence's."""
UNREAD_SHARE = 0.8
"""Stands for a neighbor in a chunk that was not read closely, relative to the sentence's own score."""
LENGTH_DAMPING = 0.25
"""How much a sentence's length lowers its lexical score, per `TYPICAL_WORDS`."""
TYPICAL_WORDS = 20
BUDGET = 3100
"""Characters returned for a search when nothing else is asked for."""
WEAKEST_SHARE = 0.5
"""A sentence scored below this share of the best one is not returned, even where there is room."""

_WORD = re.compile(r"\w+")
_SENTENCE_END = re.compile(r"(?<=[.?!])\s+")
_CAPITALISED = re.compile(r"(?<![\w.-])[A-Z][\w-]*(?:\.\w+)*(?:\s+[A-Z][\w-]*(?:\.\w+)*)*")
LONG_WORD = 4
TITLE_CASE = 0.7
"""With more than this share of its long words capitalized, a question is written in title case or capitals."""
Belongs = Callable[[str, str], bool]
"""Whether a chunk of this source under this heading may be used."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A span of a page found for a query, as a chunk of its own, and its score; the best of a query is near 2."""

    chunk: Chunk
    score: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """A quotable unit found for a query: `chunk.text[start - chunk.start:end - chunk.start]` on its page."""

    chunk: Chunk
    kind: Kind
    start: int
    end: int
    words: str
    """The unit without markup, on one line."""
    score: float
    cosine: float
    coverage: float
    """Share of the question's terms, weighted by rarity, that occur in the unit or its headings, 0 to 1."""
    own_coverage: float
    """The same without the headings."""

    @property
    def quote(self) -> str:
        """The unit exactly as it stands on its page, without the white space and the footnote marks around it."""
        return self.raw.strip() if self.kind is Kind.CODE else without_last_marks(self.raw.strip())

    @property
    def raw(self) -> str:
        """The unit exactly as it stands on its page."""
        return self.chunk.text[self.start - self.chunk.start : self.end - self.chunk.start]

    @property
    def place(self) -> tuple[str, int, int]:
        """Sorts evidence into reading order."""
        return (self.chunk.source, self.chunk.page, self.start)


@dataclass(frozen=True, slots=True)
class Signals:
    """What retrieval says about whether the material answers at all; the reader weighs it."""

    best_cosine: float = 0.0
    mean_cosine: float = 0.0
    best_sentence_cosine: float = 0.0
    best_coverage: float = 0.0
    best_chunk_coverage: float = 0.0
    unknown_names: float = 0.0
    """Share of the question's names, runs of capitalized words behind the first word, that the material does not hold: their
    first word nowhere, or the whole in no passage found. Known product names do not count."""
    best_heading_match: float = 0.0
    """Of the passages' headings, the best match with the question: the share of the question's terms that the heading holds, by
    rarity, times the share of the heading's terms that the question holds. 1 where somebody asks for a heading by its words."""


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything retrieval learned about one query, best first."""

    query: Query
    passages: tuple[Passage, ...] = ()
    """Whole chunks."""
    evidence: tuple[Evidence, ...] = ()
    signals: Signals = field(default_factory=Signals)


class Retriever:
    """Searches one index."""

    def __init__(self, index: Index, embedder: Embedder, reranker: Reranker | None = None) -> None:
        self._index = index
        self._embedder = embedder
        self._reranker = reranker

    @property
    def index(self) -> Index:
        """The index that is searched."""
        return self._index

    @property
    def embedder(self) -> Embedder:
        """The model that questions and material are embedded with."""
        return self._embedder

    def find(self, query: Query, *, belongs: Belongs | None = None) -> Findings:
        """Score chunks and their sentences for a query; `belongs` keeps part of the material out."""
        lexical = self._index.lexical()
        vector = self._vector(query)
        terms = QueryTerms(query, lexical)
        passages, cosines = self._rank(lexical, vector, terms, self._allowed(lexical, belongs))
        if not passages:
            return Findings(query)
        evidence = self._read(passages[:READ_CLOSELY], vector, lexical, terms)
        return Findings(query, passages, evidence, _signals(query, cosines, passages, evidence, lexical, terms))

    def _allowed(self, lexical: LexicalIndex, belongs: Belongs | None) -> npt.NDArray[np.bool_] | None:
        if belongs is None:
            return None
        places = zip(lexical.sources, lexical.headings, strict=True)
        return np.array([belongs(source, heading) for source, heading in places], dtype=np.bool_)

    def _vector(self, query: Query) -> Vectors:
        vectors = self._embedder.encode(query.phrasings or (query.text,))
        mean: Vectors = vectors.mean(axis=0)
        return mean / max(float(np.linalg.norm(mean)), 1e-9)

    def search_chunks(self, query: Query) -> list[Passage]:
        """Whole chunks alone, best first, without reading their sentences."""
        lexical = self._index.lexical()
        return list(self._rank(lexical, self._vector(query), QueryTerms(query, lexical), None)[0])

    def _rank(
        self, lexical: LexicalIndex, vector: Vectors, terms: QueryTerms, allowed: npt.NDArray[np.bool_] | None
    ) -> tuple[tuple[Passage, ...], Scores]:
        """The candidates with their fused scores, best first, and their cosines in that order."""
        chunks, cosines, bm25 = self._candidates(lexical, vector, terms, allowed)
        if not chunks:
            return (), cosines
        fused = _fuse(cosines, bm25)
        order = np.argsort(-fused, kind="stable")
        if self._reranker is not None:
            best = order[:READ_CLOSELY]
            judged = self._reranker.scores(terms.text, [chunks[at].embedded().text for at in best])
            fused[best] = rerank(fused[best], judged)
            order = np.argsort(-fused, kind="stable")
        return tuple(Passage(chunks[at], float(fused[at])) for at in order), cosines[order]

    def _candidates(
        self, lexical: LexicalIndex, vector: Vectors, terms: QueryTerms, allowed: npt.NDArray[np.bool_] | None
    ) -> tuple[list[Chunk], Scores, Scores]:
        """The best of both sides with their cosines and their BM25; only chunks that both sides know."""
        bm25 = terms.scores(lexical)
        if allowed is not None:
            bm25 = np.where(allowed, bm25, 0.0).astype(np.float32)
        sources = None
        if allowed is not None:
            sources = sorted({source for source, keep in zip(lexical.sources, allowed, strict=True) if keep})
        dense = self._index.nearest(vector, k=CANDIDATES, sources=sources)
        found = {
            key: row
            for key, row in dense.items()
            if key in lexical.positions and (allowed is None or allowed[lexical.positions[key]])
        }
        best = [lexical.ids[at] for at in _highest(bm25, CANDIDATES) if bm25[at] > 0]
        if missing := [key for key in best if key not in found]:
            fetched = self._index.fetch(missing)
            found |= {key: (chunk, float(vector @ its_vector)) for key, (chunk, its_vector) in fetched.items()}
        cosines = np.array([cosine for _, cosine in found.values()], dtype=np.float32)
        scores = np.array([bm25[lexical.positions[key]] for key in found], dtype=np.float32)
        return [chunk for chunk, _ in found.values()], cosines, scores

    def _read(
        self, passages: Sequence[Passage], vector: Vectors, lexical: LexicalIndex, terms: QueryTerms
    ) -> tuple[Evidence, ...]:
        """Score every unit of the passages' chunks; neighbors are taken within a page's consecutive chunks."""
        chunks = [passage.chunk for passage in passages]
        vectors = self._index.sentences.get(chunks)
        rows: list[tuple[int, EmbeddedSpan, Vectors]] = [
            (at, span, unit_vector)
            for at, chunk in enumerate(chunks)
            for span, unit_vector in zip(chunk.embedded().spans, vectors[at], strict=True)
        ]
        rows.sort(
            key=lambda row: (chunks[row[0]].source, chunks[row[0]].page, chunks[row[0]].start + row[1].unit.start)
        )
        if not rows:
            return ()
        unit_words = [chunks[at].embedded().text[span.start : span.end] for at, span, _ in rows]
        unit_terms = [set(lexical.tokens(words)) for words in unit_words]
        heading_terms = [set(lexical.tokens(chunk.heading)) for chunk in chunks]
        cosines = np.array([float(vector @ unit_vector) for _, _, unit_vector in rows], dtype=np.float32)
        matches = np.array(
            [_damped(terms.match(held), words) for held, words in zip(unit_terms, unit_words, strict=True)]
        )
        own = _fuse(cosines, matches.astype(np.float32))
        base = np.array([passages[at].score for at, _, _ in rows], dtype=np.float32) + own
        touches = [_adjacent(chunks, here, there) for here, there in pairwise(rows)]
        smooth = _smooth(base, np.array(touches, dtype=np.bool_))
        evidence = [
            Evidence(
                chunk=chunks[at],
                kind=span.unit.kind,
                start=chunks[at].start + span.unit.start,
                end=chunks[at].start + span.unit.end,
                words=words,
                score=float(score),
                cosine=float(cosine),
                coverage=terms.coverage(held | heading_terms[at]),
                own_coverage=terms.coverage(held),
            )
            for (at, span, _), words, held, score, cosine in zip(
                rows, unit_words, unit_terms, smooth, cosines, strict=True
            )
        ]
        return tuple(sorted(evidence, key=lambda item: -item.score))

    def search(
        self, query: Query, *, k: int = 8, characters: int = BUDGET, belongs: Belongs | None = None
    ) -> list[Passage]:
        """At most `k` passages of at most `characters` in all: the best sentences, neighbors joined."""
        findings = self.find(query, belongs=belongs)
        return join_evidence(findings.evidence, k=k, characters=characters)


def join_evidence(evidence: Sequence[Evidence], *, k: int, characters: int) -> list[Passage]:
    """Take evidence, which comes best first, while it fits; then join what touches on a page into passages, best first.

    A sentence that another source repeats with the same words is taken once; what scores below `WEAKEST_SHARE` is left.
    """
    taken: list[Evidence] = []
    weakest = WEAKEST_SHARE * evidence[0].score if evidence else 0.0
    used = 0
    source_of: dict[tuple[str, ...], str] = {}
    for item in evidence:
        said = tuple(sorted(_WORD.findall(item.words.lower())))
        if source_of.setdefault(said, item.chunk.source) != item.chunk.source:
            continue
        if used + (item.end - item.start) > characters or item.score < weakest:
            break
        used += item.end - item.start
        taken.append(item)
    taken.sort(key=lambda item: item.place)
    passages: list[Passage] = []
    for item in taken:
        last = passages[-1] if passages else None
        if last and (last.chunk.source, last.chunk.page, last.chunk.end) == (
            item.chunk.source,
            item.chunk.page,
            item.start,
        ):
            joined = _chunk_of(item, last.chunk.start, last.chunk.text + item.raw, last.chunk.heading_path)
            passages[-1] = Passage(joined, max(last.score, item.score))
        else:
            passages.append(Passage(_chunk_of(item, item.start, item.raw, item.chunk.heading_path), item.score))
    return sorted(passages, key=lambda passage: -passage.score)[:k]


def _chunk_of(item: Evidence, start: int, text: str, heading_path: tuple[str, ...]) -> Chunk:
    carried = item.chunk.carried if start + len(text) == item.chunk.end else 0
    return Chunk(item.chunk.source, item.chunk.page, start, text, heading_path, item.chunk.label, carried=carried)


def _highest(scores: Scores, count: int) -> "npt.NDArray[np.intp]":
    """Positions of the highest scores, best first, the earlier of equals first; without sorting all of them."""
    if len(scores) <= count:
        return np.argsort(-scores, kind="stable")
    least = np.partition(scores, -count)[-count]
    few = np.flatnonzero(scores >= least)
    return few[np.argsort(-scores[few], kind="stable")][:count]


def _fuse(cosines: Scores, lexical: Scores) -> Scores:
    """Half and half, each side divided by its best value, so that both speak on a scale from 0 to 1."""
    dense_part = np.maximum(cosines, 0.0) / max(float(cosines.max()), 1e-6)
    lexical_part = lexical / max(float(lexical.max()), 1e-6)
    fused: Scores = (DENSE_SHARE * dense_part + (1 - DENSE_SHARE) * lexical_part).astype(np.float32)
    return fused


def _damped(match: float, words: str) -> float:
    """A unit's lexical score: rarity of the shared terms, each counted once, lowered by the unit's length."""
    return match / (1 + LENGTH_DAMPING * len(words.split()) / TYPICAL_WORDS)


def _smooth(base: Scores, touches: npt.NDArray[np.bool_]) -> Scores:
    """Add a share of both neighbors; where a neighbor was not read, the unit's own score stands in for it."""
    unread = UNREAD_SHARE * base
    before = np.where(np.concatenate([[False], touches]), np.roll(base, 1), unread)
    after = np.where(np.concatenate([touches, [False]]), np.roll(base, -1), unread)
    return (base + NEIGHBOR_SHARE * (before + after)).astype(np.float32)


def _adjacent(
    chunks: Sequence[Chunk], here: tuple[int, EmbeddedSpan, Vectors], there: tuple[int, EmbeddedSpan, Vectors]
) -> bool:
    first, second = chunks[here[0]], chunks[there[0]]
    return (first.source, first.page) == (second.source, second.page) and (
        here[0] == there[0] or first.end == second.start
    )


def _signals(
    query: Query,
    cosines: Scores,
    passages: Sequence[Passage],
    evidence: Sequence[Evidence],
    lexical: LexicalIndex,
    terms: QueryTerms,
) -> Signals:
    chunk_terms = [set(lexical.tokens(passage.chunk.embedded().text)) for passage in passages[:5]]
    quotable = [item for item in evidence if item.kind in QUOTABLE][:10]
    return Signals(
        best_cosine=float(cosines.max()),
        mean_cosine=float(np.sort(cosines)[::-1][:5].mean()),
        best_sentence_cosine=max((item.cosine for item in quotable), default=0.0),
        best_coverage=max((item.coverage for item in quotable), default=0.0),
        best_chunk_coverage=max((terms.coverage(held) for held in chunk_terms), default=0.0),
        unknown_names=_unknown_names(query, passages, lexical),
        best_heading_match=max(
            (_heading_match(passage.chunk, lexical, terms) for passage in passages[:5]), default=0.0
        ),
    )


def _heading_match(chunk: Chunk, lexical: LexicalIndex, terms: QueryTerms) -> float:
    held = set(lexical.tokens(chunk.heading_path[-1])) if chunk.heading_path else set()
    asked = set(terms.words).union(*(form for forms in terms.names for form in forms))
    return terms.coverage(held) * len(held & asked) / len(held) if held else 0.0


def _unknown_names(query: Query, passages: Sequence[Passage], lexical: LexicalIndex) -> float:
    """Names that the material never mentions are the plainest sign that it does not answer."""
    question = query.text if query.unexplained is None else query.unexplained
    names = [name for name in names_in(question) if lexical.tokens(name)]  # "I" is a stop word and no name
    unseen = lexical.weight("\x00")
    texts: list[str] = []

    def unknown(name: str) -> bool:
        first = lexical.tokens(name.split()[0])
        if first and all(lexical.weight(term) >= unseen for term in first):
            return True
        if " " not in name:
            return False
        if not texts:
            texts.extend(_in_a_row(lexical.tokens(passage.chunk.embedded().text)) for passage in passages)
        wanted = _in_a_row(lexical.tokens(name))
        return not any(wanted in text for text in texts)

    return sum(map(unknown, names)) / len(names) if names else 0.0


def names_in(question: str) -> list[str]:
    """Runs of capitalized words behind the first word of each sentence; of a question in title case single words only."""
    behind_first = [" ".join(sentence.split()[1:]) for sentence in _SENTENCE_END.split(question)]
    runs = [run for words in behind_first for run in _CAPITALISED.findall(words)]
    words = [word for part in behind_first for word in part.split() if len(word) >= LONG_WORD]
    if sum(word[0].isupper() for word in words) > TITLE_CASE * len(words):
        return [run.split()[0] for run in runs]
    return runs


def _in_a_row(terms: Sequence[str]) -> str:
    return f" {' '.join(terms)} "
