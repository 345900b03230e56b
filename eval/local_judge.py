"""The judge that needs no key and no network: `rag.support`, deterministic. It never says contradicted."""

from __future__ import annotations

from collections.abc import Sequence

from eval.judging import Task
from eval.records import Verdict
from rag.support import check_support, check_together

VERSION = "2"  # of the formula and its flags: verdicts of other versions do not compare


class LocalJudge:
    """Holds claims against their citations as the assistant itself does (`check_together`), against whole abstracts by `check_support`."""

    name = f"local-{VERSION}"

    def decide(self, tasks: Sequence[Task]) -> list[Verdict]:
        """One verdict a task."""
        return [self._decide(task) for task in tasks]

    def _decide(self, task: Task) -> Verdict:
        if task.against == "retrieved":
            support = check_support(task.said, "\n".join(f"{part.title or ''} {part.text}".strip() for part in task.parts))
        else:
            support = check_together(task.said, task.parts)
        return task.verdict(support.verdict, support.score, support.flags)
