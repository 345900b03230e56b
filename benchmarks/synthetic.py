"""Abstracts that are made up, the same on every run: for measuring and torturing the index, not for judging answers."""

from __future__ import annotations

import json
import random
from pathlib import Path

_SYLLABLES = ["ba", "co", "di", "fu", "ga", "he", "jo", "ku", "la", "me", "ni", "po", "qua", "re", "si", "to", "vu", "wa", "xe", "zy"]


def write_corpus(path: Path, count: int, *, seed: int, sentences: int = 3) -> None:
    """Write `count` abstracts as JSON Lines; another seed gives other abstracts."""
    rows = [abstract(seed * 1_000_000 + number, sentences) for number in range(count)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def abstract(number: int, sentences: int = 3) -> dict[str, str]:
    """One made-up abstract, told by its number."""
    source = random.Random(number)
    text = " ".join(_sentence(source) for _ in range(sentences))
    return {"id": str(number), "title": f"On {_word(source)} {_word(source)} {number}", "abstract": text}


def _sentence(source: random.Random) -> str:
    words = [_word(source) for _ in range(source.randint(8, 14))]
    return " ".join(words).capitalize() + "."


def _word(source: random.Random) -> str:
    return "".join(source.choice(_SYLLABLES) for _ in range(source.randint(2, 3)))
