"""What every page does in the browser: our words when the server is gone, a menu that closes on a phone, and keys."""

import streamlit as st

from ui import text

_SCRIPT = """
export default function ({ data }) {
  const lost = () => {
    for (const dialog of document.querySelectorAll('[role="dialog"]')) {
      if (!dialog.textContent.includes("streamlit run")) continue;
      const body = [...dialog.querySelectorAll("div, p")].filter((one) => one.textContent.includes("streamlit run")).pop();
      const box = body.closest("div") ?? body;
      box.textContent = data.hint;
      const title = [...dialog.querySelectorAll("*")].find((one) => one.textContent.trim() === "Connection error");
      if (title) title.textContent = data.title;
    }
  };
  const watcher = new MutationObserver(lost);
  watcher.observe(document.body, { childList: true, subtree: true });
  const closeMenu = (event) => {
    if (window.innerWidth > 640 || !event.target.closest('[data-testid="stSidebarNavLink"]')) return;
    // pressed only while it stands open: a press on a menu that is closing by itself would open it again; done when closed twice
    const close = (tries, before) => {
      const edge = document.querySelector('[data-testid="stSidebar"]')?.getBoundingClientRect().right ?? 0;
      if (edge > 1 && edge === before) document.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click();
      if (tries > 0 && !(edge <= 1 && before <= 1)) setTimeout(close, 500, tries - 1, edge);
    };
    setTimeout(close, 500, 60, NaN);
  };
  const press = (label) => (label?.querySelector("input") ?? label)?.click();
  const covered = () => [...document.querySelectorAll('[role="dialog"]')].some((one) => one.checkVisibility());
  const keys = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || covered()) return;
    if (event.target.closest("textarea, input[type=text], [contenteditable], select")) return;
    if (/^[1-6]$/.test(event.key)) {
      const labels = '[data-testid="stRadio"] [role="radiogroup"] label, [data-testid="stCheckbox"] label';
      const options = document.querySelectorAll(`[class*="st-key-gw-options"] :is(${labels})`);
      press(options[Number(event.key) - 1]);
    } else if (event.key === "Enter" && !event.target.closest("button, a, summary")) {
      const go = document.querySelector(".st-key-gw-go button:not(:disabled)");
      if (go) event.preventDefault();
      go?.click();
    } else if (event.key.toLowerCase() === "m") {
      press(document.querySelector('[class*="st-key-mark-"] label'));
    }
  };
  document.addEventListener("click", closeMenu);
  document.addEventListener("keydown", keys, true);  // before a focused option swallows Enter
  return () => {
    watcher.disconnect();
    document.removeEventListener("click", closeMenu);
    document.removeEventListener("keydown", keys, true);
  };
}
"""
_component = None


def mount_shell() -> None:
    """Start it; call it once on each page."""
    global _component  # Streamlit needs a component registered once, and not before the app runs
    if _component is None:
        _component = st.components.v2.component("gw_shell", js=_SCRIPT)
    _component(key="gw-shell", data={"title": text.SERVER_LOST, "hint": text.SERVER_LOST_HINT})
