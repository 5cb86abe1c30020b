"""Sections of a note have anchors that stay, a reading time, and neighbors."""

from assistant.outline import neighbors, outline, part_at, part_named, reading_minutes

NOTE = """# 4.1 Serving

Words above.

## Packaging models (4.1b)

A container holds the model.

### Limits

Limits of packaging.

## Rollout (4.1d)

### Limits

Limits of rollouts.
"""


def test_every_heading_has_an_anchor_of_its_own() -> None:
    assert [part.anchor for part in outline(NOTE)] == ["4-1-serving", "c41b", "c41b-limits", "c41d", "c41d-limits"]


def test_anchors_stay_when_a_heading_is_reworded_and_sections_move() -> None:
    reworded = NOTE.replace("Packaging models (4.1b)", "Containers for models (4.1b)")
    assert [part.anchor for part in outline(reworded)] == [part.anchor for part in outline(NOTE)]


def test_the_parts_cover_the_page_and_an_offset_finds_its_part() -> None:
    parts = outline(NOTE)
    assert "".join(NOTE[part.start : part.end] for part in parts) == NOTE
    assert parts[part_at(parts, NOTE.index("Limits of rollouts"))].anchor == "c41d-limits"
    assert part_named(parts, "c41d") == 3
    assert part_named(parts, "nowhere") is None


def test_each_part_knows_the_one_before_and_the_one_after() -> None:
    parts = outline(NOTE)
    assert neighbors(parts, 0) == (None, parts[1])
    assert neighbors(parts, 4) == (parts[3], None)


def test_code_and_tables_take_longer_to_read_than_prose() -> None:
    words = "word " * 440
    assert reading_minutes(words) == 2.0
    assert reading_minutes(f"```\n{words}\n```\n") > 3.9


def test_a_page_without_headings_has_no_parts() -> None:
    assert outline("Just words.") == []
