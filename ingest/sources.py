"""Finds the files under the paths a user names; knows nothing of their content but its hash."""

import glob
import hashlib
import shutil
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import MaterialError

READ_FORMATS = "PDF, Markdown, text, HTML, EPUB, DOCX, PPTX, IPYNB, SRT, VTT and CSV"


@dataclass(frozen=True, slots=True)
class Source:
    """One file of study material; `name` is its path relative to the root under which it was added."""

    name: str
    path: Path
    sha256: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that might be read, and the path the user named: the file itself or a folder above it."""

    path: Path
    added: Path

    @property
    def root(self) -> Path:
        """The folder that names are relative to."""
        return self.path.parent if self.added == self.path else self.added

    @property
    def name(self) -> str:
        """Path relative to the root, with forward slashes on every platform."""
        return self.path.relative_to(self.root).as_posix()


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was left out, and the sentence that says why and what to do."""

    name: str
    reason: str


def find_candidates(path: Path, readable: Callable[[Path], bool]) -> tuple[list[Candidate], list[Skipped]]:
    """List the files under `path` (a file or a folder, hidden ones left out) and those of a format we cannot read.

    Raises `MaterialError` when the path does not exist or a folder holds nothing readable.
    """
    path = path.expanduser().absolute()
    if path.is_file():
        return [Candidate(path, path)], []
    if not path.is_dir():
        raise MaterialError(f"{path} does not exist. Check the spelling, or give a file or folder that does.")
    files = list_files(path)
    found = [Candidate(file, path) for file in files if readable(file)]
    skipped = [
        Skipped(file.relative_to(path).as_posix(), f"{file.suffix or 'no suffix'} is not a format we read")
        for file in files
        if not readable(file)
    ]
    if not found:
        raise MaterialError(f"{path} holds no material we can read. Put documents into it; {READ_FORMATS} can be read.")
    return found, skipped


def find_by_pattern(pattern: Path) -> list[Path]:
    """Files that a pattern such as `notes/**/*.pdf` names; empty when it is no pattern or names none."""
    text = str(pattern.expanduser().absolute())
    return sorted(Path(found) for found in glob.glob(text, recursive=True) if Path(found).is_file())


def check_expansion(path: Path, megabytes: int) -> None:
    """Raises `MaterialError` when a file is an archive inside and would unpack to more than `megabytes`."""
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            held = sum(item.file_size for item in archive.infolist())
    except (zipfile.BadZipFile, OSError, NotImplementedError) as error:
        raise MaterialError(f"{path.name} is damaged: {error}. Get it again.") from error
    if held > megabytes * 1_000_000:
        raise MaterialError(
            f"{path.name} unpacks to {held / 1_000_000:.0f} MB, more than [reading] max_expanded_megabytes = {megabytes}."
        )


def unpack(archive_path: Path, folder: Path, megabytes: int) -> Path:
    """Unpack a zip file into a folder named like it under `folder`, in place of what was unpacked there before.

    Members that would land outside, links and encrypted members are left out; what is written is bounded by what is read,
    not by what the archive claims. Raises `MaterialError` when it is damaged or too large.
    """
    check_expansion(archive_path, megabytes)
    target = folder / archive_path.stem
    draft = folder / f".{archive_path.stem}.partial"
    shutil.rmtree(draft, ignore_errors=True)
    left = megabytes * 1_000_000
    try:
        with zipfile.ZipFile(archive_path) as archive:
            for item in archive.infolist():
                place = (draft / item.filename).resolve()
                is_link = (item.external_attr >> 16) & 0o170000 == 0o120000
                if item.is_dir() or is_link or item.flag_bits & 1 or not place.is_relative_to(draft.resolve()):
                    continue
                place.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(item) as packed, place.open("wb") as written:
                    while part := packed.read(1 << 20):
                        left -= len(part)
                        if left < 0:
                            raise MaterialError(
                                f"{archive_path.name} unpacks to more than [reading] max_expanded_megabytes = {megabytes}."
                            )
                        written.write(part)
        draft.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(target, ignore_errors=True)
        draft.rename(target)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise MaterialError(
            f"{archive_path.name} cannot be unpacked: {error}. Get it again, or unpack it yourself."
        ) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return target


def list_files(folder: Path) -> list[Path]:
    """Files below a folder, hidden ones left out; a link that leads outside the folder is not followed."""
    inside = folder.resolve()
    return sorted(
        file
        for file in folder.rglob("*")
        if file.is_file() and not _hidden(file.relative_to(folder)) and file.resolve().is_relative_to(inside)
    )


def _hidden(relative: Path) -> bool:
    return any(part.startswith(".") for part in relative.parts)


def hash_file(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex; raises `MaterialError` when it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise MaterialError(f"{path} cannot be read: {error.strerror}. Check its permissions.") from error
