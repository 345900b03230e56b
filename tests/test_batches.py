"""Large files of rows are read a batch at a time: the same as read whole, in bounded memory, and gone on with at a point."""

from __future__ import annotations

import gzip
import io
import json
import random
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet as pq
import pytest

from rag.corpus import Batch, Gate, Limits, Taken
from rag.corpus.gate_limits import Batches
from rag.corpus.packed import Digested, Unpacked
from rag.corpus.reading import read_file
from tests.large_files import LIMITS, rows, written


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_file_in_batches_says_what_it_says_when_it_is_read_whole(tmp_path: Path, ending: str, mark: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes((mark + ending.join(rows(200))).encode())
    with Gate(LIMITS) as gate:
        parts = list(gate.parts(path, name="a.jsonl"))
        assert len(parts) == 29
        assert gate.read(path, name="a.jsonl").reading == read_file(path, name="a.jsonl")


TABLE_LIMITS = Limits(batch=Batches(records=7, whole=100, ahead=200))


def table(number: int, *, delimiter: str = ",") -> str:
    """A table with quoted cells over several lines, rows that are broken, and a quotation mark that never closes."""
    source = random.Random(number)
    lines = [delimiter.join(("title", "abstract", "year"))]
    for line in range(number):
        quoted = f'"On {line} kinds{delimiter} of ""wasps""\nand\n\nbees."' if source.random() < 0.4 else f"On {line} kinds of wasps."
        lines.append(delimiter.join((f"Paper {line}", quoted, "2020")))
        if source.random() < 0.1:
            lines.append(source.choice(["", "a" + delimiter + "b", '"never closed', delimiter * 5]))
    return "\n".join(lines)


@pytest.mark.parametrize(("name", "delimiter"), [("a.csv", ","), ("a.tsv", "\t"), ("b.csv", ";")])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_table_in_batches_says_what_it_says_when_it_is_read_whole(tmp_path: Path, name: str, delimiter: str, mark: str) -> None:
    path = tmp_path / name
    path.write_text(mark + table(300, delimiter=delimiter), encoding="utf-8")
    with Gate(TABLE_LIMITS) as gate:
        parts = [part for part in gate.parts(path, name=name) if isinstance(part, Batch)]
        assert len(parts) > 20
        assert gate.read(path, name=name).reading == read_file(path, name=name)
        again = [part for part in gate.parts(path, name=name, point=parts[9].point) if isinstance(part, Batch)]
    assert again == parts[10:]


def test_a_table_without_a_title_or_an_abstract_is_told_once(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x,y\n" + "1,2\n" * 500, encoding="utf-8")
    with Gate(TABLE_LIMITS) as gate:
        assert gate.read(path, name="a.csv").reading == read_file(path, name="a.csv")


def test_a_parquet_file_says_what_the_same_rows_say_as_json(tmp_path: Path) -> None:
    made: list[dict[str, Any]] = [
        {"title": f"Paper {row}", "abstract": f"On {row} wasps." if row % 5 else None, "authors": ["Ada Lovelace", "B. C"]}
        for row in range(100)
    ]
    days = [{**row, "date": date(2020, 1, 1 + number % 28), "other": b"x"} for number, row in enumerate(made)]
    plain = [{**row, "date": f"2020-01-{1 + number % 28:02}", "other": 1} for number, row in enumerate(made)]
    pq.write_table(pyarrow.Table.from_pylist(days), tmp_path / "a.parquet", row_group_size=30)
    written(tmp_path / "a.jsonl", list(map(json.dumps, plain)))
    with Gate(LIMITS) as gate:
        parts = [part for part in gate.parts(tmp_path / "a.parquet", name="a") if isinstance(part, Batch)]
        again = [part for part in gate.parts(tmp_path / "a.parquet", name="a", point=parts[0].point) if isinstance(part, Batch)]
        table, lines = gate.read(tmp_path / "a.parquet", name="a").reading, read_file(tmp_path / "a.jsonl", name="a")
    assert table is not None
    assert (table.shape, again, len(parts) > 1) == ("parquet", parts[1:], True)
    assert [replace(one, sources=()) for one in table.abstracts] == [replace(one, sources=()) for one in lines.abstracts]
    assert [one.sources[0].line for one in table.abstracts] == [one.sources[0].line for one in lines.abstracts]


@pytest.mark.parametrize("data", [b"PAR1", b"PAR1" + bytes(1000), b"PAR1" + bytes(1000) + b"\xff\xff\xff\x7fPAR1"])
def test_a_broken_parquet_file_is_told(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.parquet").write_bytes(data)
    with Gate() as gate:
        reading = gate.read(tmp_path / "a.parquet", name="a").reading
    assert reading is not None
    assert "broken Parquet" in reading.problems[0].reason


def test_a_batch_tells_how_far_it_is_and_the_last_one_the_digest(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", rows(100))
    with Gate(LIMITS) as gate, Gate() as whole:
        parts = [part for part in gate.parts(path, name="a.jsonl") if isinstance(part, Batch)]
        assert [part.last for part in parts] == [*[False] * 14, True]
        assert parts[-1].done == parts[-1].size == path.stat().st_size
        assert parts[-1].sha256 == whole.read(path, name="a.jsonl").sha256
        assert list(gate.parts(path, name="a.jsonl", known=parts[-1].sha256)) == [Taken(parts[-1].sha256, None)]


def packed(path: Path, data: bytes) -> Path:
    """A file that is packed as its name says."""
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else pyarrow.compress(data, codec="zstd", asbytes=True))
    return path


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.jsonl.zst"])
@pytest.mark.parametrize("limits", [LIMITS, Limits()], ids=["in batches", "whole"])
def test_a_packed_file_is_read_as_it_is_when_it_is_unpacked(tmp_path: Path, name: str, limits: Limits) -> None:
    plain = written(tmp_path / "a.jsonl", rows(200))
    with Gate(limits) as gate:
        taken = gate.read(packed(tmp_path / name, plain.read_bytes()), name="a.jsonl")
    assert taken.reading == read_file(plain, name="a.jsonl")


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.jsonl.zst"])
def test_a_packed_file_that_is_cut_off_is_read_as_far_as_it_goes(tmp_path: Path, name: str) -> None:
    source = random.Random(1)
    lines = [json.dumps({"title": f"Paper {line}", "abstract": source.randbytes(2000).hex()}) for line in range(200)]
    path = packed(tmp_path / name, "\n".join(lines).encode())
    path.write_bytes(path.read_bytes()[:-30_000])
    with Gate(LIMITS) as gate:
        taken = gate.read(path, name=name)
    assert taken.reading is not None
    assert 100 < len(taken.reading.abstracts) < 200
    assert any("broken" in one.reason and "fetch the file again" in one.reason for one in taken.reading.problems)
    assert taken.sha256


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
def test_a_bomb_is_given_up_after_a_hundred_times_its_size(packing: str) -> None:
    name = Path("a.gz" if packing == "gzip" else "a.zst")
    data = (
        gzip.compress(bytes(300_000_000), 9) if name.suffix == ".gz" else pyarrow.compress(bytes(300_000_000), codec="zstd", asbytes=True)
    )
    unpacked = Unpacked(Digested(io.BytesIO(data), len(data)), packing, len(data))
    total = 0
    while block := unpacked.read(1_000_000):
        total += len(block)
    assert total <= 16_000_000 + 100 * len(data)
    assert "unpacks to more than 100 times its size" in unpacked.failure


@pytest.mark.parametrize("name", ["a.txt.gz", "a.tar.gz", "a.json.gz"])
def test_a_large_packed_file_that_is_no_table_of_rows_is_told(tmp_path: Path, name: str) -> None:
    data = {"a.txt.gz": b"words of a text\n" * 99, "a.tar.gz": bytes(range(256)) * 99, "a.json.gz": b'[{"title":\n "a"}]' * 99}[name]
    with Gate(LIMITS) as gate:
        reading = gate.read(packed(tmp_path / name, data), name=name).reading
    assert reading is not None
    assert reading.abstracts == ()
    assert "a gzip archive" in reading.problems[0].reason


def test_a_line_that_is_too_long_is_passed_over(tmp_path: Path) -> None:
    lines = rows(30)
    lines[10] = json.dumps({"title": "Long", "abstract": "x" * 50_000})
    limits = Limits(batch=Batches(records=7, whole=100, line=10_000))
    with Gate(limits) as gate:
        taken = gate.read(written(tmp_path / "a.jsonl", lines), name="a.jsonl")
    assert taken.reading is not None
    whole = read_file(tmp_path / "a.jsonl", name="a.jsonl")
    assert taken.reading.abstracts == tuple(one for one in whole.abstracts if one.title != "Long")
    assert [one.reason for one in taken.reading.problems if one.line == 11] == ["a line of 50,034 bytes: too long to be read"]
    with Gate() as gate:
        assert gate.read(tmp_path / "a.jsonl", name="a.jsonl").sha256 == taken.sha256


def test_reading_goes_on_at_a_point_only_where_what_stands_before_it_is_as_it_was(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", rows(100))
    with Gate(LIMITS) as gate:
        parts = [part for part in gate.parts(path, name="a.jsonl") if isinstance(part, Batch)]
        point = parts[5].point
        again = [part for part in gate.parts(path, name="a.jsonl", point=point) if isinstance(part, Batch)]
        assert again == parts[6:]
        path.write_text(path.read_text().replace("Paper", "Taper"), encoding="utf-8")
        anew = [part for part in gate.parts(path, name="a.jsonl", point=point) if isinstance(part, Batch)]
    assert (anew[0].anew, anew[0].first, len(anew)) == (True, 0, len(parts))
