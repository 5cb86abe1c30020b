"""The app's entry: navigation, and one screen for everything that keeps it from starting."""

from datetime import UTC, datetime

import streamlit as st

from assistant.session import Session
from ingest.errors import IndexMismatch, StudyError
from ingest.settings import find_home
from ui import text
from ui.render import STYLE, as_markdown
from ui.state import drop_session, shared_session
from ui.views import ask, evaluation, library, practice


def main() -> None:
    """Draw the chosen page, or what is the matter and the button that mends it."""
    st.set_page_config(page_title=text.APP, page_icon=":material/menu_book:", layout="wide")
    st.html(STYLE)
    page = st.navigation(
        [
            st.Page(ask.show, title=text.ASK, icon=":material/forum:", url_path="ask", default=True),
            st.Page(practice.show, title=text.PRACTICE, icon=":material/quiz:", url_path="practice"),
            st.Page(library.show, title=text.LIBRARY, icon=":material/library_books:", url_path="library"),
            st.Page(evaluation.show, title=text.EVALUATION, icon=":material/monitoring:", url_path="evaluation"),
        ]
    )
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
