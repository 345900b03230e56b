"""The web page: what it draws from records, and its pages run by Streamlit's own test driver."""

from __future__ import annotations

import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from rag.answers import Answer, Citation, Claim
from rag.assistant import Assistant
from rag.config import Settings
from rag.conversation import Conversation
from rag.events import Event
from rag.history import History
from rag.jobs import Job
from rag.records import Source
from rag.turns import Turn
from tests.conftest import REPOSITORY
from tests.fakes import FakeOpenAI
from tests.test_browser import PROPOSED, QUESTION, hostile, slow_model
from ui import render
from ui.door import COOKIE, POLICY, Door, owner_of
from ui.render_paper import link
from ui.running import Running, claims_told
from ui.shelf import Shelf
from ui.words import checked, verdict

SOURCE = Source("003_listing.txt", 12, 0, 10)
QUOTE = "We train on 48 hours."


def citation(number: int = 1, quote: str = QUOTE, **more: Any) -> Citation:
    return Citation(number, "sentence", "abc123", "SomeNet", quote, 0, len(quote), sources=(SOURCE,), **more)


def turn(answer: Answer | None, **more: Any) -> Turn:
    return Turn("f" * 32, 1, "How long?", "done", "2026-11-21T00:00:00", answer=answer, seconds=0.5, **more)


def answered(*claims: Claim, **more: Any) -> Answer:
    return Answer("How long?", "How long?", "answered", claims=claims, citations=(citation(),), **more)


def draw(answer: Answer, **more: Any) -> str:
    return render.block(render.view(turn(answer, **more), {}))


# What is drawn from a record


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        (Claim("evidence", QUOTE, (1,)), "quoted verbatim"),
        (Claim("evidence", f"[SomeNet] {QUOTE}", (1,)), "quoted verbatim"),
        (Claim("evidence", "Training takes two days of sound.", (1,)), "supported by the quote"),
        (Claim("evidence", "It takes 49 hours.", (1,), verdict="weak"), "weak: check"),
        (Claim("evidence", "It takes a year.", (1,), verdict="absent"), "not found: removed"),
    ],
)
def test_what_the_checker_found_is_told_in_words(claim: Claim, words: str) -> None:
    assert verdict(claim, (citation(),)) == words


def test_what_became_of_the_sentences_is_summed_up() -> None:
    both = answered(Claim("evidence", QUOTE, (1,)), Claim("evidence", "Two days.", (1,), verdict="weak"), checks={"dropped": 2})
    assert checked(both) == "2 sentences: 1 quoted verbatim, 1 weak: check; 2 more not found: removed"
    assert checked(answered(Claim("evidence", QUOTE, (1,)))) == "1 sentence, quoted verbatim"


def test_a_doubtful_claim_says_so_in_the_text_with_its_flags() -> None:
    drawn = draw(answered(Claim("evidence", "It takes 49 hours.", (1,), verdict="weak", flags=("number: 49",))))
    assert '<span class="rag-doubt">weak: check; number: 49</span>' in drawn


def test_an_answer_that_cites_a_removed_abstract_keeps_its_quote() -> None:
    drawn = draw(answered(Claim("evidence", QUOTE, (1,))))
    assert f"<mark>{QUOTE}</mark>" in drawn
    assert "no longer in the corpus" in drawn


def test_the_numbers_of_a_turn_lead_into_that_turn_alone() -> None:
    one = turn(answered(Claim("evidence", QUOTE, (1,))))
    other = replace(one, id="e" * 32)
    ids = [set(re.findall(r'id="([^"]+)"', render.block(render.view(each, {})))) for each in (one, other)]
    targets = [set(re.findall(r'(?:popovertarget="|href="#)([^"]+)"', render.block(render.view(each, {})))) for each in (one, other)]
    assert targets[0] <= ids[0]
    assert targets[1] <= ids[1]
    assert not ids[0] & ids[1]


def test_nothing_that_a_record_holds_becomes_markup() -> None:
    bad = hostile("http://127.0.0.1:9")
    nasty = Citation(1, "sentence", 'x"><b>', bad, bad, 0, 9, title=bad, sources=(Source(bad, 1, 0, 1),), date=bad)
    answer = Answer(
        bad,
        bad + "?",
        "answered",
        claims=(Claim("evidence", f"[{bad}] {bad}", (1,), verdict="weak", flags=(bad,)),),
        citations=(nasty,),
        filters=(bad, bad),
        table=((bad,), (bad,)),
        notices=(bad,),
        mode="generate",
        model=bad,
    )
    drawn = render.block(render.view(replace(turn(answer), question=bad), {}))
    tags = set(re.findall(r"<\s*/?\s*([a-zA-Z]+)", drawn))
    assert not tags & {"script", "img", "style", "iframe", "svg", "object", "link", "form"}
    assert re.findall(r"<[^>]*\son\w+\s*=", re.sub(r'"[^"]*"', '""', drawn)) == []
    assert re.findall(r'(?:src|href)="(?!#)', drawn) == []


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//host/x", "http://user:pass@host/", "ftp://host/x", "http://"]
)
def test_a_link_out_is_http_or_https_or_plain_text(url: str) -> None:
    assert "<a" not in link(url)


def test_a_link_out_shows_its_host() -> None:
    assert link("https://example.org/a?b=1&c=2", "the paper") == (
        '<a href="https://example.org/a?b=1&amp;c=2" target="_blank" rel="noopener noreferrer">the paper (example.org)</a>'
    )


# Answers under way


def test_a_turn_drawn_live_is_the_same_bytes_as_drawn_from_the_store(surroundings: Path, index_dir: Path, corpus: Path) -> None:
    with FakeOpenAI(default=slow_model) as service:
        settings = Settings(index_dir=index_dir, corpus=(corpus,), openai_base_url=service.url)
        with Assistant.open(settings) as assistant, History(surroundings / "history.db") as history:
            shelf = Shelf(assistant)
            conversation = Conversation(assistant, history, "me")
            stored, job = conversation.start(QUESTION)
            answer = job.answer(30)
            told, cited = claims_told(job.steps)
            live = replace(history.turn(stored, "me"), answer=answer)
            under_way = replace(live, answer=None, claims=told, citations=cited, status="running")
        with Assistant.open(settings) as assistant, History(surroundings / "history.db") as history:
            again = history.turn(stored, "me")
            papers = Shelf(assistant).papers(render.cited_by(answer))
    assert shelf is not None
    assert len(answer.claims) == 3
    assert render.block(render.view(live, papers)) == render.block(render.view(again, papers))
    assert render.claims(render.view(under_way, papers)) == render.claims(render.view(again, papers))


def test_a_repaired_claim_is_put_where_it_belongs() -> None:
    said = [Claim("evidence", text, (1,)) for text in "acb"]
    steps = (
        Event("found"),
        Event("claim", claim=said[0], citations=(citation(),), position=0),
        Event("claim", claim=said[1], citations=(citation(2),), position=1),
        Event("claim", claim=said[2], position=1),
    )
    claims, cited = claims_told(steps)
    assert [one.text for one in claims] == ["a", "b", "c"]
    assert [one.number for one in cited] == [1, 2]


def test_a_job_is_found_by_its_turn_and_stopped_from_anywhere() -> None:
    def work(stop: threading.Event) -> Iterator[Event]:
        assert stop.wait(10)
        yield Event("answer", answer=Answer("q", "q", "answered"))

    running = Running()
    job = Job(work)
    running.add("turn", job)
    started = time.monotonic()
    running.stop("turn")
    job.answer(5)
    assert time.monotonic() - started < 0.3
    assert running.get("turn") is job
    assert running.get("another") is None
    running.stop("another")


def test_stopping_a_model_in_mid_answer_takes_less_than_a_third_of_a_second(surroundings: Path, index_dir: Path, corpus: Path) -> None:
    with FakeOpenAI(default=slow_model, delay=0.05) as service:
        settings = Settings(index_dir=index_dir, corpus=(corpus,), openai_base_url=service.url)
        with Assistant.open(settings) as assistant, History(surroundings / "history.db") as history:
            stored, job = Conversation(assistant, history, "me").start(QUESTION)
            next(step for step in job.follow() if step.claim is not None)
            started = time.monotonic()
            job.stop()
            answer = job.answer(10)
            assert time.monotonic() - started < 0.3
            assert answer.incomplete
            assert history.turn(stored, "me").status == "stopped"


# The door


def through(headers: list[tuple[bytes, bytes]], path: str = "/") -> dict[bytes, list[bytes]]:
    """The headers that a response gets on its way through the door."""
    import asyncio

    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-security-policy", b"default-src *")]})

    async def keep(message: Any) -> None:
        sent.append(message)

    async def nothing() -> Any:
        return {}

    asyncio.run(Door(app)({"type": "http", "method": "GET", "path": path, "headers": headers, "scheme": "http"}, nothing, keep))
    found: dict[bytes, list[bytes]] = {}
    for name, value in sent[0]["headers"]:
        found.setdefault(name, []).append(value)
    return found


PAGE = (b"accept", b"text/html")


def test_a_new_browser_gets_a_cookie_that_scripts_cannot_read() -> None:
    (cookie,) = through([PAGE])[b"set-cookie"]
    assert re.fullmatch(rb"rag_owner=[0-9a-f]{32}; Path=/; Max-Age=\d+; HttpOnly; SameSite=Lax", cookie)
    assert through([PAGE])[b"set-cookie"] != [cookie]


def test_a_known_browser_keeps_its_cookie_and_a_forged_one_is_replaced() -> None:
    known = b"other=1; rag_owner=" + b"a" * 32
    assert b"set-cookie" not in through([PAGE, (b"cookie", known)])
    assert b"set-cookie" in through([PAGE, (b"cookie", b"rag_owner=local")])
    assert b"set-cookie" not in through([(b"accept", b"*/*")], "/static/js/index.js")


def test_every_response_forbids_what_is_not_from_here() -> None:
    assert through([PAGE])[b"content-security-policy"] == [POLICY.encode()]
    assert "img-src 'self' data: blob:" in POLICY
    assert "unsafe-eval'" not in POLICY.replace("'wasm-unsafe-eval'", "")
    assert "script-src 'self' 'wasm-unsafe-eval' 'sha256-" in POLICY


def test_an_owner_is_a_digest_and_never_that_of_the_command_line() -> None:
    assert owner_of("a" * 32) == owner_of("a" * 32) != owner_of("b" * 32)
    assert "a" * 32 not in str(owner_of("a" * 32))
    assert owner_of("local") is None
    assert owner_of(None) is None
    assert COOKIE == "rag_owner"


# The pages, run by Streamlit's test driver

Open = Callable[..., AppTest]
BROWSER = "a" * 32  # its cookie


@pytest.fixture
def opened(surroundings: Path, index_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Runs the page from its entry file, with an index folder of its own."""
    import streamlit as st

    shutil.copytree(index_dir, surroundings / "index")
    monkeypatch.setenv("RAG_INDEX_DIR", str(surroundings / "index"))
    monkeypatch.setattr(type(st.context), "cookies", {COOKIE: BROWSER})
    monkeypatch.setattr(type(st.context), "ip_address", None)
    st.cache_resource.clear()

    def run(**query: str) -> AppTest:
        page = AppTest.from_file(str(REPOSITORY / "ui" / "app.py"), default_timeout=30)
        for name, value in query.items():
            page.query_params[name] = value
        return page.run()

    yield run
    from ui import resources

    resources.history().close()
    resources.assistant().close()
    st.cache_resource.clear()


def html(page: AppTest) -> str:
    """All that the page drew by itself."""
    assert not page.exception
    return "\n".join(one.proto.body for one in page.get("html") if not one.proto.body.startswith("<style"))


def asked(page: AppTest, question: str) -> AppTest:
    """The page once the question is answered."""
    page.chat_input[0].set_value(question).run()
    until = time.monotonic() + 20
    while "rag-busy" in html(page) and time.monotonic() < until:
        page.run()
    return page


def test_the_first_screen_says_what_the_corpus_holds_and_offers_questions(opened: Open) -> None:
    page = opened()
    assert "159 abstracts · 4 sources · 2018 to 2025" in html(page)
    starters = [one for one in page.button if str(one.key).startswith("ask_starter_")]
    assert len(starters) == 4
    name = starters[0].label.split()[2]
    assert name in html(starters[0].click().run())


def test_an_answer_is_drawn_with_its_sources_and_kept(opened: Open) -> None:
    page = asked(opened(), QUESTION)
    drawn = html(page)
    assert PROPOSED in drawn
    assert "extractive, no key" in drawn
    assert "4 sentences, all quoted verbatim" in drawn
    assert page.query_params["c"]
    assert QUESTION in html(page.run())


def test_a_refusal_shows_its_reason_and_what_comes_near(opened: Open) -> None:
    drawn = html(asked(opened(), "Who won the football world cup?"))
    assert "The corpus does not say" in drawn
    assert "Closest in the corpus" in drawn


def test_a_question_that_is_none_is_told_and_nothing_is_stored(opened: Open) -> None:
    page = asked(opened(), "   ")
    assert "c" not in page.query_params
    assert not page.exception


def test_a_service_that_fails_gives_the_notice_and_the_extractive_answer(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.fakes import error

    with FakeOpenAI(default=error(401, "Bad key.")) as service:
        monkeypatch.setenv("OPENAI_BASE_URL", service.url)
        drawn = html(asked(opened(), QUESTION))
    assert "in the abstracts' own sentences instead" in drawn.replace("&#x27;", "'")
    assert PROPOSED in drawn


def test_filters_in_the_address_are_applied_and_echoed(opened: Open) -> None:
    page = opened(**{"from": "2024", "to": "2024"})
    drawn = html(asked(page, "What do papers say about speech pretraining?"))
    assert '<span class="rag-chiplet">year = 2024</span>' in drawn
    assert "of 159 abstracts match" in drawn


def test_an_address_of_another_owner_shows_nothing(opened: Open) -> None:
    page = opened(c="0" * 32)
    assert "not yours or gone" in page.warning[0].value
    assert "rag-question" not in html(page)


def test_asking_again_puts_the_new_answer_in_the_place_of_the_old(opened: Open) -> None:
    page = asked(opened(), QUESTION)
    again = next(one for one in page.button if one.key == "ask_again").click().run()
    assert html(again).count('<h2 class="rag-question"') == 1


def test_an_answer_is_judged_and_the_judgement_is_kept(opened: Open) -> None:
    page = asked(opened(), QUESTION)
    page.feedback[0].set_value(1).run()
    from ui import resources

    owner = str(owner_of(BROWSER))
    (record,) = resources.history().conversations(owner)
    (stored,) = resources.history().turns(record.id, owner)
    assert stored.thumb == "up"


def test_an_abstract_has_a_page(opened: Open, index_dir: Path, corpus: Path) -> None:
    with Assistant.open(Settings(index_dir=index_dir, corpus=(corpus,))) as assistant:
        abstract = next(one for one in assistant.abstracts() if one.label == "KS-Lottery")
    page = opened(abstract=abstract.id).switch_page("views/paper.py").run()
    page.query_params["abstract"] = abstract.id
    drawn = html(page.run())
    assert "<h1>KS-Lottery</h1>" in drawn
    assert "the source states no title" in drawn
    assert "scholar.google.com" in drawn
    assert len([one for one in page.button if str(one.key).startswith("paper_near_")]) == 5


def test_a_corpus_without_abstracts_says_what_to_do(opened: Open, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from ui import resources

    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("RAG_CORPUS", str(tmp_path / "empty"))
    monkeypatch.setenv("RAG_INDEX_DIR", str(tmp_path / "none"))
    page = opened()
    assert not page.exception
    assert "rag index" in page.error[0].value
    monkeypatch.setattr(resources, "history", lambda: Closed())
    monkeypatch.setattr(resources, "assistant", lambda: Closed())


class Closed:
    """What was never opened."""

    def close(self) -> None:
        """Nothing is to be done."""


def test_a_bug_shows_a_number_that_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    def bug() -> None:
        from ui.mishap import note

        note(ValueError("a secret path"))

    page = AppTest.from_function(bug).run()
    number = re.search(r"error ([0-9a-f]{8}) in the log", page.error[0].value)
    assert number is not None
    assert number[1] in caplog.text
    assert "a secret path" not in page.error[0].value


@pytest.mark.parametrize(("wish", "address", "may"), [("loopback", None, True), ("loopback", "10.0.0.7", False), ("never", None, False)])
def test_who_may_change_the_corpus(opened: Open, monkeypatch: pytest.MonkeyPatch, wish: str, address: str | None, may: bool) -> None:
    import streamlit as st

    monkeypatch.setenv("RAG_UI_WRITE", wish)
    monkeypatch.setattr(type(st.context), "ip_address", address)
    page = opened().switch_page("views/add.py").run()
    assert bool(page.info) is not may


@pytest.mark.parametrize("view", ["papers", "add", "scores", "paper"])
def test_every_page_runs_by_itself(opened: Open, view: str) -> None:
    assert not opened().switch_page(f"views/{view}.py").run().exception
