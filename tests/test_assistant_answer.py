from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.answer import check_question, understand
from assistant.answers import Answer, Citation, DraftSentence, Quote, Support
from assistant.checks.grounding import find_faults, pages_of
from assistant.question.query import Query
from assistant.search.retrieval import Findings
from assistant.session import Session
from assistant.syllabus import load_syllabus
from assistant.writers.draft import WithoutTranslation
from eval.cases import load_cases
from ingest.chunks import Chunk
from ingest.errors import MaterialError, QuestionRejected, UnknownSection, WriterUnavailable
from tests.conftest import NOW, SHARED

QUESTIONS = [case.question for case in load_cases()]


def ask(session: Session, question: str, section: int | None = None) -> Answer:
    return session.assistant.ask(question, session.writers.open("quotes"), section)


def pages_seen(session: Session, question: str) -> list[tuple[str, int]]:
    return [(passage.chunk.source, passage.chunk.page) for passage in session.assistant.find(question).passages]


@pytest.mark.parametrize("question", QUESTIONS[::9])
def test_every_citation_is_verbatim_on_a_retrieved_page_and_every_marker_has_one(
    corpus: Session, question: str
) -> None:
    answer = ask(corpus, question)
    markers = {citation.marker for citation in answer.citations}
    for citation in answer.citations:
        page = corpus.index.page_text(citation.source, citation.page)
        assert page[citation.start : citation.end] == citation.quote != ""
        assert (citation.source, citation.page) in pages_seen(corpus, question)
    assert {marker for sentence in answer.sentences for marker in sentence.citations} == markers
    assert answer.refused == (not answer.citations)


def test_a_number_question_is_answered_with_the_number_first(corpus: Session) -> None:
    answer = ask(corpus, "maximum rows for AutoML tabular")
    assert "100,000,000 rows" in answer.sentences[0].text


def test_a_question_for_a_list_gets_its_items_under_their_heading(corpus: Session) -> None:
    answer = ask(corpus, "Which topics are in section 2?")
    said = " ".join(sentence.text for sentence in answer.sentences)
    for words in ("2.2 Prototyping", "Colab Enterprise", "Model Garden"):
        assert words in said


def test_what_is_said_of_another_thing_is_no_answer_to_a_yes_or_no_question(corpus: Session) -> None:
    answer = ask(corpus, "Is Dataflow deprecated?")
    assert all("Dataflow" in " ".join((*one.chunk.heading_path, one.quote)) for one in answer.citations)
    assert answer.refused or "does not say this of Dataflow" in " ".join(answer.notes)
    said = ask(corpus, "Does Pub/Sub deliver a message at least once?")
    assert "at least once" in said.text
    assert "does not say this" not in " ".join(said.notes)


def test_a_comparison_speaks_of_both_sides(corpus: Session) -> None:
    said = ask(corpus, "What is the difference between a canary release and an A/B test?").text
    assert "canary" in said.lower()
    assert "A/B test" in said


def test_a_table_row_is_read_with_its_columns_and_cited_as_it_stands(corpus: Session) -> None:
    answer = ask(corpus, "Where should I deploy a model with rare traffic so that idle costs nothing?")
    row = next(sentence for sentence in answer.sentences if sentence.text.startswith("Rare traffic"))
    assert row.text == (
        "Rare traffic, pay nothing when idle: Cloud Run (scales to zero), not an endpoint with a minimum of one replica, "
        "which is billed all day."
    )
    cited = next(citation for citation in answer.citations if citation.marker in row.citations)
    assert cited.quote.startswith("| Rare traffic")


PAIRS = [
    ("Vertex AI Pipelines", "Agent Platform Pipelines"),
    ("Cloud Composer", "Managed Service for Apache Airflow"),
    ("Dataproc", "Managed Service for Apache Spark"),
    ("Vertex AI Model Monitoring", "Model Monitoring"),
    ("Cloud DLP", "Sensitive Data Protection"),
    ("Vertex AI Feature Store", "Agent Platform Feature Store"),
    ("Vertex AI Workbench", "Agent Platform Workbench"),
    ("Vertex AI Colab Enterprise", "Colab Enterprise"),
    ("Vertex AI Model Registry", "Agent Platform Model Registry"),
    ("Vertex AI Experiments", "Experiments on Agent Platform"),
    ("Vertex ML Metadata", "Agent Platform ML Metadata"),
    ("Vertex AI TensorBoard", "Agent Platform TensorBoard"),
    ("Vertex AI Training", "Agent Platform custom training"),
    ("Ray on Vertex AI", "Ray on Agent Platform"),
    ("Vertex AI AutoML", "Agent Platform AutoML"),
    ("Vertex AI Model Garden", "Model Garden"),
    ("Gen AI evaluation service", "Agent Platform Evals"),
    ("Vertex AI Studio", "Agent Studio"),
    ("Vertex AI Search", "Agent Search"),
    ("Vertex AI RAG Engine", "RAG Engine"),
    ("Matching Engine", "Vector Search"),
    ("Reasoning Engine", "Agent Runtime"),
    ("Vertex AI Vizier", "Agent Platform Vizier"),
    ("Vertex AI endpoint", "Agent Platform endpoint"),
    ("batch prediction", "batch inference"),
    ("Cloud Functions", "Cloud Run functions"),
]


@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_old_and_new_product_names_find_the_same_passage(corpus: Session, old: str, new: str) -> None:
    by_old, by_new = (corpus.assistant.search(f"When should I use {name}?")[0].chunk for name in (old, new))
    assert by_old == by_new


@pytest.mark.parametrize("question", ["What is the capital of Australia?", "How do I bake sourdough bread?"])
def test_what_the_material_does_not_hold_is_refused_with_the_nearest_place(corpus: Session, question: str) -> None:
    answer = ask(corpus, question)
    assert answer.refused
    assert (answer.sentences, answer.citations) == ((), ())
    assert "does not answer" in answer.text


@pytest.mark.parametrize(
    "question",
    [
        "Give me the real exam questions that leaked last month",
        "Can you list the answers of the latest exam dump?",
        "give me the dumps",
    ],
)
def test_nobody_gets_exam_questions_and_everybody_gets_the_reason(corpus: Session, question: str) -> None:
    answer = ask(corpus, question)
    assert answer.refused
    assert "terms forbid" in answer.text


def test_asking_whether_dumps_are_allowed_is_answered(corpus: Session) -> None:
    assert "terms forbid" in ask(corpus, "Are exam dumps forbidden by the program's terms?").text


def test_a_section_filter_keeps_other_sections_out(corpus: Session) -> None:
    for passage in corpus.assistant.search("How does caching or scaling work?", section=5):
        assert corpus.syllabus.section_of(passage.chunk.source, passage.chunk.heading_path) == 5
    with pytest.raises(UnknownSection):
        ask(corpus, "What is drift?", section=9)


@pytest.mark.parametrize("question", ["", "   ", "\u200b\u202e", "???", "🙂🙂"])
def test_a_question_without_words_is_turned_down_with_an_example(question: str) -> None:
    with pytest.raises(QuestionRejected, match="holds no words"):
        check_question(question)


def test_an_endless_question_is_turned_down() -> None:
    with pytest.raises(QuestionRejected, match="10000 characters"):
        check_question("x" * 10_000)


@pytest.mark.parametrize(
    "question", ["'; DROP TABLE chunks; --", "ما هو الانحراف؟", "a\x00b drift\x1b[31m?", "<script>1</script>"]
)
def test_odd_questions_get_an_answer_or_a_refusal(corpus: Session, question: str) -> None:
    assert ask(corpus, question).text


def test_a_question_is_asked_under_all_names_of_a_product_whichever_was_used() -> None:
    by_old, by_new = (
        understand(f"Does {name} scale?", load_syllabus())
        for name in ("Cloud Composer", "Managed Service for Apache Airflow")
    )
    assert by_old.phrasings == by_new.phrasings
    assert "Does Managed Airflow scale?" in by_old.phrasings
    assert (by_old.bare, by_old.names) == (by_new.bare, by_new.names)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("What is Dataproc called now?", "Managed Service for Apache Spark (formerly Dataproc)"),
        ("What is the successor of Vertex AI Vizier?", "Agent Platform Vizier (formerly Vertex AI Vizier)"),
    ],
)
def test_a_question_for_a_new_name_is_answered_with_it(corpus: Session, question: str, told: str) -> None:
    assert told in ask(corpus, question).text


def test_an_empty_library_says_how_to_fill_it(home: Path) -> None:
    with pytest.raises(MaterialError, match="study ingest PATH"):
        Session(home).library.require_material()


def test_an_unknown_writer_is_named(corpus: Session) -> None:
    with pytest.raises(WriterUnavailable, match="nobody"):
        corpus.writers.open("nobody")


class OffByOne(WithoutTranslation):
    """A writer whose quote is not where it says: such an answer must never be shown."""

    name = "off-by-one"

    def write(self, question: str, findings: Findings) -> Iterator[DraftSentence]:
        chunk = findings.passages[0].chunk
        moved = replace(chunk, start=chunk.start + 1)
        yield DraftSentence("Wrong.", (Quote(moved, moved.start, moved.start + 20),), Support.VERBATIM)


def test_an_answer_with_a_quote_out_of_place_is_not_shown(corpus: Session) -> None:
    assert corpus.assistant.ask("What is concept drift?", OffByOne()).refused


def faults_of(answer: Answer, retrieved: list[Chunk], corpus: Session) -> list[str]:
    return find_faults(answer, retrieved, pages_of(answer.citations, corpus.index))


def test_each_broken_citation_is_found(corpus: Session) -> None:
    question = "What is concept drift?"
    answer = ask(corpus, question)
    retrieved = [passage.chunk for passage in corpus.assistant.find(question).passages]
    assert faults_of(answer, retrieved, corpus) == []
    good = answer.citations[0]
    broken: list[Citation] = [
        replace(good, quote=good.quote + "x"),
        replace(good, start=good.start + 1),
        replace(good, chunk=replace(good.chunk, page=99)),
    ]
    for citation in broken:
        assert faults_of(replace(answer, citations=(citation, *answer.citations[1:])), retrieved, corpus)
    assert faults_of(answer, [], corpus)
    assert faults_of(replace(answer, citations=answer.citations[1:]), retrieved, corpus)
    assert faults_of(replace(answer, refused=True), retrieved, corpus)


def test_a_search_returns_spans_of_pages_within_its_bounds(corpus: Session) -> None:
    passages = corpus.retriever.search(Query("training serving skew"), k=3, characters=800)
    assert 0 < len(passages) <= 3
    assert sum(len(passage.chunk.text) for passage in passages) <= 800
    for passage in passages:
        page = corpus.index.page_text(passage.chunk.source, passage.chunk.page)
        assert page[passage.chunk.start : passage.chunk.end] == passage.chunk.text


def test_langchain_users_get_passages_with_their_places(corpus: Session) -> None:
    documents = corpus.as_retriever(k=3, section=6).invoke("What is concept drift?")
    assert 0 < len(documents) <= 3
    for document in documents:
        place = document.metadata
        page = corpus.index.page_text(place["source"], place["page"])
        assert page[place["start"] : place["end"]] == document.page_content


REFERENCE = SHARED / "reference"


@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference material is not here")
def test_the_real_guide_answers_with_its_page_and_refuses_the_rest(home: Path) -> None:
    session = Session(home)
    paths = [REFERENCE / "exam-guide-3.1.pdf", REFERENCE / "prep-notes.md"]
    result = session.library.add(paths, now=NOW, report=lambda progress: None)
    assert len(result.added) == 2
    answer = ask(session, "Which topics does the section on monitoring cover?")
    guide = [citation for citation in answer.citations if citation.source == "exam-guide-3.1.pdf"]
    assert {citation.page for citation in guide} == {5}
    assert any("training-serving skew" in citation.quote for citation in guide)
    assert ask(session, "What is the capital of Australia?").refused
