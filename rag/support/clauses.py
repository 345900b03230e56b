"""A sentence as the checks read it: words, clauses, what a negation reaches, and its polarity: for the better or for the worse."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from rag.text import STOP_WORDS, any_of, idf, stem, word_spans

# A parsed sentence: words, stems, clauses, and the scope of negation.

NEGATIONS = frozenset(
    "not no never nor neither none nothing without cannot fail fails failed failing unable lack lacks lacking hardly barely "
    "struggle struggles struggled refuse refuses absence cant dont doesnt didnt isnt wont".split()
)
REACH = 8  # words before a word in which a negation still denies it
_TURNS = frozenset("but while whereas although though however yet except unless because since which who where when and or".split())
_AFTER_NOT = frozenset("only just merely solely simply necessarily".split())
_BREAK = re.compile(r"[,;:()\u2013\u2014]|--|[.!?](?=\s|$)")


@dataclass(frozen=True, eq=False)
class ParsedSentence:
    """A text's words, folded, and their stems, in order; where a new clause begins; which words are its denials."""

    text: str
    words: tuple[str, ...]
    stems: tuple[str, ...]
    places: tuple[tuple[int, int], ...]
    begins: tuple[int, ...]
    denials: tuple[int, ...]

    def content(self, first: int, last: int) -> list[str]:
        """The stems of content words among words `first` to `last` (not included)."""
        first, last = max(0, first), min(len(self.words), last)
        return [self.stems[index] for index in range(first, last) if self.words[index] not in STOP_WORDS]

    def clause(self, index: int) -> tuple[int, int]:
        """The first word of the clause of a word, and the one after its last."""
        place = bisect_right(self.begins, index)
        return (self.begins[place - 1] if place else 0), (self.begins[place] if place < len(self.begins) else len(self.words))

    def denied(self, index: int) -> bool:
        """True if a denial of the same clause stands at most eight words before the word."""
        first = self.clause(index)[0]
        place = bisect_left(self.denials, index)
        return place > 0 and self.denials[place - 1] >= max(first, index - REACH)


@lru_cache(maxsize=4096)
def parse_sentence(text: str) -> ParsedSentence:
    """The reading of a text; those met lately cost nothing."""
    places = tuple(word_spans(text))
    words = tuple(text[start:end].casefold().replace("\u2019", "'").removesuffix("'s") for start, end in places)
    breaks = tuple(
        index
        for index in range(1, len(places))
        if words[index] in _TURNS or _BREAK.search(text, places[index - 1][1], places[index][0] + 1)
    )
    return ParsedSentence(text, words, tuple(map(stem, words)), places, breaks, tuple(_denials(words)))


def _denials(words: tuple[str, ...]) -> list[int]:
    """Where a denial stands: "not only" and "nothing but" deny nothing."""
    found = []
    for index, word in enumerate(words):
        if word in NEGATIONS or word.endswith("n't"):
            after = words[index + 1] if index + 1 < len(words) else ""
            if after not in _AFTER_NOT and not (word in ("nothing", "none") and after == "but"):
                found.append(index)
    return found


def weight(stems: frozenset[str] | set[str]) -> float:
    """The summed inverse document frequency of stems."""
    return sum(map(idf, sorted(stems)))


_MOST = 5.0  # that one word may add to an alignment: a rare name occurs in many sentences that say something else


def best_aligned(claim: ParsedSentence, sentences: list[ParsedSentence]) -> list[ParsedSentence]:
    """The sentences that share most with the claim, all that come within a quarter of the best, best first."""
    said = set(claim.content(0, len(claim.words)))
    scored = [(sum(min(_MOST, idf(name)) for name in sorted(said & set(one.stems))), -place, one) for place, one in enumerate(sentences)]
    best = max((score for score, _, _ in scored), default=0.0)
    return [one for score, _, one in sorted(scored, key=lambda item: item[:2], reverse=True) if score > 0 and score >= 0.75 * best]


# Polarity: whether a text says that something gets better or worse. "Reduces the error rate" is for the better.

# Stems. "Smaller" and "larger" are left out: they tell one model from another more often than they say how one fares.
_UP = frozenset("increas rise rose rais grow grew higher greater lengthen prolong expand inflat doubl tripl".split())
_DOWN = frozenset("decreas reduc drop fall fell declin lower less fewer shrink diminish shorten cut minim lessen halv save".split())
_GOOD = frozenset(
    "improv enhanc boost strengthen gain benefit benefici better superior help outperform surpass exceed beat outdo fast faster quick "
    "quicker acceler excel stronger preserv maintain retain keep allevi mitig facilit stabl stabli robust succeed".split()
)
_BAD = frozenset(
    "degrad worsen weaken weaker hurt harm deterior impair suffer wors inferior damag ruin break fail struggl slower slow slowli behind "
    "underperform lag trail hinder imped collaps lose lost declin spoil destroy".split()
)
# What is better the less of it there is.
_UNWANTED = frozenset(
    "error wer per cer perplex cost latenc memori gap forget time hallucin toxic bias nois overhead varianc risk burden comput resourc "
    "repetit mismatch complex footprint degener degrad degeneracy interfer harm".split()
)
# No worse; the stems of these are those of other words.
_LEVEL = frozenset("comparable comparably competitive competitiveness minimal negligible unaffected unchanged".split())
# And the more; of anything else it is only said that it rises or falls.
_WANTED = frozenset(
    "accuraci perform qualiti score bleu robust f1 effici capabl speed precis recal intellig natur similar abil understand represent "
    "generaliz general effect reason transfer converg stabil knowledg learn predict".split()
)
_REACH = 5  # words behind a word of direction in which stands what it is about
_BEFORE = 3


@dataclass(frozen=True, slots=True)
class PolarityWord:
    """A word of direction in a text: its place, 1 for the better or -1 for the worse, 1 for more or -1 for less; 0 where not said."""

    index: int
    way: int
    amount: int


def polarity_words(reading: ParsedSentence) -> list[PolarityWord]:
    """The words of direction of a text, each with the way it goes; those that are denied go the other way."""
    found = []
    for index in range(len(reading.stems)):
        way, amount = _way(reading, index)
        if (way or amount) and not (reading.words[index] in ("less", "more") and any(_way(reading, index + 1))):
            turned = _denied(reading, index) or _averted(reading, index) or reading.words[index - 1 : index] == ("less",)
            found.append(PolarityWord(index, -way, -amount) if turned else PolarityWord(index, way, amount))
    return found


def is_polarity_word(name: str) -> bool:
    """True for the stem of a word of direction."""
    return name in _UP or name in _DOWN or name in _GOOD or name in _BAD


def _way(reading: ParsedSentence, index: int) -> tuple[int, int]:
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


def _objects(reading: ParsedSentence, index: int) -> tuple[str, ...]:
    """What rises or falls. In a comparison it may stand before the word: "error rates are lower"."""
    first, last = reading.clause(index)
    last = min(last, index + 1 + _REACH)
    if any(word not in STOP_WORDS for word in reading.words[index + 1 : last]):
        return reading.stems[index + 1 : last]
    return reading.stems[max(first, index - _BEFORE) : index]


def _denied(reading: ParsedSentence, index: int) -> bool:
    """True too for the second of two that one denial governs: "struggles to learn and beat the baseline"."""
    joined = index > 1 and reading.words[index - 1] in ("and", "or")
    return reading.denied(index) or (joined and any(index - 1 - REACH <= one < index for one in reading.denials))


_AVERTS = frozenset("avoid prevent mitig allevi reduc overcom elimin address counter without resist less fight suppress".split())


def _averted(reading: ParsedSentence, index: int) -> bool:
    """True for "avoid hurting" and "reduces degradation", which is for the better."""
    before = range(max(reading.clause(index)[0], index - 3), index)
    return any(reading.stems[at] in _AVERTS for at in before)


# Whether a sentence says the same as a statement or the reverse of it, told only where that is sure; for most sentences it is not. Held
# are words of direction (`rag.support.clauses`): the statement and the sentence must each say of the same thing that it goes for the
# better or for the worse. A sentence that speaks of several things before that word, that asks, hopes or supposes, or that compares what
# the statement does not compare, takes no stance.

Stance = Literal["same", "reverse"]

_SURE = 0.99  # of the statement, by weight, that the sentence must have before its word of direction
_OTHERS = 1  # other content words that may stand there
_BEHIND = 7  # words behind a word of direction among which stands what it is about
# Words that tell of a finding: they are no part of what is found.
_TOLD = frozenset(
    "show shown find found demonstr reveal observ suggest indic confirm conclud result experi experiment empir evid studi work paper "
    "signific substanti consist great further general also effect effici approach method".split()
)
# What a word of direction alone says as well: "X outperforms Y" is of performance.
_PLAIN = frozenset("perform performance result outcom model".split())
_SUPPOSED = re.compile(
    rf"\b(?:if|whether|{any_of('auxiliaries.modal.unsure')}|hope\w*|aim\w*|investigat\w+|explor\w+|examin\w+|re-?visit\w*|hypothesi\w+|question\w*|"
    r"assum\w+|believed?|commonly|widely|typically|often|sometimes|unless|except|only)\b|\?\s*$",
    re.IGNORECASE,
)


_ASIDE = re.compile(r"(?<!\s)\s*\([^()]*\)")  # "continual pre-training (CPT) enhances": it would cut the clause in two
_JOINED = re.compile(r"\b(pre|post|multi|cross|mono|non|sub|self|semi|fine)-(?=[a-z])", re.IGNORECASE)


def is_supposed(sentence: str) -> bool:
    """True where a sentence asks, hopes, supposes or restricts."""
    return _SUPPOSED.search(sentence) is not None


def stance(statement: str, sentence: str) -> Stance | None:
    """What a sentence says to a statement; None where it takes no side that is sure."""
    said, seen = (parse_sentence(_JOINED.sub(r"\1", _ASIDE.sub("", text))) for text in (statement, sentence))
    mine = _only(polarity_words(said))
    if mine is None or said.denials or is_supposed(sentence):
        return None
    subject = set(said.content(0, mine.index))
    objects = set(said.content(mine.index + 1, len(said.words))) - _PLAIN
    if not subject:
        return None
    ways = {one.way for one in polarity_words(seen) if one.way and _of_the_same(seen, one, subject, objects)}
    if len(ways) != 1:
        return None
    return "same" if ways == {mine.way} else "reverse"


def _only(found: list[PolarityWord]) -> PolarityWord | None:
    """The first word of direction, if none goes another way."""
    ways = {one.way for one in found}
    return found[0] if len(ways) == 1 and ways <= {1, -1} else None


def _of_the_same(seen: ParsedSentence, turn: PolarityWord, subject: set[str], objects: set[str]) -> bool:
    """True where the clause of a word of direction speaks before it of the subject and of little else, and behind it of the objects."""
    first, last = seen.clause(turn.index)
    first = max((at + 1 for at in range(first, turn.index) if seen.words[at] == "that"), default=first)
    before = [name for name in seen.content(first, turn.index) if name not in _TOLD]
    behind = set(seen.content(turn.index + 1, min(last, turn.index + 1 + _BEHIND)))
    others = [name for name in before if name not in subject and name not in objects]
    return (
        weight(subject & set(before)) >= _SURE * weight(subject)
        and len(others) <= _OTHERS
        and not any(name in subject for name in behind)
        and objects <= behind | set(before)
    )
