"""The index with its catalogue on a PostgreSQL server: the same answers as over SQLite, many readers, one writer, kills on both sides."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import get_args

import pytest
from pydantic import SecretStr

from benchmarks.reliability.victim import KILLED_IN_STAGE, NotingEmbedder, Victim, inspect
from benchmarks.synthetic import write_corpus
from eval.questions import SHIPPED, load_questions
from rag.assistant import Assistant
from rag.index.backup import restore_backup, write_backup
from rag.index.generation import Generation
from rag.index.generations import open_index
from rag.index.ingest import bring_up_to_date, check_index, remove_source
from rag.index.layout import Layout
from rag.index.paging import Order, read_page
from rag.index.salvage import salvage_catalogue
from rag.index.server_catalogue import ServerCatalogue
from rag.index.server_database import Server
from rag.index.snapshot import Snapshot
from rag.index.sync import FileChanges, stale_files
from rag.model.answers import Answer
from rag.model.errors import IndexBusyError, IndexDamagedError, IndexMissingError, RagError
from rag.model.filters import NO_FILTERS, Filters, Scan
from rag.model.settings import Settings
from tests.postgres import PASSWORD, PostgresServer, fresh_schema
from tests.processes import finished, next_line, output_of, python, started
from tests.test_growth import LOOKED_UP, RUN

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def served(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory, corpus: Path) -> Settings:
    """The four listings, indexed on the server."""
    folder = tmp_path_factory.mktemp("served")
    settings = Settings(
        _env_file=None,
        index_dir=folder / "index",
        corpus=(corpus,),
        mode="extract",
        database_url=SecretStr(postgres.url()),
        database_schema=fresh_schema(),
    )
    bring_up_to_date(settings)
    return settings


@pytest.fixture
def both(assistant: Assistant, served: Settings) -> Iterator[tuple[Generation, Generation]]:
    """A generation over SQLite and one over PostgreSQL, of the same listings."""
    with open_index(assistant.settings) as first, open_index(served) as second, first.reading() as file, second.reading() as server:
        yield file, server


def as_bytes(answer: Answer) -> bytes:
    """All of an answer but the time that it took."""
    return json.dumps({name: value for name, value in answer.to_dict().items() if name != "seconds"}).encode()


def test_questions_are_answered_with_the_same_bytes_as_over_sqlite(assistant: Assistant, served: Settings) -> None:
    with Assistant.open(served) as other:
        differing = [
            one.question
            for one in load_questions(SHIPPED)[::4]
            if as_bytes(assistant.ask(one.question, one.history)) != as_bytes(other.ask(one.question, one.history))
        ]
    assert differing == []


@pytest.mark.parametrize("name", LOOKED_UP)
def test_what_is_looked_up_is_what_sqlite_finds(both: tuple[Generation, Generation], name: str) -> None:
    file, server = (LOOKED_UP[name](Snapshot(one.catalogue, one.edition)) for one in both)
    assert server == file


@pytest.mark.parametrize("name", RUN)
def test_what_a_run_asks_is_what_sqlite_finds(both: tuple[Generation, Generation], name: str) -> None:
    found = []
    for one in both:
        with one.catalogue.reading() as connection:
            found.append(RUN[name](connection))
    assert found[0] == found[1]


@pytest.mark.parametrize("order", get_args(Order))
def test_pages_have_the_order_of_sqlite(both: tuple[Generation, Generation], order: Order) -> None:
    file, server = both
    for first in range(0, file.manifest.abstracts, 97):
        assert read_page(server, NO_FILTERS, order, first, 11) == read_page(file, NO_FILTERS, order, first, 11)


@pytest.mark.parametrize(
    "ask",
    [
        lambda one: [abstract.id for abstract in Snapshot.listing(one, containing="Speech")],
        lambda one: [abstract.id for abstract in Snapshot.listing(one, containing="Speech", match_case=True)],
        lambda one: one.ids(Filters(scans=(Scan("inferred", ()),))),
        lambda one: one.ids(Filters(scans=(Scan("inferred", (), negated=True),))),
        lambda one: Snapshot.tally(one, "source"),
        lambda one: Snapshot.tally(one, "month"),
        lambda one: Snapshot.arrivals(one).values().__len__(),
        lambda one: list(one.places()),
        lambda one: [name for _, name in one.first_rows(700)],
        lambda one: one.ids_beginning("a"),
        lambda one: {key: value.tobytes() for key, value in one.sentence_vectors(list(one.ids())[:50]).items()},
    ],
)
def test_what_else_is_asked_is_what_sqlite_answers(both: tuple[Generation, Generation], ask: Callable[[Generation], object]) -> None:
    file, server = map(ask, both)
    assert server == file
    assert server


def test_the_catalogue_is_nowhere_in_the_folder_and_its_place_is_told(served: Settings) -> None:
    assert not Layout(served.index_dir).catalogue.exists()
    environment = {
        **os.environ,
        "RAG_INDEX_DIR": str(served.index_dir),
        "RAG_CORPUS": str(served.corpus[0]),
        "RAG_DATABASE_URL": served.database_url.get_secret_value() if served.database_url else "",
        "RAG_DATABASE_SCHEMA": served.database_schema,
    }
    told = finished(python("from rag.cli import main; main()", "status", "--check"), env=environment, cwd=REPOSITORY)
    assert f"catalogue  PostgreSQL at 127.0.0.1:{served.database_url.get_secret_value().rsplit(':')[-1][:5]}" in told.stdout  # type: ignore[union-attr]
    assert "The index is whole" in told.stdout
    assert stale_files(served) == []


def test_an_index_of_another_catalogue_is_refused(served: Settings, tmp_path: Path) -> None:
    shutil.copytree(served.index_dir, tmp_path / "index")
    elsewhere = served.model_copy(update={"index_dir": tmp_path / "index", "database_schema": fresh_schema()})
    with closing(ServerCatalogue(Server.of(elsewhere), tmp_path, create=True)):  # type: ignore[arg-type]
        pass
    with pytest.raises(IndexDamagedError, match=r"is not the one that generation 00000001 was made from"):
        open_index(elsewhere)
    assert bring_up_to_date(elsewhere).abstracts == bring_up_to_date(served).abstracts
    check_index(elsewhere)


def test_a_catalogue_that_is_gone_is_told_and_made_anew(victim: Victim, database: Server) -> None:
    assert bring_up_to_date(victim.settings).lost == ""
    with closing(database.connect()) as connection:
        connection.command(f"DROP SCHEMA {database.schema} CASCADE")
    with pytest.raises(IndexMissingError):
        open_index(victim.settings)
    report = bring_up_to_date(victim.settings)
    assert report.lost.startswith(f"The catalogue ({database.where}) is gone")
    assert "bring the database back from a dump" in report.lost
    victim.look([victim.expected()])
    assert victim.losses == []


def test_odd_texts_and_names_come_back_as_over_sqlite(database: Server, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    odd = "a \x00 NUL, \U0010fffe no character, \ud800 half of one, \U0001f600 and 100% ? :of 'quotes'"
    rows = [{"title": f"Title {number}: {odd}", "abstract": f"Text {number} has {odd}. It ends.", "authors": [odd]} for number in range(3)]
    (corpus / os.fsdecode(b"\xff\xfe odd.jsonl")).write_text("".join(json.dumps(row) + "\n" for row in rows))
    file = Settings(_env_file=None, index_dir=tmp_path / "file", corpus=(corpus,), embedding="wordllama")
    place = {"index_dir": tmp_path / "server", "database_url": database.url, "database_schema": database.schema}
    found = []
    for settings in (file, file.model_copy(update=place)):
        bring_up_to_date(settings)
        assert bring_up_to_date(settings).files == FileChanges(unchanged=1)
        assert stale_files(settings) == []
        with open_index(settings) as index, index.reading() as generation:
            (name,) = generation.sources()
            listed = list(generation.listing())
            found.append((listed, name, generation.count(containing="\x00")))
        assert (len(listed), remove_source(settings, name).abstracts) == (3, 0)
    assert found[0] == found[1]


# writers and readers


@pytest.fixture
def victim(database: Server, tmp_path: Path) -> Victim:
    """A corpus whose catalogue is on the server and whose vectors are in segments."""
    victim = Victim(tmp_path, seed=7)
    place = {"database_url": database.url.get_secret_value(), "database_schema": database.schema}
    victim.server.write_text(json.dumps(place), encoding="utf-8")
    victim.make(segments=True)
    return victim


def test_a_second_machine_is_told_who_writes(victim: Victim, tmp_path: Path) -> None:
    server = Layout.of(victim.settings).server
    assert server is not None
    elsewhere = victim.settings.model_copy(update={"index_dir": tmp_path / "another machine's", "lock_timeout": 0.1})
    with closing(ServerCatalogue(server, tmp_path)) as catalogue, catalogue.alone(1.0):
        with pytest.raises(IndexBusyError, match=rf"abstract-rag .* {os.getpid()} is writing .*RAG_LOCK_TIMEOUT \(now 0.1 seconds\)"):
            bring_up_to_date(elsewhere)
        victim.change(new=5)
        assert stale_files(victim.settings) == ["new.jsonl", "old.jsonl"]
    bring_up_to_date(victim.settings)
    victim.look([victim.expected()])
    assert victim.losses == []


def test_a_run_that_lost_its_lock_writes_nothing_more(victim: Victim) -> None:
    server = Layout.of(victim.settings).server
    assert server is not None
    with closing(ServerCatalogue(server, victim.folder)) as catalogue, closing(ServerCatalogue(server, victim.folder)) as other:
        with catalogue.alone(1.0):
            with closing(server.connect()) as killer:
                killer.command("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2")
            with pytest.raises(RagError, match="cannot be reached"):
                forget(catalogue)
        with other.alone(60.0):
            forget(other)


def forget(catalogue: ServerCatalogue) -> None:
    with catalogue.writing() as connection:
        connection.execute("DELETE FROM kept WHERE edition = 0")


READER = """
import sys
from pathlib import Path
from benchmarks.reliability.victim import Victim, inspect
from rag.index.generations import open_index
victim, states = Victim(Path(sys.argv[1]), 0), []
seen = set()
with open_index(victim.settings) as index:
    for line in sys.stdin:
        with index.reading() as generation:
            texts = {one.title: one.text for one in generation.listing()}
            assert len(texts) == generation.manifest.abstracts, (len(texts), generation.manifest)
            assert inspect(generation, [texts]) == ""
            print(generation.name, len(texts), flush=True)
"""


def test_two_reading_processes_see_whole_editions_while_one_writes(victim: Victim, tmp_path: Path) -> None:
    first = len(victim.expected())
    with ExitStack() as stack:
        pipe = subprocess.PIPE
        readers = [stack.enter_context(started(python(READER, victim.folder), stdin=pipe, stdout=pipe, cwd=REPOSITORY)) for _ in range(2)]

        def ask() -> set[str]:
            for reader in readers:
                assert reader.stdin is not None
                print("look", file=reader.stdin, flush=True)
            return {next_line(reader.stdout) for reader in readers}

        assert ask() == {f"00000001 {first}"}
        seen: list[set[str]] = []
        for number in range(3):
            added = tmp_path / f"{number}.jsonl"
            write_corpus(added, 40, seed=50 + number)
            bring_up_to_date(victim.settings, [added], add=True, progress=lambda *_: seen.append(ask()) if len(seen) % 5 == 0 else None)
            assert ask() == {f"{number + 2:08d} {first + 40 * (number + 1)}"}
        remove_source(victim.settings, "1.jsonl")
        assert ask() == {f"00000005 {first + 80}"}
        for reader in readers:
            assert output_of(reader)[0] == ""
            assert reader.returncode == 0
    assert {f"00000001 {first}"} in seen
    check_index(victim.settings)


# kills


@pytest.mark.parametrize("stage", ["read", "merge", "embed", "index"])
@pytest.mark.parametrize("who", ["the indexer", "the server"])
def test_what_is_killed_in_any_stage_is_gone_on_with(victim: Victim, postgres: PostgresServer, stage: str, who: str) -> None:
    victim.change(new=600)
    if who == "the indexer":
        killed = finished(python(KILLED_IN_STAGE, victim.folder, stage), check=False, cwd=REPOSITORY)
        assert killed.returncode == -signal.SIGKILL
    else:
        with pytest.raises(RagError, match="cannot be reached") as caught:
            index_over_a_crash(victim, postgres, stage)
        assert "PostgreSQL at 127.0.0.1" in str(caught.value)
    states = [victim.before, victim.expected()]
    victim.look(states[:1])
    victim.count_again(set())
    committed = victim.committed()
    bring_up_to_date(victim.settings, embedding=NotingEmbedder(victim.log))
    victim.count_again(committed)
    victim.look(states[1:])
    assert (victim.losses, victim.again) == ([], 0)
    assert bool(committed & new_numbers(states)) is (stage in ("embed", "index"))
    check_index(victim.settings)


def new_numbers(states: list[dict[str, str]]) -> set[int]:
    """The numbers of the abstracts that the change brought."""
    return {int(title.rsplit(" ", 1)[1]) for title in set(states[1]) - set(states[0])}


def index_over_a_crash(victim: Victim, postgres: PostgresServer, wanted: str) -> None:
    """A run in which the server crashes, and is there again after it."""

    def crash(stage: str, done: int, total: int) -> None:
        if stage == wanted and (done or stage == "index"):
            postgres.stop(at_once=True)

    try:
        bring_up_to_date(victim.settings, progress=crash, embedding=NotingEmbedder(victim.log))
    finally:
        postgres.start()


def test_a_reader_outlives_the_servers_restart(victim: Victim, postgres: PostgresServer) -> None:
    expected = [victim.expected()]
    with open_index(victim.settings) as index, index.reading() as generation:
        assert inspect(generation, expected) == ""
        postgres.stop(at_once=True)
        with pytest.raises(RagError, match=r"The catalogue cannot be reached .*See that the server runs"):
            list(generation.listing())
        postgres.start()
        assert inspect(generation, expected) == ""


def test_a_reader_that_a_restart_cut_off_keeps_its_edition_again(victim: Victim, postgres: PostgresServer, tmp_path: Path) -> None:
    other = Victim(Path(shutil.copytree(victim.folder, tmp_path / "other machine")), seed=7)
    before = other.expected()
    with open_index(other.settings) as index, index.reading() as generation:
        assert inspect(generation, [before]) == ""
        postgres.stop()
        postgres.start()
        assert inspect(generation, [before]) == ""
        victim.change(new=20)
        for number in range(2):
            bring_up_to_date(victim.settings)
            write_corpus(victim.folder / "corpus" / f"{number}.jsonl", 3, seed=60 + number)
        assert inspect(generation, [before]) == ""


def test_a_reader_is_told_that_its_edition_went_while_it_was_cut_off(victim: Victim, postgres: PostgresServer, tmp_path: Path) -> None:
    other = Victim(Path(shutil.copytree(victim.folder, tmp_path / "other machine")), seed=7)
    with open_index(other.settings) as index, index.reading() as generation:
        generation.count()
        postgres.stop()
        postgres.start()
        victim.change(new=20)
        for number in range(2):
            bring_up_to_date(victim.settings)
            write_corpus(victim.folder / "corpus" / f"{number}.jsonl", 3, seed=60 + number)
        for _ in range(2):
            with pytest.raises(IndexDamagedError, match=r"edition 1 is gone. Type: rag index"):
                list(generation.listing())


FORKING = """
import os, sys
from pathlib import Path
from benchmarks.reliability.victim import Victim, inspect
from rag.index.generations import open_index
victim = Victim(Path(sys.argv[1]), 0)
states = [victim.expected()]
with open_index(victim.settings) as index, index.reading() as generation:
    assert inspect(generation, states) == ""
    with generation.catalogue.reading() as connection:
        held = generation.catalogue.held_editions(connection)
    child = os.fork()
    if not child:
        wrong = inspect(generation, states)
        generation.catalogue.close()
        os._exit(1 if wrong else 0)
    assert os.waitpid(child, 0)[1] == 0
    assert inspect(generation, states) == ""
    assert not generation.catalogue._dropped
    with generation.catalogue.reading() as connection:
        assert generation.catalogue.held_editions(connection) == held == [1]
"""


def test_a_forked_child_asks_over_connections_of_its_own(victim: Victim) -> None:
    finished(python(FORKING, victim.folder), cwd=REPOSITORY)


# machines with folders of their own


def test_what_another_machine_reads_is_kept_and_what_it_has_missed_is_made_again(victim: Victim, tmp_path: Path) -> None:
    other = Victim(Path(shutil.copytree(victim.folder, tmp_path / "other machine")), seed=7)
    before = other.expected()
    with open_index(other.settings) as index, index.reading() as generation:
        victim.change(new=20)
        for path in (victim.folder / "corpus").iterdir():
            bring_up_to_date(victim.settings, [path], add=True)
        assert inspect(generation, [before]) == ""
        assert Layout(victim.settings.index_dir).generations() == ["00000003"]
    write_corpus(tmp_path / "more.jsonl", 5, seed=99)
    bring_up_to_date(victim.settings, [tmp_path / "more.jsonl"], add=True)
    with pytest.raises(IndexDamagedError, match=r"is not the one that generation 00000001 was made from.*rag index"):
        open_index(other.settings)
    report = bring_up_to_date(other.settings, [tmp_path / "more.jsonl"], add=True)  # nothing is new: the catalogue knows it all
    assert (report.generation, report.embedded, report.abstracts) == ("00000004", 0, len(victim.expected()) + 5)
    check_index(other.settings)
    assert stale_files(victim.settings) == []
    assert bring_up_to_date(victim.settings, [tmp_path / "more.jsonl"], add=True).generation == "00000004"


def test_an_edition_that_a_machine_has_named_is_not_written_by_another(victim: Victim, tmp_path: Path) -> None:
    """The second machine has a copy of the folder, and knows of no generation that the first has made since."""
    other = Victim(Path(shutil.copytree(victim.folder, tmp_path / "other machine")), seed=7)
    for settings, seed in ((victim.settings, 1), (other.settings, 2)):
        write_corpus(tmp_path / f"{seed}.jsonl", 5, seed=90 + seed)
        bring_up_to_date(settings, [tmp_path / f"{seed}.jsonl"], add=True)
    assert Layout(victim.settings.index_dir).generations() == ["00000002"]
    assert Layout(other.settings.index_dir).generations() == ["00000003"]
    check_index(other.settings)


# what is done to files is not done to a server


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda settings, file: write_backup(settings, file), "pg_dump --schema {schema} --schema {schema}_history"),
        (lambda settings, file: restore_backup(settings, file, replace=True), "pg_restore"),
        (lambda settings, file: salvage_catalogue(settings), "drop its schema and type: rag index"),
    ],
)
def test_what_is_done_to_files_says_what_to_do_instead(
    served: Settings, tmp_path: Path, act: Callable[[Settings, Path], object], said: str
) -> None:
    with pytest.raises(RagError) as caught:
        act(served, tmp_path / "backup.zip")
    assert said.format(schema=served.database_schema) in str(caught.value)
    assert PASSWORD not in str(caught.value)


def test_a_user_who_may_only_read_can_ask(served: Settings, postgres: PostgresServer) -> None:
    server = Server.of(served)
    assert server is not None
    schema = served.database_schema
    with closing(server.connect()) as owner:
        owner.command(f"CREATE ROLE reader LOGIN PASSWORD 'secret'; GRANT USAGE ON SCHEMA {schema} TO reader")
        owner.command(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO reader")
    reader = served.model_copy(update={"database_url": SecretStr(postgres.url(password="secret").replace("ann:", "reader:"))})
    with Assistant.open(reader) as assistant:
        assert assistant.ask("How many papers are there?").outcome == "answered"
    with pytest.raises(RagError, match=r"The catalogue may not be used .*permission denied.*Grant it"):
        remove_source(reader, "nothing")
