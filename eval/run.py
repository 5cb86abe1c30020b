"""Runs the evaluation over an index of the shipped corpus that no user material can change."""

import hashlib
import importlib.metadata
import platform
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from langchain_core.callbacks import get_usage_metadata_callback

from assistant.answer import Assistant
from assistant.answers import Answer
from assistant.checks.judge import Judge
from assistant.practice.questions import Question
from assistant.search.retrieval import Retriever
from assistant.session import Session
from assistant.syllabus import SHIPPED
from assistant.writers.draft import Writer
from eval.cases import PLANTED, EvalCase, GoldSpan
from eval.practice import score_bank
from eval.scorers import Attempt, Pages, Score, score_case
from ingest.embeddings import Embedder
from ingest.index import Index
from ingest.run import Ingest
from ingest.settings import IndexSettings
from ingest.sources import list_files

Report = Callable[[int, int], None]
"""Cases done, cases in all."""
PACKAGES = ("chromadb", "sentence-transformers", "onnxruntime", "bm25s", "pypdf", "langchain")


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What happened on one case or, with kind `practice`, with one question of the bank."""

    id: str
    kind: str
    question: str
    scores: tuple[Score, ...]
    expect: str = ""
    section: int | None = None
    held_back: bool = False
    gold: tuple[GoldSpan, ...] = ()
    refused: bool = False
    answer: str = ""
    cited: tuple[str, ...] = ()
    writer: str = ""
    probability: float | None = None
    """That the material answers, as retrieval saw it; the refusal curve is drawn from it."""
    seconds: float | None = None
    tokens: int = 0
    """Read and written by a language model."""


@dataclass(frozen=True, slots=True)
class EvaluationRun:
    """All results with the settings that produced them."""

    results: tuple[CaseResult, ...]
    writer: str
    corpus: str
    """SHA-256 over the names and bytes of the corpus files."""
    embedding: str
    versions: dict[str, str]
    started: datetime


def hash_corpus(folders: Sequence[Path] = SHIPPED) -> str:
    """SHA-256 over the names and bytes of what is ingested."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in list_files(folder):
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def open_corpus_index(session: Session, *, now: datetime, planted: bool = False) -> Index:
    """The index of the shipped corpus in the home's `evaluation` folder, brought up to date; with orders planted, another."""
    home = session.home / "evaluation" / ("planted" if planted else "")
    index = Index.open(IndexSettings(), home, session.embedder)
    folders = [*SHIPPED, PLANTED] if planted else SHIPPED
    Ingest(index, session.embedder, session.settings.reading, home).run(folders, now=now)
    return index


class Examiner:
    """Asks cases over one index with one writer."""

    def __init__(self, session: Session, index: Index, writer: Writer, judge: Judge | None = None) -> None:
        retriever = Retriever(index, session.embedder, session.reranker)
        self.assistant = Assistant(retriever, session.syllabus, refuse_below=session.settings.answers.refuse_below)
        self._index = index
        self._pages = Pages(index)
        self._writer = writer
        self._judge = judge

    @property
    def writer(self) -> str:
        """Name of the writer that is examined."""
        return self._writer.name

    def ask(self, case: EvalCase) -> CaseResult:
        """The case's question, after those of its conversation, and the scores of what came back."""
        gold = tuple(self._pages.locate(span) for span in case.gold)
        earlier: list[Answer] = []
        with get_usage_metadata_callback() as usage:
            for question in case.earlier:
                earlier.append(self.assistant.ask(question, self._writer, earlier=earlier))
            answer = self.assistant.ask(case.question, self._writer, earlier=earlier)
        reading = self.assistant.read(answer.understood or case.question)
        scores = score_case(Attempt(case, gold, reading.findings, answer, self._index))
        scores += self._judged(answer)
        return CaseResult(
            id=case.id,
            kind=case.kind,
            question=case.question,
            scores=tuple(scores),
            expect=case.expect.value,
            section=case.section,
            held_back=case.held_back,
            gold=case.gold,
            refused=answer.refused,
            answer=answer.text,
            cited=tuple(f"{one.source} p. {one.page}: {one.quote}" for one in answer.citations),
            writer=answer.writer,
            probability=reading.answered,
            seconds=answer.seconds,
            tokens=sum(one["total_tokens"] for one in usage.usage_metadata.values()),
        )

    def _judged(self, answer: Answer) -> list[Score]:
        """Where a judge was named: the share of sentences it calls supported; reported, never in the gate."""
        if self._judge is None or answer.refused:
            return []
        quotes = {citation.marker: citation.quote for citation in answer.citations}
        verdicts = [
            self._judge.supports(one.text, [quotes[marker] for marker in one.citations]) for one in answer.sentences
        ]
        return [
            Score("judged: faithful", sum(verdicts) / len(verdicts), f"{sum(verdicts)} of {len(verdicts)} sentences")
        ]


def evaluate(
    session: Session,
    cases: Sequence[EvalCase],
    make_writer: Callable[[Index], Writer],
    *,
    now: datetime,
    judge: Judge | None = None,
    report: Report = lambda done, total: None,
) -> EvaluationRun:
    """Ask every case's question and score what comes back, then check the question bank."""
    examiners: dict[bool, Examiner] = {}
    for planted in sorted({case.planted for case in cases}):
        index = open_corpus_index(session, now=now, planted=planted)
        examiners[planted] = Examiner(session, index, make_writer(index), judge)
    results = ask_all(cases, lambda case: examiners[case.planted], report)
    name = next((examiner.writer for examiner in examiners.values()), "")
    practice = bank_results(session.quizzes.bank.questions, session.embedder)
    return describe_run(session, [*results, *practice], name, now)


def ask_all(cases: Sequence[EvalCase], examiner: Callable[[EvalCase], Examiner], report: Report) -> list[CaseResult]:
    """Ask each case by its examiner, in order, and tell how far it is."""
    results = []
    for done, case in enumerate(cases):
        report(done, len(cases))
        results.append(examiner(case).ask(case))
    report(len(cases), len(cases))
    return results


def bank_results(questions: Sequence[Question], embedder: Embedder) -> list[CaseResult]:
    """The scores of questions of the bank, one result a question."""
    return [
        CaseResult(question.id, "practice", question.prompt, tuple(scores), section=question.section)
        for question, scores in score_bank(questions, embedder)
    ]


def describe_run(session: Session, results: Sequence[CaseResult], writer: str, now: datetime) -> EvaluationRun:
    """Results with the settings, versions and corpus they belong to."""
    return EvaluationRun(
        results=tuple(results),
        writer=writer,
        corpus=hash_corpus(),
        embedding=session.embedder.identity,
        versions=_versions() | {"python": platform.python_version()},
        started=now,
    )


def _versions() -> dict[str, str]:
    """The packages that decide what a run gives; those that are not installed are left out."""
    installed: dict[str, str] = {}
    for name in PACKAGES:
        with suppress(importlib.metadata.PackageNotFoundError):
            installed[name] = importlib.metadata.version(name)
    return installed
