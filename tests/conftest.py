"""Fixtures: a real embedding model exported once, homes in temporary folders, and the shipped corpus ingested once."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ["HF_HUB_OFFLINE"] = "1"

from assistant.session import Session
from ingest.embeddings import Embedder, open_embedder
from ingest.settings import DEFAULT_EMBEDDING

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    open_embedder(DEFAULT_EMBEDDING, folder)
    return folder


@pytest.fixture(scope="session")
def embedder(models: Path) -> Embedder:
    return open_embedder(DEFAULT_EMBEDDING, models)


def make_home(path: Path, models: Path) -> Path:
    """A home that already has the exported model."""
    path.mkdir(parents=True, exist_ok=True)
    shutil.copytree(models, path / "models", copy_function=os.link, dirs_exist_ok=True)
    return path


@pytest.fixture
def home(tmp_path: Path, models: Path) -> Path:
    return make_home(tmp_path / "home", models)


@pytest.fixture(scope="session")
def corpus_home(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Path:
    home = make_home(tmp_path_factory.mktemp("corpus"), models)
    Session(home).add_material([], now=NOW, report=lambda progress: None)
    return home


@pytest.fixture(scope="session")
def corpus(corpus_home: Path) -> Session:
    return Session(corpus_home)


@pytest.fixture(scope="session")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    folder = tmp_path_factory.mktemp("server")
    chroma = Path(sys.executable).with_name("chroma")
    command = [str(chroma), "run", "--path", str(folder), "--port", str(port), "--host", "127.0.0.1"]
    log = (folder / "log.txt").open("w")
    process = subprocess.Popen(
        command, cwd=folder, stdout=log, stderr=log, env=os.environ | {"ANONYMIZED_TELEMETRY": "False"}
    )
    try:
        for _ in range(120):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.25)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)
        log.close()


def make_pdf(path: Path, pages: list[list[str]]) -> Path:
    """A PDF with one list of lines a page."""
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(path), pagesize=A4, invariant=1)
    for lines in pages:
        for number, line in enumerate(lines):
            canvas.drawString(72, 770 - 16 * number, line)
        canvas.showPage()
    canvas.save()
    return path
