"""The words of a sentence as the makers of questions see them: where each stands, and where a clause ends."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[1] / "data" / "making.toml"
_EDGES = "\"'“”‘’,.;:!?()[]–—"
_BREAKS = ",.;:!?)–—"


@dataclass(frozen=True, slots=True)
class Word:
    """A word without the punctuation around it: `sentence[start:end]`. `first` and `last` tell that a clause begins or ends with it,
    `aside` that it stands alone in brackets."""

    text: str
    start: int
    end: int
    first: bool
    last: bool
    aside: bool = False


@cache
def making_data() -> dict[str, Any]:
    """The words, templates and personas of `eval/data/making.toml`."""
    return tomllib.loads(DATA.read_text(encoding="utf-8"))


@cache
def known(group: str) -> frozenset[str]:
    """The words of a group, in small letters."""
    return frozenset(making_data()["words"][group])


def read_words(sentence: str) -> list[Word]:
    """The words of a sentence in order; what is punctuation alone makes the word before it the last of its clause."""
    found: list[Word] = []
    at = 0
    opened = False
    for piece in sentence.split():
        start = sentence.index(piece, at)
        at = start + len(piece)
        core = piece.strip(_EDGES)
        if not core:
            if found:
                found[-1] = replace(found[-1], last=True)
            opened = True
            continue
        left = start + piece.index(core)
        right = piece[piece.index(core) + len(core) :]
        aside = piece.startswith("(") and right.startswith(")")
        opened = opened or not found or found[-1].last or (piece[0] in "([" and not aside)
        found.append(Word(core, left, left + len(core), opened, any(mark in _BREAKS for mark in right[aside:]), aside))
        opened = False
    return found


def sliced(sentence: str, words: Sequence[Word]) -> str:
    """The words as they stand in the sentence; "" for none."""
    return sentence[words[0].start : words[-1].end] if words else ""


def run(words: Sequence[Word], begin: int, stops: Iterable[str], most: int = 12) -> list[Word]:
    """The words from `begin` to the end of the clause, or before one of `stops`; none where these are more than `most`."""
    found: list[Word] = []
    closed = frozenset(stops)
    for word in words[begin:]:
        if word.text.casefold() in closed or (found and word.first):
            break
        found.append(word)
        if word.last:
            break
    while found and found[-1].aside:
        found.pop()
    return found if len(found) <= most else []


def plain(words: Sequence[Word]) -> list[Word]:
    """A noun phrase without its article and the praise at its beginning: "novel pre-training strategy" is a pre-training strategy."""
    begin = 0
    while begin < len(words) - 1 and words[begin].text.casefold() in known("articles") | known("praise"):
        begin += 1
    return list(words[begin:])


def find_name(words: Sequence[Word], name: str) -> list[tuple[int, int]]:
    """Where a name stands: (first, after the last) among the words."""
    parts = name.split()
    return [(at, at + len(parts)) for at in range(len(words)) if [one.text for one in words[at : at + len(parts)]] == parts]
