"""Reads Jupyter notebooks: text, code and what the code printed; pictures and progress bars are left out."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ingest.errors import MaterialError
from ingest.formats.markdown import clean_markdown
from ingest.formats.markup import html_to_markdown
from ingest.raw import RawPage, RawPages

LONGEST_OUTPUT = 60
"""Lines of one output; the middle of a longer one is left out, as notebooks fold it."""
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_OBJECT = re.compile(r"<[\w.]+(?: object)?(?: at 0x[0-9a-f]++)[^<>]*+>|<Figure size [^<>]*>|\[?<matplotlib[^\n<>]*>\]?")


def read_notebook(path: Path) -> RawPages:
    """A notebook as one page of Markdown."""
    try:
        data = json.loads(path.read_bytes())
        cells = data.get("cells") or [cell for sheet in data.get("worksheets", []) for cell in sheet["cells"]]
        language = str(data.get("metadata", {}).get("language_info", {}).get("name") or "python")
        blocks = [block for cell in cells for block in _cell(cell, language)]
    except (ValueError, AttributeError, KeyError, TypeError, RecursionError) as error:
        raise MaterialError(f"{path.name} cannot be opened as .ipynb, it may be damaged ({error}).") from error
    return RawPages((RawPage("\n\n".join(blocks)),))


def _cell(cell: Mapping[str, Any], language: str) -> Iterator[str]:
    source = _joined(cell.get("source", cell.get("input", ""))).strip("\n")
    kind = cell.get("cell_type")
    if kind in ("markdown", "heading"):
        marks = "#" * int(cell.get("level", 1)) + " " if kind == "heading" else ""
        yield clean_markdown(marks + source).strip()
    elif kind == "code":
        if source.strip():
            yield _fenced(source, language)
        for output in cell.get("outputs", []):
            yield from _output(output)


def _output(output: Mapping[str, Any]) -> Iterator[str]:
    kind = output.get("output_type")
    if kind in ("stream", "pyout", "execute_result", "display_data"):
        shown = output.get("data") or {}
        if table := _table(_joined(shown.get("text/html", output.get("html", "")))):
            yield table
        elif "text/markdown" in shown:
            yield clean_markdown(_joined(shown["text/markdown"])).strip()
        elif text := _OBJECT.sub("", _joined(shown.get("text/plain", output.get("text", "")))).strip():
            yield _fenced(_shortened(text), "text")
    elif kind in ("error", "pyerr"):
        yield _fenced(f"{output.get('ename', '')}: {_joined(output.get('evalue', ''))}", "text")


def _table(html: str) -> str:
    return html_to_markdown(html) if "<table" in html else ""


def _shortened(text: str) -> str:
    """What is left on the screen: without colors and overwritten progress, and without the middle of a long output."""
    lines = [line.rpartition("\r")[2] for line in _ANSI.sub("", text).replace("\r\n", "\n").split("\n")]
    if len(lines) > LONGEST_OUTPUT:
        half = LONGEST_OUTPUT // 2
        lines = [*lines[:half], "…", *lines[-half:]]
    return "\n".join(lines)


def _fenced(code: str, language: str) -> str:
    fence = "`" * max(3, 1 + max(map(len, re.findall("`{3,}", code)), default=0))
    return f"{fence}{language}\n{code}\n{fence}"


def _joined(source: Any) -> str:
    return "".join(map(str, source)) if isinstance(source, list) else str(source)
