"""Which part of the library a question is asked of: all, one's own, what ships, one exam section, or one document."""

from dataclasses import dataclass

import streamlit as st

from assistant.answer import Assistant
from assistant.library import ships
from assistant.question.query import Query
from assistant.search.retrieval import Belongs, Findings, Retriever
from assistant.session import Session
from ui import text

CHOSEN = "search-in"
"""Key under which Streamlit keeps the choice."""
LISTED = 200
"""Documents offered at most; a longer list is slow to draw."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A part of the library; at most one of the fields is set."""

    part: str = ""
    """`mine` or `shipped`."""
    section: int | None = None
    source: str = ""

    @property
    def whole(self) -> bool:
        """Whether nothing is left out."""
        return self == WHOLE


WHOLE = Scope()


class _Narrowed(Retriever):
    """A retriever that looks only where a scope allows."""

    def __init__(self, base: Retriever, allowed: frozenset[str]) -> None:
        self.__dict__.update(base.__dict__)
        self._sources = allowed

    def find(self, query: Query, *, belongs: Belongs | None = None) -> Findings:
        def both(source: str, heading: str) -> bool:
            return source in self._sources and (belongs is None or belongs(source, heading))

        return super().find(query, belongs=both)


def assistant_for(session: Session, scope: Scope) -> Assistant:
    """The assistant over a part of the library; a section is left to its own `section`."""
    if not scope.part and not scope.source:
        return session.assistant
    records = session.index.records()
    allowed = {scope.source} if scope.source else {one.name for one in records if ships(one) == (scope.part != "mine")}
    retriever = _Narrowed(session.retriever, frozenset(allowed))
    return Assistant(retriever, session.syllabus, refuse_below=session.settings.answers.refuse_below)


def label_of(scope: Scope, session: Session) -> str:
    """How a scope is named on the screen."""
    if scope.section is not None:
        return text.SCOPE_SECTION.format(number=scope.section, title=session.syllabus.section(scope.section).title)
    if scope.source:
        return text.SCOPE_DOCUMENT.format(name=scope.source.rsplit("/", 1)[-1])
    return {"mine": text.SCOPE_MINE, "shipped": text.LIBRARY_SHIPPED}.get(scope.part, text.ALL_MATERIAL)


def offered(session: Session) -> list[Scope]:
    """All that can be chosen; one's own and what ships only where there are both."""
    records = session.index.records()
    kinds = {ships(record) for record in records}
    parts = [Scope("mine"), Scope("shipped")] if len(kinds) > 1 else []
    sections = [Scope(section=one.number) for one in session.syllabus.sections]
    mine_first = sorted(records, key=lambda record: (ships(record), record.name))
    return [WHOLE, *parts, *sections, *(Scope(source=record.name) for record in mine_first[:LISTED])]


def choose_scope(session: Session) -> Scope:
    """The picker."""
    options = offered(session)
    if st.session_state.get(CHOSEN, WHOLE) not in options:
        st.session_state[CHOSEN] = WHOLE
    return (
        st.selectbox(text.ASK_SECTION, options, format_func=lambda scope: label_of(scope, session), key=CHOSEN) or WHOLE
    )


def chosen_scope() -> Scope:
    """What is chosen now, before the picker is drawn."""
    found = st.session_state.get(CHOSEN)
    return found if isinstance(found, Scope) else WHOLE
