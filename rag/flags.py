"""What in a claim disagrees with the text that should bear it out: numbers, names, negation, direction, scope.

Flags are evidence, not truth: each names one thing that a reader can look up. They lower the support score by the amounts below,
which were set on labelled claims about the corpus (`python -m benchmarks.support`, `python -m benchmarks.damage`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.flagging.denials import left_out_flags, negation_flags, without_flags
from rag.flagging.figures import counted_flags, number_flags, numbers
from rag.flagging.links import linked_flags
from rag.flagging.naming import name_flags, named_flags, names, placed_flags, squeezed
from rag.flagging.opposites import direction_flags
from rag.flagging.order import order_flags, others_flags
from rag.flagging.scope import scope_flags
from rag.sentences import split

__all__ = [
    "direction_flags",
    "find_flags",
    "name_flags",
    "names",
    "negation_flags",
    "number_flags",
    "numbers",
    "penalty",
    "scope_flags",
    "squeezed",
]

_MARKERS = re.compile(r"\s*\[\d+(?:\s*[,;\u2013-]\s*\d+)*\]")  # [1], [2, 3]: an answer's citations, no figures of the claim
PENALTIES = {"number": 0.15, "name": 0.15, "negation": 0.3, "direction": 0.3, "scope": 0.15}


def find_flags(claim: str, text: str, window: str, sentences: Sequence[str] = (), *, figures: str | None = None) -> tuple[str, ...]:
    """All flags, each once: names against the whole text, numbers against it or against `figures`, names and numbers in their
    places and comparisons against its sentences (cut anew where they are not given), the rest against the window of sentences
    that bear the claim out best."""
    claim = _MARKERS.sub("", claim)
    said = list(sentences) or [text[start:end] for start, end in split(text)]
    found = (
        *number_flags(claim, text if figures is None else figures),
        *counted_flags(claim, said),
        *linked_flags(claim, said),
        *placed_flags(claim, said),
        *name_flags(claim, text),
        *named_flags(claim, said),
        *others_flags(claim, said),
        *negation_flags(claim, window),
        *without_flags(claim, said),
        *left_out_flags(claim, said),
        *direction_flags(claim, window),
        *order_flags(claim, said),
        *scope_flags(claim, window),
    )
    return tuple(dict.fromkeys(found))


def penalty(flags: tuple[str, ...]) -> float:
    """How much the flags take from the support score."""
    return sum(PENALTIES[flag.partition(":")[0]] for flag in flags)
