"""Themes that texts share: phrases that many of them have, the most telling first, each adding texts that those before it lack."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from rag.text.lexicon import words_of
from rag.text.words import STOP_WORDS, idf, stem

Key = tuple[str, str]  # the stems of a phrase: its forms are one
_CLAUSE = re.compile(r"[^\w\s'-]+")


@dataclass(frozen=True, slots=True)
class Theme:
    """A phrase as the texts put it most often, and the places of the texts that have it, in their order."""

    phrase: str
    members: tuple[int, ...]


def themes(texts: Iterable[str], most: int, *, least: int = 1) -> list[Theme]:
    """At most `most` themes of texts: pairs of neighbouring words that say what a text is about, by their stems.

    A theme has `least` texts or more, one or more that no theme before it has, and no stem that one before it has. What counts is how
    many texts a pair adds, by the inverse document frequency of its words.
    """
    holders: dict[str, list[int]] = defaultdict(list)  # of each form, its texts, once for each time that it stands there
    for index, text in enumerate(texts):
        for form in _telling_pairs(text):
            holders[form].append(index)
    forms: dict[Key, list[str]] = defaultdict(list)
    for form in holders:
        first, second = form.split()
        forms[_telling(first), _telling(second)].append(form)
    often = {key: written for key, written in forms.items() if sum(len(holders[form]) for form in written) >= least}
    members = {key: {index for form in written for index in holders[form]} for key, written in often.items()}
    shared = {key: held for key, held in members.items() if len(held) >= least}
    rarity = {key: sum(map(idf, key)) for key in shared}
    found: list[Theme] = []
    covered: set[int] = set()
    while len(found) < most:
        added = {key: len(held - covered) for key, held in shared.items()}
        best = max((key for key in shared if added[key]), key=lambda key: (added[key] * rarity[key], key), default=None)
        if best is None:
            break
        covered |= shared[best]
        usual = max(forms[best], key=lambda form: (len(holders[form]), form))
        found.append(Theme(usual, tuple(sorted(shared[best]))))
        shared = {key: held for key, held in shared.items() if not set(key) & set(best)}
    return found


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


def _telling_pairs(text: str) -> Iterator[str]:
    """Neighbouring words that both say what the text is about, with a space between, each as often as it stands there."""
    for clause in _CLAUSE.split(text):
        said = [word for word in clause.lower().split() if word[0] != "-"]
        for (one, first), (other, second) in pairwise(zip(said, map(_telling, said), strict=True)):
            if first and second:
                yield f"{one} {other}"


@lru_cache(maxsize=65536)
def _telling(word: str) -> str:
    """The stem of a word that says what a text is about; "" for any other."""
    if len(word) <= 3 or word in STOP_WORDS or not word.replace("-", "").isalpha():
        return ""
    stemmed = stem(word)
    return "" if stemmed in _PLAIN else stemmed
