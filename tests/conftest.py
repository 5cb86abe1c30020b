"""Fixtures: a real embedding model exported once, homes in temporary folders, and the shipped corpus ingested once."""

import os
import shutil
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
