"""What a catalogue on a PostgreSQL server costs beside one in a SQLite file: `python -m benchmarks.databases [--size 5000] [--runs 2]`.

A server of this machine's own programs is started in a temporary folder, with its defaults but for the memory that it shares (fsync
is on), and is asked over the loopback address. Each corpus is SciFact's abstracts, or as many that are put together from the
listings' sentences by chance, embedded with static vectors. Both catalogues take turns, in one process that has loaded everything
before; times are by the clock. A question's is the median over all questions of a kind, each asked once before; of several runs the
quickest counts, as other work can only add. Round trips to another machine come on top: as many as the last column says for a question.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median

from pydantic import SecretStr

from benchmarks.growth import QUESTIONS
from benchmarks.synthetic import write_corpus
from rag.assistant import Assistant
from rag.index.ingest import bring_up_to_date
from rag.index.postgres import ServerConnection
from rag.model.settings import Settings
from tests.postgres import PostgresServer, binaries, fresh_schema

_SCIFACT = Path(__file__).parents[2] / "shared" / "data" / "retrieval" / "scifact" / "corpus.jsonl"
_WORDS = ("protein", "infection", "mice", "tumor", "children", "insulin")  # that take the place of {} in a question


def measure(settings: Settings, folder: Path, size: int, added: int = 100) -> dict[str, float]:
    """The seconds that indexing, a second run and an addition take, and the milliseconds of each kind of question."""
    corpus, more = folder / "corpus.jsonl", folder / "more.jsonl"
    write(corpus, size)
    write_corpus(more, added, seed=1)
    found = {"index": timed(lambda: bring_up_to_date(settings, [corpus])), "again": timed(lambda: bring_up_to_date(settings, [corpus]))}
    found["add 100"] = timed(lambda: bring_up_to_date(settings, [more], add=True))
    with Assistant.open(settings) as assistant:
        for kind, wording in QUESTIONS.items():
            asked = [wording.format(word) for word in _WORDS] if "{}" in wording else [wording] * len(_WORDS)
            for one in asked:
                assistant.ask(one)
            found[kind] = 1000 * median(timed(lambda one=one: assistant.ask(one)) for one in asked)  # type: ignore[misc]
    return found


def write(path: Path, size: int) -> None:
    """A corpus of that many abstracts."""
    if _SCIFACT.is_file():
        with _SCIFACT.open(encoding="utf-8") as rows:
            path.write_text("".join(itertools.islice(rows, size)), encoding="utf-8")
    else:
        write_corpus(path, size, seed=0)


def timed(work: Callable[[], object]) -> float:
    """The seconds that some work takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


@contextmanager
def counted() -> Iterator[Callable[[], int]]:
    """How many statements were sent to a server since the last time that this was asked."""
    plain, sent = ServerConnection.execute, itertools.count()
    command = ServerConnection.command
    last = 0

    def count(work: Callable[..., object]) -> Callable[..., object]:
        def counting(*arguments: object) -> object:
            next(sent)
            return work(*arguments)

        return counting

    def since() -> int:
        nonlocal last
        now = next(sent)
        before, last = last, now + 1
        return now - before

    ServerConnection.execute, ServerConnection.command = count(plain), count(command)  # type: ignore[method-assign,assignment]
    try:
        yield since
    finally:
        ServerConnection.execute, ServerConnection.command = plain, command  # type: ignore[method-assign]


def round_trips(settings: Settings) -> dict[str, int]:
    """How many statements each kind of question sends to the server, when it was asked before."""
    with Assistant.open(settings) as assistant, counted() as since:
        found = {}
        for kind, wording in QUESTIONS.items():
            assistant.ask(wording.format("protein"))
            since()
            assistant.ask(wording.format("insulin"))
            found[kind] = since()
        return found


def table(runs: Mapping[str, Sequence[Mapping[str, float]]], trips: Mapping[str, int]) -> Iterator[str]:
    """The least of all runs, a row for each kind of work."""
    yield f"| | {' | '.join(runs)} | statements |"
    yield f"|{'---|' * (len(runs) + 2)}"
    for kind in next(iter(runs.values()))[0]:
        values = [min(one[kind] for one in each) for each in runs.values()]
        unit = "ms" if kind in trips else "s"
        yield f"| {kind} | {' | '.join(f'{value:,.1f} {unit}' for value in values)} | {trips.get(kind, '')} |"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=5000)
    parser.add_argument("--runs", type=int, default=2)
    options = parser.parse_args()
    programs = binaries()
    if programs is None:
        sys.exit("PostgreSQL is not installed here. Type: apt-get install postgresql")
    runs: dict[str, list[dict[str, float]]] = {"SQLite": [], "PostgreSQL": []}
    with closing(PostgresServer(programs, durable=True)) as server, tempfile.TemporaryDirectory() as name:
        served = {"database_url": SecretStr(server.url())}
        first = Settings(_env_file=None, index_dir=Path(name) / "first", embedding="wordllama", mode="extract")
        measure(first, _made(Path(name) / "warm"), 50)
        for number, (engine, place) in itertools.product(range(options.runs), (("SQLite", {}), ("PostgreSQL", served))):
            folder = _made(Path(name) / f"{engine}-{number}")
            values = {"index_dir": folder / "index", "database_schema": fresh_schema(), **place}
            settings = Settings(_env_file=None, embedding="wordllama", mode="extract", **values)
            runs[engine].append(measure(settings, folder, options.size))
            print(json.dumps({engine: runs[engine][-1]}), file=sys.stderr, flush=True)
        print("\n".join(table(runs, round_trips(settings))))


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


if __name__ == "__main__":
    main()
