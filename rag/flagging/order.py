"""Who does better than whom: the two sides of a comparison exchanged; and what the text says of others said of its own work."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.flagging.reading import Reading, aligned, read, weight

_WINS = frozenset("outperform surpass exceed beat overtak outdo".split())
_LOSES = frozenset("underperform trail".split())
_BETTER = frozenset("better superior higher stronger faster greater larger more".split())
_WORSE = frozenset("worse inferior lower weaker slower fewer smaller less".split())
_RELATIVE = frozenset(("that", "which", "who"))
_SIDE = 9  # words of either side
_SURE = 3.0  # summed inverse document frequency by which the other order must be the better one
_OTHERS = re.compile(
    r"\b(?:existing|previous|prior|traditional|conventional|current|earlier|major|common|typical|most|recent|other|past)\s+(?:\w+[\s-]){0,3}?"
    r"(?:approach|method|work|model|stud|system|technique|effort|attempt|paradigm|solution|LLM|research)\w*",
    re.IGNORECASE,
)
_SUBJECT = re.compile(r"(?:The )?((?:[A-Z][\w*+.-]* ?)+)(?= )")
_OWN = re.compile(r"\b(?:we|our|ours|i|my|this (?:paper|work|study)|is proposed|proposed)\b", re.IGNORECASE)


@dataclass(frozen=True)
class _Comparison:
    ahead: frozenset[str]
    behind: frozenset[str]
    word: str


def order_flags(claim: str, sentences: Sequence[str]) -> list[str]:
    """A comparison of the claim whose two sides stand the other way round in the text."""
    said = _comparisons(read(claim))
    if not said:
        return []
    seen = [one for sentence in aligned(read(claim), [read(one) for one in sentences]) for one in _comparisons(sentence)]
    for mine in said:
        ahead, behind = mine.ahead - mine.behind, mine.behind - mine.ahead  # sides are told apart by what only one has
        straight = max((weight(ahead & one.ahead) + weight(behind & one.behind) for one in seen), default=0.0)
        if any(_crossed(ahead, behind, one) > 1.5 * straight + _SURE for one in seen):
            return [f"direction: {mine.word} (the other way round)"]
    return []


def _crossed(ahead: frozenset[str], behind: frozenset[str], other: _Comparison) -> float:
    """How much of either side stands on the other side there; 0 if either side has nothing there."""
    one, two = weight(ahead & other.behind), weight(behind & other.ahead)
    return one + two if one and two else 0.0


def _comparisons(reading: Reading) -> list[_Comparison]:
    found = []
    for index, name in enumerate(reading.stems):
        word = reading.words[index]
        if reading.denied(index):
            continue
        if name in _WINS or name in _LOSES:
            passive = "by" in reading.words[index + 1 : index + 3] and word.endswith(("ed", "en"))
            sides = _sides(reading, index, index)
            found.append(_placed(sides, (name in _WINS) != passive, word))
        elif word in _BETTER or word in _WORSE:
            join = next((at for at in range(index + 1, min(index + 7, len(reading.words))) if reading.words[at] in ("than", "to")), None)
            if join is not None and not (word in ("more", "less", "fewer") and join == index + 1) and (reading.words[join] == "than" or word in ("superior", "inferior")):
                found.append(_placed(_sides(reading, index, join), word in _BETTER, word))
    return found


def _sides(reading: Reading, index: int, join: int) -> tuple[frozenset[str], frozenset[str]]:
    first = reading.clause(index)[0]
    last = reading.clause(join)[1]
    before = frozenset(reading.content(max(first, index - _SIDE), index))
    if not _RELATIVE.isdisjoint(reading.words[first : first + 2]):  # "the parser, which performs better"
        before |= frozenset(reading.content(first - 4, first))
    return before, frozenset(reading.content(join + 1, min(last, join + 1 + _SIDE)))


def _placed(sides: tuple[frozenset[str], frozenset[str]], wins: bool, word: str) -> _Comparison:
    return _Comparison(sides[0], sides[1], word) if wins else _Comparison(sides[1], sides[0], word)


def others_flags(claim: str, sentences: Sequence[str]) -> list[str]:
    """What the text says of existing work, said by the claim of what the text itself introduces."""
    subject = _SUBJECT.match(claim)
    if not subject or not any(c.isupper() or c.isdigit() for c in subject.group(1)[1:]) or _OTHERS.search(claim):
        return []
    name = subject.group(1).strip().casefold()
    near = aligned(read(claim), [read(one) for one in sentences])
    best = next((one for one in sentences if near and read(one) is near[0]), "")
    own = _OWN.search(best) or name in best.casefold() or not any(name in one.casefold() for one in sentences)
    return [] if own or not _OTHERS.search(best) or len(near) > 1 else [f"name: {subject.group(1).strip()} (the text says this of others)"]
