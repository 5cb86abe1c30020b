"""Starts Streamlit on the app in a process of its own; knows nothing of what the app does."""

import os
import signal
import subprocess
import sys
from pathlib import Path

APP = Path(__file__).resolve().parent / "app.py"


def launch(home: Path, port: int, headless: bool) -> int:
    """Run the app until it stops or this process is told to, listening on loopback only; returns its exit code."""
    command = [
        sys.executable, "-m", "streamlit", "run", str(APP),
        "--server.port", str(port),
        "--server.address", "localhost",
        "--server.headless", str(headless).lower(),
        "--server.showEmailPrompt", "false",
        "--browser.gatherUsageStats", "false",
        "--logger.hideWelcomeMessage", "true",  # also withholds its in-app advertisement; the command prints the address
        "--server.fileWatcherType", "none",
    ]  # fmt: skip
    process = subprocess.Popen(command, cwd=APP.parent, env=os.environ | {"STUDY_HOME": str(home)})
    signal.signal(signal.SIGTERM, lambda number, frame: process.terminate())
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.wait()
        return 0
