"""papers."""

import streamlit as st

st.header("papers")
