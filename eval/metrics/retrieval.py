"""Retrieval: how well abstracts are ranked before any answering, by ir_measures (MacAvaney et al. 2022).

Every gold abstract counts alike. Abstracts with equal scores are ordered by id; marginal ones are no mistake and are taken
out of the ranking first (a condensed list: Sakai 2007). An error that came before anything was retrieved counts 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache, partial

import ir_measures

from eval.metrics.correctness import has_gold
from eval.metrics.measure import Measure, Verdicts
from eval.records import Row

ROWS = "answerable, with gold abstracts, lists and counts aside"
Ranking = tuple[tuple[str, float], ...]
_MEASURES = {
    "ndcg@10": ir_measures.nDCG @ 10,
    "recall@5": ir_measures.R @ 5,
    "recall@10": ir_measures.R @ 10,
    "recall@20": ir_measures.R @ 20,
    "mrr": ir_measures.RR,
}


def ranked(name: str, row: Row, verdicts: Verdicts) -> float | None:
    """One of the measures by its name: nDCG@10, recall@k, or reciprocal rank ("mrr").

    nDCG is by Järvelin and Kekäläinen (2002), each rank discounted by log2(rank + 1) as trec_eval does; theirs leaves the
    first two ranks alike.
    """
    return measured(row.retrieved, row.gold, row.marginal)[name] if is_ranked(row) else None


def measured(retrieved: Ranking, gold: tuple[str, ...], marginal: tuple[str, ...]) -> Mapping[str, float]:
    """All measures of one ranking of (abstract id, score); of an abstract that occurs in it twice the better rank counts."""
    wanted = frozenset(gold)
    return _of_ranks(tuple(place for place, one in enumerate(ordered(retrieved, gold, marginal)) if one in wanted), len(wanted))


@lru_cache(maxsize=16_384)
def _of_ranks(places: tuple[int, ...], gold: int) -> Mapping[str, float]:
    """The measures where so many are gold and some of them stand at these places, from 0: they hang on nothing else, and few rankings
    differ in that."""
    run = [ir_measures.ScoredDoc("q", str(place), float(-place)) for place in range(max(places, default=0) + 1)]
    missed = (f"missed {number}" for number in range(gold - len(places)))
    qrels = [ir_measures.Qrel("q", one, 1) for one in (*map(str, places), *missed)]
    found = ir_measures.calc_aggregate(list(_MEASURES.values()), qrels, run)
    return {name: float(found[measure]) for name, measure in _MEASURES.items()}


def ordered(retrieved: Ranking, gold: tuple[str, ...], marginal: tuple[str, ...]) -> list[str]:
    """The abstracts of a ranking, the best first, each once, without the marginal ones."""
    best = sorted(retrieved, key=lambda one: (-one[1], one[0]))
    return list(dict.fromkeys(one for one, _ in best if one in gold or one not in marginal))


def is_ranked(row: Row) -> bool:
    """True where ranking is how the answer is found: lists and counts come from the catalogue."""
    return has_gold(row) and row.members is None and row.tells_retrieval


MEASURES = tuple(
    Measure(name, about, ROWS, partial(ranked, name), is_ranked, source=source)
    for name, about, source in (
        ("ndcg@10", "gold abstracts at the top of the ranking", "Järvelin and Kekäläinen 2002"),
        ("recall@5", "gold abstracts among the first 5", ""),
        ("recall@10", "gold abstracts among the first 10", ""),
        ("recall@20", "gold abstracts among the first 20", ""),
        ("mrr", "1 / rank of the first gold abstract", "reciprocal rank (Voorhees 1999)"),
    )
)
