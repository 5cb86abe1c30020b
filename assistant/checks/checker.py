"""Checks a text against the material, sentence by sentence, without a language model."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from assistant.checks.claims import CitedPlace, Claim, claims_in
from assistant.checks.features import Features, Surroundings, closeness, compare, surroundings
from assistant.checks.verdict import Difference, Mismatch, Verdict, load_weights, mismatches, verdict_on
from assistant.checks.words import WordReader
from assistant.search.retrieval import Belongs, Evidence, Findings
from assistant.syllabus import ProductName, Syllabus
from ingest.embeddings import Embedder
from ingest.errors import QuestionRejected
from ingest.index import Index
from ingest.lexical import LexicalIndex
from ingest.units import QUOTABLE, Kind, plain

LONGEST_TEXT = 20_000
"""Characters; about ten pages."""
CANDIDATES = 12
"""Units laid beside a sentence; of the development half 139 of 150 had theirs among the first three."""
SHOWN = 3
NEAR_CLOSEST = 0.25
"""Further units are shown when they are at least this close to the closest."""
ADVISED_AGAINST = "Not: "
Find = Callable[[str, Belongs | None], Findings]


@dataclass(frozen=True, slots=True)
class Renamed:
    """A former product name in a sentence, and the present one."""

    former: str
    present: str


@dataclass(frozen=True, slots=True)
class CheckedSentence:
    """A sentence, what the material says to it, and where; `probability` is that of a fault, 0 to 1."""

    text: str
    verdict: Verdict
    probability: float = 0.0
    evidence: tuple[Evidence, ...] = ()
    """The unit that decided, and others as close, the closest first."""
    mismatches: tuple[Mismatch, ...] = ()
    renamed: tuple[Renamed, ...] = ()


@dataclass(frozen=True, slots=True)
class Beside:
    """A sentence beside the unit closest to it."""

    evidence: tuple[Evidence, ...]
    features: Features
    around: Surroundings

    @property
    def probability(self) -> float:
        """That the sentence is faulty, by the fitted weights."""
        return load_weights().probability(self.features)

    @property
    def supported(self) -> bool:
        """Whether nothing that counts was found against the sentence."""
        return self.probability <= load_weights().threshold


def statement(unit: Evidence) -> str:
    """What a unit says as a sentence: of a decision's row the need, the choice and the reason, not what it advises against."""
    if unit.kind is not Kind.ROW:
        return unit.words
    cells = [cell for cell in unit.words.split(" · ") if not cell.startswith(ADVISED_AGAINST)]
    return "; ".join(cell.removeprefix("Choose: ").removeprefix("Because: ") for cell in cells)


class Checker:
    """Checks sentences over one index; what it read of the material is kept until the material changes."""

    def __init__(self, find: Find, index: Index, embedder: Embedder, syllabus: Syllabus) -> None:
        self._find = find
        self._index = index
        self._embedder = embedder
        self._syllabus = syllabus
        self._read_of: tuple[LexicalIndex, WordReader] | None = None

    def check(self, text: str) -> list[CheckedSentence]:
        """Every sentence of a text in order. Raises `QuestionRejected` when the text is empty or too long."""
        if len(text) > LONGEST_TEXT:
            raise QuestionRejected(
                f"The text has {len(text)} characters, more than {LONGEST_TEXT}. Check it in parts, such as page by page."
            )
        claims = claims_in(text.encode("utf-8", "replace").decode())
        if not claims:
            raise QuestionRejected("There is no sentence to check. Give a text, such as an explanation or your notes.")
        return [self._checked(claim) for claim in claims]

    def reader(self) -> WordReader:
        """Reads sentences with the rarity of words in the present material."""
        lexical = self._index.lexical()
        if self._read_of is None or self._read_of[0] is not lexical:
            self._read_of = lexical, WordReader(self._embedder, self._syllabus, lexical.weight)
        return self._read_of[1]

    def beside(self, sentence: str, *, before: str = "", belongs: Belongs | None = None) -> Beside | None:
        """The sentence beside the closest unit of what is found for it and the sentence before; None when nothing is."""
        findings = self._find(f"{before} {sentence}".strip(), belongs)
        candidates = [one for one in findings.evidence if one.kind in QUOTABLE][:CANDIDATES]
        if not candidates:
            return None
        reader = self.reader()
        near = [closeness(reader, sentence, statement(one), one.chunk.heading, one.cosine) for one in candidates]
        order = sorted(range(len(candidates)), key=lambda at: -near[at])
        shown = [candidates[at] for at in order if near[at] >= near[order[0]] - NEAR_CLOSEST][:SHOWN]
        around = surroundings(reader, sentence, [statement(one) for one in candidates])
        best = shown[0]
        features = compare(reader, sentence, statement(best), best.chunk.heading, cosine=best.cosine, around=around)
        return Beside(tuple(shown), features, around)

    def _checked(self, claim: Claim) -> CheckedSentence:
        renamed = tuple(_former_names(claim.text, self._syllabus))
        if not claim.checkable:
            return CheckedSentence(claim.text, Verdict.NOT_CHECKED, renamed=renamed)
        found = self.beside(claim.text, before=claim.before)
        if found is None:
            return CheckedSentence(claim.text, Verdict.NOT_SUPPORTED, 1.0, renamed=renamed)
        found, astray = self._where_cited(claim, found)
        return replace(self._judged(claim, found, astray), renamed=renamed)

    def _judged(self, claim: Claim, found: Beside, astray: list[Mismatch]) -> CheckedSentence:
        unit, heading = statement(found.evidence[0]), found.evidence[0].chunk.heading
        astray = [*astray, *self._misquoted(claim, found.evidence)]
        if found.supported:
            return CheckedSentence(claim.text, Verdict.SUPPORTED, found.probability, found.evidence, tuple(astray))
        differs = mismatches(self.reader(), claim.text, unit, heading, found.features, found.around)
        verdict = verdict_on(self.reader(), claim.text, unit, heading, differs)
        return CheckedSentence(claim.text, verdict, found.probability, found.evidence, (*differs, *astray))

    def _where_cited(self, claim: Claim, found: Beside) -> tuple[Beside, list[Mismatch]]:
        """The sentence beside the place it cites where that bears it out, else as found, with the citation as a mismatch."""
        if not claim.cited or any(_is_at(found.evidence[0], place) for place in claim.cited):
            return found, []
        there = self.beside(claim.text, before=claim.before, belongs=_cited_by(claim.cited))
        if there and any(_is_at(there.evidence[0], place) for place in claim.cited) and there.supported:
            return there, []
        cited = "; ".join(f"{one.source}{f', page {one.page}' if one.page else ''}" for one in claim.cited)
        held = found.evidence[0].chunk
        return found, [Mismatch(Difference.CITATION, cited, f"{held.source}, page {held.page}")]

    def _misquoted(self, claim: Claim, evidence: Sequence[Evidence]) -> list[Mismatch]:
        """Words between quotation marks that stand on none of the pages of the evidence."""
        if not claim.quoted:
            return []
        places = dict.fromkeys((one.chunk.source, one.chunk.page) for one in evidence)
        pages = [plain(self._index.page_text(*place)).casefold() for place in places]
        return [
            Mismatch(Difference.QUOTE, quoted, evidence[0].words)
            for quoted in claim.quoted
            if not any(" ".join(quoted.split()).strip(" .,").casefold() in page for page in pages)
        ]


def _former_names(text: str, syllabus: Syllabus) -> list[Renamed]:
    def former(form: str, name: ProductName) -> bool:
        return form.lower() in {old.lower() for old in name.old} and form not in (name.new, name.short)

    return list(dict.fromkeys(Renamed(form, name.new) for form, name in syllabus.names_in(text) if former(form, name)))


def _is_at(evidence: Evidence, place: CitedPlace) -> bool:
    return _same_source(evidence.chunk.source, place.source) and place.page in (None, evidence.chunk.page)


def _cited_by(places: Sequence[CitedPlace]) -> Belongs:
    return lambda source, heading: any(_same_source(source, place.source) for place in places)


def _same_source(source: str, cited: str) -> bool:
    """Whether a cited name is a source's, with or without its folders."""
    return source == cited or PurePosixPath(source).name == cited or source.endswith(f"/{cited}")
