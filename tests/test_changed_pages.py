"""Sealing a large catalogue reads what was changed since it was sealed, and the seal is that of the whole file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from rag.index import database, seals
from rag.index.catalogue import Catalogue
from rag.index.changed_pages import ChangedPages

PIECE = 2**18  # bytes, so that there are few
PIECES = 6


@pytest.fixture(scope="module", autouse=True)
def small_pieces() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(seals._PIECES, seals._IN_PIECES, PIECE)
        patch.setattr(seals, "_MANY_PIECES", PIECES)
        yield


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A sealed catalogue of many pieces."""
    path = tmp_path_factory.mktemp("large") / "catalogue.db"
    with closing(Catalogue(path, create=True)) as catalogue:
        with catalogue.writing() as connection:
            rows = ((1, f"row {number:05d}", f"{number}" * 15) for number in range(20_000))
            connection.executemany("INSERT INTO kept VALUES (?, ?, ?)", rows)
        catalogue.shorten()
    return path.read_bytes()


@pytest.fixture
def catalogue(large: bytes, tmp_path: Path) -> Iterator[Catalogue]:
    (tmp_path / "catalogue.db").write_bytes(large)
    with closing(Catalogue(tmp_path / "catalogue.db")) as opened:
        opened.seal()
        yield opened


@pytest.fixture
def read(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The pieces that were read from here on."""
    found: list[int] = []
    digests = seals._digests_apart

    def counted(path: Path, pieces: Iterable[int], size: int) -> dict[int, bytes] | None:
        wanted = list(pieces)
        found.extend(wanted)
        return digests(path, wanted, size)

    monkeypatch.setattr(seals, "_digests_apart", counted)
    return found


def change(catalogue: Catalogue, row: int, value: str = "changed") -> None:
    with catalogue.writing() as connection:
        connection.execute("UPDATE kept SET value = ? WHERE name = ?", (value, f"row {row:05d}"))


def count_pieces(catalogue: Catalogue) -> int:
    return -(-catalogue.path.stat().st_size // PIECE)


def is_right(catalogue: Catalogue) -> bool:
    """Whether the seal is the one of the whole file, read at once."""
    text = catalogue.path.with_suffix(".seal").read_text(encoding="ascii")
    path = catalogue.path
    return text.split()[:2] == [str(path.stat().st_size), seals._digest_apart(path)]


def test_what_was_not_changed_is_not_read(catalogue: Catalogue, read: list[int]) -> None:
    assert count_pieces(catalogue) >= PIECES
    for row in (3, 10_000, 3):
        change(catalogue, row)
    catalogue.seal()
    assert 0 < len(read) < PIECES
    assert is_right(catalogue)


def test_sealing_again_and_again_stays_right(catalogue: Catalogue, read: list[int]) -> None:
    for row in range(0, 20_000, 4_000):
        change(catalogue, row, f"{row}" * 30)
        catalogue.seal()
        assert is_right(catalogue)
    before = len(read)
    catalogue.seal()
    assert len(read) == before


def test_what_was_added_is_read(catalogue: Catalogue, read: list[int]) -> None:
    before = count_pieces(catalogue)
    with catalogue.writing() as connection:
        connection.executemany("INSERT INTO kept VALUES (2, ?, ?)", ((str(number), "more" * 100) for number in range(3_000)))
    catalogue.seal()
    assert set(range(before - 1, count_pieces(catalogue))) <= set(read)
    assert is_right(catalogue)


def test_a_file_that_became_shorter_is_read_as_a_whole(catalogue: Catalogue, read: list[int]) -> None:
    with catalogue.writing() as connection:
        connection.execute("DELETE FROM kept WHERE name > 'row 06000'")
    with catalogue._borrowed() as borrowed:
        borrowed.execute("VACUUM")
    catalogue.seal()
    assert set(read) == set(range(count_pieces(catalogue)))
    assert is_right(catalogue)


def test_where_the_log_was_begun_again_all_is_read(catalogue: Catalogue, read: list[int]) -> None:
    change(catalogue, 3)
    with catalogue._borrowed() as borrowed:
        assert borrowed.execute("PRAGMA wal_checkpoint(RESTART)").fetchone()[0] == 0
    change(catalogue, 19_000)
    catalogue.seal()
    assert set(read) == set(range(count_pieces(catalogue)))
    assert is_right(catalogue)


def test_what_another_writer_left_unsealed_is_read_as_a_whole(catalogue: Catalogue, read: list[int]) -> None:
    with closing(Catalogue(catalogue.path)) as killed:
        change(killed, 10_000)
    change(catalogue, 3)
    catalogue.seal()
    assert set(read) == set(range(count_pieces(catalogue)))
    assert is_right(catalogue)


@pytest.mark.parametrize("kept", [b"", b"x" * 32 * 8, None])
def test_pieces_that_are_not_of_the_seal_are_not_taken(catalogue: Catalogue, read: list[int], kept: bytes | None) -> None:
    pieces = catalogue.path.with_suffix(".pieces")
    assert pieces.is_file()
    if kept is None:
        pieces.unlink()
    else:
        pieces.write_bytes(kept)
    change(catalogue, 3)
    catalogue.seal()
    assert set(read) == set(range(count_pieces(catalogue)))
    assert is_right(catalogue)


def test_a_reader_that_looks_at_the_state_before_puts_sealing_off(catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_WAIT", 0.1)
    with closing(Catalogue(catalogue.path)) as writer:
        with closing(Catalogue(catalogue.path)) as reader, reader.reading() as connection:
            connection.execute("SELECT count(*) FROM kept").fetchone()
            change(writer, 3)
            change(writer, 19_000)
            writer.seal()
            assert not catalogue.path.with_suffix(".seal").exists()
        change(writer, 10_000)
        writer.seal()
    assert is_right(catalogue)


def test_without_a_log_nothing_is_known(tmp_path: Path) -> None:
    pages = ChangedPages(tmp_path / "catalogue.db")
    pages.note()
    assert pages.offsets() is None
