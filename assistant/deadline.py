"""Sets a time limit for anything that arrives piece by piece, even from a silent source; does not look at the pieces."""

import queue
import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing
from typing import TypeVar

Part = TypeVar("Part")


def reply_in_time(ask: Callable[[], Part], seconds: float) -> Part:
    """What `ask` gives; raises `TimeoutError` when it takes longer than `seconds`, and what `ask` raises."""
    (reply,) = in_time((ask() for _ in range(1)), seconds)
    return reply


def in_time(parts: Generator[Part], seconds: float) -> Generator[Part]:
    """The parts as they come; raises `TimeoutError` when they take longer than `seconds` in all, and what `parts` raises.

    A thread of its own waits for them, so that a silent provider holds nobody up. After the end of this generator, early or
    late, `parts` is closed as soon as it gives another part.
    """
    heard: queue.SimpleQueue[tuple[list[Part], Exception | None]] = queue.SimpleQueue()
    unwanted = threading.Event()

    def listen() -> None:
        try:
            with closing(parts):
                for part in parts:
                    heard.put(([part], None))
                    if unwanted.is_set():
                        return
            heard.put(([], None))
        except Exception as error:  # raised again where somebody waits
            heard.put(([], error))

    deadline = time.monotonic() + seconds
    threading.Thread(target=listen, daemon=True).start()
    try:
        while True:
            if (left := deadline - time.monotonic()) <= 0:
                raise TimeoutError
            try:
                came, error = heard.get(timeout=left)
            except queue.Empty:
                raise TimeoutError from None
            if error is not None:
                raise error
            if not came:
                return
            yield came[0]
    finally:
        unwanted.set()
