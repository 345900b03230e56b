"""Whether an abstract is about a topic, by one rule that can be said: it has every word of it, or what that word abbreviates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rag.model import Abstract
from rag.text import STOP_WORDS, contains_run, find_acronyms, folded_words, stem

_CAPITALS = re.compile(r"\b[A-Z][A-Za-z]*[A-Z]s?\b")

_KEPT = 2048  # texts of which the words are kept in mind

Expansions = Mapping[str, frozenset[tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Topic:
    """Words that an abstract must have, with what the corpus writes out for those that are abbreviations."""

    words: tuple[str, ...]
    expansions: Expansions
    negated: bool = False

    @property
    def rule(self) -> str:
        """The rule in words."""
        named = ", ".join(f'"{word}"' for word in self.words)
        known = [f"{word.upper()} = {_all(self.expansions[word])}" for word in self.words if word in self.expansions]
        every = "the word" if len(self.words) == 1 else "all of the words"
        if self.negated:
            return f"not: {replace(self, negated=False).rule}"
        return f"title or text has {every} {named}, in any form or as an abbreviation" + (f" ({'; '.join(known)})" if known else "")

    def lacks(self, abstract: Abstract) -> list[str]:
        """The words of the topic that an abstract does not have; of a negated topic none for one that lacks any, all for others."""
        if self.negated:
            return [] if replace(self, negated=False).lacks(abstract) else list(self.words)
        order, capitals = _read(f"{abstract.title or ''}. {abstract.text}")
        has = set(order)
        for short in capitals:
            for expansion in self.expansions.get(short, ()):
                has.update(map(_folded, expansion))
        return [word for word in self.words if not _there(word, order, has) and not self._written_out(word, order)]

    def _written_out(self, word: str, order: Sequence[str]) -> bool:
        return any(contains_run(order, [_folded(part) for part in one]) for one in self.expansions.get(word.lower(), ()))


def read_topic(text: str, abstracts: Iterable[Abstract], *, negated: bool = False) -> Topic:
    """A topic of words with spaces between them, with the abbreviations that the given abstracts write out."""
    return Topic(tuple(dict.fromkeys(text.lower().split())), expansions(abstracts), negated)


def _there(word: str, order: Sequence[str], has: set[str]) -> bool:
    """True where a text has a word; one with a hyphen stands there with it, without it, or as two words."""
    parts = [_folded(part) for part in folded_words(word)]
    return (all(part in has for part in parts) and (len(parts) == 1 or contains_run(order, parts))) or _folded(word.replace("-", "")) in has


def _all(longs: frozenset[tuple[str, ...]]) -> str:
    return " or ".join(sorted(" ".join(long) for long in longs)[:3])


def expansions(abstracts: Iterable[Abstract]) -> Expansions:
    """What abbreviations stand for, as abstracts write it: "automatic speech recognition (ASR)"."""
    found: dict[str, set[tuple[str, ...]]] = {}
    for abstract in abstracts:
        for one in find_acronyms(abstract.text):
            if one.initials and one.long[0] not in STOP_WORDS:  # "such as speech recognition (ASR)"
                found.setdefault(one.short, set()).add(one.long)
    return {short: frozenset(longs) for short, longs in found.items()}


@lru_cache(maxsize=_KEPT)
def _read(text: str) -> tuple[tuple[str, ...], frozenset[str]]:
    """The folded words of a text in order, and its abbreviations in lower case."""
    shorts = frozenset(short.removesuffix("s").lower() for short in _CAPITALS.findall(text))
    return tuple(_folded(word) for word in folded_words(text)), shorts


@lru_cache(maxsize=65536)
def _folded(word: str) -> str:
    """A stem in which British and American spellings are one: behaviour, licence, centre, optimise."""
    found = stem(word).replace("our", "or").replace("z", "s")
    return found[:-1] + "s" if len(found) > 4 and found.endswith("c") else found
