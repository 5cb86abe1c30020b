"""Measures answers in conversation on MTRAG-UN: `python -m eval.bench.mtrag --data FOLDER --home FOLDER [--out FILE]`.

One library for each collection, of all its reference passages; each conversation's last question is asked after the questions
before it, three at most. Reported: how many of the answerable are answered and cite a reference passage, how many of the
unanswerable are refused, how many of the underspecified are asked back, and how many of the answerable are asked back by mistake.
The data: Katsis et al. 2025, "MTRAG", and its unanswerable half; never part of what the reader was fitted on.
"""

import argparse
import ast
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assistant.answers import Answer
from assistant.session import Session

EARLIER = 3
"""Questions of a conversation that are asked before its last."""
ASKED_BACK, ANSWERED, REFUSED = "asked back", "answered", "refused"


@dataclass(frozen=True, slots=True)
class Turn:
    """The last question of a conversation, those before it, and the sources that its reference answer rests on."""

    collection: str
    kind: str
    earlier: tuple[str, ...]
    question: str
    gold: frozenset[str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a turn; `cited` says whether a reference passage was cited."""

    turn: Turn
    what: str
    cited: bool


def load_turns(path: Path) -> tuple[list[Turn], dict[str, dict[str, str]]]:
    """The turns, and for each collection its passages by name."""
    turns: list[Turn] = []
    passages: dict[str, dict[str, str]] = defaultdict(dict)
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        asked = [message["text"] for message in row["input"] if message["speaker"] == "user"]
        for passage in row["contexts"]:
            passages[row["Collection"]][file_name(passage)] = passage["text"]
        turns.append(
            Turn(
                row["Collection"],
                kind_of(row["answerability"]),
                tuple(asked[:-1][-EARLIER:]),
                asked[-1],
                frozenset(map(file_name, row["contexts"])),
            )
        )
    return turns, dict(passages)


def kind_of(written: Any) -> str:
    """`answerable`, `partial`, `unanswerable` or `underspecified`."""
    return str((ast.literal_eval(written) if isinstance(written, str) else written)[0]).lower()


def file_name(passage: dict[str, str]) -> str:
    """The name under which a passage is in the library."""
    safe = "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in passage["document_id"])
    return f"{safe}.md"


def ask_all(turns: Sequence[Turn], passages: dict[str, dict[str, str]], home: Path) -> Iterable[Outcome]:
    """Each turn asked over the library of its collection."""
    for collection, held in sorted(passages.items()):
        folder = home / collection / "passages"
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in held.items():
            (folder / name).write_text(text, encoding="utf-8")
        session = Session(home / collection / "home")
        session.library.add([folder], now=datetime.now(UTC), report=lambda progress: None)
        writer = session.writers.open("quotes")
        for turn in turns:
            if turn.collection == collection:
                earlier: list[Answer] = []
                for question in turn.earlier:
                    earlier.append(session.assistant.ask(question, writer, earlier=earlier[-1:]))
                yield outcome(turn, session.assistant.ask(turn.question, writer, earlier=earlier[-1:]))


def outcome(turn: Turn, answer: Answer) -> Outcome:
    """What an answer comes to."""
    cited = any(one.chunk.source.split("/")[-1] in turn.gold for one in answer.citations)
    return Outcome(turn, ASKED_BACK if answer.readings else REFUSED if answer.refused else ANSWERED, cited)


def shares(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """The five shares, each between 0 and 1."""
    of = {kind: [one for one in outcomes if one.turn.kind == kind] for kind in {one.turn.kind for one in outcomes}}

    def share(kind: str, what: str) -> float:
        return round(sum(one.what == what for one in of[kind]) / max(1, len(of[kind])), 3)

    answerable = of["answerable"]
    return {
        "answerable: answered": share("answerable", ANSWERED),
        "answerable: reference cited": round(sum(one.cited for one in answerable) / max(1, len(answerable)), 3),
        "answerable: asked back": share("answerable", ASKED_BACK),
        "unanswerable: refused": share("unanswerable", REFUSED),
        "unanswerable: asked back": share("unanswerable", ASKED_BACK),
        "underspecified: asked back": share("underspecified", ASKED_BACK),
        "underspecified: answered": share("underspecified", ANSWERED),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Ask, and print the shares as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with dev.jsonl")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--out", type=Path, help="file for each turn's outcome, one JSON object a line")
    wish = parser.parse_args(arguments)
    turns, passages = load_turns(wish.data / "dev.jsonl")
    outcomes = list(ask_all(turns, passages, wish.home))
    if wish.out:
        rows = [{"kind": one.turn.kind, "question": one.turn.question, "what": one.what} for one in outcomes]
        wish.out.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    sys.stdout.write(json.dumps(shares(outcomes), indent=1) + "\n")


if __name__ == "__main__":
    main()
