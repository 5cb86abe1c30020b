"""Sign-in, asked where other machines can reach the app: a person's own token opens a library and progress of their own."""

import os

import streamlit as st

from assistant.people import People, Person
from ingest.settings import find_home
from ui import text
from ui.render import as_markdown

SIGN_IN = "STUDY_SIGN_IN"
"""Set for the app's process when it is to ask for a sign-in."""
_WHO = "signed-in"


def is_asked() -> bool:
    """Whether people have to sign in here."""
    return bool(os.environ.get(SIGN_IN))


def signed_in() -> Person | None:
    """Who uses this browser session; asked each time, so that a removed person or a replaced token is out at once."""
    held = st.session_state.get(_WHO)
    if not is_asked() or held is None:
        return None
    return next((one for one in People(find_home()).all() if one == held), None)


def may_enter() -> bool:
    """Whether the page may be drawn; draws the sign-in instead of it where nobody is signed in."""
    if not is_asked():
        return True
    person = signed_in()
    if person is None:
        _ask()
        return False
    with st.sidebar:
        st.caption(as_markdown(text.SIGNED_IN.format(name=person.name)))
        if st.button(text.SIGN_OUT, key="sign-out", type="tertiary"):
            st.session_state.clear()
            st.rerun()
    return True


def _ask() -> None:
    st.title(text.SIGN_IN)
    st.write(text.SIGN_IN_HINT)
    with st.form("sign-in", border=False):
        token = st.text_input(text.SIGN_IN_TOKEN, type="password", autocomplete="current-password")
        if not st.form_submit_button(text.SIGN_IN_BUTTON, type="primary"):
            return
    person = People(find_home()).by_token(token.strip())
    if person is None:
        st.error(text.SIGN_IN_WRONG)
        return
    st.session_state.clear()
    st.session_state[_WHO] = person
    st.rerun()
