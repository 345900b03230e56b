"""paper."""

import streamlit as st

st.header("paper")
