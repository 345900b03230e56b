"""Conversations in history.db: stored claim by claim, each owner's own, whole after a kill."""

from __future__ import annotations

import functools
import json
import re
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from rag.chat.history import History, ServerHistory
from rag.chat.turns import Turn, answer_messages, default_title, messages, partial, shorten
from rag.model.answers import Answer
from rag.model.errors import IndexMismatchError, NotFoundError, RagError
from rag.model.records import Citation, Claim, Source
from rag.model.settings import Settings
from tests.processes import next_line, python, started, threads

CITED = Citation(1, "sentence", "6140b94eda05", "KS-Lottery", "It tests.", 0, 9, sources=(Source("a.txt", 3, 0, 9),), sentence=0)
CLAIM = Claim("evidence", "It tests. See [12].", (1,))
ANSWER = Answer("How?", "How?", "answered", claims=(CLAIM,), citations=(CITED,), seconds=0.5, filters=("year = 2024",), usage={"total": 3})


Open = Callable[[], History]


@pytest.fixture(params=["sqlite", "postgres"])
def opening(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """What opens one and the same history, in a file or on a server, as often as it is called."""
    if request.param == "sqlite":
        return lambda: History(tmp_path / "history.db")
    database = request.getfixturevalue("database")
    return lambda: ServerHistory(database)


@pytest.fixture
def history(opening: Open) -> Iterator[History]:
    with opening() as opened:
        yield opened


def answered(history: History, conversation: str, question: str, answer: Answer = ANSWER) -> str:
    turn = history.begin_turn(conversation, "ann", question)
    history.finish(turn, answer)
    return turn


# conversations


def test_a_conversation_has_an_unguessable_id_and_takes_its_title_from_the_first_question(history: History) -> None:
    one = history.create("ann")
    assert (len(one.id), one.title, one.turns) == (32, "New conversation", 0)
    answered(history, one.id, "How does KS-Lottery find winning tickets in a very large language model of many layers?")
    answered(history, one.id, "Why?")
    found = history.get(one.id, "ann")
    assert (found.title, found.turns) == ("How does KS-Lottery find winning tickets in a very large…", 2)
    assert found.updated > found.created == one.created


def test_a_title_that_was_given_stays(history: History) -> None:
    one = history.create("ann", "Tickets")
    answered(history, one.id, "How?")
    assert history.get(one.id, "ann").title == "Tickets"
    assert history.rename(one.id, "ann", "  Winning\n tickets ").title == "Winning tickets"
    assert history.rename(one.id, "ann", "").title == "Winning tickets"


def test_conversations_are_listed_by_their_last_use_and_only_to_their_owner(history: History) -> None:
    first, second = history.create("ann"), history.create("ann")
    history.create("bob")
    answered(history, first.id, "How?")
    assert [one.id for one in history.conversations("ann")] == [first.id, second.id]
    assert [one.id for one in history.conversations("ann", limit=1)] == [first.id]
    assert history.conversations("eve") == ()


@pytest.mark.parametrize(("search", "found"), [("TICKETS", True), ("größe", True), ("100%", True), ("_", False), ("%x", False), ("", True)])
def test_search_takes_every_character_as_it_is_and_no_notice_of_case(history: History, search: str, found: bool) -> None:
    one = history.create("ann", "Winning tickets")
    answered(history, one.id, "Welche GRÖSSE? Die Größe von 100%.")
    assert bool(history.conversations("ann", search)) is found


def test_anothers_conversation_and_none_are_the_same_error(history: History) -> None:
    one = history.create("ann")
    turn = answered(history, one.id, "How?")
    said = set()
    for conversation, owner in ((one.id, "bob"), ("0" * 32, "ann"), ("' OR 1=1 --", "ann"), ("\ud800\x00", "ann")):
        for act in (history.get, history.turns, history.delete):
            with pytest.raises(NotFoundError) as caught:
                act(conversation, owner)
            said.add(str(caught.value))
        with pytest.raises(NotFoundError):
            history.rename(conversation, owner, "x")
        with pytest.raises(NotFoundError):
            history.begin_turn(conversation, owner, "x")
    for act_on_turn in (history.turn, history.delete_turn):
        with pytest.raises(NotFoundError):
            act_on_turn(turn, "bob")
    with pytest.raises(NotFoundError):
        history.feedback(turn, "bob", "up")
    assert said == {"This conversation is not yours or gone. Choose one of yours, or begin a new one."}
    assert history.get(one.id, "ann").turns == 1


def test_a_deleted_conversation_takes_its_turns_along(history: History) -> None:
    one = history.create("ann")
    running = history.begin_turn(one.id, "ann", "How?")
    history.delete(one.id, "ann")
    assert history.conversations("ann") == ()
    with pytest.raises(NotFoundError):
        history.add_claim(running, 0, CLAIM, (CITED,))
    with pytest.raises(NotFoundError):
        history.finish(running, ANSWER)
    history.fail(running, "gone already")
    with history.reading() as connection:
        assert list(connection.execute("SELECT (SELECT count(*) FROM turns), (SELECT count(*) FROM claims)").fetchone()) == [0, 0]


# turns


def test_a_finished_turn_comes_back_as_it_was(history: History) -> None:
    one = history.create("ann")
    turn = history.begin_turn(one.id, "ann", "How?", {"year": (2023, None), "more": True})
    history.add_claim(turn, 0, CLAIM, (CITED,))
    history.finish(turn, ANSWER)
    (found,) = history.turns(one.id, "ann")
    assert (found.answer, found.status, found.seconds, found.number) == (ANSWER, "done", 0.5, 1)
    assert found.answer is not None
    assert json.dumps(found.answer.to_dict()) == json.dumps(ANSWER.to_dict())
    assert found.answer.seconds == 0.5
    assert (found.claims, found.citations, found.options) == ((CLAIM,), (CITED,), {"year": [2023, None], "more": True})
    assert history.turn(turn, "ann") == found


def test_a_running_turn_shows_its_claims_so_far_and_a_restart_forgets_them(history: History) -> None:
    one = history.create("ann")
    turn = history.begin_turn(one.id, "ann", "How?")
    history.add_claim(turn, 0, CLAIM, (CITED,))
    history.clear_claims(turn)
    second, cited = replace(CLAIM, text="Second.", citations=(2, 1)), replace(CITED, number=2)
    history.add_claim(turn, 0, CLAIM, (CITED,))
    history.add_claim(turn, 1, second, (cited, CITED))
    found = history.turn(turn, "ann")
    assert (found.status, found.claims, found.citations) == ("running", (CLAIM, second), (CITED, cited))
    assert partial(found).notices == ("This answer is not finished yet.",)


def test_a_stopped_and_a_failed_turn_keep_their_claims(history: History) -> None:
    one = history.create("ann")
    begun = [history.begin_turn(one.id, "ann", "How?") for _ in range(2)]
    for turn in begun:
        history.add_claim(turn, 0, CLAIM, (CITED,))
    history.stop(begun[0])
    history.fail(begun[1], "The service is away.")
    stopped, failed = history.turns(one.id, "ann")
    assert [stopped.status, failed.status, failed.error] == ["stopped", "failed", "The service is away."]
    assert [stopped.claims, failed.claims] == [(CLAIM,), (CLAIM,)]
    answer = partial(stopped)
    assert (answer.claims, answer.incomplete, answer.outcome) == ((CLAIM,), True, "answered")
    assert answer.notices == ("This answer was stopped before it was finished.",)
    assert Answer.from_dict(answer.to_dict()) == answer


def test_a_stopped_turn_may_have_the_assistants_own_incomplete_answer(history: History) -> None:
    one = history.create("ann")
    turn = history.begin_turn(one.id, "ann", "How?")
    history.stop(turn, replace(ANSWER, incomplete=True))
    found = history.turn(turn, "ann")
    assert (found.status, found.answer) == ("stopped", replace(ANSWER, incomplete=True))


def test_what_has_ended_is_not_written_again(history: History) -> None:
    turn = answered(history, history.create("ann").id, "How?")
    with pytest.raises(NotFoundError):
        history.stop(turn)
    with pytest.raises(NotFoundError):
        history.add_claim(turn, 5, CLAIM, (CITED,))
    history.fail(turn, "too late")
    assert history.turn(turn, "ann").answer == ANSWER


def test_a_turn_that_is_taken_out_leaves_no_gap(history: History) -> None:
    one = history.create("ann")
    turns = [answered(history, one.id, question) for question in ("A?", "B?", "C?")]
    history.delete_turn(turns[1], "ann")
    assert [(turn.number, turn.question) for turn in history.turns(one.id, "ann")] == [(1, "A?"), (2, "C?")]
    assert history.turn(turns[2], "ann").number == 2


_WRITER = """
import json
import sys
from pathlib import Path
from rag.chat.history import History
from rag.model.settings import Settings
from tests.test_history import CITED, CLAIM
history = History.open(Settings(_env_file=None, **json.loads(sys.argv[1])))
one = history.create("ann")
turn = history.begin_turn(one.id, "ann", "How?")
for position in range(3):
    history.add_claim(turn, position, CLAIM, (CITED,))
print(one.id, flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_claims_outlive_a_process_that_is_killed_in_mid_turn(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    given = {"index_dir": str(tmp_path / "index")}
    if engine == "postgres":  # another machine has another folder
        database = request.getfixturevalue("database")
        given |= {"database_url": database.url.get_secret_value(), "database_schema": database.schema}
    root = Path(__file__).parents[1]
    with started(python(_WRITER, json.dumps(given)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root) as writer:
        conversation = next_line(writer.stdout)
        with History.open(Settings(**given | ({"index_dir": str(tmp_path / "other")} if engine == "postgres" else {}))) as history:
            (running,) = history.turns(conversation, "ann")
            assert (running.status, len(running.claims)) == ("running", 3)
            writer.kill()
            writer.wait()
            (found,) = history.turns(conversation, "ann")
            assert (found.status, found.claims, found.citations) == ("interrupted", (CLAIM, CLAIM, CLAIM), (CITED,))
            assert partial(found).notices[0].startswith("This answer was interrupted")
            answered(history, conversation, "Again?")
            assert [turn.status for turn in history.turns(conversation, "ann")] == ["interrupted", "done"]


def test_a_turn_is_interrupted_once_its_history_is_closed(opening: Open) -> None:
    with opening() as first, opening() as beside:
        turn = first.begin_turn(first.create("ann").id, "ann", "How?")
        assert beside.turn(turn, "ann").status == "running"
    with opening() as second:
        assert second.turn(turn, "ann").status == "interrupted"


def test_threads_and_connections_write_at_once(opening: Open) -> None:
    with opening() as one, opening() as other:
        conversation = one.create("ann").id

        def talk(history: History) -> None:
            for _ in range(10):
                turn = history.begin_turn(conversation, "ann", "How?")
                history.add_claim(turn, 0, CLAIM, (CITED,))
                history.finish(turn, ANSWER)

        with threads(*(functools.partial(talk, history) for history in (one, other, one, other))):
            pass
        assert [turn.number for turn in one.turns(conversation, "ann") if turn.answer == ANSWER] == list(range(1, 41))


# feedback


def test_feedback_is_kept_replaced_and_taken_back(history: History) -> None:
    turn = answered(history, history.create("ann").id, "How?")
    history.feedback(turn, "ann", "down", "Wrong paper: see \x00 {query_str}")
    assert (history.turn(turn, "ann").thumb, history.turn(turn, "ann").comment) == ("down", "Wrong paper: see   {query_str}")
    history.feedback(turn, "ann", None)
    assert (history.turn(turn, "ann").thumb, history.feedback_rows()) == (None, [])


def test_judged_answers_are_exported_as_questions_with_what_went_before(history: History) -> None:
    one = history.create("ann")
    first = answered(history, one.id, "How?")
    second = answered(history, one.id, "Why?")
    history.feedback(first, "ann", "up")
    history.feedback(second, "ann", "down", "No.")
    other = history.create("bob")
    history.feedback(history.begin_turn(other.id, "bob", "What?"), "bob", "up")
    rows = history.feedback_rows("ann")
    assert [(row["question"], row["kind"], row["thumb"], row["comment"]) for row in rows] == [
        ("How?", "feedback", "up", ""),
        ("Why?", "followup", "down", "No."),
    ]
    assert rows[1]["history"] == [{"role": "user", "content": "How?"}, {"role": "assistant", "content": ANSWER.text}]
    assert rows[0]["evidence"] == [{"abstract_id": "6140b94eda05", "ref": "a.txt:3", "quote": "It tests."}]
    assert len(history.feedback_rows()) == 3
    assert json.loads(json.dumps(rows)) == rows


# bounds


def test_what_users_type_is_bounded(history: History) -> None:
    one = history.create("ann", "word " * 100)
    assert len(one.title) <= 200
    turn = answered(history, one.id, "How?")
    with pytest.raises(RagError, match="comment has 4,001 characters; at most 4,000"):
        history.feedback(turn, "ann", "up", "x" * 4001)
    with pytest.raises(RagError, match="question has 4,001 characters"):
        history.begin_turn(one.id, "ann", "x" * 4001)
    with pytest.raises(RagError, match="1 to 200 characters, not 0"):
        history.create("")
    with pytest.raises(RagError, match="'sideways'"):
        history.feedback(turn, "ann", "sideways")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("one two three", 13, "one two three"),
        ("one two three", 12, "one two…"),
        ("one two, three", 9, "one two…"),
        ("onetwothree", 5, "onet…"),
        ("a\x1b[31m\nb\ud800", 20, "a[31m b?"),
    ],
)
def test_a_text_is_shortened_at_a_word(text: str, limit: int, short: str) -> None:
    assert shorten(text, limit) == short
    assert len(default_title(text * 50)) <= 60


# damage


@pytest.mark.parametrize("content", [b"this is no database, but somebody's notes" * 100, b"SQLite format 3\x00" + b"\xff" * 4000])
def test_a_damaged_history_is_named_and_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "history.db"
    path.write_bytes(content)
    with pytest.raises(RagError) as caught:
        History(path)
    assert str(path) in str(caught.value)
    assert "Move it away" in str(caught.value)
    assert path.read_bytes() == content


def test_another_programs_database_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE notes (text)")
    with pytest.raises(RagError, match="another program's database"):
        History(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("notes",)]


def test_a_stored_answer_that_is_none_is_an_error_that_names_the_file(history: History) -> None:
    one = history.create("ann")
    answered(history, one.id, "How?")
    with history.writing() as connection:
        connection.execute("UPDATE turns SET answer = '{}'")
    with pytest.raises(RagError, match=rf"{re.escape(history.where)} holds an answer that cannot be read"):
        history.turns(one.id, "ann")


def test_a_history_of_a_newer_version_is_not_touched(tmp_path: Path) -> None:
    History(tmp_path / "history.db").close()
    with closing(sqlite3.connect(tmp_path / "history.db")) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(IndexMismatchError, match="schema version 99"):
        History(tmp_path / "history.db")


def test_opening_without_making_says_how_to_begin(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="Begin one with: rag chat"):
        History.open(Settings(index_dir=tmp_path / "none"), create=False)
    assert not (tmp_path / "none").exists()
    (tmp_path / "file").touch()
    with pytest.raises(RagError, match="cannot be made"):
        History.open(Settings(index_dir=tmp_path / "file" / "inside"))


# messages


def stored(*answers: Answer) -> list[Turn]:
    return [Turn(str(n), n, one.question, "done", "", answer=one, claims=one.claims) for n, one in enumerate(answers, start=1)]


def test_messages_carry_no_markers_but_what_a_follow_up_may_refer_to() -> None:
    assert answer_messages(replace(ANSWER, question="And [1]?", standalone_question="And KS-Lottery?")) == [
        {"role": "user", "content": "And?", "standalone": "And KS-Lottery?"},
        {
            "role": "assistant",
            "content": "It tests. See.",
            "citations": [{"number": 1, "abstract_id": "6140b94eda05", "label": "KS-Lottery"}],
        },
    ]


def test_the_newest_turns_are_kept_within_the_tokens() -> None:
    turns = stored(*(replace(ANSWER, question=f"Question {n}?") for n in range(5)))
    assert [message["content"] for message in messages(turns, 10_000) if message["role"] == "user"] == [f"Question {n}?" for n in range(5)]
    assert [message["content"] for message in messages(turns, 25)] == [
        "Question 3?",
        "It tests. See.",
        "Question 4?",
        "It tests. See.",
    ]
    assert messages(turns, 0) == []


def test_of_a_newest_answer_that_is_too_long_the_beginning_is_kept() -> None:
    long = replace(ANSWER, claims=(replace(CLAIM, text="word " * 500 + "end"),))
    kept = messages(stored(ANSWER, long), 50)
    assert [message["role"] for message in kept] == ["user", "assistant"]
    assert 20 < len(kept[1]["content"].split()) < 50


def test_turns_without_an_answer_are_left_out_of_the_messages() -> None:
    failed = Turn("1", 1, "How?", "failed", "", error="away")
    cut = Turn("2", 2, "Why?", "interrupted", "", claims=(CLAIM,), citations=(CITED,))
    assert [message["content"] for message in messages([failed, cut], 1000)] == ["Why?", "It tests. See."]


def test_a_history_that_is_deleted_while_it_is_open_begins_anew(tmp_path: Path) -> None:
    with History(tmp_path / "history.db") as history:
        old = history.create("me", "old")
        for path in tmp_path.glob("history.db*"):
            path.unlink()
        assert history.conversations("me") == ()
        with pytest.raises(NotFoundError):
            history.begin_turn(old.id, "me", "What is studied?")
        new = history.create("me", "new")
        assert [one.id for one in history.conversations("me")] == [new.id]
