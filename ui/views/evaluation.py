"""The evaluation: the latest run as tables, and every question below full marks to open."""

import json
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from assistant.session import Session
from eval.command import Wish, latest_path, run_evaluation
from eval.report import failed_cases
from ingest.errors import StudyError
from ui import text
from ui.render import as_markdown
from ui.state import shared_session


def show() -> None:
    """Draw the page."""
    session = shared_session()
    st.title(text.EVALUATION)
    st.write(text.EVALUATION_INTRO)
    if st.button(text.EVALUATION_RUN, type="primary"):
        _run(session)
    latest = latest_path(session.home)
    if not latest.exists():
        st.info(text.EVALUATION_NONE)
        return
    run = json.loads(latest.read_text(encoding="utf-8"))
    settings = text.EVALUATION_SETTINGS.format(
        cases=len(run["cases"]),
        writer=run["writer"],
        embedding=run["embedding"],
        corpus=run["corpus_sha256"][:12],
        started=run["started"][:16].replace("T", " "),
    )
    st.caption(as_markdown(settings))
    _show_summary(run["summary"])
    with st.expander(text.EVALUATION_HELD_BACK):
        _show_summary(run["held_back"])
    _show_failed(failed_cases(run))


def _run(session: Session) -> None:
    bar = st.progress(0.0, text=text.EVALUATION_WORKING)

    def report(done: int, total: int) -> None:
        bar.progress(done / max(1, total), text=text.EVALUATION_WORKING)

    try:
        run_evaluation(session, Wish(), now=datetime.now(UTC), report=report)
    except StudyError as error:
        st.error(as_markdown(str(error)))
    bar.empty()


def _show_summary(summaries: list[dict[str, Any]]) -> None:
    rows = [
        (
            row["name"],
            round(row["mean"], 3),
            round(row["low"], 3),
            round(row["high"], 3),
            row["scored"],
            row["unscored"],
        )
        for row in summaries
        if row["scored"]
    ]
    table = {column: [row[at] for row in rows] for at, column in enumerate(text.EVALUATION_COLUMNS)}
    mean = text.EVALUATION_COLUMNS[1]
    st.dataframe(
        table,
        width="stretch",
        column_config={mean: st.column_config.ProgressColumn(mean, min_value=0, max_value=1, format="%.3f")},
    )


def _show_failed(failed: list[dict[str, Any]]) -> None:
    st.subheader(text.EVALUATION_FAILED.format(count=len(failed)) if failed else text.EVALUATION_ALL_RIGHT)
    for case in failed:
        with st.expander(as_markdown(case["question"])):
            st.markdown(f"{text.EVALUATION_EXPECTED}: {case['expect']}")
            for span in case["gold"]:
                st.markdown(f"> {as_markdown(span['quote'])} ({as_markdown(span['source'])})")
            st.markdown(f"{text.EVALUATION_GOT}:")
            st.markdown(f"> {as_markdown(case['answer'])}")
            for score in case["scores"]:
                value = text.UNSCORED if score["value"] is None else f"{score['value']:.2f}"
                st.markdown(f"- {as_markdown(score['name'])}: {value}, {as_markdown(score['explanation'])}")
