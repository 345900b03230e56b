"""scores."""

import streamlit as st

st.header("scores")
