"""Draws a practice question: its options, and after grading the verdict and the explanation of each with its source."""

from collections.abc import Callable
from datetime import UTC, datetime

import streamlit as st

from assistant.practice.questions import LETTERS, Choice, Grade, Origin, Question
from assistant.progress.store import MadeStatus, Progress
from assistant.session import Session
from ingest.units import plain
from ui import text
from ui.render import as_markdown, as_words, short
from ui.source_pane import open_reference


def ask_choices(
    question: Question, key: str, stored: frozenset[int] = frozenset(), on_change: Callable[[], None] | None = None
) -> frozenset[int]:
    """Radio buttons or boxes; no more can be ticked than are asked for. Returns the positions that are set."""
    if _missing(question, key):
        set_choices(question, key, stored)
    labels = [f"**{LETTERS[at]}**\u2002{words}" for at, words in enumerate(option_texts(question))]
    count = len(question.key)
    with st.container(key=f"gw-options-{key}"):
        if count == 1:
            st.radio(
                text.PRACTICE_CHOOSE_ONE,
                range(len(labels)),
                index=None,
                format_func=labels.__getitem__,
                key=key,
                on_change=on_change,
                width="stretch",
            )
        else:
            full = len(chosen_now(question, key)) >= count
            st.caption((text.PRACTICE_CHOSEN_ALL if full else text.PRACTICE_CHOOSE).format(count=count))
            for at, label in enumerate(labels):
                spare = full and at not in chosen_now(question, key)
                st.checkbox(label, key=f"{key}-{at}", disabled=spare, on_change=on_change, width="stretch")
    return chosen_now(question, key)


def chosen_now(question: Question, key: str) -> frozenset[int]:
    """What this tab has set; never more than are asked for."""
    if len(question.key) == 1:
        one = st.session_state.get(key)
        return frozenset() if one is None else frozenset({one})
    ticked = [at for at in range(len(question.choices)) if st.session_state.get(f"{key}-{at}")]
    return frozenset(ticked[: len(question.key)])


def set_choices(question: Question, key: str, chosen: frozenset[int]) -> None:
    """Show these as chosen; to be called before the options are drawn."""
    if len(question.key) == 1:
        st.session_state[key] = min(chosen) if chosen else None
    else:
        for at in range(len(question.choices)):
            st.session_state[f"{key}-{at}"] = at in chosen


def is_drawn(question: Question, key: str) -> bool:
    """Whether this tab has the question's options on the screen already."""
    return not _missing(question, key)


def _missing(question: Question, key: str) -> bool:
    return (key if len(question.key) == 1 else f"{key}-0") not in st.session_state


def complaint(question: Question, chosen: frozenset[int]) -> str:
    """Why an answer cannot be checked yet; empty when it can."""
    wanted = len(question.key)
    if not chosen:
        return text.PRACTICE_NOTHING_CHOSEN
    return text.PRACTICE_TOO_FEW.format(count=wanted) if len(chosen) < wanted else ""


def option_texts(question: Question) -> list[str]:
    """The options as Markdown; where some begin with a capital, a plain word at the beginning of the others gets one."""
    words = [choice.text for choice in question.choices]
    if any(one[:1].isupper() for one in words):
        words = [_capitalized(one) for one in words]
    return [as_words(one) for one in words]


def _capitalized(words: str) -> str:
    first = words.split(" ", 1)[0].rstrip(",.;:")
    plain_word = first.replace("-", "").isalpha() and first.islower()
    return words[:1].upper() + words[1:] if plain_word and " " in words else words


def show_verdict(question: Question, graded: Grade, chosen: frozenset[int], key: str) -> None:
    """The options in color and in words, your own marked, and whether the answer is right."""
    for at, words in enumerate(option_texts(question)):
        right, mine = question.choices[at].correct, at in chosen
        look = "right" if right else "wrong" if mine else "plain"
        said = [text.CHOICE_ANSWER] if right else [text.CHOICE_WRONG] if mine else []
        said += [text.YOUR_CHOICE] if mine else []
        icon = {"right": ":material/check_circle: ", "wrong": ":material/cancel: ", "plain": ""}[look]
        with st.container(border=True, key=f"gw-{look}-{key}-{at}"):
            st.markdown(f"{icon}**{LETTERS[at]}**\u2002{words}" + (f"  \n**{' · '.join(said)}**" if said else ""))
    if graded.correct:
        st.success(text.PRACTICE_RIGHT)
    elif graded.credit:
        hits = len(question.key & chosen)
        st.error(text.PRACTICE_PARTIAL.format(right=hits, count=len(question.key)))
    else:
        st.error(text.PRACTICE_WRONG if chosen else text.PRACTICE_NO_ANSWER)


def show_reasons(session: Session, question: Question, chosen: frozenset[int], key: str) -> None:
    """The explanation of the right option and of your own; those of the others are folded."""
    first = sorted(question.key) + sorted(chosen - question.key)
    others = [at for at in range(len(question.choices)) if at not in first]
    for at in first:
        _show_reason(session, question, at, key)
    if others:
        with st.expander(text.PRACTICE_OTHERS):
            for at in others:
                _show_reason(session, question, at, key)


def _show_reason(session: Session, question: Question, at: int, key: str) -> None:
    choice = question.choices[at]
    verdict = text.CHOICE_RIGHT if choice.correct else text.CHOICE_WRONG
    st.markdown(f"**{LETTERS[at]} · {verdict}.** {as_words(choice.why)}")
    show_quote(session, choice, f"{key}-source-{at}")


def show_quote(session: Session, choice: Choice, key: str) -> None:
    """The words that a choice rests on, with the official page and the place to open."""
    st.markdown(f"> {as_markdown(plain(choice.citation.shown))}")
    for page in choice.citation.official_pages:
        st.markdown(f"[{text.SOURCE_OFFICIAL}: {as_markdown(page.title)}]({page.address})")
    place = session.library.place_of(choice.citation).rpartition(" › ")[2]
    if st.button(as_markdown(short(place, 70)), key=key, type="tertiary", icon=":material/menu_book:"):
        open_reference(session, choice.citation)


def offer_keeping(question: Question, progress: Progress, key: str) -> None:
    """For a made question: save it among your own, or report it so that it never comes again."""
    if question.origin is not Origin.GENERATED:
        return
    with st.container(horizontal=True):
        for label, status, said in (
            (text.MADE_KEEP, MadeStatus.KEPT, text.MADE_KEPT),
            (text.MADE_REPORT, MadeStatus.REPORTED, text.MADE_REPORTED),
        ):
            if st.button(label, key=f"{key}-{status.value}", type="tertiary"):
                progress.keep_made([question], status, now=datetime.now(UTC))
                st.toast(said)
