"""Finds the files under the paths a user names; knows nothing of their content but its hash."""

import glob
import hashlib
import lzma
import re
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import MaterialError, first_line
from ingest.files import free_name, remove, replace_folder, safe_name, shown
from ingest.settings import ReadingSettings

ORIGIN = ".unpacked-from"
"""A file in each folder that we unpacked, holding the path of its archive: only such a folder is ever replaced."""
DRAFT = ".unpacking-"
PACKED = frozenset({".docx", ".docm", ".pptx", ".pptm", ".epub", ".apkg", ".colpkg"})
"""Documents that are archives inside."""
MARKUP = (".xml", ".rels", ".html", ".xhtml", ".htm", ".opf", ".ncx", ".css", ".svg")
LONGEST_PLACE = 2_000
"""Bytes of a member's place in an archive; most systems allow 4,096 for the whole path of a file."""
MOST_PARTS = 20_000
MOST_SHRUNK = 100
"""Times; the XML of real documents shrinks five- to thirtyfold."""
SMALL_PART = 10_000_000
"""Bytes that do no harm however well they were packed."""
READ_FORMATS = "PDF, Markdown, text, HTML, EPUB, DOCX, PPTX, IPYNB, SRT, VTT, CSV and APKG"
ZIP_FAULTS = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, NotImplementedError, RuntimeError, ValueError,
)  # fmt: skip
"""What a damaged archive raises, whichever way its members are packed."""
DEEPEST_FOLDER = 50
"""Folders inside one another; a real archive has a dozen, and a thousand end every program that walks them."""
DEEPEST_ARCHIVE = 2
"""Archives inside one another that are unpacked."""
_EXPORT_ID = re.compile(r"(?<![ _-])[ _-]+[0-9a-f]{32}(?=(?:_all)?(?:\.\w{1,8})?$)")
"""Notion puts it behind every name it exports."""


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
        """Path relative to the root, with forward slashes on every platform, and nothing in it that cannot be shown."""
        return shown(self.path.relative_to(self.root).as_posix())


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was left out, and the sentence that says why and what to do."""

    name: str
    reason: str


def named_path(text: str) -> Path:
    """What a person named, as a path; raises `MaterialError` when it cannot be one on this system."""
    if not text.strip():
        raise MaterialError("A path is empty. Name a file or a folder; . is the one you are in.")
    try:
        path = Path(text).expanduser()
        path.stat()
    except FileNotFoundError:
        return path
    except (OSError, RuntimeError, ValueError) as error:
        raise MaterialError(f"{shown(text[:200])} cannot be opened: {_why(error)}. Check the spelling.") from error
    return path


def _why(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or first_line(error).rstrip(".")


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
        Skipped(shown(file.relative_to(path).as_posix()), f"{file.suffix or 'no suffix'} is not a format we read")
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


def check_size(path: Path, name: str, reading: ReadingSettings) -> None:
    """Raises `MaterialError` when a file is larger than the settings allow; a sparse file takes minutes to read and no disk."""
    if path.stat().st_size > reading.max_megabytes * 1_000_000:
        raise MaterialError(
            f"{name} is larger than {reading.max_megabytes} MB. Split it, or raise [reading] max_megabytes."
        )


def check_expansion(path: Path, megabytes: int) -> None:
    """Raises `MaterialError` when a file is an archive inside and would unpack to more than `megabytes`."""
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            held = sum(item.file_size for item in archive.infolist())
    except (*ZIP_FAULTS, OSError) as error:
        raise MaterialError(f"{path.name} is damaged: {error}. Get it again.") from error
    if held > megabytes * 1_000_000:
        raise MaterialError(
            f"{path.name} unpacks to {held / 1_000_000:.0f} MB, more than [reading] max_expanded_megabytes = {megabytes}."
        )


def check_packed_document(path: Path, reading: ReadingSettings) -> None:
    """Raises `MaterialError` when a document that is an archive inside would cost far more than its size lets one expect.

    Its parsers take ten to forty times the size of its markup in memory, so the markup has the bound of a plain file; a part
    that shrank more than a person's text ever does was made to harm.
    """
    if path.suffix.lower() not in PACKED or not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
    _check_count(path, len(parts))
    markup = sum(part.file_size for part in parts if part.filename.lower().endswith(MARKUP)) / 1_000_000
    if markup > reading.max_megabytes:
        raise MaterialError(
            f"{path.name} unpacks to {markup:.0f} MB of text, more than [reading] max_megabytes = {reading.max_megabytes}."
        )
    for part in parts:
        if part.file_size > SMALL_PART and part.file_size > MOST_SHRUNK * max(1, part.compress_size):
            raise MaterialError(
                f"{path.name} holds {part.file_size / 1_000_000:.0f} MB packed into {part.compress_size / 1_000_000:.1f} MB, "
                "as an archive made to fill memory does, and was left out. Save it again with the program it comes from."
            )


def _check_count(path: Path, parts: int) -> None:
    if parts > MOST_PARTS:
        raise MaterialError(f"{path.name} holds {parts} parts, more than {MOST_PARTS}. Split it.")


def unpack(archive_path: Path, folder: Path, megabytes: int) -> tuple[Path, list[Skipped]]:
    """Unpack a zip file into a folder of its name under `folder`, in place of what the same archive left there before.

    Returns the folder, and each member that was left out with the reason: a place outside the folder, a link, encryption, a
    name that another member needs as a folder. A folder that another archive or the user made is never touched. What is
    written is bounded by what is read, not by what the archive claims. Raises `MaterialError` when it is damaged or too
    large.
    """
    check_expansion(archive_path, megabytes)
    folder.mkdir(parents=True, exist_ok=True)
    target = _unpacking_place(archive_path, folder)
    for abandoned in folder.glob(f"{DRAFT}*"):
        if _made_by(abandoned, archive_path):
            remove(abandoned, within=folder)
    draft = Path(tempfile.mkdtemp(prefix=DRAFT, dir=folder))
    try:
        (draft / ORIGIN).write_text(str(archive_path), encoding="utf-8")
        with zipfile.ZipFile(archive_path) as archive:
            _check_count(archive_path, len(archive.infolist()))
            left_out = _unpack_members(archive, draft, _Budget(megabytes * 1_000_000, MOST_PARTS), {})
        replace_folder(draft, target, within=folder)
    except _TooLarge as error:
        raise MaterialError(
            f"{archive_path.name} unpacks to more than [reading] max_expanded_megabytes = {megabytes}, or to more than "
            f"{MOST_PARTS} files. Split it."
        ) from error
    except (*ZIP_FAULTS, OSError) as error:
        raise MaterialError(
            f"{archive_path.name} cannot be unpacked: {error}. Get it again, or unpack it yourself."
        ) from error
    finally:
        remove(draft, within=folder)
    return target, left_out


class _TooLarge(Exception):
    """More was unpacked than the bound allows."""


def _unpacking_place(archive_path: Path, folder: Path) -> Path:
    """Where an archive is unpacked: the folder it made before, else a name that nothing in `folder` has."""
    name = safe_name(archive_path.name.removesuffix(archive_path.suffix), default="archive")
    taken = {one.name.casefold() for one in folder.iterdir() if not _made_by(one, archive_path)}
    return folder / free_name(name, taken)


def _made_by(folder: Path, archive_path: Path) -> bool:
    note = folder / ORIGIN
    return not folder.is_symlink() and note.is_file() and note.read_text(encoding="utf-8") == str(archive_path)


@dataclass(slots=True)
class _Budget:
    """Bytes and members that may still be unpacked, those of archives inside too."""

    left: int
    members: int

    def take(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise _TooLarge

    def take_member(self) -> None:
        self.members -= 1
        if self.members < 0:
            raise _TooLarge


def _unpack_members(
    archive: zipfile.ZipFile, draft: Path, budget: _Budget, taken: dict[Path, set[str]], depth: int = 0
) -> list[Skipped]:
    """Write the members below `draft`, those of archives inside in their place; raises `_TooLarge` over the budget."""
    left_out: list[Skipped] = []
    names = set(archive.namelist())
    for item in archive.infolist():
        budget.take_member()
        parts = item.filename.replace("\\", "/").split("/")
        if item.is_dir() or any(part.startswith(".") and part.strip(".") for part in parts) or parts[0] == "__MACOSX":
            continue
        if item.filename.endswith(".csv") and f"{item.filename[:-4]}_all.csv" in names:
            continue  # Notion writes each database twice
        if reason := _unsafe(item, parts):
            left_out.append(Skipped(shown(item.filename[:200]), reason))
            continue
        try:
            place = _member_place([part for part in parts if part], draft, taken)
            place.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(item) as packed, place.open("wb") as written:
                while part := packed.read(1 << 20):
                    budget.take(len(part))
                    written.write(part)
            if place.suffix.lower() == ".zip" and depth < DEEPEST_ARCHIVE:
                left_out += _unpack_inner(place, draft, budget, taken, depth + 1)
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            reason = "a file and a folder of the archive have one name. Rename one of them and zip it again."
            left_out.append(Skipped(item.filename, reason))
    return left_out


def _unpack_inner(place: Path, draft: Path, budget: _Budget, taken: dict[Path, set[str]], depth: int) -> list[Skipped]:
    """Unpack an archive that was in an archive, as Notion's exports are, beside itself."""
    try:
        with zipfile.ZipFile(place) as inner:
            left_out = _unpack_members(inner, place.parent, budget, taken, depth)
    except ZIP_FAULTS as error:
        return [Skipped(place.name, f"it cannot be unpacked: {error}. Get it again, or unpack it yourself.")]
    remove(place, within=draft)
    return left_out


def _unsafe(item: zipfile.ZipInfo, parts: list[str]) -> str:
    """Why a member is not unpacked; empty when it may be."""
    if parts[0] == "" or ".." in parts or ":" in parts[0]:
        return "its place in the archive is outside the archive. Zip the files from inside their folder."
    if len(parts) > DEEPEST_FOLDER or sum(len(part.encode("utf-8", "replace")) + 1 for part in parts) > LONGEST_PLACE:
        return "it is too deep in folders. Move it up, then zip the folder again."
    if (item.external_attr >> 16) & 0o170000 == 0o120000:
        return "it is a link. Put the file itself into the archive."
    if item.flag_bits & 1:
        return "it is encrypted. Unpack it yourself, then add the folder."
    return ""


def _member_place(parts: list[str], draft: Path, taken: dict[Path, set[str]]) -> Path:
    """A member's path below `draft`, distinguished from names that differ only in what file systems ignore.

    `taken` holds the case-folded names in each folder.
    """
    place = draft
    for part in parts[:-1]:
        place = place / safe_name(_EXPORT_ID.sub("", part))
    name = safe_name(_EXPORT_ID.sub("", parts[-1]))
    beside = taken.setdefault(place, set())
    chosen = free_name(name, beside)
    beside.add(chosen.casefold())
    return place / chosen


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
