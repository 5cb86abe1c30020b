import pytest

from assistant.followup import is_follow_up, resolve, topic_of
from assistant.session import Session


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("When should I use batch inference?", "batch inference"),
        ("What is the difference between skew and drift?", "skew and drift"),
        ("What is Model Armor?", "Model Armor"),
        ("Tell me about the Feature Store", "Feature Store"),
        ("Explain concept drift", "concept drift"),
    ],
)
def test_the_topic_is_what_is_asked_about(question: str, topic: str) -> None:
    assert topic_of(question) == topic


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ("and its limits?", "limits batch inference?"),
        ("Does it autoscale?", "Does autoscale batch inference?"),
        ("why?", "why batch inference?"),
        ("what about the region?", "the region batch inference?"),
    ],
)
def test_a_follow_up_takes_its_topic_from_the_question_before(question: str, meant: str) -> None:
    assert resolve(question, ["When should I use batch inference?"], names=0) == meant


@pytest.mark.parametrize(
    "question",
    [
        "What is Model Armor?",
        "Which metric should a team use when missing a case is costly and it has few labels?",
        "How many columns can an AutoML tabular dataset have?",
    ],
)
def test_a_question_that_stands_alone_stays_as_it_is(question: str) -> None:
    assert resolve(question, ["When should I use batch inference?"], names=1) == question
    assert resolve("and its limits?", [], names=0) == "and its limits?"


def test_a_question_with_a_product_name_is_no_follow_up() -> None:
    assert not is_follow_up("and Vertex AI Pipelines?", names=1)


def test_a_conversation_goes_on_over_two_turns(corpus: Session) -> None:
    writer = corpus.writer("quotes")
    first = corpus.assistant.ask("When should I use batch inference?", writer)
    second = corpus.assistant.ask("does it autoscale?", writer, earlier=[first])
    assert not second.refused
    assert "do not autoscale" in second.text
    assert second.question == "does it autoscale?"
    third = corpus.assistant.ask("and its load timeout?", writer, earlier=[first, second])
    assert "40 minutes" in third.text
    assert first.understood == ""
