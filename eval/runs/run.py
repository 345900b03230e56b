"""A run: a question set put to the assistant, judged and stored as it goes; killed, it goes on where it stopped."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Any

from eval.controls import judged_with_controls, share_of
from eval.corrections import Corrections, corrections
from eval.judges import Judge, LocalJudge
from eval.metrics import By, Known, aggregate, breakdown
from eval.records import Control, Label, Metric, Question, Row, Spent, Verdict
from eval.runs.asking import Asking, asking_of
from eval.runs.folder import RunError, RunFolder, identity
from eval.runs.spending import Meter, spent_of, system_spent
from rag.assistant import Assistant
from rag.model import spell_controls

# A run: a question set put to the assistant, judged and stored as it goes; killed, it goes on where it stopped.

Told = Callable[[int, int, float], None]  # questions done, all questions, seconds that are left by the pace so far


@dataclass(frozen=True)
class Run:
    """All that a run has found: its rows in the order of the questions, and the verdicts on each by the question's id."""

    manifest: dict[str, Any]
    rows: tuple[Row, ...]
    verdicts: dict[str, tuple[Verdict, ...]]
    controls: tuple[Control, ...] = ()
    labels: tuple[Label, ...] = ()
    judge_spent: Spent = field(default_factory=Spent)

    @cached_property
    def system_spent(self) -> Spent:
        """What the answers took of a model service."""
        return system_spent(self.rows)

    @cached_property
    def corrected(self) -> Corrections:
        """Faithfulness as it would be with a judge that makes no errors."""
        return corrections(self.rows, self.verdicts, self.controls, self.labels, self.manifest)

    @cached_property
    def _known(self) -> Known:
        """What each metric says of each question, worked out once."""
        return {}

    @property
    def all_verdicts(self) -> list[Verdict]:
        """The verdicts on all questions."""
        return [one for row in self.rows for one in self.verdicts.get(row.question.id, ())]

    @cached_property
    def metrics(self) -> dict[str, Metric]:
        """Every metric over all questions, computed from the rows and verdicts alone."""
        return aggregate(self.rows, self.all_verdicts, seed=self.manifest["seed"], known=self._known)

    def by(self, group: By) -> dict[str, dict[str, Metric]]:
        """The same for each kind, tag, split, or number of turns before."""
        return breakdown(self.rows, self.all_verdicts, group, seed=self.manifest["seed"], known=self._known)

    def frame(self) -> Any:
        """A pandas DataFrame with a row a question: id, kind, question, outcome, error, answer, seconds, and each metric's value.

        A metric that has no say in a question, or could not be scored there, is missing (NA), never 0.
        """
        import pandas

        rows = [
            {
                "id": row.question.id,
                "kind": row.question.kind,
                "question": row.question.question,
                "outcome": row.outcome,
                "error": row.error,
                "answer": None if row.answer is None else row.answer.text,
                "seconds": row.seconds,
                **{name: metric.values.get(row.question.id) for name, metric in self.metrics.items()},
            }
            for row in self.rows
        ]
        return pandas.DataFrame(rows).convert_dtypes()


def silent(done: int, total: int, left: float) -> None:
    """Progress that nobody wants to see."""


def evaluate(questions: Iterable[Question], assistant: Assistant | Asking, judge: Judge | None = None, *, progress: Told = silent) -> Run:
    """Ask and judge in memory: our assistant, or whoever `Asking` asks (`eval.runs.SystemAnswers`). Raises QuestionSetError where the
    questions do not fit the corpus."""
    asked, chosen, asking = tuple(questions), judge or LocalJudge(), asking_of(assistant)
    asking.check(asked)
    pace = Pace(len(asked), 0)
    rows, verdicts, before = [], {}, spent_of(chosen)
    controls: list[Control] = []
    for question in asked:
        row = asking.row(question)
        rows.append(row)
        verdicts[question.id], planted = judged_with_controls(asking.drawn(row), asking.lookup, chosen, share_of(len(asked)))
        controls += planted
        progress(*pace.done())
    manifest, spent = asking.manifest(asked, chosen.name, "in memory"), spent_of(chosen) - before
    return Run(manifest, tuple(rows), verdicts, tuple(controls), judge_spent=spent)


def run_into(
    questions: Sequence[Question],
    assistant: Assistant | Asking,
    path: Path,
    judge: Judge,
    *,
    jobs: int = 1,
    per_minute: float | None = None,
    progress: Told = silent,
) -> Run:
    """Ask our assistant, or whoever `Asking` asks, and judge into a folder, or go on with the run that is there.

    A question counts as asked when its answer is in answers.jsonl, and as judged when its line is in verdicts.jsonl. With one
    job the lines stand in the order of the questions. Raises RunError where the folder holds another run, QuestionSetError
    where the questions do not fit the corpus.
    """
    asking = asking_of(assistant)
    asking.check(questions)
    folder = RunFolder(path)
    begin(folder, asking.manifest(questions, judge.name, path.name))
    work = _Work(folder, asking, judge, per_minute, share_of(len(questions)))
    todo = work.todo(questions)
    pace = Pace(len(questions), len(questions) - len(todo))
    for _ in _in_parallel(work.do, todo, jobs):
        progress(*pace.done())
    return read_run(path)


def read_run(path: Path) -> Run:
    """A run from its folder; raises RunError where there is none."""
    folder = RunFolder(path)
    manifest = folder.manifest
    if manifest is None:
        raise RunError(f"There is no run in {path}. Make one with: python -m eval run --out {path}")
    rows = {row.question.id: row for row in folder.rows()}
    order = [one for one in manifest["question_ids"] if one in rows]
    return Run(manifest, tuple(rows[one] for one in order), folder.verdicts(), folder.controls(), folder.labels(), folder.spent())


class Pace:
    """How far a run is, and how long the rest will take at the pace of this session."""

    def __init__(self, total: int, before: int) -> None:
        self._total, self._before, self._now = total, before, 0
        self._started = time.monotonic()
        self._lock = Lock()

    def done(self) -> tuple[int, int, float]:
        """One more is done: how many are, of how many, and the seconds left."""
        with self._lock:
            self._now += 1
            each = (time.monotonic() - self._started) / self._now
            done = self._before + self._now
        return done, self._total, each * (self._total - done)


class _Work:
    """What is done for each question: ask unless it was asked, judge, store."""

    def __init__(self, folder: RunFolder, asking: Asking, judge: Judge, per_minute: float | None, planted: float) -> None:
        self._folder, self._asking, self._judge, self._planted = folder, asking, judge, planted
        self._meter = Meter(folder, judge)
        self._kept = set(folder.texts())
        self._rows = {row.question.id: row for row in folder.rows()}
        self._judged = set(folder.verdicts())
        self._every = 60 / per_minute if per_minute else 0.0
        self._next = 0.0
        self._lock = Lock()

    def todo(self, questions: Sequence[Question]) -> list[Question]:
        """Those that are not judged yet."""
        return [one for one in questions if one.id not in self._judged]

    def do(self, question: Question) -> None:
        """Ask and judge one question."""
        row = self._rows.get(question.id)
        if row is None:
            self._wait()
            row = self._asking.row(question)
            self._keep_texts(row)
            self._folder.add_row(row)
        found = judged_with_controls(self._asking.drawn(row), self._asking.lookup, self._judge, self._planted)
        self._meter.note(question.id)
        self._folder.add_verdicts(question.id, *found)

    def _keep_texts(self, row: Row) -> None:
        """Keep the abstracts that an answer rests on, each once; contexts that another system told stand in its row."""
        cited = [] if row.answer is None else [one.abstract_id for one in row.answer.citations]
        names = dict.fromkeys([*cited, *(one for one, _ in self._asking.drawn(row).retrieved)])
        with self._lock:
            fresh = [one for one in names if one not in self._kept]
            self._kept.update(fresh)
        self._folder.add_texts(found for one in fresh if (found := self._asking.lookup(one)) is not None)

    def _wait(self) -> None:
        """Keep to so many questions a minute."""
        if not self._every:
            return
        with self._lock:
            now = time.monotonic()
            pause, self._next = max(0.0, self._next - now), max(self._next, now) + self._every
        time.sleep(pause)


def begin(folder: RunFolder, manifest: dict[str, Any]) -> None:
    """Start a run, or make sure that the one that is there is this one."""
    there = folder.manifest
    if there is None:
        folder.write("manifest.json", _pretty(manifest))
        return
    mine, theirs = identity(manifest), identity(there)
    other = [name for name in mine if mine[name] != theirs.get(name)]
    if other:
        raise RunError(
            f"{folder.path} holds a run with other {' and '.join(other)}. Give this one another folder with --out, or remove that one."
        )
    folder.repair()


def _pretty(data: dict[str, Any]) -> str:
    return spell_controls(json.dumps(data, indent=2, ensure_ascii=False)) + "\n"


def _in_parallel(do: Callable[[Question], None], todo: Sequence[Question], jobs: int) -> Iterator[None]:
    """Do all, at most `jobs` at a time; yields as each is done. Ctrl-C ends after those under way."""
    if jobs <= 1:
        for question in todo:
            do(question)
            yield
        return
    left = iter(todo)
    with ThreadPoolExecutor(jobs, thread_name_prefix="eval") as pool:
        running: set[Future[None]] = {pool.submit(do, question) for question in islice(left, jobs)}
        while running:
            finished, running = wait(running, return_when=FIRST_COMPLETED)
            for one in finished:
                one.result()
                running |= {pool.submit(do, question) for question in islice(left, 1)}
                yield
