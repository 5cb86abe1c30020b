"""The evaluation: the latest run as tables and charts, and every question below full marks to open."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import altair as alt
import streamlit as st

from assistant.session import Session
from eval.command import Wish, kept_runs, run_evaluation, run_started
from eval.gate import changed_cases, load_run, paired
from eval.report import failed_cases
from ingest.errors import StudyError
from ui import text
from ui.problems import said
from ui.render import as_markdown
from ui.state import shared_session

SHOWN = 60
"""Failed questions drawn on one page; a page with hundreds of boxes is slow."""
ROW = 28
"""Pixels of a score's row in the chart of differences."""
KIND_SCORES = ("citations: gold cited", "refusal: refused what it should")
"""Charted by kind of question: whichever of these the kind has."""


def show() -> None:
    """Draw the page."""
    session = shared_session()
    st.title(text.EVALUATION)
    over = st.segmented_control(
        text.EVALUATION_OVER, [text.EVALUATION_CORPUS, text.EVALUATION_MATERIAL], default=text.EVALUATION_CORPUS
    )
    material = over == text.EVALUATION_MATERIAL
    st.write(text.EVALUATION_MATERIAL_INTRO if material else text.EVALUATION_INTRO)
    if st.button(text.EVALUATION_RUN, type="primary"):
        _run(session, material=material)
    kept = kept_runs(session.home, material=material)
    if not kept:
        st.info(text.EVALUATION_NONE)
        return
    run = json.loads(kept[0].read_text(encoding="utf-8"))
    if "refusal_curve" not in run:
        st.info(text.EVALUATION_OLD)
        return
    settings = text.EVALUATION_SETTINGS.format(
        cases=sum(case["kind"] != "practice" for case in run["cases"]),
        writer=run["writer"],
        embedding=run["embedding"],
        corpus=run["corpus_sha256"][:12],
        started=run["started"][:16].replace("T", " "),
    )
    st.caption(as_markdown(settings))
    _show_summary(run["summary"])
    if run["held_back"] and not material:
        with st.expander(text.EVALUATION_HELD_BACK):
            _show_summary(run["held_back"])
    if earlier := kept[1:]:
        _show_comparison(run, earlier)
    left, right = st.columns(2, gap="large")
    with left:
        _show_curve(run["refusal_curve"])
    with right:
        _show_kinds(run["by_kind"])
    _show_failed(failed_cases(run))


def _run(session: Session, *, material: bool) -> None:
    bar = st.progress(0.0, text=text.EVALUATION_WORKING)

    def report(done: int, total: int) -> None:
        bar.progress(done / max(1, total), text=text.EVALUATION_WORKING)

    try:
        run_evaluation(session, Wish(material=material), now=datetime.now(UTC), report=report)
    except StudyError as error:
        st.error(said(error))
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


def _show_comparison(run: dict[str, Any], earlier: list[Path]) -> None:
    """The newest run against an earlier one: means over the questions both asked, and every question that changed."""
    chosen = st.selectbox(
        text.EVALUATION_COMPARE,
        [None, *earlier],
        format_func=lambda path: (
            run_started(path).strftime("%Y-%m-%d %H:%M UTC") if path else text.EVALUATION_COMPARE_NONE
        ),
    )
    if chosen is None:
        return
    other = load_run(chosen)
    rows = paired(run, other)
    keys = ("name", "before", "after", "low", "high", "pairs")
    numbers = {column: st.column_config.NumberColumn(format="%.3f") for column in text.EVALUATION_COMPARE_COLUMNS[1:5]}
    columns = zip(text.EVALUATION_COMPARE_COLUMNS, keys, strict=True)
    st.dataframe(
        {column: [row[key] for row in rows] for column, key in columns}, width="stretch", column_config=numbers
    )
    changed = [row | {"difference": row["after"] - row["before"]} for row in rows if row["low"] or row["high"]]
    if not changed:
        st.info(text.EVALUATION_COMPARE_SAME)
        return
    names = alt.Axis(labelLimit=280, labelOverlap=False)
    base = alt.Chart(alt.InlineData(values=changed)).encode(y=alt.Y("name:N", title=None, sort=None, axis=names))
    spans = base.mark_rule().encode(x=alt.X("low:Q", title=text.EVALUATION_DIFFERENCE), x2="high:Q")
    points = base.mark_point(filled=True, size=70).encode(x="difference:Q", tooltip=["name:N", "before:Q", "after:Q"])
    zero = alt.Chart(alt.InlineData(values=[{"zero": 0}])).mark_rule(strokeDash=[4, 4]).encode(x="zero:Q")
    st.altair_chart((zero + spans + points).properties(height=alt.Step(ROW)), width="stretch")
    for title, lines in zip((text.EVALUATION_WORSE, text.EVALUATION_BETTER), changed_cases(run, other), strict=True):
        if lines:
            with st.expander(title.format(count=len(lines))):
                st.markdown("\n".join(f"- {as_markdown(line)}" for line in lines[:SHOWN]))
                if len(lines) > SHOWN:
                    st.caption(text.EVALUATION_COMPARE_MORE.format(count=len(lines) - SHOWN))


def _show_curve(points: list[dict[str, float]]) -> None:
    """What is answered against what is refused, for every threshold of the probability that the material answers."""
    if not points:
        return
    st.subheader(text.EVALUATION_CURVE)
    chart = alt.Chart(alt.InlineData(values=points)).encode(
        x=alt.X("refused:Q", title=text.EVALUATION_CURVE_REFUSED, scale=alt.Scale(domain=[0, 1])),
        y=alt.Y("answered:Q", title=text.EVALUATION_CURVE_ANSWERED, scale=alt.Scale(domain=[0, 1])),
        order="threshold:Q",
        tooltip=["threshold:Q", alt.Tooltip("answered:Q", format=".3f"), alt.Tooltip("refused:Q", format=".3f")],
    )
    st.altair_chart(chart.mark_line(point=True), width="stretch")


def _show_kinds(kinds: dict[str, dict[str, float]]) -> None:
    """A bar for each kind of question: cited what it should, or refused what it should."""
    rows = [
        {"kind": kind, "score": name, "mean": means[name]}
        for kind, means in kinds.items()
        for name in KIND_SCORES
        if name in means
    ]
    if not rows:
        return
    st.subheader(text.EVALUATION_KINDS)
    chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar()
        .encode(
            x=alt.X("mean:Q", title=None, scale=alt.Scale(domain=[0, 1])),
            y=alt.Y("kind:N", title=None, sort="-x"),
            yOffset="score:N",
            color=alt.Color(
                "score:N", title=None, legend=alt.Legend(orient="bottom", direction="vertical", labelLimit=320)
            ),
            tooltip=["kind:N", "score:N", alt.Tooltip("mean:Q", format=".3f")],
        )
    )
    st.altair_chart(chart, width="stretch")


def _show_failed(failed: list[dict[str, Any]]) -> None:
    st.subheader(text.EVALUATION_FAILED.format(count=len(failed)) if failed else text.EVALUATION_ALL_RIGHT)
    kinds = sorted({case["kind"] for case in failed})
    if len(kinds) > 1:
        chosen = st.selectbox(text.EVALUATION_KIND, [None, *kinds], format_func=lambda kind: kind or text.PRACTICE_ANY)
        failed = [case for case in failed if chosen in (None, case["kind"])]
    for case in failed[:SHOWN]:
        with st.expander(as_markdown(case["question"])):
            st.markdown(f"{text.EVALUATION_EXPECTED}: {case['expect'] or case['kind']}")
            for span in case["gold"]:
                st.markdown(f"> {as_markdown(span['quote'])} ({as_markdown(span['source'])})")
            if case["answer"]:
                st.markdown(f"{text.EVALUATION_GOT}:")
                st.markdown(f"> {as_markdown(case['answer'])}")
            for score in case["scores"]:
                value = text.UNSCORED if score["value"] is None else f"{score['value']:.2f}"
                st.markdown(f"- {as_markdown(score['name'])}: {value}, {as_markdown(score['explanation'])}")
    if len(failed) > SHOWN:
        st.caption(text.EVALUATION_MORE.format(count=len(failed) - SHOWN))
