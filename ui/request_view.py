"""What came of a message that was a request: words, places to open, and questions or flash cards to answer in the chat."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal

import streamlit as st
from pydantic import ValidationError

from assistant.answer import forbidden
from assistant.answers import Answer, Sentence
from assistant.practice.questions import Question
from assistant.progress.store import Sitting, SittingKind
from assistant.question.requests import Wanted, load_requests
from assistant.service.requests import ReadOn, RequestResult, perform
from assistant.service.service import Service
from assistant.session import Session
from ingest.errors import StudyError
from ui import text
from ui.problems import said
from ui.question import ask_choices, chosen_now, complaint, show_quote, show_reasons, show_verdict
from ui.quiz_start import resume, start_with
from ui.reading import Place, read
from ui.render import as_markdown, as_prose, as_words, short
from ui.sources_choice import chosen_scope
from ui.state import open_page, shared_session, visitor

WRITER = "request"
LINE, PLACE = 220, 90
"""Characters."""
NAMED = (Wanted.SUMMARY, Wanted.PLAN, Wanted.PROGRESS)
"""Their lines begin with a name and a colon."""
PAGES = {
    Wanted.EXAM: ("exam", text.TODAY_EXAM_START),
    Wanted.PLAN: ("today", text.REQUEST_PLAN),
    Wanted.PROGRESS: ("progress", text.REQUEST_PROGRESS),
}


def answer_request(session: Session, message: str) -> Answer | None:
    """What came of a message as an entry of the conversation; None for a question about the material."""
    request = (
        None if forbidden(message) else load_requests().read(message, session.embedder, session.assistant.unanswered)
    )
    done = perform(Service(session), request, message) if request else None
    if done is None:
        return None
    words = "\n".join([done.says, *done.lines])
    return Answer(message, words, (Sentence(done.says, (), ""),), (), False, WRITER, request=done.model_dump_json())


def show_request(answer: Answer, number: int) -> None:
    """Draw it; below it the way back for a message that was a question after all."""
    try:
        done = RequestResult.model_validate_json(answer.request)
    except ValidationError:  # kept by another version
        st.markdown(as_markdown(answer.text))
        return
    session = shared_session()
    st.markdown(said(done.says))
    if done.lines:
        st.markdown("\n".join(f"- {_line(done, short(line, LINE))}" for line in done.lines))
    for at, place in enumerate(done.places):
        _offer_place(place, f"request-{number}-place-{at}")
    if done.sitting:
        _show_sitting(session, done, number)
    with st.container(horizontal=True, gap="small", key=f"gw-request-{number}"):
        if done.questions and st.button(text.REQUEST_PRACTICE, key=f"practice-{number}", type="primary"):
            _practice(session, done)
        page, label = PAGES.get(done.wanted, ("", ""))
        if page and st.button(label, key=f"page-{number}"):
            open_page(page)
        st.button(text.REQUEST_ASK, key=f"ask-{number}", type="tertiary", on_click=_ask, args=(answer.question,))


def _line(done: RequestResult, line: str) -> str:
    """A line as Markdown; what stands before its colon is bold where it is a name."""
    name, colon, rest = line.partition(": ")
    if not colon or done.wanted not in NAMED:
        return as_markdown(line)
    return f"**{as_markdown(name)}:** {as_markdown(rest)}"


def _ask(question: str) -> None:
    visitor().pending = (question, chosen_scope())


def _offer_place(place: ReadOn, key: str) -> None:
    label = as_markdown(short(place.label, PLACE))
    if st.button(label, key=key, type="tertiary", icon=":material/menu_book:"):
        read(Place(place.source, place.page, place.start, place.end))


def _practice(session: Session, done: RequestResult) -> None:
    there = {one.id: one for one in session.quizzes.questions()}
    kind = SittingKind.REVIEW if done.wanted is Wanted.DUE else SittingKind.QUIZ
    start_with(session, [there[name] for name in done.questions if name in there], kind)
    open_page("practice")


def _show_sitting(session: Session, done: RequestResult, number: int) -> None:
    try:
        sitting = session.progress.sitting(done.sitting)
    except StudyError as error:
        st.caption(said(error))
        return
    if done.wanted is Wanted.EXPLAIN:
        question, chosen = sitting.questions[done.position], sitting.chosen.get(done.position, frozenset())
        st.markdown(as_prose(question.prompt))
        _show_graded(session, sitting, done.position, chosen, f"explain-{number}")
    else:
        _play(done.sitting, number)


@st.fragment
def _play(sitting_id: str, number: int) -> None:
    """One question or card after the other; a click draws nothing but this."""
    session = shared_session()
    sitting = session.progress.sitting(sitting_id)
    key, total = f"chat-{number}-{sitting_id}", len(sitting.questions)
    at = st.session_state.setdefault(f"{key}-at", min(sitting.first_open(), total - 1))
    question = sitting.questions[at]
    with st.container(border=True, key=f"gw-chat-question-{number}"):
        if total > 1:
            st.caption(text.PRACTICE_QUESTION.format(number=at + 1, total=total))
        st.markdown(as_prose(question.prompt))
        if at in sitting.chosen:
            _show_done(session, sitting, at, key)
        elif sitting.kind is SittingKind.CARDS:
            _show_card(session, sitting, at, key)
        else:
            _show_open(session, sitting, at, question, key)


def _show_open(session: Session, sitting: Sitting, at: int, question: Question, key: str) -> None:
    mine = f"{key}-{at}"
    ask_choices(question, mine)
    with st.container(horizontal=True):
        st.button(
            text.PRACTICE_CHECK, type="primary", key=f"{mine}-check", on_click=_check, args=(sitting.id, at, mine)
        )
        if st.button(text.REQUEST_PLAYER, key=f"{mine}-player", type="tertiary"):
            resume(sitting)
            open_page("practice")
    if problem := st.session_state.get(f"{mine}-problem"):
        st.error(problem)


def _check(sitting_id: str, at: int, key: str) -> None:
    progress = shared_session().progress
    sitting = progress.sitting(sitting_id)
    chosen = chosen_now(sitting.questions[at], key)
    st.session_state[f"{key}-problem"] = problem = complaint(sitting.questions[at], chosen)
    if not problem:
        _finish_after(progress.answer(sitting, at, chosen, now=datetime.now(UTC)))


def _finish_after(sitting: Sitting) -> None:
    """End the sitting with its last answer."""
    if sitting.first_open() == len(sitting.questions) and sitting.finished is None:
        shared_session().progress.finish(sitting, now=datetime.now(UTC))


def _show_card(session: Session, sitting: Sitting, at: int, key: str) -> None:
    if not st.session_state.get(f"{key}-{at}-turned"):
        st.button(text.CARD_TURN, type="primary", key=f"{key}-{at}-turn", on_click=_turn, args=(f"{key}-{at}-turned",))
        return
    _show_back(session, sitting.questions[at], f"{key}-{at}")
    with st.container(horizontal=True):
        for label, knew in ((text.CARD_KNEW, True), (text.CARD_FORGOT, False)):
            kind: Literal["primary", "secondary"] = "primary" if knew else "secondary"
            args = (sitting.id, at, knew, key)
            st.button(label, type=kind, key=f"{key}-{at}-{knew}", on_click=_recall, args=args)


def _turn(key: str) -> None:
    st.session_state[key] = True


def _show_back(session: Session, card: Question, key: str) -> None:
    back = card.choices[0]
    st.markdown(f"**{as_prose(back.text)}**  \n{as_words(back.why)}")
    show_quote(session, back, key)


def _recall(sitting_id: str, at: int, knew: bool, key: str) -> None:
    progress = shared_session().progress
    sitting = progress.recall(progress.sitting(sitting_id), at, knew, now=datetime.now(UTC))
    _finish_after(sitting)
    _go(key, sitting.first_open() if sitting.first_open() < len(sitting.questions) else at)


def _show_done(session: Session, sitting: Sitting, at: int, key: str) -> None:
    if sitting.kind is SittingKind.CARDS:
        _show_back(session, sitting.questions[at], f"{key}-{at}")
    else:
        _show_graded(session, sitting, at, sitting.chosen[at], f"{key}-{at}", next_at=_next(key, sitting))
    if sitting.finished is not None:
        right = sum(one.correct for one in sitting.grades())
        st.markdown(f"**{text.PRACTICE_RESULT.format(right=right, total=len(sitting.questions))}**")


def _next(key: str, sitting: Sitting) -> Callable[[], None] | None:
    """Draws the button to the next open question; None where there is none."""
    following = sitting.first_open()
    if following >= len(sitting.questions):
        return None

    def draw() -> None:
        st.button(text.PRACTICE_NEXT, type="primary", key=f"{key}-next", on_click=_go, args=(key, following))

    return draw


def _go(key: str, at: int) -> None:
    st.session_state[f"{key}-at"] = at


def _show_graded(
    session: Session,
    sitting: Sitting,
    at: int,
    chosen: frozenset[int],
    key: str,
    *,
    next_at: Callable[[], None] | None = None,
) -> None:
    show_verdict(sitting.questions[at], sitting.grades()[at], chosen, key)
    if next_at:
        next_at()
    show_reasons(session, sitting.questions[at], chosen, key)
