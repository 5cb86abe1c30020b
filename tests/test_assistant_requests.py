from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from assistant.answer import forbidden
from assistant.question.requests import MOST, Request, Wanted, load_requests
from assistant.service.requests import RequestResult, perform
from assistant.service.service import Service
from assistant.session import Session
from eval.cases import load_cases
from eval.fit.requests import HELD, scores_of, typed
from ingest.embeddings import Embedder
from tests.conftest import NOW, copy_of_home

MODEL = load_requests()


def test_messages_of_somebody_else_go_where_they_belong(service: Service) -> None:
    session = service.session
    scores = scores_of(MODEL, session.embedder, typed(HELD), session.assistant.unanswered)
    assert scores["messages"] >= 300
    assert scores["right"] >= 0.91
    assert scores["requests right"] >= 0.88


def test_questions_of_the_evaluation_are_no_requests(service: Service) -> None:
    session = service.session
    cases = [case for case in load_cases() if not case.planted and not forbidden(case.question)]
    read = [
        (case.question, MODEL.read(case.question, session.embedder, session.assistant.unanswered)) for case in cases
    ]
    taken = [question for question, found in read if found and found.wanted != Wanted.SUMMARY]
    assert len(taken) <= 0.01 * len(cases), taken


def test_a_message_in_doubt_is_a_request_where_the_material_does_not_answer(embedder: Embedder) -> None:
    message = "any blind spots"
    doubt = replace(MODEL, limit=1.0, limit_unanswered=0.0)
    asked: list[str] = []
    assert doubt.read(message, embedder) is None
    assert doubt.read(message, embedder, lambda text: not asked.append(text)) is not None
    assert asked == [message]


@pytest.mark.parametrize(
    ("message", "wanted"),
    [
        ("5 qs feature store", Request(Wanted.QUIZ, "feature store", count=5)),
        ("quiz me on Model Armor please", Request(Wanted.QUIZ, "Model Armor")),
        ("quiz section 3", Request(Wanted.QUIZ, section=3)),
        ("10 questions on 4.1", Request(Wanted.QUIZ, section=4, objective="4.1", count=10)),
        ("give me 99 questions about drift", Request(Wanted.QUIZ, "drift", count=MOST)),
        ("give me ten questions about drift", Request(Wanted.QUIZ, "drift", count=10)),
        ("gimme the cards", Request(Wanted.CARDS)),
        ('look up "canary" in my stuff', Request(Wanted.FIND, "canary")),
        ("what can you do", Request(Wanted.HELP)),
        ("cards drift skew", Request(Wanted.CARDS, "drift skew")),
        ("falshcards on explainable ai", Request(Wanted.CARDS, "explainable ai")),
        ("is Model Armor on the exam?", Request(Wanted.SCOPE, "Model Armor")),
        ("summarize section 4", Request(Wanted.SUMMARY, section=4)),
        ("What is drift?", None),
        ("explain integrated gradients", None),
        ("what should I monitor first", None),
    ],
)
def test_a_message_is_read_with_its_topic_and_numbers(embedder: Embedder, message: str, wanted: Request | None) -> None:
    assert MODEL.read(message, embedder) == wanted


@pytest.mark.parametrize("question", ["What is drift?", "quiz", "why was my model wrong"])
def test_with_another_embedding_model_no_question_becomes_a_request(question: str) -> None:
    found = MODEL.read(question)
    assert found is None or found.wanted is Wanted.QUIZ


def test_a_long_message_is_a_question_whatever_it_asks() -> None:
    assert MODEL.read("quiz me " * 40) is None
    assert MODEL.read("") is None


@pytest.fixture(scope="module")
def service(corpus_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Service:
    home = copy_of_home(corpus_home, tmp_path_factory.mktemp("requests") / "home")
    return Service(Session(home), now=lambda: NOW, seed=lambda: 1)


def do(service: Service, message: str) -> RequestResult:
    request = MODEL.read(message, service.session.embedder)
    assert request is not None
    done = perform(service, request, message)
    assert done is not None
    return done


def test_a_quiz_on_a_topic_holds_questions_that_name_it(service: Service) -> None:
    done = do(service, "3 questions about batch inference")
    questions = service.session.progress.sitting(done.sitting).questions
    assert len(questions) == 3
    assert "3 questions on batch inference" in done.says
    for question in questions:
        words = " ".join([question.prompt, *(one.text + one.citation.quote for one in question.choices)])
        assert "batch" in words.lower()


def test_a_quiz_on_what_the_material_lacks_says_so(service: Service) -> None:
    done = do(service, "quiz me on football")
    assert done.says == "5 questions. Your material has none on football, so these are on all of it."
    assert len(service.session.progress.sitting(done.sitting).questions) == 5


def test_help_names_what_can_be_typed_and_each_is_understood(service: Service) -> None:
    done = do(service, "what can you do")
    assert "25 documents" in done.says
    for line in done.lines:
        for message in line.split(" · "):
            assert MODEL.read(message, service.session.embedder) is not None, message


def test_cards_stay_in_the_section_that_is_named(service: Service) -> None:
    done = do(service, "flash cards section 5")
    cards = service.session.progress.sitting(done.sitting).questions
    assert {card.section for card in cards} == {5}


def test_what_was_missed_is_listed_and_explained(service: Service) -> None:
    progress = service.session.progress
    sitting = progress.sitting(do(service, "quiz me on pipelines").sitting)
    wrong = frozenset(range(len(sitting.questions[0].choices))) - sitting.questions[0].key
    progress.answer(sitting, 0, sorted(wrong)[: len(sitting.questions[0].key)], now=NOW)
    missed = do(service, "what did I get wrong")
    assert missed.questions == [sitting.questions[0].id]
    explained = do(service, "explain my last miss")
    assert (explained.sitting, explained.position) == (sitting.id, 0)
    assert do(service, "how am I doing").lines[-1].startswith("Study next: ")


def test_a_plan_needs_the_date_of_the_exam(service: Service) -> None:
    assert "date of your exam" in do(service, "make a plan").says
    service.session.progress.set_exam_date((NOW + timedelta(days=20)).date())
    planned = do(service, "show my plan")
    assert planned.says.startswith("20 days")
    assert len(planned.lines) == 7


def test_scope_says_what_the_guide_says(service: Service) -> None:
    assert do(service, "is Model Armor on the exam?").says.startswith("Yes")
    weight = do(service, "what's the weight of section 2")
    assert f"{service.session.syllabus.section(2).weight}%" in weight.says


def test_a_section_is_summed_up_by_sentences_that_stand_in_the_notes(service: Service) -> None:
    done = do(service, "summarize section 4")
    assert len(done.lines) >= 5
    for place in done.places:
        assert place.end > place.start
        assert place.source.startswith("4-")


def test_a_study_guide_names_the_parts_of_the_document(service: Service) -> None:
    done = do(service, "study guide for glossary.md")
    assert any("Glossary" in line for line in done.lines)
    assert "Which document" in do(service, "study guide for nothing.pdf").says


def test_places_are_found(service: Service) -> None:
    done = do(service, "find canary in my notes")
    assert any("canary" in place.label.lower() for place in done.places)


def test_a_summary_of_a_topic_is_a_question(service: Service) -> None:
    message = "give me a short summary of vector search"
    request = Request(Wanted.SUMMARY, "vector search")
    assert perform(service, request, message) is None
