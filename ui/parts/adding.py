"""The parts of the page Add: the form with its preview, the progress, its outcome, the list of uploads."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from pathlib import Path

import streamlit as st

from rag.corpus import Reading, shape_names
from rag.index import MOST_FILES, KeptUpload, Upload, list_uploads
from ui.jobs import Change, Indexing
from ui.parts.navigation import ask_about, open_paper
from ui.parts.sidebar import plain
from ui.render import uploads
from ui.render.words import counted
from ui.resources import assistant, holdings_cache, may_write, settings

STYLE = Path(__file__).parents[1] / "pages.css"
PATIENCE = 0.3  # seconds that the first drawing waits for a change: a small one is done by then
_POLL_SECONDS = 0.3  # seconds between two looks at a change
_DETECT = "detected"
_PASTED = 1_000_000  # characters
_LABEL = 80  # characters of the name of a pasted text
_MOST_OFFERED = 5  # new abstracts to ask about


def draw_progress(work: Indexing) -> None:
    """The progress of a change, drawn again until it is done; then the whole page is."""
    st.fragment(_poll, run_every=_POLL_SECONDS)(work)


def _poll(work: Indexing) -> None:
    change = work.change
    if change is None or change.done:
        st.rerun(scope="app")
    else:
        said = "Adding" if change.kind == "add" else "Removing"
        st.write(f"{said} {plain(', '.join(change.names))}. The page can be left meanwhile.")
        st.progress(min(change.share, 1.0), text=change.words)


def draw_outcome(work: Indexing) -> None:
    """The outcome of the last change, until it is dismissed."""
    change = work.change
    if change is None:
        return
    with st.container(key="add_outcome", border=True):
        if change.error:
            st.warning(plain(change.error), icon=":material/error:")
        elif change.kind == "remove":
            _removed(work, change)
        else:
            _added(change)
        st.button("Dismiss", key="add_dismiss", type="tertiary", on_click=work.forget)


def _added(change: Change) -> None:
    report = change.report
    new, changed = (report.new, report.changed) if report else (0, 0)
    parts = [f"{counted(new, 'new abstract', 'new abstracts')}"]
    parts += [f"{counted(changed, 'abstract', 'abstracts')} completed by what these files say"] if changed else []
    st.markdown(f"**Added.** {' and '.join(parts)} from {plain(', '.join(change.names))}. Ask about one:")
    papers = holdings_cache().papers(change.ids[:_MOST_OFFERED])
    for one in papers.values():
        with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=f"add_new_{one.abstract.id}"):
            if st.button("Ask", key=f"add_ask_{one.abstract.id}", icon=":material/chat:", help=f"Ask about {plain(one.abstract.label)}"):
                ask_about(one.abstract)
            if st.button(plain(one.abstract.label), key=f"add_open_{one.abstract.id}", type="tertiary"):
                open_paper(one.abstract.id)


def _removed(work: Indexing, change: Change) -> None:
    st.markdown(f"**Removed** {plain(', '.join(change.names))}. Answers that cite it keep their quotes.")
    if change.removed is not None and change.removed.data:
        undone = (settings(), [change.removed], ())
        st.button("Undo", key="add_undo", icon=":material/undo:", on_click=work.add, args=undone)


def draw_form(work: Indexing) -> None:
    """Files or a text, what was read in them, and the button that adds it."""
    turn = st.session_state.setdefault("add_round", 0)
    uploads = [*_files(turn), *_pasted(turn)]
    unique = list({one.name: one for one in uploads}.values())
    if not unique:
        return
    chosen = [_draw_upload(one) for one in unique]
    found = [(upload, reading) for upload, reading in chosen if reading.abstracts]
    ids = list(dict.fromkeys(one.id for _, reading in found for one in reading.abstracts))
    label = f"Add {counted(len(ids), 'abstract', 'abstracts')} to the corpus" if ids else "There is nothing to add"
    if st.button(label, key="add_confirm", type="primary", icon=":material/add:", disabled=not ids, width="stretch"):
        work.add(settings(), [upload for upload, _ in found], ids)
        st.session_state["add_round"] = turn + 1
        st.session_state["add_readings"] = {}
        st.rerun()


def _files(turn: int) -> list[Upload]:
    given = st.file_uploader(
        "Files: listings as text, BibTeX, RIS, CSV, JSON", accept_multiple_files=True, key=f"add_files_{turn}", max_upload_size=20
    )
    if len(given) > MOST_FILES:
        st.warning(f"At most {MOST_FILES} files are taken at a time: the first {MOST_FILES} are shown.")
    return [Upload(one.name, one.getvalue()) for one in given[:MOST_FILES]]


def _pasted(turn: int) -> list[Upload]:
    with st.expander("Or paste a text", icon=":material/content_paste:"):
        text = st.text_area("The text of a listing", key=f"add_text_{turn}", height=200)
        label = st.text_input("What to call it", "pasted", key=f"add_label_{turn}")[:_LABEL]
        st.button("Read it", key="add_read")
        if text and len(text) > _PASTED:
            st.error(
                f"This text has {len(text):,} characters; at most {_PASTED:,} are taken here. Save it as a file, and give the file above."
            )
            return []
    return [Upload(label, text.encode("utf-8", "replace"))] if text and text.strip() else []


def _draw_upload(upload: Upload) -> tuple[Upload, Reading]:
    """One upload with what was read in it, in the shape that is chosen."""
    with st.container(border=True, key=f"add_upload_{upload.name}"):
        place = st.container()
        shape = st.selectbox("Read as", [_DETECT, *shape_names()], key=f"add_shape_{upload.name}", width=240)
        upload = Upload(upload.label, upload.data, None if shape == _DETECT else shape)
        reading = _read(upload)
        known = _indexed_ids([one.id for one in reading.abstracts])
        place.html(uploads.head(upload.label, reading, known))
        st.html(uploads.without_text(reading) + uploads.problems(reading.problems) + uploads.preview(reading, known))
    return upload, reading


def _read(upload: Upload) -> Reading:
    """What an upload says, read once in a session."""
    readings = st.session_state.setdefault("add_readings", {})
    key = upload.name, upload.shape
    if key not in readings:
        readings[key] = upload.read()
    found: Reading = readings[key]
    return found


def _indexed_ids(ids: Sequence[str]) -> Collection[str]:
    with assistant().reading() as generation:
        return set(generation.abstracts(ids))


def draw_uploads(work: Indexing) -> None:
    """The uploads that are in the corpus, each with a way to remove it."""
    found = list_uploads(settings())
    if not found:
        return
    st.subheader("Added so far", anchor=False)
    counts = holdings_cache().holdings().sources
    for one in found:
        with st.container(horizontal=True, vertical_alignment="center", key=f"add_kept_{one.name}"):
            st.markdown(f"{plain(one.name)}  \n:small[{_upload_caption(one, counts.get(one.name, 0))}]", width="stretch")
            if may_write():
                _remove(work, one)


def _upload_caption(one: KeptUpload, count: int) -> str:
    day = time.strftime("%Y-%m-%d", time.localtime(one.added))
    return f"{counted(count, 'abstract', 'abstracts')}, added {day}"


def _remove(work: Indexing, one: KeptUpload) -> None:
    with st.popover("Remove", icon=":material/delete:", type="tertiary", disabled=work.busy):
        st.write("Its abstracts leave the corpus, unless another file holds them too.")
        st.button("Remove it", key=f"add_remove_{one.name}", type="primary", on_click=work.remove, args=(settings(), one.name))
