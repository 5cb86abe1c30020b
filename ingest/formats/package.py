"""Opens documents that are zip archives of XML parts (DOCX, PPTX, EPUB); a damaged one is one sentence."""

import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from ingest.errors import MaterialError
from ingest.formats.elements import attribute, local, within

DAMAGED = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, KeyError, ValueError, ParseError, NotImplementedError, RecursionError,
    RuntimeError, DefusedXmlException,
)  # fmt: skip
"""What zip and XML libraries raise for damaged, encrypted or hostile files."""


class Package:
    """The parts of an archive by name, and their relationships."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self._names = {name.lower(): name for name in archive.namelist()}

    def holds(self, name: str) -> bool:
        """Whether there is a part of that name, in any case."""
        return name.lower() in self._names

    def read(self, name: str) -> bytes:
        """A part's bytes; raises `KeyError` when there is none."""
        return self.archive.read(self._names[name.lower()])

    def xml(self, name: str) -> Element:
        """A part's root element."""
        root: Element = ElementTree.fromstring(self.read(name))
        return root

    def relations(self, name: str) -> Iterator[tuple[str, str, str]]:
        """Id, type (its last word) and target of each relationship of a part; the package itself is the empty name."""
        folder, base = posixpath.split(name)
        beside = posixpath.join(folder, "_rels", f"{base}.rels")
        if not self.holds(beside):
            return
        for one in self.xml(beside):
            if local(one.tag) == "Relationship" and attribute(one, "TargetMode") != "External":
                target = unquote(attribute(one, "Target"))
                whole = (
                    target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
                )
                yield attribute(one, "Id"), attribute(one, "Type").rpartition("/")[2], whole

    def main_name(self) -> str:
        """The name of the part that the package is about; raises `KeyError` when there is none."""
        found = next((target for _, kind, target in self.relations("") if kind == "officeDocument"), None)
        if found is None:
            raise KeyError("no main document in the package")
        return found

    def part_of_type(self, kind: str) -> Element | None:
        """The root of the part that the main document refers to as `styles`, `footnotes` and so on."""
        name = next((target for _, found, target in self.relations(self.main_name()) if found == kind), None)
        return self.xml(name) if name is not None and self.holds(name) else None


def diagrams(package: Package, name: str) -> dict[str, list[str]]:
    """The words in the boxes of each diagram (SmartArt) of a part, as the items of a list, by the relationship's id."""
    found: dict[str, list[str]] = {}
    for key, kind, target in package.relations(name):
        if kind == "diagramData" and package.holds(target):
            boxes = [
                "".join(one.text or "" for one in within(point, "t")) for point in within(package.xml(target), "pt")
            ]
            found[key] = [f"- {' '.join(words.split())}" for words in boxes if words.strip()]
    return found


@contextmanager
def open_package(path: Path) -> Iterator[Package]:
    """A document's package; raises `MaterialError` when it is damaged or encrypted."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield Package(archive)
    except DAMAGED as error:
        if path.read_bytes()[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
            raise MaterialError(
                f"{path.name} is encrypted or of an old binary format. Save it without a password as {path.suffix}."
            ) from error
        raise MaterialError(f"{path.name} cannot be opened as {path.suffix}, it may be damaged ({error}).") from error
