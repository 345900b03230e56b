"""A corpus with one hostile file beside an honest one, indexed without embedding: what the run came to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from rag.index.catalogue import Catalogue
from rag.index.sync import SyncRequest, sync
from rag.index.works import problems
from rag.model import Problem, silent

HONEST = "honest.jsonl"
_ROW = '{"title": "Bees dance in the dark", "abstract": "Bees dance for their sisters. They tell the way to flowers."}\n'
MOST_PROBLEMS = 700


@dataclass(frozen=True, slots=True)
class Run:
    """What a run knows afterwards: the titles that were read by file, and what could not be read."""

    titles: dict[str, list[str]]
    problems: tuple[Problem, ...]

    def of(self, name: str) -> list[str]:
        """The titles that a file gave."""
        return self.titles.get(name, [])

    def reasons(self, name: str) -> list[str]:
        """Why something in a file could not be read."""
        return [one.reason for one in self.problems if one.file == name]


def indexed(folder: Path, before_reading: Callable[[], object] = lambda: None) -> Run:
    """Two runs over the files below a folder, with an honest file among them: the second must know what the first has stored."""
    (folder / HONEST).write_text(_ROW, encoding="utf-8")
    with closing(Catalogue(folder.parent / "catalogue.db", create=True)) as catalogue:
        request = SyncRequest.below([folder], add=False, shape=None, columns=None)
        before_reading()
        sync(catalogue, request, silent)
        sync(catalogue, SyncRequest.below([folder], add=False, shape=None, columns=None), silent)
        with catalogue.reading() as connection:
            query = "SELECT f.name, json_extract(r.record, '$.title') FROM readings r JOIN files f ON f.number = r.file ORDER BY f.name"
            titles: dict[str, list[str]] = {}
            for name, title in connection.execute(query):
                titles.setdefault(name, []).append(title)
            return Run(titles, problems(connection))


def wrong_with(run: Run, names: Sequence[str], *, told: str | None) -> str:
    """What a run promises and has not kept: the honest file is read, and each of `names` is read or told of.

    With `told`, a problem of each must say so; "" asks for any problem. None asks for a paper of each.
    """
    if run.of(HONEST) != ["Bees dance in the dark"]:
        return f"the honest file beside it gave {run.of(HONEST)}"
    for name in names:
        reasons = run.reasons(name)
        if told is None and not run.of(name):
            return f"{name} gave nothing: {reasons[:3]}"
        if told is not None and not any(told in reason for reason in reasons):
            return f"{name} is not told of with {told!r}: {reasons[:3]}"
        if len(reasons) > MOST_PROBLEMS:
            return f"{name} has {len(reasons):,} problems"
    return ""


def attempt(
    prepare: Callable[[Path], object], names: Sequence[str], told: str | None, *, later: Callable[[Path], object] | None = None
) -> Callable[[Path, int], str]:
    """An attempt of `Fault`: `prepare` fills the folder, `later` changes it between listing and reading."""

    def run(folder: Path, _: int) -> str:
        corpus = folder / "corpus"
        corpus.mkdir()
        prepare(corpus)
        return wrong_with(indexed(corpus, (lambda: later(corpus)) if later else (lambda: None)), names, told=told)

    return run
