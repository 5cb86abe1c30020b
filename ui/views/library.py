"""The library: one's own material first, what ships apart from it; adding in the background, rescanning, removing with undo."""

import math
from datetime import datetime
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from assistant.answer import GUIDE
from assistant.library import ships
from assistant.session import Session
from ingest.errors import StudyError
from ingest.files import safe_name
from ingest.readers import READERS
from ingest.records import SourceRecord
from ingest.run import IngestResult
from ui import text
from ui.copies import drop_copy, is_copy, keep_copy
from ui.job_view import show_job
from ui.jobs import Job, shared_job
from ui.problems import said
from ui.reading import Place, documents, read
from ui.render import as_markdown
from ui.state import RemovedSource, shared_session, visitor

UPLOADS = "uploads"
AT_ONCE = 2.0
"""Seconds that a page waits for a job, so that a short one is done when the page is drawn again."""
SUFFIXES = [suffix.removeprefix(".") for suffix in READERS]


def show() -> None:
    """Draw the page."""
    session = shared_session()
    st.title(text.LIBRARY)
    st.write(text.LIBRARY_INTRO)
    job = shared_job(session.home)
    if job.running:
        show_job(session.home)
    _show_outcome(job)
    _offer_undo(session, job)
    records = session.index.records()
    if not records and not job.running:
        st.info(text.LIBRARY_EMPTY)
        if st.button(text.LIBRARY_LOAD, type="primary"):
            job.start(session)
            _wait(job)
    _upload(session, job)
    if records:
        _show_mine(session, [record for record in records if not ships(record)])
        _show_shipped(session, [record for record in records if ships(record)])
        if st.button(text.LIBRARY_REFRESH, disabled=job.running):
            job.start(session)
            _wait(job)


def _show_mine(session: Session, records: list[SourceRecord]) -> None:
    """A row for each of your own sources, newest first, with a button that removes it."""
    st.subheader(text.LIBRARY_MINE)
    if not records:
        st.caption(text.LIBRARY_MINE_NONE)
    for record in sorted(records, key=lambda one: one.added, reverse=True):
        facts = text.LIBRARY_FACTS_ONE if record.pages == 1 else text.LIBRARY_FACTS
        with st.container(border=True, horizontal=True, vertical_alignment="center", key=f"gw-source-{record.name}"):
            told = facts.format(pages=record.pages, size=_size(record), day=_day(record))
            st.markdown(f"**{as_markdown(record.name)}**  \n{told}", width="stretch")
            if st.button(text.LIBRARY_OPEN, key=f"read-{record.name}", type="tertiary"):
                read(Place(record.name))
            remove_it = text.LIBRARY_FORGET_ONE.format(name=record.name)
            if st.button(text.LIBRARY_FORGET_BUTTON, key=f"remove-{record.name}", help=as_markdown(remove_it)):
                _forget(session, record)


def _day(record: SourceRecord) -> str:
    added = datetime.fromisoformat(record.added)
    return f"{added:%B} {added.day}, {added.year}"


def _size(record: SourceRecord) -> str:
    """The file's size as a person says it; 0 KB where it is gone."""
    path = Path(record.path)
    size = path.stat().st_size if path.is_file() else 0
    if size < 1_000_000:
        return text.LIBRARY_KILOBYTES.format(size=math.ceil(size / 1000))
    return text.LIBRARY_MEGABYTES.format(size=size / 1_000_000)


def _show_shipped(session: Session, records: list[SourceRecord]) -> None:
    if not records:
        return
    st.subheader(text.LIBRARY_SHIPPED)
    names = {record.name for record in records}
    shown = [one for one in documents(session) if one.name in names]
    titles = {one.number: f"{one.number} · {one.title}" for one in session.syllabus.sections}
    rows = [(one.title, titles.get(one.section or 0, text.LIBRARY_ALL_SECTIONS), one.pages) for one in shown]
    table = {column: [row[at] for row in rows] for at, column in enumerate(text.LIBRARY_COLUMNS)}
    st.dataframe(table, width="stretch", hide_index=True)
    if st.button(text.LIBRARY_READ_SHIPPED, icon=":material/menu_book:"):
        read(Place(min(record.name for record in records if record.name != GUIDE)))


def _forget(session: Session, record: SourceRecord) -> None:
    """Remove a source, and with it the copy of an upload; what is needed to undo that is kept until it is dismissed."""
    path = Path(record.path)
    try:
        session.library.forget(record.name)
    except StudyError as error:
        visitor().library_fault = str(error)
        st.rerun()
    data = path.read_bytes() if is_copy(session.home, path) else None
    visitor().removed = RemovedSource(record.name, path, data)
    drop_copy(session.home, path)
    st.rerun()


def _offer_undo(session: Session, job: Job) -> None:
    state = visitor()
    if state.removed is None:
        return
    removed = state.removed
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(as_markdown(text.LIBRARY_REMOVED.format(name=removed.name)))
        if st.button(text.UNDO, key="undo-remove", disabled=job.running):
            state.removed = None
            path = removed.path if removed.data is None else keep_copy(session.home, removed.path.name, removed.data)
            job.start(session, [path])
            _wait(job)
        if st.button(text.DISMISS, key="dismiss-remove", type="tertiary"):
            state.removed = None
            st.rerun()


def _upload(session: Session, job: Job) -> None:
    """Files by drag and drop or choice, and pages by their address."""
    files = st.file_uploader(text.LIBRARY_ADD, type=SUFFIXES, accept_multiple_files=True, key=_uploader())
    if files and st.button(text.LIBRARY_ADD_BUTTON, type="primary", disabled=job.running):
        st.session_state[UPLOADS] = st.session_state.get(UPLOADS, 0) + 1
        job.start(session, [_keep(session, file) for file in files])
        _wait(job)
    with st.form("gw-address", border=False, clear_on_submit=True):
        left, right = st.columns([4, 1], vertical_alignment="bottom")
        address = left.text_input(text.LIBRARY_ADDRESS, placeholder="https://", help=text.LIBRARY_ADDRESS_HINT)
        if right.form_submit_button(text.LIBRARY_ADDRESS_BUTTON, width="stretch", disabled=job.running):
            _add_address(session, job, address.strip())


def _uploader() -> str:
    """A key that changes with each upload, so that what was added is no longer waiting in the box."""
    return f"upload-{st.session_state.get(UPLOADS, 0)}"


def _add_address(session: Session, job: Job, address: str) -> None:
    from ingest.web import is_address

    if not is_address(address):
        st.error(text.LIBRARY_ADDRESS_BAD)
        return
    job.start(session, addresses=[address])
    _wait(job)


def _keep(session: Session, file: UploadedFile) -> Path:
    return keep_copy(session.home, safe_name(file.name), file.getvalue())


def _wait(job: Job) -> None:
    """Give a short job the time to be done, then draw the page again, with its outcome or with how far it is."""
    if job.thread is not None:
        job.thread.join(AT_ONCE)
    st.rerun()


def _show_outcome(job: Job) -> None:
    """What was added last, file by file, in every tab until it is dismissed."""
    state = visitor()
    fault = job.fault or state.library_fault
    if job.running or (job.result is None and not fault):
        return
    with st.container(border=True, key="gw-outcome"):
        if fault:
            st.error(said(fault))
        if job.result is not None:
            _say_result(job.result)
        if st.button(text.DISMISS, key="dismiss-outcome"):
            job.dismiss()
            state.library_fault = ""
            st.rerun()


def _say_result(result: IngestResult) -> None:
    counts = {name: len(getattr(result, name)) for name in ("added", "changed", "unchanged", "removed")}
    if result.cancelled:
        st.warning(text.LIBRARY_STOPPED)
    if any(counts.values()):
        st.success(text.LIBRARY_DONE.format(**counts))
    elif not result.cancelled:
        st.warning(text.LIBRARY_NOTHING_ADDED)
    for name in result.added + result.changed:
        st.markdown(f":material/check: {as_markdown(name)}")
    for note in result.notes:
        st.info(as_markdown(text.LIBRARY_NOTE.format(name=note.name, note=note.text)))
    for skipped in result.skipped:
        st.warning(
            as_markdown(text.LIBRARY_SKIPPED.format(name=skipped.name, reason=_reason(skipped.name, skipped.reason)))
        )


def _reason(name: str, reason: str) -> str:
    """The reason without the name at its beginning, which the sentence around it says already."""
    bare = reason.removeprefix(name).removeprefix(":").strip()
    if bare == reason:
        return reason
    return f"it {bare}" if bare.split(" ", 1)[0] in ("is", "has", "holds", "cannot", "unpacks", "contains") else bare
