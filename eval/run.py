"""Runs the evaluation over an index of the shipped corpus that no user material can change."""

import hashlib
import importlib.metadata
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from assistant.answer import Assistant
from assistant.retrieval import Retriever
from assistant.session import Session
from assistant.syllabus import SHIPPED
from assistant.writers import Writer
from eval.cases import EvalCase
from eval.scorers import Score, score_case
from ingest.index import Index
from ingest.run import Ingest
from ingest.settings import IndexSettings
from ingest.sources import list_files

Report = Callable[[int, int], None]
"""Cases done, cases in all."""
PACKAGES = ("chromadb", "sentence-transformers", "onnxruntime", "bm25s", "pypdf", "langchain")


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What happened on one case."""

    case: EvalCase
    scores: tuple[Score, ...]
    refused: bool
    answer: str
    cited: tuple[str, ...]
    seconds: float


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


def open_corpus_index(session: Session, *, now: datetime) -> Index:
    """The index of the shipped corpus in the home's `evaluation` folder, brought up to date."""
    home = session.home / "evaluation"
    index = Index.open(IndexSettings(), home, session.embedder)
    Ingest(index, session.embedder, session.settings.reading, home).run(SHIPPED, now=now)
    return index


def evaluate(
    session: Session,
    cases: Sequence[EvalCase],
    make_writer: Callable[[Index], Writer],
    *,
    now: datetime,
    report: Report = lambda done, total: None,
) -> EvaluationRun:
    """Ask every case's question and score what comes back."""
    index = open_corpus_index(session, now=now)
    retriever = Retriever(index, session.embedder, session.reranker)
    assistant = Assistant(retriever, session.syllabus, refuse_below=session.settings.answers.refuse_below)
    writer = make_writer(index)
    results = []
    for done, case in enumerate(cases):
        report(done, len(cases))
        findings = assistant.find(case.question)
        answer = assistant.ask(case.question, writer)
        scores = tuple(score_case(case, findings, answer, index))
        cited = tuple(f"{citation.source} p. {citation.page}: {citation.quote}" for citation in answer.citations)
        results.append(CaseResult(case, scores, answer.refused, answer.text, cited, answer.seconds))
    report(len(cases), len(cases))
    return EvaluationRun(
        results=tuple(results),
        writer=writer.name,
        corpus=hash_corpus(),
        embedding=session.embedder.identity,
        versions={name: importlib.metadata.version(name) for name in PACKAGES} | {"python": platform.python_version()},
        started=now,
    )
