import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assistant.quotes import QuotesWriter
from assistant.retrieval import Findings
from assistant.session import Session
from assistant.writers import DraftSentence, Writer
from eval.cases import CASES, EvalCase, Expectation, load_cases
from eval.gate import Verdict, baseline_of, compare, load_baseline
from eval.report import failed_cases, run_html, run_json, summarise
from eval.run import CaseResult, evaluate
from eval.scorers import Score
from ingest.errors import EvaluationError
from ingest.index import Index
from tests.conftest import NOW, ROOT

SAMPLE = [case for number, case in enumerate(load_cases()) if number % 3 == 0]


@pytest.fixture(scope="module")
def run(corpus: Session) -> dict[str, Any]:
    return run_json(evaluate(corpus, SAMPLE, QuotesWriter, now=NOW))


@pytest.fixture(scope="module")
def baseline(run: dict[str, Any]) -> dict[str, Any]:
    return baseline_of(run, "test")


def test_there_are_enough_cases_of_both_kinds_and_about_half_are_held_back() -> None:
    cases = load_cases()
    assert sum(case.expect is Expectation.ANSWER for case in cases) >= 40
    assert sum(case.expect is Expectation.REFUSE for case in cases) >= 20
    assert 0.35 < sum(case.held_back for case in cases) / len(cases) < 0.65


def test_no_code_that_answers_reads_the_cases() -> None:
    for stage in ("ingest", "assistant"):
        for path in (ROOT / stage).rglob("*.py"):
            words = path.read_text(encoding="utf-8")
            assert "eval.cases" not in words
            assert "cases/" not in words


def test_the_committed_baseline_belongs_to_the_cases() -> None:
    assert set(load_baseline()["cases"]) == {case.id for case in load_cases()}


def test_an_unchanged_system_passes(run: dict[str, Any], baseline: dict[str, Any]) -> None:
    assert compare(run, baseline) == Verdict(True, (), (), ())


class RefuseEverything:
    name = "refuse"

    def write(self, question: str, findings: Findings) -> Iterator[DraftSentence]:
        return iter(())


class ShuffledCitations:
    """Says the right sentences with the quotes of others."""

    name = "shuffled"

    def __init__(self, index: Index) -> None:
        self._writer = QuotesWriter(index)

    def write(self, question: str, findings: Findings) -> Iterator[DraftSentence]:
        drafts = list(self._writer.write(question, findings))
        worst = findings.evidence[::-1][: len(drafts)]
        for draft, item in zip(drafts, worst, strict=False):
            quote = replace(draft.quotes[0], chunk=item.chunk, start=item.start, end=item.end)
            yield replace(draft, quotes=(quote,))


@pytest.mark.parametrize("writer", [RefuseEverything(), None], ids=["refuse everything", "shuffle citations"])
def test_a_broken_writer_turns_the_gate_red(corpus: Session, baseline: dict[str, Any], writer: Writer | None) -> None:
    broken = evaluate(corpus, SAMPLE, lambda index: writer or ShuffledCitations(index), now=NOW)
    verdict = compare(run_json(broken), baseline)
    assert not verdict.passed
    assert verdict.worse


def test_answering_everything_turns_the_gate_red(
    corpus: Session, baseline: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.answer.probability_answered", lambda findings: 1.0)
    assert not compare(run_json(evaluate(corpus, SAMPLE, QuotesWriter, now=NOW)), baseline).passed


def test_dropping_the_lexical_side_turns_the_gate_red(
    corpus: Session, baseline: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.retrieval.DENSE_SHARE", 1.0)
    assert compare(run_json(evaluate(corpus, SAMPLE, QuotesWriter, now=NOW)), baseline).worse


def test_one_invalid_citation_turns_the_gate_red(run: dict[str, Any], baseline: dict[str, Any]) -> None:
    broken = copy.deepcopy(run)
    row = next(row for row in broken["summary"] if row["name"] == "citations: validity")
    row["mean"] = 0.999
    assert not compare(broken, baseline).passed


def test_a_score_that_is_gone_turns_the_gate_red(run: dict[str, Any], baseline: dict[str, Any]) -> None:
    broken = copy.deepcopy(run)
    broken["summary"] = broken["summary"][1:]
    assert not compare(broken, baseline).passed


def test_unscored_cases_are_counted_apart_and_do_not_lower_the_mean() -> None:
    case = EvalCase(id="a", question="q", expect=Expectation.REFUSE, kind="k")
    results = [
        CaseResult(case, (Score("x", value, ""),), refused=True, answer="", cited=(), seconds=0.1)
        for value in (1.0, None, 0.0)
    ]
    (summary,) = summarise(results)
    assert (summary.mean, summary.scored, summary.unscored) == (0.5, 2, 1)
    assert summary.low <= summary.mean <= summary.high


def test_the_report_page_shows_failed_cases_and_escapes_what_it_quotes(run: dict[str, Any]) -> None:
    marked = copy.deepcopy(run)
    marked["cases"][0]["question"] = "<script>alert(1)</script>"
    marked["cases"][0]["scores"][0]["value"] = 0.0
    page = run_html(marked)
    assert marked["cases"][0] in failed_cases(marked)
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "line 1"),
        (json.dumps({"id": "a", "question": "q", "expect": "answer", "kind": "k"}), "gold"),
        (json.dumps({"id": "a", "question": "q", "expect": "refuse", "kind": "k", "extra": 1}), "extra"),
    ],
)
def test_a_broken_case_is_named_with_its_line(tmp_path: Path, line: str, says: str) -> None:
    (tmp_path / "cases.jsonl").write_text(line + "\n")
    with pytest.raises(EvaluationError, match=says):
        load_cases(tmp_path)


def test_the_shipped_cases_are_where_the_package_looks() -> None:
    assert list(CASES.glob("*.jsonl"))
