"""Another judge over the answers of a run: nothing is asked again."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from eval.controls import judged_with_controls, share_of
from eval.judges import Judge, Lookup
from eval.records import Row
from eval.runs.folder import RunError, RunFolder
from eval.runs.run import Pace, Run, Told, begin, read_run, silent
from eval.runs.spending import Meter
from eval.systems import sources_of
from rag.model import Abstract


def rejudge(path: Path, out: Path, judge: Judge, *, lookup: Lookup | None = None, progress: Told = silent) -> Run:
    """Judge the answers of the run in `path` anew, into the folder `out`; an interrupted run there goes on.

    The texts are those that the run keeps; `lookup` finds others. Raises RunError where `path` has no run, where texts are missing that
    the answers cite, or where `out` holds another run.
    """
    if out.resolve() == path.resolve():
        raise RunError(f"{path} keeps the verdicts of its own judge. Give the new ones another folder with --out.")
    done, before = read_run(path), RunFolder(path)
    find = _finder(before.texts(), lookup)
    _check(path, done, find)
    folder = RunFolder(out)
    when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    begin(folder, {**done.manifest, "name": out.name, "when": when, "judge": judge.name, "rejudged": done.manifest.get("name")})
    _copy(before, folder)
    judged, meter = set(folder.verdicts()), Meter(folder, judge)
    pace = Pace(len(done.rows), len(judged))
    for row in done.rows:
        if row.question.id not in judged:
            found = judged_with_controls(_drawn(row, done), find, judge, share_of(len(done.manifest["question_ids"])))
            meter.note(row.question.id)
            folder.add_verdicts(row.question.id, *found)
            progress(*pace.done())
    return read_run(out)


def _finder(texts: Mapping[str, Abstract], lookup: Lookup | None) -> Lookup:
    return lambda abstract_id: texts.get(abstract_id) or (lookup(abstract_id) if lookup else None)


def _check(path: Path, done: Run, find: Lookup) -> None:
    """Refuse a run whose texts are gone: a judge would hold claims against quotes alone, and call that a verdict."""
    cited = [(sources_of(row, find), one.abstract_id) for row in done.rows if row.answer for one in row.answer.citations]
    missing = sorted({name for look, name in cited if look(name) is None})
    if missing:
        raise RunError(
            f"{path} cites {len(missing)} abstracts whose texts it does not keep, such as {missing[0]}. "
            "Give the corpus that it was made with in RAG_CORPUS, or run it again."
        )


def _copy(before: RunFolder, folder: RunFolder) -> None:
    """The answers and texts, as they are; people's labels too, for they are about the answers."""
    for name in ("texts.jsonl", "answers.jsonl", "labels.jsonl"):
        if (before.path / name).exists():
            folder.write(name, (before.path / name).read_text(encoding="utf-8"))


def _drawn(row: Row, done: Run) -> Row:
    """With those retrieved abstracts alone that the answer could draw on."""
    if row.contexts:
        ids = {one.id for one in row.contexts}
        return replace(row, retrieved=tuple(one for one in row.retrieved if one[0] in ids))
    most = (done.manifest.get("settings") or {}).get("RAG_TOP_K")
    return replace(row, retrieved=row.retrieved[:most]) if isinstance(most, int) else row
