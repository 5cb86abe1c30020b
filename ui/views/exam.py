"""The mock exam: timed, with a palette of questions and marks, every answer saved as it is given, graded at the end."""

import random
from datetime import UTC, datetime

import streamlit as st

from assistant.practice.exam import PartResult, read_next, results_by_objective, results_by_section
from assistant.progress.store import Sitting, SittingKind
from assistant.session import Session
from ingest.errors import StudyError
from ui import text
from ui.question import ask_choices, show_reasons
from ui.render import as_markdown
from ui.state import shared_session, visitor

COUNTS = (50, 60)
SHORT = 20
"""A short mock exam, with time in proportion, for an evening."""
MINUTES = {SHORT: 45, 50: 120, 60: 120}
TICK = "5s"


def show() -> None:
    """Draw the page."""
    session = shared_session()
    st.title(text.EXAM)
    state = visitor()
    if state.exam is None:
        running = session.progress.open_sittings(SittingKind.EXAM)
        if not running:
            _offer(session)
            return
        state.exam = running[0].id
    sitting = session.progress.sitting(state.exam)
    if sitting.finished is None and sitting.is_over(datetime.now(UTC)):
        sitting = session.progress.finish(sitting, now=datetime.now(UTC))
    if sitting.finished is not None:
        _show_result(session, sitting)
    else:
        _show_exam(session, sitting)


def _offer(session: Session) -> None:
    st.write(text.EXAM_INTRO)
    count = st.segmented_control(text.PRACTICE_COUNT, (SHORT, *COUNTS), default=COUNTS[0]) or COUNTS[0]
    st.caption(text.EXAM_TIME.format(minutes=MINUTES[count]))
    if st.button(text.EXAM_START, type="primary"):
        now = datetime.now(UTC)
        try:
            questions = session.exam(count, seed=random.SystemRandom().randrange(2**31), now=now)
        except StudyError as error:
            st.error(as_markdown(str(error)))
            return
        sitting = session.progress.begin(SittingKind.EXAM, questions, now=now, at_once=False, minutes=MINUTES[count])
        visitor().exam, visitor().shown_exam_question = sitting.id, 0
        st.rerun()
    past = session.progress.finished_sittings(SittingKind.EXAM)
    if past:
        st.subheader(text.EXAM_PAST)
        for one in past[:5]:
            right = sum(graded.correct for graded in one.grades())
            label = text.EXAM_PAST_ROW.format(day=f"{one.started:%d %B %Y}", right=right, total=len(one.questions))
            if st.button(label, key=f"past-{one.id}"):
                visitor().exam = one.id
                st.rerun()


@st.fragment(run_every=TICK)
def _show_time(sitting_id: str) -> None:
    """The time left; when it is up the whole page is drawn again, which ends the exam."""
    sitting = shared_session().progress.sitting(sitting_id)
    now = datetime.now(UTC)
    if sitting.is_over(now) or sitting.ends is None:
        st.rerun()
    left = int((sitting.ends - now).total_seconds())
    st.metric(text.EXAM_LEFT, f"{left // 3600}:{left // 60 % 60:02}:{left % 60:02}")


def _show_exam(session: Session, sitting: Sitting) -> None:
    state = visitor()
    at = min(state.shown_exam_question, len(sitting.questions) - 1)
    question = sitting.questions[at]
    main, side = st.columns([3, 1], gap="large")
    with side:
        _show_time(sitting.id)
        st.caption(text.EXAM_ANSWERED.format(done=len(sitting.chosen), total=len(sitting.questions)))
        _show_palette(sitting, at)
        _offer_submit(session, sitting)
    with main:
        st.caption(text.PRACTICE_QUESTION.format(number=at + 1, total=len(sitting.questions)))
        st.markdown(as_markdown(question.prompt))
        before = sitting.chosen.get(at, frozenset())
        chosen = ask_choices(question, f"exam-{sitting.id}-{at}", before)
        if chosen != before:
            session.progress.answer(sitting, at, chosen, now=datetime.now(UTC))
            st.rerun()
        marked = st.toggle(text.EXAM_MARK, value=at in sitting.marked, key=f"mark-{sitting.id}-{at}")
        if marked != (at in sitting.marked):
            session.progress.mark(sitting, at, marked)
            st.rerun()
        back, forth = st.columns(2)
        if back.button(text.EXAM_BACK, disabled=at == 0, width="stretch"):
            state.shown_exam_question = at - 1
            st.rerun()
        if forth.button(text.EXAM_FORTH, disabled=at + 1 == len(sitting.questions), width="stretch", type="primary"):
            state.shown_exam_question = at + 1
            st.rerun()


def _show_palette(sitting: Sitting, shown: int) -> None:
    """One button a question: answered, marked or open."""
    with st.expander(text.EXAM_PALETTE, expanded=False), st.container(horizontal=True, gap="small"):
        for at in range(len(sitting.questions)):
            sign = " ⚑" if at in sitting.marked else " ✓" if at in sitting.chosen else ""
            if st.button(f"{at + 1}{sign}", key=f"go-{sitting.id}-{at}", disabled=at == shown):
                visitor().shown_exam_question = at
                st.rerun()


def _offer_submit(session: Session, sitting: Sitting) -> None:
    unanswered = len(sitting.questions) - len(sitting.chosen)
    with st.popover(text.EXAM_SUBMIT, width="stretch"):
        if unanswered:
            st.write(text.EXAM_UNANSWERED.format(count=unanswered))
        if st.button(text.EXAM_SUBMIT_NOW, type="primary"):
            session.progress.finish(sitting, now=datetime.now(UTC))
            st.rerun()


def _show_result(session: Session, sitting: Sitting) -> None:
    grades = sitting.grades()
    right = sum(one.correct for one in grades)
    st.subheader(text.PRACTICE_RESULT.format(right=right, total=len(grades)))
    st.caption(text.EXAM_NO_PASSING_SCORE)
    _show_table(
        text.PRACTICE_SECTION,
        results_by_section(sitting.questions, grades),
        {str(one.number): one.title for one in session.syllabus.sections},
    )
    with st.expander(text.EXAM_BY_OBJECTIVE):
        _show_table(
            text.PRACTICE_OBJECTIVE,
            results_by_objective(sitting.questions, grades),
            {one.id: one.title for section in session.syllabus.sections for one in section.objectives},
        )
    _say_read_next(session, sitting)
    for at, question in enumerate(sitting.questions):
        icon = ":material/check_circle:" if grades[at].correct else ":material/cancel:"
        with st.expander(f"{icon} {at + 1}\\. {as_markdown(question.prompt[:90])} …"):
            st.markdown(as_markdown(question.prompt))
            show_reasons(
                session, question, grades[at], sitting.chosen.get(at, frozenset()), f"result-{sitting.id}-{at}"
            )
    if st.button(text.EXAM_CLOSE, type="primary"):
        visitor().exam = None
        st.rerun()


def _show_table(part: str, rows: list[PartResult], titles: dict[str, str]) -> None:
    """One row a section or an objective, `part` says which."""
    right, asked, share = text.EXAM_COLUMNS
    st.dataframe(
        {
            part: [f"{row.name} · {titles.get(row.name, '')}" for row in rows],
            right: [row.right for row in rows],
            asked: [row.asked for row in rows],
            share: [100 * row.right / row.asked for row in rows],
        },
        column_config={share: st.column_config.ProgressColumn(format="%.0f %%", max_value=100)},
        width="stretch",
        hide_index=True,
    )


def _say_read_next(session: Session, sitting: Sitting) -> None:
    """The weakest objectives, each with the places that settle what was missed."""
    weakest = read_next(sitting.questions, sitting.grades())
    if not weakest:
        return
    st.markdown(f"**{text.EXAM_READ_NEXT}**")
    for row in weakest:
        title = session.syllabus.objective(row.name).title
        places = "".join(f"\n    - {as_markdown(place)}" for place in dict.fromkeys(map(session.place_of, row.missed)))
        st.markdown(f"- {as_markdown(f'{row.name} {title}')} ({row.right}/{row.asked}){places}")
