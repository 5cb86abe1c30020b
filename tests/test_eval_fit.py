"""Labelled questions stand on the notes as they are, and what is fitted from them is what the reader loads."""

import json
from collections import Counter

import numpy as np
import pytest

from assistant.question.vague import load_vague
from assistant.reader.features import NETWORK, RETRIEVAL
from assistant.reader.reader import WEIGHTS, load_fitted
from assistant.search.retrieval import Signals
from eval.fit.cases import Case
from eval.fit.labels import LabelledQuestion, Style, faults, find_unit, load_labels, part_of, topic_of
from eval.fit.models import fit_order, shown_units
from eval.fit.official import load_official, page_text
from eval.fit.vague import fit as fit_vague
from tests.conftest import SHARED

LABELS = load_labels()
COPIES = SHARED / "reference" / "docs"


def test_every_label_names_sentences_that_stand_in_the_notes() -> None:
    assert list(faults(LABELS)) == []


def test_there_are_enough_questions_of_every_kind() -> None:
    styles = Counter(label.style for label in LABELS)
    assert sum(label.answerable for label in LABELS) >= 3000
    least = {Style.NEAR_MISS: 580, Style.PREMISE: 200, Style.UNDERSPECIFIED: 130, Style.MULTI: 200}
    assert {style: styles[style] for style, count in least.items() if styles[style] < count} == {}
    assert min(styles[style] for style in Style) >= 50


def test_no_question_is_asked_twice_nor_is_one_of_our_evaluation_cases() -> None:
    from eval.cases import load_cases

    asked = Counter(label.q.lower().strip(" ?.") for label in LABELS)
    assert [question for question, count in asked.items() if count > 1] == []
    assert {case.question.lower().strip(" ?.") for case in load_cases()} & set(asked) == set()


def test_questions_of_one_topic_are_on_one_side_of_the_split() -> None:
    parts = Counter(part_of(topic_of(label)) for label in LABELS)
    assert parts["train"] > 0.55 * len(LABELS)
    assert min(parts["tune"], parts["test"]) > 0.05 * len(LABELS)


def test_a_quote_is_found_whatever_its_white_space_and_footnote_marks() -> None:
    label = next(label for label in LABELS if label.answers)
    quote = label.answers[0]
    source = quote.source or label.source
    assert find_unit(source, quote.quote) == find_unit(source, f"  {quote.quote.replace(' ', '  ')}[^x] ")
    assert find_unit(source, "these words stand nowhere at all") is None


def test_a_label_without_an_answer_is_refused_where_its_style_has_one() -> None:
    with pytest.raises(ValueError, match="wrong number of answers"):
        LabelledQuestion(q="How?", style=Style.HOW, section="x", source="y")


def test_official_labels_hold_no_words_of_their_pages() -> None:
    if not COPIES.is_dir():
        pytest.skip("the copies of the official documentation are not here")
    questions = load_official(COPIES)
    assert len(questions) >= 1500
    for one in questions[:50]:
        text = page_text(COPIES / one.page)
        assert all(0 <= start < end <= len(text) for start, end in (*one.answers, *one.helps))


def test_at_least_one_unit_is_shown_and_no_unlikely_one_beside_it() -> None:
    score = np.array([0.9, 0.2, 0.8, 0.5])
    assert list(shown_units(score, keep=0.4, near_best=0.6, most=5)) == [0, 2]
    assert list(shown_units(np.array([0.1, 0.05]), keep=0.4, near_best=0.6, most=5)) == [0]


def test_the_fitted_numbers_are_read_as_they_were_written() -> None:
    written = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    fitted = load_fitted()
    assert list(fitted.units.weights) == written["units"]["weights"]
    assert len(fitted.units.weights) == len(RETRIEVAL) + len(NETWORK)
    assert len(fitted.units_alone.weights) == len(RETRIEVAL)


def test_the_fit_beats_the_order_of_retrieval_on_topics_that_fitted_nothing() -> None:
    scores = json.loads(WEIGHTS.with_name("scores.json").read_text(encoding="utf-8"))
    for origin, before in scores["retrieval's order"].items():
        assert scores["units"][origin]["MRR"] > before["MRR"]
        assert scores["units"][origin]["questions"] == before["questions"]


def test_the_network_is_better_than_retrieval_at_telling_what_is_answered() -> None:
    scores = json.loads(WEIGHTS.with_name("scores.json").read_text(encoding="utf-8"))
    assert scores["answerable or not"]["AUROC"] > scores["answerable or not_alone"]["AUROC"]


def test_vague_questions_are_told_from_clear_ones_that_were_held_back() -> None:
    model, scores = fit_vague()
    assert scores["asked back"] >= 0.5
    assert scores["asked back by mistake"] <= 0.03
    assert model.ask_back_from == pytest.approx(load_vague().ask_back_from, abs=0.02)


def test_weights_are_found_that_put_answers_first() -> None:
    chance = np.random.default_rng(1)
    cases = []
    for number in range(40):
        table = chance.normal(size=(6, 3))
        labels = np.zeros(6)
        labels[int(table[:, 1].argmax())] = 1
        cases.append(Case(f"q{number}", "how", "notes", "train", True, table, labels, Signals()))
    weights = fit_order(cases).weights
    assert weights[1] > 3 * max(abs(weights[0]), abs(weights[2]))
