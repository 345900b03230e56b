"""Several processes that answer from one index: `python -m benchmarks.processes [--questions 60] [--runs 3] [--json FILE]`.

An index of the shipped listings lies in a folder; each process opens it with the same settings, without a model, and computes on one
thread, as somebody would have it who runs several. Measured and tried:

*load*: 1, 2 and 4 processes, each asked the same questions of the shipped set in an order of its own, one after the other. Told are the
questions that all answer in a second of the clock, how long one waits for an answer, the time of the processor that one takes, and the
share of the processors that other work had meanwhile. The arrangements take turns, each time with processes that were asked none of the
questions before, for vectors of questions are remembered; the median of the runs counts. On a machine that others use, `--quiet 0.1` waits
for moments in which they have at most a tenth of it, and takes a run again in which they had more.

*beside a writer*: a further process adds a file and takes it out again, over and over. Each answer must be that of before or of after.

*one killed*: one of four is killed with SIGKILL in the middle of an answer. Its question is asked of another, so that none is lost.

The exit status is 1 where an answer was wrong, lost or an error.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median, quantiles

from benchmarks.answering import Answerer, Asked, Front, Reply, answerers, arguments_of, settings_of, surroundings
from benchmarks.development import temporary_settings
from benchmarks.growth import real_sentences
from benchmarks.quiet import Machine, undisturbed, wait_for
from benchmarks.synthetic import write_recombined
from eval.questions import load_questions
from rag.index.ingest import bring_up_to_date, remove_source
from rag.model.errors import RagError
from rag.model.settings import Settings

COUNTS = (1, 2, 4)  # processes
QUESTIONS, RUNS = 60, 3
_WARM = 10  # other questions, that do not count
_ADDED = 12  # abstracts of the file that comes and goes
_KILLED_AT = 10  # the question, of those that a process is asked, in which it is killed


def questions() -> list[Asked]:
    """The shipped set, kinds mixed."""
    every = [Asked(one.id, one.question, one.history) for one in load_questions()]
    return random.Random(1).sample(every, len(every))


def expected(settings: Settings, asked: Sequence[Asked]) -> dict[str, str]:
    """The digests of the answers as one process gives them now, by question."""
    with answerers(settings, 1) as (one,):
        return {each.id: one.ask(each).digest for each in asked}


# Under load.


@dataclass(frozen=True, slots=True)
class Load:
    """What so many processes do together: questions a second, milliseconds until an answer, and of the processor for one.

    `others` is the share of the processors that went to other work, `wrong` the answers that were not as expected.
    """

    processes: int
    rate: float
    median: float
    slow: float  # the 95th percentile
    worked: float
    others: float
    wrong: int


def load(settings: Settings, every: Sequence[Asked], right: Mapping[str, str], count: int, quiet: float, processes: int) -> Load:
    """Have each of some processes asked the first questions, all processes at once, once other work leaves room."""
    asked, warm = every[:count], every[-_WARM:]
    with answerers(settings, processes) as working, ThreadPoolExecutor(processes) as threads:
        before = sum(threads.map(lambda one: [one.ask(each).worked for each in warm][-1], working))
        wait_for(quiet)
        machine, begun = Machine.now(), time.perf_counter()
        done = list(threads.map(_timed, working, [asked] * processes, range(processes)))
        seconds, ended = time.perf_counter() - begun, Machine.now()
    worked = sum(one[-1][1].worked for one in done) - before
    taken = [1000 * each for one in done for each, _, _ in one]
    wrong = sum(reply.digest != right[each.id] for one in done for _, reply, each in one)
    slow = quantiles(taken, n=20, method="inclusive")[-1]
    return Load(processes, len(taken) / seconds, median(taken), slow, 1000 * worked / len(taken), ended.others(machine, worked), wrong)


def _timed(answerer: Answerer, asked: Sequence[Asked], seed: int) -> list[tuple[float, Reply, Asked]]:
    """The questions in an order of their own: seconds, reply and question of each."""
    found = []
    for one in random.Random(seed).sample(asked, len(asked)):
        begun = time.perf_counter()
        reply = answerer.ask(one)
        found.append((time.perf_counter() - begun, reply, one))
    return found


def middle(runs: Sequence[Load]) -> Load:
    """The median of each figure of some runs; all that was wrong."""
    figures = {name: median(getattr(one, name) for one in runs) for name in ("rate", "median", "slow", "worked", "others")}
    return Load(runs[0].processes, **figures, wrong=sum(one.wrong for one in runs))


# While another process writes, and while one is killed.


@dataclass(frozen=True, slots=True)
class Told:
    """What came of questions that were asked through a front.

    `errors` are what the product said, `lost` questions got no answer, `wrong` ones another than the index had at any time. `of_each`
    counts the answers by the state of the index that they are first right for. `again` were asked once more, `left` processes went on,
    `changes` is how often the index changed meanwhile.
    """

    asked: int
    errors: tuple[str, ...]
    lost: tuple[str, ...]
    wrong: tuple[str, ...]
    of_each: tuple[int, ...]
    again: int
    left: int
    changes: int = 0

    @property
    def kept(self) -> bool:
        """True where each question has a right answer."""
        return not (self.errors or self.lost or self.wrong)


def through(front: Front, asked: Sequence[Asked], clients: int, states: Sequence[Mapping[str, str]]) -> Told:
    """Ask through a front from so many threads; `states` are the answers at the states that the index may be in, by question."""

    def one(each: Asked) -> Reply | None:
        try:
            return front.ask(each)
        except RagError:
            return None

    with ThreadPoolExecutor(clients) as threads:
        replies = list(zip(asked, threads.map(one, asked), strict=True))
    said = [(each.id, reply.digest) for each, reply in replies if reply is not None and not reply.error]
    places = [next((place for place, state in enumerate(states) if state[name] == text), -1) for name, text in said]
    return Told(
        asked=len(asked),
        errors=tuple(f"{each.id}: {reply.error}" for each, reply in replies if reply is not None and reply.error),
        lost=tuple(each.id for each, reply in replies if reply is None),
        wrong=tuple(name for (name, _), place in zip(said, places, strict=True) if place < 0),
        of_each=tuple(places.count(place) for place in range(len(states))),
        again=front.again,
        left=front.left,
    )


def killed(settings: Settings, count: int, asked: Sequence[Asked], right: Mapping[str, str], *, at: int = _KILLED_AT) -> Told:
    """One of some processes is killed in the middle of its answer of a number, while all of them answer."""
    with answerers(settings, count, killed_at=at) as working:
        return through(Front(working), asked, count, [right])


def beside_a_writer(settings: Settings, count: int, asked: Sequence[Asked], right: Mapping[str, str], more: Path) -> Told:
    """A further process adds the file `more` and takes it out again, over and over, while some processes answer."""
    bring_up_to_date(settings, [more], add=True)
    after = expected(settings, asked)
    remove_source(settings, more.name)
    with answerers(settings, count) as working, changing(settings, more) as changes:
        told = through(Front(working), asked, count, [right, after])
        return replace(told, changes=changes())


@contextmanager
def changing(settings: Settings, more: Path) -> Iterator[Callable[[], int]]:
    """A process that changes the index over and over, and how often it has; the block begins after the first time."""
    code = "from benchmarks.processes import write; import sys; write(*sys.argv[1:])"
    line, pipe = [sys.executable, "-c", code, *arguments_of(settings), str(more)], subprocess.PIPE
    made: list[str] = []
    with subprocess.Popen(line, env=surroundings(), stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        made.append(process.stdout.readline())
        rest = threading.Thread(target=made.extend, args=(process.stdout,), daemon=True)
        rest.start()
        try:
            yield lambda: len(made)
        finally:
            process.stdin.close()
            rest.join()
    if process.returncode:
        raise RuntimeError(f"The process that writes ended with status {process.returncode}.")


def write(index: str, corpus: str, embedding: str, more: str) -> None:
    """What runs in the process that writes, until its input ends: a line for each change."""
    settings, ended = settings_of(index, corpus, embedding), threading.Event()

    def wait() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=wait, daemon=True).start()
    while not ended.is_set():
        bring_up_to_date(settings, [Path(more)], add=True)
        print("added", flush=True)
        remove_source(settings, Path(more).name)
        print("removed", flush=True)


def table(loads: Sequence[Load]) -> Iterator[str]:
    """The figures as lines of text."""
    yield f"{'processes':>9}{'a second':>10}{'of one':>8}{'median ms':>11}{'p95 ms':>8}{'CPU ms':>8}{'others':>8}{'wrong':>7}"
    for one in loads:
        share = one.rate / loads[0].rate
        yield (
            f"{one.processes:>9}{one.rate:>10.1f}{share:>7.2f}x{one.median:>11.0f}{one.slow:>8.0f}"
            f"{one.worked:>8.0f}{one.others:>8.0%}{one.wrong:>7}"
        )


def sentence(what: str, told: Told) -> str:
    """What came of some questions, as a line of text."""
    states = "/".join(map(str, told.of_each))
    said = f"{what}: {told.asked} questions, {len(told.errors)} errors, {len(told.lost)} lost, {len(told.wrong)} wrong, answers {states}"
    return f"{said}, {told.again} asked again, {told.left} processes left, {told.changes} changes"


def main() -> int:
    """Print all figures; 1 where an answer was wrong, lost or an error."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, default=QUESTIONS, help="asked of each process")
    parser.add_argument("--runs", type=int, default=RUNS, help="of each arrangement, of which the median counts")
    parser.add_argument("--quiet", type=float, default=1.0, metavar="SHARE", help="most that other work may have of the processors")
    parser.add_argument("--json", type=Path, help="file for the figures")
    arguments = parser.parse_args()
    every = questions()
    asked = every[: arguments.questions]
    with temporary_settings(mode="extract") as settings, tempfile.TemporaryDirectory() as name:
        right = expected(settings, asked)
        work = partial(load, settings, every, right, arguments.questions, arguments.quiet)
        runs = [[undisturbed(partial(work, count), arguments.quiet) for count in COUNTS] for _ in range(arguments.runs)]
        medians = [middle(of_one) for of_one in zip(*runs, strict=True)]
        print("\n".join(table(medians)), flush=True)
        hurt = killed(settings, max(COUNTS), 2 * asked, right)
        print(sentence("one of four killed", hurt), flush=True)
        write_recombined(Path(name) / "more.jsonl", _ADDED, real_sentences(), seed=7)
        beside = beside_a_writer(settings, max(COUNTS), 2 * asked, right, Path(name) / "more.jsonl")
        print(sentence("beside a writer", beside))
    figures = {"runs": [[asdict(one) for one in run] for run in runs], "killed": asdict(hurt), "beside a writer": asdict(beside)}
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return int(not (hurt.kept and beside.kept) or any(one.wrong for one in medians))


if __name__ == "__main__":
    sys.exit(main())
