"""What the exam covers and what its products are called, read from `corpus/syllabus.yaml`; knows no user material."""

import re
from collections import Counter
from datetime import date
from enum import StrEnum
from functools import cached_property, lru_cache
from pathlib import Path

import yaml
from pydantic import ConfigDict, Field, ValidationError, model_validator

from ingest.errors import SettingsError, UnknownSection
from ingest.settings import StrictModel

CORPUS = Path(__file__).resolve().parents[1] / "corpus"
"""What ships, in a checkout and in an installed wheel alike."""
SHIPPED = (CORPUS / "guide", CORPUS / "notes")
"""The folders that are ingested as material; source names are relative to them."""


class Consideration(StrictModel):
    """One bullet of the exam guide, in our words; `new` marks what the guide of June 2026 added or widened."""

    id: str = Field(pattern=r"^[1-6]\.\d[a-z]$")
    text: str
    new: bool = False


class Objective(StrictModel):
    """A numbered part of a section."""

    id: str = Field(pattern=r"^[1-6]\.\d$")
    title: str
    considerations: tuple[Consideration, ...] = ()


class Section(StrictModel):
    """A section of the exam; `weight` is the published percentage."""

    number: int = Field(ge=1, le=6)
    title: str
    weight: int
    objectives: tuple[Objective, ...]

    @model_validator(mode="after")
    def _numbered_alike(self) -> "Section":
        for objective in self.objectives:
            if not objective.id.startswith(f"{self.number}."):
                raise ValueError(f"objective {objective.id} does not belong into section {self.number}")
        return self


class Guide(StrictModel):
    """One edition of the exam guide."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    id: str
    name: str
    valid_from: date = Field(alias="from")
    valid_until: date | None = Field(alias="until")
    sections: tuple[Section, ...]

    @property
    def considerations(self) -> tuple[Consideration, ...]:
        """All considerations, in order."""
        return tuple(item for part in self.sections for one in part.objectives for item in one.considerations)

    @property
    def weights(self) -> dict[int, int]:
        """Published percentage of each section."""
        return {section.number: section.weight for section in self.sections}


class ExamFormat(StrictModel):
    """How the exam is given."""

    name: str
    questions: tuple[int, int]
    minutes: int
    kinds: tuple[str, ...]
    passing_score: str
    fee: str
    languages: tuple[str, ...]
    prerequisites: str
    validity: str
    retakes: str
    code: str


class ProductName(StrictModel):
    """A product under its former names, its official name, the short form the exam uses, and search aliases."""

    old: tuple[str, ...]
    new: str
    short: str
    aliases: tuple[str, ...] = ()

    @property
    def forms(self) -> tuple[str, ...]:
        """Every way to say it, each once."""
        return tuple(dict.fromkeys([*self.old, self.new, self.short, *self.aliases]))


class Decision(StrictModel):
    """A choice that scenario questions ask for again and again; `note` begins the note's name, `new` as in a consideration."""

    number: int = Field(ge=1)
    title: str
    note: str
    heading: str
    new: bool = False


class ProductState(StrEnum):
    """Where in its life a product or feature is, when it is not simply available."""

    PREVIEW = "preview"
    DEPRECATED = "deprecated"
    ENDED = "ended"


class Status(StrictModel):
    """A product or feature that is in preview, deprecated or ended; `since` when it got there, `ends` when it stops."""

    name: str
    state: ProductState
    since: date | None = None
    ends: date | None = None
    instead: str = ""
    source: str = Field(pattern=r"^https://")


class Syllabus(StrictModel):
    """The whole of `syllabus.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True, ignored_types=(cached_property,))

    exam: ExamFormat
    current_guide: str
    guides: tuple[Guide, ...]
    """The newest first: its numbers label the notes, the questions and a learner's answers, whichever guide is chosen."""
    changes: tuple[str, ...]
    decisions: tuple[Decision, ...]
    official_hosts: tuple[str, ...]
    """Hosts of official pages, or a path of one."""
    statuses: tuple[Status, ...]
    abbreviations: dict[str, str]
    """What people write in short, and what it stands for."""
    names: tuple[ProductName, ...]

    @model_validator(mode="after")
    def _labelled_alike(self) -> "Syllabus":
        """The newest guide numbers its own considerations; any other has each of them at most once."""
        for part in self.newest.sections:
            for objective in part.objectives:
                if stray := [item.id for item in objective.considerations if item.id[:-1] != objective.id]:
                    raise ValueError(f"consideration {stray[0]} does not belong under objective {objective.id}")
        known = {item.id for item in self.newest.considerations}
        for guide in self.guides:
            ids = [item.id for item in guide.considerations]
            if odd := sorted({one for one in ids if one not in known or ids.count(one) > 1}):
                raise ValueError(f"guide {guide.id} has the consideration {odd[0]} twice, or the newest guide lacks it")
        return self

    @property
    def newest(self) -> Guide:
        """The guide whose numbers label considerations everywhere."""
        return self.guides[0]

    @property
    def guide(self) -> Guide:
        """The guide in force, or the one that the learner chose."""
        return next(guide for guide in self.guides if guide.id == self.current_guide)

    def for_guide(self, name: str) -> "Syllabus":
        """The same under another guide: weights, plan, exam and coverage follow. Raises `SettingsError` naming the guides."""
        known = [guide.id for guide in self.guides]
        if name not in known:
            raise SettingsError(f"There is no exam guide {name!r}. Known guides: {', '.join(known)}.")
        return self if name == self.current_guide else self.model_copy(update={"current_guide": name})

    @cached_property
    def _homes(self) -> dict[str, dict[str, tuple[Section, Objective]]]:
        return {
            guide.id: {
                item.id: (part, objective)
                for part in guide.sections
                for objective in part.objectives
                for item in objective.considerations
            }
            for guide in self.guides
        }

    def home_of(self, consideration: str) -> tuple[Section, Objective] | None:
        """Section and objective under which the chosen guide counts a consideration; None where it does not name it."""
        return self._homes[self.current_guide].get(consideration)

    @property
    def sections(self) -> tuple[Section, ...]:
        """Sections of the chosen guide."""
        return self.guide.sections

    @property
    def considerations(self) -> tuple[Consideration, ...]:
        """All considerations of the chosen guide, in order."""
        return self.guide.considerations

    def section(self, number: int) -> Section:
        """A section by number; raises `UnknownSection` naming those there are."""
        for section in self.sections:
            if section.number == number:
                return section
        known = "; ".join(f"{section.number} {section.title}" for section in self.sections)
        raise UnknownSection(f"The exam has no section {number}. Its sections are: {known}.")

    def objective(self, name: str) -> Objective:
        """An objective such as 4.1; raises `UnknownSection` naming those there are."""
        objectives = [objective for section in self.sections for objective in section.objectives]
        for objective in objectives:
            if objective.id == name:
                return objective
        known = ", ".join(objective.id for objective in objectives)
        raise UnknownSection(f"The exam has no objective {name}. Its objectives are: {known}.")

    @cached_property
    def _names_by_form(self) -> dict[str, ProductName]:
        return {form.lower(): name for name in self.names for form in name.forms}

    @cached_property
    def _any_form(self) -> re.Pattern[str]:
        longest_first = sorted(self._names_by_form, key=len, reverse=True)
        return re.compile(r"(?<![\w-])(?:" + "|".join(map(re.escape, longest_first)) + r")(?![\w-])", re.IGNORECASE)

    def names_in(self, text: str) -> list[tuple[str, ProductName]]:
        """Product names in a text as (form as written, product), in order; of overlapping forms the longest."""
        found = self._any_form.findall(text)
        return [(form, self._names_by_form[form.lower()]) for form in found]

    @cached_property
    def _any_abbreviation(self) -> re.Pattern[str]:
        forms = sorted({*self.abbreviations, *self.abbreviations.values()}, key=len, reverse=True)
        return re.compile(r"(?<![\w-])(?:" + "|".join(map(re.escape, forms)) + r")(?![\w-])", re.IGNORECASE)

    def abbreviations_in(self, text: str) -> list[tuple[str, tuple[str, ...]]]:
        """Abbreviations and what they stand for, as (form as written, every form of it), in order."""
        found = []
        for written in dict.fromkeys(self._any_abbreviation.findall(text)):
            whole = {short.lower(): full for short, full in self.abbreviations.items()}.get(written.lower(), written)
            shorts = [short for short, full in self.abbreviations.items() if full.lower() == whole.lower()]
            found.append((written, (whole, *shorts)))
        return found

    def distinctive(self, form: str) -> str:
        """A product name without the words that a quarter of all products have in theirs; whole when no other is left."""
        words = [word for word in form.split() if word.lower() not in self._brand_words]
        return " ".join(words) or form

    @cached_property
    def _brand_words(self) -> frozenset[str]:
        counts = Counter(
            word for name in self.names for word in {word.lower() for form in name.forms for word in form.split()}
        )
        return frozenset(word for word, count in counts.items() if count >= len(self.names) / 4)

    def section_of(self, source: str, heading_path: tuple[str, ...] | str) -> int | None:
        """The exam section a place in some material belongs to, where its folder or its headings say so.

        The numbers of folders and headings are those of the newest guide.
        """
        if self.guide is not self.newest and (labelled := self._labelled(heading_path)):
            home = self.home_of(labelled)
            return home[0].number if home else None
        folder = re.search(r"(?:^|/)(?:section-)?([1-6])-[a-z]", source)
        if folder:
            return int(folder.group(1))
        heading = heading_path if isinstance(heading_path, str) else " › ".join(heading_path)
        named = re.search(r"\bSection ([1-6])\b", heading, re.IGNORECASE) or re.search(
            r"(?:^|› )([1-6])\.\d[a-z]?\b", heading
        )
        return int(named.group(1)) if named else None

    def _labelled(self, heading_path: tuple[str, ...] | str) -> str | None:
        """The consideration that a heading names in brackets."""
        heading = heading_path if isinstance(heading_path, str) else " › ".join(heading_path)
        named = re.search(r"\(([1-6]\.\d[a-z])\)", heading)
        return named.group(1) if named else None

    def place_of(self, source: str, heading_path: tuple[str, ...]) -> tuple[int | None, str | None, str | None]:
        """Section, objective and consideration of a place in some material, each where its file or headings say so."""
        section = self.section_of(source, heading_path)
        heading = " › ".join(heading_path)
        consideration = self._labelled(heading)
        if consideration and (home := self.home_of(consideration)):
            return home[0].number, home[1].id, consideration
        if consideration and self.guide is not self.newest:
            return None, None, None  # the chosen guide does not name it
        objective = consideration[:-1] if consideration else None
        if objective is None:
            found = re.search(r"(?:^|/|› )([1-6]\.\d)[a-z]?\b", f"{heading}") or re.search(r"/([1-6]\.\d)-", source)
            objective = found.group(1) if found else None
        known = {item.id for part in self.sections for item in part.objectives}
        known_items = {item.id for item in self.considerations}
        return (
            int(objective[0]) if objective in known and objective else section,
            objective if objective in known else None,
            consideration if consideration in known_items else None,
        )


@lru_cache(maxsize=1)
def load_syllabus(path: Path = CORPUS / "syllabus.yaml") -> Syllabus:
    """Read and check the syllabus; raises `SettingsError` naming what is wrong in which file."""
    try:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        return Syllabus.model_validate(yaml.load(path.read_text(encoding="utf-8"), Loader=loader))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        raise SettingsError(f"{path} cannot be used: {error}. Correct it, or reinstall Groundwork.") from error
