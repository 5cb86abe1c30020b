from collections import Counter

import pytest

from assistant.session import Session
from eval.bench.planted import DEVELOPMENT, HELD_BACK, check_cases, load_planted, lost_anchors, table

CASES = load_planted()


def test_half_of_three_hundred_sentences_hold_one_of_ten_kinds_of_faults() -> None:
    assert len(CASES) == len({case.id for case in CASES}) == len({case.sentence for case in CASES}) == 300
    kinds = Counter(case.fault for case in CASES)
    assert kinds.pop(None) == 150
    assert set(kinds.values()) == {15}
    assert len(kinds) == 10


def test_the_halves_share_no_note() -> None:
    halves = {half: {case.note for case in CASES if case.half == half} for half in (DEVELOPMENT, HELD_BACK)}
    assert halves[DEVELOPMENT] & halves[HELD_BACK] == set()
    assert [sum(case.half == half for case in CASES) for half in halves] == [150, 150]


def test_the_words_they_were_written_from_stand_in_the_notes() -> None:
    assert lost_anchors(CASES) == []


@pytest.mark.parametrize(("fault", "least", "most"), [("number", 0.8, 1.0), ("date", 0.8, 1.0), (None, 0.0, 0.35)])
def test_what_is_plain_is_flagged_and_little_that_is_true(
    corpus: Session, fault: str | None, least: float, most: float
) -> None:
    cases = [case for case in CASES if case.fault == fault and case.half == HELD_BACK]
    rows = check_cases(corpus, cases[:25])
    share = sum(row.flagged for row in rows) / len(rows)
    assert least <= share <= most
    assert table(check_cases(corpus, CASES[:3]))[0].startswith("true sentences")
