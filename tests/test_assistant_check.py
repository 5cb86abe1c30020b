import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.checks.claims import claims_in
from assistant.checks.features import NAMES
from assistant.checks.quantities import dates_in, missing_dates, missing_quantities, quantities_in
from assistant.checks.verdict import WEIGHTS, load_weights
from assistant.checks.wording import clauses, flipped, negated, opposites, reason_in, scopes
from assistant.service.checking import CheckResult
from assistant.service.service import Service
from assistant.session import Session
from ingest.errors import MaterialError, QuestionRejected
from tests.conftest import make_home

TRUE = "Batch inference jobs do not autoscale."
FALSE = "Batch inference jobs autoscale up to the maximum replica count."
NOTE = "4-serving/4.1-serving-models.md"


@pytest.fixture(scope="module")
def service(corpus: Session) -> Service:
    return Service(corpus)


@pytest.fixture(scope="module")
def zebras(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Service:
    """A library on a matter of its own, two files of it."""
    home = make_home(tmp_path_factory.mktemp("zebras"), models)
    (home / "stripes.md").write_text(
        "# Stripes\n\nA plains zebra has about 26 stripes on each side. Zebra stripes keep biting flies away, because flies "
        "land badly on stripes.\n\nThe herd was counted on March 3, 2025.\n"
    )
    (home / "food.md").write_text(
        "# Food\n\nZebras eat grass only in the dry season. Foals drink milk for 11 months.\n"
    )
    service = Service(Session(home))
    service.add_material([str(home / "stripes.md"), str(home / "food.md")])
    return service


def only(result: CheckResult) -> tuple[str, dict[str, tuple[str, str]]]:
    """The verdict on a text of one sentence, and its mismatches by kind."""
    (one,) = result.sentences
    return one.verdict, {mismatch.kind: (mismatch.said, mismatch.material) for mismatch in one.mismatches}


def test_a_true_sentence_is_supported_by_its_quote_at_its_place(service: Service) -> None:
    (one,) = service.check(TRUE).sentences
    quote = one.quotes[0]
    assert (one.verdict, quote.source, quote.page) == ("supported", NOTE, 1)
    page = service.session.index.page_text(quote.source, quote.page)
    assert page[quote.start : quote.end] == quote.quote


def test_the_opposite_is_contradicted_by_the_same_quote(service: Service) -> None:
    verdict, found = only(service.check(FALSE))
    assert verdict == "contradicted"
    assert "negation" in found


def test_what_the_material_does_not_speak_of_is_not_supported(service: Service) -> None:
    verdict, _ = only(service.check("Sourdough bread needs a hot oven and a day of patience."))
    assert verdict == "not supported"


@pytest.mark.parametrize(
    ("sentence", "kind", "said", "material"),
    [
        ("A plains zebra has about 62 stripes on each side.", "number", "62", "26"),
        ("The herd was counted on May 3, 2025.", "date", "May 3, 2025", "March 3, 2025"),
        (
            "Zebra stripes never keep biting flies away, because flies land badly on stripes.",
            "negation",
            "never",
            "keep",
        ),
        ("Foals drink milk for 11 years.", "number", "11 years", "11 months"),
    ],
)
def test_a_changed_word_is_named_with_what_the_material_says(
    zebras: Service, sentence: str, kind: str, said: str, material: str
) -> None:
    verdict, found = only(zebras.check(sentence))
    assert verdict != "supported"
    assert said in found[kind][0]
    assert material in found[kind][1]


def test_a_dropped_condition_is_named(zebras: Service) -> None:
    verdict, found = only(zebras.check("The zebras eat grass."))
    assert verdict != "supported"
    assert "only" in found["scope"][1] or "dry season" in found["condition"][1]


def test_headings_questions_and_fragments_are_not_checked(zebras: Service) -> None:
    result = zebras.check("# Zebras and their stripes\n\nWhy do zebras have stripes?\n\nNice.\n")
    assert {one.verdict for one in result.sentences} == {"not checked"}
    assert result.not_checked == len(result.sentences)


def test_a_citation_is_checked_where_it_points(zebras: Service) -> None:
    right = "A plains zebra has about 26 stripes on each side [1].\n\n[1] stripes.md, page 1\n"
    assert only(zebras.check(right)) == ("supported", {})
    verdict, found = only(zebras.check(right.replace("stripes.md", "food.md")))
    assert verdict == "supported"
    assert found["citation"] == ("food.md, page 1", "stripes.md, page 1")
    verdict, found = only(zebras.check("A plains zebra has about 26 stripes on each side (stripes.md, page 7)."))
    assert found["citation"] == ("stripes.md, page 7", "stripes.md, page 1")


def test_words_between_quotation_marks_must_stand_in_the_material(zebras: Service) -> None:
    verbatim = 'The notes say "keep biting flies away, because flies land badly on stripes" of zebra stripes.'
    assert "quote" not in only(zebras.check(verbatim))[1]
    assert "quote" in only(zebras.check(verbatim.replace("badly", "rarely")))[1]


def test_former_product_names_are_named_with_the_present_one(service: Service) -> None:
    (one,) = service.check("Vertex AI Pipelines is serverless and tracks artifacts in ML Metadata.").sentences
    assert [(name.former, "Agent Platform Pipelines" in name.present) for name in one.renamed] == [
        ("Vertex AI Pipelines", True)
    ]


def test_a_sentence_that_leans_on_the_one_before_is_understood_with_it(zebras: Service) -> None:
    result = zebras.check(
        "A plains zebra has stripes. They keep biting flies away, because flies land badly on stripes."
    )
    assert [one.verdict for one in result.sentences] == ["supported", "supported"]


def test_an_empty_a_long_and_a_groundless_check_are_refused(zebras: Service, tmp_path: Path, models: Path) -> None:
    with pytest.raises(QuestionRejected, match="no sentence"):
        zebras.check("  \n ")
    with pytest.raises(QuestionRejected, match="in parts"):
        zebras.check("Zebras have stripes. " * 2000)
    with pytest.raises(MaterialError, match="Add material first"):
        Service(Session(make_home(tmp_path / "empty", models))).check(TRUE)


def test_new_material_counts_at_once(zebras: Service, tmp_path: Path) -> None:
    said = "A quagga has stripes on its neck alone."
    assert only(zebras.check(said))[0] == "not supported"
    (tmp_path / "quagga.md").write_text("# Quagga\n\nA quagga has stripes on its neck alone.\n")
    zebras.session.library.add([tmp_path / "quagga.md"], now=datetime.now(UTC), report=lambda progress: None)
    assert only(zebras.check(said))[0] == "supported"
    zebras.forget("quagga.md")


def test_a_sentence_of_the_material_is_supported_word_for_word(service: Service) -> None:
    found = service.session.assistant.find("canary release").evidence
    sentences = [one.words for one in found if one.kind.value == "prose" and len(one.words.split()) > 6][:25]
    checked = service.session.checker().check("\n\n".join(sentences))
    assert [one.text for one in checked if one.verdict.value not in ("supported", "not checked")] == []


def test_no_weight_is_negative_and_every_feature_has_one() -> None:
    found = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    assert set(found["weights"]) == set(NAMES)
    assert min(found["weights"].values()) >= 0
    assert 0 < load_weights().threshold < 1


def test_claims_lose_their_citations_and_keep_what_they_cite() -> None:
    text = (
        "Batch jobs keep their replicas [1][2]. See more (a/b.md, page 3).\n\n[1] x.pdf, page 4, Heading\n[2]: y.md\n"
    )
    first, second = claims_in(text)
    assert first.text == "Batch jobs keep their replicas."
    assert [(place.source, place.page) for place in first.cited] == [("x.pdf", 4), ("y.md", None)]
    assert [(place.source, place.page) for place in second.cited] == [("a/b.md", 3)]


def test_numbers_and_dates_are_the_same_however_they_are_written() -> None:
    assert missing_quantities("It takes 1,000 rows and forty minutes", "1000 rows, 40 min") == []
    assert [one.written for one in missing_quantities("It takes 40 hours", "It takes 40 minutes")] == ["40 hours"]
    assert dates_in("on 3 March 2025, March 3rd, 2025 and 2025-03-03").keys() == {"2025-03-03"}
    assert missing_dates("in March 2025", "on March 3, 2025") == []
    assert missing_dates("on March 4, 2025", "in March 2025") == ["March 4, 2025"]
    assert [one.value for one in quantities_in("version 2.50 of 3")] == ["2.5", "3"]


def test_small_words_are_read_in_their_sense() -> None:
    assert negated("It does not scale")
    assert not negated("It takes no more than 10 files")
    assert opposites("a higher target", "a lower target") == [("higher", "lower")]
    assert opposites("it is enabled", "it cannot be disabled") == []
    assert not flipped("it is always enabled", "it cannot be disabled")
    assert scopes("only two, at most three") == {"only", "at most"}
    assert reason_in("It fails because the disk is full") == " the disk is full"
    assert reason_in("The disk is full, so it fails") == "The disk is full, "
    assert reason_in("It is deprecated since March 3, 2025") is None
    assert clauses("It reads, writes and stores rows, but it never deletes them") == [
        "It reads, writes", "and stores rows", "but it never deletes them",
    ]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400))
def test_any_text_is_cut_into_claims_without_a_fault(text: str) -> None:
    for claim in claims_in(text):
        assert claim.text == " ".join(claim.text.split())
