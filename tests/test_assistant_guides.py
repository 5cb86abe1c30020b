"""A learner can study for either exam guide: weights, plan, mock exam, coverage and sections follow."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from assistant.practice.bank import load_bank
from assistant.practice.exam import draw_exam, section_counts
from assistant.progress.mastery import exam_shares, section_of, study_next
from assistant.progress.store import Attempt
from assistant.service.service import Service
from assistant.session import Session
from assistant.syllabus import load_syllabus
from ingest.errors import SettingsError
from tests.conftest import make_home

NEW = load_syllabus()
OLD = NEW.for_guide("3.1")


def test_both_guides_have_their_weights_and_their_own_objectives() -> None:
    assert [section.weight for section in OLD.sections] == [13, 14, 18, 20, 22, 13]
    assert (OLD.objective("5.3").title, OLD.objective("1.3").considerations[0].id) == (
        "Tracking and auditing metadata",
        "1.1d",
    )
    assert [section.weight for section in NEW.sections] == [13, 16, 21, 20, 18, 13]


def test_lineage_counts_under_2_3_or_5_3_by_guide() -> None:
    place = ("2-data/2.3-experiments.md", ("2.3 Experiments", "Artifacts, versions and lineage (2.3c)"))
    assert NEW.place_of(*place) == (2, "2.3", "2.3c")
    assert OLD.place_of(*place) == (5, "5.3", "2.3c")
    assert (NEW.section_of(*place), OLD.section_of(*place)) == (2, 5)


def test_what_a_guide_does_not_name_belongs_to_none_of_its_sections() -> None:
    assert OLD.place_of("1-low-code/1.1-x.md", ("1.1", "Fine-tuning Gemini models (1.1e)")) == (None, None, None)
    assert OLD.home_of("6.2c") is None


def test_the_plan_and_the_shares_hold_what_the_guide_names() -> None:
    shares = exam_shares(OLD)
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["2.3c"] > exam_shares(NEW)["2.3c"]
    assert {row.consideration.id for row in study_next(OLD, [])} == {item.id for item in OLD.considerations}


def test_an_answer_given_under_one_guide_counts_in_the_section_of_the_other() -> None:
    attempt = Attempt("s", "q", 2, "2.3", "2.3c", "bank", (0,), True, 1.0, datetime(2026, 6, 1, tzinfo=UTC))
    assert (section_of(NEW, attempt), section_of(OLD, attempt)) == (2, 5)


def test_the_mock_exam_follows_the_guide() -> None:
    questions = load_bank(OLD).questions
    assert {question.consideration for question in questions} <= {item.id for item in OLD.considerations}
    exam = draw_exam(questions, OLD, count=50, seed=1)
    assert [sum(one.section == number for one in exam) for number in range(1, 7)] == [*section_counts(OLD, 50).values()]
    assert section_counts(OLD, 50)[5] == 11
    assert section_counts(NEW, 50)[5] == 9


def test_a_chosen_guide_is_kept_in_the_settings_and_others_are_an_error(tmp_path: Path, models: Path) -> None:
    home = make_home(tmp_path / "learner", models)
    (home / "study.toml").write_text('[answers]\nwriter = "quotes"\n', encoding="utf-8")
    chosen = Service(Session(home)).choose_guide("3.1")
    assert [one.id for one in chosen.guides if one.chosen] == ["3.1"]
    later = Session(home)
    assert (later.syllabus.guide.id, later.settings.answers.writer) == ("3.1", "quotes")
    assert Service(later).progress().guide == "3.1"
    with pytest.raises(SettingsError, match=r"Known guides: 2026-06, 3\.1"):
        Service(later).choose_guide("v4.0")
