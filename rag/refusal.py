"""What to say where the corpus does not answer, and why: it has nothing on the matter, or the abstract does not report the detail."""

from __future__ import annotations

from collections.abc import Sequence

from rag.answerability import Answerability
from rag.asked_for import is_named
from rag.question import Question
from rag.retrieve import Found

_MOST_NAMED = 3  # names in one reason


def unsaid(label: str, asked: str) -> str:
    """What to say where an abstract is here and speaks of nothing of what a question of yes or no asks."""
    return f"{label} is in the corpus, but its abstract does not say whether this is so: {asked}."


def reason(question: Question, judged: Answerability, best: Found | None, corpus: int) -> str:
    """What to say instead of an answer. `best` is the abstract that comes nearest; `corpus` counts all abstracts."""
    here = best is not None and is_named(question, best.abstract)
    if best is not None and here and judged.unknown:
        if not any(name.casefold() in judged.lacking.casefold() for name in judged.unknown):
            return f"{best.abstract.label} is in the corpus, but its abstract does not mention {_listed(judged.unknown)}."
        return f"{best.abstract.label} is in the corpus, but its abstract does not report this: {judged.lacking}."
    if judged.unknown:
        return f"The corpus does not say: none of the abstracts that come nearest mentions {_listed(judged.unknown)}."
    if judged.mentioned:
        return f"The corpus does not say: its abstracts mention {judged.mentioned}, and none of them is the paper that introduced it."
    if best is not None and judged.lacking and judged.detail < judged.matter:
        if here:
            return f"{best.abstract.label} is in the corpus, but its abstract does not report this: {judged.lacking}."
        given = "give no number for" if question.kind == "numeric" else "do not report this:"
        return f"The corpus does not say: the abstracts that come nearest {given} {judged.lacking}."
    return f"The corpus does not say: none of its {corpus} abstracts bears on this question closely enough to answer it."


def _listed(names: Sequence[str]) -> str:
    return " and ".join(names[:_MOST_NAMED])
