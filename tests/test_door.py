"""The page's door: hostile visitors against a page that is served, and the bounds, by a clock of the tests."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from benchmarks.reliability import Fault
from benchmarks.reliability.door import FAULTS
from benchmarks.reliability.door.server import plain
from rag.assistant import Assistant
from rag.cli.commands import streamlit_command
from rag.model.errors import IndexMissingError, LimitError, SettingsError
from rag.model.settings import Settings
from tests.browsing import QUESTION
from tests.conftest import REPOSITORY
from tests.opening import opening
from ui.door import Questions, Visitor, allowed, allowed_hosts, is_here, open_to_others
from ui.door.entry import MONTH, Entry
from ui.door.hosts import Hosts
from ui.door.limits import AtOnce, Rate
from ui.door.refusal import Refused
from ui.door.routes import Upload
from ui.door.uploads import HELD, MEGABYTE, MOST, Uploads
from ui.readiness import Readiness

ONE = (("address 192.0.2.1", 1),)
OWNED = (("owner a", 1), ("address 192.0.2.1", 4), ("everyone", 16))
SAMPLED = [one for one in FAULTS if one.sampled]


@pytest.mark.slow
@pytest.mark.parametrize("fault", SAMPLED, ids=[one.name for one in SAMPLED])
def test_a_hostile_visitor_gets_nothing_and_everybody_else_is_served(fault: Fault, tmp_path: Path) -> None:
    for seed in range(fault.sampled):
        assert fault.attempt(tmp_path, seed) == ""


@pytest.mark.slow
def test_a_page_that_others_reach_without_a_token_says_so_when_it_starts() -> None:
    assert plain().lives() == ""
    assert "Set RAG_UI_TOKEN to a secret" in plain().log.read_text(encoding="utf-8")


@dataclass
class Clock:
    """A clock that the test sets."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def test_what_is_asked_too_often_waits_until_the_first_is_a_minute_old() -> None:
    clock = Clock()
    rate = Rate(2, clock=clock)
    assert [rate.take(ONE), rate.take(ONE)] == [0.0, 0.0]
    clock.now += 20
    assert rate.take(ONE) == rate.wait(ONE) == 40.0
    clock.now += 40
    assert rate.take(ONE) == 0.0


def test_a_browser_that_drops_its_cookie_is_still_counted_by_its_address() -> None:
    rate = Rate(1, clock=Clock())
    taken = [rate.take((("owner " + name, 1), *OWNED[1:])) for name in "abcdef"]
    assert [wait == 0.0 for wait in taken] == [True] * 4 + [False] * 2
    assert rate.take((("owner g", 1), ("address 192.0.2.2", 4), ("everyone", 16))) == 0.0


def test_no_bound_is_no_bound() -> None:
    rate, room = Rate(0, clock=Clock()), AtOnce(0)
    assert [rate.take(ONE) for _ in range(1000)] == [0.0] * 1000
    assert all(room.take(ONE) for _ in range(1000))


def test_the_past_is_forgotten() -> None:
    clock = Clock()
    rate = Rate(1, clock=clock)
    for number in range(10_001):
        rate.take([(f"address {number}", 1)])
    clock.now += 61
    rate.take(ONE)
    assert len(rate._times) == 1


def test_answers_under_way_are_bounded_until_one_is_done() -> None:
    questions = Questions(0, 2)
    done = [False, False]
    for number in (0, 1):
        with questions.asking(OWNED) as hold:
            hold(lambda number=number: done[number])  # type: ignore[misc]
    with pytest.raises(LimitError, match="2 answers are under way"), questions.asking(OWNED):
        pass
    done[0] = True
    with questions.asking(OWNED) as hold:
        hold(lambda: False)


def test_a_question_that_could_not_be_started_takes_no_room() -> None:
    questions = Questions(0, 1)
    for _ in range(3):
        with pytest.raises(ValueError, match="not a question"), questions.asking(OWNED):
            raise ValueError("not a question")


def test_questions_in_a_minute_are_bounded_with_the_seconds_to_wait() -> None:
    clock = Clock()
    questions = Questions(1, 1, clock=clock)
    with questions.asking(OWNED) as hold:
        hold(lambda: True)
    clock.now += 48
    with pytest.raises(LimitError, match=r"More than 1 questions? in a minute .* in 12 seconds"), questions.asking(OWNED):
        pass
    clock.now += 12
    with questions.asking(OWNED):
        pass


def test_past_a_bound_the_page_says_so_and_keeps_the_question(surroundings: Path, index_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAG_UI_QUESTIONS", "1")
    with opening(surroundings, index_dir, monkeypatch) as run:
        page: AppTest = run("ask")
        page.chat_input[0].set_value(QUESTION).run()
        page.chat_input[0].set_value("What is a second question?").run()
        assert [one.value for one in page.warning if "in a minute" in one.value] != []
        assert page.chat_input[0].proto.value == "What is a second question?"
        assert not page.exception


@dataclass
class Sessions:
    """Sessions of one owner each; `kept` are the files that are held."""

    owners: dict[str, str | None] = field(default_factory=lambda: {"s": "a"})
    kept: set[Upload] = field(default_factory=set)

    def owner(self, session: str) -> str | None:
        return self.owners[session]

    def holds(self, session: str, file: str) -> bool:
        return Upload(session, file) in self.kept


HERE, ELSEWHERE = Visitor("a", "127.0.0.1", True), Visitor("a", "192.0.2.1", False)


def test_what_is_held_for_a_visitor_is_bounded_and_given_back_with_the_files() -> None:
    sessions = Sessions()
    uploads = Uploads("loopback", 0, sessions)
    files = [Upload("s", str(number)) for number in range(HELD // MOST + 1)]
    for one in files[:-1]:
        uploads.begin(HERE, one, str(MOST))
        sessions.kept.add(one)
        uploads.settle(one)
    with pytest.raises(Refused, match="are not held for you"):
        uploads.begin(HERE, files[-1], str(MOST))
    uploads.begin(HERE, files[0], str(MOST))  # again, in the place of itself
    uploads.settle(files[0])
    sessions.kept.clear()  # the session is over
    uploads.begin(HERE, files[-1], str(MOST))


def test_a_file_that_was_not_kept_takes_no_room_and_one_on_its_way_does() -> None:
    uploads = Uploads("always", 0, Sessions())
    for number in range(100):
        uploads.begin(ELSEWHERE, Upload("s", str(number)), None)
        uploads.settle(Upload("s", str(number)))
    uploads.begin(ELSEWHERE, Upload("s", "slow"), None)
    with pytest.raises(Refused, match="is being sent already"):
        uploads.begin(ELSEWHERE, Upload("s", "slow"), None)


def test_a_body_that_stops_is_given_up() -> None:
    async def nothing_more() -> Any:
        await asyncio.Event().wait()

    body = Uploads("always", 0, Sessions(), silence=0.01).begin(HERE, Upload("s", "f"), None)
    with pytest.raises(Refused, match="too slowly"):
        asyncio.run(body.bounded(nothing_more)())  # type: ignore[arg-type]


def test_a_body_is_as_long_as_it_says() -> None:
    async def piece() -> Any:
        return {"type": "http.request", "body": b"x" * MEGABYTE, "more_body": True}

    receive = Uploads("always", 0, Sessions()).begin(HERE, Upload("s", "f"), str(MEGABYTE)).bounded(piece)
    asyncio.run(receive())  # type: ignore[arg-type]
    with pytest.raises(Refused, match="A file may have 20 MB"):
        asyncio.run(receive())  # type: ignore[arg-type]


def test_the_size_of_a_file_is_that_of_streamlit() -> None:
    server = tomllib.loads((REPOSITORY / "ui" / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["server"]
    assert server["maxUploadSize"] * MEGABYTE == MOST


@pytest.mark.parametrize(
    ("address", "headers", "host", "here"),
    [
        (None, {}, None, True),
        ("127.0.0.1", {"Accept": "*/*"}, "localhost:8501", True),
        ("::1", {}, "[::1]:8501", True),
        ("::ffff:127.0.0.1", {}, "127.0.0.1", True),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, "localhost", False),
        (None, {"via": "1.1 proxy"}, "localhost", False),
        ("127.0.0.1", {}, "papers.example", False),
        ("192.0.2.1", {}, "localhost", False),
        ("no address", {}, "localhost", False),
    ],
)
def test_who_is_on_this_computer(address: str | None, headers: dict[str, str], host: str | None, here: bool) -> None:
    assert is_here(address, headers, host) is here
    assert (allowed("always", here=here), allowed("loopback", here=here), allowed("never", here=here)) == (True, here, False)


def test_a_line_of_ipv6_addresses_counts_as_one_visitor() -> None:
    assert Visitor(None, "2001:db8::1", False).place == Visitor(None, "2001:db8::ffff", False).place
    assert Visitor(None, "2001:db8::1", False).place != Visitor(None, "2001:db8:0:1::1", False).place


def test_who_others_can_reach_and_what_streamlit_is_told_of_it() -> None:
    assert (open_to_others("127.0.0.1", ()), open_to_others("localhost", ()), open_to_others("::1", ())) == (False, False, False)
    assert (open_to_others("0.0.0.0", ()), open_to_others("192.0.2.1", ()), open_to_others("127.0.0.1", ("a.example",))) == (True,) * 3
    assert allowed_hosts("127.0.0.1", ("A.example:8443", "*.b.example")) == ["*.b.example", "127.0.0.1", "::1", "a.example", "localhost"]
    assert allowed_hosts("0.0.0.0", ()) == allowed_hosts("127.0.0.1", ("*",)) == ["*"]
    assert "--browser.serverAddress=localhost" in streamlit_command(Path("x"), 1, True, "0.0.0.0")


def test_a_server_at_all_addresses_answers_to_the_one_that_was_reached_and_to_no_other() -> None:
    def asked(local: str, host: str) -> str:
        return Hosts("0.0.0.0").check({"type": "http", "server": (local, 8501), "headers": [(b"host", host.encode())]}).name

    assert asked("192.0.2.7", "192.0.2.7:8501") == "192.0.2.7"
    for local, host in [("192.0.2.7", "192.0.2.8"), ("192.0.2.7", "a.example"), ("", "a.example")]:
        with pytest.raises(Refused, match=rf"does not answer to {host}\. .* RAG_UI_HOSTS={host}"):
            asked(local, host)


def test_a_cookie_opens_for_a_month_and_not_with_another_token() -> None:
    clock = Clock()
    entry = Entry("correct horse battery staple", clock=clock)
    value = entry.cookie(https=True).decode().removeprefix("rag_entry=").split(";")[0]
    assert entry.cookie(https=True).endswith(b"; HttpOnly; SameSite=Lax; Secure")
    assert entry.opens(value)
    assert not Entry("another horse battery staple", clock=clock).opens(value)
    clock.now += MONTH + 1
    assert not entry.opens(value)
    assert (entry.fits("correct horse battery staple"), entry.fits("correct horse"), entry.fits("\ud800")) == (True, False, False)
    assert "horse" not in str(vars(entry))


@pytest.mark.parametrize("hosts", ["https://papers.example", "papers.example/x", "a b", "a@b"])
def test_a_host_that_can_be_none_is_named(hosts: str) -> None:
    with pytest.raises(SettingsError, match=r"RAG_UI_HOSTS cannot be .* without https://"):
        Settings(ui_hosts=hosts)


def test_hosts_are_separated_by_commas() -> None:
    assert Settings(ui_hosts=" papers.example, *.b.example,[::1]:80 ").ui_hosts == ("papers.example", "*.b.example", "[::1]:80")


def test_the_index_is_ready_when_it_was_opened_and_answers(assistant: Assistant) -> None:
    readiness = Readiness(lambda: assistant)
    assert readiness.look() == (503, {"status": "opening"})
    readiness.begin()
    assert readiness.look() == (200, {"status": "ready", "generation": assistant.generation, "abstracts": 159})


def test_why_it_is_not_ready_is_told_without_a_place() -> None:
    def missing() -> Assistant:
        raise IndexMissingError("No index at /home/somebody/.rag.")

    readiness = Readiness(missing)
    readiness.begin()
    assert readiness.look() == (503, {"status": "unavailable", "reason": "There is no index where one is needed."})


def test_one_look_at_the_index_serves_all_who_ask_at_the_time(assistant: Assistant) -> None:
    looks: Iterator[Assistant] = iter([assistant])
    readiness = Readiness(lambda: next(looks), clock=Clock())
    readiness.begin()
    assert [readiness.look()[0] for _ in range(5)] == [200] * 5
