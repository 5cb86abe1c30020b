"""Settings: who writes the answers, whether it works, and what to do where it does not. No key is stored or shown."""

import time

import streamlit as st

from assistant.session import Session
from assistant.settings import save_writer
from ingest.errors import StudyError
from ui import text
from ui.render import as_markdown
from ui.state import drop_session, shared_session

TRIAL = "What is the difference between skew and drift?"


def show() -> None:
    """Draw the page."""
    session = shared_session()
    st.title(text.SETTINGS)
    st.subheader(text.SETTINGS_WRITER)
    st.write(text.SETTINGS_WRITER_HINT)
    status = session.writer_status()
    for one in status:
        icon = ":material/check_circle:" if one.available else ":material/block:"
        st.markdown(f"{icon} **{as_markdown(one.name)}**: {as_markdown(one.reason)}")
    names = ["auto", *(one.name for one in status if one.available)]
    current = session.settings.answers.writer
    chosen = st.selectbox(
        text.SETTINGS_CHOICE,
        list(dict.fromkeys([*names, current])),
        index=names.index(current) if current in names else 0,
    )
    own = st.text_input(
        text.SETTINGS_OWN, placeholder="google_genai:gemini-3-flash", help=text.SETTINGS_OWN_HELP
    ).strip()
    wanted = own or chosen
    with st.container(horizontal=True):
        if st.button(text.SETTINGS_TEST):
            _try(session, wanted)
        if st.button(text.SETTINGS_SAVE, type="primary", disabled=wanted == current):
            save_writer(session.home, wanted)
            drop_session()
            st.toast(text.SETTINGS_SAVED)
            st.rerun()
    st.subheader(text.SETTINGS_PLACE)
    st.markdown(
        text.SETTINGS_PLACES.format(
            home=as_markdown(str(session.home)),
            embedding=as_markdown(session.embedder.identity),
            index=as_markdown(session.settings.index.url or text.SETTINGS_INDEX_HERE),
        )
    )


def _try(session: Session, name: str) -> None:
    """One answer by the writer, or the reason why there is none."""
    started = time.monotonic()
    try:
        with st.spinner(text.SETTINGS_TESTING):
            answer = session.assistant.ask(TRIAL, session.writer(name))
    except StudyError as error:
        st.error(as_markdown(str(error)))
        return
    st.success(text.SETTINGS_WORKS.format(seconds=time.monotonic() - started))
    st.caption(as_markdown(answer.text))
