"""Numbers and names in their places: what stands around each in the claim, and what stands around it in the text."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.flagging.reading import Reading, read
from rag.words import STOP_WORDS, idf

_FAR = 9  # words on either side
_NEARER = 1.4  # times that another must fit better before it is said to be the right one
_SURE = 1.5  # and by how much more


@dataclass(frozen=True, slots=True)
class Spot:
    """A number or a name where it stands: one form to compare it by, how it is written, its kind, its first character."""

    value: str
    raw: str
    kind: tuple[bool, ...]
    start: int


Context = dict[str, float]
Placed = tuple[Spot, Context]
Finder = Callable[[str], Sequence[Spot]]


def elsewhere(claim: str, sentences: Sequence[str], find: Finder) -> list[tuple[Spot, Spot]]:
    """(what the claim has, what the text has in its place) where another of the kind stands far nearer to the claim's words."""
    mine, there = _both(claim, sentences, find)
    return [*_rivals(mine, there), *_exchanged(mine, there)]


def exchanged(claim: str, sentences: Sequence[str], find: Finder) -> list[tuple[Spot, Spot]]:
    """Two of the claim, each of which stands where the text has the other."""
    return _exchanged(*_both(claim, sentences, find))


def _both(claim: str, sentences: Sequence[str], find: Finder) -> tuple[list[Placed], list[Placed]]:
    mine = _placed(claim, find)
    return mine, [one for sentence in sentences for one in _placed(sentence, find)] if mine else []


def _placed(text: str, find: Finder) -> list[Placed]:
    spots = find(text)
    if not spots:
        return []
    reading = read(text)
    at = [bisect_left(reading.places, (one.start, 0)) for one in spots]
    return [(one, _context(reading, index, [other for other in at if other != index])) for one, index in zip(spots, at, strict=True)]


def _rivals(mine: Sequence[Placed], there: Sequence[Placed]) -> list[tuple[Spot, Spot]]:
    said = {one.value for one, _ in mine}
    found = []
    for one, context in mine:
        same = [_fit(context, other) for spot, other in there if spot.value == one.value]
        rivals = [(_fit(context, other), spot.raw, spot) for spot, other in there if spot.value not in said and spot.kind == one.kind]
        if same and rivals:
            best = max(rivals, key=lambda item: item[:2])
            if best[0] > _NEARER * max(same) + _SURE:
                found.append((one, best[2]))
    return found


def _exchanged(mine: Sequence[Placed], there: Sequence[Placed]) -> list[tuple[Spot, Spot]]:
    for place, (one, context) in enumerate(mine):
        for two, around in mine[place + 1 :]:
            if one.value == two.value or one.kind != two.kind:
                continue
            straight = _best(context, one.value, there) + _best(around, two.value, there)
            crossed = _best(context, two.value, there), _best(around, one.value, there)
            if straight > 0 and min(crossed) > 0 and sum(crossed) > _NEARER * straight + _SURE:
                return [(one, two)]
    return []


def _best(context: Context, value: str, there: Sequence[Placed]) -> float:
    return max((_fit(context, other) for spot, other in there if spot.value == value), default=0.0)


def _context(reading: Reading, at: int, others: list[int]) -> Context:
    """The content words around a spot, weighing less the further off, in another clause, and nearer to another spot."""
    context: Context = {}
    first, last = reading.clause(at)
    for index in range(max(0, at - _FAR), min(len(reading.words), at + _FAR + 1)):
        word = reading.words[index]
        if index == at or word in STOP_WORDS or word[0].isdigit():
            continue
        distance = abs(index - at)
        nearer = any(abs(index - other) < distance for other in others)
        worth = (0.4 if nearer else 1.0) * (1.0 if first <= index < last else 0.5) / (1 + 0.3 * (distance - 1))
        context[reading.stems[index]] = max(context.get(reading.stems[index], 0.0), worth)
    return context


def _fit(one: Context, other: Context) -> float:
    return sum(idf(name) * worth * other[name] for name, worth in one.items() if name in other)
