"""The judge that needs no key and no network: `rag.support.check`, deterministic. It never says contradicted."""

from __future__ import annotations

from collections.abc import Sequence

from eval.judges.tasks import Task
from eval.records import Verdict
from rag.model import Support, clean_text
from rag.support import Cited, check_support, check_together

VERSION = "3"  # of the formula and its flags: verdicts of other versions do not compare


class LocalJudge:
    """Holds claims against their citations as the assistant itself does (`check_together`), against whole abstracts by `check_support`."""

    name = f"local-{VERSION}"
    gatekeeper_of = frozenset({"local"})

    def decide(self, tasks: Sequence[Task]) -> list[Verdict]:
        """One verdict a task."""
        return [self._decide(task) for task in tasks]

    def _decide(self, task: Task) -> Verdict:
        support = _held(task, task.parts)
        if support.verdict != "supported" and any(clean_text(part.text) != part.text for part in task.parts):
            shown = _held(task, [_cleaned(part) for part in task.parts])  # what people and models read, without residue of LaTeX
            support = max(support, shown, key=lambda one: one.score)
        return task.verdict(support.verdict, support.score, support.flags)


def _held(task: Task, parts: Sequence[Cited]) -> Support:
    if task.against == "retrieved":
        return check_support(task.said, "\n".join(f"{part.title or ''} {part.text}".strip() for part in parts))
    return check_together(task.said, parts)


def _cleaned(part: Cited) -> Cited:
    """The same sentences in the text as it is shown; one that reads otherwise there is put at its end."""
    text = clean_text(part.text)
    spans = []
    for start, end in part.spans:
        said = clean_text(part.text[start:end])
        if said not in text:
            text = f"{text} {said}"
        at = text.index(said)
        spans.append((at, at + len(said)))
    return Cited(text, tuple(spans), part.title)
