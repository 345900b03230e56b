"""Words whose antonym is in the evidence, and negation on one side only."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from rag.support.clauses import NEGATIONS, REACH, ParsedSentence, best_aligned, parse_sentence, weight
from rag.text import STOP_WORDS, idf, stem

# Words whose antonym is in the evidence while they, and their synonyms, are not.

Sides = tuple[frozenset[str], ...]


def _sides(*sides: str) -> Sides:
    return tuple(frozenset(side.split()) for side in sides)


_UP = "increas rise rose rais grow grew higher larger greater accelera"
_GOOD = "improv enhanc boost strengthen gain benefit better superior help"
_DOWN = "decreas reduc drop fall fell declin lower less fewer smaller shrink diminish"
_BAD = "degrad worsen weaken hurt harm deterior degener impair suffer wors inferior damag"
# Groups of opposite words, stemmed.
_GROUPS: list[Sides] = [
    _sides(_UP, _DOWN),
    _sides(_GOOD, _BAD),
    _sides(
        "outperform surpass exceed beat better superior best overtak outdo",
        "underperform inferior wors worst behind trail",
        "match compar comparable par competit tie",
    ),
    _sides("supervis label annot transcrib", "unsupervis unlabel unannot untranscrib"),
    _sides(
        "strong signific substanti larg major consider critic crucial",
        "minim slight neglig margin minor weak small insignific trivial subtl",
    ),
    _sides("before first", "after last"),
    _sides("freez frozen fix", "updat unfrozen unfreez trainabl"),
    _sides("succeed success manag", "fail failur struggl unabl"),
    _sides("similar same equal ident", "differ distinct dissimilar"),
    _sides("simpl easi easier", "complex complic difficult hard harder"),
    _sides("fast faster quick", "slow slower"),
    _sides("short shorter", "long longer"),
    _sides("high", "low"),
    _sides("singl", "multipl sever"),
    _sides("monolingu", "multilingu crosslingu"),
    _sides("static fix", "dynam"),
    _sides("local", "global"),
    _sides("top", "bottom"),
    _sides("earli earlier", "late later"),
    _sides("synthet artifici", "real natur genuin"),
    _sides("spars", "dens"),
    _sides("explicit", "implicit"),
    _sides("automat", "manual hand"),
    _sides("offlin", "onlin"),
    _sides("includ contain", "exclud omit"),
    _sides("keep preserv retain maintain remain", "lose lost forget forgot discard"),
    _sides("coars", "fine"),
    _sides("open", "close proprietari"),
    _sides("posit", "negat"),
    _sides("rare seldom scarc", "common frequent abund"),
    _sides("converg", "diverg"),
    _sides("necessari requir need", "unnecessari needless redund"),
    _sides("separ independ individu", "joint simultan togeth"),
    _sides("enabl allow permit", "prevent prohibit hinder imped"),
    _sides("autoregress", "nonautoregress"),
    _sides("advantag strength", "disadvantag drawback weak limit"),
]
_PREFIXES = ("un", "non", "in", "im", "dis", "ir", "il")
_AROUND = 7  # words on either side that say what a word is about


@lru_cache(maxsize=1)
def _table() -> dict[str, list[tuple[int, int]]]:
    table: dict[str, list[tuple[int, int]]] = {}
    for group, sides in enumerate(_GROUPS):
        for side, stems in enumerate(sides):
            for name in stems:
                table.setdefault(name, []).append((group, side))
    return table


def has_opposite(name: str) -> bool:
    """True for a stem that stands on a side of any group of opposites: it says how something is, not what."""
    return name in _table()


def are_opposites(one: str, other: str) -> bool:
    """True for two stems that are opposites: on two sides of a group, or one the other with a denying prefix."""
    table = _table()
    if any(group == theirs and side != there for group, side in table.get(one, ()) for theirs, there in table.get(other, ())):
        return True
    return _prefixed(one, other) or _prefixed(other, one)


def _prefixed(longer: str, shorter: str) -> bool:
    cut = len(longer) - len(shorter)
    return (
        2 <= cut <= 3
        and longer.endswith(shorter)
        and longer[:cut] in _PREFIXES
        and len(shorter) >= (4 if longer[:cut] in ("un", "non") else 5)
    )


def direction_flags(claim: str, window: str) -> list[str]:
    """Words of the claim whose antonym the evidence uses of the same thing.

    A word is flagged if the evidence has an opposite and neither the word nor its like, or if an opposite stands among much
    more of what stands around the word in the claim. A word that either side denies is left to the denials.
    """
    said, seen = parse_sentence(claim), parse_sentence(window)
    flags: dict[str, str] = {}
    for index, name in enumerate(said.stems):
        if said.denied(index) or _tempered(said, index):
            continue
        for group, side in _table().get(name, ()):
            other = _against(said, index, group, side, seen)
            if other:
                flags.setdefault(said.words[index], f"direction: {said.words[index]}, not {other}")
    return list(flags.values())


def prefix_flags(claim: str, window: str) -> list[str]:
    """Words of the claim that the evidence has with a denying prefix alone, or the reverse."""
    said, seen = parse_sentence(claim), parse_sentence(window)
    flags: dict[str, str] = {}
    for index, name in enumerate(said.stems):
        if said.denied(index) or _tempered(said, index) or name in seen.stems or said.words[index] in STOP_WORDS:
            continue
        other = next((seen.words[at] for at, theirs in enumerate(seen.stems) if _prefixed(theirs, name) or _prefixed(name, theirs)), None)
        if other:
            flags.setdefault(said.words[index], f"direction: {said.words[index]}, not {other}")
    return list(flags.values())


def _against(said: ParsedSentence, index: int, group: int, side: int, seen: ParsedSentence) -> str | None:
    if any(theirs == group and there != side for name in said.stems for theirs, there in _table().get(name, ())):
        return None  # the claim sets one against the other
    mine = _around(said, index)
    same, opposite, word = -1.0, -1.0, None
    for at, name in enumerate(seen.stems):
        for theirs, there in _table().get(name, ()):
            if theirs != group or seen.denied(at) or _tempered(seen, at):
                continue
            around = _around(seen, at)
            shared = sum(idf(one) * worth * around.get(one, 0.0) for one, worth in mine.items())
            if there == side:
                same = max(same, shared)
            elif shared > opposite:
                opposite, word = shared, seen.words[at]
    if word is None:
        return None
    return word if same < 0 or opposite >= 2 * same + 2 else None


def _tempered(reading: ParsedSentence, index: int) -> bool:
    """True for "self-supervised", which is no kind of "supervised", and for "compared with", which says nothing of equals."""
    return reading.words[index] in ("compare", "compared", "compares", "comparing", "comparison") or (
        index > 0 and reading.words[index - 1] in ("self", "semi", "weakly", "un", "non")
    )


def _around(reading: ParsedSentence, index: int) -> dict[str, float]:
    """The content words near a word in its clause, weighing less the further off."""
    first, last = reading.clause(index)
    context: dict[str, float] = {}
    for at in range(max(first, index - _AROUND), min(last, index + _AROUND + 1)):
        name = reading.stems[at]
        if at != index and reading.words[at] not in STOP_WORDS and name != reading.stems[index]:
            context[name] = max(context.get(name, 0.0), 1 / (1 + 0.3 * (abs(at - index) - 1)))
    return context


# One-sided negation: what the claim denies and the evidence says, and the reverse.

# Stems that deny as much as "not" does, in the evidence.
_DOING_WITHOUT = frozenset("avoid relax elimin remov prevent free instead rather bypass obviat forgo minim independ away skip".split())
# And what in a claim may say a denial of the evidence in other words.
_IN_OTHER_WORDS = _DOING_WITHOUT | frozenset("unlik exclud littl rare few difficult hard elud miss".split())
_AROUND_DENIAL = 6  # words on either side that tell two places apart
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
    said, seen = parse_sentence(claim), parse_sentence(window)
    for index in said.denials:
        targets = said.content(index + 1, len(said.words))[:_NEAR]
        there = next((name for name in targets if name in seen.stems), None)
        scopes = [seen.words[max(0, at - REACH) : at] for at in _places(said, index, there, seen)] if there else [seen.words]
        if not any(map(_denies, scopes)) and not _said_by_opposite(said, index, seen):
            return [f"negation: {said.words[index]}"]
    return []


def _places(said: ParsedSentence, index: int, target: str, seen: ParsedSentence) -> list[int]:
    """Where the evidence has what the claim denies: of several places those with most of the claim's words around them."""
    places = [at for at, name in enumerate(seen.stems) if name == target]
    around = set(said.content(index - _AROUND_DENIAL, index + _AROUND_DENIAL + 1))
    shared = [weight(around & set(seen.content(at - _AROUND_DENIAL, at + _AROUND_DENIAL + 1))) for at in places]
    return [at for at, worth in zip(places, shared, strict=True) if worth >= 0.8 * max(shared)]


def _denies(scope: tuple[str, ...]) -> bool:
    return any(word in NEGATIONS or word.endswith("n't") for word in scope) or any(stem(word) in _DOING_WITHOUT for word in scope[-_CLOSE:])


def _said_by_opposite(said: ParsedSentence, index: int, seen: ParsedSentence) -> bool:
    """True if the evidence has the opposite of the word that the claim denies ("does not hold" for "breaks")."""
    after = said.content(index + 1, index + 5)[:2]
    return any(are_opposites(name, other) for name in after for other in seen.stems if name not in seen.stems)


def left_out_flags(claim: str, sentences: Sequence[str]) -> list[str]:
    """A denial of the sentences nearest to the claim that the claim leaves out."""
    said = parse_sentence(claim)
    if said.denials or any(name in _IN_OTHER_WORDS for name in said.stems):
        return []
    near = best_aligned(said, [parse_sentence(one) for one in sentences])
    mine = set(said.content(0, len(said.words)))
    for one in near:
        for index in (*one.denials, *(at for at, name in enumerate(one.stems) if name in _UNDOES)):
            targets = _targets(one, index)
            if _taken(targets, mine) and not _said_elsewhere(targets, near, one, index) and not _opposite_said(targets, one, said):
                return [f'negation: the text says "{" ".join(one.words[index : index + 4])}"']
    return []


def _targets(one: ParsedSentence, index: int) -> list[str]:
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


def _said_elsewhere(targets: list[str], near: list[ParsedSentence], one: ParsedSentence, index: int) -> bool:
    """True if the nearest sentences also say what is denied at a word of one of them."""
    return any(
        name in targets[:1] and not other.denied(at) and at not in other.denials and not (other is one and index < at <= index + REACH)
        for other in near
        for at, name in enumerate(other.stems)
    )


def _opposite_said(targets: list[str], one: ParsedSentence, said: ParsedSentence) -> bool:
    """True if the claim puts the denial into a word: "worse" for "not better"."""
    return any(are_opposites(name, other) for name in targets for other in said.stems if other not in one.stems and other not in STOP_WORDS)
