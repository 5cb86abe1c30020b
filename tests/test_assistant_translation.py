from collections.abc import Sequence

import pytest
from langchain_core.language_models import FakeListChatModel

from assistant.answer import IN_MATERIALS_LANGUAGE, OTHER_LANGUAGE, TRANSLATED
from assistant.answers import Answer
from assistant.search.retrieval import join_evidence
from assistant.session import Session
from assistant.writers.chat import ChatWriter
from assistant.writers.translation import language_of, other_language
from eval.cases import load_cases

GERMAN = "Was bedeutet Konzeptdrift bei einem Modell?"
ENGLISH = "What is concept drift?"
SAID = "Concept drift means that the relation between the features and the label changes"
IN_GERMAN = "Konzeptdrift bedeutet, dass sich die Beziehung zwischen den Merkmalen und dem Label ändert."


def ask(corpus: Session, replies: Sequence[str], question: str = GERMAN, *, trusted: bool = True) -> Answer:
    passages = join_evidence(corpus.assistant.read(ENGLISH).findings.evidence, k=5, characters=2000)
    marker = next(number for number, passage in enumerate(passages, 1) if "Concept drift means" in passage.chunk.text)
    model = FakeListChatModel(responses=[reply.format(marker=f"[{marker}]") for reply in replies])
    return corpus.assistant.ask(question, ChatWriter("test:model", model, seconds=10, trusted=trusted))


def test_a_question_in_another_language_is_searched_in_the_materials_and_answered_in_its_own(corpus: Session) -> None:
    answer = ask(corpus, [ENGLISH, f"{SAID} {{marker}}.", IN_GERMAN])
    assert (answer.question, answer.understood) == (GERMAN, ENGLISH)
    assert [(one.text, one.supported) for one in answer.sentences] == [(IN_GERMAN, "translated")]
    assert answer.citations[0].quote.startswith(SAID.split(" between")[0])
    assert answer.notes == (TRANSLATED.format(writer="test:model"),)


@pytest.mark.parametrize(
    "translation",
    [
        "Konzeptdrift bedeutet, dass sich 3 Merkmale und das Label eines Modells mit der Zeit ändern.",
        "El desplazamiento de concepto significa que la relación entre las características y la etiqueta cambia.",
        SAID + ".",
        "",
    ],
)
def test_a_translation_with_another_number_or_in_another_language_is_not_shown(
    corpus: Session, translation: str
) -> None:
    answer = ask(corpus, [ENGLISH, f"{SAID} {{marker}}.", translation])
    assert [(one.text, one.supported) for one in answer.sentences] == [(SAID + ".", "checked")]
    assert answer.notes == (IN_MATERIALS_LANGUAGE,)


def test_a_small_model_translates_the_question_only(corpus: Session) -> None:
    answer = ask(corpus, [ENGLISH, f"{SAID} {{marker}}.", IN_GERMAN], trusted=False)
    assert answer.understood == ENGLISH
    assert [(one.text, one.supported) for one in answer.sentences] == [(SAID + ".", "checked")]
    assert answer.notes == (IN_MATERIALS_LANGUAGE,)


@pytest.mark.parametrize("translation", ["", GERMAN, "What are the 9 kinds of drift?"])
def test_a_question_whose_translation_is_none_is_searched_as_it_stands(corpus: Session, translation: str) -> None:
    answer = ask(corpus, [translation])
    assert answer.refused
    assert answer.understood == ""


def test_a_follow_up_is_translated_before_it_is_understood(corpus: Session) -> None:
    first = ask(corpus, [ENGLISH, f"{SAID} {{marker}}.", IN_GERMAN])
    model = FakeListChatModel(responses=["And how is it detected?", "NOT IN THE MATERIAL"])
    writer = ChatWriter("test:model", model, seconds=10)
    second = corpus.assistant.ask("Und wie wird das erkannt?", writer, earlier=[first])
    assert second.understood == "What is concept drift? And how is it detected?"


def test_without_a_model_a_question_in_another_language_is_told_what_to_do(corpus: Session) -> None:
    answer = corpus.assistant.ask(GERMAN, corpus.writers.open("quotes"))
    assert (answer.refused, answer.text) == (True, OTHER_LANGUAGE)


def test_questions_in_the_materials_language_are_not_translated(corpus: Session) -> None:
    questions = [case.question for case in load_cases()][::4]
    assert sum(other_language(one, corpus.assistant.find(one)) is not None for one in questions) <= 1
    assert len(questions) > 100


def test_a_question_that_a_translation_leaves_as_it_is_is_answered_as_ever(corpus: Session) -> None:
    question = "BigQuery vs Bigtable"
    assert other_language(question, corpus.assistant.find(question)) is not None
    answer = ask(corpus, [question, "BigQuery is a warehouse."], question)
    assert (answer.understood, {one.supported for one in answer.sentences}) == ("", {"verbatim"})
    assert IN_MATERIALS_LANGUAGE not in answer.notes


@pytest.mark.parametrize("question", ["kubeflow", "Model Armor", "TPU v5e", "Feature Store online serving"])
def test_names_alone_are_of_no_language(corpus: Session, question: str) -> None:
    assert other_language(question, corpus.assistant.find(question)) is None


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("¿Cuándo se usa Vertex AI Pipelines?", "es"),
        ("Quand utiliser BigQuery ML plutôt que AutoML ?", "fr"),
        ("Что такое дрейф данных?", "ru"),
        ("Vertex AI とは何ですか？", "ja"),
        ("什么是概念漂移？", "zh"),
    ],
)
def test_languages_are_told_apart(corpus: Session, question: str, code: str) -> None:
    found = other_language(question, corpus.assistant.find(question))
    assert found is not None
    assert (found.question, found.material, language_of(question)) == (code, "en", code)
