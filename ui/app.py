"""The app's entry: navigation, and one screen for everything that keeps it from starting."""

from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from ingest.errors import IndexMismatch, StudyError
from ui import text
from ui.problems import said
from ui.render import STYLE
from ui.shell import mount_shell
from ui.sign_in import is_asked, may_enter, signed_in
from ui.state import PAGES, come_to, drop_session, new_session, shared_session
from ui.views import ask, evaluation, exam, library, practice, progress, read, settings, today

LOGO = Path(__file__).with_name("logo.svg")  # also the favicon: Streamlit's icons would be fetched from another host
WORDMARK = Path(__file__).with_name("wordmark.svg")


def main() -> None:
    """Draw the chosen page, or what is the matter and the button that fixes it."""
    st.set_page_config(page_title=text.APP, page_icon=str(LOGO), layout="wide")
    st.html(STYLE)
    st.logo(str(WORDMARK), size="large", icon_image=str(LOGO))
    mount_shell()
    pages = {
        "today": st.Page(today.show, title=text.TODAY, icon=":material/today:", url_path="today", default=True),
        "ask": st.Page(ask.show, title=text.ASK, icon=":material/forum:", url_path="ask"),
        "read": st.Page(read.show, title=text.READ, icon=":material/auto_stories:", url_path="read"),
        "practice": st.Page(practice.show, title=text.PRACTICE, icon=":material/quiz:", url_path="practice"),
        "exam": st.Page(exam.show, title=text.EXAM, icon=":material/timer:", url_path="exam"),
        "progress": st.Page(progress.show, title=text.PROGRESS, icon=":material/trending_up:", url_path="progress"),
        "library": st.Page(library.show, title=text.LIBRARY, icon=":material/library_books:", url_path="library"),
        "settings": st.Page(settings.show, title=text.SETTINGS, icon=":material/settings:", url_path="settings"),
        "evaluation": st.Page(evaluation.show, title=text.EVALUATION, url_path="evaluation", visibility="hidden"),
    }
    if is_asked():  # the people of a server use its owner's settings
        del pages["settings"], pages["evaluation"]
    st.session_state[PAGES] = pages
    known = not is_asked() or signed_in() is not None
    page = st.navigation(list(pages.values()), position="sidebar" if known else "hidden")
    if not may_enter():
        return
    try:
        with st.spinner(text.ASK_WORKING):
            shared_session()
        come_to(page.url_path)
        page.run()
    except StudyError as error:
        _show_problem(error)


def _show_problem(error: StudyError) -> None:
    st.title(text.ERROR_TITLE)
    st.error(said(error))
    st.write(text.ERROR_HINT)
    if isinstance(error, IndexMismatch) and st.button(text.ERROR_REBUILD, type="primary"):
        with st.spinner(text.LIBRARY_WORKING):
            home = new_session()
            home.library.add([], now=datetime.now(UTC), report=lambda progress: None, rebuild=True)
        drop_session()
        st.rerun()
    if st.button(text.ERROR_RETRY):
        drop_session()
        st.rerun()


main()
