"""Scores: the runs of the evaluation there are, their figures, and two of them side by side."""

from __future__ import annotations

import streamlit as st

from ui import runs
from ui.parts import adding
from ui.parts.sidebar import plain
from ui.render import scores
from ui.render.words import counted

st.html(adding.STYLE)
st.header("Scores", anchor=False)
found = runs.find()
if not found:
    st.write("There is no run of the evaluation here yet. Make one in the folder that the page was started in, with:")
    st.code("python -m eval run --out runs/first", language=None)
    st.stop()

names = [one.name for one in found]
readable = [one for one in found if not one.trouble]
name = st.selectbox("Run", names, key="run", format_func=plain, bind="query-params", width=360)
chosen = next((one for one in found if one.name == name), found[0])
if chosen.trouble:
    st.warning(plain(chosen.trouble))
    st.write("What is stored of it can be computed again, unless it is damaged:")
    named = chosen.name if runs.safe(chosen.name) == chosen.name else "NAME"
    st.code(f"python -m eval report runs/{named}", language=None)
else:
    st.html(scores.run(chosen))
    report = chosen.report
    if report is not None:
        st.download_button(
            "Save the whole report", report, f"{runs.safe(chosen.name)}.html", "text/html", icon=":material/download:", on_click="ignore"
        )
        st.caption("It has every question with its answer and what the judge said: one file that needs no network.")

others = [one for one in readable if one.name != chosen.name]
if others and not chosen.trouble:
    st.subheader("Compare", anchor=False)
    against = st.selectbox(
        "With",
        [one.name for one in others],
        index=None,
        key="against",
        placeholder="another run",
        format_func=plain,
        bind="query-params",
        width=360,
    )
    other = next((one for one in others if one.name == against), None)
    if other is not None:
        st.html(scores.compared(chosen, other))
        if chosen.questions != other.questions:
            st.warning(f"They asked different questions: {counted(chosen.questions, 'question', 'questions')} and {other.questions:,}.")
