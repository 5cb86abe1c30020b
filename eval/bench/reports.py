"""Right page for questions on reports with many tables: `python -m eval.bench.reports FOLDER --home FOLDER [--langchain]`.

The folder holds PDFs and `questions.jsonl`, a question a line with the file it is about and the pages that settle it, counted
from 1: `{"question": "…", "source": "acme.pdf", "pages": [48, 50]}`. All files go into one library, which is kept in the home for
the next run. Two numbers count: whether the first passage, or one of the first five, stands on a right page of the right
file, over the whole library and within the named file alone. `--langchain` measures the path of LangChain's tutorials beside it
(pypdf, RecursiveCharacterTextSplitter 1000/200, the same embedding).
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from assistant.answer import understand
from assistant.session import Session

FIRST = 5
Place = tuple[str, int]
"""File name and page, counted from 1."""
Find = Callable[[str, str | None], Sequence[Place]]
"""Places of the best passages for a question, best first, within one file where it is named."""


@dataclass(frozen=True, slots=True)
class PageQuestion:
    """A question, the file it is about, and the pages of it that settle the question."""

    question: str
    source: str
    pages: tuple[int, ...]


def read_questions(path: Path) -> list[PageQuestion]:
    """The questions of a folder's `questions.jsonl`."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [PageQuestion(row["question"], row["source"], tuple(row["pages"])) for row in rows]


def measure(questions: Sequence[PageQuestion], find: Find) -> dict[str, float]:
    """Share of questions whose right page is the first, or among the first five, in the library and in the named file."""
    scores = dict.fromkeys(("first", "in five", "first, file named", "in five, file named"), 0.0)
    for one in questions:
        right = {(one.source, page) for page in one.pages}
        for suffix, named in (("", None), (", file named", one.source)):
            places = list(find(one.question, named))[:FIRST]
            scores[f"first{suffix}"] += bool(places and places[0] in right) / len(questions)
            scores[f"in five{suffix}"] += bool(right & set(places)) / len(questions)
    return scores


def ours(folder: Path, home: Path) -> Find:
    """Search of a library that holds the folder; what a home holds already is not read again."""
    session = Session(home)
    started = time.monotonic()
    result = session.library.add([folder], now=datetime.now(UTC), report=lambda progress: None)
    pages = sum(record.pages for record in session.index.records())
    sys.stdout.write(f"{pages} pages, {session.index.count()} chunks, {time.monotonic() - started:.0f} s\n")
    for note in result.notes:
        sys.stdout.write(f"note: {note.name}: {note.text}\n")

    def find(question: str, named: str | None) -> list[Place]:
        def belongs(source: str, heading: str) -> bool:
            return named is None or Path(source).name == named

        query = understand(question, session.syllabus)
        found = session.retriever.search(query, k=FIRST, belongs=belongs if named else None)
        return [(Path(passage.chunk.source).name, passage.chunk.page) for passage in found]

    return find


def langchain(folder: Path, home: Path) -> Find:
    """The same with LangChain's usual path and our embedding model, kept in memory."""
    import numpy as np
    from langchain_text_splitters import RecursiveCharacterTextSplitter
    from pypdf import PdfReader

    embedder = Session(home).embedder
    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
    places: list[Place] = []
    texts: list[str] = []
    for path in sorted(folder.glob("*.pdf")):
        for number, page in enumerate(PdfReader(path).pages, start=1):
            parts = splitter.split_text(page.extract_text())
            texts += parts
            places += [(path.name, number)] * len(parts)
    vectors = embedder.encode(texts)

    def find(question: str, named: str | None) -> list[Place]:
        cosines = vectors @ embedder.encode([question])[0]
        ranked = [places[at] for at in np.argsort(-cosines) if named is None or places[at][0] == named]
        return ranked[:FIRST]

    return find


def main() -> None:
    """Print one line a way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--langchain", action="store_true")
    arguments = parser.parse_args()
    questions = read_questions(arguments.folder / "questions.jsonl")
    ways: dict[str, Callable[[Path, Path], Find]] = {"ours": ours}
    if arguments.langchain:
        ways["langchain"] = langchain
    for name, way in ways.items():
        scores = measure(questions, way(arguments.folder, arguments.home))
        told = "  ".join(f"{key} {value:.2f}" for key, value in scores.items())
        sys.stdout.write(f"{name:<10} n={len(questions)}  {told}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
