"""Names of a question that the corpus does not have, and the name that it has instead: offered, never put in silently.

"RuBERT" and "HuBERT" are one letter apart and two systems, so a name is never replaced.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher, get_close_matches
from functools import lru_cache

from rag.corpus.display import clean
from rag.flags import names, squeezed
from rag.question import Question
from rag.records import Abstract
from rag.retrieve import Found
from rag.words import STOP_WORDS, is_common, stem, words

_LEAST = 0.8  # of likeness (Ratcliff and Obershelp), at which two names may be one with a slip of the finger
_SHORTEST = 4  # letters and digits; shorter names are alike by chance
MOST = 5000  # abstracts; the names of a larger corpus take too long to read


def did_you_mean(asked: Sequence[str], abstracts: Iterable[Abstract], generation: str) -> tuple[str, ...]:
    """One sentence for each name that no abstract has and that is nearly one that some abstract has.

    `generation` names the state of the corpus that `abstracts` are of: its names are read once, and `abstracts` only then.
    """
    known = _known(generation, _Held(abstracts)) if asked else {}
    told = []
    for name in asked:
        letters = squeezed(name)
        if len(letters) < _SHORTEST or letters in known:
            continue
        near = get_close_matches(letters, list(known), n=1, cutoff=_LEAST)
        if near and _same_figures(letters, near[0]):
            told.append(f"No abstract mentions {name}. Did you mean {known[near[0]]}?")
    return tuple(told)


def unfamiliar(question: Question, found: Sequence[Found]) -> tuple[str, ...]:
    """The words of a question that are no words of research prose and stand in none of the abstracts found: "polyspech" may be a name
    in small letters with a slip of the finger."""
    met = {name for one in found for sentence in one.long.stems for name in sentence}
    named = {part for name in question.names for part in words(name)}
    said = (word for word in words(question.text) if word not in STOP_WORDS and word not in named)
    return tuple(word for word in said if word.isalpha() and not is_common(stem(word)) and stem(word) not in met)


def _same_figures(one: str, other: str) -> bool:
    """A digit that differs is another version, not a slip: "LLaMA2" is not "LLaMA3"."""
    return [c for c in one if c.isdigit()] == [c for c in other if c.isdigit()] and SequenceMatcher(None, one, other).ratio() >= _LEAST


class _Held:
    """Abstracts as an argument that a cache need not compare."""

    def __init__(self, abstracts: Iterable[Abstract]) -> None:
        self.abstracts = abstracts

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held)


@lru_cache(maxsize=4)
def _known(generation: str, held: _Held) -> dict[str, str]:
    """Every name of the corpus by its letters and digits."""
    texts = (clean(f"{one.label}. {one.title or ''}. {one.text}") for one in held.abstracts)
    return {squeezed(name): name for text in texts for name in names(text) if len(squeezed(name)) >= _SHORTEST}
