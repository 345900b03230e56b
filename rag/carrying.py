"""Abstracts that a follow-up question is about, put among those that retrieval found for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.embed import Embedder
from rag.errors import NotFoundError
from rag.filters import Filters, admits
from rag.generations import Generation
from rag.records import Abstract, Hit
from rag.retrieve import Found, rerank, score

BONUS = 0.15  # of retrieval score
_DATES = ("year", "first_day", "last_day")


def carried(
    generation: Generation, embedder: Embedder, question: str, found: Sequence[Found], cited: Sequence[str], filters: Filters
) -> list[Found]:
    """`found` with the carried abstracts added where they are missing and each of them lifted by BONUS; best first.

    One that is no longer there, or that the filters leave out, is not carried.
    """
    if not cited:
        return list(found)
    wanted = _known(generation, cited)
    there = {one.abstract.id for one in found}
    abstracts = generation.abstracts([one for one in wanted if one not in there])
    missing = [one for one in abstracts.values() if admits(filters, one)]
    best = max((one.hit.lexical for one in found), default=0.0)
    more = rerank(generation, embedder, question, _hits(generation, embedder, question, missing, best))
    lifted = [
        replace(one, hit=replace(one.hit, fused=one.hit.fused + BONUS)) if one.abstract.id in wanted else one for one in (*found, *more)
    ]
    return sorted(lifted, key=lambda one: (-one.hit.fused, one.abstract.id))


def merged(given: Filters | None, read: Filters, year: object) -> Filters:
    """The filters that were given, with those read from the question; given years win over read ones."""
    asked = given or Filters()
    dated = year is not None or any(one.field in _DATES for one in asked.ranges)
    ranges = [one for one in read.ranges if not (dated and one.field in _DATES)]
    scans = [one for one in read.scans if not (dated and one.kind in ("year", "month"))]
    return Filters((*asked.ranges, *ranges), asked.sources or read.sources, (*asked.scans, *scans))


def _known(generation: Generation, cited: Sequence[str]) -> list[str]:
    """The ids that these abstracts have now."""
    ids = []
    for one in cited:
        try:
            ids.append(generation.resolve(one))
        except NotFoundError:
            continue
    return ids


def _hits(generation: Generation, embedder: Embedder, question: str, abstracts: Sequence[Abstract], best: float) -> list[Hit]:
    """The first passage of each abstract, scored as a candidate that neither index gave."""
    first = [passages[0] for passages in generation.passages_of([one.id for one in abstracts]).values()]
    lexical = generation.lexical_scores(question, [passage.id for passage in first])
    return score(generation, embedder, question, first, lexical, max([best, *lexical.values()]))
