import itertools
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from assistant.answers import Answer, Citation
from assistant.practice.quiz import QuizRequest
from assistant.progress.store import SittingKind
from assistant.service.answers import AskResult, CitationResult
from assistant.service.reading import LONGEST, parts_of
from assistant.service.scope import topic_in
from assistant.service.service import Service
from assistant.session import Session
from ingest.chunks import Chunk
from ingest.errors import MaterialError, PracticeError, ProgressError, QuestionRejected
from tests.conftest import make_home

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
NOTE = "4-serving/4.1-serving-models.md"


@pytest.fixture(scope="module")
def service(corpus: Session) -> Service:
    return Service(corpus, now=lambda: NOW, seed=lambda: 1)


@pytest.fixture
def learner(tmp_path: Path, models: Path) -> Service:
    """Calls over an empty library, for what is recorded."""
    return Service(Session(make_home(tmp_path / "learner", models)), now=lambda: NOW, seed=lambda: 1)


def test_search_and_ask_need_material(learner: Service) -> None:
    for call in (learner.search, learner.ask):
        with pytest.raises(MaterialError, match="Add material first"):
            call("What is concept drift?")


def test_an_answer_has_one_json_form(service: Service) -> None:
    found = service.ask("What is concept drift?").as_json()
    assert not found["refused"]
    assert all(page["address"] and page["title"] for one in found["citations"] for page in one["official"] or [])
    assert found["notes"] == []
    assert found["passages"] == [
        passage
        for passage in found["passages"]
        if set(passage) == set(service.search("drift").as_json()["passages"][0])
    ]


@dataclass(frozen=True)
class Page:
    address: str
    title: str


@dataclass(frozen=True)
class Linked(Citation):
    official: tuple[Page, ...] = ()


@dataclass(frozen=True)
class Ambiguous(Answer):
    readings: tuple[str, ...] = ()


def test_what_an_answer_says_of_official_pages_and_other_readings_is_in_its_json() -> None:
    chunk = Chunk("a.md", 2, 0, "Drift means change.", ("Drift",))
    cited = Linked(1, chunk, "Drift means change.", 0, 19, official=(Page("https://example.org/drift", "Drift"),))
    answer = Ambiguous("Drift?", "", (), (cited,), True, "quotes", readings=("What is data drift?",))
    found = AskResult.of(answer).as_json()
    assert found["readings"] == ["What is data drift?"]
    assert found["citations"] == [
        {
            "marker": 1, "source": "a.md", "page": 2, "pages": [2], "heading": "Drift", "quote": "Drift means change.",
            "start": 0, "end": 19, "shown": "Drift means change.",
            "official": [{"address": "https://example.org/drift", "title": "Drift"}],
        }
    ]  # fmt: skip


def test_every_field_of_an_answer_and_its_citations_is_in_the_json() -> None:
    for kind, result, elsewhere in ((Answer, AskResult, {"text", "request"}), (Citation, CitationResult, {"chunk"})):
        assert {one.name for one in fields(kind)} - elsewhere <= set(result.model_fields)


def test_a_quiz_is_begun_broken_off_resumed_and_finished(learner: Service) -> None:
    sittings = learner.sittings
    with pytest.raises(PracticeError, match="No quiz was broken off"):
        sittings.resume_quiz()
    request = QuizRequest(2, 1, section=4)
    begun = sittings.begin_quiz(sittings.draw(request), request, at_once=True)
    sittings.answer(begun, 0, begun.questions[0].key)
    resumed = learner.sittings.resume_quiz()
    assert (resumed.id, resumed.first_open()) == (begun.id, 1)
    done = sittings.finish(sittings.answer(resumed, 1, {0}))
    assert done.grades()[0].correct
    assert sittings.broken_off(SittingKind.QUIZ) is None
    assert learner.progress().attempts == 2


def test_a_mock_exam_is_marked_and_its_clock_runs_from_its_begin(learner: Service) -> None:
    exam = learner.sittings.begin_exam(6, 30, seed=1)
    assert learner.sittings.mark(exam, 2).marked == {2}
    assert learner.sittings.mark(learner.sittings.mark(exam, 2), 2).marked == frozenset()
    assert not exam.is_over(NOW + timedelta(minutes=29))
    assert exam.is_over(NOW + timedelta(minutes=31))
    places = learner.sittings.places(one.citation for one in exam.questions[0].choices)
    assert places
    assert len(places) == len(set(places))


def test_progress_is_exported_deleted_and_read_back(learner: Service, tmp_path: Path) -> None:
    learner.grade(learner.quiz(section=2).attempt, "A")
    assert learner.export(tmp_path / "all.json").written.startswith("1 attempts")
    assert learner.export(tmp_path / "attempts.csv").written == "1 attempts"
    assert learner.export(tmp_path / "section.csv", section=4).written == "0 attempts"
    with pytest.raises(ProgressError, match="of no known format"):
        learner.export(tmp_path / "all.pdf")
    with pytest.raises(ProgressError, match="cannot be written"):
        learner.export(tmp_path / "missing" / "all.json")
    assert learner.delete_progress() == 1
    assert learner.progress().attempts == 0
    assert learner.import_progress(tmp_path / "all.json").new == 1
    assert learner.import_progress(tmp_path / "all.json").new == 0
    assert learner.progress().attempts == 1


def test_reading_a_section_gives_the_whole_of_it_with_both_neighbors(service: Service) -> None:
    page = service.read(NOTE)
    parts = parts_of(service.session.index.page_chunks(NOTE, 1))
    assert [one.heading for one in page.sections] == [one.heading for one in parts]
    middle = parts[len(parts) // 2]
    found = service.read(NOTE, heading=middle.heading)
    assert found.text == service.session.index.page_text(NOTE, 1)[middle.start : middle.start + len(found.text)]
    assert (found.start, found.end if found.continues is None else middle.end) == (middle.start, middle.end)
    assert found.before is not None
    assert found.before.end == found.start
    assert found.after is not None
    assert found.after.start == found.end


def test_a_long_page_is_read_on_until_its_end_without_a_gap(service: Service) -> None:
    whole = service.session.index.page_text(NOTE, 1)
    read, at = "", 0
    for _ in itertools.count():
        found = service.read(NOTE, page=1, start=at)
        assert len(found.text) <= LONGEST
        read, at = read + found.text, found.end
        if found.after is None:
            break
    assert read == whole


def test_what_is_not_there_to_read_is_said_with_what_is(service: Service) -> None:
    with pytest.raises(MaterialError, match="Did you mean"):
        service.read("4.1-serving-model.md")
    with pytest.raises(MaterialError, match="has no heading"):
        service.read(NOTE, heading="How to bake bread")
    with pytest.raises(MaterialError, match="counted from 1"):
        service.read(NOTE, page=99)
    with pytest.raises(MaterialError, match="not among them"):
        service.read(NOTE, start=10_000_000)


def test_a_file_name_without_its_folder_is_enough_to_read(service: Service) -> None:
    assert service.read("4.1-serving-models.md").source == NOTE


def test_a_question_comes_without_its_key_and_is_graded_once(learner: Service) -> None:
    asked = learner.quiz(section=4)
    assert "'correct'" not in str(asked.as_json())
    assert asked.choose >= 1
    graded = learner.grade(asked.attempt, asked.options[0].letter)
    again = learner.grade(asked.attempt, asked.options[1].letter)
    assert graded == again
    assert graded.chosen == ["A"]
    assert graded.correct == (graded.key == ["A"])
    assert all(reason.why and reason.citation.quote for reason in graded.reasons)
    assert graded.due is not None
    assert graded.due > NOW
    attempts = learner.session.progress.attempts()
    assert [one.question for one in attempts] == [asked.id]


def test_letters_are_read_as_people_write_them(learner: Service) -> None:
    for written in ("a", "A", " a ", "A,"):
        assert learner.grade(learner.quiz().attempt, written).chosen == ["A"]
    for written in ("b, a", "A and B", "ab", "A B"):
        assert learner.grade(learner.quiz().attempt, written).chosen == ["A", "B"]
    for written in ("", "Z", "the first"):
        with pytest.raises(PracticeError, match="Give letters"):
            learner.grade(learner.quiz().attempt, written)


def test_an_attempt_that_is_none_is_refused(learner: Service) -> None:
    with pytest.raises(ProgressError):
        learner.grade("nothing", "A")
    quiz = learner.session.quizzes.draw(QuizRequest(1, 1), now=NOW)
    sitting = learner.session.progress.begin(SittingKind.QUIZ, quiz.questions, now=NOW)
    with pytest.raises(ProgressError, match="no attempt of one question"):
        learner.grade(sitting.id, "A")


def test_one_question_at_a_time_leaves_no_quiz_to_resume(learner: Service) -> None:
    learner.quiz()
    assert learner.session.progress.open_sittings(SittingKind.QUIZ, SittingKind.REVIEW) == []


def test_a_card_is_known_or_forgotten_and_comes_back(learner: Service) -> None:
    first = learner.card(section=4)
    assert first.back
    assert first.citations
    forgot = learner.grade(first.attempt, "forgot")
    assert (forgot.correct, forgot.chosen) == (False, [])
    later = Service(learner.session, now=lambda: NOW + timedelta(days=400), seed=lambda: 2)
    due = later.due()
    assert due.cards == 1 or [one.id for one in due.questions] == [first.id]  # a card, or a question shown as one
    again = later.card()
    assert again.id == first.id
    assert later.grade(again.attempt, "knew").correct
    assert (later.due().due, later.due().cards) == (0, 0)


def test_a_question_on_a_topic_names_it(learner: Service) -> None:
    asked = learner.quiz(topic="Model Registry")
    graded = learner.grade(asked.attempt, "A")
    told = " ".join([asked.prompt, *(f"{one.text} {one.citation.quote}" for one in graded.reasons)]).lower()
    assert "registr" in told


def test_progress_due_and_plan_agree_with_what_was_answered(learner: Service) -> None:
    assert learner.due().as_json() == {"due": 0, "questions": [], "next": None, "cards": 0}
    graded = learner.grade(learner.quiz(section=2).attempt, "A")
    found = learner.progress()
    assert (found.attempts, found.sections[1].questions) == (1, 1)
    assert learner.due().next == graded.due
    with pytest.raises(ProgressError, match="not known yet"):
        learner.plan()
    days = learner.plan(date(2026, 7, 1)).days
    assert len(days) == 30
    assert learner.plan().exam == date(2026, 7, 1)


def test_material_is_added_listed_and_forgotten(learner: Service, tmp_path: Path) -> None:
    (tmp_path / "drift.md").write_text("# Drift\n\nDrift means change.\n")
    added = learner.add_material([str(tmp_path / "drift.md")])
    assert (added.added, added.skipped) == (["drift.md"], [])
    (source,) = learner.sources().sources
    assert (source.source, source.shipped) == ("drift.md", False)
    assert learner.forget("drift.md").chunks == 1
    assert learner.sources().sources == []


def test_shipped_sources_are_told_apart(service: Service) -> None:
    assert all(one.shipped for one in service.sources().sources)


def test_adding_stops_when_it_is_cancelled_and_goes_on_the_next_time(learner: Service, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    for number in range(4):
        (notes / f"{number}.md").write_text(f"# Note {number}\n\nDrift number {number} is a change.\n")
    seen: list[int] = []
    stopped = learner.add_material(
        [str(notes)], report=lambda progress: seen.append(progress.done), cancelled=lambda: 2 in seen
    )
    assert stopped.cancelled
    assert not learner.add_material([str(notes)]).cancelled
    assert len(learner.sources().sources) == 4
    assert learner.search("drift number 3").passages


@pytest.mark.parametrize(
    ("asked", "topic"),
    [
        ("Is LoRA on the exam?", "LoRA"),
        ("is model armor covered by the guide", "model armor"),
        ("Which consideration covers canary releases?", "canary releases"),
        ("Do I need to know TFX for the exam?", "TFX"),
        ("Does the exam ask about the Retail API?", "Retail API"),
        ("data drift", "data drift"),
    ],
)
def test_the_topic_is_found_in_a_question_on_it(asked: str, topic: str) -> None:
    assert topic_in(asked) == topic


@pytest.mark.parametrize(
    ("topic", "verdict", "consideration"),
    [
        ("Model Armor", "yes", "6.1a"),
        ("canary release", "yes", "4.1d"),
        ("Vertex AI Model Monitoring", "yes", "6.2a"),
        ("concept drift", "yes", "6.2b"),
        ("BQML", "yes", "1.1a"),
        ("PII", "yes", "2.1d"),
        ("continuous training", "yes", "5.2b"),
        ("Cloud Composer", "yes", "5.1b"),
        ("hyperparameter tuning", "yes", "3.2e"),
        ("LoRA", "not named", "3.2f"),
        ("Reduction Server", "not named", None),
        ("SageMaker", "no", None),
        ("baking bread", "no", None),
    ],
)
def test_the_scope_says_yes_not_named_or_no(
    service: Service, topic: str, verdict: str, consideration: str | None
) -> None:
    found = service.exam_scope(topic)
    assert found.verdict == verdict, found.says
    if consideration:
        assert consideration in [item.id for item in found.considerations]
    assert found.says.split(":")[0].lower() == verdict
    assert bool(found.places) <= (verdict != "no")


def test_a_scope_without_words_is_refused(service: Service) -> None:
    with pytest.raises(QuestionRejected, match="Name a topic"):
        service.exam_scope("?!")
