"""Ask: the conversation, its last answer followed as it is made, and the field for the next question."""

from __future__ import annotations

import streamlit as st

from rag.chat import Turn
from rag.model import NotFoundError, RagError
from ui.parts.conversation import draw_earlier, draw_last, draw_welcome, wait_briefly
from ui.parts.sidebar import options, plain
from ui.resources import history, owner, start

st.session_state.setdefault("ask_all", False)

EARLIER = 20  # turns that are drawn without asking
GONE = "This conversation is not yours or gone: it may have been deleted in another window. What you ask begins a new one."
BEGUN = "The conversation that was open here is gone: it was deleted in another window. Your question began this new one."
conversation = st.query_params.get("c")


def turns_of(conversation_id: str | None) -> tuple[Turn, ...] | None:
    """The turns of the conversation in the address; None where it is another's, or gone."""
    if conversation_id is None:
        return ()
    try:
        return wait_briefly(history().turns(conversation_id, owner()))
    except NotFoundError:
        return None


def begin(question: str) -> None:
    """Store the question, begin its answer, and show the conversation. What cannot be asked goes back into the field."""
    try:
        found = start(conversation if turns is not None else None, question, options())
    except RagError as error:
        if question.strip():
            st.session_state["ask_kept"] = question
        st.session_state["ask_trouble"] = str(error)
        st.rerun()
    if turns is None:
        st.session_state["ask_note"] = found
    if found != conversation:
        st.query_params["c"] = found
    st.rerun()


turns = turns_of(conversation)
if turns is None and (edited := st.session_state.pop("ask_editing", None)):
    st.session_state["ask_kept"] = st.session_state.get(f"ask_edited_{edited}") or ""
busy = bool(turns and turns[-1].status == "running")
page = st.container(key="ask_page")
with st.container(key="ask_composer"):  # not pinned by Streamlit, which would scroll to the end of every answer
    trouble = st.session_state.pop("ask_trouble", None)
    if trouble:
        st.warning(plain(trouble))
    if "ask_kept" in st.session_state:
        st.session_state["ask_question"] = st.session_state.pop("ask_kept")
    # No `max_chars`: the field would drop a text that is too long without a word. Who reads the question says what is too long.
    said = st.chat_input("Ask the abstracts", key="ask_question", disabled=busy)
question_asked = said or st.session_state.pop("ask_next", None)
with page:
    if question_asked:
        begin(question_asked)
    if turns is None:
        st.warning(GONE)
    elif turns and st.session_state.get("ask_note") == conversation:
        st.info(BEGUN)
    if conversation is None or not turns:
        draw_welcome()
    else:
        draw_earlier(turns[:-1], limit=None if st.session_state.ask_all else EARLIER)
        draw_last(turns[-1], conversation)
