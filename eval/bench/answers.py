"""Answers of the peers and ours, side by side, with one local model: `python -m eval.bench.answers --home F --peers PYTHON`.

Every system reads the pages of the shipped corpus and answers a sample of our cases; all models are the same server. What is
compared is what all of them give: key facts in the answer, whether a gold span was among what the model read, whether what the
answer cites holds one, whether it said that it does not know, and seconds. Ours checks its citations word for word; the peers
cite chunks (LlamaIndex) or nothing (LangChain's and Haystack's defaults), which is named and not scored.
"""

import argparse
import json
import random
import re
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from assistant.session import Session
from assistant.writers.quotes import QuotesWriter
from eval.bench.side_by_side import HERE, run_peer, write_pages
from eval.cases import EvalCase, Expectation, load_cases
from eval.run import Examiner, open_corpus_index
from eval.scorers import missing_facts

RESULTS = HERE / "peers" / "answers.json"
PEERS = ("langchain", "llamaindex", "haystack")
SEED = 3
_DOES_NOT_KNOW = re.compile(
    r"(do(es)? not|don't|doesn't|cannot|can't|unable to) (know|contain|provide|mention|specify|answer|include|have|find)|"
    r"no (information|mention|relevant)|not (mentioned|provided|specified|available|found|contain)|empty response",
    re.IGNORECASE,
)


def draw(answerable: int, others: int) -> list[EvalCase]:
    """A sample of the held-back half, same at every call."""
    plain = [case for case in load_cases() if case.held_back and not (case.earlier or case.planted)]
    chance = random.Random(SEED)
    good = [case for case in plain if case.expect is Expectation.ANSWER and case.facts]
    rest = [case for case in plain if case.kind in ("off-topic", "near-topic")]
    return chance.sample(good, answerable) + chance.sample(rest, others)


def holds_gold(case: EvalCase, texts: Sequence[str]) -> bool:
    """Whether one of some texts holds a gold span, white space aside."""
    bare = ["".join(text.split()) for text in texts]
    return any("".join(span.quote.split()) in text for span in case.gold for text in bare)


def peer_row(case: EvalCase, result: dict[str, Any], seconds: float) -> dict[str, Any]:
    """The scores of one answer of a peer."""
    answer, found = result["answer"], [one["text"] for one in result["found"]]
    cited = result["cited"]
    chosen = [found[marker - 1] for marker in cited or [] if 1 <= marker <= len(found)]
    return {
        "id": case.id,
        "seconds": seconds,
        "facts": _facts(case, answer),
        "read gold": holds_gold(case, found) if case.gold else None,
        "cited gold": None if cited is None or not case.gold else holds_gold(case, chosen),
        "refused": bool(_DOES_NOT_KNOW.search(answer)),
        "answer": answer,
    }


def our_row(case: EvalCase, examiner: Examiner) -> dict[str, Any]:
    """The same scores of one answer of ours."""
    result = examiner.ask(case)
    scores = {score.name: score.value for score in result.scores}
    return {
        "id": case.id,
        "seconds": result.seconds,
        "facts": _facts(case, result.answer),
        "read gold": scores["retrieval: span recall"] == 1.0 if case.gold else None,
        "cited gold": bool(scores["citations: gold cited"]) if case.gold else None,
        "refused": result.refused,
        "answer": result.answer,
    }


def _facts(case: EvalCase, answer: str) -> float | None:
    if not case.facts:
        return None
    return 1 - len(missing_facts(case.facts, answer)) / len(case.facts)


def summary(cases: Sequence[EvalCase], rows: Sequence[dict[str, Any]]) -> dict[str, float | None]:
    """Means over the answerable and the other cases; None where a system does not do such a thing."""
    good = [row for case, row in zip(cases, rows, strict=True) if case.expect is Expectation.ANSWER]
    rest = [row for case, row in zip(cases, rows, strict=True) if case.expect is Expectation.REFUSE]

    def mean(name: str, of: Sequence[dict[str, Any]]) -> float | None:
        values = [row[name] for row in of if row[name] is not None]
        return float(np.mean(values)) if values else None

    return {
        "key facts": mean("facts", good),
        "read gold": mean("read gold", good),
        "cited gold": mean("cited gold", good),
        "answered": None if not good else 1 - float(np.mean([row["refused"] for row in good])),
        "refused": mean("refused", rest),
        "seconds": mean("seconds", [*good, *rest]),
    }


def main() -> None:
    """Ask all systems, print a table and keep it with every answer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--peers", type=Path, required=True, help="Python of the peers' environment")
    parser.add_argument("--answerable", type=int, default=10)
    parser.add_argument("--others", type=int, default=4)
    arguments = parser.parse_args()
    session = Session(arguments.home)
    index = open_corpus_index(session, now=datetime.now(UTC))
    cases = draw(arguments.answerable, arguments.others)
    model: Any = session.writers.chat_model("local")
    table: dict[str, Any] = {}

    def keep(name: str, rows: list[dict[str, Any]]) -> None:
        table[name] = {"summary": summary(cases, rows), "answers": rows}
        said = "  ".join(
            f"{score} {'none' if value is None else format(value, '.2f')}"
            for score, value in table[name]["summary"].items()
        )
        sys.stdout.write(f"{name:<20} {said}\n")
        sys.stdout.flush()
        kept = {"measured": datetime.now(UTC).isoformat(timespec="seconds"), "cases": len(cases), "systems": table}
        RESULTS.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    for writer in (QuotesWriter(index), session.writers.open("local")):
        examiner = Examiner(session, index, writer)
        keep(f"groundwork {writer.name}", [our_row(case, examiner) for case in cases])
    with tempfile.TemporaryDirectory() as scratch:
        write_pages(index, Path(scratch) / "pages")
        job = {
            "folder": str(Path(scratch) / "pages"),
            "queries": [case.question for case in cases],
            "model_url": model.openai_api_base,
        }
        for peer in PEERS:
            out = run_peer(arguments.peers, peer, job, Path(scratch))
            rows = [
                peer_row(case, one["result"], one["seconds"]) for case, one in zip(cases, out["results"], strict=True)
            ]
            keep(peer, rows)


if __name__ == "__main__":
    main()
