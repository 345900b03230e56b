"""add."""

import streamlit as st

st.header("add")
