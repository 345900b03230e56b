"""Abstracts made of syllables or of real sentences, the same on every run: to measure and torture the index, not to judge answers."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
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


def write_recombined(path: Path, count: int, sentences: Sequence[str], *, seed: int, length: int = 8) -> None:
    """Write `count` abstracts, each of `length` real sentences that stand together by chance, with a date and upvotes, as JSON Lines."""
    source = random.Random(seed)
    with path.open("w", encoding="utf-8") as out:
        for number in range(count):
            chosen = source.sample(sentences, length)
            title = f"{' '.join(source.choice(sentences).split()[:8]).rstrip('.,;:')} {seed}-{number}"
            date = f"{source.randint(1995, 2024)}-{source.randint(1, 12):02d}-{source.randint(1, 28):02d}"
            row = {"title": title, "abstract": " ".join(chosen), "date": date, "upvotes": source.randint(0, 500)}
            out.write(json.dumps(row) + "\n")
