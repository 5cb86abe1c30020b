"""The long runs as one table: what was tried, what survived, what was lost; at most an hour in all.

`make soak` runs it; `python -m tests.soak WORD` only the lines that hold a word. Each line is a set of tests with larger numbers
than the suite has; a test that tries many things itself says how many with `record_property`.
"""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from tests.conftest import ROOT

MINUTES = 60
"""For everything; what was not reached by then is not run, and the table says so."""


@dataclass(frozen=True)
class Line:
    """One line of the table: tests, with the settings that make them long, and the most minutes they may take."""

    name: str
    tests: str
    only: str = ""
    minutes: float = 5
    settings: dict[str, str] = field(default_factory=dict)


LINES = (
    Line("ingests killed at random moments", "test_ingest_run.py", "killed", 12, {"STUDY_TEST_KILLS": "20"}),
    Line("quizzes killed at random moments", "test_assistant_keeping.py", "killed", 4, {"STUDY_TEST_KILLS": "20"}),
    Line("mutated files of every format", "test_ingest_untrusted.py", "mutated", 10, {"STUDY_TEST_MUTATIONS": "600"}),
    Line(
        "archives, bombs and a full disk while ingesting",
        "test_ingest_untrusted.py test_ingest_files.py",
        "not mutated",
        6,
    ),
    Line(
        "files that hang, crash or fill memory",
        "test_ingest_worker.py test_ingest_hostile.py",
        "",
        8,
        {"STUDY_TEST_MARKS": "16", "STUDY_TEST_PAGES": "4900"},
    ),
    Line("addresses, paths, names, archives and exports of an attacker", "test_ingest_attack.py", "", 3),
    Line("regular expressions against worst cases", "test_ingest_patterns.py", "", 12, {"STUDY_TEST_PATTERNS": "all"}),
    Line("hostile pages drawn", "test_ui_page_image.py", "", 3),
    Line("forms of damage to a home", "test_assistant_damage.py", "not flipped", 6),
    Line(
        "bytes flipped in random places of a home",
        "test_assistant_damage.py",
        "flipped",
        20,
        {"STUDY_TEST_FLIPS": "200"},
    ),
    Line("progress damaged, restored, migrated", "test_assistant_keeping.py", "not killed", 3),
    Line("people who share a server", "test_assistant_people.py test_ui_people.py", "", 5),
    Line("homes without room", "test_ui_no_room.py", "", 4),
    Line("documents that give orders or hide text", "test_assistant_injection.py test_ingest_hidden.py", "", 5),
    Line("text that must stay text in the app and in exports", "test_ui_render.py", "", 3),
    Line("secrets and telemetry", "test_ui_secrets.py test_ingest_telemetry.py", "", 4),
    Line(
        "people asking, ingesting and practicing at once", "test_assistant_load.py", "", 20, {"STUDY_TEST_LOAD": "600"}
    ),
)


@dataclass(frozen=True)
class Outcome:
    """What came of a line; `said` is what its tests measured."""

    tried: int
    lost: int
    seconds: float
    said: str = ""


def run(line: Line, seconds: float) -> Outcome:
    """Run the tests of a line, stopped after `seconds`: what was not finished by then counts as neither survived nor lost."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        command += ["-o", "junit_family=xunit1", f"--junitxml={report}"]  # the default family refuses `record_property`
        command += [f"tests/{name}" for name in line.tests.split()] + (["-k", line.only] if line.only else [])
        started = time.monotonic()
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | line.settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            process.wait(timeout=seconds)
            cut_off = ""
        except subprocess.TimeoutExpired:
            process.send_signal(2)  # as Ctrl-C does: pytest still writes what it has
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
            cut_off = f"stopped after {seconds / 60:.0f} min"
        tried, lost, said = _read(report) if report.exists() else (0, 0, "no report")
        if not tried and not cut_off:
            tried, lost, said = 1, 1, "no test ran"
        return Outcome(tried, lost, time.monotonic() - started, ", ".join(filter(None, [*said.split(", "), cut_off])))


def _read(report: Path) -> tuple[int, int, str]:
    """How much was tried and lost, and what was measured, from pytest's own report."""
    tried = lost = 0
    said: list[str] = []
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        if case.find("skipped") is not None:
            said.append("some skipped")
            continue
        values = {one.get("name", ""): one.get("value", "") for one in case.iter("property")}
        fault = next((one for name in ("failure", "error") if (one := case.find(name)) is not None), None)
        failed = fault is not None
        tried += int(values.pop("tried", 1))
        lost += int(values.pop("lost", failed)) or int(failed)
        said += [f"{name} {value}" for name, value in values.items()]
        if fault is not None:
            said.append(f"lost: {case.get('name')} ({fault.get('message', '')[:80]!r})")
    return tried, lost, ", ".join(dict.fromkeys(said))


def main() -> int:
    """Print the table while it grows; 1 when anything was lost."""
    chosen = [line for line in LINES if all(word in f"{line.name} {line.tests}" for word in sys.argv[1:])]
    ends = time.monotonic() + 60 * MINUTES
    lost = 0
    sys.stdout.write(f"{'what':<52} {'tried':>6} {'survived':>9} {'lost':>5} {'minutes':>8}\n")
    for line in chosen:
        left = min(60 * line.minutes, ends - time.monotonic())
        if left < 30:
            sys.stdout.write(f"{line.name:<52} {'not run: the hour is over':>30}\n")
            continue
        one = run(line, left)
        lost += one.lost
        sys.stdout.write(
            f"{line.name:<52} {one.tried:>6} {one.tried - one.lost:>9} {one.lost:>5} {one.seconds / 60:>8.1f}  {one.said}\n"
        )
        sys.stdout.flush()
    return min(1, lost)


if __name__ == "__main__":
    sys.exit(main())
