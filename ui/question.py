"""Draws a practice question: its choices, and after grading the reason for each with the words it rests on."""

from datetime import UTC, datetime

import streamlit as st

from assistant.practice.questions import LETTERS, Grade, Origin, Question, Reference
from assistant.progress.store import MadeStatus, Progress
from assistant.session import Session
from ingest.units import plain
from ui import text
from ui.render import as_markdown
from ui.source_pane import open_source
from ui.state import visitor


def ask_choices(question: Question, key: str, chosen: frozenset[int] = frozenset()) -> frozenset[int]:
    """Radio buttons or boxes, those in `chosen` set; returns the positions that are set."""
    labels = [f"{LETTERS[at]}\\. {as_markdown(choice.text)}" for at, choice in enumerate(question.choices)]
    count = len(question.key)
    if count == 1:
        now = st.radio(
            text.PRACTICE_CHOOSE_ONE,
            range(len(labels)),
            index=min(chosen) if chosen else None,
            format_func=labels.__getitem__,
            key=key,
        )
        return frozenset() if now is None else frozenset({now})
    st.caption(text.PRACTICE_CHOOSE.format(count=count))
    return frozenset(at for at, label in enumerate(labels) if st.checkbox(label, value=at in chosen, key=f"{key}-{at}"))


def show_reasons(session: Session, question: Question, graded: Grade, chosen: frozenset[int], key: str) -> None:
    """The verdict, and for every choice whether and why it is right, with its quote, which opens in its source."""
    if graded.correct:
        st.success(text.PRACTICE_RIGHT)
    elif graded.credit:
        st.warning(text.PRACTICE_PARTIAL.format(credit=graded.credit))
    else:
        st.error(text.PRACTICE_WRONG if chosen else text.PRACTICE_NO_ANSWER)
    for at, choice in enumerate(question.choices):
        verdict = text.CHOICE_RIGHT if choice.correct else text.CHOICE_WRONG
        mine = f" ({text.YOUR_CHOICE})" if at in chosen else ""
        icon = ":material/check_circle:" if choice.correct else ":material/cancel:"
        with st.container(border=True):
            st.markdown(f"{icon} **{LETTERS[at]}\\. {as_markdown(choice.text)}**")
            st.markdown(f"{verdict}{mine}: {as_markdown(choice.why)}")
            st.markdown(f"> {as_markdown(plain(choice.citation.quote))}")
            place = text.SOURCE_PAGE.format(source=choice.citation.source, page=choice.citation.page)
            if st.button(as_markdown(place), key=f"{key}-source-{at}", type="tertiary", icon=":material/menu_book:"):
                _open(session, choice.citation)


def _open(session: Session, reference: Reference) -> None:
    citation = session.citation_of(reference)
    if citation is None:
        st.warning(text.SOURCE_MISSING)
        return
    visitor().turned_pages = 0
    open_source(session, citation)


def offer_keeping(question: Question, progress: Progress, key: str) -> None:
    """For a made question: keep it in one's own bank, or report it as bad so that it never comes again."""
    if question.origin is not Origin.GENERATED:
        return
    with st.container(horizontal=True):
        for label, status, said in (
            (text.MADE_KEEP, MadeStatus.KEPT, text.MADE_KEPT),
            (text.MADE_REPORT, MadeStatus.REPORTED, text.MADE_REPORTED),
        ):
            if st.button(label, key=f"{key}-{status.value}"):
                progress.keep_made([question], status, now=datetime.now(UTC))
                st.toast(said)
