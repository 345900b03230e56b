"""Denials that only one side has: what the claim denies and the evidence says, and what the evidence denies and the claim says."""

from __future__ import annotations

from collections.abc import Sequence

from rag.flagging.opposites import opposed
from rag.flagging.reading import NEGATIONS, REACH, Reading, aligned, read, weight
from rag.words import STOP_WORDS, stem

# Stems that deny as much as "not" does, in the evidence.
_DOING_WITHOUT = frozenset("avoid relax elimin remov prevent free instead rather bypass obviat forgo minim independ away skip".split())
# And what in a claim may say a denial of the evidence in other words.
_IN_OTHER_WORDS = _DOING_WITHOUT | frozenset("unlik exclud littl rare few difficult hard elud miss".split())
_AROUND = 6  # words on either side that tell two places apart
_CLOSE = 5  # words before a word in which a verb such as "avoid" denies it
_NEAR = 3  # content words that a denial is about
_UNDOES = frozenset("avoid elimin obviat bypass forgo".split())  # "eliminating the need for X" denies X
_WEAK = frozenset("use method model approach train result show work paper studi system perform data task learn exist".split())


def negation_flags(claim: str, window: str) -> list[str]:
    """A denial of the claim that the evidence does not share.

    What the claim denies are the three content words after its denial. Where the evidence has one of them, one of its
    occurrences must be denied too (up to eight words before, or a verb such as "avoid" or "relax"); where it has none of
    them, any denial of the evidence will do.
    """
    said, seen = read(claim), read(window)
    for index in said.denials:
        targets = said.content(index + 1, len(said.words))[:_NEAR]
        there = next((name for name in targets if name in seen.stems), None)
        scopes = [seen.words[max(0, at - REACH) : at] for at in _places(said, index, there, seen)] if there else [seen.words]
        if not any(map(_denies, scopes)) and not _said_by_opposite(said, index, seen):
            return [f"negation: {said.words[index]}"]
    return []


def _places(said: Reading, index: int, target: str, seen: Reading) -> list[int]:
    """Where the evidence has what the claim denies: of several places those with most of the claim's words around them."""
    places = [at for at, name in enumerate(seen.stems) if name == target]
    around = set(said.content(index - _AROUND, index + _AROUND + 1))
    shared = [weight(around & set(seen.content(at - _AROUND, at + _AROUND + 1))) for at in places]
    return [at for at, worth in zip(places, shared, strict=True) if worth >= 0.8 * max(shared)]


def without_flags(claim: str, sentences: Sequence[str]) -> list[str]:
    """ "without X" where the sentences nearest to the claim have "with X" and nowhere deny X, and the reverse."""
    said = read(claim)
    near = aligned(said, [read(one) for one in sentences])
    theirs = [_joined(one) for one in near]
    for name, word in _joined(said).items():
        there = {one[name] for one in theirs if name in one}
        denied = any(one.denied(at) for one in near for at, other in enumerate(one.stems) if other == name)
        if there and word not in there and denied == (word == "with"):
            return [f"negation: {word}"]
    return []


def _joined(reading: Reading) -> dict[str, str]:
    """The content words that "with" or "without" is followed by, with which of the two; "with no" is "without"."""
    joined: dict[str, str] = {}
    for index, word in enumerate(reading.words):
        if word in ("with", "without"):
            after = reading.content(index + 1, min(index + 5, reading.clause(index)[1]))
            denies = word == "without" or reading.words[index + 1 : index + 2] in (("no",), ("little",), ("minimal",))
            joined.update((name, "without" if denies else "with") for name in after[:2])
    return joined


def _denies(scope: tuple[str, ...]) -> bool:
    return any(word in NEGATIONS or word.endswith("n't") for word in scope) or any(stem(word) in _DOING_WITHOUT for word in scope[-_CLOSE:])


def _said_by_opposite(said: Reading, index: int, seen: Reading) -> bool:
    """True if the evidence has the opposite of the word that the claim denies ("does not hold" for "breaks")."""
    after = said.content(index + 1, index + 5)[:2]
    return any(opposed(name, other) for name in after for other in seen.stems if name not in seen.stems)


def left_out_flags(claim: str, sentences: Sequence[str]) -> list[str]:
    """A denial of the sentences nearest to the claim that the claim leaves out."""
    said = read(claim)
    if said.denials or any(name in _IN_OTHER_WORDS for name in said.stems):
        return []
    near = aligned(said, [read(one) for one in sentences])
    mine = set(said.content(0, len(said.words)))
    for one in near:
        for index in (*one.denials, *(at for at, name in enumerate(one.stems) if name in _UNDOES)):
            targets = _targets(one, index)
            if _taken(targets, mine) and not _said_elsewhere(targets, near, one, index) and not _opposite_said(targets, one, said):
                return [f'negation: the text says "{" ".join(one.words[index : index + 4])}"']
    return []


def _targets(one: Reading, index: int) -> list[str]:
    """What a denial of the evidence is about: the three content words after it, and what "and" or "or" joins to them."""
    last = one.clause(index + 1)[1] if index + 1 < len(one.words) else index
    targets = one.content(index + 1, min(last, index + REACH))[:_NEAR]
    if last < len(one.words) and one.words[last] in ("and", "or", "nor"):
        return [*targets, *one.content(last + 1, min(one.clause(last)[1], last + 3))[:1]]
    return targets


def _taken(targets: list[str], mine: set[str]) -> bool:
    """True if the claim says the very thing that the evidence denies: the first word, or most of the words."""
    if not targets:
        return False
    kept = [name for name in targets if name in mine and name not in _WEAK]
    joined = len(targets) > _NEAR and targets[-1] in kept
    return targets[0] in kept or joined or (len(kept) >= 2 and (kept != targets[1:] or targets[0] in _WEAK))


def _said_elsewhere(targets: list[str], near: list[Reading], one: Reading, index: int) -> bool:
    """True if the nearest sentences also say what is denied at a word of one of them."""
    return any(
        name in targets[:1] and not other.denied(at) and at not in other.denials and not (other is one and index < at <= index + REACH)
        for other in near
        for at, name in enumerate(other.stems)
    )


def _opposite_said(targets: list[str], one: Reading, said: Reading) -> bool:
    """True if the claim puts the denial into a word: "worse" for "not better"."""
    return any(opposed(name, other) for name in targets for other in said.stems if other not in one.stems and other not in STOP_WORDS)
