"""The chat: questions and answers with citations that open in their source."""

import re
import textwrap
from datetime import UTC, datetime

import streamlit as st

from assistant.answer import SILENT
from assistant.answers import Answer, Citation, Sentence
from assistant.followup import topic_of
from assistant.retrieval import Passage
from assistant.session import Session
from assistant.writers import DraftSentence, Listener
from eval.material import MarkedCases
from ingest.errors import StudyError
from ui import text
from ui.citation_links import citation_link, opened_citation
from ui.page_image import render_page
from ui.render import answer_as_markdown, as_markdown, quote_in_page
from ui.state import Unanswered, Visitor, open_page, shared_session, visitor

CONVERSATION = "conversation"
"""In the page's address, so that a reload goes on where one was."""
HISTORY_SHOWN = 30
SUGGESTED = 3
_UNNUMBERED = re.compile(r"^\d+(\.\d+)*\.?\s+|\s*\([1-6]\.\d[a-z]\)$")
"""Numbers of sections and considerations around a heading's words."""
LABEL = 48
"""Characters of a heading on a citation's button."""


def show() -> None:
    """Draw the page."""
    session = shared_session()
    st.title(text.ASK)
    if not session.index.count():
        st.info(text.NO_MATERIAL)
        return
    state = visitor()
    _restore(session)
    _show_history(session)
    section = _choose_section(session)
    question = st.chat_input(text.ASK_PLACEHOLDER)
    _follow_link(state)
    conversation, source = _panes(state.open_citation)
    with conversation:
        if not state.answers and not question and state.unanswered is None:
            question = _show_examples()
        for number, answer in enumerate(state.answers):
            _show_answer(answer, number)
        if state.unanswered is not None and not question:
            _show_unanswered(session, state.unanswered)
        elif state.answers and not question:
            question = _suggest(state.answers)
        if question:
            _ask(session, question, section)
    if state.open_citation is not None:
        with source, st.container(key="gw-source"):
            _show_source(session, state.open_citation)


def _panes(citation: Citation | None) -> list["st.delta_generator.DeltaGenerator"]:
    """The conversation alone, or beside the open source."""
    if citation is None:
        return [st.container(), st.container()]
    with st.container(key="gw-panes"):
        return st.columns([3, 2], gap="large")


def _follow_link(state: Visitor) -> None:
    """Open the source whose number in an answer was clicked."""
    at = state.open_citation
    opened = opened_citation(f"{at.source} {at.page} {at.start} {at.end}" if at else "")
    if opened is None or opened[0] >= len(state.answers):
        return
    citations = {citation.marker: citation for citation in state.answers[opened[0]].citations}
    if opened[1] in citations:
        state.open_citation, state.turned_pages = citations[opened[1]], 0
        st.rerun()


def _choose_section(session: Session) -> int | None:
    titles = {section.number: f"{section.number} · {section.title}" for section in session.syllabus.sections}
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    chosen = left.selectbox(
        text.ASK_SECTION, [None, *titles], format_func=lambda number: titles.get(number, text.ALL_MATERIAL)
    )
    if right.button(text.ASK_CLEAR, width="stretch"):
        _open(session, None)
    return chosen


def _restore(session: Session) -> None:
    """After a reload, go on with the conversation that the address names."""
    wanted = st.query_params.get(CONVERSATION)
    state = visitor()
    if wanted and state.conversation is None:
        if answers := session.conversations.answers(wanted):
            state.answers, state.conversation = answers, wanted
        else:
            st.query_params.clear()


def _open(session: Session, conversation: str | None) -> None:
    """Show a stored conversation, or an empty new one."""
    state = visitor()
    state.answers = session.conversations.answers(conversation) if conversation else []
    state.conversation, state.open_citation = conversation, None
    if conversation:
        st.query_params[CONVERSATION] = conversation
    else:
        st.query_params.clear()
    st.rerun()


def _show_history(session: Session) -> None:
    """Stored conversations in the side bar: search, open, rename, delete."""
    with st.sidebar:
        words = st.text_input(text.HISTORY, placeholder=text.HISTORY_SEARCH, key="history-search")
        found = session.conversations.list(words.strip())
        if not found:
            st.caption(text.HISTORY_NONE)
        for one in found[:HISTORY_SHOWN]:
            title, menu = st.columns([5, 1], vertical_alignment="center")
            shown = textwrap.shorten(one.title, LABEL, placeholder=" …") or one.id[:8]
            current = one.id == visitor().conversation
            if title.button(as_markdown(shown), key=f"open-{one.id}", width="stretch", disabled=current):
                _open(session, one.id)
            with menu.popover(":material/more_vert:", help=text.HISTORY_MENU):
                named = st.text_input(text.HISTORY_TITLE, value=one.title, key=f"title-{one.id}")
                if st.button(text.HISTORY_RENAME, key=f"rename-{one.id}"):
                    session.conversations.rename(one.id, named)
                    st.rerun()
                if st.button(text.HISTORY_DELETE, key=f"delete-{one.id}"):
                    session.conversations.delete(one.id)
                    _open(session, None if current else visitor().conversation)


def _show_examples() -> str | None:
    st.write(text.ASK_EMPTY)
    for example in text.ASK_EXAMPLES:
        if st.button(example, key=f"example-{example}"):
            return example
    return None


def _suggest(answers: list[Answer]) -> str | None:
    """What one might ask next: headings near the last answer that were not asked about yet."""
    asked = {topic_of(one.understood or one.question).lower() for one in answers}
    headings = [
        _UNNUMBERED.sub("", passage.chunk.heading_path[-1])
        for passage in answers[-1].passages
        if passage.chunk.heading_path
    ]
    cited = [
        _UNNUMBERED.sub("", one.chunk.heading_path[-1]) for one in answers[-1].citations[:1] if one.chunk.heading_path
    ]
    fresh = [one for one in dict.fromkeys(headings) if one not in cited and one.lower() not in asked]
    if not fresh:
        return None
    st.caption(text.SUGGESTIONS)
    with st.container(horizontal=True, gap="small"):
        for heading in fresh[:SUGGESTED]:
            if st.button(as_markdown(heading), key=f"suggest-{len(answers)}-{heading}", type="tertiary"):
                return heading
    return None


def _ask(session: Session, question: str, section: int | None, writer: str | None = None) -> None:
    """Answer, keep the answer, and show it; a new conversation draws the page again, so that it appears in the side bar."""
    state = visitor()
    state.unanswered = Unanswered(question, section)
    with st.chat_message("user", avatar=text.ICON_PERSON):
        st.markdown(as_markdown(question))
    live = st.empty()
    with st.spinner(text.ASK_WORKING):
        try:
            chosen = session.writer(writer)
            listener = SILENT if chosen.name == "quotes" else _live(live, state.unanswered)
            answer = session.assistant.ask(question, chosen, section, state.answers, listener)
        except StudyError as error:
            state.unanswered.fault = str(error)
            st.rerun()
    live.empty()
    state.unanswered = None
    state.answers.append(answer)
    began = state.conversation is None or state.open_citation is not None
    state.conversation = session.conversations.add(state.conversation, answer, now=datetime.now(UTC))
    state.open_citation = None
    st.query_params[CONVERSATION] = state.conversation
    if began:
        st.rerun()
    _show_reply(answer, len(state.answers) - 1)
    _suggest(state.answers)


def _live(place: "st.delta_generator.DeltaGenerator", unanswered: Unanswered) -> Listener:
    """Shows the evidence at once and each checked sentence as the model writes it."""
    said: list[str] = []

    def draw() -> None:
        with place.container(), st.chat_message("assistant", avatar=text.ICON_BOOK):
            for sentence in said:
                st.markdown(as_markdown(sentence))
            _show_evidence(unanswered.passages, expanded=not said)

    def found(passages: tuple[Passage, ...]) -> None:
        unanswered.passages = passages
        draw()

    def wrote(draft: DraftSentence) -> None:
        said.append(draft.text)
        draw()

    return Listener(found, wrote)


def _show_evidence(passages: tuple[Passage, ...], *, expanded: bool) -> None:
    with st.expander(text.EVIDENCE.format(count=len(passages)), expanded=expanded):
        for passage in passages:
            place = text.SOURCE_PLACE.format(source=passage.chunk.source, place=passage.chunk.locator)
            st.caption(as_markdown(place))
            st.markdown(as_markdown(passage.chunk.text))


def _show_unanswered(session: Session, unanswered: Unanswered) -> None:
    """A question whose answer did not come: the evidence that was found, what went wrong, and two ways on."""
    with st.chat_message("user", avatar=text.ICON_PERSON):
        st.markdown(as_markdown(unanswered.question))
    with st.chat_message("assistant", avatar=text.ICON_BOOK):
        st.error(as_markdown(unanswered.fault or text.INTERRUPTED))
        if unanswered.passages:
            _show_evidence(unanswered.passages, expanded=True)
        with st.container(horizontal=True, gap="small"):
            again = st.button(text.RETRY, key="retry")
            quotes = st.button(text.RETRY_QUOTES, key="retry-quotes")
            if st.button(text.GIVE_UP, key="give-up", type="tertiary"):
                visitor().unanswered = None
                st.rerun()
    if again or quotes:
        _ask(session, unanswered.question, unanswered.section, "quotes" if quotes else None)


def _show_answer(answer: Answer, number: int) -> None:
    with st.chat_message("user", avatar=text.ICON_PERSON):
        st.markdown(as_markdown(answer.question))
    _show_reply(answer, number)


def _show_reply(answer: Answer, number: int) -> None:
    with st.chat_message("assistant", avatar=text.ICON_BOOK):
        if answer.understood:
            st.caption(as_markdown(text.UNDERSTOOD.format(question=answer.understood)))
        if answer.refused:
            _show_refusal(answer)
            _show_marking(answer, number)
        else:
            for sentence in answer.sentences:
                st.markdown(_marked(sentence, answer, number))
            _show_chips(answer, number)
            _show_actions(answer, number)
        for note in answer.notes:
            st.caption(as_markdown(note))
        st.caption(text.WRITTEN_BY.format(writer=answer.writer, seconds=answer.seconds))


def _marked(sentence: Sentence, answer: Answer, number: int) -> str:
    """A sentence with its numbers as links that open their sources."""
    cited = {citation.marker: citation for citation in answer.citations}
    links = [citation_link(number, cited[marker], _label(cited[marker])) for marker in sentence.citations]
    return " ".join([as_markdown(sentence.text), *links])


def _show_refusal(answer: Answer) -> None:
    st.warning(as_markdown(answer.text))
    if answer.passages:
        nearest = answer.passages[0].chunk
        with st.expander(f"{text.REFUSED_NEAREST}: {as_markdown(nearest.source)}"):
            st.markdown(as_markdown(nearest.text))


def _show_chips(answer: Answer, number: int) -> None:
    """A button a citation; pressing one opens its source beside the conversation."""
    with st.container(horizontal=True, gap="small"):
        for citation in answer.citations:
            if st.button(as_markdown(_label(citation)), key=f"cite-{number}-{citation.marker}", type="tertiary"):
                visitor().open_citation = citation
                visitor().turned_pages = 0
                st.rerun()


def _show_actions(answer: Answer, number: int) -> None:
    with st.container(horizontal=True, gap="small"):
        with st.popover(text.COPY, icon=":material/content_copy:"):
            st.caption(text.COPY_HINT)
            st.code(answer_as_markdown(answer), language=None, wrap_lines=True)
        _show_marking(answer, number)
        if st.button(text.QUIZ_ME, icon=":material/quiz:", key=f"quiz-{number}"):
            visitor().quiz_topic = answer.question
            visitor().quiz = None
            open_page("practice")


def _show_marking(answer: Answer, number: int) -> None:
    """Lets one note that an answer is wrong, as a case of one's own evaluation."""
    with st.popover(text.WRONG, icon=":material/flag:"):
        st.write(text.WRONG_HINT)
        right = st.text_area(text.WRONG_RIGHT, key=f"right-{number}", placeholder=text.WRONG_NONE)
        if st.button(text.WRONG_SAVE, key=f"mark-{number}"):
            session = shared_session()
            try:
                case = MarkedCases(session.home).mark(answer.understood or answer.question, session.index, right=right)
            except StudyError as error:
                st.error(as_markdown(str(error)))
            else:
                st.success(text.WRONG_SAVED if case.gold else text.WRONG_SAVED_REFUSE)


def _label(citation: Citation) -> str:
    """Marker and place: the heading where there is one, else file and page."""
    chunk = citation.chunk
    name = chunk.source.rsplit("/", 1)[-1]
    place = chunk.heading_path[-1] if chunk.heading_path else name
    page = "" if name.endswith(text.UNPAGED) else text.CITATION_PAGE.format(page=chunk.label or chunk.page)
    return text.CITATION.format(
        marker=citation.marker, place=textwrap.shorten(place, LABEL, placeholder=" …"), page=page
    )


def _show_source(session: Session, citation: Citation) -> None:
    st.subheader(text.SOURCE)
    st.caption(as_markdown(text.SOURCE_PLACE.format(source=citation.source, place=citation.chunk.locator)))
    if citation.chunk.heading:
        st.markdown(f"**{as_markdown(citation.chunk.heading)}**")
    page = session.index.page_text(citation.source, citation.page)
    if page[citation.start : citation.end] != citation.quote:
        st.warning(text.SOURCE_MISSING)
    elif not _show_pdf_page(session, citation):
        st.html(quote_in_page(page, citation.start, citation.end))
    if st.button(text.SOURCE_CLOSE):
        visitor().open_citation = None
        st.rerun()


def _show_pdf_page(session: Session, citation: Citation) -> bool:
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
        st.rerun()
    if forth.button(text.PAGE_FORTH, disabled=turned >= image.pages, width="stretch"):
        state.turned_pages += 1
        st.rerun()
    return True
