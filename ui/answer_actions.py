"""What one can do with an answer: copy it, be quizzed on it, keep a card, add it to the plan, report it."""

import json
import random
from datetime import UTC, datetime

import streamlit as st
from pydantic import TypeAdapter

from assistant.answers import Answer
from assistant.practice.questions import Origin
from assistant.practice.quiz import QuizRequest
from assistant.progress.store import MadeStatus
from eval.material import MarkedCases
from ingest.errors import StudyError
from ui import text
from ui.citation_links import copy_link
from ui.problems import said
from ui.state import open_page, shared_session, visitor
from ui.study_list import Item, StudyList

_ANSWER = TypeAdapter(Answer)
REPORTS = "reported-answers.jsonl"


def show_actions(answer: Answer, number: int) -> None:
    """The row below an answer; a refusal can only be reported."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key=f"gw-actions-{number}"):
        if not answer.refused:
            st.markdown(copy_link(number), width="content")
            if st.button(text.QUIZ_ME, icon=":material/quiz:", key=f"quiz-{number}", type="tertiary"):
                _quiz(answer)
            if st.button(text.MAKE_CARD, icon=":material/style:", key=f"card-{number}", type="tertiary"):
                _make_card(answer)
            if st.button(text.ADD_TO_PLAN, icon=":material/event_available:", key=f"plan-{number}", type="tertiary"):
                _add_to_plan(answer)
        if number in visitor().reported:
            st.caption(text.WRONG_SAVED)
        elif st.button(text.WRONG, icon=":material/flag:", key=f"wrong-{number}", type="tertiary"):
            _report(answer)
            visitor().reported.add(number)
            st.rerun()
    if number in visitor().reported:
        _offer_details(answer, number)


def _topic(answer: Answer) -> str:
    return answer.understood or answer.question


def _quiz(answer: Answer) -> None:
    visitor().quiz_topic = _topic(answer)
    visitor().quiz = None
    open_page("practice")


def _make_card(answer: Answer) -> None:
    """Make a question from the passages of the answer and keep it, so that it comes up in practice and in the export."""
    session, now = shared_session(), datetime.now(UTC)
    seed = random.SystemRandom().randrange(2**31)
    try:
        with st.spinner(text.PRACTICE_WORKING):
            made = session.quizzes.draw(
                QuizRequest(1, seed, topic=_topic(answer), origin=Origin.GENERATED), now=now
            ).questions
        session.progress.keep_made(made, MadeStatus.KEPT, now=now)
    except StudyError:
        st.toast(text.CARD_NONE)
        return
    st.toast(text.CARD_MADE.format(prompt=made[0].prompt))


def _add_to_plan(answer: Answer) -> None:
    session, first = shared_session(), answer.citations[0]
    _, objective, _ = session.syllabus.place_of(first.source, first.chunk.heading_path)
    added = StudyList(session.home).add(Item(_topic(answer), first.source, first.page, first.start, objective))
    st.toast(text.PLAN_ADDED if added else text.PLAN_THERE)


def report_json(answer: Answer) -> str:
    """All of an answer on one line, for readers of the report."""
    record = {
        "reported": datetime.now(UTC).isoformat(timespec="seconds"),
        "answer": _ANSWER.dump_python(answer, mode="json"),
    }
    return json.dumps(record, ensure_ascii=False)


def _report(answer: Answer) -> None:
    folder = shared_session().home / "evaluation"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / REPORTS).open("a", encoding="utf-8") as file:
        file.write(report_json(answer) + "\n")


def _offer_details(answer: Answer, number: int) -> None:
    """Optional: the words that would have answered, and the report as a file to send to someone."""
    details = st.expander(text.WRONG_DETAILS, key=f"details-{number}", on_change="rerun")
    if not details.open:
        return
    with details:
        st.caption(text.WRONG_HINT)
        right = st.text_area(text.WRONG_RIGHT, key=f"right-{number}", placeholder=text.WRONG_NONE)
        with st.container(horizontal=True):
            if st.button(text.WRONG_SAVE, key=f"mark-{number}"):
                _mark(answer, right)
            name = "groundwork-report.json"
            st.download_button(text.WRONG_FILE, report_json(answer), name, on_click="ignore", key=f"file-{number}")


def _mark(answer: Answer, right: str) -> None:
    """Note it as a case of your own evaluation."""
    session = shared_session()
    try:
        case = MarkedCases(session.home).mark(_topic(answer), session.index, right=right)
    except StudyError as error:
        st.error(said(error))
    else:
        st.success(text.WRONG_DETAILED if case.gold else text.WRONG_SAVED_REFUSE)
