"""Sits a visitor down to a quiz: one drawn for a request, or given questions."""

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from assistant.practice.questions import Origin, Question
from assistant.practice.quiz import QuizRequest
from assistant.progress.store import MadeStatus, Sitting, SittingKind
from assistant.session import Session
from ingest.errors import StudyError
from ui import text
from ui.problems import said
from ui.state import open_page, visitor


def start(session: Session, wish: QuizRequest, kind: SittingKind = SittingKind.QUIZ, *, at_once: bool = True) -> None:
    """A quiz graded after each question or at the end; raises `StudyError` when there is no question."""
    now = datetime.now(UTC)
    made = session.quizzes.draw(wish, now=now)
    if wish.origin is Origin.GENERATED:
        session.progress.keep_made(made.questions, MadeStatus.MADE, now=now)
    start_with(session, made.questions, kind, at_once=at_once)
    notes = []
    if len(made.questions) < made.asked:
        notes.append(text.PRACTICE_FEWER.format(made=len(made.questions), asked=made.asked))
    if made.again:
        notes.append(text.PRACTICE_AGAIN_SOME.format(again=made.again, made=len(made.questions)))
    visitor().quiz_note = " ".join(notes)


def start_here(session: Session, wish: QuizRequest, kind: SittingKind = SittingKind.QUIZ) -> None:
    """The same from any page: opens the player, or says on this page why there is no question."""
    try:
        start(session, wish, kind)
    except StudyError as error:
        st.error(said(error))
        return
    open_page("practice")


def start_with(
    session: Session, questions: Sequence[Question], kind: SittingKind = SittingKind.QUIZ, *, at_once: bool = True
) -> None:
    """A quiz of these questions."""
    resume(session.progress.begin(kind, questions, now=datetime.now(UTC), at_once=at_once))


def resume(sitting: Sitting) -> None:
    """Go on with a quiz at its first open question."""
    state = visitor()
    state.quiz, state.shown_question, state.quiz_note = sitting.id, sitting.first_open(), ""
