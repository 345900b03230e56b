"""Catalogue and conversations on a PostgreSQL server: what its own ways add to what both databases share."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pydantic import SecretStr

from rag.chat.history import History, ServerHistory
from rag.chat.turns import MIGRATIONS
from rag.index.database import TextBytes
from rag.index.server_database import Server
from rag.model.errors import IndexMismatchError, NotFoundError, RagError, SettingsError
from rag.model.settings import Settings
from tests.postgres import PASSWORD, PostgresServer
from tests.test_history import ANSWER, answered

OWNER = "ann"


@pytest.fixture
def history(database: Server) -> Iterator[ServerHistory]:
    with ServerHistory(database) as opened:
        yield opened


def said_of(url: str) -> str:
    """What is said where a history cannot be opened."""
    with pytest.raises(RagError) as caught:
        ServerHistory(Server(SecretStr(url), "abstract_rag_history"))
    return str(caught.value)


# the server is away, or refuses


def test_a_server_that_is_away_is_named_without_its_password(postgres: PostgresServer) -> None:
    said = said_of(postgres.url(port=1))
    assert "The history cannot be reached (PostgreSQL at 127.0.0.1:1, database postgres, schema abstract_rag_history" in said
    assert "See that the server runs and that RAG_DATABASE_URL is right" in said
    assert PASSWORD not in said


def test_a_wrong_password_is_told_and_not_shown(postgres: PostgresServer) -> None:
    said = said_of(postgres.url(password="battery"))
    assert "password authentication failed" in said
    assert "battery" not in said


def test_a_database_that_is_not_there_is_named(postgres: PostgresServer) -> None:
    assert 'database "papers" does not exist' in said_of(postgres.url().removesuffix("postgres") + "papers")


@pytest.mark.parametrize(
    "url",
    [
        "mysql://ann:secret@host/db",
        "postgresql://ann:se/cret@host/db",
        "postgresql://ann:secret@x@host/db",
        "postgresql://ann:se?cret@host/db",
        "postgresql://ann:se#cret@host/db",
        "host=db password=secret",
    ],
)
def test_an_address_that_would_show_its_password_is_refused_without_it(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings(database_url=url)
    assert str(caught.value).startswith("RAG_DATABASE_URL cannot be what was given: value error, an address such as postgresql://")
    assert "ecret" not in str(caught.value)
    assert "cret@" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    ["postgresql:///papers?host=/run/postgresql", "postgres://ann:s%40cret@db:5432/papers?sslmode=require", "postgresql://[::1]:5432"],
)
def test_an_address_is_kept_and_never_printed(url: str) -> None:
    settings = Settings(database_url=url)
    assert settings.database_url is not None
    assert settings.database_url.get_secret_value() == url
    assert "cret" not in repr(settings)


def test_a_password_in_an_address_that_psycopg_cannot_read_is_not_shown() -> None:
    said = said_of("postgresql://ann:secret@host/db?nonsense=secret")
    assert "RAG_DATABASE_URL cannot be read" in said
    assert "secret" not in said


# connections come and go


def test_connections_that_the_server_dropped_while_they_were_idle_are_replaced(postgres: PostgresServer, history: ServerHistory) -> None:
    one = history.create(OWNER)
    with history.reading() as first, history.reading() as second:
        assert first is not second
    assert len(history._idle) == 2
    postgres.stop()
    postgres.start()
    assert history.get(one.id, OWNER) == one
    postgres.stop(at_once=True)
    postgres.start()
    assert history.rename(one.id, OWNER, "Again").title == "Again"


def retitle_over_a_stop(postgres: PostgresServer, history: ServerHistory) -> None:
    with history.writing() as connection:
        connection.execute("UPDATE conversations SET title = 'half'")
        postgres.stop(at_once=True)
        connection.execute("UPDATE conversations SET title = 'whole'")


def test_a_connection_that_is_lost_in_a_transaction_is_told_and_nothing_of_it_is_kept(
    postgres: PostgresServer, history: ServerHistory
) -> None:
    one = history.create(OWNER)
    try:
        with pytest.raises(RagError, match=r"The history cannot be reached .*and try again"):
            retitle_over_a_stop(postgres, history)
        with pytest.raises(RagError, match="cannot be reached"):
            history.get(one.id, OWNER)
    finally:
        postgres.start()
    assert history.get(one.id, OWNER) == one


def test_a_turn_that_outlives_the_servers_restart_is_finished(postgres: PostgresServer, history: ServerHistory) -> None:
    one = history.create(OWNER)
    turn = history.begin_turn(one.id, OWNER, "How?")
    postgres.stop(at_once=True)
    postgres.start()
    assert history.turn(turn, OWNER).status == "running"
    history.finish(turn, ANSWER)
    answered(history, one.id, "Again?")  # under a mark of its own: the server dropped the first one
    again = history.begin_turn(one.id, OWNER, "And again?")
    with ServerHistory(history.server) as other:
        assert [found.status for found in other.turns(one.id, OWNER)] == ["done", "done", "running"]
    assert history.turn(again, OWNER).status == "running"


def test_no_more_connections_stay_open_than_are_of_use(history: ServerHistory) -> None:
    held = [history.reading() for _ in range(6)]
    for one in held:
        one.__enter__()
    for one in held:
        one.__exit__(None, None, None)
    assert len(history._idle) == 4


# what a schema holds


def test_a_history_that_is_not_there_is_not_made_by_one_who_only_looks(database: Server) -> None:
    settings = Settings(database_url=database.url, database_schema=database.schema)
    with pytest.raises(NotFoundError, match="Begin one with: rag chat"):
        History.open(settings, create=False)
    with History.open(settings) as made:
        kept = made.create(OWNER)
    with History.open(settings, create=False) as found:
        assert found.get(kept.id, OWNER) == kept
        assert found.kept
    assert database.history.schema in found.where


def test_another_programs_schema_is_left_as_it_is(database: Server) -> None:
    with closing(database.connect()) as connection:
        connection.command(f"CREATE SCHEMA {database.schema}; CREATE TABLE notes (text TEXT)")
    with pytest.raises(RagError, match=r"another program's[.] Choose another schema with RAG_DATABASE_SCHEMA"):
        ServerHistory(database)


def test_a_history_of_a_newer_version_is_not_touched(history: ServerHistory) -> None:
    with history.writing() as connection:
        connection.execute("UPDATE abstract_rag SET version = 99")
    with pytest.raises(IndexMismatchError, match=f"schema version 99.*knows {len(MIGRATIONS)}.*Upgrade"):
        ServerHistory(history.server)


def test_a_table_that_is_gone_is_told(history: ServerHistory) -> None:
    with history.writing() as connection:
        connection.execute("DROP TABLE claims")
        connection.execute("DROP TABLE turns")
    with pytest.raises(RagError, match=r"not a history that can be read .*relation \"turns\" does not exist.*backup of the database"):
        history.conversations(OWNER)


# values

ODD = [
    "plain",
    "a\x00b",
    "\x00",
    "\U0010fffe",
    "\U0010fffe000041",
    "half \ud800 of one",
    "\udcff.txt",
    "Größe \U0001f600",
    "100% ? :name 'x'",
]


@pytest.mark.parametrize("text", ODD)
def test_every_text_comes_back_as_it_was(history: ServerHistory, text: str) -> None:
    with history.writing() as connection:
        connection.execute("CREATE TABLE kept (text TEXT, place INTEGER)")
        connection.executemany("INSERT INTO kept VALUES (?, ?)", [(text, 1), ("other", 2)])
    with history.reading() as connection:
        row = connection.execute("SELECT * FROM kept WHERE text = :text", {"text": text}).fetchone()
        assert (row["text"], row[0], tuple(row)) == (text, text, (text, 1))
        listed = "SELECT place FROM kept WHERE text IN (SELECT value FROM json_each(?)) AND place < ?"
        assert [tuple(one) for one in connection.execute(listed, (json.dumps([text, "x"]), 9))] == [(1,)]
        assert connection.execute(listed, ("[]", 9)).fetchall() == []


def test_a_path_that_is_no_text_is_found_by_its_bytes(history: ServerHistory) -> None:
    path = TextBytes(b"/corpus/\xff\xfe.txt")
    with history.writing() as connection:
        connection.execute("CREATE TABLE kept (path TEXT)")
        connection.execute("INSERT INTO kept VALUES (?)", (path,))
        assert connection.execute("SELECT path FROM kept WHERE path = ?", (path,)).fetchone()["path"] == "/corpus/\udcff\udcfe.txt"


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("SELECT :low, a.name FROM (SELECT 'x''y%?:z' AS name) a WHERE '1' = :low", {"low": "1", "unused": 3}),
        ("SELECT count(*) FROM conversations c WHERE c.title LIKE :containing ESCAPE '\\'", {"containing": "%äB\\_%"}),
        ("SELECT number % 3, number / 2 FROM conversations WHERE instr(title, ?) > 0 ORDER BY title", ("b",)),
    ],
)
def test_a_statement_means_the_same_to_both_databases(
    history: ServerHistory, tmp_path: Path, query: str, values: dict[str, object] | tuple[object, ...]
) -> None:
    given = []
    with History(tmp_path / "history.db") as file:
        for one in (file, history):
            for title in ("äb_c", "ÄB_c", "äb", "zb", "Zb", "_b"):
                one.create(OWNER, title)
            with one.reading() as connection:
                given.append([tuple(row) for row in connection.execute(query, values)])
    assert given[0] == given[1]
