"""Read: the notes as a book with contents, reading time and neighbors, and every other document page by page."""

import streamlit as st

from assistant.practice.questions import Focus
from assistant.practice.quiz import QuizRequest
from assistant.session import Session
from ingest.errors import StudyError
from ingest.units import plain
from ui import text
from ui.note_view import show_section
from ui.notes import RENDERED, Section, contents, reading_minutes, section_at, sections
from ui.page_image import render_page
from ui.problems import said
from ui.quiz_start import start
from ui.reading import Document, Place, documents
from ui.render import as_markdown, quote_in_page, short
from ui.scroll import scroll_to
from ui.state import open_page, shared_session, visitor

DOCUMENT, PAGE = "doc", "page"
"""In the page's address."""
WHOLE_PAGE = 60_000
"""Characters of a note that are shown at once; a longer one is shown section by section around the place."""
AROUND = 12
QUESTIONS = 10
FOUND, FOUND_WORDS = 8, 90


def show() -> None:
    """Draw the page."""
    session, state = shared_session(), visitor()
    st.title(text.READ)
    listed = documents(session)
    if not listed:
        st.info(text.NO_MATERIAL)
        if st.button(text.OPEN_LIBRARY, type="primary"):
            open_page("library")
        return
    if state.reading is None or state.reading.source not in {one.name for one in listed}:
        state.reading = _from_address(listed)
    _search(session)
    chosen = _choose(listed, state.reading)
    if chosen.name != state.reading.source:
        state.reading = Place(chosen.name)
    place = state.reading
    st.query_params.from_dict({DOCUMENT: place.source, PAGE: str(place.page)})
    _show_document(session, listed, chosen, place)


def _from_address(listed: list[Document]) -> Place:
    """The place that the address names, else the first note."""
    wanted, page = st.query_params.get(DOCUMENT), st.query_params.get(PAGE, "1")
    document = next((one for one in listed if one.name == wanted), None)
    if document is None:
        notes = [one for one in listed if one.name.lower().endswith(RENDERED)]
        return Place((notes or listed)[0].name)
    number = int(page) if page.isascii() and page.isdigit() else 1
    return Place(document.name, min(max(1, number), max(1, document.pages)))


def _search(session: Session) -> None:
    words = st.text_input(text.READ_SEARCH, placeholder=text.READ_SEARCH_HINT, key="read-search").strip()
    if not words:
        return
    try:
        found = session.assistant.search(words, k=FOUND)
    except StudyError as error:
        st.error(said(error))
        return
    if not found:
        st.caption(text.READ_SEARCH_NONE)
    with st.container(border=True, key="gw-found"):
        for at, passage in enumerate(found):
            chunk = passage.chunk
            heading = chunk.heading_path[-1] if chunk.heading_path else chunk.source.rsplit("/", 1)[-1]
            label = (
                f"**{as_markdown(short(heading, FOUND_WORDS))}** · {as_markdown(short(plain(chunk.text), FOUND_WORDS))}"
            )
            place = Place(chunk.source, chunk.page, chunk.start, chunk.end)
            st.button(label, key=f"found-{at}", type="tertiary", on_click=_open_found, args=(place,))


def _open_found(place: Place) -> None:
    visitor().reading = place
    st.session_state["read-search"] = ""


def _choose(listed: list[Document], place: Place) -> Document:
    by_name = {one.name: one for one in listed}
    st.session_state["read-document"] = place.source

    def label(name: str) -> str:
        one = by_name[name]
        return text.READ_MINE.format(title=one.title) if one.mine else one.title

    chosen = st.selectbox(text.READ_DOCUMENT, list(by_name), format_func=label, key="read-document", on_change=_turn_to)
    return by_name[chosen]


def _turn_to() -> None:
    visitor().reading = Place(st.session_state["read-document"])


def _show_document(session: Session, listed: list[Document], document: Document, place: Place) -> None:
    page = session.index.page_text(document.name, place.page)
    rendered = document.name.lower().endswith(RENDERED)
    found = sections(page) if rendered else []
    with st.container(horizontal=True, vertical_alignment="center"):
        if rendered:
            st.caption(text.READ_TIME.format(minutes=reading_minutes(page)), width="content")
        _offer_quiz(session, document)
    if rendered:
        links = "\n".join(
            f"{'  ' * max(0, level - 2)}- [{as_markdown(title)}](#{_anchor(at)})" for level, title, at in contents(page)
        )
        with st.container(key="gw-folded"), st.expander(text.READ_CONTENTS):
            st.markdown(links)
        side, body = st.columns([1, 3], gap="medium")
        with side, st.container(key="gw-contents"):
            st.markdown(f"**{text.READ_CONTENTS}**")
            st.markdown(links)
        with body, st.container(key="gw-book"):
            _show_note(page, found, place)
    else:
        _show_page(session, document, page, place)
    _show_neighbors(listed, document, place)


def _offer_quiz(session: Session, document: Document) -> None:
    if document.section is None or document.mine:
        return
    if st.button(text.READ_QUIZ.format(section=document.section), icon=":material/quiz:", key="quiz-section"):
        try:
            start(session, QuizRequest(QUESTIONS, 0, section=document.section, focus=Focus.FRESH))
        except StudyError as error:
            st.error(said(error))
            return
        open_page("practice")


def _anchor(at: int) -> str:
    return f"gw-heading-{at}"


def _show_note(page: str, found: list[Section], place: Place) -> None:
    at = section_at(found, place.start)
    shown = range(len(found))
    if len(page) > WHOLE_PAGE:
        shown = range(max(0, at - AROUND), min(len(found), at + AROUND + 1))
        st.caption(text.READ_PART)
    for number in shown:
        show_section(page, found[number], place.start, place.end, _anchor(number))
    if place.start or place.end:
        scroll_to(".st-key-gw-book mark" if place.end else f"#{_anchor(at)}", f"{place}")


def _show_page(session: Session, document: Document, page: str, place: Place) -> None:
    """A page of a PDF as it is printed, or the text of one of another kind, with what is marked."""
    path = session.index.path_of(document.name)
    if path is not None and path.suffix.lower() == ".pdf" and path.exists():
        image = render_page(path, place.page, page[place.start : place.end])
        if image is not None:
            st.image(image.png, caption=text.SOURCE_PAGE_OF.format(page=place.page, pages=image.pages), width="stretch")
            return
    st.html(quote_in_page(page, place.start, place.end, whole=True))


def _go_to(place: Place) -> None:
    visitor().reading = place


def _show_neighbors(listed: list[Document], document: Document, place: Place) -> None:
    """Buttons to the page or document before and after."""
    at = [one.name for one in listed].index(document.name)
    before = listed[at - 1] if at else None
    after = listed[at + 1] if at + 1 < len(listed) else None
    steps = (
        ("back", place.page > 1, place.page - 1, before, text.READ_BACK),
        ("forth", place.page < document.pages, place.page + 1, after, text.READ_FORTH),
    )
    with st.container(horizontal=True, key="gw-neighbors"):
        for key, inside, page, neighbor, words in steps:
            number = text.SOURCE_PAGE_OF.format(page=page, pages=document.pages) if inside else ""
            target = Place(document.name, page) if inside else Place(neighbor.name) if neighbor else None
            name = number or (neighbor.title if neighbor else "")
            if target is not None:
                label = words.format(name=as_markdown(name))
                st.button(label, key=f"read-{key}", on_click=_go_to, args=(target,))
