"""Whether an abstract is about a topic, by one rule that can be said: it has every word of it, or what that word abbreviates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from rag.records import Abstract
from rag.words import STOP_WORDS, stem, words

_ABBREVIATED = re.compile(r"((?:[\w'\u2019]+[ -]){2,8})\(([A-Z][A-Za-z-]*[A-Z])s?\)")
_CAPITALS = re.compile(r"\b[A-Z][A-Za-z]*[A-Z]s?\b")

Expansions = Mapping[str, frozenset[tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Topic:
    """Words that an abstract must have, with what the corpus writes out for those that are abbreviations."""

    words: tuple[str, ...]
    expansions: Expansions

    @property
    def rule(self) -> str:
        """The rule in words."""
        named = ", ".join(f'"{word}"' for word in self.words)
        known = [
            f"{word.upper()} = {' '.join(min(self.expansions[word.lower()]))}" for word in self.words if word.lower() in self.expansions
        ]
        every = "the word" if len(self.words) == 1 else "all of the words"
        return f"title or text has {every} {named}, in any form or as an abbreviation" + (f" ({'; '.join(known)})" if known else "")

    def lacks(self, abstract: Abstract) -> list[str]:
        """The words of the topic that an abstract does not have."""
        text = f"{abstract.title or ''}. {abstract.text}"
        order = [_folded(word) for word in words(text)]
        has = set(order)
        for short in set(_CAPITALS.findall(text)):
            for expansion in self.expansions.get(short.removesuffix("s").lower(), ()):
                has.update(map(_folded, expansion))
        return [word for word in self.words if _folded(word) not in has and not self._written_out(word, order)]

    def _written_out(self, word: str, order: list[str]) -> bool:
        return any(_holds(order, [_folded(part) for part in one]) for one in self.expansions.get(word.lower(), ()))


def topic(text: str, abstracts: Iterable[Abstract]) -> Topic:
    """A topic, with the abbreviations that the given abstracts write out."""
    content = tuple(dict.fromkeys(word for word in words(text) if word not in STOP_WORDS))
    return Topic(content, expansions(abstracts))


def expansions(abstracts: Iterable[Abstract]) -> Expansions:
    """What abbreviations stand for, as abstracts write it: "automatic speech recognition (ASR)"."""
    found: dict[str, set[tuple[str, ...]]] = {}
    for abstract in abstracts:
        for short, long in _written(abstract.text):
            found.setdefault(short.lower(), set()).add(long)
    return {short: frozenset(longs) for short, longs in found.items()}


def _written(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for match in _ABBREVIATED.finditer(text):
        letters = match[2].replace("-", "").lower()
        before = [word for word in re.split(r"[ -]", match[1]) if word]
        if len(letters) <= len(before) and [word[0].lower() for word in before[-len(letters) :]] == list(letters):
            yield match[2].replace("-", ""), tuple(word.lower() for word in before[-len(letters) :])


@lru_cache(maxsize=65536)
def _folded(word: str) -> str:
    """A stem in which British and American spellings are one: behaviour, licence, centre, optimise."""
    found = stem(word).replace("our", "or").replace("z", "s")
    return found[:-1] + "s" if len(found) > 4 and found.endswith("c") else found


def _holds(order: list[str], part: list[str]) -> bool:
    return any(order[index : index + len(part)] == part for index in range(len(order) - len(part) + 1))
