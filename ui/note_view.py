"""Draws a section of a note: its text rendered with a quote marked, diagrams and formulas drawn, links to official pages."""

import streamlit as st

from assistant.footnotes import official_at
from assistant.syllabus import load_syllabus
from ui import text
from ui.notes import Part, Section, is_drawable, parts, section_html
from ui.official import link_to

OFFICIAL_SHOWN = 3


def show_section(page: str, section: Section, start: int = 0, end: int = 0, anchor: str = "") -> None:
    """The section with the quote from `start` to `end` on its page marked."""
    for number, part in enumerate(parts(page, section)):
        if part.diagram:
            _show_diagram(page, part)
            continue
        if part.formula and not (part.start < end and start < part.end):  # a cited one is marked as it is written
            st.latex(part.formula)
            continue
        stretch = Section(section.title, part.start, part.end)
        st.html(section_html(page, stretch, start, end, anchor if number == 0 else ""))
    official = official_at(page, section.start, section.end, load_syllabus().official_hosts)
    for one in official[:OFFICIAL_SHOWN]:
        if link := link_to(one):
            st.markdown(link)


def _show_diagram(page: str, part: Part) -> None:
    if is_drawable(part.diagram):
        st.mermaid_chart(part.diagram, alt=text.DIAGRAM.format(source=" ".join(part.diagram.split())))
        return
    st.code(part.diagram, language=None, wrap_lines=True)
