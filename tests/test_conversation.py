"""A conversation that is stored while it is answered."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from rag.assistant import Assistant
from rag.chat.conversation import Conversation
from rag.chat.history import History
from rag.model.answers import Answer
from rag.model.errors import ModelError, NotFoundError, QuestionError
from rag.model.events import Event
from rag.model.filters import Filters, Range
from rag.model.records import Claim
from rag.model.settings import Settings
from tests.test_history import ANSWER, CITED, CLAIM

SECOND = Claim("evidence", "More.", (1,))


class Scripted:
    """An assistant that gives scripted events and remembers what it was asked with; an exception in the script is raised."""

    def __init__(self, *scripts: list[Event | BaseException]) -> None:
        self.settings = Settings(_env_file=None)
        self.asked: list[tuple[str, list[dict[str, Any]], dict[str, Any]]] = []
        self._scripts = iter(scripts)

    def stream(self, question: str, history: Any = None, **options: Any) -> Iterator[Event]:
        self.asked.append((question, list(history), options))
        for event in next(self._scripts):
            if isinstance(event, BaseException):
                raise event
            yield event


def said(claim: Claim = CLAIM) -> Event:
    return Event("claim", claim=claim, citations=(CITED,))


def whole(answer: Answer = ANSWER) -> Event:
    return Event("answer", answer=answer)


def restart() -> Event:
    return cast(Event, SimpleNamespace(kind="restart", claim=None, citations=(), answer=None))


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    with History(tmp_path / "history.db") as opened:
        yield opened


def conversation(history: History, *scripts: list[Event | BaseException]) -> tuple[Conversation, Scripted]:
    assistant = Scripted(*scripts)
    return Conversation(cast(Assistant, assistant), history, "ann"), assistant


def test_each_claim_is_stored_before_it_is_told(history: History) -> None:
    talk, _ = conversation(history, [said(), said(SECOND), whole()])
    seen: list[int] = []
    assert talk.ask("How?", on_event=lambda event: seen.append(len(talk.turns[0].claims))) == ANSWER
    assert seen == [1, 2, len(ANSWER.claims)]
    assert [(turn.status, turn.answer) for turn in talk.turns] == [("done", ANSWER)]
    assert (talk.title, talk.record is not None and talk.record.turns) == ("How?", 1)


def test_nothing_is_stored_before_there_is_a_question(history: History) -> None:
    talk, _ = conversation(history)
    for question in ("", "  ", "\udcff", "x" * 4001):
        with pytest.raises(QuestionError):
            talk.ask(question)
    assert (talk.id, talk.record, talk.title, talk.turns, history.conversations("ann")) == (None, None, "", (), ())
    with pytest.raises(NotFoundError):
        talk.again()
    with pytest.raises(NotFoundError):
        talk.rename("x")


def test_a_conversation_goes_on_by_its_id_and_for_its_owner_only(history: History) -> None:
    talk, _ = conversation(history, [whole()])
    talk.ask("How?")
    other, assistant = conversation(history, [whole(replace(ANSWER, question="Why?"))])
    resumed = Conversation(cast(Assistant, assistant), history, "ann", talk.id)
    resumed.ask("Why?", top_k=3)
    ((question, before, options),) = assistant.asked
    assert (question, options) == ("Why?", {"stop": None, "top_k": 3})
    assert [message["content"] for message in before] == ["How?", "It tests. See."]
    assert [turn.number for turn in talk.turns] == [1, 2]
    with pytest.raises(NotFoundError):
        Conversation(cast(Assistant, assistant), history, "bob", talk.id)
    assert other.id is None


def test_a_restart_voids_the_claims_so_far(history: History) -> None:
    talk, _ = conversation(history, [said(), said(), restart(), said(SECOND), ModelError("away")])
    with pytest.raises(ModelError):
        talk.ask("How?")
    assert talk.turns[0].claims == (SECOND,)


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (ModelError("The service is away. Try later."), "failed", "The service is away. Try later."),
        (KeyboardInterrupt(), "stopped", None),
    ],
)
def test_a_failure_is_stored_and_raised_and_the_claims_stay(history: History, error: BaseException, status: str, message: str) -> None:
    talk, assistant = conversation(history, [said(), error], [whole()])
    with pytest.raises(type(error)):
        talk.ask("How?")
    (turn,) = talk.turns
    assert (turn.status, turn.error, turn.claims) == (status, message, (CLAIM,))
    talk.ask("And then?")
    assert [message["content"] for message in assistant.asked[1][1]] == ["How?", "It tests. See."]


def test_a_bug_is_logged_under_a_number_that_is_stored_with_the_turn(history: History, caplog: pytest.LogCaptureFixture) -> None:
    talk, _ = conversation(history, [said(), ZeroDivisionError("secret")])
    with pytest.raises(ZeroDivisionError):
        talk.ask("How?")
    (turn,) = talk.turns
    found = re.fullmatch(
        r"Something went wrong \(ZeroDivisionError\)\. Look for error ([0-9a-f]{8}) in the log of rag ui\.", turn.error or ""
    )
    assert found is not None
    assert f"Error {found[1]} in an answer" in caplog.text
    assert "ZeroDivisionError: secret" in caplog.text
    assert (turn.status, turn.claims) == ("failed", (CLAIM,))


def test_a_question_is_kept_as_it_was_typed_and_asked_on_one_line(history: History) -> None:
    talk, assistant = conversation(history, [whole()])
    talk.ask("  How does\n\n  $x^2$ work? ")
    assert talk.turns[0].question == "  How does\n\n  $x^2$ work? "
    assert assistant.asked[0][0] == "How does $x^2$ work?"
    assert talk.title == "How does $x^2$ work?"


def test_a_stopped_answer_keeps_its_claims_and_the_stop_is_passed_on_only_if_given(history: History) -> None:
    stop = threading.Event()
    cut = replace(ANSWER, incomplete=True)
    talk, assistant = conversation(history, [said(), whole(cut)], [said()], [whole()])
    stop.set()
    assert talk.ask("How?", stop=stop) == cut
    assert assistant.asked[0][2] == {"stop": stop}
    partly = talk.ask("Why?", stop=stop)
    assert (partly.claims, partly.incomplete, partly.notices) == ((CLAIM,), True, ("This answer was stopped before it was finished.",))
    talk.ask("What?", stop=stop)
    assert [turn.status for turn in talk.turns] == ["stopped", "stopped", "done"]
    assert all("stop" not in turn.options for turn in talk.turns)


def test_asked_again_the_new_turn_takes_the_place_of_the_old(history: History) -> None:
    longer = replace(ANSWER, claims=(CLAIM, SECOND))
    talk, assistant = conversation(history, [whole()], [whole()], [ModelError("away")], [whole(longer)])
    talk.ask("How?")
    talk.ask("Why?")
    with pytest.raises(ModelError):
        talk.again(more=True)
    talk.again(more=True)
    assert [(turn.question, turn.status) for turn in talk.turns] == [("How?", "done"), ("Why?", "done"), ("Why?", "done")]
    assert talk.turns[-1].answer == longer
    assert assistant.asked[2][:2] == ("Why?", assistant.asked[1][1])


def test_an_edited_question_takes_the_place_of_the_last_and_does_not_hear_of_it(history: History) -> None:
    talk, assistant = conversation(history, [whole()], [whole()], [whole()])
    with pytest.raises(NotFoundError):
        talk.start_again("How?")
    talk.ask("First?")
    talk.ask("How?")
    with pytest.raises(QuestionError):
        talk.start_again(" ")
    turn, job = talk.start_again("Why?", more=True)
    job.answer(10)
    assert [one.question for one in talk.turns] == ["First?", "Why?"]
    assert talk.turns[1].id == turn
    assert assistant.asked[2][0] == "Why?"
    assert assistant.asked[2][1] == assistant.asked[1][1]
    assert assistant.asked[2][2]["more"] is True


def test_filters_are_stored_as_they_can_be_read_again(history: History) -> None:
    talk, _ = conversation(history, [whole()])
    talk.ask("How?", filters=Filters((Range("year", 2023),)), year=(2023, None))
    assert talk.turns[0].options == {
        "filters": {"ranges": [{"field": "year", "low": 2023, "high": None, "outside": False}], "sources": [], "scans": []},
        "year": [2023, None],
    }


def test_a_conversation_that_is_deleted_in_mid_answer_ends_it(history: History) -> None:
    talk, _ = conversation(history, [said(), said(), whole()])
    with pytest.raises(NotFoundError):
        talk.ask("How?", on_event=lambda event: history.delete(talk.id or "", "ann"))
    assert history.conversations("ann") == ()


def test_what_was_streamed_stored_and_asked_plainly_is_the_same(history: History, index_dir: Path, corpus: Path) -> None:
    settings = Settings(_env_file=None, index_dir=index_dir, corpus=(corpus,))
    with Assistant.open(settings) as assistant:
        talk = Conversation(assistant, history, "ann")
        first = talk.ask("How does KS-Lottery find winning tickets?")
        second = talk.ask("How many tokens does it tune?")
        assert first.to_dict() == assistant.ask("How does KS-Lottery find winning tickets?").to_dict()
    assert second.standalone_question == "How many tokens does KS-Lottery tune?"
    assert [turn.answer for turn in talk.turns] == [first, second]


def test_a_question_can_be_asked_in_a_thread_of_its_own_and_is_stored_as_it_goes(history: History) -> None:
    talk, _ = conversation(history, [whole()])
    turn, job = talk.start("How?")
    assert job.answer(10) == ANSWER
    assert [one.kind for one in job.follow()][-1] == "answer"
    assert (history.turn(turn, "ann").status, history.turn(turn, "ann").answer) == ("done", ANSWER)
