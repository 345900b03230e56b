"""Themes that texts share: phrases that many of them have, the most telling first, each adding texts that those before it lack."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rag.words import idf

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
    forms: dict[Key, Counter[str]] = {}
    for index, phrases in enumerate(named):
        for key, form in phrases:
            if not holders.setdefault(key, []) or holders[key][-1] != index:
                holders[key].append(index)
            forms.setdefault(key, Counter())[form] += 1
    shared = {key: set(held) for key, held in holders.items() if least <= len(held) and (widest is None or len(held) <= widest)}
    found: list[Theme] = []
    covered: set[int] = set()
    while len(found) < most:
        added = {key: len(held - covered) for key, held in shared.items()}
        best = max((key for key in shared if added[key] >= adding), key=lambda key: (added[key] * sum(map(idf, key)), key), default=None)
        if best is None:
            break
        covered |= shared[best]
        found.append(Theme(_usual(forms[best]), tuple(holders[best])))
        shared = {key: held for key, held in shared.items() if key != best and not (apart and set(key) & set(best))}
    return found


def _usual(forms: Counter[str]) -> str:
    return max(forms, key=lambda form: (forms[form], form))


def covered(found: Sequence[Theme]) -> set[int]:
    """The places of the texts that have a theme."""
    return {place for one in found for place in one.members}
