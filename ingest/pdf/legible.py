"""Tells letters from mere codes: fonts that do not say which characters they hold, and pages that are only a picture."""

import re
from collections.abc import Sequence

import pypdfium2
import pypdfium2.raw as pdfium

from ingest.pdf.words import Word

MANY = 0.5
"""With more than this share of words in fonts that do not say their characters, it is asked whether the words make sense."""
LEAST_WORDS = 20
LEAST_KNOWN = 0.04
"""Share of little words that text in a European language has at least; mere codes have next to none."""
FEW_SHAPES = 12
"""A page with fewer drawn shapes and nothing else is empty."""
_ENGLISH = (
    "the of and to in a is that for it as was with be by on not he his but at are this have from or one had an you"
)
_GERMAN = (
    "der die und das den von zu mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat dass"
)
_ROMANCE = (
    "le la les et en un une du est que dans qui par pour pas sur plus ce au el los las y se con para su lo il di che"
)
_OTHERS = "non si da i e o het een van op te dat som att och det på av til er med"
LITTLE_WORDS = frozenset(f"{_ENGLISH} {_GERMAN} {_ROMANCE} {_OTHERS}".split())


def makes_sense(words: Sequence[Word]) -> bool:
    """Whether words are words; False where a font's codes were taken for characters."""
    unmapped = sum(word.unmapped for word in words)
    if len(words) < LEAST_WORDS or unmapped <= MANY * len(words):
        return True
    plain = [letters for word in words if (letters := re.sub(r"[^A-Za-z]", "", word.text).lower())]
    if len(plain) < LEAST_WORDS:
        return True
    return sum(word in LITTLE_WORDS for word in plain) >= LEAST_KNOWN * len(plain)


def shows_something(page: pypdfium2.PdfPage) -> bool:
    """Whether a page without readable text is not simply empty: it has a picture, unreadable text or a drawing."""
    for number in range(pdfium.FPDFPage_CountObjects(page.raw)):
        kind = pdfium.FPDFPageObj_GetType(pdfium.FPDFPage_GetObject(page.raw, number))
        if kind in (pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_TEXT, pdfium.FPDF_PAGEOBJ_FORM):
            return True
        if number + 1 >= FEW_SHAPES:
            return True
    return False
