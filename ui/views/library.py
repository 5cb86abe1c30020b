"""The library: what is in it, and adding, refreshing and removing material."""

from datetime import UTC, datetime
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from assistant.session import Session
from ingest.errors import StudyError
from ingest.pages import READERS
from ingest.run import IngestResult, Progress
from ui import text
from ui.render import as_markdown
from ui.state import shared_session

SUFFIXES = [suffix.removeprefix(".") for suffix in READERS]


def show() -> None:
    """Draw the page."""
    session = shared_session()
    st.title(text.LIBRARY)
    st.write(text.LIBRARY_INTRO)
    records = session.index.records()
    if not records:
        st.info(text.LIBRARY_EMPTY)
        if st.button(text.LIBRARY_LOAD, type="primary"):
            _ingest(session, [])
        _upload(session)
        return
    rows = [(record.name, record.pages, record.chunks, record.added[:10]) for record in records]
    st.dataframe({column: [row[at] for row in rows] for at, column in enumerate(text.LIBRARY_COLUMNS)}, width="stretch")
    _upload(session)
    if st.button(text.LIBRARY_REFRESH):
        _ingest(session, [])
    with st.expander(text.LIBRARY_FORGET):
        name = st.selectbox(text.LIBRARY_COLUMNS[0], [record.name for record in records], index=None)
        if st.button(text.LIBRARY_FORGET_BUTTON, disabled=name is None) and name:
            session.forget(name)
            st.rerun()


def _upload(session: Session) -> None:
    files = st.file_uploader(text.LIBRARY_ADD, type=SUFFIXES, accept_multiple_files=True)
    if files and st.button(text.LIBRARY_ADD_BUTTON, type="primary"):
        _ingest(session, [_keep(session, file) for file in files])


def _keep(session: Session, file: UploadedFile) -> Path:
    """Copy an upload into the home, under its bare name."""
    folder = session.home / "materials"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / Path(file.name).name
    path.write_bytes(file.getvalue())
    return path


def _ingest(session: Session, paths: list[Path]) -> None:
    bar = st.progress(0.0, text=text.LIBRARY_WORKING)

    def report(progress: Progress) -> None:
        bar.progress(progress.done / max(1, progress.total), text=as_markdown(progress.source) or text.LIBRARY_WORKING)

    try:
        result = session.add_material(paths, now=datetime.now(UTC), report=report)
    except StudyError as error:
        bar.empty()
        st.error(as_markdown(str(error)))
        return
    bar.empty()
    _show_outcome(result)


def _show_outcome(result: IngestResult) -> None:
    st.success(
        text.LIBRARY_DONE.format(
            added=len(result.added),
            changed=len(result.changed),
            unchanged=len(result.unchanged),
            removed=len(result.removed),
        )
    )
    for skipped in result.skipped:
        st.warning(as_markdown(text.LIBRARY_SKIPPED.format(name=skipped.name, reason=skipped.reason)))
