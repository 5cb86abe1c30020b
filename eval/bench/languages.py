"""Questions in other languages than the material's: `python -m eval.bench.languages --home FOLDER --writer WRITER`.

24 cases of the evaluation, drawn at random and translated into nine languages by a person, are asked as they are and as the
writer's model translates them. The answers are quotes both times, so that the translation alone makes the difference; the
same cases in English are the most that can be reached.
"""

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from assistant.session import Session
from assistant.writers.quotes import QuotesWriter
from eval.cases import load_cases
from eval.run import Examiner, open_corpus_index

ASKED = Path(__file__).with_name("languages.jsonl")


def main() -> None:
    """Print how each question was understood, then the share of answers that cite gold for each way to ask."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--writer", default="local", help="local, or a chat model as provider:model")
    arguments = parser.parse_args()
    session = Session(arguments.home)
    writer = session.writers.open(arguments.writer)
    index = open_corpus_index(session, now=datetime.now(UTC))
    examiner = Examiner(session, index, QuotesWriter(index))
    cases = {case.id: case for case in load_cases()}
    cited: dict[str, list[float]] = {"as asked": [], "translated": [], "in English": []}
    for line in ASKED.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        case = cases[row["case"]]
        asked = row["question"]
        put, languages = examiner.assistant.translated(asked, writer)
        for way, question in zip(cited, (asked, put, case.question), strict=True):
            scores = examiner.ask(case.model_copy(update={"question": question})).scores
            cited[way].append(next(one.value or 0.0 for one in scores if one.name == "citations: gold cited"))
        code = languages.question if languages else "as it is"
        sys.stdout.write(f"{code:<8} {asked} -> {put}  {' '.join(str(values[-1]) for values in cited.values())}\n")
        sys.stdout.flush()
    for way, values in cited.items():
        sys.stdout.write(f"{way:<12} gold cited {sum(values) / len(values):.3f}, n={len(values)}\n")


if __name__ == "__main__":
    main()
