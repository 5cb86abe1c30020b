"""Reads files in a process of its own, so that a parser that hangs, crashes or eats memory takes nothing else down.

The parent starts `python -m ingest.worker`, writes one request a line (JSON: path) and reads one answer a line (JSON: pages or
the sentence that says what is wrong). Standard output of the parsers goes to standard error.
"""

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from ingest.errors import MaterialError

RawPages = list[tuple[str, str]]
"""(text, printed label) of each page."""
ROOT = Path(__file__).resolve().parents[1]


class ParserProcess:
    """A worker that is started at the first file and started anew after it had to be stopped; use it as a context.

    `command` starts the worker; it gets the memory bound in MB as its last argument.
    """

    def __init__(
        self, *, seconds: float, memory_megabytes: int, command: Sequence[str] = (sys.executable, "-m", "ingest.worker")
    ) -> None:
        self._command = command
        self._seconds = seconds
        self._memory = memory_megabytes
        self._process: subprocess.Popen[str] | None = None
        self._answers: queue.Queue[str | None] = queue.Queue()

    def __enter__(self) -> "ParserProcess":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, path: Path) -> RawPages:
        """A file's pages; raises `MaterialError` when it cannot be read, takes too long, or stops the worker."""
        process = self._running()
        try:
            assert process.stdin is not None
            process.stdin.write(json.dumps({"path": str(path)}) + "\n")
            process.stdin.flush()
            line = self._answers.get(timeout=self._seconds)
        except queue.Empty as error:
            self.close()
            raise MaterialError(
                f"{path.name} took longer than {self._seconds:.0f} s to read and was left out. Split it, or raise [reading] "
                "max_seconds."
            ) from error
        except OSError:
            line = None
        if line is None:
            self.close()
            raise MaterialError(
                f"{path.name} stopped its reader, it may be damaged or need more than {self._memory} MB of memory. Repair or "
                "split it, or raise [reading] max_memory_megabytes."
            )
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise MaterialError(answer["error"])
        return [(text, label) for text, label in answer["pages"]]

    def close(self) -> None:
        """Stop the worker, if it runs."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for stream in (self._process.stdin, self._process.stdout):
                if stream is not None:
                    stream.close()
            self._process = None

    def _running(self) -> "subprocess.Popen[str]":
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.close()
        path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        process = subprocess.Popen(
            [*self._command, str(self._memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            env=os.environ | {"PYTHONPATH": path},
        )
        self._process = process
        self._answers = queue.Queue()
        assert process.stdout is not None
        threading.Thread(target=_forward, args=(process.stdout, self._answers), daemon=True).start()
        return process


def _forward(stream: IO[str], answers: "queue.Queue[str | None]") -> None:
    """Lines of a worker into a queue, and None when it has ended."""
    try:
        for line in stream:
            answers.put(line)
    except ValueError:  # closed while it was read
        pass
    answers.put(None)


def _limit_memory(megabytes: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    resource.setrlimit(resource.RLIMIT_AS, (megabytes * 1_000_000, megabytes * 1_000_000))


def main() -> None:
    """The worker: answer requests until the parent closes its end."""
    from ingest.pages import READERS

    _limit_memory(int(sys.argv[1]))
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for line in sys.stdin:
        path = Path(json.loads(line)["path"])
        try:
            answer: dict[str, Any] = {"pages": READERS[path.suffix.lower()](path)}
        except MaterialError as error:
            answer = {"error": str(error)}
        except Exception as error:  # the outermost edge of this process: parsers raise kinds of their own
            answer = {"error": f"{path.name} cannot be read, it may be damaged ({type(error).__name__}: {error})."}
        answers.write(json.dumps(answer).replace("\n", " ") + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
