"""Which way a comparison goes, and how far a claim reaches: sides exchanged, every for some."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.support.clauses import ParsedSentence, best_aligned, parse_sentence, weight
from rag.text import any_of, stem

# Comparisons: the two sides exchanged.

_WINS = frozenset("outperform surpass exceed beat overtak outdo".split())
_LOSES = frozenset("underperform trail lag".split())
_GAINS = frozenset("improv gain advantag superior lead".split())  # over something
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
_OWN = re.compile(rf"\b(?:we|our|ours|i|my|this {any_of('text.own')}|is proposed|proposed)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Comparison:
    """Who is ahead of whom, as the stems of either side, and the word that says so."""

    ahead: frozenset[str]
    behind: frozenset[str]
    word: str


def order_flags(claim: str, sentences: Sequence[str]) -> list[str]:
    """A comparison of the claim whose two sides stand the other way round in the text."""
    said = comparisons(parse_sentence(claim))
    if not said:
        return []
    seen = [
        one for sentence in best_aligned(parse_sentence(claim), [parse_sentence(one) for one in sentences]) for one in comparisons(sentence)
    ]
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


def comparisons(reading: ParsedSentence) -> list[Comparison]:
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
        elif word == "behind" and reading.words[index + 1 : index + 2]:
            found.append(_placed(_sides(reading, index, index), False, word))
        elif word in _BETTER or word in _WORSE:
            join = next((at for at in range(index + 1, min(index + 7, len(reading.words))) if reading.words[at] in ("than", "to")), None)
            if (
                join is not None
                and not (word in ("more", "less", "fewer") and join == index + 1)
                and (reading.words[join] == "than" or reading.words[join - 1] == "compared" or word in ("superior", "inferior"))
            ):
                found.append(_placed(_sides(reading, index, join), word in _BETTER, word))
    return found


def _over(reading: ParsedSentence, index: int) -> int | None:
    """Where "over" or "compared with" joins what a gain is a gain over."""
    for at in range(index + 1, min(index + 7, len(reading.words))):
        if reading.words[at] == "over":
            return at
        if reading.words[at - 1] == "compared" and reading.words[at] in ("with", "to"):
            return at
    return None


def _sides(reading: ParsedSentence, index: int, join: int) -> tuple[frozenset[str], frozenset[str]]:
    first = reading.clause(index)[0]
    last = min(reading.clause(join)[1], join + 1 + _SIDE)
    last = next((at for at in range(join + 2, last) if reading.words[at] in _ADJUNCTS), last)
    before = frozenset(reading.content(max(first, index - _SIDE), index))
    if not _RELATIVE.isdisjoint(reading.words[first : first + 2]):  # "the parser, which performs better"
        before |= frozenset(reading.content(first - 4, first))
    return before, frozenset(reading.content(join + 1, last))


def _placed(sides: tuple[frozenset[str], frozenset[str]], wins: bool, word: str) -> Comparison:
    return Comparison(sides[0], sides[1], word) if wins else Comparison(sides[1], sides[0], word)


def speaks_of_others(sentence: str) -> bool:
    """True for a sentence about existing work that says nothing of the abstract's own."""
    return bool(_OTHERS.search(sentence)) and not _OWN.search(sentence)


# Claims that reach further than their text: every for some, completely for partly, greatly for slightly.

# Words that generalize, by what they claim; any word of the same group in the evidence supports them.
_SWEEPING = {
    "all": r"all|every|each|any|whole|entire|universal(?:ly)?|everywhere|every\w+|irrespective|regardless|across",
    "completely": r"completely|entirely|perfect(?:ly)?|altogether|full|fully|totally|whol+ly|flawless(?:ly)?|solely|eliminat\w+|remov\w+",
    "greatly": (
        r"greatly|drastic(?:ally)?|dramatic(?:ally)?|vast(?:ly)?|huge(?:ly)?|enormous(?:ly)?|far (?:better|more)|by far|tremendous(?:ly)?|"
        r"remarkabl[ey]|significant(?:ly)?|substantial(?:ly)?|large(?:ly)?|considerabl[ey]|much|notabl[ey]|marked(?:ly)?|"
        r"orders? of magnitude|times|strong(?:ly)?|impressive|massive\w*"
    ),
}
# Which words of a claim are sweeping at all: fewer than those that support them.
_SAID = {
    "all": r"all|every|any|universally|everywhere|everything|everyone|regardless of",
    "completely": r"completely|entirely|perfectly|perfect|altogether|fully|totally|flawless(?:ly)?",
    "greatly": (
        r"greatly|drastic(?:ally)?|dramatic(?:ally)?|vast(?:ly)?|huge(?:ly)?|enormous(?:ly)?|far (?:better|more)|by far|"
        r"tremendous(?:ly)?"
    ),
}
SWEEPING = tuple(_SAID)
_IN_CLAIM = {kind: re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE) for kind, pattern in _SAID.items()}
_IN_TEXT = {kind: re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE) for kind, pattern in _SWEEPING.items()}
_NOT_ALL = re.compile(r"\b(?:not|n't|nor|never|without|hardly|rarely|no)\s+(?:\w+\s+)?$|n't\s+$", re.IGNORECASE)
_IDIOM = re.compile(r"\b(?:(?:at|above|after|first of) all|if any|any (?:case|other))\b", re.IGNORECASE)
_PART = re.compile(
    rf"\b(?:some|several|multiple|various|many|most|few|different|diverse|{any_of('numbers.several')}|range|number)\b|\d", re.IGNORECASE
)
_SHORTLY = 5  # words
_AHEAD, _AFTER = 60, 200  # characters before and after a sweeping word, enough for a denial and for what is counted


def sweeping_flags(kind: str, claim: str, window: str) -> list[str]:
    """Sweeping words of a kind in the claim for which the evidence has nothing of the kind."""
    said = _IDIOM.sub(lambda match: "-" * len(match.group()), claim)
    flags = []
    for match in _IN_CLAIM[kind].finditer(said):
        word = match.group().casefold()
        limited = kind != "greatly" and _NOT_ALL.search(said[max(0, match.start() - _AHEAD) : match.start()])
        if not limited and not _borne_out(kind, word, said[match.end() : match.end() + _AFTER], window):
            flags.append(f"scope: {word}")
    return list(dict.fromkeys(flags))


def _borne_out(kind: str, word: str, after: str, window: str) -> bool:
    """True if the evidence has a word of the kind; "all languages" needs it shortly before its "languages", if it has these."""
    if kind != "all":
        return stem(word) in parse_sentence(window).stems or bool(_IN_TEXT[kind].search(window))
    counted, seen = parse_sentence(after).content(0, 6)[:2], parse_sentence(window)
    places = [at for at, name in enumerate(seen.stems) if name in counted]
    if not places:
        return bool(_IN_TEXT[kind].search(window))
    before = [" ".join(seen.words[max(0, at - _SHORTLY) : at + 1]) for at in places]
    return any(_IN_TEXT[kind].search(one) and not _PART.search(one) for one in before)
