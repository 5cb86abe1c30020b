"""Today, the home page: the exam and its date, one next step with one button, readiness by section, and this week."""

from datetime import UTC, date, datetime, timedelta

import streamlit as st

from assistant.practice.questions import Focus
from assistant.practice.quiz import QuizRequest
from assistant.progress.mastery import Mastery, StudyNext, mastery_of, section_of, study_next
from assistant.progress.store import Attempt, Sitting, SittingKind
from assistant.session import Session
from ui import text
from ui.quiz_start import resume, start_here
from ui.reading import Place, place_of_topic, read
from ui.render import as_markdown, readiness_bar, short
from ui.state import open_page, shared_session
from ui.study_list import StudyList

QUESTIONS, TRIAL, REVIEW = 10, 3, 20
MOCK_MINUTES = 120
WEEK = timedelta(days=7)
TITLE = 110
LISTED = 20


def show() -> None:
    """Draw the page."""
    session = shared_session()
    now = datetime.now(UTC)
    attempts = session.progress.attempts()
    st.title(text.APP)
    st.markdown(text.TAGLINE)
    st.caption(text.TODAY_GUIDE.format(day=_long(session.syllabus.guide.valid_from)))
    if attempts:
        _show_next_step(session, attempts, now)
    else:
        _show_first_steps(session, now)
    _show_open_quiz(session)
    if attempts:
        _show_date(session, attempts, now)
    _show_readiness(session, attempts)
    _show_week(session, now)
    _show_list(session)


def _show_first_steps(session: Session, now: datetime) -> None:
    """What a newcomer does first: date, material, three questions."""
    with st.container(border=True, key="gw-card-first"):
        st.subheader(text.TODAY_FIRST)
        st.markdown(f"**1 · {text.TODAY_STEP_DATE}**  \n{text.TODAY_DATE_HINT}")
        _choose_date(session, now)
        records = session.index.records()
        said_of = text.TODAY_STEP_MATERIAL_DONE if records else text.TODAY_STEP_MATERIAL_HINT
        st.markdown(f"**2 · {text.TODAY_STEP_MATERIAL}**  \n{said_of.format(count=len(records))}")
        if st.button(text.TODAY_OPEN_LIBRARY, type="secondary" if records else "primary"):
            open_page("library")
        st.markdown(f"**3 · {text.TODAY_STEP_TRY}**  \n{text.TODAY_STEP_TRY_HINT}")
        if st.button(text.TODAY_TRY, type="primary" if records else "secondary"):
            start_here(session, QuizRequest(TRIAL, 0, focus=Focus.FRESH))


def _choose_date(session: Session, now: datetime) -> None:
    known = session.progress.exam_date()
    tomorrow = now.date() + timedelta(days=1)
    shown = known if known is None or known >= tomorrow else None
    chosen = st.date_input(text.TODAY_DATE_ASK, value=shown, min_value=tomorrow, format="MM/DD/YYYY")
    if isinstance(chosen, date) and chosen != known:
        session.progress.set_exam_date(chosen)
        st.rerun()


def _show_next_step(session: Session, attempts: list[Attempt], now: datetime) -> None:
    """One step, the one that matters most now, with its button."""
    with st.container(border=True, key="gw-card-next"):
        st.subheader(text.TODAY_NEXT)
        due = len(session.progress.due(now))
        if running := session.progress.open_sittings(SittingKind.EXAM):
            _offer_exam(running[0])
        elif due:
            _offer_review(session, due)
        elif _mock_today(session, now):
            st.markdown(text.TODAY_NEXT_MOCK.format(minutes=MOCK_MINUTES))
            if st.button(text.TODAY_EXAM_START, type="primary"):
                open_page("exam")
        else:
            _offer_topic(session, study_next(session.syllabus, attempts)[0])


def _offer_exam(running: Sitting) -> None:
    st.markdown(text.TODAY_NEXT_EXAM.format(done=len(running.chosen), total=len(running.questions)))
    if st.button(text.TODAY_EXAM_RESUME, type="primary"):
        open_page("exam")


def _offer_review(session: Session, due: int) -> None:
    one = due == 1
    st.markdown(text.TODAY_NEXT_REVIEW_ONE if one else text.TODAY_NEXT_REVIEW.format(due=due))
    label = text.TODAY_REVIEW_ONE if one else text.TODAY_REVIEW.format(due=min(due, REVIEW))
    if st.button(label, type="primary"):
        start_here(session, QuizRequest(REVIEW, 0, focus=Focus.DUE), SittingKind.REVIEW)


def _offer_topic(session: Session, row: StudyNext) -> None:
    home = session.syllabus.home_of(row.consideration.id)
    if home is None:  # the plan holds what the chosen guide names
        return
    section, objective = home
    step = text.TODAY_NEXT_TOPIC.format(
        section=section.number, title=section.title, topic=short(row.consideration.text, TITLE)
    )
    st.markdown(as_markdown(step))
    name = short(objective.title[:1].lower() + objective.title[1:], TITLE)
    if st.button(as_markdown(text.TODAY_START.format(count=QUESTIONS, objective=name)), type="primary"):
        start_here(session, QuizRequest(QUESTIONS, 0, objective=objective.id, focus=Focus.WEAK))


def _mock_today(session: Session, now: datetime) -> bool:
    day = session.progress.exam_date()
    if day is None or day <= now.date():
        return False
    done = session.progress.finished_sittings(SittingKind.EXAM)
    return session.plan(now, day)[0].mock_exam and not any(one.started.date() == now.date() for one in done)


def _show_open_quiz(session: Session) -> None:
    for sitting in session.progress.open_sittings(SittingKind.QUIZ, SittingKind.REVIEW)[:1]:
        with st.container(border=True, horizontal=True, vertical_alignment="center", key="gw-card-open"):
            day = f"{sitting.started:%B} {sitting.started.day}"
            words = text.PRACTICE_OPEN.format(done=len(sitting.chosen), total=len(sitting.questions), day=day)
            st.markdown(f"**{text.TODAY_CONTINUE}**  \n{words}")
            if st.button(text.PRACTICE_RESUME, key="resume-quiz"):
                resume(sitting)
                open_page("practice")


def _show_date(session: Session, attempts: list[Attempt], now: datetime) -> None:
    day = session.progress.exam_date()
    with st.container(horizontal=True, gap="large", vertical_alignment="center"):
        if day is not None and day > now.date():
            st.metric(text.TODAY_DAYS, (day - now.date()).days, width="content")
        st.metric(text.TODAY_DUE, len(session.progress.due(now)), width="content")
        st.metric(text.TODAY_ANSWERED, len({one.question for one in attempts}), width="content")
        shown = text.TODAY_DATE_SHOWN.format(day=_long(day)) if day else text.TODAY_STEP_DATE
        with st.popover(shown, icon=":material/event:"):
            if day is not None and day <= now.date():
                st.caption(text.TODAY_PAST.format(day=_long(day)))
            _choose_date(session, now)


def _long(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"


def _show_readiness(session: Session, attempts: list[Attempt]) -> None:
    st.subheader(text.TODAY_READY)
    st.caption(text.TODAY_READY_HINT)
    columns = st.columns(2, gap="large")
    for section in session.syllabus.sections:
        mastery = mastery_of([one for one in attempts if section_of(session.syllabus, one) == section.number])
        weight = text.TODAY_WEIGHT.format(weight=section.weight)
        with (
            columns[section.number > len(session.syllabus.sections) // 2],
            st.container(key=f"gw-ready-{section.number}"),
        ):
            st.markdown(f"**{section.number} · {as_markdown(section.title)}**  \n{weight} · {_known(mastery)}")
            if mastery.questions:
                words = text.TODAY_READY_BAR.format(
                    number=section.number, share=mastery.share, low=mastery.low, high=mastery.high
                )
                st.html(readiness_bar(mastery.share, mastery.low, mastery.high, words))


def _known(mastery: Mastery) -> str:
    if not mastery.questions:
        return text.TODAY_READY_NONE
    return f"**{mastery.share:.0%}**, {text.TODAY_READY_RANGE.format(low=mastery.low, high=mastery.high)}"


def _show_week(session: Session, now: datetime) -> None:
    """The plan's next seven days, each topic a button that starts questions on it."""
    day = session.progress.exam_date()
    if day is None or day <= now.date():
        return
    st.subheader(text.TODAY_WEEK)
    titles = {one.id: one.text for one in session.syllabus.considerations}
    for one in session.plan(now, day)[: WEEK.days]:
        name = text.TODAY_WEEK_DAY if one.day == now.date() else f"{one.day:%A}, {one.day:%b} {one.day.day}"
        more = [text.TODAY_WEEK_REVIEWS.format(reviews=one.reviews)] if one.reviews else []
        more += [text.TODAY_WEEK_MOCK] if one.mock_exam else []
        st.markdown(" · ".join([f"**{name}**", *more]))
        if not one.considerations and not more:
            st.caption(text.TODAY_WEEK_NONE)
        for topic in one.considerations:
            place = place_of_topic(session, topic)
            _show_topic(session, f"{topic} {titles[topic]}", f"week-{topic}", place, topic[:-1])


def _show_topic(session: Session, words: str, key: str, place: Place | None, objective: str | None) -> bool:
    """A row with what to study and buttons to read and practice it; whether it was said to be done."""
    mine = not key.startswith("week-")
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"gw-topic-{key}"):
        st.markdown(as_markdown(short(words, TITLE)), width="stretch")
        icon = ":material/menu_book:"
        if place is not None and st.button(text.TODAY_READ, key=f"read-{key}", type="tertiary", icon=icon):
            read(place)
        if objective and st.button(text.TODAY_PRACTICE, key=f"try-{key}", type="tertiary", icon=":material/quiz:"):
            start_here(session, QuizRequest(QUESTIONS, 0, objective=objective, focus=Focus.WEAK))
        return mine and st.button(text.TODAY_LIST_DONE, key=f"done-{key}", type="tertiary", icon=":material/check:")


def _show_list(session: Session) -> None:
    """What was added to the plan from answers."""
    kept = StudyList(session.home)
    items = kept.all()
    if not items:
        return
    st.subheader(text.TODAY_LIST)
    for at, item in enumerate(items[:LISTED]):
        place = Place(item.source, item.page, item.start)
        if _show_topic(session, item.question, f"list-{at}", place, item.objective):
            kept.drop(item.question)
            st.rerun()
