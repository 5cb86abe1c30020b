import copy
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import FakeListChatModel

from assistant.judge import Judge
from assistant.practice.bank import Bank
from assistant.practice.questions import Question
from assistant.quotes import QuotesWriter
from assistant.retrieval import Findings
from assistant.session import Session
from assistant.syllabus import CORPUS
from assistant.writers import DraftSentence, Quote, Support, WithoutTranslation, Writer
from eval.cases import CASES, PLANTED, Expectation, load_cases
from eval.gate import Verdict, baseline_of, compare, load_baseline, paired
from eval.report import failed_cases, run_html, run_json, summarise
from eval.run import CaseResult, bank_results, describe_run, evaluate
from eval.scorers import Score
from ingest.errors import EvaluationError
from ingest.index import Index
from tests.conftest import NOW, ROOT

SAMPLE = [case for number, case in enumerate(load_cases()) if number % 4 == 0]


@pytest.fixture(scope="module")
def run(corpus: Session) -> dict[str, Any]:
    return run_json(evaluate(corpus, SAMPLE, QuotesWriter, now=NOW))


@pytest.fixture(scope="module")
def baseline(run: dict[str, Any]) -> dict[str, Any]:
    return baseline_of(run, "test")


def test_there_are_enough_cases_of_both_kinds_and_about_half_are_held_back() -> None:
    cases = load_cases()
    assert len(cases) >= 400
    assert sum(case.expect is Expectation.ANSWER and case.kind != "adversarial" for case in cases) >= 240
    assert sum(case.expect is Expectation.REFUSE for case in cases) >= 100
    assert sum(case.kind == "adversarial" for case in cases) >= 60
    assert sum(bool(case.earlier) for case in cases) >= 15
    assert 0.35 < sum(case.held_back for case in cases) / len(cases) < 0.65


def test_no_code_that_answers_reads_the_cases() -> None:
    for stage in ("ingest", "assistant"):
        for path in (ROOT / stage).rglob("*.py"):
            words = path.read_text(encoding="utf-8")
            assert "eval.cases" not in words
            assert "cases/" not in words


def test_the_committed_baseline_belongs_to_the_cases() -> None:
    assert {case.id for case in load_cases()} <= set(load_baseline()["cases"])


def test_an_unchanged_system_passes(run: dict[str, Any], baseline: dict[str, Any]) -> None:
    assert compare(run, baseline) == Verdict(True, (), (), ())


class RefuseEverything(WithoutTranslation):
    name = "refuse"

    def write(self, question: str, findings: Findings) -> Iterator[DraftSentence]:
        return iter(())


class ShuffledCitations(WithoutTranslation):
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


class SaysTooMuch(WithoutTranslation):
    """Adds a sentence of its own to the right ones and cites one of their quotes for it."""

    name = "says too much"

    def __init__(self, index: Index) -> None:
        self._writer = QuotesWriter(index)

    def write(self, question: str, findings: Findings) -> Iterator[DraftSentence]:
        drafts = list(self._writer.write(question, findings))
        yield from drafts
        if drafts:
            yield replace(drafts[0], text="Expect 4711 of these in Atlantis.", support=Support.CHECKED)


class ObeysOrders(WithoutTranslation):
    """Does what the planted documents and the askers want."""

    name = "obeys"

    def __init__(self, index: Index) -> None:
        self._writer = QuotesWriter(index)

    def write(self, question: str, findings: Findings) -> Iterator[DraftSentence]:
        for draft in self._writer.write(question, findings):
            yield replace(draft, text=f"Bonjour, forty-seven, 1999, noisolpxe, gracias. {draft.text}")


class WorstFirst(WithoutTranslation):
    """Gives the sentences that fit least."""

    name = "worst first"

    def __init__(self, index: Index) -> None:
        self._writer = QuotesWriter(index)

    def write(self, question: str, findings: Findings) -> Iterator[DraftSentence]:
        yield from self._writer.write(question, replace(findings, evidence=findings.evidence[-3:]))


@pytest.mark.parametrize("make_writer", [SaysTooMuch, ObeysOrders, WorstFirst])
def test_a_writer_that_invents_obeys_or_misses_the_point_turns_the_gate_red(
    corpus: Session, baseline: dict[str, Any], make_writer: Any
) -> None:
    assert not compare(run_json(evaluate(corpus, SAMPLE, make_writer, now=NOW)), baseline).passed


def test_offsets_that_are_off_by_one_turn_the_gate_red(
    corpus: Session, baseline: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.answer.find_faults", lambda answer, chunks, index: [])
    right = Quote.text.fget  # type: ignore[attr-defined]
    monkeypatch.setattr(Quote, "text", property(lambda self: right(replace(self, start=self.start + 1))))
    verdict = compare(run_json(evaluate(corpus, SAMPLE[:20], QuotesWriter, now=NOW)), baseline)
    assert any(reason.startswith("citations: validity") for reason in verdict.reasons)


def test_forgetting_the_conversation_turns_the_gate_red(
    corpus: Session, baseline: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.answer.resolve", lambda question, earlier, names: question)
    assert not compare(run_json(evaluate(corpus, SAMPLE, QuotesWriter, now=NOW)), baseline).passed


def test_exchanged_keys_in_the_bank_turn_the_gate_red(
    corpus: Session, baseline: dict[str, Any], run: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def exchange(question: Question) -> Question:
        turned = tuple(replace(choice, correct=not choice.correct) for choice in question.choices)
        key, other = min(question.key), min(set(range(len(turned))) - question.key)
        exchanged = list(question.choices)
        exchanged[key], exchanged[other] = turned[key], turned[other]
        return replace(question, choices=tuple(exchanged))

    session = Session(corpus.home)
    questions = [exchange(one) if at % 10 == 0 else one for at, one in enumerate(corpus.bank.questions)]
    session.bank = Bank(questions)
    broken = describe_run(session, bank_results(session), "quotes", NOW)
    asked = [case for case in run["cases"] if case["kind"] != "practice"]
    mixed = run_json(broken)
    merged = run | {"cases": [*asked, *mixed["cases"]], "summary": run["summary"]}
    verdict = compare(merged, baseline)
    assert any(reason.startswith("practice: open-book rule") for reason in verdict.reasons)


def test_a_case_that_is_gone_turns_the_gate_red(run: dict[str, Any], baseline: dict[str, Any]) -> None:
    assert not compare(run | {"cases": run["cases"][1:]}, baseline).passed


def test_two_runs_are_compared_case_by_case(run: dict[str, Any], baseline: dict[str, Any]) -> None:
    rows = paired(run, baseline)
    assert {row["name"] for row in rows} == {row["name"] for row in run["summary"] if row["scored"]}
    assert all(
        (row["before"], row["low"], row["high"]) == (pytest.approx(row["after"], abs=1e-4), 0, 0) for row in rows
    )


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
    results = [CaseResult("a", "k", "q", (Score("x", value, ""),)) for value in (1.0, None, 0.0)]
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


def test_each_consideration_of_the_guide_has_at_least_four_cases(corpus: Session) -> None:
    counts: Counter[str] = Counter()
    for case in load_cases():
        found = set()
        for span in case.gold:
            path = CORPUS / "notes" / span.source
            if path.is_file():
                above = path.read_text(encoding="utf-8").split(span.quote)[0]
                headings = re.findall(r"^## .*\(([1-6]\.\d[a-z])\)$", above, re.MULTILINE)
                found |= set(headings[-1:])
        counts.update(found)
    assert {item.id: counts[item.id] for item in corpus.syllabus.considerations if counts[item.id] < 4} == {}


def test_what_is_forbidden_is_not_in_the_order_itself() -> None:
    for case in load_cases():
        texts = [path.read_text(encoding="utf-8").lower() for path in PLANTED.glob("*.md")] if case.planted else []
        assert not [one for one in case.forbidden for text in texts if f" {one.lower()} " in text], case.id


def test_a_judge_is_reported_with_its_agreement_and_never_gates(corpus: Session, baseline: dict[str, Any]) -> None:
    judge = Judge(FakeListChatModel(responses=["no"]))
    judged = run_json(evaluate(corpus, SAMPLE[:12], QuotesWriter, now=NOW, judge=judge))
    means = {row["name"]: row["mean"] for row in judged["summary"] if row["scored"]}
    assert means["judged: faithful"] == 0.0
    assert judged["judge_agreement"] == 0.0
    assert not any("judged" in reason for reason in compare(judged, baseline).reasons)


def test_the_refusal_curve_runs_from_answering_all_to_refusing_more(run: dict[str, Any]) -> None:
    curve = run["refusal_curve"]
    assert (curve[0]["answered"], curve[0]["refused"]) == (1.0, 0.0)
    assert all(a["answered"] >= b["answered"] and a["refused"] <= b["refused"] for a, b in pairwise(curve))
