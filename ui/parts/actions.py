"""Actions on the last answer: copy, open its sources, export, rate it, ask again, related questions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from rag.chat import Turn, partial
from rag.export import bibtex, csl_json
from rag.model import Answer, LimitError, QuestionError, RagError, answer_markdown
from ui.parts.navigation import open_paper
from ui.parts.sidebar import clear, options, plain
from ui.render.words import cited
from ui.resources import further_questions, history, holdings_cache, owner, start

_THUMBS = ("down", "up")


def draw_actions(turn: Turn, conversation: str) -> None:
    """The row of buttons under the last turn, and questions to go on with."""
    answer = partial(turn)
    with st.container(key="ask_actions", horizontal=True, vertical_alignment="center", gap="xsmall"):
        if answer.claims or answer.reason:
            _copy_menu(turn, answer)
            _source_menu(answer)
            _download_menu(answer)
        st.button("Edit", key="ask_edit", type="tertiary", icon=":material/edit:", on_click=_edit, args=(turn,))
        if st.button("Ask again", key="ask_again", type="tertiary", icon=":material/refresh:"):
            again(conversation, turn.question)
        if answer.outcome in ("answered", "nearest") and st.button("Longer", key="ask_longer", type="tertiary", icon=":material/notes:"):
            again(conversation, turn.question, more=True)
        if any(turn.options.get(name) for name in ("year", "sources", "filters")):
            st.button("Without filters", key="ask_unfiltered", type="tertiary", icon=":material/filter_list_off:", on_click=_unfiltered)
            if st.session_state.pop("ask_without", False):
                again(conversation, turn.question)
        else:
            _conditions(turn, answer, conversation)
        if answer.claims or answer.reason:
            _thumbs(turn)
    _editor(turn, conversation)
    _related_questions(turn, answer)


def _conditions(turn: Turn, answer: Answer, conversation: str) -> None:
    """A button for each condition that was read from the question, to ask without it."""
    ignored = list(turn.options.get("ignored") or [])
    for place, one in enumerate(answer.filters[:-1]):
        if st.button(plain(f"Without {one}"), key=f"ask_ignore_{place}", type="tertiary", icon=":material/filter_list_off:"):
            again(conversation, turn.question, ignored=[*ignored, one])


def again(conversation: str, question: str, **more: Any) -> None:
    """Ask in the place of the last turn."""
    start(conversation, question, options() | more, again=True)
    st.rerun()


def _copy_menu(turn: Turn, answer: Answer) -> None:
    with st.popover("Copy", type="tertiary", icon=":material/content_copy:"):
        whole = "The whole answer"
        names = [whole, *(f"Sentence {index + 1}" for index in range(len(answer.claims)))]
        chosen = st.selectbox("What to copy", names, key=f"ask_copy_{turn.id}") if answer.claims else whole
        part = answer if chosen == whole else one_claim(answer, names.index(chosen) - 1)
        st.code(answer_markdown(part), language=None, wrap_lines=True)


def one_claim(answer: Answer, index: int) -> Answer:
    """The answer cut to one of its claims and what that cites."""
    claim = answer.claims[index]
    return replace(
        answer, claims=(claim,), citations=cited(answer, claim), notices=(), near_misses=(), table=None, filters=(), mode="extract"
    )


def _source_menu(answer: Answer) -> None:
    named = {one.abstract_id: one.label for one in answer.near_misses} | {one.abstract_id: one.label for one in answer.citations}
    here = holdings_cache().papers(named)
    if not here:
        return
    with st.popover("Open", type="tertiary", icon=":material/article:"):
        for abstract_id in here:
            if st.button(plain(named[abstract_id]), key=f"ask_open_{abstract_id}", type="tertiary"):
                open_paper(abstract_id)


def _download_menu(answer: Answer) -> None:
    papers = [one.abstract for one in holdings_cache().papers(one.abstract_id for one in answer.members).values()]
    with st.popover("Save", type="tertiary", icon=":material/download:"):
        st.download_button("Markdown", lambda: answer_markdown(answer), "answer.md", "text/markdown", on_click="ignore", key="ask_md")
        if papers:
            st.download_button("BibTeX of what is cited", lambda: bibtex(papers), "cited.bib", on_click="ignore", key="ask_bib")
            st.download_button("CSL-JSON of what is cited", lambda: csl_json(papers), "cited.json", on_click="ignore", key="ask_csl")


def _unfiltered() -> None:
    clear()
    st.session_state["ask_without"] = True


def _edit(turn: Turn) -> None:
    st.session_state["ask_editing"] = turn.id


def _editor(turn: Turn, conversation: str) -> None:
    """The question again, to be changed and asked in the place of the last turn."""
    if st.session_state.get("ask_editing") != turn.id:
        return
    with st.form("ask_editor"):
        text = st.text_area("Edit the question", turn.question, key=f"ask_edited_{turn.id}")
        with st.container(horizontal=True):
            asked = st.form_submit_button("Ask", type="primary")
            closed = st.form_submit_button("Cancel")
    try:
        if asked and text and text.strip():
            start(conversation, text, options(), again=True)
    except (LimitError, QuestionError) as error:  # too long, say: the text stays, to be changed
        st.error(plain(str(error)))
        return
    if asked or closed:
        st.session_state["ask_editing"] = None
        st.rerun()


def _thumbs(turn: Turn) -> None:
    key, comment = f"ask_thumb_{turn.id}", f"ask_comment_{turn.id}"
    default = _THUMBS.index(turn.thumb) if turn.thumb else None
    st.feedback("thumbs", key=key, default=default, on_change=_judge, args=(turn.id, key, comment))
    if turn.thumb:
        with st.popover("Comment", type="tertiary"):
            st.text_area("What was good or wrong? It is kept here, with the answer.", turn.comment, key=comment)
            st.button("Keep", key=f"ask_keep_{turn.id}", on_click=_judge, args=(turn.id, key, comment))


def _judge(turn_id: str, key: str, comment: str) -> None:
    value = st.session_state.get(key)
    thumb = None if value is None else _THUMBS[value]
    try:
        history().feedback(turn_id, owner(), thumb, st.session_state.get(comment) or "")
    except RagError as error:
        st.toast(plain(str(error)), icon=":material/error:", duration="long")


def _related_questions(turn: Turn, answer: Answer) -> None:
    """Questions to go on with, each tried before it is offered."""
    if answer.outcome != "answered":
        return
    besides = tuple(dict.fromkeys(one.abstract_id for one in answer.citations))
    found = further_questions(holdings_cache().holdings().generation, answer.standalone_question, besides)
    if found:
        st.html('<h3 class="rag-small">Also in the corpus</h3>')
        with st.container(key="ask_further", horizontal=True, gap="xsmall"):
            for index, question in enumerate(found):
                st.button(plain(question), key=f"ask_further_{turn.id}_{index}", on_click=_ask_next, args=(question,))


def _ask_next(question: str) -> None:
    st.session_state["ask_next"] = question
