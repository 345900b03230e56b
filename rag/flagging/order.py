"""Who does better than whom: the two sides of a comparison exchanged; and what the text says of others said of its own work."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.flagging.reading import Reading, aligned, read, weight
from rag.lexicon import any_of

_WINS = frozenset("outperform surpass exceed beat overtak outdo".split())
_LOSES = frozenset("underperform trail lag".split())
_GAINS = frozenset("improv gain advantag superior".split())  # over something
_BETTER = frozenset("better superior higher stronger faster greater larger more".split())
_WORSE = frozenset("worse inferior lower weaker slower fewer smaller less".split())
_ADJUNCTS = frozenset("due by in on for with at when under across".split())  # what opens them is no part of a side
_RELATIVE = frozenset(("that", "which", "who"))
_SIDE = 9  # words of either side
_SURE = 3.0  # summed inverse document frequency by which the other order must be the better one
_OTHERS = re.compile(
    r"\b(?:existing|previous|prior|traditional|conventional|current|earlier|major|common|typical|most|recent|other|past)\s+(?:\w+[\s-]){0,3}?"
    r"(?:approach|method|work|model|stud|system|technique|effort|attempt|paradigm|solution|LLM|research)\w*",
    re.IGNORECASE,
)
_SUBJECT = re.compile(r"(?:The )?((?:(?>[\w-]*[A-Z\d][\w*+.-]*) )+)")  # each word is read once, and whole: (?>...)
_UNLIKE = re.compile(
    r"\b(?:unlike|in contrast (?:to|with)|contrary to|different(?:ly)? (?:from|to))\b"
    r".*?(?=, (?:we|our|this|the proposed|it)\b|, [\w.-]*(?-i:[A-Z\d])[\w.-]* |$)",
    re.IGNORECASE,
)
_OWN = re.compile(rf"\b(?:we|our|ours|i|my|this {any_of('text.own')}|is proposed|proposed)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Comparison:
    """Who is ahead of whom, as the stems of either side, and the word that says so."""

    ahead: frozenset[str]
    behind: frozenset[str]
    word: str


def order_flags(claim: str, sentences: Sequence[str]) -> list[str]:
    """A comparison of the claim whose two sides stand the other way round in the text."""
    said = comparisons(read(claim))
    if not said:
        return []
    seen = [one for sentence in aligned(read(claim), [read(one) for one in sentences]) for one in comparisons(sentence)]
    for mine in said:
        ahead, behind = mine.ahead - mine.behind, mine.behind - mine.ahead  # sides are told apart by what only one has
        straight = max((weight(ahead & one.ahead) + weight(behind & one.behind) for one in seen), default=0.0)
        if any(_crossed(ahead, behind, one) > 1.5 * straight + _SURE for one in seen):
            return [f"direction: {mine.word} (the other way round)"]
    return []


def _crossed(ahead: frozenset[str], behind: frozenset[str], other: Comparison) -> float:
    """How much of either side stands on the other side there; 0 if either side has nothing there."""
    one, two = weight(ahead & other.behind), weight(behind & other.ahead)
    return one + two if one and two else 0.0


def comparisons(reading: Reading) -> list[Comparison]:
    """The comparisons of a sentence; those that are denied are left out."""
    found = []
    for index, name in enumerate(reading.stems):
        word = reading.words[index]
        if reading.denied(index):
            continue
        if name in _WINS or name in _LOSES:
            passive = "by" in reading.words[index + 1 : index + 3] and word.endswith(("ed", "en"))
            sides = _sides(reading, index, index)
            found.append(_placed(sides, (name in _WINS) != passive, word))
        elif name in _GAINS and (over := _over(reading, index)) is not None:
            before, after = _sides(reading, index, over)
            found.append(_placed((before | frozenset(reading.content(index + 1, over)), after), True, word))
        elif word in _BETTER or word in _WORSE:
            join = next((at for at in range(index + 1, min(index + 7, len(reading.words))) if reading.words[at] in ("than", "to")), None)
            if (
                join is not None
                and not (word in ("more", "less", "fewer") and join == index + 1)
                and (reading.words[join] == "than" or reading.words[join - 1] == "compared" or word in ("superior", "inferior"))
            ):
                found.append(_placed(_sides(reading, index, join), word in _BETTER, word))
    return found


def _over(reading: Reading, index: int) -> int | None:
    """Where "over" or "compared with" joins what a gain is a gain over."""
    for at in range(index + 1, min(index + 7, len(reading.words))):
        if reading.words[at] == "over":
            return at
        if reading.words[at - 1] == "compared" and reading.words[at] in ("with", "to"):
            return at
    return None


def _sides(reading: Reading, index: int, join: int) -> tuple[frozenset[str], frozenset[str]]:
    first = reading.clause(index)[0]
    last = min(reading.clause(join)[1], join + 1 + _SIDE)
    last = next((at for at in range(join + 2, last) if reading.words[at] in _ADJUNCTS), last)
    before = frozenset(reading.content(max(first, index - _SIDE), index))
    if not _RELATIVE.isdisjoint(reading.words[first : first + 2]):  # "the parser, which performs better"
        before |= frozenset(reading.content(first - 4, first))
    return before, frozenset(reading.content(join + 1, last))


def _placed(sides: tuple[frozenset[str], frozenset[str]], wins: bool, word: str) -> Comparison:
    return Comparison(sides[0], sides[1], word) if wins else Comparison(sides[1], sides[0], word)


def others_flags(claim: str, sentences: Sequence[str]) -> list[str]:
    """What the text says of existing work, said by the claim of what the text itself introduces."""
    subject = _SUBJECT.match(claim)
    near = aligned(read(claim), [read(one) for one in sentences])
    if not subject or not near or _OTHERS.search(claim) or _UNLIKE.search(claim):
        return []
    name, best = subject.group(1).strip(), near[0].text
    named = name.casefold() in best.casefold() or not any(name.casefold() in one.casefold() for one in sentences)
    proper = any(c.isupper() or c.isdigit() for c in name[1:])
    others = proper and not named and len(near) == 1 and _OTHERS.search(best) and not _OWN.search(best)
    return [f"name: {name} (the text says this of others)"] if others or _in_contrast(claim, name, best) else []


def speaks_of_others(sentence: str) -> bool:
    """True for a sentence about existing work that says nothing of the abstract's own."""
    return bool(_OTHERS.search(sentence)) and not _OWN.search(sentence)


def _in_contrast(claim: str, name: str, sentence: str) -> bool:
    """True if what the claim says stands in "unlike X, which ..." of a sentence, where the claim's subject does not."""
    match = _UNLIKE.search(sentence)
    if not match or name.casefold() in match.group().casefold():
        return False
    said = set(read(claim[len(name) :]).content(0, 99))
    inside = said & set(read(match.group()).stems)
    rest = sentence[: match.start()] + sentence[match.end() :]
    return weight(inside) > 2 * weight(said & set(read(rest).stems)) + _SURE
