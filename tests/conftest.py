"""Fixtures: a real embedding model exported once, homes in temporary folders, and the shipped corpus ingested once."""

import ast
import hashlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
import sqlalchemy as sa
from filelock import FileLock

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ["HF_HUB_OFFLINE"] = "1"

from assistant.session import Session
from ingest.embeddings import Embedder, open_embedder
from ingest.settings import DEFAULT_EMBEDDING

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"


CACHE = os.environ.get("STUDY_TEST_CACHE")
"""A folder that keeps the exported model and the ingested corpus between runs of the tests; each run uses a copy."""


SLOWEST = (
    "eval_gate",
    "ui_browser",
    "ui_app",
    "ui_cli_practice",
    "ui_mcp",
    "assistant_answer",
    "ui_no_room",
    "ui_secrets",
)
"""Files of tests that begin first, so that two processes end together."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slowest files first."""
    places = {f"test_{name}": place for place, name in enumerate(SLOWEST)}
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the exported model and the ingested corpus are kept, made by the first process of a run that needs them."""
    base = tmp_path_factory.getbasetemp()
    folder = Path(CACHE) if CACHE else (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "kept"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def models(kept: Path) -> Path:
    with FileLock(kept / "models.lock"):
        open_embedder(DEFAULT_EMBEDDING, kept / "models")
    return kept / "models"


@cache
def corpus_hash() -> str:
    """Changes with the shipped material and with the code that reads it, not with comments, docstrings and layout."""
    digest = hashlib.sha256()
    for path in sorted([*(ROOT / "ingest").rglob("*.py"), *(ROOT / "corpus").rglob("*.*")]):
        if path.is_file() and "__pycache__" not in path.parts and "questions" not in path.parts:
            content = code_of(path) if path.suffix == ".py" else path.read_bytes()
            digest.update(path.relative_to(ROOT).as_posix().encode() + content)
    return digest.hexdigest()[:16]


def code_of(path: Path) -> bytes:
    """What a module does, without its comments and the strings that only describe it."""
    tree = ast.parse(path.read_bytes())
    for node in ast.walk(tree):
        if isinstance(body := getattr(node, "body", None), list):
            kept = [one for one in body if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))]
            node.body = kept or [ast.Pass()]  # type: ignore[attr-defined]
    return ast.dump(tree).encode()


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


@pytest.fixture(scope="module")
def corpus_home(tmp_path_factory: pytest.TempPathFactory, kept: Path, models: Path) -> Path:
    """A home with the shipped material, for the tests of one file: what they change there meets no others."""
    good = kept / corpus_hash()
    with FileLock(kept / "corpus.lock"):
        if not (good / "made").exists():
            Session(make_home(good, models)).library.add([], now=NOW, report=lambda progress: None)
            (good / "made").touch()
    home = copy_of_home(good, tmp_path_factory.mktemp("corpus") / "home")
    # The evaluation has indexes of the same material in folders of its own, which need not be made again.
    for folder in ("evaluation", "evaluation/planted"):
        shutil.copytree(home / "index", home / folder / "index")
    return home


def copy_of_home(good: Path, path: Path) -> Path:
    """A home with the index and the models of another, and nothing of a learner's."""
    shutil.copytree(good / "index", path / "index")
    return make_home(path, good / "models")


@pytest.fixture(scope="module")
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


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a PostgreSQL server of our own, without a database; skips where the programs are not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [Path(shutil.which("initdb") or "")]
    if not found[-1].is_file():
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    # The server refuses to run as root; Debian's package brings a user for it.
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        if as_user:
            shutil.chown(folder, "postgres")
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        quiet = {"check": True, "cwd": folder, "stdout": subprocess.DEVNULL}
        data = f"{folder}/data"
        subprocess.run([*as_user, found[-1], "-D", data, "-U", "study", "--auth=trust", "--no-sync"], **quiet)
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
        control = [*as_user, found[-1].with_name("pg_ctl"), "-D", data, "-w"]
        subprocess.run([*control, "-l", f"{folder}/log", "-o", options, "start"], **quiet)
        try:
            yield f"postgresql+psycopg://study@127.0.0.1:{port}"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], **quiet)


@pytest.fixture(params=["sqlite", "postgresql"])
def progress_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty progress database, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'progress.sqlite3'}"
    server = request.getfixturevalue("postgresql")
    name = f"study_{uuid.uuid4().hex}"
    with sa.create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT").connect() as database:
        database.execute(sa.text(f"CREATE DATABASE {name}"))
    return f"{server}/{name}"


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


def make_apkg(path: Path, notes: list[tuple[str, str]], deck: str = "Study") -> Path:
    """An Anki package with one basic note a pair of question and answer."""
    import genanki

    made = genanki.Deck(2059400110, deck)
    for question, answer in notes:
        made.add_note(genanki.Note(model=genanki.BASIC_MODEL, fields=[question, answer]))
    genanki.Package(made).write_to_file(str(path))
    return path
