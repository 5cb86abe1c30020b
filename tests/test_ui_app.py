import json
import os
from collections.abc import Iterator
from dataclasses import make_dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from assistant.answers import DraftSentence, Quote, Support
from assistant.progress import exchange
from assistant.progress.store import SittingKind
from assistant.search.retrieval import Findings
from assistant.session import Session
from assistant.writers.draft import WithoutTranslation
from eval.cases import load_cases
from eval.command import Wish, run_evaluation
from eval.material import MarkedCases
from eval.run import bank_results
from ingest.errors import WriterUnavailable
from ingest.units import Kind
from tests.conftest import NOW, ROOT, make_home
from ui.render import as_markdown, as_prose, quote_in_page
from ui.sources_choice import WHOLE, Scope
from ui.study_list import StudyList

APP = str(ROOT / "ui" / "app.py")
SECONDS = 60


@pytest.fixture
def use_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    from ui.jobs import forget_jobs
    from ui.state import drop_session

    drop_session()
    forget_jobs()
    monkeypatch.syspath_prepend(str(ROOT / "ui"))
    yield monkeypatch
    drop_session()


def open_app(monkeypatch: pytest.MonkeyPatch, home: Path) -> AppTest:
    monkeypatch.setenv("STUDY_HOME", str(home))
    return AppTest.from_file(APP, default_timeout=SECONDS).run()


def ask() -> None:
    from ui.views.ask import show

    show()


def open_ask(monkeypatch: pytest.MonkeyPatch, home: Path) -> AppTest:
    monkeypatch.setenv("STUDY_HOME", str(home))
    return AppTest.from_function(ask, default_timeout=SECONDS).run()


def press(app: AppTest, *labels: str) -> AppTest:
    return next(button for button in app.button if button.label in labels).click().run()


def choose(app: AppTest) -> int:
    """Choose as many options as are asked for, the first ones; returns how many options there are."""
    if app.radio:
        app.radio[0].set_value(0)
        return len(app.radio[0].options)
    count = next(int(one.value.split()[1].rstrip(".")) for one in app.caption if one.value.startswith("Choose "))
    for box in app.checkbox[:count]:
        box.check()
    return len(app.checkbox)


def until_done(app: AppTest) -> AppTest:
    """Draw the library again until nothing is being added any more, as its page does by itself."""
    from ui.jobs import shared_job

    job = shared_job(Path(os.environ["STUDY_HOME"]))
    if job.thread is not None:
        job.thread.join(SECONDS)
    return app.run()


def words(app: AppTest) -> str:
    return " ".join(str(element.value) for element in [*app.markdown, *app.error, *app.info, *app.warning, *app.title])


def test_a_question_is_answered_with_citations_that_open(use_home: pytest.MonkeyPatch, corpus_home: Path) -> None:
    app = open_ask(use_home, corpus_home)
    app.chat_input[0].set_value("What is concept drift?").run()
    assert not app.exception
    assert "Concept drift means" in words(app)
    sources = [button for button in app.button if str(button.key).startswith("cite-")]
    assert len(sources) == len({one.source for one in app.session_state["visitor"].answers[0].citations})
    sources[0].click().run()
    assert any("Source" in str(heading.value) for heading in app.subheader)
    assert any("<mark>" in str(shown.proto.body) for shown in app.get("html"))


class Dying(WithoutTranslation):
    """Finds, writes one sentence, and breaks off; the second time it works."""

    name = "test:model"
    tries = 0

    def write(self, question: str, findings: Findings) -> Iterator[DraftSentence]:
        Dying.tries += 1
        item = next(item for item in findings.evidence if item.kind is Kind.PROSE)
        yield DraftSentence(item.words, (Quote(item.chunk, item.start, item.start + len(item.quote)),), Support.CHECKED)
        if Dying.tries == 1:
            raise WriterUnavailable("The writer test:model failed: the line is dead.")


def ask_a_dying_model(monkeypatch: pytest.MonkeyPatch, home: Path) -> AppTest:
    Dying.tries = 0
    monkeypatch.setattr("assistant.writers.choose.Writers.open", lambda self, name=None: Dying())
    app = open_ask(monkeypatch, home)
    return app.chat_input[0].set_value("What is concept drift?").run()


def test_a_model_that_dies_leaves_the_evidence_and_a_way_to_try_again(
    use_home: pytest.MonkeyPatch, corpus_home: Path
) -> None:
    app = ask_a_dying_model(use_home, corpus_home)
    assert "the line is dead" in words(app)
    assert any("Concept drift means" in str(shown.proto.body) for shown in app.get("html"))
    assert any("passages found" in expander.label for expander in app.expander)
    next(button for button in app.button if button.label == "Try again").click().run()
    assert not app.error
    assert any("Written by test" in str(caption.value) for caption in app.caption)


def test_an_interrupted_answer_does_not_follow_into_a_new_conversation(
    use_home: pytest.MonkeyPatch, corpus_home: Path
) -> None:
    app = ask_a_dying_model(use_home, corpus_home)
    assert app.error
    next(button for button in app.button if button.label == "New conversation").click().run()
    assert not app.error


def test_numbers_in_an_answer_are_links_to_its_sources(use_home: pytest.MonkeyPatch, corpus_home: Path) -> None:
    app = open_ask(use_home, corpus_home)
    app.chat_input[0].set_value("What is concept drift?").run()
    assert "[1](#cite-0-1 " in words(app)


def test_history_keeps_earlier_answers(use_home: pytest.MonkeyPatch, corpus_home: Path) -> None:
    app = open_ask(use_home, corpus_home)
    app.chat_input[0].set_value("What is concept drift?").run()
    app.chat_input[0].set_value("Does batch inference autoscale?").run()
    assert "Concept drift means" in words(app)
    assert "do not autoscale" in words(app)


def test_a_quiz_on_a_follow_up_is_about_what_was_understood(use_home: pytest.MonkeyPatch, corpus_home: Path) -> None:
    app = open_ask(use_home, corpus_home)
    app.chat_input[0].set_value("Does batch inference autoscale?").run()
    answers = app.session_state["visitor"].answers
    answers[0] = replace(answers[0], question="and that?", understood="batch inference and that?")
    press(app.run(), "Quiz me on this")
    assert app.session_state["visitor"].quiz_topic == "batch inference and that?"


def test_a_refusal_is_shown_as_one(use_home: pytest.MonkeyPatch, corpus_home: Path) -> None:
    app = open_ask(use_home, corpus_home)
    app.chat_input[0].set_value("How do I bake sourdough bread?").run()
    assert any("does not answer" in str(warning.value) for warning in app.warning)


def test_an_empty_library_says_so_on_the_ask_page(use_home: pytest.MonkeyPatch, home: Path) -> None:
    assert "Your library is empty" in words(open_ask(use_home, home))


def test_a_broken_settings_file_is_a_screen_with_a_way_out(use_home: pytest.MonkeyPatch, home: Path) -> None:
    (home / "study.toml").write_text("[answers]\nwriterr = 'x'\n")
    app = open_app(use_home, home)
    assert not app.exception
    assert "can't start" in words(app)
    assert "Try again" in [button.label for button in app.button]


def practice() -> None:
    from ui.views.practice import show

    show()


def progress() -> None:
    from ui.views.progress import show

    show()


def library() -> None:
    from ui.views.library import show

    show()


def evaluation() -> None:
    from ui.views.evaluation import show

    show()


def test_a_quiz_is_graded_question_by_question_with_reasons(use_home: pytest.MonkeyPatch, corpus_home: Path) -> None:
    use_home.setenv("STUDY_HOME", str(corpus_home))
    app = AppTest.from_function(practice, default_timeout=SECONDS).run()
    app.selectbox[0].set_value(5).run()
    next(button for button in app.button if button.label == "Start").click().run()
    for number in range(1, 6):
        assert f"Question {number} of 5" in [caption.value for caption in app.caption]
        options = choose(app)  # which questions are drawn is random, so one may ask for several
        press(app, "Check")
        assert app.success or app.error
        assert "Correct answer" in words(app)
        assert "Your answer" in words(app)
        assert len([text for text in app.markdown if text.value.startswith("> ")]) == options
        press(app, "Next question", "See results")
    assert any("of 5 correct" in str(heading.value) for heading in app.subheader)


def test_a_quiz_on_an_objective_can_keep_its_reasons_for_the_end(
    use_home: pytest.MonkeyPatch, corpus_home: Path
) -> None:
    use_home.setenv("STUDY_HOME", str(corpus_home))
    app = AppTest.from_function(practice, default_timeout=SECONDS).run()
    app.selectbox(key="objective").set_value("4.1").run()
    app.button_group(key="feedback").set_value(False).run()
    next(button for button in app.button if button.label == "Start").click().run()
    for number in range(1, 6):
        assert f"Question {number} of 5" in [caption.value for caption in app.caption]
        choose(app)
        press(app, "See results" if number == 5 else "Next question")
        assert bool([text for text in app.markdown if text.value.startswith("> ")]) == (number == 5)
        if number == 2:  # the answer before can be changed while nothing is graded
            next(button for button in app.button if button.label == "Previous").click().run()
            assert "Question 2 of 5" in [caption.value for caption in app.caption]
            next(button for button in app.button if button.label == "Next question").click().run()
    assert any("of 5 correct" in str(heading.value) for heading in app.subheader)
    sitting = Session(corpus_home).progress.sitting(app.session_state["visitor"].quiz)
    assert {question.objective for question in sitting.questions} == {"4.1"}


def test_the_words_of_a_reason_open_in_their_source(use_home: pytest.MonkeyPatch, corpus_home: Path) -> None:
    use_home.setenv("STUDY_HOME", str(corpus_home))
    app = AppTest.from_function(practice, default_timeout=SECONDS).run()
    next(button for button in app.button if button.label == "Start").click().run()
    choose(app)
    press(app, "Check")
    next(button for button in app.button if "source-0" in str(button.key)).click().run()
    assert not app.exception
    assert "Open in Read" in [button.label for button in app.button]
    assert any("<mark>" in str(shown.proto.body) for shown in app.get("html"))


def test_an_export_is_read_back_and_another_file_is_named(use_home: pytest.MonkeyPatch, home: Path) -> None:
    session = Session(home)
    sitting = session.progress.begin(SittingKind.QUIZ, session.quizzes.bank.questions[:2], now=NOW)
    for at in range(2):
        session.progress.answer(sitting, at, {0}, now=NOW)
    exported = exchange.export_json(session.exported()).encode()
    session.progress.delete_everything()
    use_home.setenv("STUDY_HOME", str(home))
    app = AppTest.from_function(progress, default_timeout=SECONDS).run()
    app.file_uploader[0].upload("cards.json", b'{"cards": []}').run()
    next(button for button in app.button if button.label == "Import").click().run()
    assert "is not" in words(app)
    app.file_uploader[0].upload("export.json", exported).run()
    next(button for button in app.button if button.label == "Import").click().run()
    assert "2 new answers out of 2" in app.toast[0].value
    assert "No answers yet" not in words(app)
    assert len(session.progress.attempts()) == 2


def test_checking_without_a_choice_asks_for_one(use_home: pytest.MonkeyPatch, corpus_home: Path) -> None:
    use_home.setenv("STUDY_HOME", str(corpus_home))
    app = AppTest.from_function(practice, default_timeout=SECONDS).run()
    app.selectbox[0].set_value(5).run()
    next(button for button in app.button if button.label == "Start").click().run()
    next(button for button in app.button if button.label == "Check").click().run()
    assert "Choose an answer first" in words(app)


def test_the_library_lists_sources_and_loads_the_shipped_notes_when_empty(
    use_home: pytest.MonkeyPatch, home: Path, tmp_path: Path
) -> None:
    shipped = tmp_path / "notes"
    shipped.mkdir()
    (shipped / "sage.md").write_text("# Sage the shrub\n\nSage has grey leaves.\n", encoding="utf-8")
    use_home.setattr("assistant.library.SHIPPED", (shipped,))
    use_home.setattr("assistant.library.SHIPPED", (shipped,))
    use_home.setenv("STUDY_HOME", str(home))
    app = AppTest.from_function(library, default_timeout=5 * SECONDS).run()
    press(app, "Load the study notes")
    until_done(app)
    assert app.success
    assert app.dataframe[0].value["Document"].tolist() == ["Sage the shrub"]


def settings() -> None:
    from ui.views.settings import show

    show()


def exam() -> None:
    from ui.views.exam import show

    show()


def today() -> None:
    from ui.views.today import show

    show()


def test_a_writer_that_cannot_work_is_not_saved_and_the_saved_one_is_shown(
    use_home: pytest.MonkeyPatch, home: Path
) -> None:
    use_home.setenv("STUDY_HOME", str(home))
    for name in ("nonsense", "nobody:model-1"):
        app = AppTest.from_function(settings, default_timeout=SECONDS).run()
        app.text_input[0].set_value(name).run()
        press(app, "Save")
        assert "Not saved" in words(app)
        assert not (home / "study.toml").exists()
    (home / "study.toml").write_text("[answers]\nwriter = 'quotes'\n")
    from ui.state import drop_session

    drop_session()
    app = AppTest.from_function(settings, default_timeout=SECONDS).run()
    assert app.selectbox[0].value == "quotes"


def test_an_upload_has_an_outcome_that_stays_and_a_rejected_copy_does_not(
    use_home: pytest.MonkeyPatch, home: Path
) -> None:
    use_home.setenv("STUDY_HOME", str(home))
    app = AppTest.from_function(library, default_timeout=SECONDS).run()
    app.file_uploader[0].set_value(
        [("sage.md", b"# Sage\n\nSage is a shrub.\n", "text/markdown"), ("broken.pdf", b"nonsense", "application/pdf")]
    ).run()
    press(app, "Add to library")
    until_done(app)
    for _ in range(2):
        assert "1 added" in app.success[0].value
        assert "Couldn't add broken" in words(app).replace("\\", "")
        app.run()
    assert "sage" in words(app)
    assert [path.name for path in (home / "materials").glob("[!.]*")] == ["sage.md"]
    press(app, "Dismiss")
    assert not app.success


def test_removing_a_source_removes_its_copy_and_can_be_undone(use_home: pytest.MonkeyPatch, home: Path) -> None:
    use_home.setenv("STUDY_HOME", str(home))
    app = AppTest.from_function(library, default_timeout=SECONDS).run()
    app.file_uploader[0].set_value([("sage.md", b"# Sage\n\nSage is a shrub.\n", "text/markdown")]).run()
    press(app, "Add to library")
    until_done(app)
    press(app, "Remove")
    assert not (home / "materials" / "sage.md").exists()
    press(app, "Undo")
    until_done(app)
    assert (home / "materials" / "sage.md").exists()
    assert [record.name for record in Session(home).index.records()] == ["sage.md"]


def test_the_later_change_wins_in_two_tabs_and_the_other_tab_is_told(use_home: pytest.MonkeyPatch, home: Path) -> None:
    session = Session(home)
    single = [one for one in session.quizzes.bank.questions if len(one.key) == 1][:3]
    sitting = session.progress.begin(SittingKind.EXAM, single, now=datetime.now(UTC), at_once=False, minutes=60)
    use_home.setenv("STUDY_HOME", str(home))
    first, second = (AppTest.from_function(exam, default_timeout=SECONDS).run() for _ in range(2))
    first.radio[0].set_value(0).run()
    second.radio[0].set_value(2).run()
    press(first, "Next")
    assert "Question 2 of 3" in [caption.value for caption in first.caption]
    assert "another tab" in words(first)
    assert session.progress.sitting(sitting.id).chosen == {0: frozenset({2})}
    press(first, "Previous")
    assert first.radio[0].value == 2


def test_choose_two_takes_no_third_and_asks_for_the_second(use_home: pytest.MonkeyPatch, home: Path) -> None:
    session = Session(home)
    several = next(one for one in session.quizzes.bank.questions if len(one.key) == 2)
    session.progress.begin(SittingKind.QUIZ, [several], now=NOW)
    use_home.setenv("STUDY_HOME", str(home))
    app = AppTest.from_function(practice, default_timeout=SECONDS).run()
    press(app, "Resume")
    app.checkbox[0].check().run()
    press(app, "Check")
    assert "Choose 2 options first" in words(app)
    app.checkbox[1].check().run()
    assert [box.disabled for box in app.checkbox[:3]] == [False, False, True]


def test_a_section_that_hides_the_answer_is_named_and_left_on_demand(
    use_home: pytest.MonkeyPatch, corpus_home: Path
) -> None:
    app = open_ask(use_home, corpus_home)
    app.selectbox[0].set_value(Scope(section=1)).run()
    app.chat_input[0].set_value("Does batch inference autoscale?").run()
    if not app.warning:
        pytest.skip("section 1 answers this by now; ask something that only another section answers")
    assert "Only this part was searched: Section 1" in words(app).replace("\\", "")
    press(app, "Search all material")
    assert "do not autoscale" in words(app)
    assert app.selectbox[0].value == WHOLE


def test_today_leads_a_newcomer_to_three_questions_and_a_learner_to_one_step(
    use_home: pytest.MonkeyPatch, home: Path
) -> None:
    use_home.setenv("STUDY_HOME", str(home))
    app = AppTest.from_function(today, default_timeout=SECONDS).run()
    assert "Groundwork" in words(app)
    assert "Professional Machine Learning Engineer" in words(app)
    assert "Try 3 questions" in [button.label for button in app.button]
    session = Session(home)
    now = datetime.now(UTC)
    sitting = session.progress.begin(SittingKind.QUIZ, session.quizzes.bank.questions[:1], now=now)
    session.progress.answer(sitting, 0, sitting.questions[0].key, now=now)
    app = AppTest.from_function(today, default_timeout=SECONDS).run()
    assert not app.exception
    assert len([button for button in app.button if button.label.startswith("Start 10 questions on")]) == 1
    assert "likely" in words(app)


def test_the_evaluation_page_shows_the_latest_run(use_home: pytest.MonkeyPatch, corpus_home: Path) -> None:
    use_home.setenv("STUDY_HOME", str(corpus_home))
    use_home.setattr("eval.command.load_cases", lambda: load_cases()[::60])
    use_home.setattr("eval.run.bank_results", lambda questions, embedder: bank_results(questions[::20], embedder))
    app = AppTest.from_function(evaluation, default_timeout=5 * SECONDS).run()
    next(button for button in app.button if button.label == "Run test suite").click().run()
    assert not app.exception
    assert "citations: validity" in app.dataframe[0].value["Score"].tolist()
    assert str(datetime.now().year) in " ".join(caption.value for caption in app.caption)


def test_the_evaluation_page_compares_with_an_earlier_run(
    use_home: pytest.MonkeyPatch, tmp_path: Path, models: Path
) -> None:
    session = Session(make_home(tmp_path / "own", models))
    notes = {
        "sage.md": "# Sage\n\nSage means a shrub with grey leaves.\n",
        "dill.md": "# Dill\n\nDill is sown in April.\n",
    }
    for day, (name, note) in enumerate(notes.items()):  # the second note answers what the first run had to refuse
        (tmp_path / name).write_text(note, encoding="utf-8")
        session.library.add([tmp_path / name], now=NOW, report=lambda progress: None)
        if day == 0:
            MarkedCases(session.home).mark("When is dill sown?", session.index)
        run_evaluation(session, Wish(material=True), now=NOW + timedelta(days=day), report=lambda done, total: None)
    use_home.setenv("STUDY_HOME", str(session.home))
    app = AppTest.from_function(evaluation, default_timeout=SECONDS).run()
    app.button_group[0].select("My material").run()
    compare = next(box for box in app.selectbox if box.label == "Compare with an earlier run")
    assert compare.options == ["None", NOW.strftime("%Y-%m-%d %H:%M UTC")]
    compare.select_index(1).run()
    assert not app.exception
    table = app.dataframe[1].value.set_index("Score")
    refused = table.loc["refusal: refused what it should"]
    assert refused["Now"] < refused["Earlier"]
    assert "refused what it should 1.00 → 0.00 (When is dill sown?)" in words(app).replace("\\", "")


def read() -> None:
    from ui.views.read import show

    show()


def test_a_note_is_read_whole_with_contents_and_neighbors(use_home: pytest.MonkeyPatch, corpus_home: Path) -> None:
    use_home.setenv("STUDY_HOME", str(corpus_home))
    app = AppTest.from_function(read, default_timeout=SECONDS)
    app.query_params["doc"] = "4-serving/4.1-serving-models.md"
    app.run()
    assert not app.exception
    shown = " ".join(str(part.proto.body) for part in app.get("html"))
    assert "How a batch inference job works" in shown
    assert 'id="gw-heading-' in shown
    assert any("min read" in caption.value for caption in app.caption)
    assert "#gw-heading-" in words(app)
    press(app, *[button.label for button in app.button if button.label.endswith("→")])
    assert app.selectbox[0].value == "4-serving/4.2-scaling-online-serving.md"


def test_an_answer_is_added_to_the_plan_and_shown_on_today(use_home: pytest.MonkeyPatch, corpus_home: Path) -> None:
    app = open_ask(use_home, corpus_home)
    app.chat_input[0].set_value("Does batch inference autoscale?").run()
    press(app, "Add to plan")
    kept = StudyList(corpus_home)
    assert [one.question for one in kept.all()] == ["Does batch inference autoscale?"]
    assert kept.all()[0].objective == "4.1"
    today_page = AppTest.from_function(today, default_timeout=SECONDS).run()
    assert "Does batch inference autoscale" in words(today_page)
    press(today_page, "Done")
    assert kept.all() == []


def test_a_reported_answer_is_kept_as_json(use_home: pytest.MonkeyPatch, corpus_home: Path) -> None:
    app = open_ask(use_home, corpus_home)
    app.chat_input[0].set_value("What is concept drift?").run()
    press(app, "Report this answer")
    line = (corpus_home / "evaluation" / "reported-answers.jsonl").read_text(encoding="utf-8").splitlines()[-1]
    assert json.loads(line)["answer"]["question"] == "What is concept drift?"
    assert any("report is saved" in caption.value for caption in app.caption)


def test_a_question_is_asked_of_one_document_alone(use_home: pytest.MonkeyPatch, corpus_home: Path) -> None:
    app = open_ask(use_home, corpus_home)
    name = "6-monitoring/6.2-monitoring-and-troubleshooting.md"
    app.selectbox[0].set_value(Scope(source=name)).run()
    app.chat_input[0].set_value("What is the difference between skew and drift?").run()
    answer = app.session_state["visitor"].answers[0]
    assert {one.source for one in answer.citations} <= {name}
    assert {one.chunk.source for one in answer.passages} <= {name}


def test_readings_of_a_question_and_official_pages_are_offered(use_home: pytest.MonkeyPatch, corpus_home: Path) -> None:
    official = make_dataclass("Official", [("address", str), ("title", str)])
    app = open_ask(use_home, corpus_home)
    app.chat_input[0].set_value("What is concept drift?").run()
    found = app.session_state["visitor"].answers
    citation = _with(found[0].citations[0], official=(official("https://example.org/drift", "Drift (official)"),))
    found[0] = _with(
        found[0], citations=(citation, *found[0].citations[1:]), readings=("Does batch inference autoscale?",)
    )
    app.run()
    assert "https://example.org/drift" in words(app)
    press(app, as_markdown("Does batch inference autoscale?"))
    assert "do not autoscale" in words(app)


def _with(value: Any, **more: Any) -> Any:
    """The same value with further fields, as a later version of its type will have them."""
    fields = {name: getattr(value, name) for name in dir(value) if not name.startswith("_")}
    return SimpleNamespace(**fields | more)


def test_code_in_a_question_is_shown_as_code_and_nothing_else_of_it_is_markup() -> None:
    shown = as_prose("Set `lr` to *0.1*:\n\n```python\nx = 1\n```\nWhy <b>so</b>?")
    assert shown.split("\n\n") == [
        r"Set `lr` to \*0\.1\*\:",
        "```python\nx = 1\n```",
        r"Why \<b\>so\<\/b\>\?",
    ]
    assert as_prose("```mermaid\nflowchart\n```").startswith("```text")
    assert as_prose("```sql\nSELECT `a`\n```").startswith("````sql")


def test_text_from_documents_is_never_markup() -> None:
    assert "<script>" not in quote_in_page("a <script>x</script> quote", 2, 10)
    assert as_markdown("*a* [b](c) <d> :red[e] $f$") == r"\*a\* \[b\]\(c\) \<d\> \:red\[e\] \$f\$"


def test_a_quote_is_marked_where_it_stands() -> None:
    page = "word " * 400 + "the quote" + " word" * 400
    shown = quote_in_page(page, 2000, 2009)
    assert "<mark>the quote</mark>" in shown
    assert len(shown) < len(page)


def test_a_request_is_done_in_the_chat_and_its_question_answered_there(
    use_home: pytest.MonkeyPatch, corpus_home: Path
) -> None:
    app = open_ask(use_home, corpus_home)
    app.chat_input[0].set_value("quiz me on batch inference").run()
    assert not app.exception
    assert any("questions on batch inference" in one.value for one in app.markdown)
    choose(app)
    press(app, "Check")
    assert not app.exception
    assert any(button.label == "Next question" for button in app.button)
    press(app, "I meant this as a question")
    assert not app.exception
    assert len(app.chat_message) == 4


def test_asking_for_leaked_questions_is_no_request(use_home: pytest.MonkeyPatch, corpus_home: Path) -> None:
    app = open_ask(use_home, corpus_home)
    app.chat_input[0].set_value("send me leaked exam questions about Vertex AI").run()
    assert not app.radio
    assert app.warning


def test_a_flash_card_is_turned_and_said_to_be_known(use_home: pytest.MonkeyPatch, corpus_home: Path) -> None:
    app = open_ask(use_home, corpus_home)
    app.chat_input[0].set_value("flash cards section 5").run()
    assert any(one.value == "Question 1 of 10" for one in app.caption)
    press(app, "Show the answer")
    press(app, "I knew it")
    assert not app.exception
    assert any(one.value == "Question 2 of 10" for one in app.caption)
