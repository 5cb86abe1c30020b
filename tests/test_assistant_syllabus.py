from pathlib import Path

import pytest

from assistant.answer import understand
from assistant.syllabus import CORPUS, load_syllabus
from ingest.errors import SettingsError, UnknownSection

SYLLABUS = load_syllabus()


def test_the_guide_in_force_has_six_sections_and_fifty_two_considerations() -> None:
    assert [section.weight for section in SYLLABUS.sections] == [13, 16, 21, 20, 18, 13]
    assert len(SYLLABUS.considerations) == len({item.id for item in SYLLABUS.considerations}) == 52


def test_the_former_guide_keeps_its_weights() -> None:
    former = next(guide for guide in SYLLABUS.guides if guide.id == "3.1")
    assert [section.weight for section in former.sections] == [13, 14, 18, 20, 22, 13]


def test_the_longest_product_name_is_found_in_any_case() -> None:
    found = SYLLABUS.names_in("is vertex ai pipelines on Vertex AI?")
    assert [(form, name.short) for form, name in found] == [
        ("vertex ai pipelines", "Agent Platform Pipelines"),
        ("Vertex AI", "Agent Platform"),
    ]


def test_no_form_of_a_product_names_two_products() -> None:
    seen: dict[str, str] = {}
    for name in SYLLABUS.names:
        for form in name.old:
            assert seen.setdefault(form.lower(), name.new) == name.new


@pytest.mark.parametrize(
    ("source", "heading", "section"),
    [
        ("4-serving/4.1.md", "", 4),
        ("guide.pdf", "Section 6: Monitoring AI solutions (~13%)", 6),
        ("guide.pdf", "Guide › 2.1 Exploring", 2),
        ("prep-notes.md", "Preparation", None),
    ],
)
def test_a_place_belongs_to_the_section_its_folder_or_headings_name(
    source: str, heading: str, section: int | None
) -> None:
    assert SYLLABUS.section_of(source, heading) == section


def test_unknown_sections_and_objectives_name_those_there_are() -> None:
    with pytest.raises(UnknownSection, match="6 Monitoring AI solutions"):
        SYLLABUS.section(7)
    with pytest.raises(UnknownSection, match=r"5\.2"):
        SYLLABUS.objective("5.9")


def test_a_broken_syllabus_names_the_file(tmp_path: Path) -> None:
    broken = tmp_path / "syllabus.yaml"
    broken.write_text((CORPUS / "syllabus.yaml").read_text(encoding="utf-8").replace("weight: 16", "weight: many"))
    with pytest.raises(SettingsError, match=r"syllabus\.yaml"):
        load_syllabus(broken)


def test_an_abbreviation_and_what_it_stands_for_are_searched_alike() -> None:
    short = understand("How do I tune an LLM with BQML?", SYLLABUS)
    assert ("language model", "LLM") in short.names
    assert any("BigQuery ML" in phrasing for phrasing in short.phrasings)
    assert "LLM" not in short.words
    assert understand("What is PSC?", SYLLABUS).names == understand("What is Private Service Connect?", SYLLABUS).names


def test_an_abbreviation_inside_a_word_is_none() -> None:
    assert SYLLABUS.abbreviations_in("acting on fragments") == []
