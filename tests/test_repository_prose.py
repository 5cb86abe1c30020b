"""Docstrings, comments, messages, notes and pages are in natural American English: none of the words of prose.txt."""

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

STAGES = ("ingest", "assistant", "eval", "ui")
PAGES = (
    "*.md",
    "docs/**/*.md",
    "corpus/README.md",
    "corpus/notes/**/*.md",
    "eval/**/README.md",
    ".github/**/*.yml",
    "Makefile",
    "mkdocs.yml",
)
DATA = {
    "assistant/checks/orders.py",  # phrases of hostile documents
    "assistant/checks/wording.py",  # small words of other people's English
    "ingest/lexical.py",  # stop words and British spellings
    "eval/fit/network.py",  # words of other people's questions
    "CHANGELOG.md",  # what was released is not rewritten
}
"""Files whose strings are words to look for, not words of ours."""

EXCUSED = {
    ("CONTRIBUTING.md", "shall"),
    ("CONTRIBUTING.md", "anew"),
    ("CONTRIBUTING.md", "whereof"),
    ("eval/command.py", "wish"),  # a name in the code
    ("corpus/notes/0-general/look-alikes.md", "whoever"),
    ("corpus/notes/0-general/vectors-and-retrieval.md", "by hand"),  # a calculation without a computer
}
"""What is right where it is."""


def words_to_avoid() -> list[tuple[re.Pattern[str], str]]:
    lines = (ROOT / "tests" / "prose.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split(" -> ") for line in lines if line and not line.startswith("#")]
    return [(re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])", re.IGNORECASE), advice) for pattern, advice in pairs]


AVOID = words_to_avoid()


def prose_of(path: Path) -> Iterator[tuple[int, str]]:
    """Lines of prose with their numbers: of Python the comments and strings, of everything else all lines."""
    source = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        yield from enumerate(source.splitlines(), 1)
        return
    kinds = {tokenize.COMMENT, tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        raw = token.type == tokenize.STRING and token.string[:2].lower() in ('r"', "rf", "rb", "fr")
        if token.type in kinds and not raw and " " in token.string:
            yield from enumerate(token.string.splitlines(), token.start[0])


def faults(lines: Iterator[tuple[int, str]], name: str = "") -> Iterator[str]:
    for number, line in lines:
        for pattern, advice in AVOID:
            for found in pattern.finditer(line):
                if (name, found.group().lower()) in EXCUSED:
                    continue
                yield f"line {number}: “{found.group()}”, write: {advice} ({line.strip()[:90]})"


def files() -> list[Path]:
    code = [path for stage in STAGES for path in (ROOT / stage).rglob("*.py")]
    pages = [path for pattern in PAGES for path in ROOT.glob(pattern)]
    return [path for path in [*code, *pages] if path.relative_to(ROOT).as_posix() not in DATA]


def test_prose_avoids_the_words_of_the_list() -> None:
    named = [(path, path.relative_to(ROOT).as_posix()) for path in files()]
    found = [f"{name}, {fault}" for path, name in named for fault in faults(prose_of(path), name)]
    assert not found, "\n".join(["", *found])


@pytest.mark.parametrize(
    "line",
    ["We shall see.", "A neighbour's vector", "Normalisation of scores", "for whoever asks", "told the two apart"],
)
def test_a_word_of_the_list_is_found(line: str) -> None:
    assert len(list(faults(iter([(1, line)])))) == 1


@pytest.mark.parametrize("line", ["marshall", "a wishbone", "whole numbers", "a judgment"])
def test_other_words_are_left_alone(line: str) -> None:
    assert list(faults(iter([(1, line)]))) == []
