"""Ask: the conversation, its last answer followed as it is made, and the field for the next question."""

from __future__ import annotations

import streamlit as st

from rag.chat import Turn
from rag.model import LimitError, NotFoundError, RagError
from ui.parts.conversation import draw_earlier, draw_last, draw_welcome, wait_briefly
from ui.parts.sidebar import options, plain
from ui.resources import history, owner, start

st.session_state.setdefault("ask_all", False)

EARLIER = 20  # turns that are drawn without asking
conversation = st.query_params.get("c")


def turns_of(conversation_id: str | None) -> tuple[Turn, ...]:
    """The turns of the conversation in the address; it may be another's, or gone."""
    if conversation_id is None:
        return ()
    try:
        found: tuple[Turn, ...] = history().turns(conversation_id, owner())
    except NotFoundError as error:
        st.warning(plain(str(error)))
        found = ()
        st.stop()
    return found


def begin(question: str) -> None:
    """Store the question, begin its answer, and show the conversation."""
    try:
        found = start(conversation, question, options())
    except LimitError as error:  # said above the field, in which the question stays to be sent again
        st.session_state["ask_kept"] = (question, str(error))
        st.rerun()
    except RagError as error:
        st.error(plain(str(error)))
        return
    if found != conversation:
        st.query_params["c"] = found
    st.rerun()


turns = wait_briefly(turns_of(conversation))
busy = bool(turns) and turns[-1].status == "running"
page = st.container(key="ask_page")
kept, limit = st.session_state.pop("ask_kept", ("", ""))
if kept:
    st.session_state["ask_question"] = kept
with st.container(key="ask_composer"):  # not pinned by Streamlit, which would scroll to the end of every answer
    said = st.chat_input("Ask the abstracts", key="ask_question", max_chars=4000, disabled=busy)
question_asked = said or st.session_state.pop("ask_next", None)
with page:
    if limit:
        st.warning(plain(limit))
    if question_asked:
        begin(question_asked)
    if conversation is None or not turns:
        draw_welcome()
    else:
        draw_earlier(turns[:-1], limit=None if st.session_state.ask_all else EARLIER)
        draw_last(turns[-1], conversation)
