"""Faults below a page that is open: of the index, the stored conversations, the model service and the code."""

from __future__ import annotations

import logging
import random
import re
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

from benchmarks.reliability.opened_page import ANSWER, QUESTION, ask, kept_text, modelled, site, wrong
from rag.index import Upload, add_uploads, bring_up_to_date
from rag.model import Settings
from tests.opening import LISTING, html, press, said
from tests.processes import wait_until
from tests.scripted import Fault as ServiceFault

NUMBER = re.compile(r"error ([0-9a-f]{8}) in the log of rag ui")


def index_replaced(folder: Path, seed: int) -> str:
    with site(folder) as (run, _):
        page = ask(run("ask"))
        (folder / "corpus" / "more.bib").write_bytes(LISTING.replace(b"MoorNet", b"FellNet").replace(b"bogs", b"fells"))
        bring_up_to_date(Settings(), rebuild=True)
        page = ask(page, "What does FellNet find?")
        return wrong(
            (ANSWER.replace("bogs", "fells") in html(page), "the new abstract is not found"),
            (ANSWER in html(page), "the old answer is gone"),
        )


def index_damaged(folder: Path, seed: int) -> str:
    with site(folder) as (run, _):
        page = ask(run("ask"))
        files = sorted(one for one in (folder / "index" / "generations").rglob("*") if one.is_file())
        chosen = random.Random(seed).choice(files)
        chosen.write_bytes(b"\x00 no longer what it was")
        page = ask(page)
        other = ask(run("ask"))
        told = [one for one in (page, other) if ANSWER in html(one) or one.error or 'class="rag-ended">failed' in html(one)]
        return wrong((len(told) == 2, f"neither an answer nor a word ({chosen.name}): {(said(other) + html(other))[:400]}"))


def history_locked(folder: Path, seed: int) -> str:
    with site(folder) as (run, patch):
        patch.setattr("rag.index.database._WAIT", 0.1)
        page = run("ask")
        lock = sqlite3.connect(folder / "index" / "history.db", isolation_level=None)
        lock.execute("BEGIN EXCLUSIVE")
        page = ask(page)
        told, kept = "locked" in said(page), kept_text(page)
        lock.close()
        page = ask(page)
        return wrong((told, "not told"), (kept == QUESTION, "the text is lost"), (ANSWER in html(page), "no answer afterwards"))


def history_locked_midway(folder: Path, seed: int) -> str:
    with modelled(folder, ServiceFault("hang")) as (run, patch, service):
        patch.setattr("rag.index.database._WAIT", 0.1)
        page = run("ask")
        page.chat_input[0].set_value(QUESTION).run()
        lock = sqlite3.connect(folder / "index" / "history.db", isolation_level=None)
        lock.execute("BEGIN EXCLUSIVE")
        service.stop()
        wait_until(lambda: "rag-busy" not in html(page.run()))
        lock.close()
        return wrong(("could not be stored" in html(page), "not told"), (not page.exception, "a bug"))


def history_damaged(folder: Path, seed: int) -> str:
    with site(folder) as (run, _):
        (folder / "index" / "history.db").write_bytes(b"no database at all " * 300)
        page = run("ask")
        kept = (folder / "index" / "history.db").read_bytes().startswith(b"no database")
        told = any("history.db" in one.value for one in page.error)
        (folder / "index" / "history.db").unlink()  # the promise of the message: the next question begins a new one
        return wrong((told, "not told"), (kept, "overwritten"), (ANSWER in html(ask(run("ask"))), "no answer afterwards"))


def history_gone(folder: Path, seed: int) -> str:
    with site(folder) as (run, _):
        page = ask(run("ask"))
        for path in (folder / "index").glob("history.db*"):
            path.unlink()
        page.run()
        page = ask(run("ask")) if page.chat_input else page
        return wrong(
            (bool(page.error) or ANSWER in html(page) or bool(kept_text(page)), "neither an answer nor a word"),
            (not page.exception, "a bug"),
        )


def a_bug(folder: Path, seed: int) -> str:
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(logging.Formatter().format(record))  # type: ignore[method-assign]
    logger = logging.getLogger("rag.chat.conversation")
    logger.addHandler(handler)
    try:
        with site(folder) as (run, patch):
            page = run("ask")
            patch.setattr("rag.assistant.Assistant.stream", _raise)
            page = ask(page)
            number = NUMBER.search(html(page))
            logged = "\n".join(lines)
            promises = [
                (number is not None and number[1] in logged, "no number"),
                ("Traceback" in logged and "a secret" in logged, "not logged"),
            ]
            return wrong(*promises, ("a secret" not in html(page), "the page tells it"), (not page.chat_input[0].disabled, "no field"))
    finally:
        logger.removeHandler(handler)


def _raise(*_: object, **__: object) -> Iterator[object]:
    raise ZeroDivisionError("a secret")


def stopped_in_silence(folder: Path, seed: int) -> str:
    with modelled(folder, ServiceFault("hang")) as (run, _, service):
        page = run("ask")
        page.chat_input[0].set_value(QUESTION).run()
        wait_until(lambda: service.requests)
        stop = next(str(one.key) for one in page.button if str(one.key).startswith("ask_stop_"))
        page = press(page, stop)
        wait_until(lambda: "rag-busy" not in html(page.run()))
        return wrong(("stopped" in html(page), "not told"), (not page.chat_input[0].disabled, "no field"))


def removed_twice(folder: Path, seed: int) -> str:
    with site(folder) as (run, _):
        add_uploads(Settings(), [Upload("new.bib", LISTING.replace(b"MoorNet", b"FellNet"))])
        tabs = [run("add"), run("add")]
        keys = [next(str(one.key) for one in page.button if str(one.key).startswith("add_remove_")) for page in tabs]
        for page, key in zip(tabs, keys, strict=True):
            page.button(key=key).click().run()
            _settled()
        last = tabs[1].run()
        return wrong((not last.exception, "a bug"), ("holds 2 abstracts" in said(last), "counts"))


def _settled() -> None:
    from ui.jobs import indexing

    wait_until(lambda: not indexing().busy)


def many_tabs(folder: Path, seed: int) -> str:
    with site(folder) as (run, _):
        run("ask")
        raised: list[BaseException] = []

        def work() -> None:
            try:
                add_uploads(Settings(), [Upload("new.bib", LISTING.replace(b"MoorNet", b"FellNet"))])
            except BaseException as error:  # noqa: BLE001 - told below
                raised.append(error)

        writer = threading.Thread(target=work)
        writer.start()
        pages = [ask(run("ask")) for _ in range(3)]
        writer.join()
        return wrong((not raised, f"{raised}"), (all(ANSWER in html(page) for page in pages), "an answer is missing"))
