"""Words whose opposite stands in the evidence while they, and their like, do not."""

from __future__ import annotations

from functools import lru_cache

from rag.flagging.reading import Reading, read
from rag.words import STOP_WORDS, idf

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
_CROSS = _sides(
    f"{_UP} {_GOOD}".replace(" larger", "").replace(" greater", ""), f"{_DOWN} {_BAD}".replace(" less", "").replace(" smaller", "")
)
# Where one of these is spoken of, less is better, and up and good are different directions.
_UNWANTED = frozenset(
    "error wer per cer loss perplex cost latenc memori gap forget time hallucin toxic bias nois overhead varianc risk paramet burden "
    "comput resourc repetit depend mismatch complex footprint".split()
)
_PREFIXES = ("un", "non", "in", "im", "dis", "ir", "il")
_AROUND = 7  # words on either side that say what a word is about


@lru_cache(maxsize=1)
def _table() -> dict[str, list[tuple[int, int]]]:
    table: dict[str, list[tuple[int, int]]] = {}
    for group, sides in enumerate([*_GROUPS, _CROSS]):
        for side, stems in enumerate(sides):
            for name in stems:
                table.setdefault(name, []).append((group, side))
    return table


def has_opposite(name: str) -> bool:
    """True for a stem that stands on a side of any group of opposites: it says how something is, not what."""
    return name in _table()


def opposed(one: str, other: str) -> bool:
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
    """Words of the claim whose opposite the evidence uses of the same thing.

    A word is flagged if the evidence has an opposite and neither the word nor its like, or if an opposite stands among much
    more of what stands around the word in the claim. A word that either side denies is left to the denials.
    """
    said, seen = read(claim), read(window)
    flags: dict[str, str] = {}
    for index, name in enumerate(said.stems):
        if said.denied(index) or _tempered(said, index):
            continue
        for group, side in _table().get(name, ()):
            other = _against(said, index, group, side, seen)
            if other:
                flags.setdefault(said.words[index], f"direction: {said.words[index]}, not {other}")
        if name not in seen.stems and said.words[index] not in STOP_WORDS:
            other = next(
                (seen.words[at] for at, theirs in enumerate(seen.stems) if _prefixed(theirs, name) or _prefixed(name, theirs)), None
            )
            if other:
                flags.setdefault(said.words[index], f"direction: {said.words[index]}, not {other}")
    return list(flags.values())


def _against(said: Reading, index: int, group: int, side: int, seen: Reading) -> str | None:
    if any(theirs == group and there != side for name in said.stems for theirs, there in _table().get(name, ())):
        return None  # the claim sets one against the other
    mine = _around(said, index)
    same, opposite, word = -1.0, -1.0, None
    for at, name in enumerate(seen.stems):
        for theirs, there in _table().get(name, ()):
            if theirs != group or seen.denied(at) or _tempered(seen, at):
                continue
            around = _around(seen, at)
            if group == len(_GROUPS) and not _UNWANTED.isdisjoint(mine.keys() | around.keys()):
                continue
            shared = sum(idf(one) * worth * around.get(one, 0.0) for one, worth in mine.items())
            if there == side:
                same = max(same, shared)
            elif shared > opposite:
                opposite, word = shared, seen.words[at]
    if word is None:
        return None
    return word if same < 0 or opposite >= 2 * same + 2 else None


def _tempered(reading: Reading, index: int) -> bool:
    """True for "self-supervised", which is no kind of "supervised", and for "compared with", which says nothing of equals."""
    return reading.words[index] in ("compare", "compared", "compares", "comparing", "comparison") or (
        index > 0 and reading.words[index - 1] in ("self", "semi", "weakly", "un", "non")
    )


def _around(reading: Reading, index: int) -> dict[str, float]:
    """The content words near a word in its clause, weighing less the further off."""
    first, last = reading.clause(index)
    context: dict[str, float] = {}
    for at in range(max(first, index - _AROUND), min(last, index + _AROUND + 1)):
        name = reading.stems[at]
        if at != index and reading.words[at] not in STOP_WORDS and name != reading.stems[index]:
            context[name] = max(context.get(name, 0.0), 1 / (1 + 0.3 * (abs(at - index) - 1)))
    return context
