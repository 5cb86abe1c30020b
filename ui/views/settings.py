"""Settings: how answers are written, tried before it is saved; what is saved is what is shown. No key is stored."""

import time

import streamlit as st

from assistant.session import Session
from assistant.settings import save_writer
from assistant.writers.draft import WriterStatus
from ingest.errors import StudyError
from ui import text
from ui.problems import said
from ui.render import as_markdown
from ui.state import drop_session, open_page, shared_session

TRIAL = "What is the difference between skew and drift?"


def show() -> None:
    """Draw the page."""
    session = shared_session()
    st.title(text.SETTINGS)
    st.subheader(text.SETTINGS_WRITER)
    st.write(text.SETTINGS_WRITER_HINT)
    status = session.writers.status()
    for one in status:
        _say_status(one)
    _choose_writer(session, [one.name for one in status if one.available])
    st.subheader(text.SETTINGS_ADVANCED)
    st.caption(text.SETTINGS_EVALUATION_HINT)
    if st.button(text.SETTINGS_EVALUATION, icon=":material/monitoring:"):
        open_page("evaluation")
    with st.expander(text.SETTINGS_PLACE):
        st.markdown(
            text.SETTINGS_PLACES.format(
                home=as_markdown(str(session.home)),
                embedding=as_markdown(session.embedder.identity),
                index=as_markdown(session.settings.index.url or text.SETTINGS_INDEX_HERE),
            )
        )


def _name(writer: str) -> str:
    return text.WRITERS.get(writer, writer)


def _say_status(one: WriterStatus) -> None:
    icon = ":material/check_circle:" if one.available else ":material/block:"
    known = text.WRITER_REASONS.get(one.name, text.WRITER_CHAT_REASON) if one.available else ""
    name = _name(one.name) if one.name in text.WRITERS else text.WRITER_CHAT.format(name=one.name)
    st.markdown(f"{icon} **{as_markdown(name)}**: {known or said(one.reason)}")


def _choose_writer(session: Session, working: list[str]) -> None:
    current = session.settings.answers.writer
    names = list(dict.fromkeys(["auto", *working, current]))
    chosen = st.selectbox(text.SETTINGS_CHOICE, names, index=names.index(current), format_func=_name)
    own = st.text_input(text.SETTINGS_OWN, placeholder="google_genai:gemini-3-flash", help=text.SETTINGS_OWN_HELP)
    wanted = own.strip() or chosen
    with st.container(horizontal=True):
        tried = st.button(text.SETTINGS_TEST)
        saved = st.button(text.SETTINGS_SAVE, type="primary", disabled=wanted == current)
    if tried:
        _try(session, wanted)
    if saved:
        _save(session, wanted)


def _save(session: Session, wanted: str) -> None:
    """Save a writer that can be opened here; refuse any other with the reason."""
    if reason := _reason_against(session, wanted):
        st.error(text.SETTINGS_NOT_SAVED.format(reason=reason))
        return
    save_writer(session.home, wanted)
    drop_session()
    st.toast(text.SETTINGS_SAVED)
    st.rerun()


def _reason_against(session: Session, wanted: str) -> str:
    if wanted not in text.WRITERS and ":" not in wanted:
        return as_markdown(text.SETTINGS_NO_WRITER.format(name=wanted))
    try:
        with st.spinner(text.SETTINGS_CHECKING):
            session.writers.open(wanted)
    except StudyError as error:
        return said(error)
    return ""


def _try(session: Session, name: str) -> None:
    """One answer by the writer, or the reason why there is none."""
    started = time.monotonic()
    try:
        with st.spinner(text.SETTINGS_TESTING):
            answer = session.assistant.ask(TRIAL, session.writers.open(name))
    except StudyError as error:
        st.error(said(error))
        return
    st.success(text.SETTINGS_WORKS.format(seconds=time.monotonic() - started))
    st.caption(as_markdown(answer.text))
