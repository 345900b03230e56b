"""The turns of a conversation as they are drawn: earlier ones from their records, the last one as its job runs, and the first screen."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from rag.chat import Turn, partial
from rag.model import Job, NotFoundError, RagError
from ui.jobs import claims_told, last_note
from ui.parts.actions import draw_actions
from ui.parts.sidebar import plain
from ui.render import answers
from ui.render.papers import welcome_html
from ui.resources import history, holdings_cache, owner, running, settings, starter_questions

# The earlier turns of a conversation, each drawn as one block from its record.


def draw_earlier(turns: Sequence[Turn], *, limit: int | None) -> None:
    """Draw the newest of them; a button shows the rest."""
    shown = turns if limit is None else turns[-limit:]
    if len(shown) < len(turns):
        st.button(f"Show {len(turns) - len(shown)} earlier", key="ask_earlier", type="tertiary", on_click=_show_all)
    papers = holdings_cache().papers(one for turn in shown for one in answers.cited_by(partial(turn)))
    keyless = not settings().has_model
    with st.container(key="asked"):
        for turn in shown:
            st.html(answers.block(answers.view(turn, papers, keyless=keyless)))


def _show_all() -> None:
    st.session_state["ask_all"] = True


# The last turn of a conversation: followed while its job runs, drawn from the store when it is done.

_POLL_SECONDS = 0.3  # seconds between two looks at a job
_PATIENCE = 0.3  # seconds that the page waits for an answer before it draws: without a model it is there at once
_PATIENCE_WITH_MODEL = 0.02  # with one it is not
_STOP_PATIENCE = 0.25  # seconds that a stopped answer may take to end before the page says so


def wait_briefly(turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """The turns, after a short wait for the last one: if it is done by then, nothing has to be drawn twice. Raises NotFoundError."""
    job = running().get(turns[-1].id) if turns and turns[-1].status == "running" else None
    if job is not None:
        _wait(job, _PATIENCE_WITH_MODEL if settings().writes else _PATIENCE)
    return tuple(_now(one.id) if one.status == "running" else one for one in turns)


def draw_last(turn: Turn, conversation: str) -> None:
    """Draw the turn; one that runs is drawn again until it is done.

    One that is done is drawn in a fragment too: its elements stay those of the running one, and a card that is open stays open.
    """
    under_way = turn.status == "running"
    st.fragment(_poll, run_every=_POLL_SECONDS if under_way else None)(turn.id, under_way)
    if not under_way:
        draw_actions(turn, conversation)


def _poll(turn_id: str, under_way: bool) -> None:
    """Draw a turn as it is now; the whole page is drawn again once it has ended, or was deleted elsewhere."""
    try:
        seen = _current(turn_id, under_way)
    except NotFoundError:
        if not under_way:
            raise
        st.rerun(scope="app")
    _draw_turn(seen, stop=under_way)
    if under_way and seen.turn.status != "running":
        st.rerun(scope="app")


def _current(turn_id: str, under_way: bool) -> answers.View:
    """What is to be drawn of a turn; where its job has told nothing since the last look, the view of then. Raises NotFoundError.

    A turn is stored as ended a moment before its job is done: the page that was drawn in that moment looks no more, so it reads the store.
    """
    job = running().get(turn_id)
    if not under_way or job is None or job.done:
        st.session_state.pop("ask_seen", None)
        return _view(_now(turn_id), None)
    at = turn_id, job.told
    kept: tuple[tuple[str, int], answers.View] | None = st.session_state.get("ask_seen")
    if kept is None or kept[0] != at:
        kept = st.session_state["ask_seen"] = at, _view(history().turn(turn_id, owner()), job)
    return kept[1]


def _now(turn_id: str) -> Turn:
    """The turn as it is stored; where its end could not be stored, as failed: nothing would ever end it. Raises NotFoundError."""
    job = running().get(turn_id)
    over = job is not None and job.done  # asked before the store is: the other way round, an end between the two would be missed
    turn: Turn = history().turn(turn_id, owner())
    if job is None or not over or turn.status != "running":
        return turn
    said = str(job.error) if isinstance(job.error, RagError) else "The log of rag ui says why."
    return replace(turn, status="failed", error=f"It could not be stored. {said}")


def _draw_turn(seen: answers.View, *, stop: bool) -> None:
    """The parts of a turn, each where it is drawn again with the same bytes; the button that stops it comes last."""
    turn = seen.turn
    with st.container(key=f"turn-{turn.id}"):
        st.html(answers.question(seen))
        st.html(answers.line(seen))
        with st.container(key=f"claims-{turn.id}"):
            for one in answers.claims(seen):
                st.html(one)
        st.html(answers.after(seen))
        if stop:
            with st.container(key="ask_stop"):
                st.button("Stop", key=f"ask_stop_{turn.id}", icon=":material/stop_circle:", on_click=_stop, args=(turn.id,))


def _view(turn: Turn, job: Job | None) -> answers.View:
    note = ""
    if turn.status == "running" and job is not None:
        said, cited = claims_told(job.steps)
        turn, note = replace(turn, claims=said, citations=cited), last_note(job.steps)
    seen = answers.view(turn, {}, keyless=not settings().has_model)
    return replace(seen, note=note, papers=holdings_cache().papers(answers.cited_by(seen.answer)))


def _stop(turn_id: str) -> None:
    job = running().get(turn_id)
    if job is not None:
        job.stop()
        _wait(job, _STOP_PATIENCE)


def _wait(job: Job, seconds: float) -> None:
    until = time.monotonic() + seconds
    while not job.done and time.monotonic() < until:
        time.sleep(0.01)


# The first screen: what the corpus holds, and questions that it is known to answer.


def draw_welcome() -> None:
    """Draw it."""
    held = holdings_cache().holdings()
    st.html(welcome_html(held))
    if held.abstracts:
        with st.container(key="ask_starters", gap="xsmall"):
            for index, question in enumerate(starter_questions(held.generation)):
                st.button(plain(question), key=f"ask_starter_{index}", on_click=_ask, args=(question,), width="stretch")


def _ask(question: str) -> None:
    st.session_state["ask_next"] = question
