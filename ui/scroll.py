"""Brings a place on the page into sight once, when it is first shown."""

import streamlit as st

_SCRIPT = """
let shown = "";
export default function ({ data }) {
  if (data.place === shown) return;
  shown = data.place;
  // more than once, because pictures and diagrams above grow while they load
  for (const wait of [200, 700, 1600])
    setTimeout(() => document.querySelector(data.target)?.scrollIntoView({ block: "center" }), wait);
}
"""
_component = None


def scroll_to(target: str, place: str) -> None:
    """Scroll to the first element that the selector `target` finds, once for each `place`."""
    global _component  # Streamlit wants a component registered once, and not before the app runs
    if _component is None:
        _component = st.components.v2.component("gw_scroll", js=_SCRIPT)
    _component(key="gw-scroll", data={"target": target, "place": place})
