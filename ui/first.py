"""The first screen: what the corpus holds."""

from __future__ import annotations

import streamlit as st

from ui import render_first
from ui.resources import shelf


def draw() -> None:
    """Draw it."""
    st.html(render_first.welcome(shelf().holdings()))
