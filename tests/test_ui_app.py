import html
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from assistant.progress import exchange
from assistant.progress.store import SittingKind
from assistant.retrieval import Findings
from assistant.session import Session
from assistant.writers import DraftSentence, Quote, Support, WithoutTranslation
from eval.command import Wish, run_evaluation
from eval.material import MarkedCases
from ingest.errors import WriterUnavailable
from ingest.units import Kind
from tests.conftest import NOW, ROOT, make_home
from ui.render import as_markdown, quote_in_page

APP = str(ROOT / "ui" / "app.py")
SECONDS = 60


@pytest.fixture
def use_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    from ui.state import drop_session

    drop_session()
    monkeypatch.syspath_prepend(str(ROOT / "ui"))
    yield monkeypatch
    drop_session()


def open_app(monkeypatch: pytest.MonkeyPatch, home: Path) -> AppTest:
    monkeypatch.setenv("STUDY_HOME", str(home))
    return AppTest.from_file(APP, default_timeout=SECONDS).run()


def words(app: AppTest) -> str:
    return " ".join(str(element.value) for element in [*app.markdown, *app.error, *app.info, *app.warning, *app.title])


def test_a_question_is_answered_with_citations_that_open(use_home: pytest.MonkeyPatch, corpus_home: Path) -> None:
    app = open_app(use_home, corpus_home)
    app.chat_input[0].set_value("What is concept drift?").run()
    assert not app.exception
    assert "Concept drift means" in words(app)
    chip = next(button for button in app.button if "1" in button.label and "drift" in button.label.lower())
    chip.click().run()
    assert any("Source" in str(heading.value) for heading in app.subheader)


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
    monkeypatch.setattr("assistant.session.Session.writer", lambda self, name=None: Dying())
    app = open_app(monkeypatch, home)
    return app.chat_input[0].set_value("What is concept drift?").run()


def test_a_model_that_dies_leaves_the_evidence_and_a_way_to_try_again(
    use_home: pytest.MonkeyPatch, corpus_home: Path
) -> None:
    app = ask_a_dying_model(use_home, corpus_home)
    assert "the line is dead" in words(app)
    assert "Concept drift means" in words(app)
    assert any("passages found" in expander.label for expander in app.expander)
    next(button for button in app.button if button.label == "Try again").click().run()
    assert not app.error
    assert any("test:model" in str(caption.value) for caption in app.caption)


def test_an_interrupted_answer_does_not_follow_into_a_new_conversation(
    use_home: pytest.MonkeyPatch, corpus_home: Path
) -> None:
    app = ask_a_dying_model(use_home, corpus_home)
    assert app.error
    next(button for button in app.button if button.label == "New conversation").click().run()
    assert not app.error


def test_numbers_in_an_answer_are_links_to_its_sources(use_home: pytest.MonkeyPatch, corpus_home: Path) -> None:
    app = open_app(use_home, corpus_home)
    app.chat_input[0].set_value("What is concept drift?").run()
    assert "[1](#cite-0-1 " in words(app)


def test_history_keeps_earlier_answers(use_home: pytest.MonkeyPatch, corpus_home: Path) -> None:
    app = open_app(use_home, corpus_home)
    app.chat_input[0].set_value("What is concept drift?").run()
    app.chat_input[0].set_value("Does batch inference autoscale?").run()
    assert "Concept drift means" in words(app)
    assert "do not autoscale" in words(app)


def test_a_quiz_on_a_follow_up_is_about_what_was_understood(use_home: pytest.MonkeyPatch, corpus_home: Path) -> None:
    app = open_app(use_home, corpus_home)
    app.chat_input[0].set_value("How do I stop training-serving skew?").run()
    app.chat_input[0].set_value("and for BigQuery ML?").run()
    [button for button in app.button if button.label == "Quiz me on this"][-1].click().run()
    assert "skew" in app.session_state["visitor"].quiz_topic


def test_a_refusal_is_shown_as_one(use_home: pytest.MonkeyPatch, corpus_home: Path) -> None:
    app = open_app(use_home, corpus_home)
    app.chat_input[0].set_value("How do I bake sourdough bread?").run()
    assert any("does not answer" in str(warning.value) for warning in app.warning)


def test_an_empty_library_says_so_on_the_ask_page(use_home: pytest.MonkeyPatch, home: Path) -> None:
    assert "Your library is empty" in words(open_app(use_home, home))


def test_a_broken_settings_file_is_a_screen_with_a_way_out(use_home: pytest.MonkeyPatch, home: Path) -> None:
    (home / "study.toml").write_text("[answers]\nwriterr = 'x'\n")
    app = open_app(use_home, home)
    assert not app.exception
    assert "cannot start" in words(app)
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
        if app.radio:
            options = len(app.radio[0].options)
            assert options == 4
            app.radio[0].set_value(0)
        else:  # a multiple-select question: which questions are drawn is random
            options = len(app.checkbox)
            assert options == 5
            app.checkbox[0].check()
        next(button for button in app.button if button.label == "Check").click().run()
        assert words(app).count("check") or app.success or app.error
        assert len([text for text in app.markdown if text.value.startswith("> ")]) == options
        next(button for button in app.button if button.label in ("Next question", "See the result")).click().run()
    assert any("of 5 right" in str(heading.value) for heading in app.subheader)


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
        if app.radio:
            app.radio[0].set_value(0)
        else:
            app.checkbox[0].check()
        label = "See the result" if number == 5 else "Next question"
        next(button for button in app.button if button.label == label).click().run()
        assert bool([text for text in app.markdown if text.value.startswith("> ")]) == (number == 5)
        if number == 2:  # the answer before can be changed while nothing is graded
            next(button for button in app.button if button.label == "Previous").click().run()
            assert "Question 2 of 5" in [caption.value for caption in app.caption]
            next(button for button in app.button if button.label == "Next question").click().run()
    assert any("of 5 right" in str(heading.value) for heading in app.subheader)
    sitting = Session(corpus_home).progress.sitting(app.session_state["visitor"].quiz)
    assert {question.objective for question in sitting.questions} == {"4.1"}


def test_the_words_of_a_reason_open_in_their_source(use_home: pytest.MonkeyPatch, corpus_home: Path) -> None:
    use_home.setenv("STUDY_HOME", str(corpus_home))
    app = AppTest.from_function(practice, default_timeout=SECONDS).run()
    next(button for button in app.button if button.label == "Start").click().run()
    if app.radio:
        app.radio[0].set_value(0)
    else:
        app.checkbox[0].check()
    next(button for button in app.button if button.label == "Check").click().run()
    sitting = Session(corpus_home).progress.sitting(app.session_state["visitor"].quiz)
    quote = sitting.questions[0].choices[0].citation.quote
    next(button for button in app.button if "source-0" in str(button.key)).click().run()
    assert not app.exception
    marked = [str(shown.proto.body) for shown in app.get("html")]
    assert any(html.escape(quote) in one and "<mark>" in one for one in marked)


def test_an_export_is_read_back_and_another_file_is_named(use_home: pytest.MonkeyPatch, home: Path) -> None:
    session = Session(home)
    sitting = session.progress.begin(SittingKind.QUIZ, session.bank.questions[:2], now=NOW)
    for at in range(2):
        session.progress.answer(sitting, at, {0}, now=NOW)
    exported = exchange.export_json(session.exported()).encode()
    session.progress.delete_everything()
    use_home.setenv("STUDY_HOME", str(home))
    app = AppTest.from_function(progress, default_timeout=SECONDS).run()
    app.file_uploader[0].upload("cards.json", b'{"cards": []}').run()
    next(button for button in app.button if button.label == "Read it back").click().run()
    assert "cards\\.json is not an export" in words(app)
    app.file_uploader[0].upload("export.json", exported).run()
    next(button for button in app.button if button.label == "Read it back").click().run()
    assert "2 of 2 answers were new" in app.toast[0].value
    assert "Nothing is answered yet" not in words(app)
    assert len(session.progress.attempts()) == 2


def test_checking_without_a_choice_asks_for_one(use_home: pytest.MonkeyPatch, corpus_home: Path) -> None:
    use_home.setenv("STUDY_HOME", str(corpus_home))
    app = AppTest.from_function(practice, default_timeout=SECONDS).run()
    app.selectbox[0].set_value(5).run()
    next(button for button in app.button if button.label == "Start").click().run()
    next(button for button in app.button if button.label == "Check").click().run()
    assert "Choose an answer first" in words(app)


def test_the_library_lists_sources_and_loads_the_shipped_notes_when_empty(
    use_home: pytest.MonkeyPatch, home: Path
) -> None:
    use_home.setenv("STUDY_HOME", str(home))
    app = AppTest.from_function(library, default_timeout=SECONDS).run()
    next(button for button in app.button if button.label == "Load the shipped notes").click().run()
    assert app.success
    app.run()
    assert "exam-guide.pdf" in app.dataframe[0].value["Source"].tolist()


def test_the_evaluation_page_shows_the_latest_run(use_home: pytest.MonkeyPatch, corpus_home: Path) -> None:
    use_home.setenv("STUDY_HOME", str(corpus_home))
    app = AppTest.from_function(evaluation, default_timeout=5 * SECONDS).run()
    next(button for button in app.button if button.label == "Run the evaluation").click().run()
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
        session.add_material([tmp_path / name], now=NOW, report=lambda progress: None)
        if day == 0:
            MarkedCases(session.home).mark("When is dill sown?", session.index)
        run_evaluation(session, Wish(material=True), now=NOW + timedelta(days=day), report=lambda done, total: None)
    use_home.setenv("STUDY_HOME", str(session.home))
    app = AppTest.from_function(evaluation, default_timeout=SECONDS).run()
    app.button_group[0].select("My material").run()
    compare = next(box for box in app.selectbox if box.label == "Compare with an earlier run")
    assert compare.options == ["Nothing", NOW.strftime("%Y-%m-%d %H:%M UTC")]
    compare.select_index(1).run()
    assert not app.exception
    table = app.dataframe[1].value.set_index("Score")
    refused = table.loc["refusal: refused what it should"]
    assert refused["Now"] < refused["Earlier"] == 1.0
    assert "refused what it should 1.00 → 0.00 (When is dill sown?)" in words(app).replace("\\", "")


def test_text_from_documents_is_never_markup() -> None:
    assert "<script>" not in quote_in_page("a <script>x</script> quote", 2, 10)
    assert as_markdown("*a* [b](c) <d> :red[e] $f$") == r"\*a\* \[b\]\(c\) \<d\> \:red\[e\] \$f\$"


def test_a_quote_is_marked_where_it_stands() -> None:
    page = "word " * 400 + "the quote" + " word" * 400
    shown = quote_in_page(page, 2000, 2009)
    assert "<mark>the quote</mark>" in shown
    assert len(shown) < len(page)
