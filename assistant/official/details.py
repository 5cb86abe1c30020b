"""The numbers, names and dates of a text: what can become false while the sentence around it stays."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from assistant.checks.quantities import MONTHS, Quantity, dates_in, quantities_in

_TOKEN = re.compile(r"[A-Za-z](?:[\w+]|[.\-/@](?=\w))*")
_CODE_NAME = re.compile(r"[a-z][A-Z]|[A-Z]{2}|\d|_|\w\.\w")
"""Capitals inside a word, several of them, digits, underscores or dots: a name wherever it stands."""
_MAY_COUNT = re.compile(
    r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty|fifty|sixty|ninety|"
    r"hundred|thousand)\b",
    re.IGNORECASE,
)
BRAND = frozenset({"google", "cloud", "agent", "platform"})
"""Is part of nearly every name, so it distinguishes none."""
_YEAR = re.compile(r"(?:19|20)\d\d")
_SENTENCE_START = re.compile(r"(?:^|[.?!:;|·]\s+|^\s*[-*]\s+)[\"'(“]?$")


class DetailKind(StrEnum):
    """What a detail is."""

    NUMBER = "number"
    NAME = "name"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Detail:
    """A number without separators, a date in ISO form or a name, and how it was written."""

    kind: DetailKind
    value: str
    written: str

    @property
    def key(self) -> str:
        """Kind and value as one word."""
        return f"{self.kind[:2]}:{self.value}"


def details_in(text: str, names: frozenset[str]) -> list[Detail]:
    """Every detail of a text, each once, in order of kind; `names` are words that are names though they look like others."""
    found = [Detail(DetailKind.DATE, iso, written) for iso, written in dates_in(text).items()]
    found += [Detail(DetailKind.NUMBER, one.value, _written(one)) for one in _numbers(text) if _is_fact(one)]
    for match in _TOKEN.finditer(text):
        word = match[0]
        if (_CODE_NAME.search(word) or word in names) and word.lower() not in BRAND | MONTHS.keys():
            found.append(Detail(DetailKind.NAME, word, word))
    return list({one.key: one for one in found}.values())


def count_details(text: str, wanted: frozenset[str]) -> Counter[str]:
    """How often each detail that is wanted, by its key, stands in a text."""
    found = [f"na:{match[0]}" for match in _TOKEN.finditer(text)]
    if _MAY_COUNT.search(text):
        found += [f"nu:{one.value}" for one in _numbers(text)]
        found += [f"da:{iso}" for iso in dates_in(text)] if "20" in text else []
    return Counter(key for key in found if key in wanted)


def _numbers(text: str) -> list[Quantity]:
    """Numbers that are no part of a name such as `gemini-3.5-flash`."""
    return quantities_in(_TOKEN.sub(lambda found: " " if any(map(str.isdigit, found[0])) else found[0], text))


def _written(number: Quantity) -> str:
    """The number with its unit, and without another word behind it."""
    return number.written if number.unit else number.written.split()[0]


def _is_fact(number: Quantity) -> bool:
    """Not "the two texts", nor a year alone."""
    return (number.written[0].isdigit() or bool(number.unit)) and not _YEAR.fullmatch(number.value)


def names_of(texts: Iterable[str]) -> frozenset[str]:
    """Words that the texts write with a capital inside a sentence."""
    found: set[str] = set()
    for text in texts:
        for match in _TOKEN.finditer(text):
            if match[0][0].isupper() and not _SENTENCE_START.search(text[max(0, match.start() - 4) : match.start()]):
                found.add(match[0])
    return frozenset(found)
