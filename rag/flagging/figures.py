"""Numbers of a claim: in the text or not, of the same unit, and of the same thing."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.flagging.reading import Reading, read
from rag.words import STOP_WORDS, idf

_FIGURE = re.compile(r"(?P<figure>\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)*)(?:(?P<letter>[KkMB])(?![\w.]*\w)| (?P<times>thousand|million|billion|trillion)\b)?")
_TIMES = {"k": 1e3, "K": 1e3, "M": 1e6, "B": 1e9, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
_SMALL = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
_TENS = dict(zip("twenty thirty forty fifty sixty seventy eighty ninety".split(), range(20, 100, 10), strict=True))
_WORDS = {word: value for value, word in enumerate(_SMALL, start=1)} | _TENS
_NUMBER = re.compile(rf"\b({'|'.join(_TENS)})(?:[- ]({'|'.join(_SMALL[:9])}))?\b|\b({'|'.join(_SMALL)})\b|\b(hundred|thousand|million|billion)\b", re.IGNORECASE)
_SCALES = {"hundred": 100, "thousand": 1000, "million": 1000000, "billion": 1000000000}
# What says a small number without its name.
_SAID_OTHERWISE = {
    "2": re.compile(r"\b(?:both|pairs?|dual|twice|doubl\w+|second(?:ly)?|bi\w+|then|followed|twofold|latter|either|neither)\b", re.IGNORECASE),
    "3": re.compile(r"\b(?:third(?:ly)?|tripl\w+|threefold|trio|tri\w+)\b", re.IGNORECASE),
    "4": re.compile(r"\b(?:quarter|fourth|fourfold|quadrupl\w+)\b", re.IGNORECASE),
    "50": re.compile(r"\b(?:half|halv\w+)\b", re.IGNORECASE),
}
_PERCENT = re.compile(r"\s?(?:%|\\%|percent|per cent)|(?:\s?(?:-|to|and|or|\u2013|,)\s?(?:\d[\d.]*%?,?\s?(?:and |or )?)+(?:%|percent))", re.IGNORECASE)
_ABOUT = re.compile(r"\b(?:about|around|approximately|roughly|some|circa|nearly|almost|close to|just (?:under|over)|over|more than|under|less than|~)\s*$", re.IGNORECASE)
_LEAVES_OPEN = 0.06  # share by which "about 40" may be off
_FAR = 9  # words around a figure that say what it counts
_SURE = 1.5  # and by how much more
_YEAR = re.compile(r"(?:19|20)\d\d")
_NEARER = 1.4  # times that another figure must fit better before it is said to be the right one


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as it stands in a text: its value in one form, how it is written, where, whether it is a share, a word, part of a name."""

    value: str
    raw: str
    start: int
    end: int
    percent: bool
    word: bool = False
    inside: bool = False


Counted = tuple[Figure, dict[str, float]]


@lru_cache(maxsize=4096)
def figures(text: str) -> tuple[Figure, ...]:
    """The numbers of a text in order: figures with K, M or million, and words up to "ninety-nine"; "one" alone is a pronoun."""
    return tuple(sorted((*_in_figures(text), *_in_words(text)), key=lambda one: one.start))


def _in_figures(text: str) -> Iterator[Figure]:
    for match in _FIGURE.finditer(text):
        value = match["figure"].replace(",", "")
        times = _TIMES.get(match["letter"] or match["times"] or "")
        opens = match.start() == 0 or not (text[match.start() - 1].isalpha() or text[match.start() - 1] == "-")
        if value.count(".") == 1:
            value = value.rstrip("0").rstrip(".")
        if times and opens and value.count(".") <= 1:
            value = f"{float(value) * times:.0f}"
        raw = match.group() if times else match["figure"]
        yield Figure(value, raw, match.start(), match.end(), bool(_PERCENT.match(text, match.end())), inside=not opens)


def _in_words(text: str) -> Iterator[Figure]:
    for match in _NUMBER.finditer(text):
        ten, one, small, scale = (part.casefold() if part else "" for part in match.groups())
        before = text[: match.start()].rstrip()
        if small == "one" or (scale and (before[-1:].isdigit() or before.casefold().endswith(tuple(_WORDS)))):
            continue
        value = _SCALES[scale] if scale else _WORDS.get(ten, 0) + _WORDS.get(one, 0) + _WORDS.get(small, 0)
        end = match.end()
        follows = re.match(r" (hundred|thousand|million|billion)\b", text[end:]) if not scale else None
        if follows:
            value, end = value * _SCALES[follows.group(1)], end + follows.end()
        yield Figure(str(value), text[match.start() : end].casefold(), match.start(), end, bool(_PERCENT.match(text, end)), True)


def numbers(text: str) -> dict[str, str]:
    """The numbers of a text, each in one normal form ("70,000", "70K" and "70000"), with how it is written."""
    found: dict[str, str] = {}
    for one in figures(text):
        found.setdefault(one.value, one.raw)
    return found


def number_flags(claim: str, text: str) -> list[str]:
    """Numbers of the claim that the text does not have, or has only as a share where the claim has a count, or the reverse."""
    known: dict[str, list[Figure]] = {}
    for one in figures(text):
        known.setdefault(one.value, []).append(one)
    flags = []
    for one in figures(claim):
        there = known.get(one.value)
        if there is None:
            if not _said_otherwise(one, text) and not _about(one, claim, known):
                flags.append(f"number: {one.raw}")
        elif one.percent and not any(other.percent for other in there):
            flags.append(f"number: {one.raw}%")
    return list(dict.fromkeys(flags))


def _said_otherwise(one: Figure, text: str) -> bool:
    return one.value in _SAID_OTHERWISE and (one.word or one.percent) and bool(_SAID_OTHERWISE[one.value].search(text))


def _about(one: Figure, claim: str, known: dict[str, list[Figure]]) -> bool:
    """True for "about 40" where the text has 39.7."""
    if not _ABOUT.search(claim[: one.start]) or one.value.count(".") > 1:
        return False
    value = float(one.value)
    near = [other for other in known if other.count(".") <= 1 and abs(float(other) - value) <= _LEAVES_OPEN * value]
    return any(other.percent == one.percent for name in near for other in known[name])


def counted_flags(claim: str, sentences: Sequence[str]) -> list[str]:
    """Numbers of the claim that the text has, but of something else: another number stands far nearer to the claim's words."""
    mine = [one for one in figures(claim) if not one.inside]
    if not mine:
        return []
    pairs = list(zip(mine, _contexts(claim, mine), strict=True))
    there = [pair for sentence in sentences for pair in zip(figures(sentence), _contexts(sentence, figures(sentence)), strict=True)]
    said = {one.value for one in mine}
    return [*_rivals(pairs, there, said), *_exchanged(pairs, there)]


def _rivals(pairs: Sequence[Counted], there: Sequence[Counted], said: set[str]) -> list[str]:
    flags = []
    for one, context in pairs:
        same = max((_fit(context, other) for figure, other in there if figure.value == one.value), default=None)
        rivals = [(_fit(context, other), figure.raw) for figure, other in there if figure.value not in said and not figure.inside and _alike(figure, one)]
        best, raw = max(rivals, default=(0.0, ""))
        if same is not None and best > _NEARER * same + _SURE:
            flags.append(f"number: {one.raw} (the text has {raw} there)")
    return flags


def _alike(one: Figure, other: Figure) -> bool:
    """True for two shares, two years or two counts."""
    return (one.percent, bool(_YEAR.fullmatch(one.raw))) == (other.percent, bool(_YEAR.fullmatch(other.raw)))


def _exchanged(pairs: Sequence[Counted], there: Sequence[Counted]) -> list[str]:
    """Two numbers of the claim, each of which stands where the text has the other."""
    for place, (one, context) in enumerate(pairs):
        for two, around in pairs[place + 1 :]:
            if one.value == two.value or not _alike(one, two):
                continue
            straight = _best(context, one.value, there) + _best(around, two.value, there)
            crossed = _best(context, two.value, there) + _best(around, one.value, there)
            if straight > 0 and crossed > _NEARER * straight + _SURE:
                return [f"number: {one.raw} (the text has {two.raw} there)"]
    return []


def _best(context: dict[str, float], value: str, there: Sequence[Counted]) -> float:
    return max((_fit(context, other) for figure, other in there if figure.value == value), default=0.0)


def _contexts(text: str, found: tuple[Figure, ...] | list[Figure]) -> list[dict[str, float]]:
    """For each figure the content words around it, weighing less the further off and the nearer to another figure."""
    reading = read(text)
    places = [bisect_left(reading.places, (one.start, 0)) for one in found]
    every = [bisect_left(reading.places, (one.start, 0)) for one in figures(text)]
    return [_context(reading, at, [other for other in every if other != at]) for at in places]


def _context(reading: Reading, at: int, others: list[int]) -> dict[str, float]:
    context: dict[str, float] = {}
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


def _fit(one: dict[str, float], other: dict[str, float]) -> float:
    return sum(idf(name) * worth * other[name] for name, worth in one.items() if name in other)
