"""A writer of an index that is killed with -9 at random points, again and again, and whether anything is lost.

Every cycle starts from a copy of one small index, changes the corpus, kills the run that follows one to three times,
and lets the last one finish. After each kill the index must answer at once, as it stood or as it shall be; at the end
it must be complete, and nothing that had been committed may have been embedded again.
"""

from __future__ import annotations

import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np

from benchmarks.synthetic import abstract, write_corpus
from rag.embedding.wordllama import Vectors, load_wordllama
from rag.index.generation import Generation
from rag.index.generations import open_index
from rag.index.ingest import IndexReport, bring_up_to_date, check_index
from rag.index.layout import Layout
from rag.index.server_catalogue import open_catalogue
from rag.model.errors import IndexMissingError
from rag.model.settings import Settings

_OLD, _CHANGED, _GONE, _NEW = 400, 60, 40, 3000  # abstracts
_ANSWER_WITHIN = 2.0  # seconds of this process from opening a killed index to its answers; far more than it takes
_WAIT_WITHIN = 20.0  # seconds by the clock, on a machine that may have other work: nothing that a killed process held is waited for


@dataclass
class NotingEmbedder:
    """wordllama, with a line in a file for every abstract that is embedded: the number at the end of its title."""

    log: Path

    @property
    def name(self) -> str:
        """The same space of vectors as wordllama's."""
        return load_wordllama().name

    @property
    def dimensions(self) -> int:
        """Numbers of a vector."""
        return load_wordllama().dimensions

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Embed and take note."""
        with self.log.open("a", encoding="ascii") as file:
            file.write("".join(f"{number_of(text)}\n" for text in texts))
        return load_wordllama().embed(texts)


def number_of(text: str) -> int:
    """The number of a synthetic abstract, from its title."""
    return int(text.partition("\n")[0].rsplit(" ", 1)[1])


@dataclass
class Victim:
    """A corpus of synthetic abstracts, its index, and what was embedded for it."""

    folder: Path
    seed: int
    seen: int = 0  # lines of the log that were counted
    killed: int = 0
    again: int = 0  # abstracts that were embedded although they were committed
    losses: list[str] = field(default_factory=list)
    before: dict[str, str] = field(default_factory=dict)  # the texts by title before the last change

    @property
    def settings(self) -> Settings:
        """Where it lies, and which store its vectors are in; nothing from the environment."""
        limit = 0 if self._segments.exists() else 1_000_000
        place = {"index_dir": self.folder / "index", "corpus": self.folder / "corpus"}
        server = json.loads(self.server.read_text()) if self.server.exists() else {}
        return Settings(**place, **server, embedding="wordllama", chroma_limit=limit, _env_file=None)

    @property
    def server(self) -> Path:
        """A file that says, where there is one, which server has the catalogue: settings, as JSON."""
        return self.folder / "server.json"

    @property
    def _segments(self) -> Path:
        return self.folder / "segments"  # a file, for other processes know the folder alone

    @property
    def log(self) -> Path:
        """One line an abstract that was embedded."""
        return self.folder / "embedded.log"

    def make(self, *, segments: bool = False) -> IndexReport:
        """Write the first corpus and index it, its vectors in Chroma or in segments."""
        (self.folder / "corpus").mkdir(parents=True)
        if segments:
            self._segments.touch()
        self.log.touch()
        write_corpus(self.folder / "corpus" / "old.jsonl", _OLD, seed=0)
        return bring_up_to_date(self.settings)

    def change(self, new: int = _NEW) -> None:
        """Change some abstracts, take some out, add a file."""
        self.before = self.expected()
        rows = range(_GONE, _OLD)
        changed = {number: 900_000_000 + self.seed * 1000 + number for number in range(_GONE, _GONE + _CHANGED)}
        numbers = [changed.get(number, number) for number in rows]
        write_rows(self.folder / "corpus" / "old.jsonl", numbers)
        write_rows(self.folder / "corpus" / "new.jsonl", [self.seed * 1_000_000 + number for number in range(1000, 1000 + new)])

    def start(self) -> subprocess.Popen[bytes]:
        """A process that brings the index up to date."""
        command = [sys.executable, "-m", "benchmarks.reliability.victim", str(self.folder)]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def expected(self) -> dict[str, str]:
        """The text of every abstract by its title, as the files say."""
        rows = [line for path in sorted((self.folder / "corpus").glob("*.jsonl")) for line in path.read_text().splitlines()]
        parsed = [json.loads(row) for row in rows]
        return {row["title"]: row["abstract"] for row in parsed}

    def committed(self) -> set[int]:
        """The abstracts whose vectors are in the catalogue."""
        query = "SELECT a.title FROM abstracts a JOIN texts t ON t.number = a.text WHERE t.sentences IS NOT NULL"
        try:
            catalogue = open_catalogue(Layout.of(self.settings))
        except IndexMissingError:
            return set()
        with closing(catalogue), catalogue.reading() as connection:
            return {number_of(row["title"]) for row in connection.execute(query)}

    def count_again(self, before: set[int]) -> None:
        """Count what was embedded since the last look although it was committed `before` that."""
        lines = self.log.read_text(encoding="ascii").split()
        self.again += sum(int(line) in before for line in lines[self.seen :])
        self.seen = len(lines)

    def look(self, states: Sequence[dict[str, str]]) -> float:
        """Open the index as a reader, compare it with the states that it may be in; returns the seconds that took."""
        started, worked = time.perf_counter(), time.process_time()
        with open_index(self.settings) as index, index.reading() as generation:
            wrong = inspect(generation, states)
        seconds, work = time.perf_counter() - started, time.process_time() - worked
        if wrong:
            self.losses.append(wrong)
        if work > _ANSWER_WITHIN or seconds > _WAIT_WITHIN:
            self.losses.append(f"answered after {work:.1f} seconds of work and {seconds:.1f} in all only")
        return seconds


def inspect(generation: Generation, states: Sequence[dict[str, str]]) -> str:
    """What is wrong with a generation that must show one of some states; "" if nothing is."""
    found = {one.title or "": one for one in generation.listing()}
    texts = {title: one.text for title, one in found.items()}
    if texts not in states:
        return f"{len(texts)} abstracts, which is no state that the corpus was in ({[len(state) for state in states]})"
    source = random.Random(len(texts))
    for title in source.sample(sorted(texts), 10):
        passages = generation.passages_of([found[title].id])[found[title].id]
        vector = generation.vectors([passages[0].id])[0]
        dense = {one for one, score in generation.search_dense(vector, 3) if score > 0.999}
        lexical = generation.search_lexical(f"{title} {texts[title]}", 3)
        if passages[0].id not in dense or not lexical or lexical[0][0] != passages[0].id:
            return f"{title!r} is not found (by vector: {dense}, by words: {lexical})"
        if not np.allclose(vector, load_wordllama().embed([f"{title}\n{texts[title]}"])[0], atol=1e-6):
            return f"{title!r} has another vector"
    return ""


def write_rows(path: Path, numbers: Sequence[int]) -> None:
    """Write synthetic abstracts, and let the file's time differ from what it was."""
    path.write_text("".join(json.dumps(abstract(number)) + "\n" for number in numbers), encoding="utf-8")


def kill_and_resume(victim: Victim, kills: int, source: random.Random, duration: float) -> None:
    """Kill that many runs at random moments of the `duration` in seconds for which they work, then let one finish.

    Where a run finishes before it is killed, the corpus is changed again.
    """
    while victim.killed < kills:
        committed = victim.committed()
        process = victim.start()
        wait_until_it_works(victim, process)
        try:
            process.wait(source.uniform(0, duration))
        except subprocess.TimeoutExpired:
            process.kill()
            victim.killed += 1
        process.communicate()
        victim.count_again(committed)
        victim.look([victim.before, victim.expected()] if process.returncode else [victim.expected()])
        if not process.returncode:
            victim.seed += 100
            victim.change()
    committed = victim.committed()
    process = victim.start()
    _, errors = process.communicate()
    if process.returncode:
        victim.losses.append(f"the last run failed: {errors.decode(errors='replace').strip().splitlines()[-1:]}")
    victim.count_again(committed)
    victim.look([victim.expected()])
    check_index(victim.settings)


_KILLED_BEFORE_A_RENAME = """
import os, signal, sys
from pathlib import Path
from benchmarks.reliability.victim import Victim
from rag.index.ingest import bring_up_to_date
victim, left = Victim(Path(sys.argv[1]), 0), int(sys.argv[2])
def watch(event, arguments):
    global left
    if event == "os.rename" and str(victim.settings.index_dir) in str(arguments[1]):
        left -= 1
        if not left:
            print(arguments[1], flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(watch)
bring_up_to_date(victim.settings)
"""


# Brings the corpus of a victim (its folder) up to date, and is killed in a stage (the second argument).
KILLED_IN_STAGE = """
import os, signal, sys
from pathlib import Path
from benchmarks.reliability.victim import NotingEmbedder, Victim
from rag.index.ingest import bring_up_to_date
def progress(stage, done, total):
    if stage == sys.argv[2] and (done or stage == "index"):
        os.kill(os.getpid(), signal.SIGKILL)
victim = Victim(Path(sys.argv[1]), 0)
bring_up_to_date(victim.settings, progress=progress, embedding=NotingEmbedder(victim.log))
"""


def killed_before_rename(victim: Victim, number: int) -> str:
    """Kill a run as it is about to rename something in the index folder for the so many-th time; the path that it would have made."""
    command = [sys.executable, "-c", _KILLED_BEFORE_A_RENAME, str(victim.folder), str(number)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False, text=True)
    if done.returncode != -signal.SIGKILL:
        raise RuntimeError(f"The run ended with status {done.returncode} and was not killed.")
    return done.stdout.strip()


def wait_until_it_works(victim: Victim, process: subprocess.Popen[bytes]) -> None:
    """Wait until a run has imported everything and holds the lock: only then is there something to lose."""
    note = victim.settings.index_dir / "writer.json"
    while process.poll() is None:
        if note.exists() and json.loads(note.read_text())["process"] == process.pid:
            return
        time.sleep(0.002)


def cycle(base: Path, folder: Path, seed: int, duration: float) -> Victim:
    """One independent cycle from a copy of a finished index."""
    shutil.copytree(base, folder)
    victim = Victim(folder, seed)
    victim.change()
    source = random.Random(seed)
    kill_and_resume(victim, source.randint(1, 3), source, duration)
    return victim


def killed_cycle(folder: Path, seed: int) -> str:
    """One cycle; what was lost in it, or embedded again."""
    base, duration = _begun(segments=seed % 2 == 1)
    victim = cycle(base, folder / "cycle", seed + 1, duration)
    return "; ".join([*victim.losses, *([f"{victim.again} embedded again"] if victim.again else [])])


@cache
def _begun(*, segments: bool) -> tuple[Path, float]:
    """The folder that every cycle begins with, and how long a run works that nobody kills, in seconds."""
    folder = Path(tempfile.mkdtemp(prefix="reliability-"))
    Victim(folder / "base", 0).make(segments=segments)
    return folder / "base", undisturbed(folder, 0)


def undisturbed(folder: Path, seed: int) -> float:
    """How long a run works that nobody kills, in seconds."""
    shutil.copytree(folder / "base", folder / "undisturbed")
    victim = Victim(folder / "undisturbed", seed)
    victim.change()
    process = victim.start()
    wait_until_it_works(victim, process)
    started = time.perf_counter()
    if process.wait():
        raise RuntimeError("A run that nobody killed failed.")
    return time.perf_counter() - started


if __name__ == "__main__":
    made = Victim(Path(sys.argv[1]), 0)
    bring_up_to_date(made.settings, embedding=NotingEmbedder(made.log))
