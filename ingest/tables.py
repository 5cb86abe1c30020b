"""Rows of tables between pipes: the one place that splits a row into cells, and that writes rows so that they can be split."""

import re
from collections.abc import Iterable, Sequence

_CELL_END = re.compile(r"(?<!\\)((?:\\\\)*)\|")
_BREAK = re.compile(r"(?<!\s)(?:[^\S\n]*\n|\s*+<br\s*/?>)\s*", re.IGNORECASE)


def cells(row: str) -> list[str]:
    """A row's cells as they are written, without white space around them; an escaped pipe stays in its cell, unescaped."""
    inner = row.strip()
    parts = _split(inner)
    if inner.startswith("|"):
        parts = parts[1:]
    if len(parts) > 1 and not parts[-1].strip():
        parts = parts[:-1]
    return [part.strip().replace("\\|", "|") for part in parts]


def _split(inner: str) -> list[str]:
    parts: list[str] = []
    start = 0
    for end in _CELL_END.finditer(inner):
        parts.append(inner[start : end.end() - 1])
        start = end.end()
    return [*parts, inner[start:]]


def is_row(line: str) -> bool:
    """Whether a line is a row of a table, between pipes."""
    inner = line.strip()
    return len(inner) > 1 and inner.startswith("|") and inner.endswith("|")


def is_delimiter(line: str) -> bool:
    """Whether a line is a rule, or stands below a table's header: three dashes, and nothing but dashes, colons and pipes."""
    return "---" in line and not line.strip(":|- \t\n")


def write_row(parts: Iterable[str]) -> str:
    """Cells as a row between pipes; line breaks in a cell become spaces, pipes are escaped."""
    return "| " + " | ".join(_BREAK.sub(" ", part).strip().replace("|", "\\|") for part in parts) + " |"


def write_table(rows: Sequence[Sequence[str]]) -> str:
    """Rows as a Markdown table whose first row is the header; short rows are filled up. Empty without rows."""
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    if not rows:
        return ""
    width = max(map(len, rows))
    lines = [write_row([*row, *[""] * (width - len(row))]) for row in rows]
    return "\n".join([lines[0], "|" + "---|" * width, *lines[1:]])
