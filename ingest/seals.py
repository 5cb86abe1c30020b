"""Knows a folder's files by size and hash, so that what changed on disk is noticed when it is opened and made again."""

import hashlib
import json
from pathlib import Path

SEAL = "seal.json"
"""Written last into a folder: the size and hash of each file beside it."""


def seal(folder: Path) -> None:
    """Note the size and SHA-256 of every file of a folder, so that `is_whole` can tell whether they are still the same."""
    held = {path.name: [path.stat().st_size, file_hash(path)] for path in sorted(folder.iterdir()) if path.name != SEAL}
    draft = folder / f"{SEAL}.partial"
    draft.write_text(json.dumps(held, indent=1), encoding="utf-8")
    draft.replace(folder / SEAL)


def is_whole(folder: Path) -> bool:
    """Whether each file that was sealed is there, unchanged; False as well for a folder that was never sealed."""
    try:
        held = json.loads((folder / SEAL).read_text(encoding="utf-8"))
        return bool(held) and all(_is_same(folder / name, size, digest) for name, (size, digest) in held.items())
    except (OSError, ValueError, TypeError, AttributeError):
        return False


def _is_same(path: Path, size: int, digest: str) -> bool:
    return path.stat().st_size == size and file_hash(path) == digest


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def text_hash(*parts: str) -> str:
    """A short hash of texts that belong together, to be kept beside them."""
    return hashlib.blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
