"""Practice: a quiz on a chosen part of the exam or of one's own material, graded question by question with reasons."""

import random
from datetime import UTC, datetime

import streamlit as st

from assistant.practice.questions import Focus, Origin
from assistant.progress.store import MadeStatus, Sitting, SittingKind
from assistant.quotes import QuotesWriter
from assistant.session import QuizWish, Session
from ingest.errors import StudyError
from ui import text
from ui.question import ask_choices, offer_keeping, show_reasons
from ui.render import as_markdown
from ui.state import shared_session, visitor

COUNTS = (5, 10, 20, 40)
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


def start(session: Session, wish: QuizWish, kind: SittingKind = SittingKind.QUIZ, *, at_once: bool = True) -> None:
    """Sit this visitor down to a quiz, graded after each question or at the end; raises `StudyError` when there is none."""
    now = datetime.now(UTC)
    made = session.quiz(wish, now=now)
    if wish.origin is Origin.GENERATED:
        session.progress.keep_made(made.questions, MadeStatus.MADE, now=now)
    state = visitor()
    state.quiz = session.progress.begin(kind, made.questions, now=now, at_once=at_once).id
    state.shown_question = 0
    state.quiz_note = ""
    if wish.origin is Origin.GENERATED:
        state.quiz_note = made.account
    elif len(made.questions) < made.asked:
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
    if st.button(text.PRACTICE_START, type="primary"):
        wish = QuizWish(
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
    names = [one.name for one in session.writer_status() if one.available]
    if names == [QuotesWriter.name]:
        return QuotesWriter.name
    labels = {name: text.PRACTICE_WRITER.format(writer=name) for name in names} | {
        QuotesWriter.name: text.PRACTICE_NO_WRITER
    }
    return st.selectbox(text.PRACTICE_WRITER_CHOICE, names, format_func=labels.__getitem__)


def _start(session: Session, wish: QuizWish, *, at_once: bool) -> None:
    kind = SittingKind.REVIEW if wish.focus is Focus.DUE else SittingKind.QUIZ
    try:
        with st.spinner(text.PRACTICE_WORKING):
            start(session, wish, kind, at_once=at_once)
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
    if at in sitting.chosen and sitting.at_once:
        show_reasons(session, question, sitting.grades()[at], sitting.chosen[at], f"{sitting.id}-{at}")
        last = sitting.first_open() == len(sitting.questions)
        with st.container(horizontal=True):
            if st.button(text.PRACTICE_FINISH if last else text.PRACTICE_NEXT, type="primary"):
                if last:
                    session.progress.finish(sitting, now=datetime.now(UTC))
                state.shown_question = sitting.first_open()
                st.rerun()
        offer_keeping(question, session.progress, f"{sitting.id}-{at}")
        return
    last = not sitting.at_once and set(range(len(sitting.questions))) - set(sitting.chosen) <= {at}
    label = text.PRACTICE_CHECK if sitting.at_once else text.PRACTICE_FINISH if last else text.PRACTICE_NEXT
    with st.form(f"{sitting.id}-{at}", border=False):
        chosen = ask_choices(question, f"choice-{sitting.id}-{at}", sitting.chosen.get(at, frozenset()))
        if st.form_submit_button(label, type="primary"):
            if chosen:
                sitting = session.progress.answer(sitting, at, chosen, now=datetime.now(UTC))
                if last:
                    session.progress.finish(sitting, now=datetime.now(UTC))
                if not sitting.at_once:
                    state.shown_question = sitting.first_open()
                st.rerun()
            st.error(text.PRACTICE_NOTHING_CHOSEN)
    with st.container(horizontal=True):
        if not sitting.at_once and st.button(text.EXAM_BACK, disabled=at == 0):
            state.shown_question = at - 1
            st.rerun()
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
            show_reasons(session, question, grades[at], sitting.chosen[at], f"result-{sitting.id}-{at}")
            offer_keeping(question, session.progress, f"result-{sitting.id}-{at}")
    if st.button(text.PRACTICE_AGAIN, type="primary"):
        visitor().quiz = None
        st.rerun()
