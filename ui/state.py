"""What the app keeps: one library session for all visitors, and per visitor the conversation, the quiz, the open source."""

from dataclasses import dataclass, field
from pathlib import Path

import streamlit as st

from assistant.answers import Answer, Citation
from assistant.retrieval import Passage
from assistant.session import Session
from ingest.settings import find_home


@st.cache_resource(show_spinner=False)
def _session(home: str) -> Session:
    session = Session(Path(home))
    session.index.lexical()
    session.warm_up()
    return session


def shared_session() -> Session:
    """The home's session with models and index loaded; every visitor shares it. Raises `StudyError`."""
    return _session(str(find_home()))


def drop_session() -> None:
    """Forget the shared session, so that settings and index are read again."""
    _session.clear()


@dataclass
class Unanswered:
    """A question whose answer is on its way, or did not come; kept over reruns so that neither it nor its evidence is lost."""

    question: str
    section: int | None
    passages: tuple[Passage, ...] = ()
    fault: str = ""


@dataclass
class Visitor:
    """The state of one browser session."""

    answers: list[Answer] = field(default_factory=list)
    conversation: str | None = None
    """Which stored conversation `answers` is; none before the first question."""
    unanswered: Unanswered | None = None
    open_citation: Citation | None = None
    turned_pages: int = 0
    """Pages turned from the cited one in the open source."""
    quiz: str | None = None
    """Id of the quiz this visitor sits; its questions and answers are in the progress database."""
    shown_question: int = 0
    quiz_note: str = ""
    quiz_topic: str = ""
    """What the next quiz is to be made on, when one came from an answer."""
    exam: str | None = None
    """Id of the mock exam this visitor sits or looks at."""
    shown_exam_question: int = 0


PAGES = "pages"


def open_page(name: str) -> None:
    """Go to another page by its name in the address."""
    page = st.session_state.get(PAGES, {}).get(name)
    if page is not None:
        st.switch_page(page)


def visitor() -> Visitor:
    """This browser session's state."""
    if "visitor" not in st.session_state:
        st.session_state["visitor"] = Visitor()
    found: Visitor = st.session_state["visitor"]
    return found
