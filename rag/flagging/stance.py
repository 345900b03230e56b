"""Whether a sentence says the same as a statement or the reverse of it, told only where that is sure; for most sentences it is not.

Held are words of direction (`rag.flagging.valence`): the statement and the sentence must each say of the same thing that it goes
for the better or for the worse. A sentence that speaks of several things before that word, that asks, hopes or supposes, or that
compares what the statement does not compare, takes no stance.
"""

from __future__ import annotations

import re
from typing import Literal

from rag.flagging.reading import Reading, read, weight
from rag.flagging.valence import Turn, turns
from rag.lexicon import any_of

Stance = Literal["same", "reverse"]

_SURE = 0.99  # of what the statement speaks of, by weight, that the sentence must have before its word of direction
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


_ASIDE = re.compile(r"\s*\([^()]*\)")  # "continual pre-training (CPT) enhances": it would cut the clause in two
_JOINED = re.compile(r"\b(pre|post|multi|cross|mono|non|sub|self|semi|fine)-(?=[a-z])", re.IGNORECASE)


def stance(statement: str, sentence: str) -> Stance | None:
    """What a sentence says to a statement; None where it takes no side that is sure."""
    said, seen = (read(_JOINED.sub(r"\1", _ASIDE.sub("", text))) for text in (statement, sentence))
    mine = _only(turns(said))
    if mine is None or said.denials or _SUPPOSED.search(sentence):
        return None
    subject = set(said.content(0, mine.index))
    objects = set(said.content(mine.index + 1, len(said.words))) - _PLAIN
    if not subject:
        return None
    ways = {one.way for one in turns(seen) if one.way and _of_the_same(seen, one, subject, objects)}
    if len(ways) != 1:
        return None
    return "same" if ways == {mine.way} else "reverse"


def _only(found: list[Turn]) -> Turn | None:
    """The first word of direction, if none goes another way."""
    ways = {one.way for one in found}
    return found[0] if len(ways) == 1 and ways <= {1, -1} else None


def _of_the_same(seen: Reading, turn: Turn, subject: set[str], objects: set[str]) -> bool:
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
