"""Copies of official pages in a folder, found by the addresses that notes cite, and cut into passages."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from assistant.official.details import count_details
from assistant.official.statements import page_of
from ingest.errors import MaterialError

HEAD = 2_000
"""Bytes of a copy in which its address stands."""
_URI = re.compile(r"^(?:uri|url|source|address):\s*[\"']?(https://[^\s\"']+)", re.MULTILINE)
_FRONT = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_LINK = re.compile(r"\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)?\)")
_MARKUP = re.compile(r"<[^<>\n]{1,200}>|[*`\\]|\[\^[^\[\]\s]+\]")
_HEADING = re.compile(r"^#{1,6}\s+(.+)$")
_RULE = re.compile(r"^[\s|:-]*$")
_SENTENCE = re.compile(r"(?<=[.?!])\s+(?=[A-Z(\[\"“])")


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence, item or row of a page, what stands above it, and how often each number, name and date stands in it."""

    text: str
    heading: str
    header: str
    details: Counter[str]


class Copies:
    """Copies of pages below a folder: each names its address in its front matter (`uri:`), or lies at `host/path.md`."""

    def __init__(self, folder: Path) -> None:
        """Raises `MaterialError` when the folder holds no copy."""
        if not folder.is_dir():
            raise MaterialError(f"{folder} is no folder. Give the folder with the copies of the official pages.")
        self._paths: dict[str, Path] = {}
        for path in sorted(folder.rglob("*.md")):
            self._paths[_address_of(path, folder)] = path
        if not self._paths:
            raise MaterialError(
                f"{folder} holds no copies. They are Markdown files whose front matter names their `uri`."
            )

    def __contains__(self, address: str) -> bool:
        return address in self._paths

    def __len__(self) -> int:
        return len(self._paths)

    def text(self, address: str) -> str:
        """The text of a page."""
        return self._paths[address].read_text(encoding="utf-8", errors="replace")


def _address_of(path: Path, folder: Path) -> str:
    with path.open("rb") as file:
        head = file.read(HEAD).decode("utf-8", errors="replace")
    if named := _URI.search(head):
        return page_of(named[1])
    return f"https://{path.relative_to(folder).with_suffix('').as_posix()}"


def passages_of(text: str, wanted: frozenset[str]) -> Iterator[Passage]:
    """The passages of a page that carry a detail that is wanted, in order; addresses of links and markup count for nothing."""
    heading = header = ""
    for line in _LINK.sub("]", _FRONT.sub("", text)).splitlines():
        words = _MARKUP.sub("", line).replace("[", "").replace("]", "").strip()
        title = _HEADING.match(words)
        if not words or _RULE.match(words):
            header = header if words else ""
            continue
        if title:
            heading, header = title[1], ""
        is_row = words.startswith("|")
        for sentence in [words] if is_row or title else _SENTENCE.split(words):
            if details := count_details(sentence, wanted):
                yield Passage(sentence, "" if title else heading, header if is_row else "", details)
        header = header or words if is_row else ""
