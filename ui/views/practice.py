"""Practice: a quiz on a chosen part of the exam or of one's own material, graded question by question with reasons."""

import random
from datetime import UTC, datetime

import streamlit as st

from assistant.practice.questions import Focus, Origin
from assistant.progress.store import MadeStatus, Sitting, SittingKind
from assistant.session import QuizWish, Session
from ingest.errors import StudyError
from ui import text
from ui.question import ask_choices, offer_keeping, show_reasons
from ui.render import as_markdown
from ui.state import shared_session, visitor

COUNTS = (5, 10, 20)
DIFFICULTIES = (1, 2, 3)


def show() -> None:
    """Draw the page."""
    session = shared_session()
    st.title(text.PRACTICE)
    state = visitor()
    if state.quiz is None:
        _offer_open(session)
        _choose(session)
        return
    sitting = session.progress.sitting(state.quiz)
    if sitting.finished is not None:
        _show_result(session, sitting)
    else:
        _show_question(session, sitting)


def start(session: Session, wish: QuizWish, kind: SittingKind = SittingKind.QUIZ) -> None:
    """Sit this visitor down to a quiz; raises `StudyError` when there is none to be had."""
    now = datetime.now(UTC)
    made = session.quiz(wish, now=now)
    if wish.origin is Origin.GENERATED:
        session.progress.keep_made(made.questions, MadeStatus.MADE, now=now)
    state = visitor()
    state.quiz = session.progress.begin(kind, made.questions, now=now).id
    state.shown_question = 0
    state.quiz_note = ""
    if len(made.questions) < made.asked:
        state.quiz_note = text.PRACTICE_FEWER.format(made=len(made.questions), asked=made.asked)


def _offer_open(session: Session) -> None:
    """Take up a quiz that was broken off, here or in another tab."""
    for sitting in session.progress.open_sittings(SittingKind.QUIZ, SittingKind.REVIEW)[:1]:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(
                text.PRACTICE_OPEN.format(
                    done=len(sitting.chosen), total=len(sitting.questions), day=f"{sitting.started:%d %B}"
                )
            )
            if st.button(text.PRACTICE_RESUME, type="primary"):
                visitor().quiz, visitor().shown_question = sitting.id, sitting.first_open()
                st.rerun()
            if st.button(text.PRACTICE_DISCARD):
                session.progress.finish(sitting, now=datetime.now(UTC))
                st.rerun()


def _choose(session: Session) -> None:
    st.write(text.PRACTICE_INTRO)
    titles = {section.number: f"{section.number} · {section.title}" for section in session.syllabus.sections}
    section = st.selectbox(
        text.PRACTICE_SECTION, [None, *titles], format_func=lambda number: titles.get(number, text.PRACTICE_ALL)
    )
    topic = visitor().quiz_topic
    made = st.segmented_control(
        text.PRACTICE_ORIGIN,
        [False, True],
        default=bool(topic),
        format_func=lambda own: text.PRACTICE_MADE if own else text.PRACTICE_BANK,
    )
    source = None
    focus, difficulty = Focus.FRESH, None
    if made:
        st.caption(text.PRACTICE_MADE_HINT)
        left, right = st.columns(2)
        names = [record.name for record in session.index.records()]
        source = left.selectbox(text.PRACTICE_SOURCE, names, index=None, placeholder=text.ALL_MATERIAL)
        topic = right.text_input(text.PRACTICE_TOPIC, value=topic)
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
    count = st.segmented_control(text.PRACTICE_COUNT, COUNTS, default=COUNTS[0]) or COUNTS[0]
    if st.button(text.PRACTICE_START, type="primary"):
        wish = QuizWish(
            count=count,
            seed=random.SystemRandom().randrange(2**31),
            section=section,
            difficulty=difficulty,
            source=source,
            topic=(topic or "").strip() or None if made else None,
            origin=Origin.GENERATED if made else None,
            focus=focus,
        )
        _start(session, wish)


def _start(session: Session, wish: QuizWish) -> None:
    try:
        with st.spinner(text.PRACTICE_WORKING):
            start(session, wish, SittingKind.REVIEW if wish.focus is Focus.DUE else SittingKind.QUIZ)
    except StudyError as error:
        st.error(as_markdown(str(error)))
        return
    visitor().quiz_topic = ""
    st.rerun()


def _show_question(session: Session, sitting: Sitting) -> None:
    state = visitor()
    at = min(state.shown_question, len(sitting.questions) - 1)
    question = sitting.questions[at]
    if state.quiz_note:
        st.info(state.quiz_note)
    st.progress(len(sitting.chosen) / len(sitting.questions))
    st.caption(text.PRACTICE_QUESTION.format(number=at + 1, total=len(sitting.questions)))
    st.markdown(as_markdown(question.prompt))
    if at in sitting.chosen:
        show_reasons(question, sitting.grades()[at], sitting.chosen[at])
        last = sitting.first_open() == len(sitting.questions)
        with st.container(horizontal=True):
            if st.button(text.PRACTICE_FINISH if last else text.PRACTICE_NEXT, type="primary"):
                if last:
                    session.progress.finish(sitting, now=datetime.now(UTC))
                state.shown_question = sitting.first_open()
                st.rerun()
        offer_keeping(question, session.progress, f"{sitting.id}-{at}")
        return
    with st.form(f"{sitting.id}-{at}", border=False):
        chosen = ask_choices(question, f"choice-{sitting.id}-{at}")
        if st.form_submit_button(text.PRACTICE_CHECK, type="primary"):
            if chosen:
                session.progress.answer(sitting, at, chosen, now=datetime.now(UTC))
                st.rerun()
            st.error(text.PRACTICE_NOTHING_CHOSEN)
    if st.button(text.PRACTICE_LEAVE):
        state.quiz = None
        st.rerun()


def _show_result(session: Session, sitting: Sitting) -> None:
    grades = sitting.grades()
    answered = [at for at in range(len(grades)) if at in sitting.chosen]
    right = sum(grades[at].correct for at in answered)
    st.subheader(text.PRACTICE_RESULT.format(right=right, total=len(answered)))
    for at in answered:
        question = sitting.questions[at]
        icon = ":material/check_circle:" if grades[at].correct else ":material/cancel:"
        with st.expander(f"{icon} {at + 1}\\. {as_markdown(question.prompt[:90])} …"):
            st.markdown(as_markdown(question.prompt))
            show_reasons(question, grades[at], sitting.chosen[at])
            offer_keeping(question, session.progress, f"result-{sitting.id}-{at}")
    if st.button(text.PRACTICE_AGAIN, type="primary"):
        visitor().quiz = None
        st.rerun()
