"""Damage to the files of an index: seven kinds, every file, many seeds; in the answers no signal, no foreign error, no silent difference.

Each case damages one file of a copy. A worker process asks it: it must answer as before, or say which file is damaged and what to
type. Then the index is made whole as the message says, and must answer as before. What ends the worker is a failure of the case.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import random
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

from benchmarks.reliability import Fault
from benchmarks.synthetic import write_corpus
from rag.index import bring_up_to_date, check_index, open_index, salvage_catalogue
from rag.model import RagError, Settings

_ABSTRACTS = 40
_SEEDS = 20


def _cut(path: Path, chance: random.Random) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: chance.randrange(len(data))] if data else b"")


def _empty(path: Path, _: random.Random) -> None:
    path.write_bytes(b"")


def _garbage(path: Path, chance: random.Random) -> None:
    path.write_bytes(chance.randbytes(max(1, path.stat().st_size)))


def _flip(path: Path, chance: random.Random, *, bits: int) -> None:
    data = bytearray(path.read_bytes() or b"\0")
    for _ in range(bits):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(bytes(data))


def _removed(path: Path, _: random.Random) -> None:
    path.unlink()


def _folder(path: Path, _: random.Random) -> None:
    path.unlink()
    path.mkdir()
    (path / "something").write_text("else")


KINDS: dict[str, Callable[[Path, random.Random], None]] = {
    "cut": _cut,
    "emptied": _empty,
    "filled with garbage": _garbage,
    "one bit flipped": partial(_flip, bits=1),
    "64 bits flipped": partial(_flip, bits=64),
    "removed": _removed,
    "replaced by a folder": _folder,
}
_BY_CHANCE = ("cut", "filled with garbage", "one bit flipped", "64 bits flipped")


def settings_of(folder: Path) -> Settings:
    """The settings of a small index below a folder, and nothing from the environment."""
    return Settings(index_dir=folder / "index", corpus=folder / "corpus", embedding="wordllama", _env_file=None)


@cache
def base() -> Path:
    """A folder with a small corpus and its index, which nobody changes."""
    folder = Path(tempfile.mkdtemp(prefix="reliability-"))
    (folder / "corpus").mkdir()
    write_corpus(folder / "corpus" / "papers.jsonl", _ABSTRACTS, seed=1)
    bring_up_to_date(settings_of(folder))
    return folder


def copied(folder: Path) -> Path:
    """A copy of `base` below a folder, whose catalogue knows the corpus of the copy."""
    target = folder / "copy"
    shutil.copytree(base(), target)
    bring_up_to_date(settings_of(target))
    return target


def files_of(index: Path) -> list[str]:
    """All files of an index that can be damaged, by their path in it."""
    return sorted(path.relative_to(index).as_posix() for path in index.rglob("*") if path.is_file())


def said(settings: Settings) -> str:
    """A digest of what an index answers: every abstract, and what both searches find for some of them."""
    with open_index(settings) as index, index.reading() as generation:
        listed = list(generation.listing())
        parts: list[Any] = [[one.to_dict() for one in listed], generation.count(), generation.count_passages(), generation.sources()]
        for abstract in listed[::4]:
            (passages,) = generation.passages_of([abstract.id]).values()
            ids = [one.id for one in passages]
            parts.append([generation.search_lexical(abstract.title or abstract.text, 10), generation.lexical_scores(abstract.text, ids)])
            parts += [[one, round(score, 4)] for one, score in generation.search_dense(generation.vectors(ids)[0], 10)]
            parts.append([(one.start, one.end) for one in generation.sentences([abstract.id])[abstract.id]])
        return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()


def repaired(settings: Settings, before: str) -> str:
    """ "" where `rag index` makes an index answer as before."""
    bring_up_to_date(settings)
    check_index(settings)
    return "" if said(settings) == before else "it answers otherwise after it was repaired"


class Worker:
    """A process that opens damaged indexes, started anew where one ends it."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def ask(self, order: str, folder: Path) -> dict[str, str]:
        """Have it carry out an order ("said", "index", "salvage"): {"said": ...}, {"error": ...} or {"foreign": ...}."""
        if self._process is None:
            line = [sys.executable, "-m", "benchmarks.reliability.seals"]
            self._process = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([order, str(folder)]) + "\n")
        self._process.stdin.flush()
        reply = self._process.stdout.readline()
        if reply:
            return dict(json.loads(reply))
        return {"foreign": f"{order} ended with status {self.close()}"}

    def close(self) -> int | None:
        """End it, if it has not ended; its exit status."""
        if self._process is None:
            return None
        with self._process as process:  # closes its pipes
            process.kill()
        self._process = None
        return process.returncode


_worker = Worker()
atexit.register(_worker.close)


def damaged(kind: str, name: str, folder: Path, seed: int, whole: Path) -> str:
    """One case: what was wrong with how it went, "" where nothing was."""
    place = folder / f"{seed}-{hashlib.sha256(f'{kind} {name}'.encode()).hexdigest()[:8]}"
    shutil.copytree(whole, place)
    KINDS[kind](place / "index" / name, random.Random(f"{kind} {name} {seed}"))
    wrong = _case(place, _worker.ask("said", whole)["said"])
    shutil.rmtree(place, ignore_errors=True)
    return f"{name}, {kind}, seed {seed}: {wrong}" if wrong else ""


def _case(place: Path, before: str) -> str:
    first = _worker.ask("said", place)
    if "foreign" in first or (first.get("said", before) != before):
        return f"asked: {first}"
    if "error" in first and ("Type: rag" not in first["error"] and "with: rag" not in first["error"]):
        return f"the message names no next step: {first}"
    repaired = _worker.ask("index", place)
    if "error" in repaired and "rag salvage" in repaired["error"]:
        repaired = _worker.ask("salvage", place)
    if set(repaired) != {"said"}:
        return f"repaired: {repaired}"
    return "" if repaired["said"] == before else "it answers otherwise after it was repaired"


def _attempt(folder: Path, seed: int, *, kind: str) -> str:
    """A kind of damage to every file, one after the other."""
    whole = copied(folder)
    wrong = [damaged(kind, name, folder, seed, whole) for name in files_of(whole / "index")]
    return "; ".join(one for one in wrong if one)


def main() -> None:
    """What the worker does: an order a line, a reply a line."""
    for line in sys.stdin:
        order, folder = json.loads(line)
        sys.stdout.write(json.dumps(_carried_out(order, settings_of(Path(folder)))) + "\n")
        sys.stdout.flush()


def _carried_out(order: str, settings: Settings) -> dict[str, str]:
    try:
        if order == "salvage":
            salvage_catalogue(settings)
        if order in ("index", "salvage"):
            bring_up_to_date(settings)
            check_index(settings)
        return {"said": said(settings)}
    except RagError as error:
        return {"error": str(error)}
    except Exception:  # noqa: BLE001 - whatever it is, it is not ours
        return {"foreign": traceback.format_exc()[-1500:]}


def _faults() -> Iterator[Fault]:
    for kind in KINDS:
        tries = _SEEDS if kind in _BY_CHANCE else 1
        yield Fault("seals", f"every file of the index {kind}", partial(_attempt, kind=kind), tries, sampled=0)


FAULTS = tuple(_faults())

if __name__ == "__main__":
    main()
