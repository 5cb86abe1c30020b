"""Footnotes of a note as data: the official page behind a quote, and the quote without its footnote marks."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from ingest.plain import code_spans

_NAME = r"\[\^([^\[\]\s]+)\]"
_DEFINITION = re.compile(rf"^[ ]{{0,3}}{_NAME}:[ \t]*(.+)$", re.MULTILINE)
_MARK = re.compile(rf"(?<![ \t])[ \t]*{_NAME}(?!:)")
_MARKS_BEHIND = re.compile(rf"(?:\s*{_NAME}(?!:))+")
_MARKS = re.compile(rf"(?<!\s)(?:\s*+{_NAME})++")
_FENCED = re.compile(r"\s{0,20}(```|~~~)")
_LINK = re.compile(r"\[([^\[\]]+)\]\((https://[^\s()]+)\)")
_ADDRESS = re.compile(r"https://[^\s<>)\]\"]+")
_CASED = """
    AI API APIs AutoML BigQuery CPU Colab Dataflow Gemini GKE GPU GPUs IAM JAX Keras Kubeflow LLM MLflow ML PyTorch Ray SDK SQL
    TensorFlow TFX TPU TPUs VM VMs VPC XGBoost
"""
_CASING = {word.lower(): word for word in _CASED.split()} | {"bigqueryml": "BigQuery ML", "paygo": "pay-as-you-go"}
"""Words of addresses that are not written in lower case."""


@dataclass(frozen=True, slots=True)
class OfficialPage:
    """A page of the vendor's documentation, and its title; without a written one the title is read from the address."""

    address: str
    title: str


def official_page(address: str) -> OfficialPage:
    """The page at an address, with the title that the address tells."""
    return OfficialPage(address, title_of(address))


@lru_cache(maxsize=64)
def footnotes(page: str) -> dict[str, OfficialPage]:
    """The footnotes of a page that name an address, by the name of their mark."""
    found = {name: _defined(words) for name, words in _DEFINITION.findall(page)}
    return {name: official for name, official in found.items() if official}


def _defined(words: str) -> OfficialPage | None:
    """`https://…`, `Title: https://…` or `[Title](https://…)`."""
    if link := _LINK.search(words):
        return OfficialPage(link[2], link[1].strip())
    address = _ADDRESS.search(words)
    if address is None:
        return None
    title = words[: address.start()].strip(" \t<(\"'.:,–—-")
    return OfficialPage(address[0], title or title_of(address[0]))


def official_at(page: str, start: int, end: int, hosts: Collection[str]) -> tuple[OfficialPage, ...]:
    """The official pages that the footnotes in a quote, or directly behind it, name; each once, in order.

    A footnote of a learner's own note may lead anywhere: only pages of the vendor's `hosts` count.
    """
    behind = _MARKS_BEHIND.match(page, end)
    marks = _names(page[start:end]) + (_names(behind[0]) if behind else [])
    known = footnotes(page) if marks else {}
    pages = (known[name] for name in marks if name in known)
    return tuple(dict.fromkeys(one for one in pages if is_official(one.address, hosts)))


def is_official(address: str, hosts: Collection[str]) -> bool:
    """Whether an address lies on one of the hosts, or below a path of one, such as `github.com/GoogleCloudPlatform`."""
    parts = urlsplit(address)
    name, path = parts.hostname or "", parts.path
    for known in hosts:
        host, _, folder = known.partition("/")
        if (
            parts.scheme == "https"
            and (name == host or name.endswith(f".{host}"))
            and f"{path}/".startswith(f"/{folder}/" if folder else "/")
        ):
            return True
    return False


def shown(quote: str) -> str:
    """The words of a quote as they are shown and exported: on one line, without footnote marks; code stays as it is."""
    return " ".join((quote if _FENCED.match(quote) else _without_marks(quote)).split())


def without_last_marks(text: str) -> str:
    """A quote without the footnote marks at its end, so that it still stands word for word on its page."""
    if _FENCED.match(text):
        return text
    end = len(text.rstrip())
    last = next((found.start() for found in _MARKS.finditer(text) if found.end() == end), None)
    return text[:last] or text


def title_of(address: str) -> str:
    """A readable title from the last part of an address: `choose-endpoint-type` is "Choose endpoint type"."""
    parts = urlsplit(address)
    last = next((part for part in reversed(parts.path.split("/")) if part), parts.hostname or address)
    words = re.split(r"[-_]+", last.removesuffix(".html").removesuffix(".md"))
    cased = [_CASING.get(word.lower(), word) for word in words if word]
    return " ".join([cased[0][:1].upper() + cased[0][1:], *cased[1:]]) if cased else address


def _names(text: str) -> list[str]:
    return [text[at[0] : at[1]] for at in _mark_spans(text, group=1)]


def _without_marks(text: str) -> str:
    parts, at = [], 0
    for start, end in _mark_spans(text, group=0):
        parts.append(text[at:start])
        at = end
    return "".join([*parts, text[at:]])


def _mark_spans(text: str, *, group: int) -> list[tuple[int, int]]:
    """Where marks stand outside code, in which `[^a-z]` is a pattern."""
    if "[^" not in text:
        return []
    code = [(start, end) for start, end, _ in code_spans(text)]
    marks = [found for found in _MARK.finditer(text) if not any(a <= found.start(1) < b for a, b in code)]
    return [found.span(group) for found in marks]
