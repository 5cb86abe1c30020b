"""Nothing is sent anywhere: the switches of the libraries are set before any of them is imported, in every process."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

PROCESSES = (
    "ui.cli",
    "ui.app",
    "ingest.worker",
    "ingest.embeddings",
    "eval.run",
)
TRACED = ("onnxruntime", "chromadb", "huggingface_hub")
WATCH = """
import builtins, os, sys
real, seen = builtins.__import__, []
def watching(name, *rest, **named):
    if name.split(".")[0] in {traced!r} and name.split(".")[0] not in sys.modules:
        seen.append((name, os.environ.get("ORT_DISABLE_TELEMETRY"), os.environ.get("ANONYMIZED_TELEMETRY")))
    return real(name, *rest, **named)
builtins.__import__ = watching
import importlib.util
source = importlib.util.find_spec({module!r}).origin
compile(open(source).read(), source, "exec")
if {module!r} != "ui.app":
    importlib.import_module({module!r})
else:
    import ingest.settings
import onnxruntime
assert seen, "nothing was imported"
assert all((ort, chroma) == ("1", "False") for _, ort, chroma in seen), seen
"""


@pytest.mark.parametrize("module", PROCESSES)
def test_the_switches_are_set_before_the_libraries_are_imported(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ORT_DISABLE_TELEMETRY", "ANONYMIZED_TELEMETRY"):
        monkeypatch.delenv(name, raising=False)
    code = WATCH.format(traced=TRACED, module=module)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-800:]


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed (Debian: apt-get install strace)")
def test_the_embedding_model_asks_for_no_address(models: Path, tmp_path: Path) -> None:
    """With its switch off, ONNX Runtime looks up its maker's host some seconds after it was loaded."""
    code = (
        "import sys, time; from pathlib import Path; from ingest.embeddings import open_embedder; "
        "open_embedder('all-MiniLM-L6-v2', Path(sys.argv[1])).encode(['works']); time.sleep(8)"
    )
    log = tmp_path / "calls.txt"
    command = ["strace", "-f", "-e", "trace=network,openat", "-o", str(log), sys.executable, "-c", code, str(models)]
    subprocess.run(
        command, cwd=ROOT, check=True, env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}
    )
    calls = log.read_text(errors="replace")
    assert "model.onnx" in calls
    assert "resolv.conf" not in calls
    assert "sin_port=htons(53)" not in calls
