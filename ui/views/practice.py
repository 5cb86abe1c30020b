"""Practice: a quiz on a chosen part of the exam or of your own material, graded question by question with reasons."""

import random
from datetime import UTC, datetime

import streamlit as st

from assistant.practice.questions import Focus, Origin, Question
from assistant.practice.quiz import QuizRequest
from assistant.progress.store import Sitting, SittingKind
from assistant.session import Session
from assistant.writers.quotes import QuotesWriter
from ingest.errors import StudyError
from ui import text
from ui.confidence import ask_sure, look_at, looked, said_sure
from ui.exam_report import show_answered
from ui.problems import said
from ui.question import ask_choices, chosen_now, complaint, offer_keeping, show_reasons, show_verdict
from ui.quiz_start import resume, start, start_with
from ui.render import as_markdown, as_prose
from ui.state import PLACE, place_in_address, pressed, shared_session, visitor, working

COUNTS = (5, 10, 20, 40)
DIFFICULTIES = (1, 2, 3)
QUIZ = "quiz"
"""The quiz in the page's address, so that a reload goes on with it."""


def show() -> None:
    """Draw the page."""
    session = shared_session()
    st.title(text.PRACTICE)
    state = visitor()
    _restore(session)
    if state.quiz is None:
        _offer_open(session)
        _choose(session)
        return
    st.query_params[QUIZ] = state.quiz
    sitting = session.progress.sitting(state.quiz)
    if sitting.finished is not None:
        _show_result(session, sitting)
    else:
        _play(sitting.id)


def _restore(session: Session) -> None:
    """After a reload, go on with the quiz that the address names."""
    state, wanted = visitor(), st.query_params.get(QUIZ)
    if not wanted or state.quiz is not None:
        return
    try:
        resume(session.progress.sitting(wanted))
    except StudyError:
        st.query_params.clear()
        return
    state.shown_question = state.shown_question if (at := place_in_address()) is None else at


def _leave() -> None:
    visitor().quiz = None
    st.query_params.clear()


def _offer_open(session: Session) -> None:
    """Take up a quiz that was broken off, here or in another tab."""
    for sitting in session.progress.open_sittings(SittingKind.QUIZ, SittingKind.REVIEW)[:1]:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(
                text.PRACTICE_OPEN.format(
                    done=len(sitting.chosen),
                    total=len(sitting.questions),
                    day=f"{sitting.started:%B} {sitting.started.day}",
                )
            )
            if st.button(text.PRACTICE_RESUME, type="primary"):
                resume(sitting)
                st.rerun()
            if st.button(text.PRACTICE_DISCARD):
                session.progress.finish(sitting, now=datetime.now(UTC))
                st.rerun()


def _choose(session: Session) -> None:
    st.write(text.PRACTICE_INTRO)
    section, objective = _choose_part(session)
    topic = visitor().quiz_topic
    made = st.segmented_control(
        text.PRACTICE_ORIGIN,
        [False, True],
        default=bool(topic),
        format_func=lambda own: text.PRACTICE_MADE if own else text.PRACTICE_BANK,
    )
    source, writer = None, QuotesWriter.name
    focus, difficulty = Focus.FRESH, None
    if made:
        st.caption(text.PRACTICE_MADE_HINT)
        left, right = st.columns(2)
        names = [record.name for record in session.index.records()]
        source = left.selectbox(text.PRACTICE_SOURCE, names, index=None, placeholder=text.ALL_MATERIAL)
        topic = right.text_input(text.PRACTICE_TOPIC, value=topic)
        writer = _choose_writer(session)
    else:
        left, right = st.columns(2)
        due = len(session.progress.due(datetime.now(UTC)))
        labels = {Focus.FRESH: text.FOCUS_FRESH, Focus.WEAK: text.FOCUS_WEAK, Focus.DUE: text.FOCUS_DUE.format(due=due)}
        focus = left.selectbox(text.PRACTICE_FOCUS, list(labels), format_func=labels.__getitem__)
        difficulty = right.selectbox(
            text.PRACTICE_DIFFICULTY,
            [None, *DIFFICULTIES],
            format_func=lambda one: text.PRACTICE_ANY if one is None else text.DIFFICULTIES[one],
        )
    left, right = st.columns(2)
    count = left.segmented_control(text.PRACTICE_COUNT, COUNTS, default=COUNTS[0]) or COUNTS[0]
    at_once = right.segmented_control(
        text.PRACTICE_FEEDBACK,
        list(text.FEEDBACKS),
        default=True,
        format_func=text.FEEDBACKS.__getitem__,
        key="feedback",
    )
    if pressed(text.PRACTICE_START):
        wish = QuizRequest(
            count=count,
            seed=random.SystemRandom().randrange(2**31),
            section=section,
            objective=objective,
            difficulty=difficulty,
            source=source,
            topic=(topic or "").strip() or None if made else None,
            origin=Origin.GENERATED if made else None,
            focus=focus,
            writer=writer,
        )
        _start(session, wish, at_once=at_once is not False)


def _choose_part(session: Session) -> tuple[int | None, str | None]:
    """A section and one of its objectives; None for all."""
    sections = {section.number: f"{section.number} · {section.title}" for section in session.syllabus.sections}
    left, right = st.columns(2)
    section = left.selectbox(
        text.PRACTICE_SECTION, [None, *sections], format_func=lambda number: sections.get(number, text.PRACTICE_ALL)
    )
    objectives = {
        objective.id: f"{objective.id} · {objective.title}"
        for one in session.syllabus.sections
        if section in (None, one.number)
        for objective in one.objectives
    }
    objective = right.selectbox(
        text.PRACTICE_OBJECTIVE,
        ["", *objectives],  # with None for all, Streamlit offers to clear what is clear
        format_func=lambda name: objectives.get(name, text.PRACTICE_ALL_OBJECTIVES),
        key="objective",
    )
    return section, objective or None


def _choose_writer(session: Session) -> str:
    """Who puts questions from decision tables into scenarios; nothing is asked where no model works here."""
    names = [one.name for one in session.writers.status() if one.available]
    if names == [QuotesWriter.name]:
        return QuotesWriter.name
    labels = {name: text.PRACTICE_WRITER.format(writer=name) for name in names} | {
        QuotesWriter.name: text.PRACTICE_NO_WRITER
    }
    return st.selectbox(text.PRACTICE_WRITER_CHOICE, names, format_func=labels.__getitem__)


def _start(session: Session, wish: QuizRequest, *, at_once: bool) -> None:
    kind = SittingKind.REVIEW if wish.focus is Focus.DUE else SittingKind.QUIZ
    try:
        with st.spinner(text.PRACTICE_WORKING), working():
            start(session, wish, kind, at_once=at_once)
    except StudyError as error:
        st.error(said(error))
        return
    visitor().quiz_topic = ""
    st.rerun()


@st.fragment
def _play(sitting_id: str) -> None:
    """The question that is shown; a click draws nothing but this."""
    session, state = shared_session(), visitor()
    sitting = session.progress.sitting(sitting_id)
    if sitting.finished is not None:
        st.rerun()
    if state.quiz_note:
        st.caption(as_markdown(state.quiz_note))
    at = state.shown_question = min(state.shown_question, len(sitting.questions) - 1)
    question = sitting.questions[at]
    st.query_params[PLACE] = str(at + 1)
    st.caption(text.PRACTICE_QUESTION.format(number=at + 1, total=len(sitting.questions)))
    st.markdown(as_prose(question.prompt))
    if at in sitting.chosen and sitting.at_once:
        _show_graded(session, sitting, at)
    else:
        _show_open(sitting, at, question)


def _show_graded(session: Session, sitting: Sitting, at: int) -> None:
    question, chosen, key = sitting.questions[at], sitting.chosen[at], f"{sitting.id}-{at}"
    show_verdict(question, sitting.grades()[at], chosen, key)
    last = sitting.first_open() == len(sitting.questions)
    label = text.PRACTICE_FINISH if last else text.PRACTICE_NEXT
    st.button(label, type="primary", key="gw-go", on_click=_go_on, args=(sitting.id,))
    show_reasons(session, question, chosen, key)
    offer_keeping(question, session.progress, key)


def _show_open(sitting: Sitting, at: int, question: Question) -> None:
    last = not sitting.at_once and set(range(len(sitting.questions))) - set(sitting.chosen) <= {at}
    label = text.PRACTICE_CHECK if sitting.at_once else text.PRACTICE_FINISH if last else text.PRACTICE_NEXT
    key = f"choice-{sitting.id}-{at}"
    look_at(sitting, at)
    ask_choices(question, key, sitting.chosen.get(at, frozenset()))
    ask_sure(key)
    if visitor().quiz_complaint:
        st.error(visitor().quiz_complaint)
    with st.container(horizontal=True, vertical_alignment="center", key="gw-steps"):
        st.button(label, type="primary", key="gw-go", on_click=_answer, args=(sitting.id, at, last))
        if not sitting.at_once:
            st.button(text.EXAM_BACK, disabled=at == 0, on_click=_go, args=(at - 1,))
        if st.button(text.PRACTICE_LEAVE, type="tertiary"):
            _leave()
            st.rerun()


def _answer(sitting_id: str, at: int, last: bool) -> None:
    """Store the answer that is set, and after the last one end the quiz."""
    session, state = shared_session(), visitor()
    sitting = session.progress.sitting(sitting_id)
    key = f"choice-{sitting_id}-{at}"
    chosen = chosen_now(sitting.questions[at], key)
    state.quiz_complaint = complaint(sitting.questions[at], chosen)
    if state.quiz_complaint:
        return
    sure, seconds = said_sure(key), looked(sitting, at)
    sitting = session.progress.answer(sitting, at, chosen, now=datetime.now(UTC), sure=sure, seconds=seconds)
    if last:
        session.progress.finish(sitting, now=datetime.now(UTC))
    if not sitting.at_once:
        state.shown_question = sitting.first_open()


def _go(at: int) -> None:
    visitor().shown_question, visitor().quiz_complaint = at, ""


def _go_on(sitting_id: str) -> None:
    """On to the next open question, or to the result."""
    session = shared_session()
    sitting = session.progress.sitting(sitting_id)
    if sitting.first_open() == len(sitting.questions):
        session.progress.finish(sitting, now=datetime.now(UTC))
    _go(sitting.first_open())


def _show_result(session: Session, sitting: Sitting) -> None:
    grades = sitting.grades()
    answered = [at for at in range(len(grades)) if at in sitting.chosen]
    missed = [at for at in answered if not grades[at].correct]
    st.subheader(text.PRACTICE_RESULT.format(right=len(answered) - len(missed), total=len(answered)))
    with st.container(horizontal=True):
        if st.button(text.PRACTICE_AGAIN, type="primary"):
            _leave()
            st.rerun()
        if missed and st.button(text.PRACTICE_MISSED.format(count=len(missed))):
            start_with(session, [sitting.questions[at] for at in missed])
            st.rerun()
    for at in answered:
        show_answered(session, sitting, at, grades[at], lazy=False)
        offer_keeping(sitting.questions[at], session.progress, f"result-{sitting.id}-{at}")
