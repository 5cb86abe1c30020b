"""Reads what was typed into a PDF: values of form fields and text boxes laid over a page, as words at their places."""

import ctypes
from collections.abc import Sequence

import pypdfium2
import pypdfium2.raw as pdfium

from ingest.pdf.words import Style, Word

FREE_TEXT = pdfium.FPDF_ANNOT_FREETEXT
WIDGET = pdfium.FPDF_ANNOT_WIDGET
CHOSEN, NOT_CHOSEN = "☑", "☐"
_TICKED = (pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON)
_TYPED = (pdfium.FPDF_FORMFIELD_TEXTFIELD, pdfium.FPDF_FORMFIELD_COMBOBOX, pdfium.FPDF_FORMFIELD_LISTBOX)
NARROW = 0.48
"""Mean width of a letter as a share of its size, to place the words of a value."""


def typed_words(document: pypdfium2.PdfDocument, page: pypdfium2.PdfPage, printed: Sequence[Word]) -> list[Word]:
    """Words of form values and text boxes on a page that are not printed there anyway, on the line of the label beside them."""
    form = document.formenv.raw if document.formenv else None
    words: list[Word] = []
    for number in range(pdfium.FPDFPage_GetAnnotCount(page.raw)):
        note = pdfium.FPDFPage_GetAnnot(page.raw, number)
        kind = pdfium.FPDFAnnot_GetSubtype(note)
        text = ""
        if kind == WIDGET and form is not None:
            text = _value(form, note)
        elif kind == FREE_TEXT:
            text = _wide(
                lambda buffer, size, note=note: pdfium.FPDFAnnot_GetStringValue(note, b"Contents", buffer, size)
            )
        if text.strip() and not pdfium.FPDFAnnot_GetFlags(note) & pdfium.FPDF_ANNOT_FLAG_HIDDEN:
            rect = pdfium.FS_RECTF()
            pdfium.FPDFAnnot_GetRect(note, rect)
            words += _placed(text, (rect.left, -rect.top, rect.right, -rect.bottom), printed)
        pdfium.FPDFPage_CloseAnnot(note)
    return words


def _value(form: pdfium.FPDF_FORMHANDLE, note: pdfium.FPDF_ANNOTATION) -> str:
    kind = pdfium.FPDFAnnot_GetFormFieldType(form, note)
    if kind in _TICKED:
        return CHOSEN if pdfium.FPDFAnnot_IsChecked(form, note) else NOT_CHOSEN
    if kind in _TYPED:
        return _wide(lambda buffer, size: pdfium.FPDFAnnot_GetFormFieldValue(form, note, buffer, size))
    return ""


def _wide(read) -> str:  # type: ignore[no-untyped-def]
    """A text that pdfium writes as UTF-16 into a buffer of the size it asks for."""
    size = read(None, 0)
    if size <= 2:
        return ""
    buffer = (ctypes.c_ushort * (size // 2 + 1))()
    read(buffer, size)
    return bytes(buffer)[: size - 2].decode("utf-16-le", "replace")


def _placed(text: str, rect: tuple[float, float, float, float], printed: Sequence[Word]) -> list[Word]:
    left, top, right, bottom = rect
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    height = max((bottom - top) / len(lines), 1.0)
    beside = [word for word in printed if top <= (word.top + word.bottom) / 2 <= bottom]
    size = min(beside[0].size if beside else 10.0, height)
    words = []
    for number, line in enumerate(lines):
        base = bottom - 0.3 * height if len(lines) == 1 else top + (number + 0.8) * height
        if len(lines) == 1 and beside:
            base = min(beside, key=lambda word: abs(word.right - left)).base
        x = left
        for piece in line.split():
            wide = NARROW * size * len(piece)
            words.append(
                Word(
                    piece, x, base - 0.8 * size, min(x + wide, max(right, x + 1)), base + 0.2 * size, base, Style(size)
                )
            )
            x += wide + 0.25 * size
    return [word for word in words if not _printed(word, printed)]


def _printed(word: Word, printed: Sequence[Word]) -> bool:
    return any(
        one.text == word.text and abs(one.left - word.left) < 2 * word.size and abs(one.base - word.base) < word.size
        for one in printed
    )
