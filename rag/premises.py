"""What a question takes for granted, held against an abstract: is there a sentence that says otherwise?

Held to be a contradiction is only what can be shown in one sentence that speaks of the very thing, by one of seven signs;
paraphrase is not attempted. On the questions of tests/data/premises.jsonl and `eval/data` nothing that holds is contradicted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from rag.compare import Floats, Long, matches, read_long, read_short, shared, weighted
from rag.flagging.figures import Figure, figures, number_flags
from rag.flagging.opposites import opposed
from rag.flagging.order import comparisons, speaks_of_others
from rag.flagging.reading import Reading, read, weight
from rag.flagging.valence import is_turn, turns
from rag.words import stems

_SHARED = 0.4  # of the statement's words, by weight, that the sentence must have
_NEXT = 0.6  # of the best such share in the abstract: what speaks of it less speaks of something else
_ALIKE = 0.6  # nearness from which another word counts as one of the statement's
_SURE = 3.0  # summed inverse document frequency, as in `rag.flagging.order`
_DENIED = 5.0  # the same, of what a sentence does without
_OWN = re.compile(
    r"(?:(?<=^)|(?<=, )|(?<=that )|(?<=and ))(?:it|we|(?:our|this|the (?:proposed|resulting)) (?:[\w-]+ )?(?:model|method|approach|system"
    r"|framework|work|strategy|technique)s?)\b",
    re.IGNORECASE,
)
_UNMOVED = re.compile(r"\b(?:regardless of|irrespective of|independent(?:ly)? of|unaffected by|invariant to|robust to)\b", re.IGNORECASE)
_ACRONYM = re.compile(r"[A-Z]{3,6}")
_EITHER = frozenset("more less fewer greater larger smaller".split())  # which may be for the better or the worse
_SPEED = frozenset(("faster", "slower"))
_PAR = re.compile(r"\bon (?:a )?par\b", re.IGNORECASE)
_USES = frozenset("use need reli requir run emploi must depend leverag exploit".split())
_UNDOES = frozenset("elimin obviat bypass forgo avoid".split())
_NEAR = 7  # words on either side of a word of direction
_NAME = 3  # words; what is longer is a title, not what a sentence would call the work
_AFTER = 3  # content words behind a number that may name what it counts
_BEFORE = 2  # that must be shared before a number, where none behind it is


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A sentence of an abstract that says otherwise than a statement: its index, and how much of the statement it speaks of."""

    index: int
    share: float


@dataclass(frozen=True, eq=False)
class _Held:
    """A statement, the sentence that it is held against, and all sentences of the abstract, in which `name` stands for its own work."""

    said: Reading
    seen: Reading
    all: Sequence[Reading]
    shares: Floats
    name: str

    @property
    def text(self) -> str:
        """The whole abstract."""
        return " ".join(one.text for one in self.all)

    @property
    def share(self) -> float:
        """How much of the statement the sentence speaks of."""
        return float(self.shares[self.all.index(self.seen)])


def contradiction(statement: str, name: str, title: str | None, long: Long) -> Contradiction | None:
    """The sentence of an abstract that contradicts a statement about it, None where none surely does.

    `name` is what the abstract calls its own work; "it" and "our model" stand for it.
    """
    shares = _shares(statement, title, long)
    best = float(shares.max(initial=0.0))
    said, name = read(statement), name if len(name.split()) <= _NAME else ""
    sentences = [read(_OWN.sub(lambda own: name or own[0], long.sentence(index))) for index in range(len(long.spans))]
    least = max(_SHARED, _NEXT * best)
    held = [_Held(said, sentences[at], sentences, shares, name) for at in range(len(long.spans)) if shares[at] >= least]
    found = [(sum(sign(one) for sign in _SIGNS) * one.share, -sentences.index(one.seen)) for one in held]
    strength, index = max(found, default=(0.0, 0))
    return Contradiction(-index, float(shares[-index])) if strength > 0 else None


def _shares(statement: str, title: str | None, long: Long) -> Floats:
    """How much of a statement each sentence speaks of, words of direction aside; what the title has, each of them does."""
    short = read_short(statement)
    telling = short.idf * np.array([not is_turn(name) for name in short.stems], dtype=np.float32)
    near = matches(short, long)
    near = np.where(near >= _ALIKE, near, 0)
    for named in read_long([title]) if title else ():
        near = np.maximum(near, shared(short, named).any(axis=0))
    return weighted(np.asarray(near, dtype=np.float32), telling)


def _other_way_round(held: _Held) -> bool:
    """ "A beats B" where the sentence has B ahead of A; one of the two may be left out there."""
    for mine in comparisons(held.said):
        if mine.word in _EITHER:
            continue
        ahead, behind = mine.ahead - mine.behind, mine.behind - mine.ahead
        for theirs in comparisons(held.seen):
            if (mine.word in _SPEED) != (theirs.word in _SPEED):
                continue
            crossed = weight(ahead & theirs.behind) + weight(behind & theirs.ahead)
            if crossed > 1.5 * (weight(ahead & theirs.ahead) + weight(behind & theirs.behind)) + _SURE:
                return True
    return False


def _for_the_worse(held: _Held) -> float:
    """ "X raises the error" where the sentence has the error go down, and no sentence that says as much has it go up."""
    mine = turns(held.said)
    ways = {one.way for one in mine}
    if held.said.denials or len(ways) != 1 or speaks_of_others(held.seen.text) or (comparisons(held.said) and comparisons(held.seen)):
        return 0.0
    (way,) = ways
    same = max(_about(held, one, way) * float(there) for one, there in zip(held.all, held.shares, strict=True))
    opposite = _about(held, held.seen, -way)
    return opposite if opposite >= _SURE and opposite * held.share > same else 0.0


def _about(held: _Held, seen: Reading, way: int) -> float:
    """How much of the statement, what it speaks of in the first place included, stands around a word that goes this way."""
    said = held.said
    own = set(stems(held.name))
    mine = {name for name in said.content(0, len(said.words)) if not is_turn(name)} - own
    last = max(one.index for one in turns(said))
    objects = set(said.content(last + 1, said.clause(last)[1])) - own
    sides = [one.ahead - one.behind for one in comparisons(said) if one.ahead - one.behind]
    best = 0.0
    for one in turns(seen):
        around = _around(seen, one.index, said)
        its_side = all(around & ahead for ahead in sides)
        if one.way == way and its_side and (sides or not objects or around & objects):
            best = max(best, weight(mine & around))
    return best


def _around(seen: Reading, index: int, said: Reading) -> set[str]:
    """The content words near a word in its clause, and for an acronym there the statement's words that it stands for."""
    first, last = seen.clause(index)
    first, last = max(first, index - _NEAR), min(last, index + _NEAR + 1)
    around = set(seen.content(first, last)) - {seen.stems[index]}
    initials = "".join(word[0] for word in said.words)
    for start, end in seen.places[first:last]:
        short = seen.text[start:end]
        at = initials.find(short.casefold()) if _ACRONYM.fullmatch(short) else -1
        around |= set(said.content(at, at + len(short))) if at >= 0 else set()
    return around


def _on_a_par(held: _Held) -> bool:
    """ "X stays behind Y" where the sentence has X on a par with Y."""
    behind = any(one.way < 0 for one in turns(held.said)) and not held.said.denials
    return behind and bool(_PAR.search(held.seen.text)) and not any(one.way < 0 for one in turns(held.seen))


def _less_for_more(held: _Held) -> bool:
    """ "more sensitive" where the sentence has "less sensitive"."""
    mine, theirs = _degrees(held.said), _degrees(held.seen)
    return any(theirs.get(name, degree) != degree for name, degree in mine.items())


def _degrees(one: Reading) -> dict[str, str]:
    return {one.stems[at + 1]: word for at, word in enumerate(one.words[:-1]) if word in ("more", "less")}


def _does_without(held: _Held) -> bool:
    """ "X needs Y" where the sentence does without Y: "without Y", "does not use Y", "eliminates the need for Y"."""
    if held.said.denials or _USES.isdisjoint(held.said.stems) or not _UNDOES.isdisjoint(held.said.stems):
        return False
    mine = set(held.said.content(0, len(held.said.words)))
    undone = (at for at, name in enumerate(held.seen.stems) if name in _UNDOES)
    return any(weight(mine & set(_objects(held.seen, at))) >= _DENIED for at in (*held.seen.denials, *undone))


def _objects(seen: Reading, at: int) -> list[str]:
    """What a denial is about: the content words behind it, verbs of use aside."""
    return [name for name in seen.content(at + 1, at + 10) if name not in _USES][:6]


def _counts_otherwise(held: _Held) -> bool:
    """A number that the abstract does not have, where the sentence has another one of the same thing."""
    if not number_flags(held.said.text, held.text):
        return False
    known = {one.value for one in figures(held.text)}
    rivals = [one for one in figures(held.seen.text) if not one.inside and one.value not in {own.value for own in figures(held.said.text)}]
    return any(
        mine.percent == theirs.percent and _of_same(held.said.text, mine, held.seen.text, theirs)
        for mine in figures(held.said.text)
        if mine.value not in known and not mine.inside
        for theirs in rivals
    )


def _of_same(said: str, mine: Figure, seen: str, theirs: Figure) -> bool:
    behind = (set(read(text[one.end :]).content(0, 5)[:_AFTER]) for text, one in ((said, mine), (seen, theirs)))
    before = (set(read(text[: one.start]).content(0, 999)[-4:]) for text, one in ((said, mine), (seen, theirs)))
    return bool(set.intersection(*behind)) or len(set.intersection(*before)) >= _BEFORE


def _of_the_opposite_kind(held: _Held) -> bool:
    """ "70,000 hours of transcribed speech" where the sentence has 70,000 hours of unlabelled speech."""
    for mine in figures(held.said.text):
        for theirs in figures(held.seen.text):
            if mine.value == theirs.value and not mine.word and not mine.inside:
                own = read(held.said.text[mine.end :]).content(0, 5)[:_AFTER]
                other = read(held.seen.text[theirs.end :]).content(0, 5)[:_AFTER]
                if any(opposed(one, two) for one in own for two in other) and not set(own) & set(other) - {own[0]}:
                    return True
    return False


def _whatever(held: _Held) -> bool:
    """ "X gets slower with longer inputs" where the sentence has X so regardless of the inputs' length."""
    match = _UNMOVED.search(held.seen.text)
    after = read(held.seen.text[match.end() :]).content(0, 4)[:2] if match else []
    return bool(set(after) & set(held.said.stems)) and any(one.way < 0 for one in turns(held.said))


_SIGNS: Sequence[Callable[[_Held], float]] = (
    _other_way_round,
    _for_the_worse,
    _on_a_par,
    _less_for_more,
    _does_without,
    _counts_otherwise,
    _of_the_opposite_kind,
    _whatever,
)
