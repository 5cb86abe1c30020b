"""A process beside ours that works on one request at a time within bounds of time and memory, and may be lost at any moment.

Both sides write one JSON object a line. What the work prints goes to standard error, so that it is never taken for an answer.
"""

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parents[1]
Message = dict[str, Any]
Reply = Callable[[Message], Message | None]
"""Answers a question of the process on the way; None when the message is the answer that was waited for."""
Ask = Callable[[Message], Message]
"""Asks the process that started this one."""


class TooSlow(Exception):
    """The process took longer than it may, and was stopped."""


class Gone(Exception):
    """The process ended, or wrote something else than JSON."""


class BoundedProcess:
    """Started at the first request, and again after it had to be stopped; safe to share between threads.

    `command` gets the memory bound in MB as its last argument; the module it runs calls `serve`.
    """

    def __init__(self, command: Sequence[str], *, seconds: float, memory_megabytes: int) -> None:
        self._command = [*command, str(memory_megabytes)]
        self._seconds = seconds
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[str | None] = queue.Queue()

    def ask(
        self,
        request: Message,
        reply: Reply = lambda message: None,
        renews: Callable[[Message], bool] = lambda message: False,
    ) -> Message:
        """The answer to a request; raises `TooSlow` or `Gone`, after which the next request starts the process again.

        `renews` tells at which messages on the way the time starts over.
        """
        with self._lock:
            try:
                return self._ask(request, reply, renews)
            except queue.Empty as error:
                self._stop()
                raise TooSlow from error
            except (OSError, ValueError) as error:
                self._stop()
                raise Gone from error

    def close(self) -> None:
        """Stop the process, if it runs."""
        with self._lock:
            self._stop()

    def _ask(self, request: Message, reply: Reply, renews: Callable[[Message], bool]) -> Message:
        process = self._running()
        ends = time.monotonic() + self._seconds
        _send(process.stdin, request)
        while True:
            line = self._lines.get(timeout=max(0.0, ends - time.monotonic()))
            if line is None:
                raise ConnectionError
            message: Message = json.loads(line)
            if renews(message):
                ends = time.monotonic() + self._seconds
            replied = reply(message)
            if replied is None:
                return message
            _send(process.stdin, replied)

    def _running(self) -> "subprocess.Popen[str]":
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._stop()
        path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            env=os.environ | {"PYTHONPATH": path},
        )
        self._process, self._lines = process, queue.Queue()
        assert process.stdout is not None
        threading.Thread(target=_forward, args=(process.stdout, self._lines), daemon=True).start()
        return process

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for stream in (self._process.stdin, self._process.stdout):
                if stream is not None:
                    stream.close()
            self._process = None


def serve(work: Callable[[Message, Ask], Message]) -> None:
    """The other side: answer requests until the process that started this one closes its end."""
    _limit_memory(int(sys.argv[-1]))
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def ask(question: Message) -> Message:
        _send(answers, question)
        replied: Message = json.loads(sys.stdin.readline())
        return replied

    while line := sys.stdin.readline():
        _send(answers, work(json.loads(line), ask))


def for_want_of_memory(error: BaseException | None) -> bool:
    """Whether a lack of memory is behind an error; parsers hide it behind errors of their own."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, MemoryError):
            return True
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return False


def _send(stream: IO[str] | None, message: Message) -> None:
    assert stream is not None
    stream.write(json.dumps(message) + "\n")
    stream.flush()


def _forward(stream: IO[str], lines: "queue.Queue[str | None]") -> None:
    """Lines of the process into a queue, and None when it has ended."""
    try:
        for line in stream:
            lines.put(line)
    except ValueError:  # closed while it was read
        pass
    lines.put(None)


def _limit_memory(megabytes: int) -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    resource.setrlimit(resource.RLIMIT_AS, (megabytes * 1_000_000, megabytes * 1_000_000))
