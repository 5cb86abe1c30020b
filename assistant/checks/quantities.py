"""Numbers, units and dates of a sentence, so that `1,000`, `1000` and `a thousand` are the same."""

import re
from dataclasses import dataclass

_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen twenty"
)
_ROUND = {
    "thirty": "30",
    "forty": "40",
    "fifty": "50",
    "sixty": "60",
    "ninety": "90",
    "hundred": "100",
    "thousand": "1000",
}
_WORDS = {word: str(value) for value, word in enumerate(_SMALL.split(" "))} | _ROUND
_MONTH_NAMES = "january february march april may june july august september october november december"
MONTHS = {name: at for at, name in enumerate(_MONTH_NAMES.split(" "), start=1)}
_MONTH = "|".join(MONTHS)
_NUMBER = re.compile(r"(?<![\w.])[$€£]?(\d+(?:,\d{3})*(?:\.\d+)?)(?:\s?(%|percent\b|[a-zA-Z]+))?")
_NUMBER_WORD = re.compile(r"\b([a-z]+)\b(?=(?:[- ]([a-z]+))?)")
_DATE = re.compile(
    rf"\b(?:(?P<month>{_MONTH})\s+(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+)?(?P<year>20\d\d)|"
    rf"(?P<day2>\d{{1,2}})\s+(?P<month2>{_MONTH})\s+(?P<year2>20\d\d)|(?P<iso>20\d\d-\d\d-\d\d))\b",
    re.IGNORECASE,
)
_SAME_UNIT = {"percent": "%", "seconds": "s", "second": "s", "sec": "s", "min": "minute", "h": "hour"}
UNITS = frozenset(
    """
    % ms s minute hour day week month year kb mb gb tb gib mib token row character file gpu cpu replica dollar
    """.split()  # noqa: SIM905 - reads as a table
)
"""Units under which a number is compared; a number in front of any other word has none."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as written, its value without separators, and its unit, if it has one that is known."""

    written: str
    value: str
    unit: str = ""


def dates_in(text: str) -> dict[str, str]:
    """Dates as (ISO form with what is known → as written): `2026-08-17`, or `2026-08` without a day."""
    found = {}
    for match in _DATE.finditer(text):
        if match["iso"]:
            found[match["iso"]] = match[0]
            continue
        month, day, year = (match[name] or match[f"{name}2"] for name in ("month", "day", "year"))
        tail = f"-{int(day):02d}" if day else ""
        found[f"{year}-{MONTHS[month.lower()]:02d}{tail}"] = match[0]
    return found


def quantities_in(text: str) -> list[Quantity]:
    """Numbers outside dates, those in words from two upwards too."""
    bare = _DATE.sub(" ", text)
    found = []
    for match in _NUMBER.finditer(bare):
        value = match[1].replace(",", "")
        value = value.rstrip("0").rstrip(".") if "." in value else value
        found.append(Quantity(match[0].strip(), value, _unit(match[2])))
    for match in _NUMBER_WORD.finditer(bare.lower()):
        value = _WORDS.get(match[1], "")
        if value not in ("", "0", "1"):
            found.append(Quantity(match[1], value, _unit(match[2])))
    return found


def _unit(word: str | None) -> str:
    lowered = (word or "").lower()
    unit = _SAME_UNIT.get(lowered, lowered.removesuffix("s") or lowered)
    return unit if unit in UNITS else ""


def missing_quantities(said: str, held: str) -> list[Quantity]:
    """Numbers of `said` that `held` does not state, or states under other units only."""
    there = quantities_in(held)
    return [one for one in quantities_in(said) if not any(_same(one, other) for other in there)]


def _same(one: Quantity, other: Quantity) -> bool:
    return one.value == other.value and (not one.unit or not other.unit or one.unit == other.unit)


def missing_dates(said: str, held: str) -> list[str]:
    """Dates of `said`, as written, that `held` does not state; a month without its day is enough."""
    there = dates_in(held)
    return [written for iso, written in dates_in(said).items() if not any(other.startswith(iso) for other in there)]
