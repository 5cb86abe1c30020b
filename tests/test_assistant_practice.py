from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.practice.bank import find_quote, load_bank
from assistant.practice.checks import bank_faults, cue_accuracy, item_faults, same_questions
from assistant.practice.questions import Choice, Origin, Question, QuestionKind, Reference, draw, grade, shuffle_choices
from assistant.syllabus import CORPUS, load_syllabus
from ingest.embeddings import Embedder
from ingest.errors import PracticeError

SYLLABUS = load_syllabus()
BANK = load_bank(SYLLABUS)


def make_question(name: str, key: set[int], choices: int = 4) -> Question:
    made = tuple(Choice(f"choice {at}", at in key, "why", Reference("s", 1, "q")) for at in range(choices))
    kind = QuestionKind.SINGLE if len(key) == 1 else QuestionKind.MULTIPLE
    return Question(name, 1, "1.1", f"1.1{name[0]}", kind, 2, Origin.BANK, "prompt", made)


def test_every_section_has_at_least_five_questions() -> None:
    assert min(Counter(question.section for question in BANK.questions).values()) >= 5
    assert {question.section for question in BANK.questions} == {1, 2, 3, 4, 5, 6}


@pytest.mark.parametrize("question", BANK.questions, ids=lambda question: question.id)
def test_every_choice_has_a_reason_and_a_quote_that_stands_in_its_source(question: Question) -> None:
    for choice in question.choices:
        assert choice.why.endswith(".")
        assert find_quote(choice.citation.source, choice.citation.quote) == choice.citation.page
    assert len({choice.text for choice in question.choices}) == len(question.choices)


@pytest.mark.parametrize("question", BANK.questions, ids=lambda question: question.id)
def test_no_question_has_a_flaw_of_its_own(question: Question) -> None:
    assert item_faults(question) == []


def test_the_bank_gives_no_key_away_by_length_or_position_and_asks_nothing_twice() -> None:
    assert bank_faults(BANK.questions) == []


def test_every_consideration_has_a_question() -> None:
    assert {question.consideration for question in BANK.questions} == {item.id for item in SYLLABUS.considerations}


def test_the_bank_is_as_large_as_promised_and_spread_by_the_weights_of_the_exam() -> None:
    assert len(BANK.questions) >= 300
    assert min(Counter(question.consideration for question in BANK.questions).values()) >= 3
    whole = sum(section.weight for section in SYLLABUS.sections)
    by_section = Counter(question.section for question in BANK.questions)
    for section in SYLLABUS.sections:
        assert abs(by_section[section.number] / len(BANK.questions) - section.weight / whole) < 0.04
    multiple = sum(question.kind is QuestionKind.MULTIPLE for question in BANK.questions)
    assert 0.06 <= multiple / len(BANK.questions) <= 0.12


def test_no_two_questions_of_the_bank_ask_the_same(embedder: Embedder) -> None:
    assert same_questions(BANK.questions, embedder) == []


def test_a_rule_that_finds_keys_by_length_is_reported() -> None:
    telling = [
        replace(flawed(["the longest of them all", "one", "two", "three"]), id=f"q{at}", prompt=f"Stem {at} {at * 7}?")
        for at in range(8)
    ]
    assert cue_accuracy(telling)["longest option"] == 1.0
    assert any("longest option" in fault for fault in bank_faults(telling))


def flawed(texts: list[str], prompt: str = "Which service fits best?") -> Question:
    made = tuple(Choice(text, at == 0, "why.", Reference("s", 1, "q")) for at, text in enumerate(texts))
    return Question("a", 1, "1.1", "1.1a", QuestionKind.SINGLE, 2, Origin.BANK, prompt, made)


@pytest.mark.parametrize(
    ("question", "says"),
    [
        (flawed(["one", "two", "three"]), "3 options"),
        (flawed(["one", "two", "Two.", "four"]), "say the same"),
        (flawed(["one", "two", "three", "All of the above"]), "catch-all"),
        (flawed(["one", "two", "three", "It always works"]), "absolute word"),
        (flawed(["a key that is far longer than all others", "two", "three", "four"]), "much longer"),
        (flawed(["one", "two", "three", "four"], "A story. Which does not fit?"), "negative"),
        (flawed(["dropout", "two", "three", "four"]), "says nothing of the key"),
    ],
)
def test_each_planted_flaw_is_found(question: Question, says: str) -> None:
    assert any(says in fault for fault in item_faults(question))


def test_a_bank_with_the_key_always_first_and_longest_is_found_out() -> None:
    texts = [["the longest option", "two", "three", "four"], ["a longest one again", "five", "six", "seven"]]
    faults = bank_faults([flawed(row, f"Stem {number} of another kind?") for number, row in enumerate(texts)])
    assert any("longest option" in fault for fault in faults)
    assert any("option A is the key" in fault for fault in faults)
    assert any("ask the same" in fault for fault in bank_faults([flawed(texts[0]), flawed(texts[1])]))


def test_same_seed_same_quiz_and_another_seed_another() -> None:
    assert draw(BANK.questions, count=10, seed=1) == draw(BANK.questions, count=10, seed=1)
    assert draw(BANK.questions, count=10, seed=1) != draw(BANK.questions, count=10, seed=2)


def test_no_consideration_comes_twice_before_all_came_once() -> None:
    kinds = len({question.consideration for question in BANK.questions})
    drawn = draw(BANK.questions, count=kinds, seed=3)
    assert len({question.consideration for question in drawn}) == kinds


@given(st.integers(0, 2**31))
def test_shuffling_keeps_the_choices_and_the_key(seed: int) -> None:
    question = BANK.questions[0]
    shuffled = shuffle_choices(question, seed)
    assert sorted(choice.text for choice in shuffled.choices) == sorted(choice.text for choice in question.choices)
    assert [shuffled.choices[at].text for at in shuffled.key] == [question.choices[at].text for at in question.key]


def test_shuffling_puts_the_key_anywhere_about_equally_often() -> None:
    positions = Counter(next(iter(shuffle_choices(make_question("a", {0}), seed).key)) for seed in range(2000))
    assert all(400 < positions[at] < 600 for at in range(4))


@pytest.mark.parametrize(
    ("chosen", "correct", "credit"),
    [({0, 1}, True, 1.0), ({0}, False, 0.5), ({0, 2}, False, 0.0), ({0, 1, 2, 3, 4}, False, 0.0), (set(), False, 0.0)],
)
def test_the_exam_counts_all_or_nothing_and_practice_shows_the_part_known(
    chosen: set[int], correct: bool, credit: float
) -> None:
    graded = grade(make_question("b", {0, 1}, 5), chosen)
    assert (graded.correct, graded.credit) == (correct, credit)


def test_no_fitting_question_says_what_to_leave_out() -> None:
    with pytest.raises(PracticeError, match="Leave one of them out"):
        BANK.select(section=1, objective="6.2")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("correct: true", "correct: false"), "exactly one correct choice"),
        (("consideration: 1.1a", "consideration: 1.1z"), "names no consideration of the guide"),
        (("quote: AutoML models in BigQuery ML have", "quote: AutoML models have"), "Copy it exactly"),
        (("id: s1-a-lapse-ruling", "id: s1-a-clinic-noshow"), "more than once"),
        (("difficulty: 2", "difficulty: 9"), "broken question"),
        (("breaks: write SQL and nothing else", "breaks: write SQL"), "each distractor breaks one constraint"),
    ],
)
def test_a_fault_in_a_question_file_is_named(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    text = (CORPUS / "questions" / "section-1.yaml").read_text(encoding="utf-8")
    (tmp_path / "section-1.yaml").write_text(text.replace(*change), encoding="utf-8")
    with pytest.raises(PracticeError, match=says):
        load_bank(SYLLABUS, tmp_path)
