"""The chat: questions and answers with citations that open in their source beside them."""

import re
from collections.abc import Sequence

import streamlit as st

from assistant.answers import Answer, Citation
from ui import text
from ui.answering import QUESTION, answer_at_once, answer_slowly, show_unanswered
from ui.citation_links import opened_citation
from ui.history import open_conversation, restore, show_history
from ui.render import answer_as_markdown, as_markdown
from ui.reply import show_answer
from ui.source_pane import show_source
from ui.sources_choice import choose_scope, chosen_scope
from ui.state import Visitor, open_page, shared_session, visitor

SUGGESTED = 3
_UNNUMBERED = re.compile(r"^\d+(\.\d+)*\.?\s+|\s*\([1-6]\.\d[a-z]\)$")
"""Numbers of sections and considerations around a heading's words."""


def show() -> None:
    """Draw the page."""
    session = shared_session()
    st.title(text.ASK)
    if session.index.is_empty():
        st.info(text.NO_MATERIAL)
        if st.button(text.OPEN_LIBRARY, type="primary"):
            open_page("library")
        return
    state = visitor()
    restore(session)
    answer_at_once(session, state)
    show_history(session)
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    with left:
        choose_scope(session)
    if right.button(text.ASK_CLEAR, width="stretch"):
        open_conversation(session, None)
    st.chat_input(text.ASK_PLACEHOLDER, key=QUESTION)
    _follow_link(state)
    conversation, source = _panes(state.open_citation)
    with conversation:
        _show_conversation(state)
    if state.open_citation is not None:
        with source, st.container(key="gw-source"):
            show_source(session, state.open_citation)


def _show_conversation(state: Visitor) -> None:
    """The answers so far, and the question that is being answered, if any."""
    session, waiting = shared_session(), state.unanswered
    examples = st.empty()  # emptied at once when a question is asked, not only when its answer is there
    if not state.answers and waiting is None:
        with examples.container():
            _show_examples()
    for number, answer in enumerate(state.answers):
        show_answer(answer, number)
    if waiting is None:
        _suggest(state.answers)
    elif waiting.fault or waiting.started:
        show_unanswered(session, waiting)
    else:
        answer_slowly(session, waiting)
        _suggest(state.answers)


def _panes(citation: Citation | None) -> Sequence["st.delta_generator.DeltaGenerator"]:
    """The conversation alone, or beside the open source."""
    if citation is None:
        return [st.container(), st.container()]
    with st.container(key="gw-panes"):
        return st.columns(2, gap="large")


def _follow_link(state: Visitor) -> None:
    """Open the source whose number in an answer was clicked."""
    at = state.open_citation
    copies = {str(number): answer_as_markdown(answer) for number, answer in enumerate(state.answers)}
    opened = opened_citation(f"{at.source} {at.page} {at.start} {at.end}" if at else "", copies)
    if opened is None or opened[0] >= len(state.answers):
        return
    citations = {citation.marker: citation for citation in state.answers[opened[0]].citations}
    if opened[1] in citations:
        state.open_citation, state.turned_pages = citations[opened[1]], 0
        st.rerun()


def _ask_later(question: str) -> None:
    """Ask as soon as the page is drawn, when the button that asked is gone from it."""
    visitor().pending = (question, chosen_scope())


def _show_examples() -> None:
    st.write(text.ASK_EMPTY)
    for example in text.ASK_EXAMPLES:
        st.button(example, key=f"example-{example}", on_click=_ask_later, args=(example,))


def _suggest(answers: list[Answer]) -> None:
    """What one might ask next: headings near the last answer that were not asked about yet."""
    if not answers or answers[-1].refused or answers[-1].request:
        return
    asked = {(one.understood or one.question).lower() for one in answers}
    headings = [
        _UNNUMBERED.sub("", passage.chunk.heading_path[-1])
        for passage in answers[-1].passages
        if passage.chunk.heading_path and not passage.chunk.heading_path[-1].endswith(":")
    ]
    cited = [
        _UNNUMBERED.sub("", one.chunk.heading_path[-1]) for one in answers[-1].citations[:1] if one.chunk.heading_path
    ]
    fresh = [one for one in dict.fromkeys(headings) if one not in cited and one.lower() not in asked]
    if not fresh:
        return
    st.caption(text.SUGGESTIONS)
    with st.container(horizontal=True, gap="small"):
        for heading in fresh[:SUGGESTED]:
            key = f"suggest-{len(answers)}-{heading}"
            st.button(as_markdown(heading), key=key, type="tertiary", on_click=_ask_later, args=(heading,))
