import json
from datetime import timedelta
from pathlib import Path

import pytest

from assistant.session import Session
from eval.command import KEPT_RUNS, Wish, keep_run, kept_runs, run_evaluation, run_started
from eval.material import MarkedCases, make_cases
from ingest.errors import EvaluationError
from tests.conftest import NOW, make_home

GLOSSARY = """# Herbs

Basil is an annual herb with soft leaves that loses its taste when it is dried.
Sage means a perennial shrub with grey leaves that keeps its taste for a year.
Chervil is a mild herb that is added at the very end because heat destroys it.

| Herb | Sown in | Keeps |
|---|---|---|
| Dill seed | April | two years |
| Caraway | May | four years |
"""


@pytest.fixture
def own(tmp_path: Path, models: Path) -> Session:
    note = tmp_path / "herbs.md"
    note.write_text(GLOSSARY, encoding="utf-8")
    session = Session(make_home(tmp_path / "own", models))
    session.library.add([note], now=NOW, report=lambda progress: None)
    return session


def test_cases_are_made_from_material_that_has_nothing_to_do_with_the_exam(own: Session) -> None:
    cases = make_cases(own.index, seed=1)
    questions = [case.question for case in cases if case.kind == "made"]
    assert "What is Sage?" in questions
    assert "Caraway: what about sown in?" in questions
    assert make_cases(own.index, seed=1) == cases
    assert any(case.kind == "off-topic" for case in cases)


def test_an_evaluation_over_own_material_is_kept_apart_from_the_shipped_one(own: Session) -> None:
    outcome = run_evaluation(own, Wish(material=True), now=NOW, report=lambda done, total: None)
    means = {row["name"]: row["mean"] for row in outcome.run["summary"] if row["scored"]}
    assert means["citations: validity"] == 1.0
    assert means["retrieval: recall@5"] >= 0.8
    assert len(kept_runs(own.home, material=True)) == 1
    assert not kept_runs(own.home)


def test_the_last_runs_are_kept_and_older_ones_go(tmp_path: Path) -> None:
    for day in range(KEPT_RUNS + 2):
        later = NOW + timedelta(days=day)
        keep_run({"day": day}, tmp_path, material=True, now=later)
    kept = kept_runs(tmp_path, material=True)
    assert [run_started(path) for path in kept] == [later - timedelta(days=day) for day in range(KEPT_RUNS)]


def test_a_wrong_answer_becomes_a_case_that_is_asked_again(own: Session) -> None:
    marked = MarkedCases(own.home)
    right = marked.mark("when is chervil added", own.index, right="added at the\nvery end because heat")
    assert right.gold[0].quote == "added at the very end because heat"
    assert marked.mark("who sells parsley", own.index).expect.value == "refuse"
    outcome = run_evaluation(own, Wish(material=True), now=NOW + timedelta(days=1), report=lambda done, total: None)
    assert {"marked-001", "marked-002"} <= {case["id"] for case in outcome.run["cases"]}


def test_words_that_are_not_in_the_library_are_no_gold(own: Session) -> None:
    with pytest.raises(EvaluationError, match="do not stand in your library"):
        MarkedCases(own.home).mark("q", own.index, right="parsley is a bird")


def test_marked_cases_travel_to_another_home_and_are_not_doubled(own: Session, tmp_path: Path) -> None:
    marked = MarkedCases(own.home)
    marked.mark("who sells parsley", own.index)
    file = tmp_path / "cases.jsonl"
    assert marked.export(file) == 1
    assert json.loads(file.read_text())["question"] == "who sells parsley"
    other = MarkedCases(tmp_path / "elsewhere")
    assert (other.add(marked.all()), other.add(marked.all())) == (1, 0)


def test_a_library_without_facts_says_what_it_needs(tmp_path: Path, models: Path) -> None:
    note = tmp_path / "empty.md"
    note.write_text("so it goes and goes and goes", encoding="utf-8")
    session = Session(make_home(tmp_path / "bare", models))
    session.library.add([note], now=NOW, report=lambda progress: None)
    with pytest.raises(EvaluationError, match="definitions or tables"):
        run_evaluation(session, Wish(material=True), now=NOW, report=lambda done, total: None)
    MarkedCases(session.home).mark("who sells parsley", session.index)
    run_evaluation(session, Wish(material=True), now=NOW, report=lambda done, total: None)


def test_an_unknown_suite_names_the_known_ones(corpus: Session) -> None:
    with pytest.raises(EvaluationError, match="retrieval, citations"):
        run_evaluation(corpus, Wish(suite="nonsense"), now=NOW, report=lambda done, total: None)


def test_the_baseline_cannot_be_checked_over_own_material(own: Session) -> None:
    with pytest.raises(EvaluationError, match="baseline belongs to the shipped corpus"):
        run_evaluation(own, Wish(material=True, check=True), now=NOW, report=lambda done, total: None)
