"""One answer on the screen, with its numbers, its sources and what one can do with it."""

import textwrap

import streamlit as st

from assistant.answers import Answer, Citation, Sentence
from eval.material import MarkedCases
from ingest.errors import StudyError
from ui import text
from ui.citation_links import citation_link
from ui.render import answer_as_markdown, as_markdown
from ui.state import open_page, shared_session, visitor

LABEL = 48
"""Characters of a heading on a citation's button, and of a conversation's title."""


def show_question(question: str) -> None:
    """What was asked, as the person's part of the chat."""
    with st.chat_message("user", avatar=text.ICON_PERSON):
        st.markdown(as_markdown(question))


def show_answer(answer: Answer, number: int) -> None:
    """A question with its answer; `number` is its place in the conversation."""
    with st.container():
        show_question(answer.question)
        st.empty()  # where a model's sentences appear while it writes: a turn keeps its shape, or the page would flicker
        show_reply(answer, number)


def show_reply(answer: Answer, number: int) -> None:
    """The answer alone: sentences with numbers that open sources, or a refusal, and what one can do with it."""
    with st.chat_message("assistant", avatar=text.ICON_BOOK):
        if answer.understood:
            st.caption(as_markdown(text.UNDERSTOOD.format(question=answer.understood)))
        if answer.refused:
            _show_refusal(answer)
            _show_marking(answer, number)
        else:
            st.markdown("\n\n".join(_marked(sentence, answer, number) for sentence in answer.sentences))
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
        copied = st.popover(text.COPY, icon=":material/content_copy:", key=f"copy-{number}", on_change="rerun")
        if copied.open:
            with copied:
                st.caption(text.COPY_HINT)
                st.code(answer_as_markdown(answer), language=None, wrap_lines=True)
        _show_marking(answer, number)
        if st.button(text.QUIZ_ME, icon=":material/quiz:", key=f"quiz-{number}"):
            visitor().quiz_topic = answer.understood or answer.question
            visitor().quiz = None
            open_page("practice")


def _show_marking(answer: Answer, number: int) -> None:
    """Lets one note that an answer is wrong, as a case of one's own evaluation."""
    marking = st.popover(text.WRONG, icon=":material/flag:", key=f"wrong-{number}", on_change="rerun")
    if not marking.open:
        return
    with marking:
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
    place = chunk.heading_path[-1].rstrip(":") if chunk.heading_path else name
    page = "" if name.endswith(text.UNPAGED) else text.CITATION_PAGE.format(page=chunk.label or chunk.page)
    return text.CITATION.format(
        marker=citation.marker, place=textwrap.shorten(place, LABEL, placeholder=" …"), page=page
    )
