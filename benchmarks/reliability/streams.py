"""Large files that are read in batches: killed in the middle, changed in between, packed by somebody who means harm."""

from __future__ import annotations

import gzip
import io
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pyarrow
from pyarrow import parquet

from benchmarks.reliability import Fault
from benchmarks.reliability.corpora import attempt
from benchmarks.synthetic import abstract
from rag.corpus import Batch, Gate, Limits
from rag.corpus.gate_limits import Batches
from rag.index.catalogue import Catalogue
from rag.index.sync import SyncRequest, assemble, sync
from rag.model import silent

_LIMITS = Limits(batch=Batches(records=20, whole=1000, ahead=1000))
_ROWS, _CHANGED = 1000, 50
_PAPER = '{"title": "Bees", "abstract": "They dance."}\n'

Contents = list[tuple[object, ...]]


def _write(path: Path, seed: int, changed: int = 0) -> None:
    """A corpus of one large file; some rows of it are others than with `changed` = 0."""
    path.parent.mkdir(exist_ok=True)
    numbers = [number + (10_000_000 if number < changed else 0) for number in range(seed * 10_000, seed * 10_000 + _ROWS)]
    path.write_text("".join(json.dumps(abstract(number)) + "\n" for number in numbers), encoding="utf-8")


def _run(place: Path, *, told: bool = False) -> None:
    """Bring a catalogue in line with the corpus beside it, as far as works; says a line after each batch."""

    def tell(*_: object) -> None:
        sys.stdout.write("batch\n")
        sys.stdout.flush()

    with closing(Catalogue(place / "catalogue.db", create=True)) as catalogue:
        sync(catalogue, SyncRequest.below([place / "corpus"], add=False, shape=None, columns=None), tell if told else silent, _LIMITS)
        assemble(catalogue, 1, "rule", silent)


def _published(place: Path) -> Contents:
    """The abstracts that the next generation would have."""
    with closing(Catalogue(place / "catalogue.db", create=True)) as catalogue:
        assemble(catalogue, 1, "rule", silent)
        with catalogue.reading() as connection:
            query = "SELECT id, body, record FROM abstracts WHERE removed IS NULL ORDER BY id"
            return [tuple(row) for row in connection.execute(query)]


def _stored(place: Path) -> Contents:
    """All that files say, with the ids of the works that it belongs to, and what is left of a reading that was broken off."""
    queries = (
        "SELECT f.name, f.sha256, r.position, r.record, w.id, w.dirty FROM readings r JOIN files f ON f.number = r.file "
        "JOIN works w ON w.number = r.work ORDER BY 1, 3",
        "SELECT reading FROM arrivals UNION ALL SELECT file FROM streams",
    )
    with closing(Catalogue(place / "catalogue.db")) as catalogue, catalogue.reading() as connection:
        return [tuple(row) for query in queries for row in connection.execute(query)]


def _arrived(place: Path) -> int:
    with closing(Catalogue(place / "catalogue.db")) as catalogue, catalogue.reading() as connection:
        return int(connection.execute("SELECT count(*) FROM arrivals").fetchone()[0])


def killed_stream(folder: Path, seed: int) -> str:
    """Kill runs over a changed file; nobody may see half of it, nothing that was told may be lost, and the end is as without a kill."""
    source = random.Random(seed)
    place, undisturbed = folder / "killed", folder / "undisturbed"
    for one in (place, undisturbed):
        one.mkdir()
        _write(one / "corpus" / "a.jsonl", seed)
        _run(one)
    before = _published(place)
    for one in (place, undisturbed):
        _write(one / "corpus" / "a.jsonl", seed, _CHANGED)
    for _ in range(source.randint(1, 3)):
        batches, ended = _killed_after(place, source.randrange(1, 40))
        if not ended and _arrived(place) < batches * _LIMITS.batch.records:
            return f"{batches} batches were stored, and {_arrived(place)} of their rows are there"
        if not ended and _published(place) != before:
            return "what a half read file says is published"
    _run(place)
    _run(undisturbed)
    if _stored(place) != _stored(undisturbed) or _published(place) != _published(undisturbed):
        return "gone on with, it ends otherwise"
    return ""


def _killed_after(place: Path, batches: int) -> tuple[int, bool]:
    """Kill a run when it has told of so many batches; how many it had stored by then, and whether it had ended the file."""
    command = [sys.executable, "-m", "benchmarks.reliability.streams", str(place)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        told = 0
        while told <= batches and run.stdout.readline():
            told += 1
        run.kill()
    return max(told - 1, 0), told <= batches  # the first line is told before anything is read


def _reader_killed(folder: Path, seed: int) -> str:
    """The reading process is killed between batches, again and again: a fresh one goes on where it stopped."""
    _write(folder / "corpus" / "a.jsonl", seed)
    source = random.Random(seed)
    with Gate(_LIMITS) as gate, Gate() as whole:
        taken = whole.read(folder / "corpus" / "a.jsonl", name="a.jsonl")
        entries = []
        for part in gate.parts(folder / "corpus" / "a.jsonl", name="a.jsonl"):
            if not isinstance(part, Batch):
                return f"it was given up: {part}"
            entries += part.entries
            if source.random() < 0.2 and gate.process is not None and not part.last:
                os.kill(gate.process, signal.SIGKILL)
    if taken.reading is None or [one.abstract() for one in entries] != list(taken.reading.abstracts):
        return f"{len(entries)} of {_ROWS} rows were read"
    return "" if part.sha256 == taken.sha256 else f"it ends otherwise: {part.problems}"


def _rewritten(folder: Path, seed: int) -> str:
    """The file is replaced while a run that read half of it is dead."""
    place, undisturbed = folder / "killed", folder / "undisturbed"
    for one in (place, undisturbed):
        one.mkdir()
        _write(one / "corpus" / "a.jsonl", seed)
    _killed_after(place, 10)
    for one in (place, undisturbed):
        _write(one / "corpus" / "a.jsonl", seed + 1)
        _run(one)
    return "" if _stored(place) == _stored(undisturbed) else "what the file said before is mixed with what it says"


def _cut_while_read(folder: Path, seed: int) -> str:
    """The file is cut to half while it is read."""
    path = folder / "corpus" / "a.jsonl"
    _write(path, seed)
    with Gate(_LIMITS) as gate:
        parts = []
        for part in gate.parts(path, name="a.jsonl"):
            parts.append(part)
            if len(parts) == 5:
                os.truncate(path, path.stat().st_size // 2)
    return "" if isinstance(parts[-1], Batch) and parts[-1].last else f"it ended with {parts[-1]}"


def _gzip_lines(times: int) -> bytes:
    return gzip.compress(b"".join(b'{"title": "Bees"}\n' for _ in range(100)) + (b'{"x": "' + b"0" * 5000 + b'"}\n') * times)


def _zstd(data: bytes) -> bytes:
    packed: bytes = pyarrow.compress(data, codec="zstd", asbytes=True)
    return packed


def _parquet() -> bytes:
    """A title of a megabyte in each of 2,000 rows, written down once."""
    written = io.BytesIO()
    titles = pyarrow.DictionaryArray.from_arrays([0] * 2_000, ["Bees " * 200_000])
    parquet.write_table(pyarrow.table({"title": titles}), written)
    return written.getvalue()


def _random_lines(number: int) -> bytes:
    source = random.Random(number)
    rows = ({"title": f"Bees {row}", "abstract": source.randbytes(700).hex()} for row in range(number))
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def _hostile_positions() -> bytes:
    places = ["0", "-1", "9" * 4000, "true", "null", "1.5", '"2"', "[3]", "{}", "1e400", "0", "0"]
    index = ", ".join(f'"word{number}": [{place}, {number}]' for number, place in enumerate(places))
    long = f'"{"w" * 50_000}": [{", ".join(map(str, range(100_000)))}]'
    rows = (
        f'{{"title": "Bees {row}", "authorships": [], "abstract_inverted_index": {{{each}}}}}\n' for row, each in enumerate((index, long))
    )
    return "".join(rows).encode()


# What the file is, its name, what makes it, and what must be told of it (None: it is read; "": any problem).
_CONTENTS: tuple[tuple[str, str, Callable[[], bytes], str | None], ...] = (
    ("a gzip bomb of objects", "a.jsonl.gz", lambda: _gzip_lines(20_000), "times its size"),
    ("a zstd bomb", "a.jsonl.zst", lambda: _zstd(_PAPER.encode() + b"0" * 500_000_000), "too long to be read"),
    ("a Parquet bomb", "a.parquet", _parquet, ""),
    ("a Parquet file that is cut off", "a.parquet", lambda: _parquet()[:-100], "broken Parquet"),
    ("a zstd file that is cut off", "a.jsonl.zst", lambda: _zstd(_random_lines(20_000))[:-1_000_000], "broken zstd"),
    ("a gzip file that is cut off", "a.jsonl.gz", lambda: gzip.compress(_random_lines(20_000))[:-1_000_000], "broken gzip"),
    ("a gzip file with rubbish in its middle", "a.jsonl.gz", lambda: _spoilt(gzip.compress(_random_lines(20_000))), "broken gzip"),
    ("a zstd file with rubbish in its middle", "a.jsonl.zst", lambda: _spoilt(_zstd(_random_lines(20_000))), ""),  # it has no checksum
    ("a gzip file of a program", "a.jsonl.gz", lambda: gzip.compress(b"\x7fELF" + random.Random(1).randbytes(20_000_000)), "a program"),
    ("gzip within gzip", "a.jsonl.gz", lambda: gzip.compress(gzip.compress(_random_lines(99))), "archive"),
    ("a line of 40 MB in a large file", "a.jsonl", lambda: _PAPER.encode() + b"[" * 40_000_000 + b"\n" + _PAPER.encode(), "too long"),
    ("an abstract whose words stand at hostile places", "a.jsonl", _hostile_positions, None),
    ("a large file that holds no line's end", "a.jsonl", lambda: b'{"title": "Bees"} ' * 1_200_000, ""),
)


def _spoilt(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + random.Random(1).randbytes(5000) + data[middle + 5000 :]


def _content(name: str, make: Callable[[], bytes], told: str | None) -> Callable[[Path, int], str]:
    return attempt(lambda corpus: (corpus / name).write_bytes(make()), [name], told)


def _posix() -> str:
    return "" if os.name == "posix" else "needs POSIX"


STREAMS: Sequence[Fault] = (
    *(
        Fault("files", fault, _content(name, make, told), tries=2, sampled=int(number in (0, 2, 6, 11)))
        for number, (fault, name, make, told) in enumerate(_CONTENTS)
    ),
    Fault("files", "the reading process killed with -9 between batches", _reader_killed, tries=10, needs=_posix),
    Fault("files", "a large file replaced while the run that read half of it is dead", _rewritten, tries=5),
    Fault("files", "a large file cut to half while it is read", _cut_while_read, tries=5),
)


if __name__ == "__main__":
    _run(Path(sys.argv[1]), told=True)
