"""Practice: a quiz on a chosen section, graded question by question with the reason for every choice."""

import random
import uuid

import streamlit as st

from assistant.practice.questions import Grade, Question, grade
from assistant.session import Session
from ui import text
from ui.render import as_markdown
from ui.state import Quiz, shared_session, visitor

LETTERS = "ABCDEF"
COUNTS = (5, 10, 20)


def show() -> None:
    """Draw the page."""
    session = shared_session()
    st.title(text.PRACTICE)
    quiz = visitor().quiz
    if quiz is None:
        _choose(session)
    elif quiz.position >= len(quiz.questions):
        _show_result(quiz)
    else:
        _show_question(quiz)


def _choose(session: Session) -> None:
    st.write(text.PRACTICE_INTRO)
    titles = {section.number: f"{section.number} · {section.title}" for section in session.syllabus.sections}
    section = st.selectbox(
        text.PRACTICE_SECTION, [None, *titles], format_func=lambda number: titles.get(number, text.PRACTICE_ALL)
    )
    count = st.segmented_control(text.PRACTICE_COUNT, COUNTS, default=COUNTS[0]) or COUNTS[0]
    if st.button(text.PRACTICE_START, type="primary"):
        seed = random.SystemRandom().randrange(2**31)
        questions = session.quiz(section=section, objective=None, count=count, difficulty=None, seed=seed)
        visitor().quiz = Quiz(uuid.uuid4().hex, questions)
        st.rerun()


def _show_question(quiz: Quiz) -> None:
    question = quiz.questions[quiz.position]
    st.progress(quiz.position / len(quiz.questions))
    st.caption(text.PRACTICE_QUESTION.format(number=quiz.position + 1, total=len(quiz.questions)))
    st.markdown(as_markdown(question.prompt))
    if quiz.position in quiz.chosen:
        _show_reasons(question, quiz.chosen[quiz.position])
        last = quiz.position + 1 == len(quiz.questions)
        if st.button(text.PRACTICE_FINISH if last else text.PRACTICE_NEXT, type="primary"):
            quiz.position += 1
            st.rerun()
        return
    with st.form(f"{quiz.id}-{quiz.position}", border=False):
        chosen = _choices(question, f"{quiz.id}-{quiz.position}")
        if st.form_submit_button(text.PRACTICE_CHECK, type="primary"):
            if chosen:
                quiz.chosen[quiz.position] = chosen
                st.rerun()
            st.error(text.PRACTICE_NOTHING_CHOSEN)


def _choices(question: Question, key: str) -> frozenset[int]:
    labels = [f"{LETTERS[at]}\\. {as_markdown(choice.text)}" for at, choice in enumerate(question.choices)]
    count = len(question.key)
    if count == 1:
        chosen = st.radio(
            text.PRACTICE_CHOOSE_ONE, range(len(labels)), index=None, format_func=labels.__getitem__, key=key
        )
        return frozenset() if chosen is None else frozenset({chosen})
    st.caption(text.PRACTICE_CHOOSE.format(count=count))
    return frozenset(at for at, label in enumerate(labels) if st.checkbox(label, key=f"{key}-{at}"))


def _show_reasons(question: Question, chosen: frozenset[int]) -> None:
    _show_grade(grade(question, chosen))
    for at, choice in enumerate(question.choices):
        verdict = text.CHOICE_RIGHT if choice.correct else text.CHOICE_WRONG
        mine = f" ({text.YOUR_CHOICE})" if at in chosen else ""
        icon = ":material/check_circle:" if choice.correct else ":material/cancel:"
        with st.container(border=True):
            st.markdown(f"{icon} **{LETTERS[at]}\\. {as_markdown(choice.text)}**")
            st.markdown(f"{verdict}{mine}: {as_markdown(choice.why)}")
            place = text.SOURCE_PAGE.format(source=choice.citation.source, page=choice.citation.page)
            st.markdown(f"> {as_markdown(choice.citation.quote)}")
            st.caption(as_markdown(place))


def _show_grade(graded: Grade) -> None:
    if graded.correct:
        st.success(text.PRACTICE_RIGHT)
    elif graded.credit:
        st.warning(text.PRACTICE_PARTIAL.format(credit=graded.credit))
    else:
        st.error(text.PRACTICE_WRONG)


def _show_result(quiz: Quiz) -> None:
    grades = [grade(question, quiz.chosen.get(at, frozenset())) for at, question in enumerate(quiz.questions)]
    right = sum(one.correct for one in grades)
    st.subheader(text.PRACTICE_RESULT.format(right=right, total=len(grades)))
    for at, (question, graded) in enumerate(zip(quiz.questions, grades, strict=True)):
        icon = ":material/check_circle:" if graded.correct else ":material/cancel:"
        with st.expander(f"{icon} {at + 1}\\. {as_markdown(question.prompt[:90])} …"):
            st.markdown(as_markdown(question.prompt))
            _show_reasons(question, quiz.chosen.get(at, frozenset()))
    if st.button(text.PRACTICE_AGAIN, type="primary"):
        visitor().quiz = None
        st.rerun()
