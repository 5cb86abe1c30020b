"""The report of a mock exam: score, time, sections, what to read next, and every question to open, filter and practice."""

import streamlit as st

from assistant.practice.exam import PartResult, read_next, results_by_objective, results_by_section
from assistant.practice.questions import Grade, Reference
from assistant.progress.report import Shown, report_of
from assistant.progress.store import Sitting
from assistant.session import Session
from ingest.units import plain
from ui import text
from ui.question import show_reasons, show_verdict
from ui.quiz_start import start_with
from ui.render import as_markdown, as_prose, short
from ui.source_pane import open_reference
from ui.state import open_page, visitor

PLACES = 3
"""Places to read that are shown for an objective before the rest is folded."""
PROMPT = 90


def show_report(session: Session, sitting: Sitting) -> None:
    """Draw the report."""
    grades = sitting.grades()
    _show_figures(sitting, grades)
    st.caption(text.EXAM_NO_PASSING_SCORE)
    titles = {str(one.number): one.title for one in session.syllabus.sections}
    _show_table(text.PRACTICE_SECTION, results_by_section(sitting.questions, grades), titles)
    objectives = results_by_objective(sitting.questions, grades)
    with st.expander(text.EXAM_BY_OBJECTIVE):
        titles = {one.id: one.title for section in session.syllabus.sections for one in section.objectives}
        _show_table(text.PRACTICE_OBJECTIVE, objectives, titles)
    _say_read_next(session, objectives)
    _show_questions(session, sitting, grades)
    if st.button(text.EXAM_CLOSE, type="primary"):
        visitor().exam = None
        st.rerun()


def _show_figures(sitting: Sitting, grades: list[Grade]) -> None:
    right, total = sum(one.correct for one in grades), len(grades)
    st.subheader(text.PRACTICE_RESULT.format(right=right, total=total))
    used = (sitting.finished - sitting.started).total_seconds() if sitting.finished else 0
    figures = (
        (text.EXAM_SCORE, f"{right / total:.0%}"),
        (text.EXAM_RIGHT, f"{right}/{total}"),
        (text.EXAM_OPEN, str(total - len(sitting.chosen))),
        (text.EXAM_USED, text.EXAM_MINUTES.format(minutes=round(used / 60))),
    )
    with st.container(horizontal=True, gap="large"):
        for label, value in figures:
            st.metric(label, value, width="content")


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
        column_config={share: st.column_config.ProgressColumn(format="%.0f%%", max_value=100)},
        width="stretch",
        hide_index=True,
    )


def _say_read_next(session: Session, objectives: list[PartResult]) -> None:
    """The weakest objectives, each with links to the places that settle what was missed."""
    weakest = read_next(objectives)
    if weakest:
        st.subheader(text.EXAM_READ_NEXT)
    for row in weakest:
        title = session.syllabus.objective(row.name).title
        st.markdown(f"**{as_markdown(f'{row.name} {title}')}** ({row.right}/{row.asked})")
        places = {session.library.place_of(one): one for one in row.missed}
        for number, (place, reference) in enumerate(list(places.items())[:PLACES]):
            _link(session, place, reference, f"read-{row.name}-{number}")
        if rest := list(places.items())[PLACES:]:
            with st.expander(text.EXAM_READ_MORE.format(count=len(rest))):
                for number, (place, reference) in enumerate(rest):
                    _link(session, place, reference, f"read-{row.name}-more-{number}")


def _link(session: Session, place: str, reference: Reference, key: str) -> None:
    name = short(place.rpartition(" › ")[2], PROMPT)
    if st.button(as_markdown(name), key=key, type="tertiary", icon=":material/menu_book:"):
        open_reference(session, reference)


def _filtered(sitting: Sitting) -> dict[Shown, list[int]]:
    """Positions of the questions behind each filter that the app offers; those with none only where they mean something."""
    report = report_of(sitting)
    found = {one: [item.position for item in report.show(one)] for one in map(Shown, text.EXAM_FILTERS)}
    return {one: at for one, at in found.items() if at or one not in (Shown.SURE_AND_WRONG, Shown.SLOW)}


def _show_questions(session: Session, sitting: Sitting, grades: list[Grade]) -> None:
    found = _filtered(sitting)
    chosen = st.segmented_control(
        text.EXAM_FILTER,
        list(found),
        default=Shown.WRONG if found[Shown.WRONG] else Shown.ALL,
        format_func=lambda one: text.EXAM_FILTER_COUNT.format(label=text.EXAM_FILTERS[one], count=len(found[one])),
        key=f"filter-{sitting.id}",
    )
    shown = found[chosen or Shown.ALL]
    if not shown:
        st.caption(text.EXAM_NONE_HERE)
    elif st.button(text.EXAM_PRACTICE_THESE.format(count=len(shown)), key="practice-these"):
        start_with(session, [sitting.questions[at] for at in shown])
        open_page("practice")
    for at in shown:
        show_answered(session, sitting, at, grades[at])


def show_answered(session: Session, sitting: Sitting, at: int, graded: Grade, *, lazy: bool = True) -> None:
    """A question that was graded, folded; a long report draws what is inside once it is opened."""
    question, chosen, key = sitting.questions[at], sitting.chosen.get(at, frozenset()), f"result-{sitting.id}-{at}"
    icon = "check_circle" if graded.correct else "cancel" if chosen else "radio_button_unchecked"
    flag = " :material/flag:" if at in sitting.marked else ""
    seconds = sitting.seconds.get(at)
    took = f" · {text.EXAM_TOOK.format(seconds=round(seconds))}" if seconds else ""
    label = f":material/{icon}:{flag} {at + 1}\\. {as_markdown(short(plain(question.prompt), PROMPT))}{took}"
    opened = st.expander(label, key=key, on_change="rerun" if lazy else "ignore")
    if lazy and not opened.open:
        return
    with opened:
        st.markdown(as_prose(question.prompt))
        show_verdict(question, graded, chosen, key)
        show_reasons(session, question, chosen, key)
