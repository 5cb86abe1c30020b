import csv
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from assistant.practice.bank import load_bank
from assistant.practice.exam import (
    READ_NEXT,
    draw_exam,
    read_next,
    results_by_objective,
    results_by_section,
    section_counts,
)
from assistant.practice.questions import MADE, Focus, Origin, Question, grade
from assistant.progress import exchange, sheets
from assistant.progress.choose import choose
from assistant.progress.mastery import exam_shares, mastery_of, study_next
from assistant.progress.plan import make_plan
from assistant.progress.schedule import after_attempt, recall_chance
from assistant.progress.store import Attempt, MadeStatus, Progress, SittingKind
from assistant.syllabus import load_syllabus
from ingest.errors import PracticeError, ProgressError

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
SYLLABUS = load_syllabus()
BANK = load_bank(SYLLABUS).questions


@pytest.fixture
def progress(progress_url: str) -> Progress:
    return Progress(progress_url, "me")


def key_of(question: Question) -> frozenset[int]:
    return question.key


def wrong_for(question: Question) -> frozenset[int]:
    return frozenset({next(at for at in range(len(question.choices)) if at not in question.key)})


# The schedule


def test_the_schedule_follows_a_golden_sequence() -> None:
    now, card, days = NOW, None, []
    for correct in (True, True, True, False, True):
        scheduled = after_attempt(card, correct=correct, now=now)
        days.append((scheduled.due - now).days)
        card, now = scheduled.card, scheduled.due
    assert days == [2, 11, 46, 3, 8]  # of fsrs 6.3 with its default parameters and 90 % wanted retention


def test_a_wrong_answer_comes_back_sooner_than_a_right_one() -> None:
    right, wrong = (after_attempt(None, correct=correct, now=NOW).due for correct in (True, False))
    assert NOW < wrong < right


def test_recall_fades_with_time() -> None:
    card = after_attempt(None, correct=True, now=NOW).card
    chances = [recall_chance(card, NOW + timedelta(days=days)) for days in (0, 5, 50)]
    assert chances == sorted(chances, reverse=True)
    assert chances[0] > chances[2]


# Sittings


def test_a_quiz_can_be_taken_up_by_another_process_where_it_was_left(progress_url: str) -> None:
    first = Progress(progress_url, "me")
    sitting = first.begin(SittingKind.QUIZ, BANK[:3], now=NOW)
    first.answer(sitting, 0, key_of(BANK[0]), now=NOW)
    again = Progress(progress_url, "me").open_sittings(SittingKind.QUIZ)
    assert [one.id for one in again] == [sitting.id]
    assert again[0].questions == tuple(BANK[:3])
    assert again[0].first_open() == 1


def test_an_answer_that_was_graded_at_once_is_final_and_counts_once(progress: Progress) -> None:
    sitting = progress.begin(SittingKind.QUIZ, BANK[:1], now=NOW)
    progress.answer(sitting, 0, wrong_for(BANK[0]), now=NOW)
    after = progress.answer(sitting, 0, key_of(BANK[0]), now=NOW)
    progress.finish(sitting, now=NOW)
    progress.finish(sitting, now=NOW)
    assert after.chosen[0] == wrong_for(BANK[0])
    assert [one.correct for one in progress.attempts()] == [False]


def test_an_exam_takes_changes_until_it_is_submitted_and_counts_what_is_missing_as_wrong(progress: Progress) -> None:
    sitting = progress.begin(SittingKind.EXAM, BANK[:3], now=NOW, at_once=False, minutes=10)
    progress.answer(sitting, 0, wrong_for(BANK[0]), now=NOW)
    progress.answer(sitting, 0, key_of(BANK[0]), now=NOW)
    progress.answer(sitting, 1, wrong_for(BANK[1]), now=NOW)
    progress.answer(sitting, 1, frozenset(), now=NOW)
    assert not progress.attempts()
    done = progress.finish(sitting, now=NOW + timedelta(minutes=5))
    assert [graded.correct for graded in done.grades()] == [True, False, False]
    assert [attempt.question for attempt in progress.attempts()] == [BANK[0].id]  # what was not answered is no attempt


def test_after_time_is_up_no_answer_is_taken_and_the_end_is_the_limit(progress: Progress) -> None:
    sitting = progress.begin(SittingKind.EXAM, BANK[:2], now=NOW, at_once=False, minutes=10)
    late = NOW + timedelta(minutes=11)
    after = progress.answer(sitting, 0, key_of(BANK[0]), now=late)
    assert after.is_over(late)
    assert not after.chosen
    assert progress.finish(sitting, now=late).finished == NOW + timedelta(minutes=10)


def test_marks_come_and_go(progress: Progress) -> None:
    sitting = progress.begin(SittingKind.EXAM, BANK[:2], now=NOW, at_once=False)
    assert progress.mark(sitting, 1, True).marked == {1}
    assert progress.mark(sitting, 1, False).marked == frozenset()


def test_a_quiz_that_is_ended_early_counts_only_what_was_answered(progress: Progress) -> None:
    sitting = progress.begin(SittingKind.QUIZ, BANK[:3], now=NOW)
    progress.answer(sitting, 2, key_of(BANK[2]), now=NOW)
    progress.finish(sitting, now=NOW)
    assert [one.question for one in progress.attempts()] == [BANK[2].id]


def test_learners_who_share_a_database_do_not_see_each_other(progress_url: str) -> None:
    one, other = Progress(progress_url, "one"), Progress(progress_url, "other")
    sitting = one.begin(SittingKind.QUIZ, BANK[:1], now=NOW)
    one.answer(sitting, 0, key_of(BANK[0]), now=NOW)
    assert not other.attempts()
    assert not other.open_sittings()
    with pytest.raises(ProgressError, match="no longer there"):
        other.sitting(sitting.id)
    other.delete_everything()
    assert len(one.attempts()) == 1


def test_tabs_that_answer_at_the_same_moment_are_all_graded_once(progress_url: str) -> None:
    first = Progress(progress_url, "me")
    sitting = first.begin(SittingKind.QUIZ, BANK[:8], now=NOW)
    tabs = [Progress(progress_url, "me") for _ in range(4)]

    def answer_all(tab: Progress) -> None:
        for at in range(8):
            tab.answer(sitting, at, key_of(BANK[at]) if tab is tabs[0] else wrong_for(BANK[at]), now=NOW)
        tab.finish(sitting, now=NOW)

    with ThreadPoolExecutor(len(tabs)) as pool:
        list(pool.map(answer_all, tabs))
    given = first.sitting(sitting.id).chosen
    assert {one.question: frozenset(one.chosen) for one in first.attempts()} == {
        BANK[at].id: given[at] for at in range(8)
    }
    assert len(first.attempts()) == len(first.due_dates()) == 8


def test_a_server_that_dropped_its_connections_is_asked_again(postgresql: str) -> None:
    progress = Progress(f"{postgresql}/postgres", "dropped")
    progress.set_exam_date(date(2026, 8, 1))
    with sa.create_engine(f"{postgresql}/postgres").connect() as database:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'study' AND pid <> "
        database.execute(sa.text(others + "pg_backend_pid()"))
    assert progress.exam_date() == date(2026, 8, 1)


def test_deleting_everything_leaves_nothing(progress_url: str) -> None:
    progress = Progress(progress_url, "me")
    sitting = progress.begin(SittingKind.QUIZ, BANK[:1], now=NOW)
    progress.answer(sitting, 0, key_of(BANK[0]), now=NOW)
    progress.keep_made(BANK[:1], MadeStatus.KEPT, now=NOW)
    progress.set_exam_date(date(2026, 8, 1))
    assert progress.delete_everything() == 1
    database = sa.create_engine(progress_url)
    tables = sa.inspect(database).get_table_names()
    with database.connect() as connection:
        held = set(tables) - {"schema_versions"}
        assert held
        assert all(connection.execute(sa.text(f"SELECT count(*) FROM {name}")).scalar() == 0 for name in held)


def test_a_database_that_cannot_be_opened_is_a_sentence_without_the_password(tmp_path: Path) -> None:
    with pytest.raises(ProgressError, match=r"study\.toml") as caught:
        Progress("postgresql+nodriver://ann:secret@localhost/study", "me")
    assert "secret" not in str(caught.value)


# Choosing


def test_due_questions_come_back_and_none_due_says_when(progress: Progress) -> None:
    sitting = progress.begin(SittingKind.QUIZ, BANK[:2], now=NOW)
    for at in (0, 1):
        progress.answer(sitting, at, key_of(BANK[at]), now=NOW)
    with pytest.raises(PracticeError, match="next one is due on"):
        choose(BANK, Focus.DUE, progress, SYLLABUS, count=5, seed=1, now=NOW)
    later = choose(BANK, Focus.DUE, progress, SYLLABUS, count=5, seed=1, now=NOW + timedelta(days=9))
    assert {one.id for one in later} == {BANK[0].id, BANK[1].id}


def test_fresh_questions_come_before_known_ones(progress: Progress) -> None:
    first = choose(BANK, Focus.FRESH, progress, SYLLABUS, count=10, seed=1, now=NOW)
    sitting = progress.begin(SittingKind.QUIZ, first, now=NOW)
    for at, question in enumerate(first):
        progress.answer(sitting, at, key_of(question), now=NOW)
    second = choose(BANK, Focus.FRESH, progress, SYLLABUS, count=10, seed=1, now=NOW)
    assert not {one.id for one in first} & {one.id for one in second}
    everything = choose(BANK, Focus.FRESH, progress, SYLLABUS, count=len(BANK), seed=1, now=NOW)
    assert {one.id for one in everything[-10:]} == {one.id for one in first}


def test_weak_spots_are_where_most_is_to_gain(progress: Progress) -> None:
    chosen = choose(BANK, Focus.WEAK, progress, SYLLABUS, count=6, seed=1, now=NOW)
    best = [row.consideration.id for row in study_next(SYLLABUS, [])][:8]
    assert {one.consideration for one in chosen} <= set(best)


# Mastery and plan


def attempt(name: str, correct: bool, consideration: str = "1.1a", days: int = 0) -> Attempt:
    return Attempt(
        f"s{days}",
        name,
        1,
        consideration[:-1],
        consideration,
        "bank",
        (0,),
        correct,
        float(correct),
        NOW + timedelta(days=days),
    )


def test_only_the_latest_attempt_at_a_question_counts() -> None:
    assert mastery_of([attempt("a", False), attempt("a", True, days=1)]) == mastery_of([attempt("a", True)])


@given(st.lists(st.booleans(), max_size=60))
def test_the_interval_holds_the_share_and_shrinks(rights: list[bool]) -> None:
    mastery = mastery_of([attempt(str(at), right) for at, right in enumerate(rights)])
    assert 0 <= mastery.low <= mastery.share <= mastery.high <= 1
    double = mastery_of([attempt(str(at), right) for at, right in enumerate(rights * 2)])
    assert double.high - double.low <= mastery.high - mastery.low + 1e-9


def test_exam_shares_follow_the_section_weights() -> None:
    shares = exam_shares(SYLLABUS)
    assert sum(shares.values()) == pytest.approx(1)
    whole = sum(section.weight for section in SYLLABUS.sections)
    for section in SYLLABUS.sections:
        inside = sum(share for name, share in shares.items() if name.startswith(str(section.number)))
        assert inside == pytest.approx(section.weight / whole)


def test_knowing_a_consideration_moves_it_down() -> None:
    best = study_next(SYLLABUS, [])[0].consideration.id
    known = [attempt(str(at), True, best) for at in range(5)]
    assert study_next(SYLLABUS, known)[0].consideration.id != best


@given(st.integers(min_value=1, max_value=365))
def test_a_plan_covers_every_consideration_once_before_the_exam(days: int) -> None:
    rows = study_next(SYLLABUS, [])
    plan = make_plan(NOW.date(), NOW.date() + timedelta(days=days), rows)
    assert len(plan) == days
    assert [name for day in plan for name in day.considerations] == [row.consideration.id for row in rows]


def test_a_plan_counts_overdue_reviews_today_and_ends_with_a_mock_exam_two_days_before() -> None:
    due = [NOW - timedelta(days=3), NOW + timedelta(days=2)]
    plan = make_plan(NOW.date(), NOW.date() + timedelta(days=20), study_next(SYLLABUS, []), due)
    assert [day.reviews for day in plan[:3]] == [1, 0, 1]
    assert [at for at, day in enumerate(plan) if day.mock_exam] == [4, 11, 18]


@pytest.mark.parametrize("days", [0, -5, 400])
def test_a_date_that_cannot_be_planned_is_refused(days: int) -> None:
    with pytest.raises(ProgressError, match="exam date"):
        make_plan(NOW.date(), NOW.date() + timedelta(days=days), [])


# Mock exam


@given(st.integers(min_value=6, max_value=60))
def test_an_exam_has_the_asked_number_by_weight(count: int) -> None:
    counts = section_counts(SYLLABUS, count)
    assert sum(counts.values()) == count
    whole = sum(section.weight for section in SYLLABUS.sections)
    for section in SYLLABUS.sections:
        assert abs(counts[section.number] - count * section.weight / whole) < 1


def test_an_exam_is_the_same_for_the_same_seed_and_avoids_what_was_seen() -> None:
    exam = draw_exam(BANK, SYLLABUS, count=20, seed=3)
    assert exam == draw_exam(BANK, SYLLABUS, count=20, seed=3)
    assert len({one.id for one in exam}) == 20
    other = draw_exam(BANK, SYLLABUS, count=20, seed=3, avoid={one.id for one in exam})
    assert not {one.id for one in exam} & {one.id for one in other}


def test_an_exam_that_needs_more_than_there_is_says_so() -> None:
    with pytest.raises(PracticeError, match="Ask for fewer"):
        draw_exam(BANK[:10], SYLLABUS, count=50, seed=1)


def test_results_are_counted_by_section(progress: Progress) -> None:
    exam = draw_exam(BANK, SYLLABUS, count=12, seed=1)
    sitting = progress.begin(SittingKind.EXAM, exam, now=NOW, at_once=False)
    for at, question in enumerate(exam):
        progress.answer(sitting, at, question.key if question.section == 4 else wrong_for(question), now=NOW)
    done = progress.finish(sitting, now=NOW)
    rows = {row.name: row for row in results_by_section(exam, done.grades())}
    assert rows["4"].right == rows["4"].asked
    assert sum(row.right for row in rows.values()) == rows["4"].asked


def test_what_to_read_next_is_what_was_missed_most_with_the_words_that_settle_it() -> None:
    exam = draw_exam(BANK, SYLLABUS, count=12, seed=1)
    missed = exam[0]
    grades = [grade(question, wrong_for(question) if question is missed else key_of(question)) for question in exam]
    [row] = read_next(results_by_objective(exam, grades))
    assert row.name == missed.objective
    assert row.missed == tuple(choice.citation for choice in missed.choices if choice.correct)
    nothing_right = read_next(results_by_objective(exam, [grade(question, wrong_for(question)) for question in exam]))
    assert len(nothing_right) == READ_NEXT
    assert not read_next(results_by_objective(exam, [grade(question, key_of(question)) for question in exam]))


# Export and import


def test_json_is_read_back_into_an_empty_home_with_the_same_schedule(progress: Progress, tmp_path: Path) -> None:
    sitting = progress.begin(SittingKind.QUIZ, BANK[:4], now=NOW)
    for at in range(4):
        progress.answer(sitting, at, key_of(BANK[at]) if at % 2 else wrong_for(BANK[at]), now=NOW)
    made = replace(BANK[0], id=f"{MADE}drift", origin=Origin.GENERATED)
    written = exchange.Exchange(attempts=tuple(progress.attempts()), kept_questions=(made,))
    path = tmp_path / "export.json"
    path.write_text(exchange.export_json(written), encoding="utf-8")
    other = Progress(f"sqlite:///{tmp_path / 'other.sqlite3'}", "me")
    assert exchange.read_json(path) == written
    assert other.add_attempts(exchange.read_json(path).attempts) == 4
    assert other.add_attempts(exchange.read_json(path).attempts) == 0
    assert other.attempts() == progress.attempts()
    assert other.due_dates() == progress.due_dates()


def test_a_file_that_is_no_export_is_named(tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text('{"version": "x", "cards": []}')
    with pytest.raises(ProgressError, match=r"other\.json"):
        exchange.read_json(path)


def test_csv_has_one_row_an_attempt(progress: Progress) -> None:
    sitting = progress.begin(SittingKind.QUIZ, BANK[:1], now=NOW)
    progress.answer(sitting, 0, {1}, now=NOW)
    rows = list(csv.DictReader(io.StringIO(sheets.attempts_csv(progress.attempts()))))
    assert rows[0]["question"] == BANK[0].id
    assert rows[0]["chosen"] == "B"
