"""Better or worse: which way a text says that something goes, and of what. "Reduces the error rate" is for the better."""

from __future__ import annotations

from dataclasses import dataclass

from rag.flagging.reading import REACH, Reading
from rag.words import STOP_WORDS

# Stems. "Smaller" and "larger" are left out: they tell one model from another more often than they say how one fares.
_UP = frozenset("increas rise rose rais grow grew higher greater lengthen prolong expand inflat doubl tripl".split())
_DOWN = frozenset("decreas reduc drop fall fell declin lower less fewer shrink diminish shorten cut minim lessen halv save".split())
_GOOD = frozenset(
    "improv enhanc boost strengthen gain benefit benefici better superior help outperform surpass exceed beat outdo fast faster quick "
    "quicker acceler excel preserv maintain retain keep allevi mitig facilit stabl stabli robust succeed".split()
)
_BAD = frozenset(
    "degrad worsen weaken hurt harm deterior impair suffer wors inferior damag ruin break fail struggl slower slow slowli behind "
    "underperform lag trail hinder imped collaps lose lost declin spoil destroy".split()
)
# What is better the less of it there is.
_UNWANTED = frozenset(
    "error wer per cer perplex cost latenc memori gap forget time hallucin toxic bias nois overhead varianc risk burden comput resourc "
    "repetit mismatch complex footprint degener degrad degeneracy interfer harm".split()
)
_LEVEL = frozenset(("comparable", "comparably", "competitive", "competitiveness"))  # no worse, and their stems are those of other words
# And the more; of anything else it is only said that it rises or falls.
_WANTED = frozenset(
    "accuraci perform qualiti score bleu robust f1 effici capabl speed precis recal intellig natur similar abil understand represent "
    "generaliz general effect reason transfer converg stabil knowledg learn predict".split()
)
_REACH = 5  # words behind a word of direction in which stands what it is about
_BEFORE = 3


@dataclass(frozen=True, slots=True)
class Turn:
    """A word of direction in a text: its place, 1 for the better or -1 for the worse, 1 for more or -1 for less; 0 where not said."""

    index: int
    way: int
    amount: int


def turns(reading: Reading) -> list[Turn]:
    """The words of direction of a text, each with the way it goes; those that are denied go the other way."""
    found = []
    for index in range(len(reading.stems)):
        way, amount = _way(reading, index)
        if (way or amount) and not (reading.words[index] in ("less", "more") and any(_way(reading, index + 1))):
            turned = _denied(reading, index) or _averted(reading, index) or reading.words[index - 1 : index] == ("less",)
            found.append(Turn(index, -way, -amount) if turned else Turn(index, way, amount))
    return found


def is_turn(name: str) -> bool:
    """True for the stem of a word of direction."""
    return name in _UP or name in _DOWN or name in _GOOD or name in _BAD


def is_unwanted(name: str) -> bool:
    """True for the stem of what is better the less of it there is: errors, cost, forgetting."""
    return name in _UNWANTED


def _way(reading: Reading, index: int) -> tuple[int, int]:
    """For the better or the worse, and more or less."""
    name = reading.stems[index] if index < len(reading.stems) else ""
    if not name or (name == "help" and reading.words[index - 1 : index] in (("the",), ("with",))):
        return 0, 0
    if reading.words[index] in _LEVEL:
        return 1, 0
    if name in _GOOD or name in _BAD:
        return (1 if name in _GOOD else -1), 0
    if name in _UP or name in _DOWN:
        amount = 1 if name in _UP else -1
        near = _objects(reading, index)
        wanted = -1 if not _UNWANTED.isdisjoint(near) else 1 if not _WANTED.isdisjoint(near) else 0
        return amount * wanted, amount
    return 0, 0


def _objects(reading: Reading, index: int) -> tuple[str, ...]:
    """What rises or falls. In a comparison it may stand before the word: "error rates are lower"."""
    first, last = reading.clause(index)
    last = min(last, index + 1 + _REACH)
    if any(word not in STOP_WORDS for word in reading.words[index + 1 : last]):
        return reading.stems[index + 1 : last]
    return reading.stems[max(first, index - _BEFORE) : index]


def _denied(reading: Reading, index: int) -> bool:
    """True too for the second of two that one denial governs: "struggles to learn and beat the baseline"."""
    joined = index > 1 and reading.words[index - 1] in ("and", "or")
    return reading.denied(index) or (joined and any(index - 1 - REACH <= one < index for one in reading.denials))


_AVERTS = frozenset("avoid prevent mitig allevi reduc overcom elimin address counter without resist less fight suppress".split())


def _averted(reading: Reading, index: int) -> bool:
    """True for "avoid hurting" and "reduces degradation", which is for the better."""
    before = range(max(reading.clause(index)[0], index - 3), index)
    return any(reading.stems[at] in _AVERTS for at in before)
