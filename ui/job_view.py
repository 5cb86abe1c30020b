"""Shows how far the job is that adds material: stage, file, page, time left, and a button that stops it."""

import math
from pathlib import Path

import streamlit as st

from ingest.progress import Progress, Stage
from ui import text
from ui.jobs import shared_job
from ui.render import as_markdown

LOOK = "1s"


@st.fragment(run_every=LOOK)
def show_job(home: Path) -> None:
    """How far the job is, in any tab, with a button that stops it; draws the page again when it is done."""
    job = shared_job(home)
    if not job.running:
        st.rerun()
    with st.container(border=True, key="gw-job"):
        now = job.progress
        done = now.done / max(1, now.total) if now else 0.0
        st.progress(min(done, 1.0), text=as_markdown(told(now)))
        if job.stopped.is_set():
            st.caption(text.LIBRARY_STOPPING)
        elif st.button(text.LIBRARY_STOP, key="stop-job"):
            job.stop()
            st.rerun(scope="fragment")


def told(progress: Progress | None) -> str:
    """The stage in words: which file of how many, up to which page, how long it may still take."""
    if progress is None or not progress.source:
        return text.LIBRARY_WORKING
    words = text.LIBRARY_READING if progress.stage is Stage.READING else text.LIBRARY_INDEXING
    at = min(progress.done + 1, progress.total)
    parts = [words.format(source=progress.source, done=at, total=progress.total)]
    if progress.page > 1:
        parts.append(text.LIBRARY_AT_PAGE.format(page=progress.page))
    if progress.chunks:
        parts.append(text.LIBRARY_PASSAGES.format(count=progress.chunks))
    if progress.seconds_left is not None and progress.seconds_left >= 1:
        parts.append(_left(progress.seconds_left))
    return " · ".join(parts)


def _left(seconds: float) -> str:
    if seconds < 60:
        return text.LIBRARY_SECONDS.format(seconds=max(5, 5 * round(seconds / 5)))
    return text.LIBRARY_MINUTES.format(minutes=math.ceil(seconds / 60))
