"""The gate: one process beside this one reads file after file, and what a file may cost grows with its size."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rag.corpus import Gate
from rag.corpus.gate import Taken
from rag.corpus.gate_limits import Limits, Overlong, read_frame, write_frame
from rag.corpus.reading import read_bytes, read_file
from rag.index.uploads import Upload
from rag.model import CorpusError

CORPUS = Path(__file__).parents[1] / "data" / "corpus"
PAPER = b'{"title": "Wasps build of paper", "abstract": "Wasps chew wood. They build nests of it."}\n'
needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="the system has no such limits")


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.txt")), ids=lambda path: path.name)
def test_what_is_read_through_the_gate_is_what_the_reader_reads(path: Path) -> None:
    with Gate() as gate:
        taken = gate.read(path, name=path.name)
        assert taken == Taken(hashlib.sha256(path.read_bytes()).hexdigest(), read_file(path, name=path.name))
        assert gate.read(path, name=path.name, known=taken.sha256) == Taken(taken.sha256, None)


def test_one_process_reads_file_after_file_and_ends_with_the_gate() -> None:
    with Gate() as gate:
        before = gate.process
        assert gate.read_upload(PAPER, name="a.jsonl") == read_bytes(PAPER, name="a.jsonl")
        first = gate.process
        assert gate.read_upload(b"\0", name="a.txt").problems[0].reason.startswith("binary")
        assert gate.process == first not in (None, os.getpid())
    assert (before, gate.process) == (None, None)


def test_what_was_asked_for_is_checked_before_anything_is_read(tmp_path: Path) -> None:
    with Gate() as gate:
        with pytest.raises(CorpusError, match="There is no shape 'novel'"):
            gate.read(tmp_path, name="a", shape="novel")
        with pytest.raises(CorpusError, match="cannot be read as 'colour'"):
            gate.read(tmp_path, name="a", columns={"x": "colour"})
        assert gate.process is None
        assert gate.read_upload(b"x,y\nBees,They dance.\n", name="a.csv", shape="csv").problems
        (tmp_path / "a.csv").write_text("x,y\nBees,They dance.\n", encoding="utf-8")
        reading = gate.read(tmp_path / "a.csv", name="a.csv", columns={"x": "title", "y": "text"}).reading
    assert reading is not None
    assert [one.title for one in reading.abstracts] == ["Bees"]


def test_a_file_that_is_not_there_is_a_problem_without_a_digest(tmp_path: Path) -> None:
    with Gate() as gate:
        taken = gate.read(tmp_path / "gone.txt", name="gone.txt")
    assert taken.sha256 == ""
    assert taken.reading is not None
    assert "It is gone, or a link to nothing" in taken.reading.problems[0].reason


def test_the_limits_grow_with_the_size() -> None:
    limits = Limits()
    assert limits.memory_of(0) == 300_000_000
    assert limits.memory_of(300_000_000) > 13 * 300_000_000  # the most that an honest file takes
    assert limits.seconds_of(300_000_000) > 300 * 2.5
    assert limits.answer_of(1_000_000) > 30_000_000


@needs_linux
def test_a_large_honest_file_is_read_and_does_not_count_against_the_small_one_after_it() -> None:
    rows = "".join(f'{{"title": "Paper {number}", "abstract": "{"word " * 300}{number}."}}\n' for number in range(8_000)).encode()
    limits = Limits(memory=80_000_000)
    with Gate(limits) as gate:
        assert len(gate.read_upload(rows, name="a.jsonl").abstracts) == 8_000
        assert len(gate.read_upload(PAPER, name="b.jsonl").abstracts) == 1


def test_an_upload_is_read_in_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("read in the process of the page")

    for module in ("rag.corpus.reading.read_text", "rag.corpus.reading.read_bytes", "rag.corpus.reading.decode"):
        monkeypatch.setattr(module, refuse)
    upload = Upload("wasps.jsonl", PAPER)
    assert [one.title for one in upload.read().abstracts] == ["Wasps build of paper"]


@pytest.mark.parametrize(
    ("write", "error"),
    [(lambda file: file.write(b"\0\0\1"), EOFError), (lambda file: write_frame(file, b"x" * 11), Overlong)],
)
def test_a_frame_that_is_cut_off_or_too_long_is_told(tmp_path: Path, write: Callable[..., object], error: type[Exception]) -> None:
    with (tmp_path / "pipe").open("wb") as file:
        write(file)
    with (tmp_path / "pipe").open("rb") as file, pytest.raises(error):
        read_frame(file, 10)
