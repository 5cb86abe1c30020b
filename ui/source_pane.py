"""The reader: a rendered section of a note, the real page of a PDF, or the passage in context, with the quote marked."""

from typing import Literal

import streamlit as st

from assistant.answers import Citation
from assistant.practice.questions import Reference
from assistant.session import Session
from ui import text
from ui.note_view import show_section
from ui.notes import RENDERED, section_at, sections
from ui.page_image import render_page
from ui.reading import place_of, read, title_of
from ui.render import as_markdown, quote_in_page
from ui.state import visitor

Scope = Literal["app", "fragment"]
"""What is drawn again when a page is turned."""


def show_source(session: Session, citation: Citation) -> None:
    """The reader beside the conversation."""
    with st.container(horizontal=True, vertical_alignment="center", key="gw-reader-bar"):
        if st.button(text.SOURCE_CLOSE, icon=":material/close:", key="close-source"):
            visitor().open_citation = None
            st.rerun()
        if st.button(text.SOURCE_LARGER, icon=":material/open_in_full:", key="larger-source", type="tertiary"):
            open_source(session, citation)
        if st.button(text.SOURCE_READ, icon=":material/auto_stories:", key="read-source", type="tertiary"):
            read(place_of(citation))
    st.subheader(text.SOURCE)
    _show_place(session, citation, "app")


@st.dialog(text.SOURCE, width="large")
def open_source(session: Session, citation: Citation) -> None:
    """The reader over the page that is shown."""
    if st.button(text.SOURCE_READ, icon=":material/auto_stories:", key="read-dialog", type="tertiary"):
        read(place_of(citation))
    _show_place(session, citation, "fragment")


def open_reference(session: Session, reference: Reference) -> None:
    """The words that a choice rests on, in the reader; says so where the library no longer holds them."""
    citation = session.library.citation_of(reference)
    if citation is None:
        st.warning(text.SOURCE_MISSING)
        return
    visitor().turned_pages = 0
    open_source(session, citation)


def _show_place(session: Session, citation: Citation, scope: Scope) -> None:
    page = session.index.page_text(citation.source, citation.page)
    if page[citation.start : citation.end] != citation.quote:
        st.warning(text.SOURCE_MISSING)
    elif citation.source.lower().endswith(RENDERED):
        _show_note(session, citation, page, scope)
    elif not _show_pdf_page(session, citation, scope):
        _say_place(session, citation, citation.chunk.heading)
        st.html(quote_in_page(page, citation.start, citation.end))


def _say_place(session: Session, citation: Citation, heading: str) -> None:
    place = "" if citation.source.endswith(text.UNPAGED) else f", {citation.locator}"
    st.caption(as_markdown(f"{title_of(session, citation.source)}{place}"), help=as_markdown(citation.source))
    if heading:
        st.markdown(f"**{as_markdown(heading)}**")


def _show_note(session: Session, citation: Citation, page: str, scope: Scope) -> None:
    """The section the quote stands in, rendered, and the sections around it."""
    found = sections(page)
    cited = section_at(found, citation.start)
    at = min(max(cited + visitor().turned_pages, 0), len(found) - 1)
    _say_place(session, citation, "" if at != cited else " › ".join(citation.chunk.heading_path[:-1]))
    show_section(page, found[at], citation.start, citation.end)
    _turn(text.SECTION_BACK, text.SECTION_FORTH, scope, at=at, count=len(found))


def _turn(back: str, forth: str, scope: Scope, *, at: int, count: int) -> None:
    """Buttons to the places before and after, and back to the quote."""
    state = visitor()
    with st.container(horizontal=True, key=f"gw-turn-{scope}"):
        steps = (
            (back, state.turned_pages - 1, at <= 0),
            (forth, state.turned_pages + 1, at >= count - 1),
            (text.SOURCE_CITED, 0, state.turned_pages == 0),
        )
        for label, turned, disabled in steps:
            if st.button(label, disabled=disabled, key=f"{label}-{scope}"):
                state.turned_pages = turned
                st.rerun(scope=scope)


def _show_pdf_page(session: Session, citation: Citation, scope: Scope) -> bool:
    """The real page with the quote marked, and the pages around it; False when there is no such picture to show."""
    path = session.index.path_of(citation.source)
    if path is None or path.suffix.lower() != ".pdf" or not path.exists():
        return False
    turned = citation.page + visitor().turned_pages
    here = turned == citation.page
    image = render_page(path, turned, citation.quote_on(turned))
    if image is None or (here and not image.marked):
        return False
    st.caption(as_markdown(title_of(session, citation.source)), help=as_markdown(citation.source))
    if here and citation.chunk.heading:
        st.markdown(f"**{as_markdown(citation.chunk.heading)}**")
    st.image(image.png, caption=text.SOURCE_PAGE_OF.format(page=turned, pages=image.pages), width="stretch")
    _turn(text.PAGE_BACK, text.PAGE_FORTH, scope, at=turned - 1, count=image.pages)
    return True
