"""One answer on the screen, with its numbers, its sources and what you can do with it."""

import re

import streamlit as st

from assistant.answers import Answer, Citation, Sentence
from ui import text
from ui.answer_actions import show_actions
from ui.citation_links import citation_link
from ui.notes import Section, section_html
from ui.official import official_links
from ui.render import as_markdown, short
from ui.request_view import show_request
from ui.sources_choice import CHOSEN, WHOLE, chosen_scope, label_of
from ui.state import shared_session, visitor

LABEL = 48
"""Characters of a heading on a citation's button."""
_RENAMED = re.compile(r".+ is now called (.+)\.")
"""The sentence in which the assistant gives a product's new name."""


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
    """The answer alone: sentences with numbers that open sources, or a refusal, and what you can do with it."""
    with st.chat_message("assistant", avatar=text.ICON_BOOK):
        if answer.request:
            show_request(answer, number)
            return
        if answer.understood:
            st.caption(as_markdown(text.UNDERSTOOD.format(question=answer.understood)))
        if answer.refused:
            _show_refusal(answer, number)
        else:
            st.markdown("\n\n".join(_marked(sentence, answer, number) for sentence in answer.sentences))
            _show_sources(answer, number)
        _offer_readings(answer, number)
        for note in answer.notes:
            st.caption(as_markdown(_with_origin(note, answer)))
        if answer.writer != "quotes":
            st.caption(as_markdown(text.WRITTEN_BY.format(writer=answer.writer, seconds=answer.seconds)))
        elif not answer.refused:
            st.caption(text.QUOTED)
        show_actions(answer, number)


def _with_origin(note: str, answer: Answer) -> str:
    """A note on a product's new name says where it comes from, unless a quote names it too."""
    found = _RENAMED.fullmatch(note)
    if found is None or any(found.group(1) in citation.quote for citation in answer.citations):
        return note
    return text.RENAMED_NOTE.format(note=note)


def _offer_readings(answer: Answer, number: int) -> None:
    """What a question may have meant, as buttons, where it could mean several things."""
    readings: tuple[str, ...] = getattr(answer, "readings", ())
    if not readings:
        return
    st.caption(text.READINGS)
    with st.container(horizontal=True, gap="small", key=f"gw-readings-{number}"):
        for at, reading in enumerate(readings):
            st.button(as_markdown(reading), key=f"reading-{number}-{at}", on_click=_ask, args=(reading,))


def _ask(question: str) -> None:
    visitor().pending = (question, chosen_scope())


def _marked(sentence: Sentence, answer: Answer, number: int) -> str:
    """A sentence with its numbers as links that open their sources."""
    cited = {citation.marker: citation for citation in answer.citations}
    links = [citation_link(number, cited[marker], _label([cited[marker]])) for marker in sentence.citations]
    return " ".join([as_markdown(sentence.text), *links])


def _show_refusal(answer: Answer, number: int) -> None:
    st.warning(as_markdown(answer.text))
    scope = visitor().narrowed.get(number)
    if scope is not None:
        st.markdown(text.ASK_NARROWED.format(part=as_markdown(label_of(scope, shared_session()))))
        st.button(text.ASK_EVERYWHERE, key=f"everywhere-{number}", on_click=_ask_everywhere, args=(answer.question,))
    if answer.passages:
        nearest = answer.passages[0].chunk
        with st.expander(f"{text.REFUSED_NEAREST}: {as_markdown(nearest.source)}"):
            st.html(passage_html(nearest.text))


def _ask_everywhere(question: str) -> None:
    """Ask once more of the whole library, which is then what is chosen."""
    visitor().pending = (question, WHOLE)
    st.session_state[CHOSEN] = WHOLE


def passage_html(words: str) -> str:
    """A passage of a note as a reader sees it: tables as tables, no footnote marks."""
    return section_html(words, Section("", 0, len(words)))


def _show_sources(answer: Answer, number: int) -> None:
    """A button a document with the numbers it stands for; pressing one opens its first cited place beside the answer."""
    documents: dict[str, list[Citation]] = {}
    for citation in answer.citations:
        documents.setdefault(citation.source, []).append(citation)
    opened = visitor().open_citation
    with st.container(horizontal=True, gap="small", key=f"gw-sources-{number}"):
        for cited in documents.values():
            label = _label(cited)
            if opened in cited:
                label = text.SOURCE_OPENED.format(label=label)
            icon = ":material/menu_book:"
            if st.button(as_markdown(label), key=f"cite-{number}-{cited[0].marker}", type="tertiary", icon=icon):
                visitor().open_citation, visitor().turned_pages = cited[0], 0
                st.rerun()
        for link in dict.fromkeys(link for one in answer.citations for link in official_links(one)):
            st.markdown(link, width="content")


def _label(cited: list[Citation]) -> str:
    """Markers and place: one quote's heading where there is one, else the document; the page where it has pages."""
    chunk = cited[0].chunk
    name = chunk.source.rsplit("/", 1)[-1]
    several = len({one.chunk.heading_path for one in cited}) > 1
    title = chunk.heading_path[:1] if several else chunk.heading_path[-1:]
    place = "".join(title).rstrip(":") or name
    pages = list(dict.fromkeys(str(one.chunk.label or one.chunk.page) for one in cited))
    page = "" if name.endswith(text.UNPAGED) else text.CITATION_PAGE.format(page=", ".join(pages))
    markers = ", ".join(str(one.marker) for one in cited)
    return text.CITATION.format(marker=markers, place=short(place, LABEL), page=page)
