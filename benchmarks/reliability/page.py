"""Faults of the page's journeys and sessions: each is brought about under a page that is open, and no typed word may get lost."""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.reliability import Fault
from benchmarks.reliability import page_below as below
from benchmarks.reliability.opened_page import ANSWER, QUESTION, ask, delete_elsewhere, kept_text, modelled, owner, questions, site, wrong
from rag.index import Upload, add_uploads, remove_upload
from rag.model import Settings
from tests.opening import HOSTILE, LISTING, html, press, said
from tests.processes import PATIENCE, wait_until
from tests.scripted import Body
from tests.scripted import Fault as ServiceFault

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
    with modelled(folder, ServiceFault("hang")) as (run, _, _):
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
    go = threading.Event()

    def refuses(_: Body) -> ServiceFault:
        go.wait(PATIENCE)
        return ServiceFault("status", status=401, body="{}")

    with modelled(folder, refuses) as (run, _, _):
        page = run("ask")
        page.chat_input[0].set_value(QUESTION).run()
        conversation = page.query_params["c"]
        del page
        go.set()
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
    ("the index is replaced under an open page", below.index_replaced, 3),
    ("a file of the index is damaged under an open page", below.index_damaged, 20),
    ("history.db is locked by another program while a question is asked", below.history_locked, 3),
    ("history.db is locked by another program when an answer ends", below.history_locked_midway, 3),
    ("history.db is no database", below.history_damaged, 2),
    ("history.db is deleted under an open page", below.history_gone, 2),
    ("an answer raises what nobody expected", below.a_bug, 3),
    ("the model service falls silent and the answer is stopped", below.stopped_in_silence, 3),
    ("an upload is removed in two tabs", below.removed_twice, 3),
    ("the corpus is added to while three tabs ask", below.many_tabs, 5),
)

FAULTS = tuple(Fault("page", name, attempt, tries) for name, attempt, tries in _ROWS)
