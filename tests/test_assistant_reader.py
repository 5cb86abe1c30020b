"""The reader: probabilities that order units, an honest way on without its network, asking back, and typing errors repaired."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assistant.question.spelling import repair
from assistant.reader import network
from assistant.reader.network import FOLDER, load_network
from assistant.reader.reader import Reader, load_fitted
from assistant.session import Session
from ingest.embeddings import default_tokenizer

WORDS = {word.lower(): word for word in ("drift", "concept", "model", "TPUs", "detect", "quantization", "AutoML")}
QUESTION = "Does batch inference autoscale?"


def test_the_answer_comes_first_and_probabilities_go_down(corpus: Session) -> None:
    reading = corpus.assistant.read(QUESTION)
    assert "do not autoscale" in reading.findings.evidence[0].words
    scores = [item.score for item in reading.findings.evidence]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert reading.answered > load_fitted().refuse_below


def test_what_the_material_does_not_hold_is_unlikely_to_be_answered(corpus: Session) -> None:
    assert corpus.assistant.read("Who won the football world cup in 1998?").answered < load_fitted().refuse_below


def test_without_the_network_retrieval_alone_orders_the_units(
    corpus: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.reader.reader.load_network", lambda: load_network(tmp_path))
    reader = Reader()
    assert reader.refuse_below == load_fitted().refuse_below_alone
    reading = reader.read(QUESTION, corpus.assistant.find(QUESTION))
    assert reading.findings.evidence
    assert 0 < reading.answered < 1


def test_damaged_weights_are_not_loaded(tmp_path: Path) -> None:
    for name in ("network.onnx", "network.json"):
        shutil.copy(FOLDER / name, tmp_path / name)
    assert load_network(tmp_path) is not None
    network.load_network.cache_clear()
    with (tmp_path / "network.onnx").open("r+b") as file:
        file.seek(5000)
        file.write(b"damage")
    assert load_network(tmp_path) is None
    network.load_network.cache_clear()
    (tmp_path / "network.json").write_text('{"sha256": "x", "probe": 1}')
    assert load_network(tmp_path) is None


def test_the_card_tells_how_the_network_was_trained() -> None:
    card = json.loads((FOLDER / "network.json").read_text(encoding="utf-8"))
    assert {"sha256", "layers", "training"} <= set(card)


def test_where_fast_arithmetic_gives_other_scores_exact_arithmetic_is_used() -> None:
    card = json.loads((FOLDER / "network.json").read_text(encoding="utf-8"))
    reader = load_network()
    assert reader is not None
    np.testing.assert_allclose(reader.probe(), card["probe"], atol=0.2)
    wrong = [score + 1 for score in card["probe"]]
    other = network.ReaderNetwork(FOLDER / "network.onnx", default_tokenizer(), wrong)
    assert other.exact
    assert np.abs(other.probe() - card["probe"]).mean() < network.FAR_OFF


def test_nothing_found_is_nothing_read(corpus: Session) -> None:
    findings = replace(corpus.assistant.find(QUESTION), evidence=(), passages=())
    assert Reader().read(QUESTION, findings).answered == 0.0


def test_a_question_of_4000_characters_and_one_of_signs_are_read(corpus: Session) -> None:
    assert corpus.assistant.read("Our company has many plans. " * 130 + QUESTION).findings.evidence
    assert corpus.assistant.read("§ 1 ?").answered >= 0.0


def test_scores_do_not_depend_on_what_else_is_read(corpus: Session) -> None:
    reader = load_network()
    assert reader is not None
    texts = [passage.chunk.embedded() for passage in corpus.assistant.find(QUESTION).passages[:5]]
    together, alone = reader.read(QUESTION, texts), reader.read(QUESTION, texts[:1])
    np.testing.assert_allclose(alone[0].units, together[0].units, atol=0.2)
    assert len(alone[0].units) == len(texts[0].spans)


@pytest.mark.parametrize("question", ["How do I set the threshold?", "What's the limit?"])
def test_a_question_that_may_mean_many_things_is_asked_back(corpus: Session, question: str) -> None:
    answer = corpus.assistant.ask(question, corpus.writers.open("quotes"))
    assert answer.refused
    assert not answer.citations
    assert 2 <= len(answer.readings) <= 3
    assert all(reading.startswith(question.rstrip("?")) for reading in answer.readings)
    assert answer.text.startswith("Your question may mean several things.")


@pytest.mark.parametrize(
    "question", [QUESTION, "Tell me about RAG", "What is concept drift?", "batch vs online inference"]
)
def test_a_clear_question_is_not_asked_back(corpus: Session, question: str) -> None:
    assert corpus.assistant.ask(question, corpus.writers.open("quotes")).readings == ()


def test_in_a_conversation_a_vague_question_is_read_behind_the_one_before(corpus: Session) -> None:
    writer = corpus.writers.open("quotes")
    first = corpus.assistant.ask("What is concept drift?", writer)
    second = corpus.assistant.ask("Give me an example", writer, earlier=[first])
    assert second.understood == "What is concept drift? Give me an example"
    clear = corpus.assistant.ask("How does Feature Store serve features online?", writer, earlier=[first])
    assert clear.understood == ""


def test_a_section_that_hides_the_answer_says_so(corpus: Session) -> None:
    answer = corpus.assistant.ask(QUESTION, corpus.writers.open("quotes"), section=1)
    if answer.refused:
        assert "Section 1 does not answer this, but the rest of your material does" in " ".join(answer.notes)
    assert not corpus.assistant.ask(QUESTION, corpus.writers.open("quotes"), section=4).refused


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("What is concept drfit?", "What is concept drift?"),
        ("how do i detct drift", "how do i detect drift"),
        ("quantiztion of a model", "quantization of a model"),
        ("tpus", "TPUs"),
        ("Does SageMaker drift?", "Does SageMaker drift?"),
        ("why doesn't it drift", "why doesn't it drift"),
        ("the best laptop", "the best laptop"),
        ("When does Vertex AI AutMoL fit?", "When does Vertex AI AutoML fit?"),
        ("Is Kendra or AutoNL cheaper?", "Is Kendra or AutoML cheaper?"),
        ("How many Driftt TPUs?", "How many Driftt TPUs?"),
    ],
)
def test_typing_errors_become_words_of_the_library(question: str, meant: str) -> None:
    assert repair(question, WORDS)[0] == meant


def test_a_repair_is_shown(corpus: Session) -> None:
    answer = corpus.assistant.ask("What is concept drfit?", corpus.writers.open("quotes"))
    assert not answer.refused
    assert "Showing results for “drift”." in answer.notes
