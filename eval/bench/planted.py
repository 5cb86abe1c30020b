"""How many planted faults `check` flags, and how many true sentences, by kind of fault: `python -m eval.bench.planted`.

300 sentences written from the shipped notes, each with the words it was written from; 150 hold a planted fault of one of ten
kinds. They are split by note into a development half, on which the weights were fitted, and a half that was held back.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import sqrt
from pathlib import Path

from assistant.checks.verdict import Verdict
from assistant.session import Session
from assistant.syllabus import CORPUS
from ingest.settings import StrictModel

CASES = Path(__file__).with_name("planted.jsonl")
Z = 1.96
DEVELOPMENT, HELD_BACK = "development", "held back"


class PlantedCase(StrictModel):
    """A sentence, the note and the words it was written from, and the kind of its fault; None for a true sentence."""

    id: str
    half: str
    note: str
    fault: str | None
    sentence: str
    quotes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckedCase:
    """A case with the verdict on it."""

    case: PlantedCase
    verdict: Verdict
    probability: float
    found: bool
    """Whether the words it was written from are among the quotes shown."""

    @property
    def flagged(self) -> bool:
        """Whether the sentence was called contradicted or not supported."""
        return self.verdict is not Verdict.SUPPORTED


def load_planted(path: Path = CASES) -> list[PlantedCase]:
    """All cases, the development half first."""
    return [PlantedCase.model_validate_json(line) for line in path.read_text(encoding="utf-8").splitlines()]


def lost_anchors(cases: Sequence[PlantedCase]) -> list[str]:
    """Ids of cases whose words no longer stand in the note they were written from."""
    notes = {case.note: (CORPUS / "notes" / case.note).read_text(encoding="utf-8") for case in cases}
    return [case.id for case in cases if not all(quote in notes[case.note] for quote in case.quotes)]


def check_cases(session: Session, cases: Sequence[PlantedCase]) -> list[CheckedCase]:
    """Each case as `check` sees it, alone."""
    checker = session.checker()
    found = []
    for case in cases:
        (checked,) = checker.check(case.sentence)
        quotes = {one.quote for one in checked.evidence}
        found.append(CheckedCase(case, checked.verdict, checked.probability, bool(quotes & set(case.quotes))))
    return found


def table(rows: Sequence[CheckedCase]) -> list[str]:
    """Lines with the share flagged, true sentences first, then each kind of fault, then all faults."""
    true = [row for row in rows if row.case.fault is None]
    faulty = [row for row in rows if row.case.fault is not None]
    kinds = sorted({row.case.fault for row in faulty if row.case.fault})
    lines = [_line("true sentences (false alarms)", true)]
    lines += [_line(kind, [row for row in faulty if row.case.fault == kind]) for kind in kinds]
    return [*lines, _line("all faults", faulty)]


def _line(name: str, rows: Sequence[CheckedCase]) -> str:
    flagged = sum(row.flagged for row in rows)
    low, high = _interval(flagged / len(rows), len(rows))
    contradicted = sum(row.verdict is Verdict.CONTRADICTED for row in rows)
    return (
        f"{name:<30} {flagged / len(rows):.2f}  [{low:.2f}, {high:.2f}]  n={len(rows):<3} contradicted {contradicted}, "
        f"quote shown {sum(row.found for row in rows)}"
    )


def _interval(share: float, count: int) -> tuple[float, float]:
    """Wilson's interval of a share, 95 % confidence."""
    middle = (share + Z * Z / (2 * count)) / (1 + Z * Z / count)
    half = Z * sqrt(share * (1 - share) / count + Z * Z / (4 * count * count)) / (1 + Z * Z / count)
    return middle - half, middle + half


def main() -> None:
    """Check the cases of one half or both over the shipped material, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=[DEVELOPMENT, HELD_BACK, "all"], default="all")
    parser.add_argument(
        "--home", type=Path, help="A home with the shipped material; made in a temporary folder otherwise."
    )
    parser.add_argument("--misses", action="store_true", help="Print what was missed and what was flagged wrongly.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        session = Session(options.home or Path(folder))
        session.library.add([], now=datetime.now(UTC), report=lambda progress: None)
        for half in [DEVELOPMENT, HELD_BACK] if options.half == "all" else [options.half]:
            rows = check_cases(session, [case for case in load_planted() if case.half == half])
            sys.stdout.write(f"\n{half}\n" + "\n".join(table(rows)) + "\n")
            for row in rows if options.misses else []:
                if row.flagged != bool(row.case.fault):
                    sys.stdout.write(f"{row.probability:.2f} {row.case.fault or 'true'}: {row.case.sentence}\n")


if __name__ == "__main__":
    main()
