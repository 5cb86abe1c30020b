"""The mock exam: timed, every answer saved as it is given, safe in two tabs, with all questions always in sight."""

import random
from datetime import UTC, datetime

import streamlit as st

from assistant.progress.store import Sitting, SittingKind
from assistant.session import Session
from ingest.errors import StudyError
from ui import text
from ui.confidence import look_at, looked
from ui.exam_report import show_report
from ui.problems import said
from ui.question import ask_choices, chosen_now, is_drawn, set_choices
from ui.render import as_prose
from ui.state import PLACE, ExamState, place_in_address, pressed, shared_session, visitor, working

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
        state.exam, state.exam_seen = running[0].id, None
        state.shown_exam_question = place_in_address() or 0
    sitting = session.progress.sitting(state.exam)
    if sitting.finished is None and sitting.is_over(datetime.now(UTC)):
        sitting = session.progress.finish(sitting, now=datetime.now(UTC))
    if sitting.finished is not None:
        _close_player()
        show_report(session, sitting)
    else:
        _notice_other_tab(sitting)  # before the clock, which draws the page again until this tab has noticed
        _show_time(sitting.id)
        _play(sitting.id)


def _close_player() -> None:
    """When this tab still had the exam open, another one submitted it, or time is up."""
    state = visitor()
    if state.exam_seen is not None:
        state.exam_seen = None
        st.toast(text.EXAM_OTHER_TAB_DONE)
    if PLACE in st.query_params:
        del st.query_params[PLACE]


def _offer(session: Session) -> None:
    st.write(text.EXAM_INTRO)
    count = st.segmented_control(text.PRACTICE_COUNT, (SHORT, *COUNTS), default=COUNTS[0]) or COUNTS[0]
    st.caption(text.EXAM_TIME.format(minutes=MINUTES[count]))
    if pressed(text.EXAM_START):
        now = datetime.now(UTC)
        try:
            with working():
                questions = session.quizzes.exam(count, seed=random.SystemRandom().randrange(2**31), now=now)
        except StudyError as error:
            st.error(said(error))
            return
        sitting = session.progress.begin(SittingKind.EXAM, questions, now=now, at_once=False, minutes=MINUTES[count])
        state = visitor()
        state.exam, state.shown_exam_question, state.exam_seen = sitting.id, 0, None
        st.rerun()
    _offer_past(session)


def _offer_past(session: Session) -> None:
    past = session.progress.finished_sittings(SittingKind.EXAM)
    if past:
        st.subheader(text.EXAM_PAST)
    for one in past[:5]:
        right, total = sum(graded.correct for graded in one.grades()), len(one.questions)
        label = text.EXAM_PAST_ROW.format(
            day=f"{one.started:%B} {one.started.day}, {one.started.year}", right=right, total=total, share=right / total
        )
        if st.button(label, key=f"past-{one.id}"):
            visitor().exam = one.id
            st.rerun()


def _state_of(sitting: Sitting) -> ExamState:
    return dict(sitting.chosen), sitting.marked


@st.fragment(run_every=TICK)
def _show_time(sitting_id: str) -> None:
    """The time left; draws the whole page again when time is up or another tab changed the exam."""
    sitting = shared_session().progress.sitting(sitting_id)
    now = datetime.now(UTC)
    seen = visitor().exam_seen
    if sitting.is_over(now) or sitting.ends is None or (seen is not None and seen != _state_of(sitting)):
        st.rerun()
    left = int((sitting.ends - now).total_seconds())
    with st.container(key="gw-clock"):
        st.markdown(f"{text.EXAM_LEFT} **{left // 3600}:{left // 60 % 60:02}:{left % 60:02}**")


@st.fragment
def _play(sitting_id: str) -> None:
    """One question with its options and all the others beside it; a click draws nothing but this."""
    session, state = shared_session(), visitor()
    sitting = session.progress.sitting(sitting_id)
    if sitting.is_over(datetime.now(UTC)):
        st.rerun()
    _notice_other_tab(sitting)
    at = state.shown_exam_question = min(state.shown_exam_question, len(sitting.questions) - 1)
    st.query_params[PLACE] = str(at + 1)
    if state.exam_told:
        st.info(text.EXAM_OTHER_TAB)
    main, side = st.columns([5, 2], gap="medium")
    with main:
        _show_question(sitting, at)
    with side:
        _show_palette(sitting, at)
        _offer_submit(session, sitting)


def _notice_other_tab(sitting: Sitting) -> None:
    """What is stored wins over what this tab shows, because it was chosen later."""
    state = visitor()
    if state.exam_seen is not None and state.exam_seen != _state_of(sitting):
        state.exam_told = True
    state.exam_seen = _state_of(sitting)


def _key(sitting: Sitting, at: int) -> str:
    return f"exam-{sitting.id}-{at}"


def _show_question(sitting: Sitting, at: int) -> None:
    question, total = sitting.questions[at], len(sitting.questions)
    stored, key, mark = sitting.chosen.get(at, frozenset()), _key(sitting, at), f"mark-{sitting.id}-{at}"
    if is_drawn(question, key) and chosen_now(question, key) != stored:
        set_choices(question, key, stored)
    st.session_state[mark] = at in sitting.marked
    st.caption(text.PRACTICE_QUESTION.format(number=at + 1, total=total))
    st.markdown(as_prose(question.prompt))
    look_at(sitting, at)
    ask_choices(question, key, stored, on_change=lambda: _save(sitting.id, at))
    with st.container(horizontal=True, vertical_alignment="center", key="gw-steps"):
        st.button(text.EXAM_BACK, disabled=at == 0, on_click=_leave, args=(sitting.id, at, at - 1))
        st.button(
            text.EXAM_FORTH,
            disabled=at + 1 == total,
            on_click=_leave,
            args=(sitting.id, at, at + 1),
            type="primary",
            key="gw-go",
        )
        st.toggle(text.EXAM_MARK, key=mark, on_change=_mark, args=(sitting.id, at))


def _go(at: int) -> None:
    visitor().shown_exam_question, visitor().exam_told = at, False


def _leave(sitting_id: str, at: int, to: int) -> None:
    """Go to another question; the time on this one is kept."""
    progress = shared_session().progress
    sitting = progress.sitting(sitting_id)
    progress.spend(sitting, at, looked(sitting, at), now=datetime.now(UTC))
    _go(to)


def _save(sitting_id: str, at: int) -> None:
    """Store what this tab has just chosen; nothing else writes an answer."""
    progress, state = shared_session().progress, visitor()
    sitting = progress.sitting(sitting_id)
    _notice_other_tab(sitting)
    chosen = chosen_now(sitting.questions[at], _key(sitting, at))
    seconds = looked(sitting, at)
    state.exam_seen = _state_of(progress.answer(sitting, at, chosen, now=datetime.now(UTC), seconds=seconds))


def _mark(sitting_id: str, at: int) -> None:
    progress, state = shared_session().progress, visitor()
    sitting = progress.sitting(sitting_id)
    _notice_other_tab(sitting)
    state.exam_seen = _state_of(progress.mark(sitting, at, bool(st.session_state[f"mark-{sitting_id}-{at}"])))


def _show_palette(sitting: Sitting, at: int) -> None:
    """All questions: answered, marked or open; a click goes there."""
    signs = [
        ("✓" if one in sitting.chosen else "") + ("⚑" if one in sitting.marked else "")
        for one in range(len(sitting.questions))
    ]
    st.session_state["gw-palette"] = at
    with st.container(key="gw-grid"):
        st.pills(
            text.EXAM_PALETTE,
            range(len(signs)),
            format_func=lambda one: f"{one + 1}{signs[one]}",
            key="gw-palette",
            on_change=lambda: _leave(sitting.id, at, at if (to := st.session_state["gw-palette"]) is None else to),
        )
    st.caption(text.EXAM_PALETTE_KEY)
    st.caption(text.EXAM_ANSWERED_MARKED.format(done=len(sitting.chosen), total=len(signs), marked=len(sitting.marked)))


def _offer_submit(session: Session, sitting: Sitting) -> None:
    unanswered = len(sitting.questions) - len(sitting.chosen)
    with st.popover(text.EXAM_SUBMIT, width="stretch"):
        if unanswered:
            st.write(text.EXAM_UNANSWERED.format(count=unanswered))
        if sitting.marked:
            st.write(text.EXAM_STILL_MARKED.format(count=len(sitting.marked)))
        if st.button(text.EXAM_SUBMIT_NOW, type="primary"):
            session.progress.finish(sitting, now=datetime.now(UTC))
            visitor().exam_seen = None
            st.rerun()
