"""The catalogue: schema, transactions, and what readers see of it at one edition."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.corpus.draft import Reading, make_abstract
from rag.index.arrivals import forget_file, store_file
from rag.index.catalogue import (
    Catalogue,
    FinishedText,
    count_changes,
    count_new,
    count_pending,
    finished_texts,
    live_texts,
    passage_vectors,
    pending_texts,
    purge_before,
    removed_passages,
    store_finished,
    vectors_of,
)
from rag.index.database import Connection
from rag.index.layout import Layout
from rag.index.salvage import _id_of, _moment
from rag.index.schema import MIGRATIONS
from rag.index.seals import check_apart, seal_apart
from rag.index.server_catalogue import open_catalogue
from rag.index.snapshot import Snapshot
from rag.index.works import KnownFile, assemble, find_file, known_files
from rag.model.errors import IndexDamagedError, IndexMismatchError, IndexMissingError, NotFoundError, RagError
from rag.model.filters import Filters, Range
from rag.model.records import Abstract, Passage, Sentence
from tests.processes import threads


def paper(text: str, title: str | None = None, *, file: str = "a.txt", line: int = 1, **others: Any) -> Abstract:
    return make_abstract(file=file, line=line, start=0, end=len(text), text=text, title=title, **others)


def known(name: str) -> KnownFile:
    return KnownFile(f"/corpus/{name}", name, "corpus", 1, 1, "")


def store(catalogue: Catalogue, name: str, *abstracts: Abstract, edition: int) -> None:
    """Read a file into the catalogue and embed its abstracts as one passage and one sentence each."""
    with catalogue.writing() as connection:
        store_file(connection, known(name), Reading(name, "jsonl", abstracts))
        assemble(connection, edition, "rule")
        for text in pending_texts(connection, 1000):
            whole = Passage(text.abstract_id, 0, len(text.text), 0, 0)
            vector = np.full((1, 4), len(text.text), dtype=np.float32)
            store_finished(connection, [FinishedText(text.number, [(0, len(text.text))], [whole], vector)])


Open = Callable[[], Catalogue]


@pytest.fixture(params=["sqlite", "postgres"])
def opening(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """What opens one and the same catalogue, in a file or on a server, as often as it is called."""
    server = None if request.param == "sqlite" else request.getfixturevalue("database")
    return lambda: open_catalogue(Layout(tmp_path, server), create=True)


@pytest.fixture
def catalogue(opening: Open) -> Iterator[Catalogue]:
    with closing(opening()) as opened:
        yield opened


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Catalogue]:
    with closing(Catalogue(tmp_path / "catalogue.db", create=True)) as opened:
        yield opened


def test_a_missing_catalogue_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(IndexMissingError, match="Build one with: rag index"):
        Catalogue(tmp_path / "catalogue.db")


def test_a_file_that_is_no_catalogue_is_reported_as_damaged(tmp_path: Path) -> None:
    (tmp_path / "catalogue.db").write_text("these are not the pages you are looking for" * 100)
    with pytest.raises(IndexDamagedError, match="is not a catalogue"):
        Catalogue(tmp_path / "catalogue.db")


def test_a_catalogue_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.db"
    Catalogue(path, create=True).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(IndexMismatchError, match=f"schema version {len(MIGRATIONS) + 1}.*knows {len(MIGRATIONS)}.*Upgrade"):
        Catalogue(path)


def test_a_catalogue_of_version_one_is_migrated_with_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.db"
    made = Catalogue(path, create=True, migrations=MIGRATIONS[:1])
    made.close()
    with closing(sqlite3.connect(path)) as old, old:  # a row as version one wrote it
        old.execute("INSERT INTO texts (number, digest, sentences) VALUES (1, x'01', x'')")
        record = json.dumps(paper("An old abstract.").to_dict())
        row = (1, paper("An old abstract.").id, 1, 1, b"", "a.txt", 1, "An old abstract.", record)
        columns = "number, id, added, text, content, file, line, body, record"
        old.execute(f"INSERT INTO abstracts ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    with closing(Catalogue(path, migrations=(*MIGRATIONS, "ALTER TABLE abstracts ADD COLUMN note TEXT;"))) as catalogue:
        assert [one.text for one in Snapshot(catalogue, 1).listing()] == ["An old abstract."]
        with catalogue.reading() as connection:
            assert connection.execute("SELECT note FROM abstracts").fetchone()[0] is None
            assert connection.execute("PRAGMA user_version").fetchone()[0] == len(MIGRATIONS) + 1


def test_a_migration_that_fails_leaves_the_old_version(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.db"
    Catalogue(path, create=True).close()
    with pytest.raises(RagError, match="no such table"):
        Catalogue(path, migrations=(*MIGRATIONS, "CREATE TABLE half (a);\nDROP TABLE absent;"))
    with closing(Catalogue(path)) as catalogue, catalogue.reading() as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'half'").fetchone()[0] == 0


def test_what_fails_inside_a_transaction_is_undone(catalogue: Catalogue) -> None:
    def fail() -> None:
        with catalogue.writing() as connection:
            connection.execute("UPDATE state SET edition = 7")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with catalogue.reading() as connection:
        assert connection.execute("SELECT edition FROM state").fetchone()[0] == 0


def test_an_abstract_comes_back_as_it_was_stored(catalogue: Catalogue) -> None:
    one = paper(
        "Ünïcode, \\textbf{LaTeX} and “quotes”.", "A title", date="2024-06", date_precision="month", upvotes=3, urls=("https://x.org",)
    )
    store(catalogue, "a.txt", one, edition=1)
    assert Snapshot(catalogue, 1).abstracts([one.id, "unknown"]) == {one.id: one}


def test_sentences_passages_and_vectors_are_read_in_batches(catalogue: Catalogue) -> None:
    first, second = paper("One."), paper("Three.", line=2)
    store(catalogue, "a.txt", first, second, edition=1)
    snapshot = Snapshot(catalogue, 1)
    ids = [f"{second.id}:0", "unknown:0", f"{first.id}:0", f"{first.id}:9"]
    assert list(snapshot.passages(ids).values()) == [Passage(second.id, 0, 6, 0, 0), Passage(first.id, 0, 4, 0, 0)]
    assert snapshot.passages_of([first.id]) == {first.id: (Passage(first.id, 0, 4, 0, 0),)}
    assert snapshot.vectors(ids).tolist() == [[6.0] * 4, [0.0] * 4, [4.0] * 4, [0.0] * 4]
    assert snapshot.vectors(ids).dtype == np.float32
    assert snapshot.sentences([first.id]) == {first.id: (Sentence(first.id, 0, 0, 4),)}
    assert (snapshot.count(), snapshot.count_passages(), snapshot.sources()) == (2, 2, {"a.txt": 2})


def test_a_reader_sees_its_edition_while_the_next_one_is_written(catalogue: Catalogue) -> None:
    stays, goes, comes = paper("It stays."), paper("It goes.", line=2), paper("It comes.", line=2)
    store(catalogue, "a.txt", stays, goes, edition=1)
    store(catalogue, "a.txt", stays, comes, edition=2)
    before, after = Snapshot(catalogue, 1), Snapshot(catalogue, 2)
    assert [one.text for one in before.listing()] == ["It stays.", "It goes."]
    assert [one.text for one in after.listing()] == ["It stays.", "It comes."]
    assert (set(before.abstracts([goes.id, comes.id])), set(after.abstracts([goes.id, comes.id]))) == ({goes.id}, {comes.id})
    assert before.vectors([f"{goes.id}:0"]).tolist() == [[8.0] * 4]
    with catalogue.writing() as connection:
        purge_before(connection, oldest=2)
    assert [one.text for one in after.listing()] == ["It stays.", "It comes."]
    assert [one.text for one in before.listing()] == ["It stays."]


def test_the_same_text_is_not_embedded_again_when_only_its_fields_change(catalogue: Catalogue) -> None:
    store(catalogue, "a.txt", paper("A text.", upvotes=1), edition=1)
    with catalogue.writing() as connection:
        store_file(connection, known("a.txt"), Reading("a.txt", "jsonl", (paper("A text.", upvotes=2),)))
        assert assemble(connection, 2, "rule") == (1, 1)
        assert pending_texts(connection, 10) == []
    assert [one.upvotes for one in Snapshot(catalogue, 2).listing()] == [2]


def test_the_same_text_is_embedded_again_under_another_rule(catalogue: Catalogue) -> None:
    store(catalogue, "a.txt", paper("A text."), edition=1)
    with catalogue.writing() as connection:
        connection.execute("UPDATE works SET dirty = 1")
        assemble(connection, 2, "other rule")
        assert [one.text for one in pending_texts(connection, 10)] == ["A text."]


def test_a_work_that_two_files_have_outlives_one_of_them_and_keeps_its_id(catalogue: Catalogue) -> None:
    text = "We train a large model of speech on many hours of audio, and find that it transcribes better than all before it."
    first = paper(text, "Listening at Length to Everything", file="a.txt", upvotes=5)
    second = paper(text + " We release it.", "Listening at Length to Everything", file="b.txt")
    store(catalogue, "a.txt", first, edition=1)
    store(catalogue, "b.txt", second, edition=1)
    snapshot = Snapshot(catalogue, 1)
    (both,) = snapshot.listing()
    assert (both.id, [source.file for source in both.sources]) == (first.id, ["a.txt", "b.txt"])
    assert snapshot.resolve(second.id) == first.id
    assert (snapshot.count(Filters(sources=("b.txt",))), snapshot.sources()) == (1, {"a.txt": 1, "b.txt": 1})
    with catalogue.writing() as connection:
        forget_file(connection, find_file(connection, "a.txt"))
        assemble(connection, 2, "rule")
    (left,) = Snapshot(catalogue, 2).listing()
    assert (left.id, left.text, left.upvotes) == (first.id, second.text, None)
    assert [source.file for source in left.sources] == ["b.txt"]
    assert Snapshot(catalogue, 2).resolve(second.id) == first.id


def test_a_file_that_moves_takes_its_ids_along(catalogue: Catalogue) -> None:
    one = paper("It moves.", file="old.txt")
    store(catalogue, "old.txt", one, edition=1)
    store(catalogue, "new.txt", paper("It moves.", file="new.txt"), edition=2)
    with catalogue.writing() as connection:
        forget_file(connection, known_files(connection)["/corpus/old.txt"])
        assemble(connection, 2, "rule")
    (moved,) = Snapshot(catalogue, 2).listing()
    assert (moved.id, moved.sources[0].file) == (one.id, "new.txt")


def test_an_unknown_abstract_or_source_is_named(catalogue: Catalogue) -> None:
    with pytest.raises(NotFoundError, match=r"'abc'.*rag papers"):
        Snapshot(catalogue, 1).resolve("abc")
    with catalogue.reading() as connection, pytest.raises(NotFoundError, match=r"'x\.txt'"):
        find_file(connection, "x.txt")


def test_listing_filters_by_numbers_dates_and_sources(catalogue: Catalogue) -> None:
    store(catalogue, "a.txt", paper("A.", date="2023-05-17", date_precision="day", authors=2, upvotes=10), paper("B.", line=2), edition=1)
    store(catalogue, "b.txt", paper("C.", file="b.txt", date="2024", date_precision="year", authors=4), edition=1)

    def texts(*ranges: Range, sources: tuple[str, ...] = ()) -> list[str]:
        return [one.text for one in Snapshot(catalogue, 1).listing(Filters(ranges, sources))]

    assert texts() == ["A.", "B.", "C."]
    assert texts(Range("year", 2023, 2024)) == ["A.", "C."]
    assert texts(Range("authors", low=3)) == ["C."]
    assert texts(Range("upvotes")) == ["A."]
    assert texts(Range("first_day", low=20230501), Range("last_day", high=20230531)) == ["A."]
    assert texts(Range("first_day", low=20240101), Range("last_day", high=20240630)) == []
    assert texts(Range("first_day", low=20230601)) == ["C."]
    assert texts(sources=("b.txt", "unknown")) == ["C."]
    assert texts(Range("year", 2024), sources=("a.txt",)) == []


def test_listing_finds_literal_text(catalogue: Catalogue) -> None:
    store(catalogue, "a.txt", paper("About wav2vec 2.0."), paper("On 100% Wav2Vec_x.", line=2), paper("A.", "WAV2VEC", line=3), edition=1)

    def texts(containing: str, match_case: bool = False) -> list[str]:
        return [one.text for one in Snapshot(catalogue, 1).listing(containing=containing, match_case=match_case)]

    assert texts("wav2vec") == ["About wav2vec 2.0.", "On 100% Wav2Vec_x.", "A."]
    assert texts("wav2vec", match_case=True) == ["About wav2vec 2.0."]
    assert texts("100%") == ["On 100% Wav2Vec_x."]
    assert texts("c_x") == ["On 100% Wav2Vec_x."]
    assert texts("' OR 1=1 --") == []
    assert Snapshot(catalogue, 1).count(containing="wav2vec") == 3


@pytest.mark.parametrize(
    "work",
    [
        lambda connection: count_changes(connection, 1),
        lambda connection: count_new(connection, 1),
        lambda connection: count_pending(connection),
        lambda connection: finished_texts(connection, 1),
        lambda connection: removed_passages(connection, 1),
        lambda connection: live_texts(connection, [1, 2]),
        lambda connection: vectors_of(connection, [1, 2]),
        lambda connection: passage_vectors(connection, [1, 2]),
    ],
)
def test_what_an_addition_needs_is_looked_up_and_not_walked_to(file: Catalogue, work: Callable[[Connection], object]) -> None:
    store(file, "a.txt", *(paper(f"Text {number}.") for number in range(200)), edition=1)
    store(file, "b.txt", paper("A new one."), edition=2)
    asked: list[str] = []
    with file.reading() as connection:
        assert isinstance(connection, sqlite3.Connection)
        connection.set_trace_callback(asked.append)
        work(connection)
        connection.set_trace_callback(None)
        plans = [row[3] for one in asked if one.startswith("SELECT") for row in connection.execute(f"EXPLAIN QUERY PLAN {one}")]
    assert plans
    assert [one for one in plans if one.startswith(("SCAN a", "SCAN p", "SCAN abstracts", "SCAN passages"))] == []


def test_the_number_of_a_text_is_never_given_to_another(catalogue: Catalogue) -> None:
    """Vectors are stored by the number, and a segment that has one of a text that is gone is not written anew for that."""
    store(catalogue, "a.txt", paper("One."), paper("Two."), edition=1)
    with catalogue.writing() as connection:
        (last,) = connection.execute("SELECT max(number) FROM texts").fetchone()
    store(catalogue, "a.txt", edition=2)
    with catalogue.writing() as connection:
        purge_before(connection, 2)
    store(catalogue, "b.txt", paper("Three."), edition=3)
    with catalogue.reading() as connection:
        (fresh,) = connection.execute("SELECT text FROM abstracts WHERE removed IS NULL").fetchone()
    assert fresh > last


def test_threads_read_while_another_connection_writes(catalogue: Catalogue, opening: Open) -> None:
    store(catalogue, "a.txt", *(paper(f"Abstract number {number}.", line=number) for number in range(50)), edition=1)
    wrong: list[int] = []

    def read() -> None:
        for _ in range(100):
            if len(list(Snapshot(catalogue, 1).listing())) != 50:
                wrong.append(1)

    with threads(read, read, read, read), closing(opening()) as other:
        for edition in range(2, 12):
            store(other, "a.txt", *(paper(f"Abstract number {number + edition}.", line=number) for number in range(50)), edition=edition)
    assert wrong == []


@pytest.mark.parametrize("kept", [True, False])
def test_a_catalogue_that_is_taken_away_while_it_is_open_is_told(tmp_path: Path, kept: bool) -> None:
    path = tmp_path / "catalogue.db"
    with closing(Catalogue(path, create=True)) as catalogue:
        path.rename(tmp_path / "elsewhere.db")
        if kept:
            Catalogue(path, create=True).close()
        with pytest.raises(IndexDamagedError, match="taken away or replaced"), catalogue.reading():
            pass
    assert path.exists() is kept


@pytest.mark.parametrize(
    ("stored", "kept"),
    [
        ("0123456789ab", "0123456789ab"),  # of a reading that is here
        ("0123456789eb", "0123456789ab"),  # one bit of it flipped
        ("01234u6789ab", "0123456789ab"),
        ("fedcba987654", "fedcba987654"),  # of a reading that is gone: ids outlive their sources
        ("x" * 300, "0123456789ab"),
    ],
)
def test_a_salvaged_id_is_that_of_a_reading_or_of_one_that_is_gone(stored: str, kept: str) -> None:
    assert _id_of(stored, ["0123456789ab", "aaaaaaaaaaaa"]) == kept


def test_a_salvaged_time_is_one_of_the_past() -> None:
    assert [_moment(one) for one in ("2026-01-02T03:04:05+00:00", "", "2026-01-62", "9026-01-02T03:04:05+00:00", None, 7)] == [
        "2026-01-02T03:04:05+00:00", "", None, None, None, None,
    ]  # fmt: skip


@pytest.mark.parametrize("size", [1000, 40_000_000])
def test_a_seal_of_an_earlier_version_holds_and_one_in_pieces_too(tmp_path: Path, size: int) -> None:
    path, beside = tmp_path / "file", tmp_path / "file.seal"
    path.write_bytes(bytes(range(250)) * (size // 250))
    seal_apart(path, beside)
    check_apart(path, beside, "Repair.")
    text = f"{size} {hashlib.sha256(path.read_bytes()).hexdigest()}"
    whole = path.read_bytes()
    pieces = hashlib.sha256(b"".join(hashlib.sha256(whole[at : at + 2**24]).digest() for at in range(0, size, 2**24)))
    earlier, later = tmp_path / "earlier.seal", tmp_path / "later.seal"
    for one, said in ((earlier, text), (later, f"{size} 16M-{pieces.hexdigest()}")):
        one.write_text(f"{said} {hashlib.sha256(said.encode()).hexdigest()[:16]}\n", encoding="ascii")
        check_apart(path, one, "Repair.")
    with path.open("r+b") as file:
        file.seek(size - 1)
        file.write(b"\xff")
    for one in (beside, earlier, later):
        with pytest.raises(IndexDamagedError, match="other bytes than were written"):
            check_apart(path, one, "Repair.")
