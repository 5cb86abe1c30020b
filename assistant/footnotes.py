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
    A2A ADK AI API APIs AutoML BigQuery CD CI CMEK CPU Colab DB Dataflow DWS GCP Gemini Gemma GKE GLM GPT GPU GPUs GitHub Google
    IAM Imagen JAX Keras KFP Kubeflow LiteRT Llama LLM LoRA MLflow ML MLOps NFS NLP NMT NVIDIA ONNX PCA Python PyTorch QLoRA RAG
    Ray SDK SQL TensorFlow TFDV TFX TimesFM TPU TPUs Triton Vertex Vizier vLLM VM VMs VPC XAI XGBoost
"""
_CASING = {word.lower(): word for word in _CASED.split()} | {
    "bigqueryml": "BigQuery ML",
    "bqml": "BigQuery ML",
    "paygo": "pay-as-you-go",
    "pubsub": "Pub/Sub",
}
"""Words of addresses that are not written in lower case."""
_GENERAL = frozenset(
    {"deprecation", "get-started", "indexes", "interfaces", "introduction", "migrate", "overview", "prepare-data"}
    | {"pricing", "quickstart", "train-model"}
)
_FOLDERS = frozenset(["concepts", "docs", "guide", "latest"])
"""Parts of addresses that do not tell what a page is about."""


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
    """A readable title from the last parts of an address: `choose-endpoint-type` is "Choose endpoint type", and
    `vizier/overview` is "Vizier: overview".
    """
    parts = urlsplit(address)
    path = [part for part in parts.path.split("/") if part and part not in _FOLDERS] or [parts.hostname or address]
    last = path[-1].removesuffix(".html").removesuffix(".md")
    before = _as_words(path[-2]) if last in _GENERAL and len(path) > 1 else ""
    title = f"{before}: {_as_words(last)}" if before else _as_words(last)
    first, *rest = title.split(" ")
    return " ".join([first[:1].upper() + first[1:] if first.islower() else first, *rest]) or address


def _as_words(part: str) -> str:
    return " ".join(_CASING.get(word.lower(), word) for word in re.split(r"[-_]+", part) if word)


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
