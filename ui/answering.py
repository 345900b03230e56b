"""The last turn of a conversation: followed while its job runs, drawn from the store when it is done."""

from __future__ import annotations

import time
from dataclasses import replace

import streamlit as st

from rag.jobs import Job
from rag.turns import Turn
from ui import last, render
from ui.resources import history, owner, running, settings, shelf
from ui.running import claims_told

_EVERY = 0.2  # seconds between two looks at a job
_PATIENCE = 0.3  # seconds that the page waits for an answer before it draws: without a model it is there at once
_GLANCE = 0.02  # with one it is not
_STOPS = 0.25  # seconds that a stopped answer may take to end before the page says so


def settled(turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """The turns, the last of them done if waiting a moment is enough: then nothing has to be drawn twice."""
    job = running().get(turns[-1].id) if turns and turns[-1].status == "running" else None
    if job is None:
        return turns
    _wait(job, _GLANCE if settings().writes else _PATIENCE)
    return (*turns[:-1], history().turn(turns[-1].id, owner()))


def draw(turn: Turn, conversation: str) -> None:
    """Draw the turn; one that runs is drawn again until it is done.

    One that is done is drawn in a fragment too: its elements stay those of the running one, and a card that is open stays open.
    """
    under_way = turn.status == "running"
    st.fragment(_follow, run_every=_EVERY if under_way else None)(turn.id, under_way)
    if not under_way:
        last.draw(turn, conversation)


def _follow(turn_id: str, under_way: bool) -> None:
    """One look at a turn; the whole page is drawn once it has ended."""
    job = running().get(turn_id)
    turn = history().turn(turn_id, owner())
    _show(turn, job, stop=under_way)
    if under_way and turn.status != "running":
        st.rerun(scope="app")


def _show(turn: Turn, job: Job | None, *, stop: bool) -> None:
    """The parts of a turn, each where it is drawn again with the same bytes; the button that stops it comes last."""
    seen = _view(turn, job)
    with st.container(key=f"turn-{turn.id}"):
        st.html(render.question(seen))
        st.html(render.line(seen))
        with st.container(key=f"claims-{turn.id}"):
            for one in render.claims(seen):
                st.html(one)
        st.html(render.after(seen))
        if stop:
            with st.container(key="ask_stop"):
                st.button("Stop", key=f"ask_stop_{turn.id}", icon=":material/stop_circle:", on_click=_stop, args=(turn.id,))


def _view(turn: Turn, job: Job | None) -> render.View:
    if turn.status == "running" and job is not None:
        said, cited = claims_told(job.steps)
        turn = replace(turn, claims=said, citations=cited)
    seen = render.view(turn, {}, keyless=not settings().has_model)
    return replace(seen, papers=shelf().papers(render.cited_by(seen.answer)))


def _stop(turn_id: str) -> None:
    job = running().get(turn_id)
    if job is not None:
        job.stop()
        _wait(job, _STOPS)


def _wait(job: Job, seconds: float) -> None:
    until = time.monotonic() + seconds
    while not job.done and time.monotonic() < until:
        time.sleep(0.01)
