"""Faults of the page's journeys and sessions: each is brought about under a page that is open, and no typed word may get lost.

Pages are run from the entry file by Streamlit's own test driver, two of them as two tabs of one browser.
"""

from __future__ import annotations

import logging
import random
import re
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
from streamlit.testing.v1 import AppTest

from benchmarks.reliability import Fault
from rag.index import Upload, add_uploads, bring_up_to_date, remove_upload
from rag.model import Settings
from tests.fakes import FakeOpenAI
from tests.opening import HOSTILE, LISTING, Open, html, opening, press, said
from tests.processes import wait_until
from tests.scripted import Fault as ServiceFault

QUESTION = "What does MoorNet find?"
ANSWER = "finds peat bogs in radar images"
OWNER = "a" * 32  # the cookie of `opening`
NUMBER = re.compile(r"error ([0-9a-f]{8}) in the log of rag ui")


@cache
def index() -> tuple[Path, Path]:
    """A corpus of two abstracts and its index, made once."""
    corpus, made = Path(mkdtemp()), Path(mkdtemp()) / "index"
    (corpus / "bogs.bib").write_bytes(LISTING)
    bring_up_to_date(Settings(_env_file=None, index_dir=made, corpus=(corpus,), embedding="wordllama"))
    return corpus, made


@contextmanager
def site(folder: Path, **variables: str) -> Iterator[tuple[Open, pytest.MonkeyPatch]]:
    """The app with an index of its own in an empty folder; what it opens are tabs of one browser."""
    corpus, made = index()
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(Settings.model_config, "env_file", None)
        patch.chdir(folder)
        shutil.copytree(corpus, folder / "corpus")
        for name, value in {"RAG_CORPUS": str(folder / "corpus"), "RAG_EMBEDDING": "wordllama", **variables}.items():
            patch.setenv(name, value)
        with opening(folder, made, patch) as run:
            yield run, patch


def ask(page: AppTest, question: str = QUESTION) -> AppTest:
    """The page once the question is answered, or told to be none."""
    page.chat_input[0].set_value(question).run()
    wait_until(lambda: "rag-busy" not in html(page) or not page.run())
    return page


def wrong(*promises: tuple[bool, str]) -> str:
    """What was not kept of these."""
    return "; ".join(what for kept, what in promises if not kept)


def kept_text(page: AppTest) -> str:
    """What stands in the field for the question because it could not be asked."""
    proto = page.chat_input[0].proto
    return str(proto.value) if proto.set_value else ""


def delete_elsewhere(page: AppTest) -> None:
    """Delete the conversation of a page, as another tab does."""
    from ui import resources

    for one in resources.history().conversations(owner()):
        resources.history().delete(one.id, owner())


def owner() -> str:
    """Who owns what the tabs ask."""
    from ui.middleware import owner_of

    return str(owner_of(OWNER))


def questions() -> list[str]:
    """All that is stored, in its order."""
    from ui import resources

    history = resources.history()
    return [turn.question for one in history.conversations(owner()) for turn in history.turns(one.id, owner())]


# Conversations


def deleted_and_asked(folder: Path, seed: int) -> str:
    with site(folder) as (run, _):
        page = ask(run("ask"))
        old = page.query_params["c"]
        delete_elsewhere(page)
        page = ask(page)
        return wrong(
            (ANSWER in html(page), "no answer"), ("began this new one" in said(page), "not told"), (page.query_params["c"] != old, "old")
        )


def deleted_and_edited(folder: Path, seed: int) -> str:
    with site(folder) as (run, _):
        page = press(ask(run("ask")), "ask_edit")
        page.text_area[0].set_value("What does FenBERT read?")
        delete_elsewhere(page)
        next(one for one in page.button if one.label == "Ask").click().run()
        return wrong(("not yours or gone" in said(page), "not told"), (kept_text(page) == "What does FenBERT read?", "the text is lost"))


def deleted_and_renamed(folder: Path, seed: int) -> str:
    with site(folder) as (run, _):
        page = ask(run("ask"))
        name = next(one for one in page.text_input if one.label == "Name")
        delete_elsewhere(page)
        name.set_value("Bogs").run()
        return wrong((not page.exception, "a bug"), ("not yours or gone" in said(page), "not told"))


def deleted_and_rated(folder: Path, seed: int) -> str:
    with site(folder) as (run, _):
        page = ask(run("ask"))
        delete_elsewhere(page)
        page.feedback[0].set_value(1).run()
        return wrong((not page.exception, "a bug"), ("not yours or gone" in said(page), "not told"))


def deleted_while_answered(folder: Path, seed: int) -> str:
    with FakeOpenAI(default=ServiceFault("hang")) as service, site(folder, OPENAI_BASE_URL=service.url, RAG_MODEL="fake-model") as (run, _):
        page = run("ask")
        page.chat_input[0].set_value(QUESTION).run()
        delete_elsewhere(page)
        page.run()
        return wrong(
            (not page.exception, "a bug"), ("not yours or gone" in said(page), "not told"), (not page.chat_input[0].disabled, "no field")
        )


def two_tabs_at_once(folder: Path, seed: int) -> str:
    with site(folder) as (run, _):
        first = ask(run("ask"))
        second = run("ask", c=first.query_params["c"])
        for page, question in ((first, "How many images does MoorNet need?"), (second, "What does FenBERT date?")):
            page.chat_input[0].set_value(question).run()
        for page in (first, second):
            wait_until(lambda page=page: "rag-busy" not in html(page.run()))  # type: ignore[misc]
        return wrong((len(questions()) == 3, f"{questions()}"), (html(first) == html(second), "the tabs differ"))


def closed_while_answered(folder: Path, seed: int) -> str:
    with FakeOpenAI(default=ServiceFault("status", status=401, body="{}")) as service:
        service.halfway.clear()
        with site(folder, OPENAI_BASE_URL=service.url, RAG_MODEL="fake-model") as (run, _):
            page = run("ask")
            page.chat_input[0].set_value(QUESTION).run()
            conversation = page.query_params["c"]
            del page
            service.halfway.set()
            again = run("ask", c=conversation)
            wait_until(lambda: "rag-busy" not in html(again.run()))
            return wrong((ANSWER in html(again), "the answer is lost"))


def restarted(folder: Path, seed: int) -> str:
    from rag.chat import History

    with site(folder) as (run, _):
        page = ask(run("ask"))
        with History(folder / "index" / "history.db") as gone:
            gone.begin_turn(page.query_params["c"], owner(), "How long?")
        page.run()
        return wrong(("interrupted" in html(page), "not told"), (not page.chat_input[0].disabled, "no field"))


# What is typed


def too_long(folder: Path, seed: int) -> str:
    text = "bogs and more " * 400
    with site(folder) as (run, _):
        page = ask(run("ask"), text)
        return wrong(("at most 4,000" in said(page), "not told"), (kept_text(page) == text, "lost"), (questions() == [], "stored"))


def odd_text(folder: Path, seed: int) -> str:
    text = random.Random(seed).choice(
        ("\x00\x07", "\u202e\u200b", "\ud83d", "$$" * 900, "[" * 2000, "![x](http://127.0.0.1:9/x)" * 50, "#\n" * 999)
    )
    with site(folder) as (run, _):
        page = ask(run("ask"), text.encode("utf-8", "replace").decode())
        drawn = html(page)
        return wrong((not page.exception, "a bug"), ("<img" not in drawn, "an image"), (len(page.chat_input) == 1, "no field"))


def hostile_parameters(folder: Path, seed: int) -> str:
    chance = random.Random(seed)
    odd = (
        "",
        "-1",
        "0",
        "1e309",
        "9" * 400,
        "NaN",
        "\u202e",
        "../../etc/passwd",
        "<script>x</script>",
        "' OR 1=1 --",
        "a" * 3000,
        "true",
        "2024",
        "x=y&z",
    )
    names = ("c", "q", "from", "to", "source", "titles", "titled", "sort", "page", "authors", "upvotes", "abstract", "run", "against")
    with site(folder) as (run, _):
        chosen = {name: chance.choice(odd) for name in chance.sample(names, 5)}
        page = run(chance.choice(("ask", "papers", "paper", "add", "scores")), **chosen)
        return wrong((not page.exception, f"a bug with {chosen}"), ("<script>x" not in html(page), "markup"))


def hostile_abstract(folder: Path, seed: int) -> str:
    with site(folder) as (run, _):
        add_uploads(Settings(), [Upload("bad.bib", HOSTILE)])
        drawn, labels = "", []
        for page in (run("papers"), run("papers", q="BoldNet"), ask(run("ask"), "What does BoldNet link to?")):
            drawn += html(page)
            labels += [one.label for one in page.button] + [one.value for one in page.markdown]
        bare = [one for one in labels if "![" in one or "<script>" in one.replace("\\<", "")]
        return wrong(
            (not re.search(r"<img|<script(?! src)", drawn), "markup"),
            (not bare, f"labels {bare}"),
            ("&lt;script&gt;" in drawn, "not shown"),
        )


def gone_paper(folder: Path, seed: int) -> str:
    with site(folder) as (run, _):
        add_uploads(Settings(), [Upload("new.bib", LISTING.replace(b"MoorNet", b"FellNet"))])
        page = run("papers", q="FellNet")
        key = next(str(one.key) for one in page.button if str(one.key).startswith("papers_open_") and "FellNet" in one.label)
        remove_upload(Settings(), Upload("new.bib", LISTING.replace(b"MoorNet", b"FellNet")).name)
        page = press(page, key)
        page = run("paper", abstract=key.removeprefix("papers_open_"))
        return wrong(("no abstract with this address" in said(page), "not told"), (not page.exception, "a bug"))


# What lies below


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
        told = [
            one
            for one in (page, other)
            if ANSWER in html(one) or "Look for error" in html(one) or one.error or "rag index" in said(one) + html(one)
        ]
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
    with (
        FakeOpenAI(default=ServiceFault("hang")) as service,
        site(folder, OPENAI_BASE_URL=service.url, RAG_MODEL="fake-model") as (run, patch),
    ):
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
    with FakeOpenAI(default=ServiceFault("hang")) as service, site(folder, OPENAI_BASE_URL=service.url, RAG_MODEL="fake-model") as (run, _):
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


_ROWS: Sequence[tuple[str, Callable[[Path, int], str], int]] = (
    ("a question is asked in a conversation that was deleted in another tab", deleted_and_asked, 3),
    ("a question is edited in a conversation that was deleted in another tab", deleted_and_edited, 3),
    ("a conversation is renamed that was deleted in another tab", deleted_and_renamed, 3),
    ("an answer is rated that was deleted in another tab", deleted_and_rated, 3),
    ("a conversation is deleted while its answer is written", deleted_while_answered, 3),
    ("two tabs ask in one conversation at once", two_tabs_at_once, 5),
    ("the tab is closed while an answer is written", closed_while_answered, 3),
    ("the server is started again under an open tab with an answer half done", restarted, 3),
    ("a text of more than 4,000 characters is pasted as a question", too_long, 2),
    ("a question is made of odd characters", odd_text, 20),
    ("the parameters of the address are hostile", hostile_parameters, 60),
    ("title and text of an uploaded abstract are markup that steers a page", hostile_abstract, 2),
    ("a paper is opened that was removed meanwhile", gone_paper, 2),
    ("the index is replaced under an open page", index_replaced, 3),
    ("a file of the index is damaged under an open page", index_damaged, 20),
    ("history.db is locked by another program while a question is asked", history_locked, 3),
    ("history.db is locked by another program when an answer ends", history_locked_midway, 3),
    ("history.db is no database", history_damaged, 2),
    ("history.db is deleted under an open page", history_gone, 2),
    ("an answer raises what nobody expected", a_bug, 3),
    ("the model service falls silent and the answer is stopped", stopped_in_silence, 3),
    ("an upload is removed in two tabs", removed_twice, 3),
    ("the corpus is added to while three tabs ask", many_tabs, 5),
)

FAULTS = tuple(Fault("page", name, attempt, tries) for name, attempt, tries in _ROWS)
