"""Starts Streamlit on the app in a process of its own (`python -m ui.launch`); knows nothing of what the app does."""

import importlib.util
import os
import signal
import subprocess
import sys
from pathlib import Path

from ingest.errors import AppUnavailable

APP = Path(__file__).resolve().parent / "app.py"
LOOPBACK = "127.0.0.1"


def require_streamlit() -> None:
    """Raises `AppUnavailable` when the extra that brings Streamlit is not installed."""
    if not importlib.util.find_spec("streamlit"):
        raise AppUnavailable(
            'The app in the browser is not installed. Install it with: pip install "groundwork-study[app]", or run it once '
            'with: uvx --from "groundwork-study[app]" study ui. Every other command works without it.'
        )


def launch(home: Path, port: int, headless: bool, *, host: str = "localhost", sign_in: str = "") -> int:
    """Run the app until it stops or this process is told to; returns its exit code.

    `host` is where it listens; `sign_in` names the environment variable that makes the app ask who is there, if it is to.
    """
    command = [
        sys.executable, "-P", "-m", "ui.launch", "run", str(APP),
        "--server.port", str(port),
        "--server.address", host,
        "--server.headless", str(headless).lower(),
        "--server.showEmailPrompt", "false",
        "--browser.gatherUsageStats", "false",
        "--logger.hideWelcomeMessage", "true",  # also withholds its in-app advertisement; the command prints the address
        "--server.fileWatcherType", "none",
    ]  # fmt: skip
    root = str(APP.parents[1])
    paths = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    environment = os.environ | {"STUDY_HOME": str(home), "PYTHONPATH": paths} | ({sign_in: "1"} if sign_in else {})
    process = subprocess.Popen(command, cwd=APP.parent, env=environment)
    signal.signal(signal.SIGTERM, lambda number, frame: process.terminate())
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.wait()
        return 0


def main() -> None:
    """Streamlit's own command, which asks a host on the internet for this machine's address when a foreign page calls it.

    The answer is only used to compare origins, so this machine's own address does as well.
    """
    from streamlit import net_util
    from streamlit.web.cli import main as streamlit

    net_util._external_ip = LOOPBACK
    streamlit()


if __name__ == "__main__":
    main()
