"""What goes with an answer: whether the learner is sure, and how long the question was looked at."""

import time

import streamlit as st

from assistant.progress.store import Sitting
from ui import text
from ui.state import visitor

LONGEST = 600.0
"""Seconds: a question that stays open longer was left alone."""


def ask_sure(key: str) -> None:
    """Offer to say whether one is sure; nothing needs to be said."""
    st.segmented_control(
        text.SURE, [True, False], format_func=text.SURE_LABELS.__getitem__, key=f"{key}-sure", help=text.SURE_HELP
    )


def said_sure(key: str) -> bool | None:
    """What was said of the answer; None when nothing."""
    chosen: bool | None = st.session_state.get(f"{key}-sure")
    return chosen


def look_at(sitting: Sitting, at: int) -> None:
    """Begin to count the time on a question, unless it is the one that is counted."""
    if visitor().looked_at[:2] != (sitting.id, at):
        visitor().looked_at = (sitting.id, at, time.monotonic())


def looked(sitting: Sitting, at: int) -> float:
    """Seconds since the question was first shown or last counted; counting begins again."""
    name, position, since = visitor().looked_at
    visitor().looked_at = (sitting.id, at, time.monotonic())
    return min(LONGEST, time.monotonic() - since) if (name, position) == (sitting.id, at) else 0.0
