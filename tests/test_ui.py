"""The pages of the web page, each run from the entry file by Streamlit's own test driver."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from rag.assistant import Assistant
from rag.chat.history import History
from rag.model.events import Job
from rag.model.records import Claim
from rag.model.settings import Settings
from tests.browsing import PROPOSED, QUESTION
from tests.conftest import REPOSITORY
from tests.fakes import FakeOpenAI
from tests.opening import until, without_search_for_components
from tests.processes import PATIENCE, wait_until
from tests.turns import QUOTE, answered, citation
from ui.middleware import COOKIE, owner_of

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
    without_search_for_components(monkeypatch)
    st.cache_resource.clear()

    def run(**query: str) -> AppTest:
        page = AppTest.from_file(str(REPOSITORY / "ui" / "app.py"), default_timeout=PATIENCE)
        for name, value in query.items():
            page.query_params[name] = value
        return page.run()

    yield run
    from ui import resources

    resources.history().close()
    resources.extractor().close()  # with a model it is an assistant of its own
    resources.assistant().close()
    st.cache_resource.clear()


def html(page: AppTest) -> str:
    """All that the page drew by itself."""
    assert not page.exception
    return "\n".join(one.proto.body for one in page.get("html") if not one.proto.body.startswith("<style"))


def asked(page: AppTest, question: str) -> AppTest:
    """The page once the question is answered."""
    page.chat_input[0].set_value(question).run()
    wait_until(lambda: "rag-busy" not in html(page) or not page.run())
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
    assert re.search(r"[34] sentences, all quoted verbatim", drawn)
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
    from tests.scripted import error

    with FakeOpenAI(default=error(401, "Bad key.")) as service:
        monkeypatch.setenv("OPENAI_BASE_URL", service.url)
        drawn = until(asked(opened(), QUESTION), "own sentences instead")
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


def test_a_long_conversation_shows_its_newest_turns_first(opened: Open) -> None:
    from ui import resources

    page = opened()
    owner = str(owner_of(BROWSER))
    history = resources.history()
    record = history.create(owner)
    for number in range(25):
        begun = history.begin_turn(record.id, owner, f"Question number {number}?")
        history.finish(begun, answered(Claim("evidence", QUOTE, (1,))))
    page.query_params["c"] = record.id
    drawn = html(page.run())
    assert "Question number 3?" not in drawn
    assert "Question number 4?" in drawn
    next(one for one in page.button if one.key == "ask_earlier").click().run()
    assert "Question number 0?" in html(page)


def test_an_answer_whose_process_ended_says_so(opened: Open, surroundings: Path) -> None:
    page = opened()
    owner = str(owner_of(BROWSER))
    with History(surroundings / "index" / "history.db") as other:
        record = other.create(owner)
        begun = other.begin_turn(record.id, owner, "How long?")
        other.add_claim(begun, 0, Claim("evidence", QUOTE, (1,)), (citation(),))
    page.query_params["c"] = record.id
    drawn = html(page.run())
    assert '<strong class="rag-ended">interrupted</strong>' in drawn
    assert QUOTE in drawn


def test_a_page_that_is_drawn_between_the_end_in_the_store_and_the_end_of_the_job_shows_the_whole_answer(opened: Open) -> None:
    from ui import resources

    page, release = opened(), threading.Event()
    owner, history = str(owner_of(BROWSER)), resources.history()
    record = history.create(owner)
    begun = history.begin_turn(record.id, owner, "How long?")
    resources.running().add(begun, Job(lambda _: iter((release.wait(PATIENCE), ())[1])))
    try:
        page.query_params["c"] = record.id
        assert QUOTE not in html(page.run())
        history.finish(begun, answered(Claim("evidence", QUOTE, (1,))))
        assert QUOTE in html(page.run())
    finally:
        release.set()


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
        from ui.serve import note_bug

        note_bug(ValueError("a secret path"))

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


def test_a_condition_that_was_read_from_the_question_can_be_taken_out(opened: Open) -> None:
    page = asked(opened(), "Which papers from 2024 have exactly two authors?")
    assert "4 of 159 abstracts match" in until(page, "abstracts match")
    button = next(one for one in page.button if one.key in {"ask_ignore_0", "ask_ignore_1"})
    condition = button.label.removeprefix("Without ")
    drawn = until(button.click().run(), "abstracts match")
    assert f">{condition}<" not in drawn
    assert "4 of 159" not in drawn


def test_only_titled_papers_can_be_asked_about(opened: Open) -> None:
    page = opened()
    next(one for one in page.toggle if one.key == "titles").set_value(True).run()
    assert "139 of 159 abstracts match" in until(asked(page, "What do papers say about speech recognition?"), "abstracts match")
