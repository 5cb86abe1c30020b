import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from assistant.practice.bank import QuestionRow, load_rows
from assistant.practice.questions import LETTERS, QuestionKind
from assistant.syllabus import load_syllabus
from eval.bench.bank import WATCHED, bank_table, lines, one_sided, stem_words
from eval.bench.panel import Reading, baselines, draw_items, in_bank_order, key_of, panel_table, read_sheet, read_shown
from ingest.errors import EvaluationError

SYLLABUS = load_syllabus()
ROWS = load_rows()
TABLE = bank_table(ROWS, SYLLABUS)
SINGLES = [row for row in ROWS if row.kind is QuestionKind.SINGLE]


def reading(row: QuestionRow, *, right: bool = True, weighed: int = 2, second_key: str = "") -> Reading:
    key = sorted(key_of(row))
    others = [letter for letter, _ in zip(LETTERS, row.choices, strict=False) if letter not in key]
    answer = key if right else others[: len(key)]
    beside = [letter for letter in [*key, *others] if letter not in answer]
    return Reading(id=row.id, answer=tuple(answer), weighed=(*answer, *beside[: weighed - 1]), second_key=second_key)


def test_a_panel_counts_right_answers_options_weighed_and_second_keys() -> None:
    four = SINGLES[:4]
    sheets = {
        "one": [reading(row) for row in four],
        "two": [
            reading(four[0]),
            reading(four[1], weighed=1),
            reading(four[2], right=False),
            reading(four[3], second_key="D"),
        ],
    }
    table = panel_table(sheets, ROWS, SYLLABUS)
    assert {item.id: item.verdict for item in table.items} == {
        four[0].id: "ships", four[1].id: "too easy", four[2].id: "wrong", four[3].id: "second key",
    }  # fmt: skip
    assert (table.right, table.second_keys) == (7 / 8, 1)
    assert table.weighed == pytest.approx(15 / 8)
    assert table.tempted_by_all == 0.75
    assert [one.right for one in table.readers] == [1.0, 0.75]


def test_letters_as_printed_are_put_into_the_order_of_the_bank(tmp_path: Path) -> None:
    items, sheet = tmp_path / "items.txt", tmp_path / "reader.jsonl"
    items.write_text(draw_items(ROWS, 20, seed=3), encoding="utf-8")
    shown = read_shown(items)
    keys = {row.id: [choice.text for choice in row.choices if choice.correct] for row in ROWS}
    told = [
        {"id": name, "answer": [letter for letter, text in options.items() if text in keys[name]], "weighed": []}
        for name, options in shown.items()
    ]
    sheet.write_text("\n".join(map(json.dumps, told)), encoding="utf-8")
    table = panel_table({"reader": in_bank_order(read_sheet(sheet), shown, ROWS)}, ROWS, SYLLABUS)
    assert (len(table.items), table.right) == (20, 1.0)
    assert draw_items(ROWS, 20, seed=3) == items.read_text(encoding="utf-8")
    assert not [row for row in ROWS if any(choice.why in items.read_text() for choice in row.choices)]


def test_items_that_left_the_bank_are_counted_and_left_out() -> None:
    table = panel_table({"one": [reading(SINGLES[0]), Reading(id="s9-gone", answer=("A",))]}, ROWS, SYLLABUS)
    assert (len(table.items), table.gone) == (1, 1)
    with pytest.raises(EvaluationError, match="no reading of an item"):
        panel_table({"one": [Reading(id="s9-gone", answer=("A",))]}, ROWS, SYLLABUS)


def test_a_sheet_that_is_none_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "sheet.jsonl"
    path.write_text('{"id": "a", "answer": ["A"]}\n{"id": 3}\n')
    with pytest.raises(EvaluationError, match=r"sheet\.jsonl, line 2"):
        read_sheet(path)


def test_rules_that_see_the_options_alone_find_few_keys_of_the_bank() -> None:
    found = baselines(ROWS, ROWS, SYLLABUS)
    assert found["guessing"] == pytest.approx(0.25, abs=0.01)
    assert all(share <= 0.36 for share in found.values()), found


def test_a_bank_whose_longest_option_is_the_key_is_found_by_that_rule() -> None:
    def longer(row: QuestionRow) -> QuestionRow:
        choices = [
            one.model_copy(update={"text": one.text + " at once" * 9}) if one.correct else one for one in row.choices
        ]
        return row.model_copy(update={"choices": tuple(choices)})

    assert baselines([longer(row) for row in SINGLES[:30]], ROWS, SYLLABUS)["longest option"] == 1.0


# The table of the bank that ships


def test_the_bank_is_large_and_covers_the_guide() -> None:
    assert TABLE.items >= 300
    assert TABLE.decision_one >= 40
    assert TABLE.snippets >= 15
    assert TABLE.multiple >= 30
    assert TABLE.considerations == len(SYLLABUS.considerations) == 52
    assert TABLE.decisions == len(SYLLABUS.decisions) == 40
    assert TABLE.asks_what_to_do > TABLE.items / 2


def test_stems_options_and_reasons_have_the_length_of_the_exams() -> None:
    assert all(60 <= stem_words(row) <= 110 for row in ROWS)
    assert 78 <= TABLE.stem_words.median <= 90
    assert (TABLE.option_words.least >= 8, TABLE.option_words.most <= 30) == (True, True)
    assert (TABLE.reason_words.least >= 25, TABLE.reason_words.most <= 60) == (True, True)
    assert TABLE.official == TABLE.choices


def broken(row: QuestionRow) -> Sequence[str]:
    return [choice.breaks for choice in row.choices if not choice.correct]


def test_each_distractor_breaks_one_constraint_of_its_stem_and_each_constraint_decides() -> None:
    assert [row.id for row in ROWS if not 2 <= len(row.constraints) <= 4] == []
    assert [row.id for row in ROWS if set(broken(row)) != set(row.constraints)] == []
    assert [row.id for row in ROWS if any(clause not in row.prompt for clause in row.constraints)] == []
    assert [row.id for row in ROWS if any(choice.breaks for choice in row.choices if choice.correct)] == []


@pytest.mark.parametrize("name", WATCHED)
def test_what_an_earlier_bank_never_had_in_a_key_is_right_somewhere_and_wrong_somewhere(name: str) -> None:
    row = next(row for row in TABLE.products if row.product == name)
    assert row.key
    assert row.distractor
    assert not one_sided(row)


def test_the_table_says_what_it_counted() -> None:
    said = "\n".join(lines(TABLE))
    assert f"{TABLE.items} items" in said
    assert "stem words" in said
