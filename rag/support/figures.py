"""Numbers of a claim: in the text or not, of the same unit and of the same thing."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.support.clauses import ParsedSentence, parse_sentence
from rag.text import NUMBER_WORDS, STOP_WORDS, any_of, idf, values

# The context of a number: the words around it in the claim, and around it in the text.

_FAR = 9  # words on either side
_NEARER = 1.4  # times that another must fit better before it is said to be the right one
_SURE = 1.5  # and by how much more


@dataclass(frozen=True, slots=True)
class Place:
    """A number where it stands: its normalized value, how it is written, whether it is a share and a year, its first character."""

    value: str
    raw: str
    kind: tuple[bool, bool]
    start: int


Context = dict[str, float]
Placed = tuple[Place, Context]


def counted_flags(claim: str, sentences: Sequence[str]) -> list[str]:
    """Numbers of the claim that the text has, but of something else: another number stands far nearer to the claim's words."""
    mine = _placed(claim)
    there = [one for sentence in sentences for one in _placed(sentence)] if mine else []
    found = [*_rivals(mine, there), *_exchanged(mine, there)]
    return _flags(f"{one.raw} (the text has {other.raw} there)" for one, other in found)


def _placed(text: str) -> list[Placed]:
    spots = _spots(text)
    if not spots:
        return []
    reading = parse_sentence(text)
    at = [bisect_left(reading.places, (one.start, 0)) for one in spots]
    return [(one, _context(reading, index, [other for other in at if other != index])) for one, index in zip(spots, at, strict=True)]


@lru_cache(maxsize=4096)
def _spots(text: str) -> tuple[Place, ...]:
    """The figures of a text that are no part of a name, as shares, years and counts."""
    return tuple(
        Place(one.value, one.raw, (one.percent, bool(_YEAR.fullmatch(one.raw))), one.start) for one in figures(text) if not one.inside
    )


def _rivals(mine: Sequence[Placed], there: Sequence[Placed]) -> list[tuple[Place, Place]]:
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


def _exchanged(mine: Sequence[Placed], there: Sequence[Placed]) -> list[tuple[Place, Place]]:
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


def _context(reading: ParsedSentence, at: int, others: list[int]) -> Context:
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


# Numbers of a claim: in the text or not, of the same unit, and of the same thing.

_SCALES = values("scales")
_SCALE = any_of("scales")
_FIGURE = re.compile(rf"(?P<figure>\d+(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)*)(?:(?P<letter>[KkMB])(?!\.*\w)| (?P<times>{_SCALE})\b)?")
_TIMES = {"k": 1e3, "K": 1e3, "M": 1e6, "B": 1e9, **_SCALES}
_WORDS = {word: value for word, value in NUMBER_WORDS.items() if value}
_DIGITS = "|".join(word for word, value in _WORDS.items() if value < 10)
_NUMBER = re.compile(
    rf"\b({any_of('numbers.tens')})(?:[- ]({_DIGITS}))?\b|\b({any_of('numbers.single', 'numbers.several', 'numbers.teens')})\b"
    rf"|\b({_SCALE})\b",
    re.IGNORECASE,
)
_FOLLOWS = re.compile(rf" ({_SCALE})\b")
# What says a small number without its name.
_SAID_OTHERWISE = {
    "2": re.compile(
        r"\b(?:both|pairs?|dual|twice|doubl\w+|second(?:ly)?|bi\w+|then|followed|twofold|latter|either|neither)\b", re.IGNORECASE
    ),
    "3": re.compile(r"\b(?:third(?:ly)?|tripl\w+|threefold|trio|tri\w+)\b", re.IGNORECASE),
    "4": re.compile(r"\b(?:quarter|fourth|fourfold|quadrupl\w+)\b", re.IGNORECASE),
    "50": re.compile(r"\b(?:half|halv\w+)\b", re.IGNORECASE),
}
_PERCENT = re.compile(
    r"\s?(?:%|\\%|(?:percent|per cent)\b)|(?:\s?(?:-|to|and|or|\u2013|,)\s?(?:(?>\d[\d.]*)%?,?\s?(?:and |or )?){1,12}(?:%|percent))",
    re.IGNORECASE,
)
_QUANTITIES = ("share", "points", "time", "bytes", "frequency", "length", "factor")
_UNITS = {word: (quantity, size) for quantity in _QUANTITIES for word, size in values(f"units.{quantity}").items()}
_UNIT = re.compile(rf"[ -]?({any_of('units')})(?!\w)")
_ABOUT = re.compile(
    r"\b(?:about|around|approximately|roughly|some|circa|nearly|almost|close to|just (?:under|over)|over|more than|under|less than|~)\s*$",
    re.IGNORECASE,
)
_MET = re.compile(r"\b(?:the|these|those|its|their)\s*$", re.IGNORECASE)
_AHEAD = 60  # characters
_LEAVES_OPEN = 0.06  # share by which "about 40" may be off
_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in a text: its normalized value, how it is written, where, whether it is a percentage, a word, part of a name."""

    value: str
    raw: str
    start: int
    end: int
    percent: bool
    word: bool = False
    inside: bool = False


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
        follows = _FOLLOWS.match(text, end) if not scale else None
        if follows:
            value, end = value * _SCALES[follows.group(1)], follows.end()
        yield Figure(str(value), text[match.start() : end].casefold(), match.start(), end, bool(_PERCENT.match(text, end)), True)


def numbers_in(text: str) -> dict[str, str]:
    """The numbers of a text, each in one normal form ("70,000", "70K" and "70000"), with how it is written."""
    found: dict[str, str] = {}
    for one in figures(text):
        found.setdefault(one.value, one.raw)
    return found


def follows(raw: str, text: str) -> bool:
    """True where a figure follows from those of a text in one step: the difference of two, what one leaves of 100 %, or another scale
    (0.781 as 78.1 %), up to rounding in its last place. Whether that step is right is for a judge to say."""
    try:
        wanted = float(raw.rstrip("%").replace(",", ""))
        known = [float(value) for value in numbers_in(text)]
    except ValueError:
        return False
    unit = 10.0 ** -len(raw.rstrip("%").partition(".")[2])
    steps = [100 - one for one in known] + [one * 100 for one in known] + [one / 100 for one in known]
    steps += [abs(one - other) for at, one in enumerate(known) for other in known[:at]]
    return any(abs(step - wanted) < unit for step in steps)


def number_flags(claim: str, text: str) -> list[str]:
    """Numbers of the claim that the text does not have, or has with another unit."""
    return [*absent_flags(claim, text), *unit_flags(claim, text)]


def absent_flags(claim: str, text: str) -> list[str]:
    """Numbers of the claim that the text does not have."""
    known = _known(text)
    missing = (one for one in figures(claim) if one.value not in known)
    return _flags(one.raw for one in missing if not _said_otherwise(one, claim, text) and not _about(one, claim, known))


def unit_flags(claim: str, text: str) -> list[str]:
    """Numbers of the claim that the text has with another unit: "5 ms" for "5 s". Of a number without a known unit nothing is said."""
    known = _known(text)
    found = []
    for one in figures(claim):
        mine, there = _unit(claim, one), known.get(one.value, [])
        theirs = [_unit(text, other) for other in there]
        if mine and there and all(theirs) and mine not in theirs:
            found.append(f"{_with_unit(claim, one)} (the text has {_with_unit(text, there[0])})")
    return _flags(found)


def _flags(said: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(f"number: {one}" for one in said))


@lru_cache(maxsize=256)
def _known(text: str) -> dict[str, list[Figure]]:
    """The numbers of a text by value."""
    known: dict[str, list[Figure]] = {}
    for one in figures(text):
        known.setdefault(one.value, []).append(one)
    return known


def _unit(text: str, one: Figure) -> tuple[str, int] | None:
    """The unit that follows a number, as a quantity and a size; None where none that is known follows."""
    match = _UNIT.match(text, one.end)
    return _UNITS[match[1]] if match else _UNITS["%"] if one.percent else None


def _with_unit(text: str, one: Figure) -> str:
    match = _UNIT.match(text, one.end)
    return text[one.start : match.end() if match else one.end] + "%" * (match is None)


def _said_otherwise(one: Figure, claim: str, text: str) -> bool:
    """True for "half" and the like, and for "the two", which counts what the reader has met."""
    if one.word and len(one.value) == 1 and _MET.search(_ahead(claim, one.start)):
        return True
    return one.value in _SAID_OTHERWISE and (one.word or one.percent) and bool(_SAID_OTHERWISE[one.value].search(text))


def _about(one: Figure, claim: str, known: dict[str, list[Figure]]) -> bool:
    """True for "about 40" where the text has 39.7."""
    if not _ABOUT.search(_ahead(claim, one.start)) or one.value.count(".") > 1:
        return False
    value = float(one.value)
    near = [other for other in known if other.count(".") <= 1 and abs(float(other) - value) <= _LEAVES_OPEN * value]
    return any(other.percent == one.percent for name in near for other in known[name])


def _ahead(text: str, place: int) -> str:
    """What stands right before a place: enough for the words that say how a number is meant."""
    return text[max(0, place - _AHEAD) : place]
