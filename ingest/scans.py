"""Fills in the pages that are only pictures: by OCR where the extra is installed, else by naming them and what reads them."""

from collections.abc import Callable
from dataclasses import replace

from ingest.errors import MaterialError
from ingest.ocr import COMMAND, SURE, ReadPicture, is_installed
from ingest.raw import RawPages, page_list

ReadPage = Callable[[int], ReadPicture]


def with_scans(raw: RawPages, read_page: ReadPage, *, installed: bool | None = None) -> RawPages:
    """The pages with the text of pictures filled in, and notes that say how each of them came to its text or has none.

    Raises `MaterialError` when the only page of a file cannot be read.
    """
    if not raw.scanned:
        return raw
    if not (is_installed() if installed is None else installed):
        which = _sentence(list(raw.scanned), "has no text, only a picture of it", "have no text, only pictures of it")
        return replace(raw, notes=(*raw.notes, f"{which}. `{COMMAND}` brings what reads it; then add the file again."))
    pages = list(raw.pages)
    read: dict[int, float] = {}
    failed: list[int] = []
    reason = ""
    for number in raw.scanned:
        try:
            found = read_page(number)
        except MaterialError as error:
            if len(raw.pages) == 1:
                raise
            failed.append(number)
            reason = reason or str(error)
            continue
        if found.text.strip():
            read[number] = found.confidence
            pages[number - 1] = replace(pages[number - 1], text=found.text, carried="")
    return RawPages(tuple(pages), (*raw.notes, *_notes(raw.scanned, read, failed, reason)), raw.scanned)


def _notes(scanned: tuple[int, ...], read: dict[int, float], failed: list[int], reason: str) -> list[str]:
    notes = []
    if read:
        sure = sum(read.values()) / len(read)
        notes.append(f"{_named(list(read))} by OCR, {100 * sure:.0f}% certain on average.")
    if unsure := [number for number, confidence in read.items() if confidence < SURE]:
        notes.append(
            _sentence(unsure, "was hard to read; check it", "were hard to read; check them") + " against the file."
        )
    if failed:
        notes.append(
            _sentence(failed, "could not be read by OCR", "could not be read by OCR") + f" and left out: {reason}"
        )
    if empty := [number for number in scanned if number not in read and number not in failed]:
        notes.append(_sentence(empty, "has no text that OCR could find.", "have no text that OCR could find."))
    return notes


def _sentence(numbers: list[int], one: str, several: str) -> str:
    return f"{_named(numbers)} {one if len(numbers) == 1 else several}"


def _named(numbers: list[int]) -> str:
    named = page_list(numbers)
    return named[0].upper() + named[1:]
