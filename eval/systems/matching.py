"""Which contexts bear on a claim, and which sentences of one: by the words that they share, weighted by how rare they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.embedding import meanings
from rag.model import Citation
from rag.text import idf, sentence_spans, stems

_MOST = 3  # contexts that are matched to a claim
_ADDS = 0.15  # of the weight of a claim's words, that a further context must add to those before


def matched(claim: str, texts: Sequence[str]) -> tuple[int, ...]:
    """The places of the contexts that a claim is best held against, the best first; none where all texts are blank.

    The context that has most of the claim's words, then those that have a good part of the rest. Where no context shares a word
    with it, the one that comes nearest in meaning: every claim is held against something.
    """
    wanted = {stem: idf(stem) for stem in stems(claim)}
    known = [frozenset(stems(text)) for text in texts]
    total, chosen = sum(wanted.values()), list[int]()
    while wanted and len(chosen) < _MOST:
        gains = [sum(weight for stem, weight in wanted.items() if stem in one) for one in known]
        best = max(range(len(gains)), key=lambda place: (gains[place], -place), default=0)
        if not gains or gains[best] <= 0 or (chosen and gains[best] < _ADDS * total):
            break
        chosen.append(best)
        wanted = {stem: weight for stem, weight in wanted.items() if stem not in known[best]}
    return tuple(chosen) or _nearest(claim, texts)


def _nearest(claim: str, texts: Sequence[str]) -> tuple[int, ...]:
    told = [place for place, text in enumerate(texts) if text.strip()]
    if not told:
        return ()
    cosines = meanings([texts[place] for place in told]) @ meanings([claim])[0]
    return (told[int(cosines.argmax())],)


def shown_part(claim: str, citation: Citation) -> Citation:
    """The part of a cited context that a claim tells: the shortest run of its sentences that has all words that the whole shares with
    the claim.

    Other systems cite whole texts. To show the evidence is to say it, not to cite a text that has it somewhere.
    """
    said = frozenset(stems(claim))
    spans = sentence_spans(citation.quote)
    shared = [said & frozenset(stems(citation.quote[start:end])) for start, end in spans]
    wanted = frozenset().union(*shared)
    runs = [
        (spans[last][1] - spans[first][0], first, last)
        for first in range(len(spans))
        if (last := _covers(shared[first:], wanted, first)) is not None
    ]
    if not wanted or not runs:
        return replace(citation, end=citation.start, quote="")
    _, first, last = min(runs)
    start, end = spans[first][0], spans[last][1]
    return replace(citation, quote=citation.quote[start:end], start=citation.start + start, end=citation.start + end)


def _covers(shared: Sequence[frozenset[str]], wanted: frozenset[str], first: int) -> int | None:
    """The sentence with which a run that begins at `first` has all that is wanted; None where it never has."""
    left = wanted
    for place, one in enumerate(shared):
        left -= one
        if not left:
            return first + place
    return None
