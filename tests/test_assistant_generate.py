from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assistant.practice.checks import item_faults, same_questions
from assistant.practice.facts import Definition, Fact, NumberFact, TableRow, find_facts
from assistant.practice.generate import Claim, QuestionMaker
from assistant.practice.questions import Focus, Origin, Question
from assistant.practice.quiz import QuizRequest
from assistant.progress.store import MadeStatus
from assistant.session import Session
from assistant.syllabus import load_syllabus
from ingest.embeddings import Embedder
from ingest.errors import PracticeError
from tests.conftest import NOW, SHARED, make_home

SYLLABUS = load_syllabus()
BOATS = """# Rigs of small boats

## Kinds of rig

A sloop is a rig with one mast and two sails for easy handling by a small crew.
A ketch is a rig with a tall main mast and a shorter mast ahead of the rudder.
A yawl is a rig with a tiny second mast behind the rudder for steering balance.
A schooner is a rig with two masts of which the front one is never the taller.
A cutter is a rig with one mast and several headsails for rough weather at sea.
A lugger is a rig with four-sided cloths that hang from a yard along each mast.
It is also a rig, and this sentence leans on another one.
The purpose of a rig is a matter that nobody on the quay agrees about today.
A whatsit is a thing that stands in no other line of these pages at all.

Of the sloop, the ketch, the yawl, the schooner, the cutter and the lugger, the sloop wins most races.

## Ropes

| Rope | Work it does |
|---|---|
| Halyard | pulls a sail up the mast |
| Sheet | trims the angle of a sail |
| Downhaul | tightens the front edge of a sail |
| Topping lift | carries the weight of the boom |
| Painter | ties a dinghy to a quay |

| Need | Choose |
|---|---|
| Speed | a sloop |
| Room | a ketch |
| Balance | a yawl |
| Comfort | a schooner |

## Figures

The battery of a cruiser lasts about 14 hours when all its lights stay on.
The reserve tank holds fuel for 8 hours of motoring at cruising speed.
The watch on deck changes every 4 hours through the whole night.
Dry sailcloth loses between 10 and 12 percent of its strength in a summer.

## Sailing for the certificate

The exam for sailors takes 90 minutes and is held in every larger harbor.
A certificate is a paper that a sailor shows when the harbor master asks.

- Speed of the boat
- Choice of the sail
"""
PRAISE = """# Marks

- Fix: The root certificate has to be part of the container's own store.
- Overview: Understand the concepts, the architecture and the benefits of a gateway.
- Sync delays: When you add a member, it can take a few minutes until it is known.
- Release date: May of last year
- Keep an eye on updates: The garden takes up new models every week of the year.
- Basic movements: walking, running, jumping, standing still, sitting
- Product types: Compare the revenue of two kinds of products over a month.

Similarly, the index is disabled while the table is smaller than 10 MB or has no rows.
Memories are made when ten events are there or the stream is idle for 5 minutes (300 s), whichever is first.
You are loading documents, each with a vector of numbers, of about 40 KB into one collection.
As shown in table 3, the larger value is a limit for all of the regions.
The first step is a review of the settings before anything is deployed.
"""


@pytest.fixture(scope="module")
def boats(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Session:
    folder = tmp_path_factory.mktemp("boats")
    (folder / "boats.md").write_text(BOATS, encoding="utf-8")
    (folder / "marks.md").write_text(PRAISE, encoding="utf-8")
    session = Session(make_home(folder / "home", models))
    session.library.add([folder / "boats.md", folder / "marks.md"], now=NOW, report=lambda progress: None)
    return session


@pytest.fixture
def own(boats: Session, tmp_path: Path, models: Path) -> Session:
    """The same library with progress of its own."""
    import shutil

    home = make_home(tmp_path / "own", models)
    shutil.copytree(boats.home / "index", home / "index")
    return Session(home)


@pytest.fixture(scope="module")
def facts(boats: Session) -> Sequence[Fact]:
    return find_facts(boats.index.all_chunks())


def made(session: Session, count: int, seed: int = 1, **about: object) -> list[Question]:
    request = QuizRequest(count=count, seed=seed, origin=Origin.GENERATED, **about)  # type: ignore[arg-type]
    return session.quizzes.generate(request, now=NOW).questions


def test_facts_are_definitions_rows_and_figures_that_stand_by_themselves(boats: Session, facts: Sequence[Fact]) -> None:
    assert [one.term for one in facts if isinstance(one, Definition)] == [
        "A sloop", "A ketch", "A yawl", "A schooner", "A cutter", "A lugger",
    ]  # fmt: skip
    assert [one.cells[0] for one in facts if isinstance(one, TableRow)] == [
        "Halyard", "Sheet", "Downhaul", "Topping lift", "Painter",
    ]  # fmt: skip
    assert [(one.number, one.unit) for one in facts if isinstance(one, NumberFact)] == [
        ("14", " hours"), ("8", " hours"), ("4", " hours"),
    ]  # fmt: skip
    page = boats.index.page_text("boats.md", 1)
    for fact in facts:
        assert page[fact.place.start : fact.place.start + len(fact.place.quote)] == fact.place.quote


def test_a_file_named_after_a_course_has_facts_as_any_other(tmp_path: Path, models: Path) -> None:
    held = (
        "\n\n## How the course is held\n\nA proctor is a person who watches the exam of the course in its last week.\n"
    )
    (tmp_path / "course.md").write_text(
        BOATS.replace("Rigs of small boats", "Course 7: lecture notes") + held, encoding="utf-8"
    )
    session = Session(make_home(tmp_path / "home", models))
    session.library.add([tmp_path / "course.md"], now=NOW, report=lambda progress: None)
    terms = [one.term for one in find_facts(session.index.all_chunks()) if isinstance(one, Definition)]
    assert "A sloop" in terms
    assert "A proctor" not in terms


def test_cards_are_made_from_material_that_has_nothing_to_do_with_the_exam(boats: Session) -> None:
    cards = made(boats, 12)
    page = boats.index.page_text("boats.md", 1)
    assert len(cards) >= 6
    for card in cards:
        assert (card.section, card.difficulty, len(card.key)) == (None, 1, 1)
        assert item_faults(card) == []
        assert card.prompt.startswith(
            ("Which term belongs", "Which of these is said of", "Which figure belongs", "Table “")
        )
        assert all(choice.citation.quote in page for choice in card.choices)
        assert "exam" not in card.prompt.lower()
    assert made(boats, 12) == cards
    assert made(boats, 4, seed=2) != cards[:4]


def test_options_are_of_one_kind(boats: Session) -> None:
    for card in made(boats, 12):
        texts = [choice.text for choice in card.choices]
        assert len({any(letter.isdigit() for letter in text) for text in texts}) == 1
        assert len({text.startswith(("A ", "An ")) for text in texts}) == 1


def test_a_distractor_that_the_material_supports_is_rejected(facts: Sequence[Fact], embedder: Embedder) -> None:
    asked: list[str] = []

    def supported(claim: Claim) -> bool:
        asked.append(claim.sentence)
        return "ketch" in claim.sentence.lower()

    maker = QuestionMaker(facts, SYLLABUS, embedder, supported)
    cards = maker.make(12, seed=1, wanted=lambda place: "rig with" in place.quote).questions
    assert any("ketch" in sentence.lower() for sentence in asked)
    assert cards
    for card in cards:
        if "said of a ketch" not in card.prompt:
            assert not [one for one in card.choices if not one.correct and one.text == "A ketch"]
    refused = QuestionMaker(facts, SYLLABUS, embedder, lambda claim: True).make(3, seed=1)
    assert refused.questions == []
    assert refused.rejected["the material supports a distractor"]
    assert "the material supports a distractor" in refused.account


def test_the_material_is_asked_whether_it_says_a_distractor_elsewhere_too(
    boats: Session, facts: Sequence[Fact]
) -> None:
    place = {one.term: one.place for one in facts if isinstance(one, Definition)}
    swapped = "A yawl is a rig with a tall main mast and a shorter mast ahead of the rudder."
    own = (place["A yawl"], place["A ketch"])
    assert not boats.quizzes._supported(Claim(swapped, "A yawl", own))
    said_again = "A sloop is a rig with one mast and two sails."
    assert boats.quizzes._supported(Claim(said_again, "A sloop", own))


def test_a_question_once_shown_is_not_made_again(own: Session) -> None:
    first = made(own, 3, focus=Focus.FRESH)
    own.progress.keep_made(first, MadeStatus.MADE, now=NOW)
    assert not {one.id for one in first} & {one.id for one in made(own, 3, focus=Focus.FRESH)}


def test_a_reported_question_never_comes_again_and_a_kept_one_is_in_the_bank(own: Session) -> None:
    bad, good = made(own, 2)
    own.progress.keep_made([bad], MadeStatus.REPORTED, now=NOW)
    own.progress.keep_made([good], MadeStatus.KEPT, now=NOW)
    assert bad.id not in {one.id for one in made(own, 5)}
    assert good in own.quizzes.questions()
    assert bad not in own.quizzes.questions()


def test_a_topic_asks_only_about_what_treats_it(boats: Session) -> None:
    for card in made(boats, 3, topic="fuel and battery of a cruiser"):
        quote = next(choice.citation.quote for choice in card.choices if choice.correct)
        assert quote in BOATS.split("## Figures")[1]


@pytest.mark.parametrize("topic", ["football", "quantum chromodynamics", "the history of Belgium"])
def test_a_topic_that_the_library_does_not_hold_is_refused_in_a_sentence(boats: Session, topic: str) -> None:
    with pytest.raises(PracticeError, match=f"Your library holds nothing on “{topic}”"):
        made(boats, 5, topic=topic)


def test_material_without_anything_to_ask_says_what_it_needs(boats: Session) -> None:
    with pytest.raises(PracticeError, match="it needs definitions, tables"):
        made(boats, 3, source="marks.md")
    with pytest.raises(PracticeError, match="no source 'nope'"):
        made(boats, 3, source="nope")


def test_the_exam_guide_gives_no_card_on_the_exam_itself(corpus: Session) -> None:
    for card in made(corpus, 10, section=4):
        assert card.section == 4
        assert not any("exam" in text.lower().split() for text in (card.prompt, *(one.text for one in card.choices)))
    assert {card.objective for card in made(corpus, 3, objective="2.3")} == {"2.3"}


def test_two_questions_that_ask_the_same_are_found(corpus: Session, embedder: Embedder) -> None:
    one = corpus.quizzes.bank.questions[0]
    pairs = same_questions([one, one, corpus.quizzes.bank.questions[9]], embedder)
    assert [pair[:2] for pair in pairs] == [(one.id, one.id)]


def test_headings_of_a_guide_make_no_card(tmp_path: Path, models: Path) -> None:
    guide = SHARED / "reference" / "exam-guide-3.1.pdf"
    if not guide.exists():
        pytest.skip("the reference guide is not on this machine")
    session = Session(make_home(tmp_path / "home", models))
    session.library.add([guide], now=NOW, report=lambda progress: None)
    with pytest.raises(PracticeError, match="it needs definitions, tables"):
        made(session, 8)


def test_a_topic_whose_questions_were_all_asked_is_practiced_again(own: Session) -> None:
    request = QuizRequest(count=3, seed=1, origin=Origin.GENERATED, focus=Focus.FRESH)
    asked: dict[str, Question] = {}
    for seed in range(40):
        made = own.quizzes.generate(replace(request, seed=seed), now=NOW)
        own.progress.keep_made(made.questions, MadeStatus.MADE, now=NOW)
        if made.again == 3:
            break
        asked |= {question.id: question for question in made.questions}
    assert made.again == len(made.questions) == 3
    assert all(asked[question.id] == question for question in made.questions)
    own.progress.keep_made([*asked.values()], MadeStatus.REPORTED, now=NOW)
    with pytest.raises(PracticeError, match="it needs definitions"):
        own.quizzes.generate(request, now=NOW)


def test_time_is_given(own: Session) -> None:
    assert own.quizzes.draw(QuizRequest(count=3, seed=1), now=datetime(2030, 1, 1, tzinfo=UTC)).questions
