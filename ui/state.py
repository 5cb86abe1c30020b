"""What the app keeps: a library session for the home or for each signed-in person, and for each visitor what is open."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from assistant.answers import Answer, Citation
from assistant.people import People, session_for
from assistant.search.retrieval import Passage
from assistant.session import Session
from ingest.errors import SettingsError
from ingest.settings import find_home
from ui.sign_in import is_asked, signed_in
from ui.sources_choice import Scope

if TYPE_CHECKING:
    from ui.reading import Place


@st.cache_resource(show_spinner=False)
def _session(home: str, key: str) -> Session:
    session = session_for(_session(home, ""), key, now=datetime.now(UTC)) if key else Session(Path(home))
    session.index.lexical()
    session.writers.warm_up()
    return session


def shared_session() -> Session:
    """The session with models and index loaded: the home's, which every visitor shares, or the signed-in person's own.

    Raises `StudyError`.
    """
    person = signed_in()
    if person is None and is_asked():
        raise SettingsError("Sign in first: nobody is signed in here any more.")
    return _session(str(find_home()), person.key if person else "")


def new_session() -> Session:
    """A session of the present user with nothing opened yet, to rebuild what cannot be opened."""
    home, person = find_home(), signed_in()
    shared = Session(home)
    return Session(People(home).folder(person.key), shared=shared) if person else shared


def drop_session() -> None:
    """Forget the shared session, so that settings and index are read again."""
    _session.clear()


@dataclass
class Unanswered:
    """A question whose answer is on its way, or did not come; kept over reruns so that neither it nor its evidence is lost."""

    question: str
    scope: Scope
    passages: tuple[Passage, ...] = ()
    fault: str = ""
    started: bool = False
    """Whether a model has begun to write; once it has and the page is drawn again, it was interrupted."""


@dataclass(frozen=True, slots=True)
class RemovedSource:
    """A source that was just removed; `data` holds an upload's bytes, since its copy went with it."""

    name: str
    path: Path
    data: bytes | None


ExamState = tuple[dict[int, frozenset[int]], frozenset[int]]
"""Answers and marks of an exam, to notice what another tab changed."""


@dataclass
class Visitor:
    """The state of one browser session."""

    answers: list[Answer] = field(default_factory=list)
    conversation: str | None = None
    """Which stored conversation `answers` is; none before the first question."""
    unanswered: Unanswered | None = None
    pending: tuple[str, Scope] | None = None
    """A question that a button asked, with the part of the library to search; answered when the page is drawn."""
    narrowed: dict[int, Scope] = field(default_factory=dict)
    """Answers of the conversation that were declined while only a part of the library was searched, and which."""
    reported: set[int] = field(default_factory=set)
    """Answers of the conversation that were reported."""
    deleted: tuple[str, list[Answer]] | None = None
    """Title and answers of the conversation deleted last, for undo."""
    open_citation: Citation | None = None
    reading: "Place | None" = None
    """What is open on the Read page."""
    turned_pages: int = 0
    """Pages turned from the cited one in the open source."""
    quiz: str | None = None
    """Id of the quiz this visitor sits; its questions and answers are in the progress database."""
    shown_question: int = 0
    quiz_note: str = ""
    quiz_complaint: str = ""
    """Why the answer could not be checked."""
    quiz_topic: str = ""
    """What the next quiz is to be made on, when one came from an answer."""
    looked_at: tuple[str, int, float] = ("", 0, 0.0)
    """The sitting and the position of the question that is shown, and since when (monotonic seconds)."""
    page: str = ""
    """The page drawn last, by its name in the address."""
    begun: str = ""
    """The button whose work was begun and is not done; see `pressed`."""
    exam: str | None = None
    """Id of the mock exam this visitor sits or looks at."""
    shown_exam_question: int = 0
    exam_seen: ExamState | None = None
    """The exam as this tab drew it last."""
    exam_told: bool = False
    """Whether this tab has to say that another one changed the exam."""
    library_fault: str = ""
    """Why a source could not be removed."""
    removed: RemovedSource | None = None
    """The source removed last, for undo."""


PLACE = "q"
"""The question shown, in a page's address, so that a reload returns to it."""


def place_in_address() -> int | None:
    """Position of the question that the address names."""
    wanted = st.query_params.get(PLACE, "")
    return max(0, int(wanted) - 1) if wanted.isascii() and wanted.isdigit() else None


PAGES = "pages"


def open_page(name: str) -> None:
    """Go to another page by its name in the address."""
    page = st.session_state.get(PAGES, {}).get(name)
    if page is not None:
        st.switch_page(page)


def pressed(label: str) -> bool:
    """A primary button for work that takes a while: True from the press until the work under `working` is over.

    Streamlit forgets a press when something else draws the page again while the work still runs.
    """
    st.button(label, type="primary", on_click=_begin, args=(label,))
    return visitor().begun == label


def _begin(label: str) -> None:
    visitor().begun = label


@contextmanager
def working() -> Iterator[None]:
    """The work of the button that was pressed: over when it ends or fails, not when the page is drawn again meanwhile."""
    try:
        yield
    except Exception:  # what redraws a page is no `Exception` in Streamlit, and leaves the button pressed
        visitor().begun = ""
        raise
    visitor().begun = ""


def come_to(page: str) -> None:
    """A page is about to be drawn; work that was begun on another one is not gone on with."""
    state = visitor()
    if page != state.page:
        state.page, state.begun = page, ""


def visitor() -> Visitor:
    """This browser session's state."""
    if "visitor" not in st.session_state:
        st.session_state["visitor"] = Visitor()
    found: Visitor = st.session_state["visitor"]
    return found
