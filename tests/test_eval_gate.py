"""The gate: what closes it, shown on copies of one run whose scores are changed and on parts that are switched off."""

import copy
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import FakeListChatModel

from assistant.answer import Assistant
from assistant.answers import DraftSentence, Quote, Support
from assistant.checks.judge import Judge
from assistant.practice.questions import Question
from assistant.reader.reader import Reading
from assistant.search.retrieval import Findings, Retriever
from assistant.session import Session
from assistant.syllabus import CORPUS
from assistant.writers.draft import WithoutTranslation, Writer
from assistant.writers.quotes import QuotesWriter
from eval.cases import CASES, PLANTED, EvalCase, Expectation, load_cases
from eval.gate import FLOORS, FOR_EACH_KIND, Verdict, baseline_of, compare, load_baseline, paired
from eval.report import failed_cases, run_html, run_json, summarise
from eval.run import CaseResult, Examiner, ask_all, bank_results, describe_run, open_corpus_index
from eval.scorers import Score
from ingest.errors import EvaluationError
from ingest.index import Index
from ingest.run import Ingest
from ingest.settings import IndexSettings, ReadingSettings
from tests.conftest import NOW, ROOT

Run = dict[str, Any]
EVERY = 20
"""Of each kind this part of the cases is asked."""
BANK_EVERY = 12


def sample() -> list[EvalCase]:
    """A twentieth of each kind, at least two cases, and ten conversations."""
    kinds: dict[str, list[EvalCase]] = defaultdict(list)
    for case in load_cases():
        kinds[case.kind].append(case)
    return [
        case
        for kind, cases in kinds.items()
        for case in (cases[:10] if kind == "conversation" else cases[:: min(EVERY, max(1, len(cases) // 2))])
    ]


SAMPLE = sample()
ANSWERABLE = [case for case in SAMPLE if case.gold and not case.planted and not case.earlier][:16]


class Remembering(Assistant):
    """Reads each question once for all tests, so that a change behind the search costs no search."""

    kept: dict[str, Reading]

    def read(self, question: str, section: int | None = None) -> Reading:
        if question not in self.kept:
            self.kept[question] = super().read(question, section)
        return self.kept[question]


Make = Callable[[Index], Writer]


class Bench:
    """Evaluates cases over indexes that are opened once; `kept` are the readings of each index."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.indexes = {planted: open_corpus_index(session, now=NOW, planted=planted) for planted in (False, True)}
        self.kept: dict[bool, dict[str, Reading]] = {False: {}, True: {}}

    def run(
        self,
        cases: Sequence[EvalCase] = SAMPLE,
        make_writer: Make = QuotesWriter,
        *,
        assistant: type[Remembering] = Remembering,
        kept: dict[bool, dict[str, Reading]] | None = None,
        refuse_below: float | None = None,
        judge: Judge | None = None,
    ) -> Run:
        examiners = {}
        for planted, index in self.indexes.items():
            examiner = Examiner(self.session, index, make_writer(index), judge)
            retriever = Retriever(index, self.session.embedder)
            examiner.assistant = assistant(retriever, self.session.syllabus, refuse_below=refuse_below)
            examiner.assistant.kept = (self.kept if kept is None else kept)[planted]  # type: ignore[attr-defined]
            examiners[planted] = examiner
        results = ask_all(cases, lambda case: examiners[case.planted], lambda done, total: None)
        return run_json(describe_run(self.session, results, "quotes", NOW))

    def unread(self) -> dict[bool, dict[str, Reading]]:
        """For a change of the search: nothing is known yet."""
        return {False: {}, True: {}}


def gate(run: Run, baseline: Run) -> Verdict:
    """The gate without its floors, which hold for means over all cases."""
    return compare(run, baseline, floors={})


def only(run: Run, cases: Sequence[EvalCase]) -> Run:
    """The part of a run that asks some cases."""
    ids = {case.id for case in cases}
    return run | {"cases": [case for case in run["cases"] if case["id"] in ids]}


@pytest.fixture(scope="module")
def recorded() -> Run:
    """The committed baseline as the run it was made of: nothing is evaluated for what only looks at scores."""
    kept = load_baseline()
    known = {case.id: case for case in load_cases()}
    cases = [
        {
            "id": name,
            "kind": known[name].kind if name in known else "practice",
            "question": known[name].question if name in known else "",
            "expect": known[name].expect.value if name in known else "",
            "scores": [{"name": score, "value": value, "explanation": ""} for score, value in values.items()],
        }
        for name, values in kept["cases"].items()
    ]
    summary = [{"name": name, "mean": mean, "scored": 1} for name, mean in kept["means"].items()]
    about = {"started": "", "writer": "quotes", "corpus_sha256": "any"}
    return about | {"cases": cases, "summary": summary}


@pytest.fixture(scope="module")
def record(recorded: Run) -> Run:
    return baseline_of(recorded, "test")


@pytest.fixture(scope="module")
def bench(corpus: Session) -> Bench:
    return Bench(corpus)


@pytest.fixture(scope="module")
def run(bench: Bench) -> Run:
    return bench.run()


@pytest.fixture(scope="module")
def baseline(run: Run) -> Run:
    return baseline_of(run, "test")


def closes(run: Run, baseline: Run, *reasons: str) -> None:
    """The gate is closed by means that fell, each of `reasons` among them."""
    verdict = gate(run, baseline)
    assert not verdict.passed
    assert verdict.worse
    for wanted in reasons:
        assert any(reason.startswith(f"{wanted} fell") for reason in verdict.reasons), verdict.reasons


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


def test_an_unchanged_system_passes(recorded: Run, record: Run) -> None:
    assert gate(recorded, record) == Verdict(True, (), (), ())


class RefuseEverything(WithoutTranslation):
    name = "refuse"

    def __init__(self, index: Index) -> None:
        pass

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


BROKEN_WRITERS = [RefuseEverything, ShuffledCitations, SaysTooMuch, ObeysOrders, WorstFirst]


@pytest.mark.parametrize("make_writer", BROKEN_WRITERS)
def test_a_writer_that_refuses_shuffles_invents_obeys_or_misses_the_point_turns_the_gate_red(
    bench: Bench, baseline: Run, make_writer: Any
) -> None:
    closes(bench.run(make_writer=make_writer), baseline)


def test_answering_everything_turns_the_gate_red(bench: Bench, baseline: Run) -> None:
    closes(bench.run(refuse_below=0.0), baseline, "refusal: refused what it should")


class Unread(Remembering):
    """Takes the units in the order of the search, each as likely as the others."""

    def read(self, question: str, section: int | None = None) -> Reading:
        reading = super().read(question, section)
        units = tuple(replace(item, score=1.0) for item in reading.found)
        return replace(reading, findings=replace(reading.findings, evidence=units))


def test_leaving_out_the_reader_turns_the_gate_red(bench: Bench, baseline: Run) -> None:
    closes(bench.run(assistant=Unread), baseline, "citations: precision")


def test_forgetting_the_conversation_turns_the_gate_red(
    bench: Bench, baseline: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        Remembering, "_in_context", lambda self, question, earlier, section: (question, self.read(question, section))
    )
    closes(bench.run(), baseline, "citations: gold cited of conversation")


@pytest.mark.parametrize("dense", [1.0, 0.0], ids=["no lexical side", "no dense side"])
def test_dropping_a_side_of_the_search_turns_the_gate_red(
    bench: Bench, run: Run, monkeypatch: pytest.MonkeyPatch, dense: float
) -> None:
    monkeypatch.setattr("assistant.search.retrieval.DENSE_SHARE", dense)
    closes(bench.run(ANSWERABLE, kept=bench.unread()), baseline_of(only(run, ANSWERABLE), "test"))


def test_losing_a_third_of_the_notes_turns_the_gate_red(
    bench: Bench, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes = sorted({record.name for record in bench.indexes[False].records()})
    lost = set(notes[::3])
    monkeypatch.setattr("assistant.answer._without_guide", lambda belongs: lambda source, heading: source not in lost)
    mutated = bench.run(ANSWERABLE, kept=bench.unread())
    closes(mutated, baseline_of(only(run, ANSWERABLE), "test"), "retrieval: recall@5", "citations: gold cited")


NOTES = ("4-serving/4.1-serving-models.md", "4-serving/4.2-scaling-online-serving.md")


@pytest.fixture(scope="module")
def about_notes() -> list[EvalCase]:
    """Cases that a library of `NOTES` answers."""
    cases = [case for case in load_cases() if case.gold and not case.planted and not case.earlier]
    return [case for case in cases if {span.source for span in case.gold} <= set(NOTES)]


def small_run(session: Session, folder: Path, cases: Sequence[EvalCase], change: Callable[[str], str]) -> Run:
    """Cases over a library of `NOTES`, whose text was changed."""
    for name in NOTES:
        note = folder / "notes" / name
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(change((CORPUS / "notes" / name).read_text(encoding="utf-8")), encoding="utf-8")
    index = Index.open(IndexSettings(), folder, session.embedder)
    Ingest(index, session.embedder, ReadingSettings(), folder).run([folder / "notes"], now=NOW)
    examiner = Examiner(session, index, QuotesWriter(index))
    results = ask_all(cases, lambda case: examiner, lambda done, total: None)
    return run_json(describe_run(session, results, "quotes", NOW))


def test_losing_the_headings_turns_the_gate_red(corpus: Session, about_notes: list[EvalCase], tmp_path: Path) -> None:
    whole = small_run(corpus, tmp_path / "whole", about_notes, lambda text: text)
    bare = small_run(
        corpus, tmp_path / "bare", about_notes, lambda text: re.sub(r"^#+ .*\n", "", text, flags=re.MULTILINE)
    )
    closes(bare, baseline_of(whole, "test"))


def test_offsets_that_are_off_by_one_turn_the_gate_red(bench: Bench, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.answer.find_faults", lambda answer, chunks, pages: [])
    right = Quote.text.fget  # type: ignore[attr-defined]
    monkeypatch.setattr(Quote, "text", property(lambda self: right(replace(self, start=self.start + 1))))
    part = ANSWERABLE[:10]
    verdict = gate(bench.run(part), baseline_of(only(run, part), "test"))
    assert any(reason.startswith("citations: validity") for reason in verdict.reasons)


def exchanged(question: Question) -> Question:
    """The question with its key and a wrong option marked the other way round."""
    turned = tuple(replace(choice, correct=not choice.correct) for choice in question.choices)
    key, other = min(question.key), min(set(range(len(turned))) - question.key)
    choices = list(question.choices)
    choices[key], choices[other] = turned[key], turned[other]
    return replace(question, choices=tuple(choices))


def test_exchanged_keys_in_the_bank_turn_the_gate_red(corpus: Session) -> None:
    questions = corpus.quizzes.bank.questions[::BANK_EVERY]
    broken = [exchanged(one) if at % 5 == 0 else one for at, one in enumerate(questions)]
    before, after = (
        run_json(describe_run(corpus, bank_results(some, corpus.embedder), "quotes", NOW))
        for some in (questions, broken)
    )
    closes(after, baseline_of(before, "test"), "practice: open-book rule")


def changed(run: Run, name: str, value: float | None, which: Callable[[int], bool] = lambda at: True) -> Run:
    """A copy of a run where a score has another value in `which` of the cases that had one."""
    copied = copy.deepcopy(run)
    scores = [score for case in copied["cases"] for score in case["scores"]]
    for at, score in enumerate(score for score in scores if score["name"] == name and score["value"] is not None):
        if which(at):
            score["value"] = value
    return copied


def test_a_score_that_turns_to_none_turns_the_gate_red_although_its_mean_stays(recorded: Run, record: Run) -> None:
    verdict = gate(changed(recorded, "citations: precision", None, lambda at: at % 2 == 0), record)
    assert any("citations: precision has no value on" in reason for reason in verdict.reasons)


def test_what_is_refused_rightly_now_loses_no_score(recorded: Run) -> None:
    answered = copy.deepcopy(recorded)
    to_refuse = [case for case in answered["cases"] if case["expect"] == "refuse"]
    for case in to_refuse:
        case["scores"] = [score for score in case["scores"] if not score["name"].startswith("citations")]
        case["scores"].append({"name": "citations: validity", "value": 1.0, "explanation": ""})
        for score in case["scores"]:
            score["value"] = 0.0 if score["name"] == "refusal: refused what it should" else score["value"]
    refused = copy.deepcopy(answered)
    for case in refused["cases"]:
        for score in case["scores"] if case["expect"] == "refuse" else []:
            score["value"] = {"citations: validity": None, "refusal: refused what it should": 1.0}.get(
                score["name"], score["value"]
            )
    assert len(to_refuse) > 10
    assert gate(refused, baseline_of(answered, "test")).passed


def test_another_corpus_turns_the_gate_red(recorded: Run, record: Run) -> None:
    verdict = gate(recorded, record | {"corpus_sha256": "another"})
    assert [reason for reason in verdict.reasons if reason.startswith("the corpus is another one")]


def test_a_case_that_the_baseline_lacks_turns_the_gate_red(recorded: Run, record: Run) -> None:
    first = recorded["cases"][0]["id"]
    known = {name: scores for name, scores in record["cases"].items() if name != first}
    assert any(first in reason for reason in gate(recorded, record | {"cases": known}).reasons)


def test_a_baseline_that_sinks_step_by_step_meets_the_floors(recorded: Run) -> None:
    high = dict.fromkeys(FLOORS, 1.0)
    rows = [{"name": name, "mean": mean, "scored": 9} for name, mean in high.items()]
    sunk = [row | {"mean": 0.5} if row["name"] == "retrieval: recall@5" else row for row in rows]
    for summary, wanted in ((rows, True), (sunk, False)):
        stepped = recorded | {"summary": summary}
        assert compare(stepped, baseline_of(stepped, "another step")).passed is wanted


def test_the_committed_baseline_is_above_every_floor() -> None:
    means = load_baseline()["means"]
    assert {name: means.get(name) for name, floor in FLOORS.items() if means.get(name, 0) < floor} == {}


def test_one_lost_case_of_a_kind_with_ten_turns_the_gate_red(recorded: Run) -> None:
    hundred = [replace_id(recorded["cases"][0], f"many-{at}", "many") for at in range(200)]
    ten = [replace_id(recorded["cases"][0], f"few-{at}", "few") for at in range(10)]
    before = recorded | {"cases": [*hundred, *ten]}
    for case in before["cases"]:
        case["scores"] = [{"name": name, "value": 1.0, "explanation": ""} for name in FOR_EACH_KIND]
    after = copy.deepcopy(before)
    after["cases"][-1]["scores"][0]["value"] = 0.0
    reasons = gate(after, baseline_of(before, "test")).reasons
    assert [reason.split(" fell")[0] for reason in reasons] == [f"{FOR_EACH_KIND[0]} of few"]


def replace_id(case: dict[str, Any], name: str, kind: str) -> dict[str, Any]:
    return {**copy.deepcopy(case), "id": name, "kind": kind}


def test_a_case_that_is_gone_turns_the_gate_red(recorded: Run, record: Run) -> None:
    assert not gate(recorded | {"cases": recorded["cases"][1:]}, record).passed


def test_two_runs_are_compared_case_by_case(recorded: Run, record: Run) -> None:
    rows = paired(recorded, record)
    assert {row["name"] for row in rows} == {row["name"] for row in recorded["summary"] if row["scored"]}
    assert all(
        (row["before"], row["low"], row["high"]) == (pytest.approx(row["after"], abs=1e-4), 0, 0) for row in rows
    )


def test_one_invalid_citation_turns_the_gate_red(recorded: Run, record: Run) -> None:
    broken = copy.deepcopy(recorded)
    row = next(row for row in broken["summary"] if row["name"] == "citations: validity")
    row["mean"] = 0.999
    assert not gate(broken, record).passed


def test_a_score_that_is_gone_turns_the_gate_red(recorded: Run, record: Run) -> None:
    broken = copy.deepcopy(recorded)
    broken["summary"] = broken["summary"][1:]
    assert not gate(broken, record).passed


def test_unscored_cases_are_counted_apart_and_do_not_lower_the_mean() -> None:
    results = [CaseResult("a", "k", "q", (Score("x", value, ""),)) for value in (1.0, None, 0.0)]
    (summary,) = summarise(results)
    assert (summary.mean, summary.scored, summary.unscored) == (0.5, 2, 1)
    assert summary.low <= summary.mean <= summary.high


def test_the_report_page_shows_failed_cases_and_escapes_what_it_quotes(run: Run) -> None:
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


def test_a_judge_is_reported_with_its_agreement_and_never_gates(bench: Bench, run: Run) -> None:
    part = ANSWERABLE[:6]
    judged = bench.run(part, judge=Judge(FakeListChatModel(responses=["no"])))
    means = {row["name"]: row["mean"] for row in judged["summary"] if row["scored"]}
    assert means["judged: faithful"] == 0.0
    assert judged["judge_agreement"] == 0.0
    assert gate(judged, baseline_of(only(run, part) | {"summary": judged["summary"]}, "test")).reasons == ()


def test_the_refusal_curve_runs_from_answering_all_to_refusing_more(run: Run) -> None:
    curve = run["refusal_curve"]
    assert (curve[0]["answered"], curve[0]["refused"]) == (1.0, 0.0)
    assert all(a["answered"] >= b["answered"] and a["refused"] <= b["refused"] for a, b in pairwise(curve))
