"""The app's entry: navigation, and one screen for everything that keeps it from starting."""

from datetime import UTC, datetime

import streamlit as st

from assistant.session import Session
from ingest.errors import IndexMismatch, StudyError
from ingest.settings import find_home
from ui import text
from ui.render import STYLE, as_markdown
from ui.state import PAGES, drop_session, shared_session
from ui.views import ask, evaluation, exam, library, practice, progress, settings


def main() -> None:
    """Draw the chosen page, or what is the matter and the button that mends it."""
    st.set_page_config(page_title=text.APP, page_icon=":material/menu_book:", layout="wide")
    st.html(STYLE)
    pages = {
        "ask": st.Page(ask.show, title=text.ASK, icon=":material/forum:", url_path="ask", default=True),
        "practice": st.Page(practice.show, title=text.PRACTICE, icon=":material/quiz:", url_path="practice"),
        "exam": st.Page(exam.show, title=text.EXAM, icon=":material/timer:", url_path="exam"),
        "progress": st.Page(progress.show, title=text.PROGRESS, icon=":material/trending_up:", url_path="progress"),
        "library": st.Page(library.show, title=text.LIBRARY, icon=":material/library_books:", url_path="library"),
        "evaluation": st.Page(
            evaluation.show, title=text.EVALUATION, icon=":material/monitoring:", url_path="evaluation"
        ),
        "settings": st.Page(settings.show, title=text.SETTINGS, icon=":material/settings:", url_path="settings"),
    }
    st.session_state[PAGES] = pages
    page = st.navigation(list(pages.values()))
    try:
        with st.spinner(text.ASK_WORKING):
            shared_session()
        page.run()
    except StudyError as error:
        _show_problem(error)


def _show_problem(error: StudyError) -> None:
    st.title(text.ERROR_TITLE)
    st.error(as_markdown(str(error)))
    st.write(text.ERROR_HINT)
    if isinstance(error, IndexMismatch) and st.button(text.ERROR_REBUILD, type="primary"):
        with st.spinner(text.LIBRARY_WORKING):
            Session(find_home()).add_material([], now=datetime.now(UTC), report=lambda progress: None, rebuild=True)
        drop_session()
        st.rerun()
    if st.button(text.ERROR_RETRY):
        drop_session()
        st.rerun()


main()
