"""What speaks for and against a claim, in numbers: how well its words are answered, in which places, and what was added or left out.

Each is here because claims of at least two collections are told apart worse where it is shuffled (`python -m benchmarks.fit_judge --used`).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from eval.judges.alignment import Aligned, align
from eval.judges.figures import unsaid_figures
from eval.judges.reading import Array, Mask, Read, Reader, joined, kinds, words_of
from eval.judges.tiles import Gap, Tile, gaps, tiles
from eval.judges.trees import UNSAID
from rag.support import Cited
from rag.text import folded_words, stem

_FAR = 6  # words: two that stand within are neighbours
_SMALL = 1e-9
# The share of its content that a claim's abstracts must have. Below it stand 1 of the 614 supported and 89 of the 654 other claims about
# abstracts of the corpus, and on AttributionBench 4 % of the supported and 14 % of the others.
_DEALT_WITH = 0.3
_ROWS = frozenset(("and", "or", "nor", "with"))  # between likes, whose order says nothing
_PREFIXES = ("un", "in", "im", "ir", "non", "dis", "anti")


def weigh(reader: Reader, claim: str, parts: Sequence[Cited]) -> dict[str, float] | None:
    """The features of a claim against the cited sentences of its sources.

    None where one of the two has no words, or where the abstracts have too little of what the claim deals with to bear it out. The states
    of a cited sentence's words are those that they have within the whole abstract, whose words, with those of the title, also say which of
    the claim's words are not new.
    """
    titled = frozenset(stem(word) for part in parts for word in folded_words(part.title or ""))
    around = titled.union(*(words_of(part.text).stems for part in parts))
    if not words_of(claim).words or _known(words_of(claim), around) < _DEALT_WITH:
        return None
    source = joined([_cited(reader.read(part.text), part) for part in parts])
    if source is None:
        return None
    cited = [part.text[start:end] for part in parts for start, end in part.spans]
    unsaid = unsaid_figures(claim, [*cited, *(part.title or "" for part in parts)])
    return features(align(reader.read(claim), source, around)) | {UNSAID: float(len(unsaid))}


def _cited(whole: Read, part: Cited) -> Read:
    return whole.part(np.array([any(a <= at < b for a, b in part.spans) for at, _ in whole.spans], dtype=np.bool_))


def _known(claim: Read, around: frozenset[str]) -> float:
    """The share of a claim's content that has its words anywhere in the abstracts, by rarity."""
    known = np.array([one in around for one in claim.stems], dtype=float)
    return _mean(known[claim.content], claim.idf[claim.content])


def features(one: Aligned) -> dict[str, float]:
    """All features by name; 0 where a thing does not occur."""
    runs = tiles(one.claim, one.source, one.same)
    holes = gaps(one.claim, one.source, runs)
    return {**_coverage(one), **_places(one), **_whole(one), **_runs(one, runs), **_put_in(one, holes), **_kinds(one, holes)} | _turns(
        one, runs, holes
    )


# How well the claim's words are answered.


def _mean(values: Array, weights: Array) -> float:
    return float(values @ weights / (weights.sum() + _SMALL)) if len(values) else 0.0


def _coverage(one: Aligned) -> dict[str, float]:
    content = one.claim.content
    weights, best, found = one.claim.idf[content], one.best[content], one.found[content]
    around = np.array([one_stem in one.around for one_stem in one.claim.stems], dtype=np.bool_)[content]
    new = (~around) * weights * (1 - best)
    return {
        "near": _mean(best, weights),
        "lowest": float(np.where(found, np.maximum(best, 0.6), best).min(initial=1.0)) if content.any() else 0.0,
        "around": _known(one.claim, one.around),
        "new": float(new.sum()),
        "newest": float(new.max(initial=0.0)),
        "figures": float(any(one_stem[:1].isdigit() for one_stem in one.claim.stems)),
    }


def _places(one: Aligned) -> dict[str, float]:
    """Of words that claim and source share: is each among the same words, in the same order?"""
    at = np.flatnonzero(one.found & one.claim.content)
    own = np.where(one.same[at], one.cosines[at], -1.0)
    places = own.argmax(axis=1) if len(at) else at
    order = [places[k + 1] < places[k] for k in range(len(at) - 1) if at[k + 1] - at[k] <= _FAR]
    said = one.counterpart[one.claim.content]
    return {
        "role": _mean(own.max(axis=1, initial=-1.0), one.claim.idf[at]),
        "turned": float(np.mean(order)) if order else 0.0,
        "sentences": float(max(0, len(set(one.source.sentence[places].tolist())) - 1)),
        "same_order": float(np.mean([0 < later - before <= _FAR for before, later in pairwise(said)])) if len(said) > 1 else 1.0,
    }


def _whole(one: Aligned) -> dict[str, float]:
    """Claim and source as a whole: cosines of their mean states."""
    mine = _unit(one.claim.states.mean(axis=0))
    lines = [_unit(one.source.states[one.source.sentence == k].mean(axis=0)) for k in np.unique(one.source.sentence)]
    return {"whole": max(float(mine @ line) for line in lines), "all": float(mine @ _unit(one.source.states.mean(axis=0)))}


def _unit(vector: Array) -> Array:
    return np.asarray(vector / (np.linalg.norm(vector) + _SMALL))


# The runs of words that claim and source share, and what was done between them.


def _total(one: Aligned) -> float:
    return _weight(one.claim, 0, len(one.claim.words)) + _SMALL


def _weight(read: Read, start: int, end: int) -> float:
    return float(read.idf[start:end][read.content[start:end]].sum())


def _runs(one: Aligned, runs: Sequence[Tile]) -> dict[str, float]:
    words = len(one.claim.words)
    equal = [b - a for how, a, b, _, _ in one.edits if how == "equal"]
    return {
        "kept": sum(_weight(one.claim, run.start, run.end) for run in runs) / _total(one),
        "pieces": len(runs) / (float(one.claim.content.sum()) + _SMALL),
        "longest": max((run.length for run in runs), default=0) / words,
        "inner": sum(how != "equal" and a > 0 and b < words for how, a, b, _, _ in one.edits) / words,
        "ratio": sum(equal) / words,
        "moved": _moved(one),
    }


def _moved(one: Aligned) -> float:
    """Words that were taken out at one place of the likeliest sentence and put in at another: the weight of the heaviest."""
    changed = [edit for edit in one.edits if edit[0] != "equal"]
    out = {one.sentence.stems[k] for _, _, _, c, d in changed for k in range(c, d) if one.sentence.content[k]}
    again = [k for _, a, b, _, _ in changed for k in range(a, b) if one.claim.stems[k] in out and one.claim.content[k]]
    return float(max((one.claim.idf[k] for k in again), default=0.0))


def _put_in(one: Aligned, holes: Sequence[Gap]) -> dict[str, float]:
    mine = [k for hole in holes for k in range(*hole.put_in)]
    strange = [sum(_strange(one, k, hole.left_out) for k in range(*hole.put_in) if one.claim.content[k]) for hole in holes]
    return {
        "put_in": sum(strange) / _total(one),
        "worst_in": max(strange),
        "strange": max((_strange(one, k) for k in mine if one.claim.content[k]), default=0.0),
        "names_in": float(sum(one.claim.named[k] for k in mine)),
        "figures_in": float(sum(one.claim.words[k][:1].isdigit() for k in mine)),
        "tail_in": _weight(one.claim, *holes[-1].put_in),
        "tail_out": _weight(one.source, *holes[-1].left_out) / _total(one),
        "lead_out": _weight(one.source, *holes[0].left_out) / _total(one),
        "flips": float(sum(_flips(one, hole) for hole in holes)),
    }


def _strange(one: Aligned, k: int, place: tuple[int, int] = (0, 0)) -> float:
    """How little a word of the claim is said by the words that it stands in for, or by any: its rarity by its distance."""
    start, end = place
    near = float(one.cosines[k, start:end].max(initial=-1.0)) if end > start else float(one.best[k]) - 0.1
    return float(one.claim.idf[k]) * min(1.0, max(0.0, 1.0 - near))


def _flips(one: Aligned, hole: Gap) -> int:
    """Opposites: "more" put in for "less" left out, or the other way round, or a word with a denying prefix for the word without."""
    words, others = one.claim.words[slice(*hole.put_in)], one.source.words[slice(*hole.left_out)]
    count = 0
    for kind, other in (("more", "less"), ("less", "more")):
        count += bool(kinds()[kind].intersection(words) and kinds()[other].intersection(others))
    return count + sum(word == prefix + had or had == prefix + word for word in words for had in others for prefix in _PREFIXES)


def _turns(one: Aligned, runs: Sequence[Tile], holes: Sequence[Gap]) -> dict[str, float]:
    """Runs that stand the other way round in the source, other than in a row of likes ("A and B"), or far apart there."""
    turned = [(a, b) for (a, b), hole in zip(pairwise(runs), holes[1:-1], strict=True) if hole.kind == "turned"]
    return {
        "turned_runs": float(sum(not _in_a_row(one.source, b.at_end, a.at) for a, b in turned)),
        "short_turned": float(sum(min(a.length, b.length) <= 3 for a, b in turned)),
        "far_runs": float(sum(hole.kind == "far" for hole in holes)),
    }


def _in_a_row(source: Read, start: int, end: int) -> bool:
    between = set(source.words[start:end])
    return bool(between) and between <= _ROWS


# Words that change how much is said, in one of the two without a counterpart in the other.


def _kinds(one: Aligned, holes: Sequence[Gap]) -> dict[str, float]:
    mine = [k for hole in holes for k in range(*hole.put_in)]
    found = {f"{kind}_in": float(one.claim.of_kind(kind)[mine].sum()) for kind in ("denial", "weak", "strong", "cause")}
    found |= {f"{kind}_added": _added(one, kind) for kind in ("denial", "strong", "cause", "less")}
    for kind in ("denial", "limited", "strong"):
        found[f"{kind}_less"] = float(one.claim.of_kind(kind).sum()) - float(one.sentence.of_kind(kind).sum())
    near = int((one.source.of_kind("limited") & _near_used(one)).sum())
    return found | {"limited_dropped": float(max(0, near - int(one.claim.of_kind("limited").sum())))}


def _added(one: Aligned, kind: str) -> float:
    """How many of the claim's words of a kind have no word of the kind near the counterparts of their neighbours."""
    mine, theirs = one.claim.of_kind(kind), one.source.of_kind(kind)
    count = 0
    for k in np.flatnonzero(mine):
        near = [j for j in range(max(0, int(k) - 4), min(len(mine), int(k) + 5)) if one.claim.content[j] and not mine[j]]
        places: list[int] = one.counterpart[[*near, int(k)]].tolist()
        count += not any(theirs[max(0, place - 5) : place + 6].any() for place in places)
    return float(count)


def _near_used(one: Aligned) -> Mask:
    """The source's words within a few words of a counterpart on either side."""
    near = np.zeros(len(one.source.words), dtype=np.bool_)
    for place in np.flatnonzero(one.used):
        near[max(0, place - 3) : place + 4] = True
    return near
