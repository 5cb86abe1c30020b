"""Progress: mastery with its uncertainty, what pays most to study next, due reviews, history, and the plan to the exam."""

import tempfile
from collections import Counter
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import altair as alt
import streamlit as st

from assistant.practice.questions import Focus
from assistant.practice.quiz import QuizRequest
from assistant.progress import exchange, sheets
from assistant.progress.forecast import calibration
from assistant.progress.mastery import StudyNext, mastery_of, section_of, study_next
from assistant.progress.store import Attempt, SittingKind
from assistant.service.service import Service
from assistant.session import Session
from ingest.errors import StudyError
from ui import text
from ui.problems import said
from ui.quiz_start import start_here
from ui.render import as_markdown
from ui.state import shared_session, visitor
from ui.study_list import StudyList

NEXT_SHOWN = 5
DAYS_AHEAD = 14
GREEN, RUST = "#2f8f76", "#c96f4a"
"""Readable on the light and the dark background."""
BAR = 22
"""Pixels of a day's bar: one day is a bar, not a block."""
PRACTISE = 5
REVIEW = 20
TRIAL = 3


def show() -> None:
    """Draw the page."""
    session = shared_session()
    st.title(text.PROGRESS)
    now = datetime.now(UTC)
    attempts = session.progress.attempts()
    due = len(session.progress.due(now))
    figures: tuple[tuple[str, int | str], ...] = (
        (text.PROGRESS_ANSWERS, len(attempts)),
        (text.PROGRESS_QUESTIONS, len({one.question for one in attempts})),
        (text.PROGRESS_RIGHT, f"{sum(one.correct for one in attempts) / len(attempts):.0%}" if attempts else "–"),
        (text.PROGRESS_DUE, due),
    )
    with st.container(horizontal=True, gap="large"):
        for label, value in figures:
            st.metric(label, value, width="content")
    if due and st.button(text.PROGRESS_REVIEW.format(due=due), type="primary"):
        start_here(session, QuizRequest(REVIEW, 0, focus=Focus.DUE), SittingKind.REVIEW)
    if not attempts:
        st.info(text.PROGRESS_NONE)
        if st.button(text.TODAY_TRY, type="primary"):
            start_here(session, QuizRequest(TRIAL, 0, focus=Focus.FRESH))
    _show_next(session, attempts)
    st.subheader(text.PROGRESS_MASTERY)
    st.caption(text.PROGRESS_MASTERY_HINT)
    _show_sections(session, attempts)
    _show_forecast(session)
    with st.expander(text.PROGRESS_CONSIDERATIONS):
        _show_considerations(session, attempts)
    if attempts:
        _show_calibration(attempts)
        st.subheader(text.PROGRESS_HISTORY)
        _show_history(attempts)
        _show_due(session, now)
    _show_plan(session, now)
    _show_exports(session)


def _spread(rows: list[StudyNext]) -> list[StudyNext]:
    """The first rows, of each objective one, so that one section does not fill the list."""
    first: dict[str, StudyNext] = {}
    for row in rows:
        first.setdefault(row.consideration.id[:-1], row)
    return list(first.values())[:NEXT_SHOWN]


def _show_next(session: Session, attempts: list[Attempt]) -> None:
    st.subheader(text.PROGRESS_NEXT)
    for row in _spread(study_next(session.syllabus, attempts)):
        item = row.consideration
        left, right = st.columns([5, 1], vertical_alignment="center")
        known = text.PROGRESS_KNOWN.format(share=row.mastery.share, questions=row.mastery.questions)
        left.markdown(
            f"**{item.id}** {as_markdown(item.text)}  \n{known if row.mastery.questions else text.PROGRESS_UNKNOWN}"
        )
        home = session.syllabus.home_of(item.id)
        if home and right.button(text.PROGRESS_PRACTISE, key=f"practise-{item.id}", width="stretch"):
            start_here(session, QuizRequest(PRACTISE, 0, objective=home[1].id, focus=Focus.WEAK))


def _show_sections(session: Session, attempts: list[Attempt]) -> None:
    rows = []
    for section in session.syllabus.sections:
        mastery = mastery_of([one for one in attempts if section_of(session.syllabus, one) == section.number])
        rows.append(
            {
                "section": f"{section.number} · {section.title}",
                "share": mastery.share if mastery.questions else None,
                "low": mastery.low,
                "high": mastery.high,
                "questions": mastery.questions,
                "weight": section.weight,
            }
        )
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("section:N", title=None, sort=None, axis=alt.Axis(labelLimit=260)),
        tooltip=[
            alt.Tooltip("share:Q", format=".0%", title=text.PROGRESS_SHARE),
            alt.Tooltip("low:Q", format=".0%", title=text.PROGRESS_LOW),
            alt.Tooltip("high:Q", format=".0%", title=text.PROGRESS_HIGH),
            alt.Tooltip("questions:Q", title=text.PROGRESS_QUESTIONS),
            alt.Tooltip("weight:Q", title=text.PROGRESS_WEIGHT),
        ],
    )
    axis = alt.X("low:Q", title=text.PROGRESS_SHARE, scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format=".0%"))
    interval = base.mark_rule(strokeWidth=8, opacity=0.45, strokeCap="round", color=GREEN).encode(
        x=axis, x2="high:Q", opacity=alt.condition("datum.questions > 0", alt.value(0.45), alt.value(0))
    )
    point = base.mark_point(size=140, filled=True, opacity=1, color=GREEN).encode(x="share:Q")
    st.altair_chart((interval + point).properties(height=230), width="stretch")


def _show_forecast(session: Session) -> None:
    """What to expect of a mock exam, once there are enough answers."""
    expected = Service(session).progress().forecast
    if expected is not None:
        st.markdown(text.PROGRESS_FORECAST.format(**expected.model_dump()))
        st.caption(text.PROGRESS_FORECAST_NOTE)


def _show_calibration(attempts: list[Attempt]) -> None:
    """How often answers were right when one was sure, and when not."""
    st.subheader(text.PROGRESS_SURE)
    rows = [one for one in calibration(attempts) if one.answers]
    if not rows:
        st.caption(text.PROGRESS_SURE_HINT)
        return
    data = [asdict(one) | {"said": text.PROGRESS_SURE_SAID[one.said]} for one in rows]
    base = alt.Chart(alt.InlineData(values=data)).encode(
        y=alt.Y("said:N", title=None, sort=None, axis=alt.Axis(labelLimit=260)),
        tooltip=[alt.Tooltip("right:Q"), alt.Tooltip("answers:Q")],
    )
    scale = alt.Scale(domain=[0, 1])
    x = alt.X("low:Q", title=text.PROGRESS_SHARE, scale=scale, axis=alt.Axis(format=".0%"))
    interval = base.mark_rule(strokeWidth=8, opacity=0.45, strokeCap="round", color=GREEN).encode(x=x, x2="high:Q")
    point = base.mark_point(size=140, filled=True, opacity=1, color=GREEN).encode(x="share:Q")
    st.altair_chart((interval + point).properties(height=110), width="stretch")
    for row in data:
        st.caption(text.PROGRESS_SURE_ROW.format(**row))


def _show_considerations(session: Session, attempts: list[Attempt]) -> None:
    rows = study_next(session.syllabus, attempts)
    rows.sort(key=lambda row: row.consideration.id)
    names = text.PROGRESS_COLUMNS
    st.dataframe(
        {
            names[0]: [row.consideration.id for row in rows],
            names[1]: [row.consideration.text for row in rows],
            names[2]: [100 * row.mastery.share if row.mastery.questions else None for row in rows],
            names[3]: [
                f"{row.mastery.low:.0%} – {row.mastery.high:.0%}" if row.mastery.questions else "" for row in rows
            ],
            names[4]: [row.mastery.questions for row in rows],
            names[5]: [100 * row.exam_share for row in rows],
        },
        column_config={
            names[2]: st.column_config.ProgressColumn(format="%.0f%%", max_value=100),
            names[5]: st.column_config.NumberColumn(format="%.1f%%"),
        },
        width="stretch",
        hide_index=True,
    )


def _day(day: date) -> str:
    return f"{day:%b} {day.day}"


def _show_history(attempts: list[Attempt]) -> None:
    rows = [
        {"day": _day(one.at.date()), "verdict": text.CHOICE_RIGHT if one.correct else text.CHOICE_WRONG}
        for one in attempts
    ]
    chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar(size=BAR)
        .encode(
            x=alt.X("day:O", title=None, sort=None, axis=alt.Axis(labelAngle=0)),
            y=alt.Y("count():Q", title=text.PROGRESS_ANSWERS),
            color=alt.Color(
                "verdict:N",
                title=None,
                scale=alt.Scale(domain=[text.CHOICE_RIGHT, text.CHOICE_WRONG], range=[GREEN, RUST]),
            ),
        )
        .properties(height=220)
    )
    st.altair_chart(chart, width="stretch")


def _show_due(session: Session, now: datetime) -> None:
    days = Counter(max(moment, now).date() for moment in session.progress.due_dates())
    ahead = [now.date() + timedelta(days=at) for at in range(DAYS_AHEAD)]
    rows = [{"day": _day(day), "due": days[day]} for day in ahead]
    st.subheader(text.PROGRESS_AHEAD)
    chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar(color=GREEN, size=BAR)
        .encode(
            x=alt.X("day:O", title=None, sort=None, axis=alt.Axis(labelAngle=0)),
            y=alt.Y("due:Q", title=text.PROGRESS_DUE),
        )
    )
    st.altair_chart(chart.properties(height=180), width="stretch")


def _show_plan(session: Session, now: datetime) -> None:
    st.subheader(text.PLAN)
    known = session.progress.exam_date()
    tomorrow = now.date() + timedelta(days=1)
    shown = known if known is None or known >= tomorrow else None
    chosen = st.date_input(text.PLAN_DATE, value=shown, min_value=tomorrow, format="MM/DD/YYYY")
    if chosen is None:
        st.caption(text.PLAN_NONE)
        return
    try:
        days = session.plan(now, chosen)
    except StudyError as error:
        st.error(said(error))
        return
    if chosen != known:
        session.progress.set_exam_date(chosen)
    titles = {one.id: f"{one.id} {one.text}" for one in session.syllabus.considerations}
    st.dataframe(
        {
            text.PLAN_COLUMNS[0]: [f"{one.day:%a}, {_day(one.day)}" for one in days],
            text.PLAN_COLUMNS[1]: ["; ".join(titles[name] for name in one.considerations) for one in days],
            text.PLAN_COLUMNS[2]: [one.reviews or None for one in days],
            text.PLAN_COLUMNS[3]: [text.PLAN_MOCK if one.mock_exam else "" for one in days],
        },
        width="stretch",
        hide_index=True,
    )


def _show_exports(session: Session) -> None:
    with st.expander(text.EXPORT):
        st.caption(text.EXPORT_HINT)
        with st.container(horizontal=True):
            st.download_button(
                text.EXPORT_JSON, lambda: exchange.export_json(session.exported()), "groundwork.json", on_click="ignore"
            )
            st.download_button(
                text.EXPORT_CSV,
                lambda: sheets.attempts_csv(session.progress.attempts()),
                "groundwork.csv",
                on_click="ignore",
            )
            st.download_button(text.EXPORT_ANKI, lambda: _anki(session), "groundwork.apkg", on_click="ignore")
        _offer_import(session)
    with st.expander(text.DELETE):
        agreed = st.checkbox(text.DELETE_AGREE)
        if st.button(text.DELETE_EVERYTHING, disabled=not agreed):
            session.progress.delete_everything()
            StudyList(session.home).clear()
            visitor().quiz = visitor().exam = None
            st.rerun()


def _offer_import(session: Session) -> None:
    """Read back what was exported; what is there already is not doubled."""
    file = st.file_uploader(text.IMPORT, type="json")
    if file is None or not st.button(text.IMPORT_BUTTON):
        return
    try:
        found = exchange.parse_json(file.getvalue(), file.name)
        new = session.import_exchange(found, now=datetime.now(UTC))
    except StudyError as error:
        st.error(said(error))
        return
    kept = len(found.kept_questions)
    st.toast(text.IMPORTED.format(new=new, attempts=len(found.attempts), kept=kept))
    st.rerun()


def _anki(session: Session) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "groundwork.apkg"
        session.export_anki(path)
        return path.read_bytes()
