"""Conversations in the side bar: searched, opened, renamed, deleted with undo, and taken up again after a reload."""

from datetime import UTC, datetime

import streamlit as st

from assistant.answers import Answer
from assistant.conversations import Conversation
from assistant.session import Session
from ui import text
from ui.render import as_markdown, short
from ui.state import visitor

CONVERSATION = "conversation"
"""In the page's address, so that a reload goes on where one was."""
LABEL = 48
"""Characters of a conversation's title."""
HISTORY_SHOWN = 8
HISTORY_MOST = 60


def restore(session: Session) -> None:
    """After a reload, go on with the conversation that the address names."""
    wanted = st.query_params.get(CONVERSATION)
    state = visitor()
    if wanted and state.conversation is None:
        if answers := session.conversations.answers(wanted):
            state.answers, state.conversation = answers, wanted
        else:
            st.query_params.clear()


def open_conversation(session: Session, conversation: str | None) -> None:
    """Show a stored conversation, or an empty new one."""
    state = visitor()
    state.answers = session.conversations.answers(conversation) if conversation else []
    state.conversation, state.open_citation, state.unanswered = conversation, None, None
    state.narrowed, state.reported = {}, set()
    if conversation:
        st.query_params[CONVERSATION] = conversation
    else:
        st.query_params.clear()
    st.rerun()


def show_history(session: Session) -> None:
    """Stored conversations in the side bar: search, open, rename, delete."""
    with st.sidebar:
        words = st.text_input(text.HISTORY, placeholder=text.HISTORY_SEARCH, key="history-search").strip()
        found = session.conversations.list(words)
        _offer_undo(session)
        if not found:
            st.caption(as_markdown(text.HISTORY_NO_MATCH.format(words=words)) if words else text.HISTORY_NONE)
        for one in found[:HISTORY_SHOWN]:
            _show_conversation(session, one)
        if earlier := found[HISTORY_SHOWN:HISTORY_MOST]:
            more = st.expander(text.HISTORY_EARLIER, key="history-earlier", on_change="rerun")
            if more.open:
                with more:
                    for one in earlier:
                        _show_conversation(session, one)


def _show_conversation(session: Session, one: Conversation) -> None:
    """A row with a stored conversation's title and its menu; a closed menu is not drawn, which makes every question faster."""
    current = one.id == visitor().conversation
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"gw-row-{one.id}"):
        shown = as_markdown(short(one.title, LABEL) or one.id[:8])
        if st.button(f"**{shown}**" if current else shown, key=f"open-{one.id}", width="stretch", type="tertiary"):
            open_conversation(session, one.id)
        menu = st.popover("⋮", help=text.HISTORY_MENU, key=f"menu-{one.id}", on_change="rerun", width="content")
    if not menu.open:
        return
    with menu:
        named = st.text_input(text.HISTORY_TITLE, value=one.title, key=f"title-{one.id}")
        if st.button(text.HISTORY_RENAME, key=f"rename-{one.id}"):
            session.conversations.rename(one.id, named)
            st.rerun()
        if st.button(text.HISTORY_DELETE, key=f"delete-{one.id}"):
            visitor().deleted = (one.title, session.conversations.answers(one.id))
            session.conversations.delete(one.id)
            open_conversation(session, None if current else visitor().conversation)


def _offer_undo(session: Session) -> None:
    """Say what was deleted, and bring it back on demand."""
    state = visitor()
    if state.deleted is None:
        return
    title, answers = state.deleted
    with st.container(border=True):
        st.caption(as_markdown(text.HISTORY_DELETED.format(title=short(title, LABEL))))
        with st.container(horizontal=True, gap="small"):
            if st.button(text.UNDO, key="undo-delete"):
                _bring_back(session, title, answers)
            if st.button(text.DISMISS, key="dismiss-delete", type="tertiary"):
                state.deleted = None
                st.rerun()


def _bring_back(session: Session, title: str, answers: list[Answer]) -> None:
    name: str | None = None
    for answer in answers:
        name = session.conversations.add(name, answer, now=datetime.now(UTC))
    visitor().deleted = None
    if name:
        session.conversations.rename(name, title)
        open_conversation(session, name)
