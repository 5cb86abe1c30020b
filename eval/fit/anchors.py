"""Records what copies of official pages carry today of the statements that cite them: `python -m eval.fit.anchors FOLDER`.

To be run when the notes or the questions have been checked against these copies; `study doctor --corpus --against` compares
newer copies with the record. It holds counts and hashes, no words of the pages.
"""

import json
import sys
from pathlib import Path

from assistant.official.compare import ANCHORS, Comparer
from assistant.official.copies import Copies
from assistant.official.statements import shipped_statements
from assistant.practice.bank import load_bank
from assistant.syllabus import load_syllabus


def main(folder: Path, path: Path = ANCHORS) -> int:
    """Write the record; returns for how many pairs of a statement and a page."""
    syllabus = load_syllabus()
    comparer = Comparer(shipped_statements(syllabus, load_bank(syllabus).questions))
    anchors = comparer.anchors(Copies(folder))
    rows = (f"{json.dumps(key)}:{json.dumps(held, separators=(',', ':'))}" for key, held in anchors.items())
    path.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")
    return len(anchors)


if __name__ == "__main__":
    sys.stdout.write(f"{main(Path(sys.argv[1]))} statements recorded in {ANCHORS}\n")
