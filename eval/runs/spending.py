"""What a run takes of model services: the system that answers, by its answers, and the judge, session by session."""

from __future__ import annotations

from collections.abc import Iterable
from threading import Lock

from eval.judges import Judge
from eval.records import Row, Spent
from eval.runs.folder import RunFolder


class Meter:
    """Writes down what a judge takes, so that the sums are right when a run was killed and goes on."""

    def __init__(self, folder: RunFolder, judge: Judge) -> None:
        self._folder, self._judge, self._lock = folder, judge, Lock()
        self._before = spent_of(judge)

    def note(self, question_id: str) -> None:
        """Append what came since the last time, if anything did. To be called before the verdicts of the question are stored."""
        with self._lock:
            now = spent_of(self._judge)
            since, self._before = now - self._before, now
            if since != Spent(cost=since.cost):
                self._folder.add_spent(question_id, since)


def spent_of(judge: Judge) -> Spent:
    """What a judge has taken so far; nothing for one that uses no model."""
    found = getattr(judge, "spent", None)
    return found if isinstance(found, Spent) else Spent()


def system_spent(rows: Iterable[Row]) -> Spent:
    """What the answers of a run took, by what each of them says of itself; the cost is None where an answer used tokens of no known
    price."""
    return sum((_of_answer(row) for row in rows), Spent())


def _of_answer(row: Row) -> Spent:
    if row.answer is None:
        return Spent()
    usage, cost = row.answer.usage, row.answer.cost
    used = Spent(usage.get("requests", 0), usage.get("prompt_tokens", 0), usage.get("completion_tokens", 0), cost)
    return used if used.tokens or cost is not None else Spent(used.requests)
