"""Scores: for now, how a run of the evaluation is made."""

from __future__ import annotations

import streamlit as st

st.header("Scores", anchor=False)
st.write("No run of the evaluation is shown here yet. Make one with:")
st.code("python -m eval", language=None)
