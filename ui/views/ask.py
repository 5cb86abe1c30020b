"""The chat: questions and answers with citations that open in their source."""

import re
import textwrap
from datetime import UTC, datetime

import streamlit as st

from assistant.answer import SILENT
from assistant.answers import Answer, Citation
from assistant.conversations import Conversation
from assistant.followup import topic_of
from assistant.retrieval import Passage
from assistant.session import Session
from assistant.writers import DraftSentence, Listener
from ingest.errors import StudyError
from ui import text
from ui.citation_links import opened_citation
from ui.render import as_markdown
from ui.reply import LABEL, show_answer, show_question, show_reply
from ui.source_pane import show_source
from ui.state import Unanswered, Visitor, shared_session, visitor

CONVERSATION = "conversation"
"""In the page's address, so that a reload goes on where one was."""
QUESTION, SECTION = "question", "section"
"""Keys under which Streamlit keeps what was typed and chosen."""
HISTORY_SHOWN = 8
HISTORY_MOST = 60
SUGGESTED = 3
_UNNUMBERED = re.compile(r"^\d+(\.\d+)*\.?\s+|\s*\([1-6]\.\d[a-z]\)$")
"""Numbers of sections and considerations around a heading's words."""


def show() -> None:
    """Draw the page."""
    session = shared_session()
    st.title(text.ASK)
    if session.index.is_empty():
        st.info(text.NO_MATERIAL)
        return
    state = visitor()
    _restore(session)
    answered = _answer_at_once(session, state)
    _show_history(session)
    section = _choose_section(session)
    question = st.chat_input(text.ASK_PLACEHOLDER, key=QUESTION)
    if answered:
        question = None
    _follow_link(state)
    conversation, source = _panes(state.open_citation)
    with conversation:
        if not state.answers and not question and state.unanswered is None:
            question = _show_examples()
        for number, answer in enumerate(state.answers):
            show_answer(answer, number)
        if state.unanswered is not None and not question:
            _show_unanswered(session, state.unanswered)
        elif state.answers and not question:
            question = _suggest(state.answers)
        if question:
            _ask(session, question, section)
    if state.open_citation is not None:
        with source, st.container(key="gw-source"):
            show_source(session, state.open_citation)


def _panes(citation: Citation | None) -> list["st.delta_generator.DeltaGenerator"]:
    """The conversation alone, or beside the open source."""
    if citation is None:
        return [st.container(), st.container()]
    with st.container(key="gw-panes"):
        return st.columns([3, 2], gap="large")


def _follow_link(state: Visitor) -> None:
    """Open the source whose number in an answer was clicked."""
    at = state.open_citation
    opened = opened_citation(f"{at.source} {at.page} {at.start} {at.end}" if at else "")
    if opened is None or opened[0] >= len(state.answers):
        return
    citations = {citation.marker: citation for citation in state.answers[opened[0]].citations}
    if opened[1] in citations:
        state.open_citation, state.turned_pages = citations[opened[1]], 0
        st.rerun()


def _choose_section(session: Session) -> int | None:
    titles = {section.number: f"{section.number} · {section.title}" for section in session.syllabus.sections}
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    chosen = left.selectbox(
        text.ASK_SECTION,
        [None, *titles],
        format_func=lambda number: titles.get(number, text.ALL_MATERIAL),
        key=SECTION,
    )
    if right.button(text.ASK_CLEAR, width="stretch"):
        _open(session, None)
    return chosen


def _restore(session: Session) -> None:
    """After a reload, go on with the conversation that the address names."""
    wanted = st.query_params.get(CONVERSATION)
    state = visitor()
    if wanted and state.conversation is None:
        if answers := session.conversations.answers(wanted):
            state.answers, state.conversation = answers, wanted
        else:
            st.query_params.clear()


def _open(session: Session, conversation: str | None) -> None:
    """Show a stored conversation, or an empty new one."""
    state = visitor()
    state.answers = session.conversations.answers(conversation) if conversation else []
    state.conversation, state.open_citation, state.unanswered = conversation, None, None
    if conversation:
        st.query_params[CONVERSATION] = conversation
    else:
        st.query_params.clear()
    st.rerun()


def _show_history(session: Session) -> None:
    """Stored conversations in the side bar: search, open, rename, delete."""
    with st.sidebar:
        words = st.text_input(text.HISTORY, placeholder=text.HISTORY_SEARCH, key="history-search")
        found = session.conversations.list(words.strip())
        if not found:
            st.caption(text.HISTORY_NONE)
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
    title, side = st.columns([5, 1], vertical_alignment="center")
    shown = textwrap.shorten(one.title, LABEL, placeholder=" …") or one.id[:8]
    if title.button(as_markdown(shown), key=f"open-{one.id}", width="stretch", disabled=current):
        _open(session, one.id)
    menu = side.popover(":material/more_vert:", help=text.HISTORY_MENU, key=f"menu-{one.id}", on_change="rerun")
    if not menu.open:
        return
    with menu:
        named = st.text_input(text.HISTORY_TITLE, value=one.title, key=f"title-{one.id}")
        if st.button(text.HISTORY_RENAME, key=f"rename-{one.id}"):
            session.conversations.rename(one.id, named)
            st.rerun()
        if st.button(text.HISTORY_DELETE, key=f"delete-{one.id}"):
            session.conversations.delete(one.id)
            _open(session, None if current else visitor().conversation)


def _show_examples() -> str | None:
    st.write(text.ASK_EMPTY)
    for example in text.ASK_EXAMPLES:
        if st.button(example, key=f"example-{example}"):
            return example
    return None


def _suggest(answers: list[Answer]) -> str | None:
    """What one might ask next: headings near the last answer that were not asked about yet."""
    asked = {topic_of(one.understood or one.question).lower() for one in answers}
    headings = [
        _UNNUMBERED.sub("", passage.chunk.heading_path[-1])
        for passage in answers[-1].passages
        if passage.chunk.heading_path
    ]
    cited = [
        _UNNUMBERED.sub("", one.chunk.heading_path[-1]) for one in answers[-1].citations[:1] if one.chunk.heading_path
    ]
    fresh = [one for one in dict.fromkeys(headings) if one not in cited and one.lower() not in asked]
    if not fresh:
        return None
    st.caption(text.SUGGESTIONS)
    with st.container(horizontal=True, gap="small"):
        for heading in fresh[:SUGGESTED]:
            if st.button(as_markdown(heading), key=f"suggest-{len(answers)}-{heading}", type="tertiary"):
                return heading
    return None


def _answer_at_once(session: Session, state: Visitor) -> bool:
    """Whether a question came in and quotes answered it, before anything is drawn.

    That takes a few hundredths of a second; later the browser, which draws, would compete for the processor.
    """
    question, answers = st.session_state.get(QUESTION), session.settings.answers
    if not question or answers.writer not in ("auto", "quotes") or answers.chat or answers.reranker:
        return False
    writer = session.writer()
    if writer.name != "quotes":
        return False
    section = st.session_state.get(SECTION)
    state.unanswered = Unanswered(question, section)
    try:
        answer = session.assistant.ask(question, writer, section, state.answers)
    except StudyError as error:
        state.unanswered.fault = str(error)
    else:
        _keep(session, answer)
    return True


def _ask(session: Session, question: str, section: int | None, writer: str | None = None) -> None:
    """Answer, keep the answer, and show it; a new conversation draws the page again, so that it appears in the side bar."""
    state = visitor()
    state.unanswered = Unanswered(question, section)
    with st.container():
        show_question(question)
        live = st.empty()
        with st.spinner(text.ASK_WORKING):
            try:
                chosen = session.writer(writer)
                listener = SILENT if chosen.name == "quotes" else _live(live, state.unanswered)
                answer = session.assistant.ask(question, chosen, section, state.answers, listener)
            except StudyError as error:
                state.unanswered.fault = str(error)
                st.rerun()
        live.empty()
        if _keep(session, answer):
            st.rerun()
        show_reply(answer, len(state.answers) - 1)
    _suggest(state.answers)


def _keep(session: Session, answer: Answer) -> bool:
    """Store an answer; whether the page must be drawn again, for a new conversation in the side bar or a closed source."""
    state = visitor()
    again = state.conversation is None or state.open_citation is not None
    state.unanswered = None
    state.answers.append(answer)
    state.conversation = session.conversations.add(state.conversation, answer, now=datetime.now(UTC))
    state.open_citation = None
    st.query_params[CONVERSATION] = state.conversation
    return again


def _live(place: "st.delta_generator.DeltaGenerator", unanswered: Unanswered) -> Listener:
    """Shows the evidence at once and each checked sentence as the model writes it."""
    said: list[str] = []

    def draw() -> None:
        with place.container(), st.chat_message("assistant", avatar=text.ICON_BOOK):
            for sentence in said:
                st.markdown(as_markdown(sentence))
            _show_evidence(unanswered.passages, expanded=not said)

    def found(passages: tuple[Passage, ...]) -> None:
        unanswered.passages = passages
        draw()

    def wrote(draft: DraftSentence) -> None:
        said.append(draft.text)
        draw()

    return Listener(found, wrote)


def _show_evidence(passages: tuple[Passage, ...], *, expanded: bool) -> None:
    with st.expander(text.EVIDENCE.format(count=len(passages)), expanded=expanded):
        for passage in passages:
            place = text.SOURCE_PLACE.format(source=passage.chunk.source, place=passage.chunk.locator)
            st.caption(as_markdown(place))
            st.markdown(as_markdown(passage.chunk.text))


def _show_unanswered(session: Session, unanswered: Unanswered) -> None:
    """A question whose answer did not come: the evidence that was found, what went wrong, and two ways on."""
    place = st.empty()
    with place.container():
        show_question(unanswered.question)
        with st.chat_message("assistant", avatar=text.ICON_BOOK):
            st.error(as_markdown(unanswered.fault or text.INTERRUPTED))
            if unanswered.passages:
                _show_evidence(unanswered.passages, expanded=True)
            with st.container(horizontal=True, gap="small"):
                again = st.button(text.RETRY, key="retry")
                quotes = st.button(text.RETRY_QUOTES, key="retry-quotes")
                if st.button(text.GIVE_UP, key="give-up", type="tertiary"):
                    visitor().unanswered = None
                    st.rerun()
    if again or quotes:
        place.empty()
        _ask(session, unanswered.question, unanswered.section, "quotes" if quotes else None)
