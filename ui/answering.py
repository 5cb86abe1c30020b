"""Gets an answer and keeps it: at once with quotes, or as a model writes it, with the evidence shown meanwhile."""

from datetime import UTC, datetime

import streamlit as st

from assistant.answer import SILENT
from assistant.answers import Answer, DraftSentence
from assistant.search.retrieval import Passage
from assistant.session import Session
from assistant.writers.draft import Listener
from ingest.errors import StudyError
from ui import text
from ui.history import CONVERSATION
from ui.problems import said
from ui.render import as_markdown
from ui.reply import passage_html, show_question, show_reply
from ui.request_view import answer_request
from ui.sources_choice import Scope, assistant_for, chosen_scope
from ui.state import Unanswered, Visitor, visitor

QUESTION = "question"
"""Key under which Streamlit keeps what was typed."""


def answer_at_once(session: Session, state: Visitor) -> None:
    """Take in a question that was typed or pressed; quotes answer it before anything is drawn, a model later.

    Quotes take a few hundredths of a second; later the browser, which draws, would compete for the processor.
    """
    question, answers = st.session_state.get(QUESTION), session.settings.answers
    scope = chosen_scope()
    if state.pending is not None:
        (question, scope), state.pending = state.pending, None
    elif question and (done := answer_request(session, question)):
        keep(session, done, scope)
        return
    if not question:
        return
    state.unanswered = Unanswered(question, scope)
    if answers.writer not in ("auto", "quotes") or answers.chat or answers.reranker:
        return
    writer = session.writers.open()
    if writer.name != "quotes":
        return
    try:
        answer = assistant_for(session, scope).ask(question, writer, scope.section, asked_before(state))
    except StudyError as error:
        state.unanswered.fault = str(error)
    else:
        keep(session, answer, scope)


def answer_slowly(session: Session, unanswered: Unanswered, writer: str | None = None) -> None:
    """Let a writer answer while its sentences and the evidence are shown; the page is drawn again at the end."""
    state = visitor()
    state.unanswered = Unanswered(unanswered.question, unanswered.scope, started=True)
    with st.container():
        show_question(unanswered.question)
        live = st.empty()
        with st.spinner(text.ASK_WORKING):
            try:
                answer = _written(session, state.unanswered, writer, live)
            except StudyError as error:
                state.unanswered.fault = str(error)
                st.rerun()
        live.empty()
        if keep(session, answer, unanswered.scope):
            st.rerun()
        show_reply(answer, len(state.answers) - 1)


def _written(
    session: Session, unanswered: Unanswered, writer: str | None, live: "st.delta_generator.DeltaGenerator"
) -> Answer:
    chosen = session.writers.open(writer)
    listener = SILENT if chosen.name == "quotes" else _live(live, unanswered)
    assistant = assistant_for(session, unanswered.scope)
    return assistant.ask(unanswered.question, chosen, unanswered.scope.section, asked_before(visitor()), listener)


def asked_before(state: Visitor) -> list[Answer]:
    """The answers of the conversation without what came of requests, which nothing follows from."""
    return [one for one in state.answers if not one.request]


def keep(session: Session, answer: Answer, scope: Scope) -> bool:
    """Store an answer; whether the page must be drawn again, for a new conversation in the side bar or a closed source."""
    state = visitor()
    again = state.conversation is None or state.open_citation is not None
    state.unanswered = None
    if answer.refused and not scope.whole:
        state.narrowed[len(state.answers)] = scope
    state.answers.append(answer)
    state.conversation = session.conversations.add(state.conversation, answer, now=datetime.now(UTC))
    state.open_citation = None
    st.query_params[CONVERSATION] = state.conversation
    return again


def _live(place: "st.delta_generator.DeltaGenerator", unanswered: Unanswered) -> Listener:
    """Shows the evidence at once and each checked sentence as the model writes it."""
    written: list[str] = []

    def draw() -> None:
        with place.container(), st.chat_message("assistant", avatar=text.ICON_BOOK):
            for sentence in written:
                st.markdown(as_markdown(sentence))
            _show_evidence(unanswered.passages, expanded=not written)

    def found(passages: tuple[Passage, ...]) -> None:
        unanswered.passages = passages
        draw()

    def wrote(draft: DraftSentence) -> None:
        written.append(draft.text)
        draw()

    return Listener(found, wrote)


def _show_evidence(passages: tuple[Passage, ...], *, expanded: bool) -> None:
    with st.expander(text.EVIDENCE.format(count=len(passages)), expanded=expanded):
        for passage in passages:
            chunk = passage.chunk
            place = "" if chunk.source.endswith(text.UNPAGED) else f", {chunk.locator}"
            st.caption(as_markdown(f"{chunk.source}{place}"))
            st.html(passage_html(chunk.text))


def show_unanswered(session: Session, unanswered: Unanswered) -> None:
    """A question whose answer did not come: the evidence that was found, what went wrong, and two ways on."""
    place = st.empty()
    with place.container():
        show_question(unanswered.question)
        with st.chat_message("assistant", avatar=text.ICON_BOOK):
            st.error(said(unanswered.fault or text.INTERRUPTED))
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
        answer_slowly(session, unanswered, "quotes" if quotes else None)
