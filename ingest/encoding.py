"""Decodes the bytes of any text format: byte order marks, UTF-8, what the file declares, then a guess by charset-normalizer."""

import codecs
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.errors import MaterialError

if TYPE_CHECKING:
    from charset_normalizer import CharsetMatch

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""UTF-32 comes before UTF-16, whose little-endian mark is the beginning of its own."""
LATIN = ("cp1252", "cp1250", "cp1254", "cp1257")
OTHER = ("cp932", "gb18030", "euc_jp", "cp949", "big5", "cp1251", "koi8_r", "cp1253", "cp1255", "cp1256", "cp874")
NO_CHARSETS = ("idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "utf-7")
"""Python's codecs that no text is written in; some take a time that grows with the square of the length."""
MOSTLY_ASCII = 0.35
"""Below this share of bytes outside ASCII the letters are Latin ones with accents; other scripts have far more."""
FEW = 4
"""Bytes outside ASCII; fewer tell nothing about a script."""
SAMPLE = 1 << 18
"""Bytes that a guess rests on."""
MOSTLY_ZERO = 0.7
"""Share of zero bytes in the upper halves of UTF-16 text in a Latin script."""
MOST_CONTROL = 0.05
"""A larger share of control characters is no text."""
_ODD = re.compile(r"(?<=[^\W\d_])[^\w\s\x00-\x7f‐-‟′″…€]|[^\w\s\x00-\x7f‐-‟′″…€](?=[^\W\d_])")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file's text, the encoding it was read in, and whether that is a guess or some bytes were unreadable."""

    text: str
    encoding: str
    guessed: bool = False
    unreadable: int = 0
    """Places that could not be decoded; each is U+FFFD in the text."""

    @property
    def note(self) -> str:
        """What a reader should know of the decoding; empty when there is nothing to say."""
        if self.unreadable:
            return f"{self.unreadable} unreadable places in {self.encoding} text"
        return f"read as {self.encoding} (guessed)" if self.guessed else ""


def decode(data: bytes, *, name: str, declared: str = "") -> Decoded:
    """Bytes as text; `declared` is an encoding that the file or its server names, tried after UTF-8.

    Raises `MaterialError` that begins with `name` when the bytes are no text.
    """
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _replacing(data, encoding)
    if encoding := _utf16_without_mark(data):
        return Decoded(data.decode(encoding), encoding, guessed=True)
    if len(_CONTROL.findall(data[:SAMPLE])) > MOST_CONTROL * min(len(data), SAMPLE) or b"\x00" in data[:4096]:
        raise MaterialError(f"{name} is not a text file although it is named like one. Convert or rename it.")
    try:
        return Decoded(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        pass
    if _mostly_utf8(data):
        return _replacing(data, "utf-8")
    if declared and (text := _decoded(data, declared)) is not None:
        return Decoded(text, declared.lower())
    return _guessed(data, name)


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return None if codecs.lookup(encoding).name in NO_CHARSETS else data.decode(encoding)
    except (UnicodeError, LookupError):
        return None


def _replacing(data: bytes, encoding: str) -> Decoded:
    text = data.decode(encoding, errors="replace")
    held = data.decode(encoding, errors="ignore")
    return Decoded(text, encoding.removesuffix("-sig"), unreadable=text.count("\ufffd") - held.count("\ufffd"))


def _utf16_without_mark(data: bytes) -> str:
    """UTF-16 of one byte order when every other byte of the beginning is mostly zero and the rest is not; else empty."""
    sample = data[:4096]
    if len(data) < 4 or len(data) % 2:
        return ""
    for encoding, high, low in (("utf-16-le", sample[1::2], sample[::2]), ("utf-16-be", sample[::2], sample[1::2])):
        if high.count(0) > MOSTLY_ZERO * len(high) and low.count(0) == 0 and _decoded(data, encoding) is not None:
            return encoding
    return ""


def _mostly_utf8(data: bytes) -> bool:
    """Whether most of what is outside ASCII is well-formed UTF-8: then the rest is damage, not another encoding."""
    text = data.decode("utf-8", errors="replace")
    bad = text.count("\ufffd")
    good = sum(letter > "\x7f" and letter != "\ufffd" for letter in text)
    return good > 3 * bad


def _guessed(data: bytes, name: str) -> Decoded:
    """The likeliest of the usual encodings; Windows-1252 where the bytes are too few to tell."""
    from charset_normalizer import from_bytes

    sample = data[:SAMPLE].rpartition(b"\n")[0] if len(data) > SAMPLE else data
    mostly_ascii = sum(byte > 127 for byte in sample) < max(FEW, MOSTLY_ASCII * len(sample))
    candidates = LATIN if mostly_ascii else OTHER + LATIN
    found = from_bytes(sample, cp_isolation=list(candidates), preemptive_behaviour=False)
    ranked = sorted(found, key=lambda match: (_oddness(match), -match.coherence, candidates.index(match.encoding)))
    for encoding in [match.encoding for match in ranked] or sorted(LATIN, key=lambda name: _odd_letters(data, name)):
        if (text := _decoded(data, encoding)) is not None:
            return Decoded(text, encoding, guessed=True)
    if ranked:
        decoded = _replacing(data, ranked[0].encoding)
        return Decoded(decoded.text, decoded.encoding, guessed=True, unreadable=decoded.unreadable)
    raise MaterialError(f"{name} is in no text encoding we know. Save it as UTF-8.")


def _oddness(match: "CharsetMatch") -> float:
    """charset-normalizer's measure of mess, and the share of half-width kana, which is what other scripts look like in cp932."""
    text = str(match)
    return float(match.chaos) + sum("\uff61" <= letter <= "\uff9f" for letter in text) / max(1, len(text))


def _odd_letters(data: bytes, encoding: str) -> int:
    """How many letters of the text in an encoding touch a sign that words do not hold, as in a wrong guess."""
    return len(_ODD.findall(data[:SAMPLE].decode(encoding, errors="replace")))
