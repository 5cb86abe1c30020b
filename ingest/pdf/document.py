"""Opens a PDF: passwords, bookmarks, page labels and the layers that are switched off."""

import ctypes
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pypdf
import pypdfium2
import pypdfium2.raw as pdfium
from pypdf.errors import PyPdfError

from ingest.errors import MaterialError

MOST_BOOKMARKS = 5000

logging.getLogger("pypdf").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class Bookmark:
    """An entry of the outline that a viewer shows beside the pages; `page` counts from 0, `level` 1 is outermost."""

    title: str
    page: int
    level: int


@dataclass(slots=True)
class OpenPdf:
    """A PDF and what its catalog says; `labels` are the page numbers a viewer shows, by page from 0."""

    document: pypdfium2.PdfDocument
    path: Path
    bookmarks: list[Bookmark] = field(default_factory=list)
    labels: dict[int, str] = field(default_factory=dict)
    layers_off: frozenset[str] = frozenset()
    """Names of the optional layers that a viewer does not show at first."""


@contextmanager
def open_pdf(path: Path) -> Iterator[OpenPdf]:
    """A PDF for reading; raises `MaterialError` when it is damaged or needs a password."""
    document = _open(path)
    try:
        if document.get_formtype():
            document.init_forms()
        yield OpenPdf(document, path, _bookmarks(document), _labels(document), _layers_off(path))
    finally:
        document.close()


def _open(path: Path) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(path)
    except (pypdfium2.PdfiumError, OSError) as error:
        if pdfium.FPDF_GetLastError() == pdfium.FPDF_ERR_PASSWORD or "password" in str(error).lower():
            raise MaterialError(
                f"{path.name} is encrypted and needs a password. Save a copy without a password and add that."
            ) from error
        raise MaterialError(f"{path.name} is not a PDF we can open, it may be damaged ({error}).") from error


def _bookmarks(document: pypdfium2.PdfDocument) -> list[Bookmark]:
    found: list[Bookmark] = []
    try:
        for entry in document.get_toc(max_depth=6):
            target = entry.get_dest()
            page = target.get_index() if target else None
            title = " ".join(entry.get_title().split())
            if page is not None and title:
                found.append(Bookmark(title, page, entry.level + 1))
            if len(found) >= MOST_BOOKMARKS:
                break
    except (pypdfium2.PdfiumError, ValueError):
        return found
    return found


def _labels(document: pypdfium2.PdfDocument) -> dict[int, str]:
    labels = {}
    for number in range(len(document)):
        size = pdfium.FPDF_GetPageLabel(document.raw, number, None, 0)
        if size <= 2:
            continue
        buffer = ctypes.create_string_buffer(size)
        pdfium.FPDF_GetPageLabel(document.raw, number, buffer, size)
        labels[number] = buffer.raw[: size - 2].decode("utf-16-le", "replace").strip()
    return labels


def _layers_off(path: Path) -> frozenset[str]:
    """Names of the optional layers that a viewer does not show; pdfium does not tell them."""
    try:
        reader = pypdf.PdfReader(path)
        if reader.is_encrypted:
            reader.decrypt("")
        catalog: Any = reader.trailer["/Root"].get_object()
        properties = catalog.get("/OCProperties")
        if properties is None:
            return frozenset()
        properties = properties.get_object()
        default = properties["/D"].get_object()
        layers = [layer.get_object() for layer in properties.get("/OCGs", [])]
        off = [layer.get_object() for layer in default.get("/OFF", [])]
        if default.get("/BaseState") == "/OFF":
            on = [layer.get_object() for layer in default.get("/ON", [])]
            off += [layer for layer in layers if layer not in on]
        return frozenset(str(layer.get("/Name", "")) for layer in off)
    except (PyPdfError, OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return frozenset()
