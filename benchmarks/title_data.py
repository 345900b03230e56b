"""Titles glued to their abstracts, whose boundary is known: what `rag.corpus.titles` is fitted to and measured on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from rag.corpus.title_line import FUNCTION

SHARED = Path(__file__).parents[2] / "shared"
CORPUS = Path(__file__).parents[1] / "data" / "corpus"

Pair = tuple[str, str]  # title, abstract


def collection(name: str, held_out: bool) -> list[Pair]:
    """Half of a retrieval collection ("scifact", "cacm"), split by its ids; titles without a full stop, white space made single."""
    path = SHARED / "data" / "retrieval" / name / "corpus.jsonl"
    rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    pairs = ((row["_id"], " ".join(row["title"].split()).rstrip("."), " ".join(row["text"].split())) for row in rows)
    return [(title, text) for identity, title, text in pairs if title and text and _is_held_out(identity) == held_out]


def _is_held_out(identity: str) -> bool:
    return hashlib.sha256(identity.encode()).digest()[0] % 2 == 0


def development() -> list[Pair]:
    """The listing lines of `titles_dev.jsonl`, cut at the title that is given there."""
    lines = next(CORPUS.glob("002*")).read_text(encoding="utf-8").split("\n")
    pairs = []
    for row in map(json.loads, (SHARED / "data" / "titles_dev.jsonl").read_text(encoding="utf-8").splitlines()):
        line = lines[int(row["ref"].split(":")[1]) - 1]
        end = line.index(row["title"]) + len(row["title"])
        pairs.append((row["title"], line[end:].strip()))
    return pairs


def feed() -> list[Pair]:
    """The titles and abstracts of the feed, which state each on a line of its own."""
    lines = next(CORPUS.glob("003*")).read_text(encoding="utf-8").split("\n")[2:]
    return [(title.removeprefix("Subscribe"), text) for title, text in zip(lines[::2], lines[1::2], strict=True)]


def with_capitals(pairs: Iterable[Pair]) -> Iterator[Pair]:
    """The same with titles in title case."""
    for title, text in pairs:
        first, *others = title.split(" ")
        yield " ".join([_capital(first), *(word if word in FUNCTION else _capital(word) for word in others)]), text


def with_full_stop(pairs: Iterable[Pair]) -> Iterator[Pair]:
    """The same with a full stop after titles that end in no mark."""
    return ((f"{title}.", text) for title, text in pairs if title[-1] not in ".?!")


def _capital(word: str) -> str:
    parts = word.split("-")
    return "-".join(part[:1].upper() + part[1:] if i == 0 or len(part) > 3 else part for i, part in enumerate(parts))
