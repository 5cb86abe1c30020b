"""Tells whether a folder can be written, and makes a private copy of what must be opened although it cannot."""

import errno
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ingest.errors import NoRoom

PROBE = 256 * 1024
"""Bytes written to see whether there is room: what a database needs to begin with."""
REASONS = {
    errno.EROFS: "its disk is read-only",
    errno.EACCES: "you may not write there",
    errno.EPERM: "you may not write there",
    errno.ENOSPC: "its disk is full",
    errno.EDQUOT: "your share of its disk is used up",
}
MEMORY = Path("/dev/shm")
"""A folder in memory, on systems that have one: the last resort when no disk has room."""


def unwritable_reason(folder: Path) -> str:
    """Why nothing can be written into a folder, as a clause; empty when something can."""
    try:
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(bytes(PROBE))
            probe.flush()
    except FileNotFoundError:
        return unwritable_reason(folder.parent) if folder.parent != folder else "there is no such folder"
    except OSError as error:
        return REASONS.get(error.errno or 0, f"it cannot be written ({error.strerror})")
    return ""


class PrivateCopy:
    """Files or a folder copied to where there is room; removed when the process ends."""

    def __init__(self, paths: Sequence[Path]) -> None:
        """Raises `NoRoom` when neither the temporary folder nor memory has room for them."""
        for parent in (Path(tempfile.gettempdir()), MEMORY):
            try:
                self._folder = tempfile.TemporaryDirectory(prefix="groundwork-", dir=parent)
                self.folder = Path(self._folder.name)
                for path in paths:
                    _copy(path, self.folder / path.name)
            except OSError:
                continue
            return
        raise NoRoom(
            f"{paths[0].parent} cannot be written, and there is no room for a copy of {paths[0].name} elsewhere. Free some "
            "space on either disk."
        )


def _copy(path: Path, target: Path) -> None:
    if path.is_dir():
        shutil.copytree(path, target)
    elif path.exists():
        shutil.copyfile(path, target)
