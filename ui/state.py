"""What the app keeps: one library session for all visitors, and per visitor the conversation, the quiz, the open source."""

from dataclasses import dataclass, field
from pathlib import Path

import streamlit as st

from assistant.answers import Answer, Citation
from assistant.practice.questions import Question
from assistant.session import Session
from ingest.settings import find_home


@st.cache_resource(show_spinner=False)
def _session(home: str) -> Session:
    session = Session(Path(home))
    session.index.lexical()
    return session


def shared_session() -> Session:
    """The home's session with models and index loaded; every visitor shares it. Raises `StudyError`."""
    return _session(str(find_home()))


def drop_session() -> None:
    """Forget the shared session, so that settings and index are read again."""
    _session.clear()


@dataclass
class Quiz:
    """A quiz in progress: which question is shown, and the choices given so far by position."""

    id: str
    questions: list[Question]
    position: int = 0
    chosen: dict[int, frozenset[int]] = field(default_factory=dict)


@dataclass
class Visitor:
    """The state of one browser session."""

    answers: list[Answer] = field(default_factory=list)
    conversation: str | None = None
    """Which stored conversation `answers` is; none before the first question."""
    open_citation: Citation | None = None
    turned_pages: int = 0
    """Pages turned from the cited one in the open source."""
    quiz: Quiz | None = None


def visitor() -> Visitor:
    """This browser session's state."""
    if "visitor" not in st.session_state:
        st.session_state["visitor"] = Visitor()
    found: Visitor = st.session_state["visitor"]
    return found
