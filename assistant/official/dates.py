"""Ends that official pages have scheduled: which have passed or are near on a given day, and what to say where one is used."""

import re
from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from assistant.checks.quantities import dates_in
from assistant.footnotes import OfficialPage
from assistant.official.statements import Statement
from assistant.practice.questions import Question
from assistant.syllabus import Status, Syllabus

WITHIN = timedelta(days=60)
"""What ends within this time is named beforehand."""
SCHEDULED = "{name}: scheduled to end on {day}; check the official page: {address}"
A_DATE = "This material names an end"
_ENDING = re.compile(
    r"\b(?:end(?:s|ed|ing)?|end of|retire[sd]?|retiring|retirement|until|shut(?:s|ting)?[ -]?down|shutdown|deprecat\w+|"
    r"discontinu\w+|expires?|expired|sunset|no longer|unavailable|stop(?:s|ped)?|removed|last day|availability|supported)\b",
    re.IGNORECASE,
)
_BEGINS = re.compile(
    r"\b(?:since|from|as of|after|deprecated|released|announced|launched|introduced|renamed|"
    r"preview|documentation|lists?|notes?|copies)"
    r"(?: (?:on|in|of|since))?\s*$",
    re.IGNORECASE,
)
"""What stands in front of a date that is a beginning, or the day of a copy."""


@dataclass(frozen=True, slots=True)
class Ending:
    """Something that ends on a day, who says so, and where it stands; `passed` on the day it was asked for."""

    name: str
    day: date
    address: str
    place: str
    passed: bool = False


def endings(syllabus: Syllabus, statements: Iterable[Statement], on: date) -> list[Ending]:
    """Ends that have passed on a day or come within `WITHIN`: of dated statuses, then of statements, the earliest first."""
    found = [Ending(one.name, one.ends, one.source, "syllabus.yaml") for one in syllabus.statuses if one.ends]
    for statement in statements:
        found += [
            Ending(statement.text, day, statement.addresses[0], statement.place) for day in ending_dates(statement.text)
        ]
    due = [Ending(one.name, one.day, one.address, one.place, one.day <= on) for one in found if one.day <= on + WITHIN]
    return sorted(due, key=lambda one: (one.place != "syllabus.yaml", one.day, one.place))


def ending_dates(text: str) -> list[date]:
    """The days on which a sentence says that something ends; a month without a day ends on its last."""
    if not _ENDING.search(text):
        return []
    found = dates_in(text)
    return [_last_day(iso) for iso, written in found.items() if not _BEGINS.search(text[: text.find(written)])]


def _last_day(iso: str) -> date:
    year, month, *day = map(int, iso.split("-"))
    return date(year, month, day[0] if day else monthrange(year, month)[1])


def notes_on(quotes: Iterable[tuple[str, Sequence[OfficialPage]]], syllabus: Syllabus, on: date) -> list[str]:
    """A sentence for each end that has passed on a day and that quotes, with their official pages, rest on."""
    said: dict[str, str] = {}
    for quote, pages in quotes:
        named = [one for one in _passed(syllabus, on) if _name(one.name).search(quote)]
        days = {one.ends for one in named}
        for one in named:
            said.setdefault(one.name, _note(one.name, one.ends or on, one.source))
        for day in ending_dates(quote):
            if day <= on and day not in days and pages:
                said.setdefault(day.isoformat(), _note(A_DATE, day, pages[0].address))
    return list(said.values())


def notes_on_question(question: Question, syllabus: Syllabus, on: date) -> list[str]:
    """The same for a question: its stem, its options, their reasons and the words those rest on."""
    quotes: list[tuple[str, Sequence[OfficialPage]]] = [(question.prompt, ())]
    for choice in question.choices:
        quotes += [(choice.text, ()), (choice.why, choice.citation.official_pages)]
        quotes.append((choice.citation.shown, choice.citation.official_pages))
    return notes_on(quotes, syllabus, on)


def _passed(syllabus: Syllabus, on: date) -> list[Status]:
    return [one for one in syllabus.statuses if one.ends and one.ends <= on]


@lru_cache(maxsize=256)
def _name(name: str) -> re.Pattern[str]:
    """The name as a whole: `Gemini 2.5 Flash` is not named by `Gemini 2.5 Flash-Lite`."""
    return re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-]| Image| with native)", re.IGNORECASE)


def _note(name: str, day: date, address: str) -> str:
    return SCHEDULED.format(name=name, day=f"{day:%B} {day.day}, {day.year}", address=address)
