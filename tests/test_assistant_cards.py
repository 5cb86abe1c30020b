from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from assistant.practice.cards import GAP, Card, CardKind, Deck, load_cards
from assistant.practice.questions import Reference
from assistant.progress.store import Progress, SittingKind
from assistant.service.service import Service
from assistant.session import Session
from assistant.syllabus import CORPUS, load_syllabus
from ingest.errors import PracticeError

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
SYLLABUS = load_syllabus()
NOTE = sorted((CORPUS / "notes").rglob("*.md"))[0]
QUOTE = next(line for line in NOTE.read_text(encoding="utf-8").splitlines() if len(line) > 60 and "[^" not in line)[:60]
ROW = {
    "id": "c4-batch-autoscale",
    "consideration": "4.1a",
    "kind": "question",
    "front": "Do batch inference jobs autoscale?",
    "back": "No",
    "extra": "The number of replicas at the start is the number of the whole job.",
    "source": NOTE.relative_to(CORPUS / "notes").as_posix(),
    "quote": QUOTE,
    "official": "https://docs.cloud.google.com/page",
}
CLOZE = ROW | {
    "id": "c0-gap",
    "consideration": None,
    "kind": "cloze",
    "front": "An {{c1::alias}} names a version.",
    "back": "alias",
}


def write(folder: Path, *rows: dict[str, object]) -> Path:
    (folder / "section-4.yaml").write_text(yaml.safe_dump(list(rows)), encoding="utf-8")
    return folder


def made(name: str, section: int | None = 4, kind: CardKind = CardKind.QUESTION) -> Card:
    front = f"What is {name}?" if kind is CardKind.QUESTION else f"It is called {GAP} here."
    consideration = f"{section}.1a" if section else None
    place = (section, f"{section}.1" if section else None, consideration)
    return Card(name, *place, kind, front, "an answer", "A reason.", Reference("n.md", 1, "a quote"))


def test_cards_are_read_with_their_place_and_the_gap_of_a_cloze(tmp_path: Path) -> None:
    question, cloze = load_cards(SYLLABUS, write(tmp_path, ROW, CLOZE)).cards
    assert (question.section, question.objective, question.citation.official) == (4, "4.1", ROW["official"])
    assert (cloze.front, cloze.section) == (f"An {GAP} names a version.", None)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"quote": "these words stand in no note of ours"}, "which is not in"),
        ({"consideration": "4.9z"}, "does not exist"),
        ({"front": "Batch inference jobs autoscale"}, "ends with a question mark"),
        ({"kind": "cloze"}, "the front hides"),
        ({"kind": "cloze", "front": "Jobs {{c1::never}} scale.", "back": "No"}, "the front hides"),
        ({"back": " ".join(["word"] * 16)}, "too long for one fact"),
        ({"id": "card one"}, "broken flash card"),
        ({"official": "http://elsewhere"}, "broken flash card"),
    ],
)
def test_a_card_with_a_fault_is_named_with_its_file(tmp_path: Path, wrong: dict[str, object], says: str) -> None:
    with pytest.raises(PracticeError, match=r"section-4\.yaml") as caught:
        load_cards(SYLLABUS, write(tmp_path, ROW | wrong))
    assert says in str(caught.value)


def test_two_cards_with_one_id_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PracticeError, match="used more than once"):
        load_cards(SYLLABUS, write(tmp_path, ROW, ROW))


def test_a_section_without_cards_says_so() -> None:
    with pytest.raises(PracticeError, match="No flash card fits section 2"):
        Deck([made("a")]).select(section=2)


@pytest.fixture
def service(home: Path, monkeypatch: pytest.MonkeyPatch) -> Service:
    session = Session(home)
    session.quizzes.deck = Deck([made("c4-one"), made("c4-two"), made("c3-three", 3)])
    return Service(session, now=lambda: NOW, seed=lambda: 1)


def recall(progress: Progress, session: Session, knew: bool, now: datetime) -> str:
    (card,) = session.quizzes.draw_cards(1, seed=1, now=now, section=4)
    sitting = progress.begin(SittingKind.CARDS, [card], now=now)
    progress.recall(sitting, 0, knew, now=now, seconds=4)
    return card.id


def test_cards_are_scheduled_beside_the_bank_and_count_for_no_mastery(service: Service) -> None:
    progress = service.session.progress
    known = recall(progress, service.session, True, NOW)
    forgotten = recall(progress, service.session, False, NOW)
    assert {known, forgotten} == {"c4-one", "c4-two"}
    assert not progress.attempts()
    assert not progress.due(NOW + timedelta(days=30))
    assert [one.seconds for one in progress.attempts(cards=True)] == [4, 4]
    assert progress.due(NOW + timedelta(days=1, hours=1), cards=True) == [forgotten]
    found = service.progress()
    assert (found.attempts, found.due, found.sections[3].questions) == (0, 0, 0)


def test_a_forgotten_card_comes_back_before_new_ones_and_when_all_are_known_it_says_when(service: Service) -> None:
    session = service.session
    forgotten = recall(session.progress, session, False, NOW)
    other = recall(session.progress, session, True, NOW)
    with pytest.raises(PracticeError, match=r"none is due for review\. The next one is due on 02 June 2026"):
        session.quizzes.draw_cards(5, seed=1, now=NOW, section=4)
    later = session.quizzes.draw_cards(5, seed=1, now=NOW + timedelta(days=20))
    assert [card.id for card in later] == [forgotten, other, "c3-three"]


def test_the_service_shows_a_card_and_grades_what_the_learner_says(service: Service) -> None:
    card = service.card(section=3)
    assert (card.id, card.front, card.back) == ("c3-three", "What is c3-three?", "an answer. A reason.")
    graded = service.grade(card.attempt, "forgot")
    assert (graded.correct, graded.due is not None) == (False, True)
    assert service.grade(card.attempt, "knew").correct is False  # graded once
    assert service.due().cards == 0
    assert {one.id for one in service.draw_cards(5, section=4).cards} == {"c4-one", "c4-two"}
