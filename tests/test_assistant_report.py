from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from assistant.practice.bank import load_bank
from assistant.practice.questions import Focus, Question
from assistant.progress.choose import choose
from assistant.progress.report import Shown, report_of
from assistant.progress.schedule import after_attempt
from assistant.progress.store import Progress, SittingKind
from assistant.service.service import Service
from assistant.session import Session
from assistant.syllabus import load_syllabus
from ingest.errors import ProgressError

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
SYLLABUS = load_syllabus()
BANK = load_bank(SYLLABUS).questions


@pytest.fixture
def progress(progress_url: str) -> Progress:
    return Progress(progress_url, "me")


def wrong_for(question: Question) -> frozenset[int]:
    return frozenset({next(at for at in range(len(question.choices)) if at not in question.key)})


def test_confidence_and_time_are_kept_with_the_answer(progress: Progress) -> None:
    sitting = progress.begin(SittingKind.EXAM, BANK[:3], now=NOW, at_once=False, minutes=10)
    progress.spend(sitting, 0, 20, now=NOW)
    progress.answer(sitting, 0, BANK[0].key, now=NOW, sure=False, seconds=30)
    progress.answer(sitting, 0, wrong_for(BANK[0]), now=NOW, sure=True, seconds=5)
    progress.answer(sitting, 1, BANK[1].key, now=NOW)
    after = progress.spend(sitting, 2, 40, now=NOW + timedelta(minutes=11))
    assert (dict(after.sure), dict(after.seconds)) == ({0: True}, {0: 55})
    progress.finish(sitting, now=NOW + timedelta(minutes=9))
    told = {one.question: (one.sure, one.seconds) for one in progress.attempts()}
    assert told == {BANK[0].id: (True, 55), BANK[1].id: (None, None)}


def test_an_answer_taken_back_takes_what_was_said_of_it_back(progress: Progress) -> None:
    sitting = progress.begin(SittingKind.EXAM, BANK[:1], now=NOW, at_once=False)
    progress.answer(sitting, 0, BANK[0].key, now=NOW, sure=True)
    after = progress.answer(sitting, 0, frozenset(), now=NOW)
    assert not after.sure
    assert not after.chosen


def test_what_was_surely_known_and_wrong_comes_first_in_review(progress: Progress) -> None:
    sitting = progress.begin(SittingKind.QUIZ, BANK[:3], now=NOW)
    progress.answer(sitting, 0, wrong_for(BANK[0]), now=NOW, sure=False)
    progress.answer(sitting, 1, wrong_for(BANK[1]), now=NOW + timedelta(minutes=1))
    progress.answer(sitting, 2, wrong_for(BANK[2]), now=NOW + timedelta(minutes=2), sure=True)
    due = choose(BANK, Focus.DUE, progress, SYLLABUS, count=3, seed=1, now=NOW + timedelta(days=9))
    assert [one.id for one in due] == [BANK[2].id, BANK[0].id, BANK[1].id]


def test_right_without_being_sure_comes_back_sooner_than_right() -> None:
    sure, unsure, wrong = (
        after_attempt(None, correct=correct, now=NOW, sure=said).due
        for correct, said in ((True, None), (True, False), (False, True))
    )
    assert wrong <= unsure < sure


def sat(progress: Progress) -> str:
    sitting = progress.begin(SittingKind.EXAM, BANK[:4], now=NOW, at_once=False, minutes=30)
    progress.answer(sitting, 0, BANK[0].key, now=NOW, seconds=40)
    progress.answer(sitting, 1, wrong_for(BANK[1]), now=NOW, sure=True, seconds=50)
    progress.answer(sitting, 2, BANK[2].key, now=NOW, seconds=200)
    progress.mark(sitting, 2, True)
    return progress.finish(sitting, now=NOW + timedelta(minutes=12)).id


def test_a_report_counts_what_has_no_answer_as_wrong_and_filters(progress: Progress) -> None:
    report = report_of(progress.sitting(sat(progress)))
    assert (report.right, report.share, report.unanswered, report.took) == (2, 0.5, 1, timedelta(minutes=12))
    assert report.median_seconds == 50
    shown = {one: [item.position for item in report.show(one)] for one in Shown}
    assert shown == {
        Shown.ALL: [0, 1, 2, 3],
        Shown.WRONG: [1],
        Shown.UNANSWERED: [3],
        Shown.MARKED: [2],
        Shown.SURE_AND_WRONG: [1],
        Shown.SLOW: [2],
        Shown.MISSED: [1, 3],
    }
    assert [one.id for one in report.questions(Shown.MISSED)] == [BANK[1].id, BANK[3].id]
    assert len(progress.attempts()) == 3


def test_the_service_reports_the_latest_mock_exam(home: Path) -> None:
    service = Service(Session(home), now=lambda: NOW)
    with pytest.raises(ProgressError, match="Sit one with study exam"):
        service.report()
    name = sat(service.session.progress)
    found = service.report(shown=Shown.MISSED)
    assert (found.sitting, found.share, found.minutes) == (name, 0.5, 12.0)
    assert [(item.position, item.answered, item.sure) for item in found.items] == [(2, True, True), (4, False, None)]
    assert service.progress().calibration[0].answers == 1


def test_a_database_from_before_confidence_and_cards_is_brought_up_to_date(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'old.sqlite3'}"
    before = Progress(url, "me")
    sitting = before.begin(SittingKind.QUIZ, BANK[:2], now=NOW)
    before.answer(sitting, 0, BANK[0].key, now=NOW)
    with sa.create_engine(url).begin() as database:
        for table, column in (
            ("attempts", "sure"),
            ("attempts", "seconds"),
            ("sitting_answers", "sure"),
            ("cards", "origin"),
        ):
            database.execute(sa.text(f"ALTER TABLE {table} DROP COLUMN {column}"))
        database.execute(sa.text("UPDATE schema_versions SET number = 2"))
    after = Progress(url, "me")
    assert [(one.question, one.sure) for one in after.attempts()] == [(BANK[0].id, None)]
    after.answer(sitting, 1, BANK[1].key, now=NOW, sure=True)
    assert len(after.due_dates()) == 2
