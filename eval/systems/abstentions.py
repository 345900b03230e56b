"""Whether a sentence says that there is no answer: by patterns of word classes, which are data (`eval/data/abstentions.toml`)."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from rag.text import folded_words

DATA = Path(__file__).parents[1] / "data" / "abstentions.toml"


def abstains(sentence: str) -> bool:
    """True where a sentence says that its speaker does not know, or that the sources do not say.

    >>> abstains("The provided context does not mention the number of layers.")
    True
    """
    words = folded_words(sentence)
    data = _data()
    if " ".join(words) in data["whole"]:
        return True
    kinds = [_classes(word) for word in words]
    return any(_stands(pattern, kinds, data["gap"]) for pattern in data["patterns"])


def _stands(pattern: Sequence[str], kinds: Sequence[frozenset[str]], gap: int) -> bool:
    """True where the classes of a pattern stand in this order, with at most so many words between two of them."""
    ends = [place for place, kind in enumerate(kinds) if pattern[0] in kind]
    for wanted in pattern[1:]:
        ends = [place for place, kind in enumerate(kinds) if wanted in kind and any(0 < place - end <= gap + 1 for end in ends)]
    return bool(ends)


@cache
def _data() -> dict[str, Any]:
    data = tomllib.loads(DATA.read_text(encoding="utf-8"))
    return {**data, "whole": frozenset(data["whole"]), "patterns": [tuple(one.split()) for one in data["patterns"]]}


@cache
def _classes(word: str) -> frozenset[str]:
    """The classes that a word is in."""
    return frozenset(
        name
        for name, known in _data()["classes"].items()
        if any(word == one or (one.endswith("*") and word.startswith(one[:-1])) for one in known)
    )
