"""Themes that texts share: phrases that many of them have, the most telling first, each adding texts that those before it lack."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from rag.text.lexicon import words_of
from rag.text.words import STOP_WORDS, idf, stem

Key = tuple[str, ...]  # the stems of a phrase: its forms are one


@dataclass(frozen=True, slots=True)
class Theme:
    """A phrase as the texts put it most often, and the places of the texts that have it, in their order."""

    phrase: str
    members: tuple[int, ...]


def themes(
    named: Iterable[Iterable[tuple[Key, str]]],
    most: int,
    *,
    least: int = 1,
    adding: int = 1,
    widest: int | None = None,
    apart: bool = False,
) -> list[Theme]:
    """At most `most` themes of texts, of each of which the phrases are given by their stems and as they stand there.

    A theme has `least` texts or more, at most `widest` of them, and `adding` or more that no theme before it has; with `apart`
    no stem is in two themes. What counts is how many texts a phrase adds, by the inverse document frequency of its words.
    """
    holders: dict[Key, list[int]] = {}
    forms: Counter[tuple[Key, str]] = Counter()
    for index, phrases in enumerate(named):
        for key, form in phrases:
            held = holders.get(key)
            if held is None:
                holders[key] = [index]
            elif held[-1] != index:
                held.append(index)
            forms[key, form] += 1
    shared = {key: set(held) for key, held in holders.items() if least <= len(held) and (widest is None or len(held) <= widest)}
    found: list[Theme] = []
    covered: set[int] = set()
    while len(found) < most:
        added = {key: len(held - covered) for key, held in shared.items()}
        best = max((key for key in shared if added[key] >= adding), key=lambda key: (added[key] * sum(map(idf, key)), key), default=None)
        if best is None:
            break
        covered |= shared[best]
        found.append(Theme(_usual(best, forms), tuple(holders[best])))
        shared = {key: held for key, held in shared.items() if key != best and not (apart and set(key) & set(best))}
    return found


def _usual(phrase: Key, forms: Counter[tuple[Key, str]]) -> str:
    """The form in which a phrase stands most often."""
    return max((number, form) for (key, form), number in forms.items() if key == phrase)[1]


# Of abstracts: pairs of neighbouring words that say what they are about.

_PLAIN = frozenset(map(stem, words_of("papers", "works"))) | frozenset(
    map(
        stem,
        """method approach result model framework novel state-of-the-art large based using propose proposed experiment performance
        training learning pretraining pre-training pre-trained pretrained trained fine-tuning multiple different recent existing various
        new achieve show demonstrate improve extensive significant publicly available evaluation benchmark dataset tasks
        downstream natural wide range previous further""".split(),
    )
)


def telling_pairs(text: str) -> list[tuple[Key, str]]:
    """Neighbouring content words, by their stems, with the words themselves."""
    found: list[tuple[Key, str]] = []
    for clause in re.split(r"[^\w\s'-]+", text):
        said = [(word, _telling(word)) for word in clause.lower().split() if word[0] != "-"]
        found += [((first, second), f"{one} {other}") for (one, first), (other, second) in pairwise(said) if first and second]
    return found


@lru_cache(maxsize=65536)
def _telling(word: str) -> str:
    """The stem of a word that says what a text is about; "" for any other."""
    if len(word) <= 3 or word in STOP_WORDS or not word.replace("-", "").isalpha():
        return ""
    stemmed = stem(word)
    return "" if stemmed in _PLAIN else stemmed
