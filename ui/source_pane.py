"""A cited source: the real page or the passage in its context, with the quote marked."""

from typing import Literal

import streamlit as st

from assistant.answers import Citation
from assistant.session import Session
from ui import text
from ui.page_image import render_page
from ui.render import as_markdown, quote_in_page
from ui.state import visitor

Scope = Literal["app", "fragment"]
"""What is drawn anew when a page is turned."""


def show_source(session: Session, citation: Citation) -> None:
    """The source beside the conversation."""
    st.subheader(text.SOURCE)
    _show_place(session, citation, "app")
    if st.button(text.SOURCE_CLOSE):
        visitor().open_citation = None
        st.rerun()


@st.dialog(text.SOURCE, width="large")
def open_source(session: Session, citation: Citation) -> None:
    """The source over the page that is shown."""
    _show_place(session, citation, "fragment")


def _show_place(session: Session, citation: Citation, scope: Scope) -> None:
    """The cited place: a PDF's real page with the quote marked, or the passage in its context."""
    st.caption(as_markdown(text.SOURCE_PLACE.format(source=citation.source, place=citation.chunk.locator)))
    if citation.chunk.heading:
        st.markdown(f"**{as_markdown(citation.chunk.heading)}**")
    page = session.index.page_text(citation.source, citation.page)
    if page[citation.start : citation.end] != citation.quote:
        st.warning(text.SOURCE_MISSING)
    elif not _show_pdf_page(session, citation, scope):
        st.html(quote_in_page(page, citation.start, citation.end))


def _show_pdf_page(session: Session, citation: Citation, scope: Scope) -> bool:
    """The real page with the quote marked, and the pages around it; False when there is no such picture to show."""
    path = session.index.path_of(citation.source)
    if path is None or path.suffix.lower() != ".pdf" or not path.exists():
        return False
    state = visitor()
    turned = citation.page + state.turned_pages
    image = render_page(path, turned, citation.quote if turned == citation.page else "")
    if image is None or (turned == citation.page and not image.marked):
        return False
    st.image(image.png, caption=text.SOURCE_PAGE_OF.format(page=turned, pages=image.pages), width="stretch")
    back, forth = st.columns(2)
    if back.button(text.PAGE_BACK, disabled=turned <= 1, width="stretch"):
        state.turned_pages -= 1
        st.rerun(scope=scope)
    if forth.button(text.PAGE_FORTH, disabled=turned >= image.pages, width="stretch"):
        state.turned_pages += 1
        st.rerun(scope=scope)
    return True
