"""Makes names from other people's files safe and removes files; the only place that deletes from disk.

A name from an archive, an upload or a document is never used as a path before `safe_name` has seen it, and nothing is
removed except through `remove`, which refuses anything that is not below the folder it was given.
"""

import shutil
import tempfile
import unicodedata
from collections.abc import Container
from pathlib import Path

from ingest.errors import MaterialError

LONGEST_NAME = 120
"""Bytes of UTF-8 in a name; file systems allow 255, and drafts and copies add to it."""
_SEPARATORS = str.maketrans("/\\:", "___")
_JOINERS = "\u200c\u200d"
"""Have no form of their own but are needed inside words of some scripts and in emoji."""
_RESERVED = frozenset(
    ["con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))]
)
"""Names that Windows gives to devices, with any suffix."""


def safe_name(name: str, *, default: str = "unnamed") -> str:
    """`name` as the name of one visible file or folder on any platform.

    Separators become underscores; control, formatting and direction characters go; so do leading and trailing dots and
    spaces. What is left of `.`, `..` or nothing is `default`. A long name keeps its suffix.
    """
    text = unicodedata.normalize("NFC", name).translate(_SEPARATORS)
    text = "".join(letter if letter.isprintable() else " " * (unicodedata.category(letter) == "Zs") for letter in text)
    text = text.strip(" .")
    stem, dot, suffix = text.rpartition(".")
    if not stem:
        stem, dot, suffix = text, "", ""
    if stem.split(".")[0].lower() in _RESERVED:
        stem = f"_{stem}"
    suffix = _cut(dot + suffix, LONGEST_NAME // 4)
    return (_cut(stem, LONGEST_NAME - len(suffix.encode())) + suffix).strip(" .") or default


def shown(text: str) -> str:
    """`text` in a form that can be printed and stored anywhere: what cannot be seen or encoded becomes a replacement sign."""
    return "".join(letter if letter.isprintable() or letter in _JOINERS else "\ufffd" for letter in text)


def free_name(name: str, taken: Container[str]) -> str:
    """`name`, or `name (2)` and so on before its suffix, until its case-folded form is not in `taken`."""
    if name.casefold() not in taken:
        return name
    path, last_taken, free = Path(name), 1, 2

    def numbered(number: int) -> str:
        return f"{path.stem} ({number}){path.suffix}"

    while numbered(free).casefold() in taken:
        last_taken, free = free, free * 2
    while free - last_taken > 1:  # by halves, because a hostile archive holds one name thousands of times
        middle = (last_taken + free) // 2
        last_taken, free = (middle, free) if numbered(middle).casefold() in taken else (last_taken, middle)
    return numbered(free)


def remove(path: Path, *, within: Path) -> None:
    """Remove the file or folder at `path` when it is below `within`; nothing happens when it is not there.

    A link is removed, never what it points to. Raises `MaterialError` when `path` is `within` itself or outside it,
    `OSError` when the file system refuses.
    """
    folder = within.resolve()
    place = path.parent.resolve() / path.name
    if path.name in ("", ".", "..") or place == folder or not place.is_relative_to(folder):
        raise MaterialError(f"{path} is not inside {within}, so it was not removed. Please report this as a bug.")
    if place.is_symlink() or place.is_file():
        place.unlink()
    elif place.exists():
        shutil.rmtree(place)


def replace_folder(draft: Path, target: Path, *, within: Path) -> None:
    """Put the folder `draft` in place of `target`, both below `within`; the old one goes only when the new one stands."""
    aside = Path(tempfile.mkdtemp(prefix=".replaced-", dir=target.parent))
    try:
        if target.exists():
            target.rename(aside / target.name)
        try:
            draft.rename(target)
        except OSError:
            if (aside / target.name).exists():
                (aside / target.name).rename(target)
            raise
    finally:
        remove(aside, within=within)


def _cut(text: str, size: int) -> str:
    """The longest beginning of `text` that has at most `size` bytes."""
    return text.encode()[:size].decode(errors="ignore")
