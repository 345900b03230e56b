"""What the page draws from records, live and from the store."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rag.assistant import Assistant
from rag.chat.conversation import Conversation
from rag.chat.history import History
from rag.model.answers import Answer
from rag.model.events import Event, Job
from rag.model.records import Citation, Claim, Source
from rag.model.settings import Settings
from tests.browsing import QUESTION, hostile, slow_model
from tests.fakes import FakeOpenAI
from tests.processes import PATIENCE
from tests.scripted import Fault
from tests.turns import QUOTE, answered, citation, draw, turn
from ui.holdings import HoldingsCache
from ui.jobs import Running, claims_told
from ui.render import answers
from ui.render.papers import paper_link
from ui.render.words import checked, verdict


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


def test_what_another_abstract_says_and_what_is_not_said_begin_a_new_paragraph() -> None:
    other = replace(citation(), number=2, abstract_id="ffffffffffff")
    same = answered(Claim("evidence", QUOTE, (1,)), Claim("evidence", QUOTE, (1,)))
    two = replace(answered(Claim("evidence", QUOTE, (1,)), Claim("evidence", QUOTE, (2,))), citations=(citation(), other))
    absent = answered(Claim("evidence", QUOTE, (1,)), Claim("absence", "No abstract mentions SomeNet.", ()))
    assert [draw(one).count('class="rag-break"') for one in (same, two, absent)] == [0, 1, 1]


def test_an_answer_that_cites_a_removed_abstract_keeps_its_quote() -> None:
    drawn = draw(answered(Claim("evidence", QUOTE, (1,))))
    assert f"<mark>{QUOTE}</mark>" in drawn
    assert "no longer in the corpus" in drawn


def test_the_numbers_of_a_turn_lead_into_that_turn_alone() -> None:
    one = turn(answered(Claim("evidence", QUOTE, (1,))))
    other = replace(one, id="e" * 32)
    ids = [set(re.findall(r'id="([^"]+)"', answers.block(answers.view(each, {})))) for each in (one, other)]
    targets = [set(re.findall(r'(?:popovertarget="|href="#)([^"]+)"', answers.block(answers.view(each, {})))) for each in (one, other)]
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
    drawn = answers.block(answers.view(replace(turn(answer), question=bad), {}))
    tags = set(re.findall(r"<\s*/?\s*([a-zA-Z]+)", drawn))
    assert not tags & {"script", "img", "style", "iframe", "svg", "object", "link", "form"}
    assert re.findall(r"<[^>]*\son\w+\s*=", re.sub(r'"[^"]*"', '""', drawn)) == []
    assert re.findall(r'(?:src|href)="(?!#)', drawn) == []


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//host/x", "http://user:pass@host/", "ftp://host/x", "http://"]
)
def test_a_link_out_is_http_or_https_or_plain_text(url: str) -> None:
    assert "<a" not in paper_link(url)


def test_a_link_out_shows_its_host() -> None:
    assert paper_link("https://example.org/a?b=1&c=2", "the paper") == (
        '<a href="https://example.org/a?b=1&amp;c=2" target="_blank" rel="noopener noreferrer">the paper (example.org)</a>'
    )


def test_a_turn_drawn_live_is_the_same_bytes_as_drawn_from_the_store(surroundings: Path, index_dir: Path, corpus: Path) -> None:
    with FakeOpenAI(default=slow_model) as service:
        settings = Settings(index_dir=index_dir, corpus=(corpus,), openai_base_url=service.url)
        with Assistant.open(settings) as assistant, History(surroundings / "history.db") as history:
            shelf = HoldingsCache(assistant)
            conversation = Conversation(assistant, history, "me")
            stored, job = conversation.start(QUESTION)
            answer = job.answer(30)
            told, cited = claims_told(job.steps)
            live = replace(history.turn(stored, "me"), answer=answer)
            under_way = replace(live, answer=None, claims=told, citations=cited, status="running")
        with Assistant.open(settings) as assistant, History(surroundings / "history.db") as history:
            again = history.turn(stored, "me")
            papers = HoldingsCache(assistant).papers(answers.cited_by(answer))
    assert shelf is not None
    assert len(answer.claims) == 3
    assert answers.block(answers.view(live, papers)) == answers.block(answers.view(again, papers))
    assert answers.claims(answers.view(under_way, papers)) == answers.claims(answers.view(again, papers))


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
        assert stop.wait(PATIENCE)
        yield Event("answer", answer=Answer("q", "q", "answered"))

    running = Running()
    job = Job(work)
    running.add("turn", job)
    running.stop("turn")
    assert job.answer(PATIENCE) == Answer("q", "q", "answered")
    assert running.get("turn") is job
    assert running.get("another") is None
    running.stop("another")


def test_a_model_that_is_stuck_in_mid_answer_can_be_stopped(surroundings: Path, index_dir: Path, corpus: Path) -> None:
    """How long a reader waits for that is measured by `benchmarks.web`."""
    longer = 10 * PATIENCE
    with FakeOpenAI(default=lambda body: Fault("hang_midway", text=slow_model(body))) as service:
        settings = Settings(
            index_dir=index_dir, corpus=(corpus,), openai_base_url=service.url, model_read_timeout=longer, model_deadline=2 * longer
        )
        with Assistant.open(settings) as assistant, History(surroundings / "history.db") as history:
            stored, job = Conversation(assistant, history, "me").start(QUESTION)
            next(step for step in job.follow() if step.claim is not None)
            job.stop()
            answer = job.answer(PATIENCE)
            assert (answer.incomplete, len(service.chats)) == (True, 1)
            assert history.turn(stored, "me").status == "stopped"
