"""No regular expression that touches material takes more than linear time, whatever 40,000 characters it is given."""

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

SHARE = os.environ.get("STUDY_TEST_PATTERNS", "150")
"""Of the hostile strings, one in this many; `all` for each, which takes minutes."""


def test_no_pattern_is_slow_on_any_of_the_strings_made_for_it(record_property: pytest.FixtureRequest) -> None:
    """The program runs by itself, under a bound on processor time, which the first search without an end would use up."""
    command = [sys.executable, "-m", "tests.hostile_patterns", SHARE]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr[-1000:]
    patterns, slow = int(lines[0].split()[0]), lines[1:]
    record_property("tried", patterns)  # type: ignore[operator]
    record_property("lost", len(slow))  # type: ignore[operator]
    assert patterns > 100
    assert slow == []
