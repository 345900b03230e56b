"""Which abstracts bear on a question: lexical and dense candidates united, fused, the best read again sentence by sentence.

The weights are the best found on the SciFact training claims and the CACM queries together (`python -m benchmarks.retrieval`
prints what each part brings), so they are fitted to no question about the shipped corpus.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rag.compare import Floats, Long, Short, matches, read_long, read_short, weighted
from rag.embed import Embedder, dot
from rag.filters import NO_FILTERS, Filters
from rag.generations import Generation
from rag.records import Abstract, Hit, Passage

CANDIDATES = 100  # of each kind; more brings nothing on either collection
RERANKED = 50  # abstracts that are read again

LEXICAL, DENSE = 0.3, 0.5  # BM25 over the best BM25, and cosine
WORDS = 0.5  # mean nearness of each word to the abstract with its title
TITLE = 0.2  # the same to the title alone, to the whole where there is none
SENTENCE = 0.3  # cosine with the best sentence
WEIGHTS = LEXICAL + DENSE + WORDS + TITLE + SENTENCE


@dataclass(frozen=True, eq=False)
class Found:
    """An abstract that may bear on the question, its hit, and its text made ready for comparing."""

    hit: Hit
    abstract: Abstract
    long: Long


def retrieve(
    generation: Generation, embedder: Embedder, question: str, limit: int, filters: Filters = NO_FILTERS, *, candidates: int = CANDIDATES
) -> list[Hit]:
    """The abstracts that bear best on a question, one hit each (its best passage), best first, ties by id; at most `limit`."""
    first = _fuse(generation, embedder, question, max(candidates, 2 * limit), filters)
    found = rerank(generation, question, first[:RERANKED])
    rest = first[RERANKED:]
    floor = found[-1].hit.fused if found else 1.0
    tail = [replace(hit, fused=round(max(0.0, min(hit.fused / WEIGHTS, floor)), 6)) for hit in rest]
    hits = [one.hit for one in found] + _described(generation, tail[: max(0, limit - len(found))])
    return hits[:limit]


def find(generation: Generation, embedder: Embedder, question: str, limit: int, filters: Filters = NO_FILTERS) -> list[Found]:
    """Like `retrieve`, for answering: with the abstracts, at most RERANKED of them."""
    return rerank(generation, question, _fuse(generation, embedder, question, CANDIDATES, filters)[:RERANKED])[:limit]


def rerank(generation: Generation, question: str, hits: Sequence[Hit]) -> list[Found]:
    """Read the hits' abstracts and add to each score how near their words, title and best sentence come to the question's."""
    abstracts = generation.abstracts([hit.abstract_id for hit in hits])
    kept = [hit for hit in hits if hit.abstract_id in abstracts]
    texts = [abstracts[hit.abstract_id].text for hit in kept]
    titles = [abstracts[hit.abstract_id].title or "" for hit in kept]
    short = read_short(question)
    longs, title_longs = read_long(texts), read_long(titles)
    near = [matches(short, long).max(axis=0, initial=0.0) for long in longs]
    near_title = [matches(short, title).max(axis=0, initial=0.0) for title in title_longs]
    whole = [np.maximum(in_text, in_title) for in_text, in_title in zip(near, near_title, strict=True)]
    telling = _telling(short, whole)
    found = []
    for index, (hit, long) in enumerate(zip(kept, longs, strict=True)):
        abstract = abstracts[hit.abstract_id]
        of_title = near_title[index] if title_longs[index].spans else whole[index]
        extra = (
            WORDS * float(weighted(whole[index], telling))
            + TITLE * float(weighted(of_title, short.idf))
            + SENTENCE * max(0.0, float(dot(long.vectors, short.vector).max(initial=0.0)))
        )
        score = round((hit.fused + extra) / WEIGHTS, 6)
        described = replace(hit, fused=score, external_ids=abstract.external_ids, title=abstract.title, label=abstract.label)
        found.append(Found(described, abstract, long))
    return sorted(found, key=lambda one: (-one.hit.fused, one.abstract.id))


def _telling(short: Short, near: Sequence[Floats]) -> Floats:
    """How much each word of the question tells the candidates apart: its idf, less where most of them come near to it."""
    if not near:
        return short.idf
    count = len(near)
    met = np.sum(near, axis=0, dtype=np.float32)
    return np.asarray(short.idf * np.log((count + 1) / (met + 0.5)) / np.log(count + 1), dtype=np.float32)


def _fuse(generation: Generation, embedder: Embedder, question: str, count: int, filters: Filters) -> list[Hit]:
    """The best passage of each candidate abstract by the two first scores, best first."""
    vector = embedder.embed([question])[0]
    dense = generation.search_dense(vector, count, filters) if vector.any() else []
    lexical = dict(generation.search_lexical(question, count, filters))
    ids = list(dict.fromkeys([*lexical, *(passage_id for passage_id, _ in dense)]))
    passages = generation.passages(ids)
    ids = [one for one in ids if one in passages]  # one that was removed since is no candidate
    if not ids:
        return []
    lexical.update(generation.lexical_scores(question, [one for one in ids if one not in lexical]))
    cosines = dot(generation.vectors(ids), vector)
    best = max(lexical.values(), default=0.0) or 1.0
    hits = [fused(passages[one], lexical[one], float(cosine), best) for one, cosine in zip(ids, cosines, strict=True)]
    hits.sort(key=lambda hit: (-hit.fused, hit.passage.id))
    return list({hit.abstract_id: hit for hit in reversed(hits)}.values())[::-1]


def fused(passage: Passage, lexical: float, dense: float, best: float) -> Hit:
    """A passage with its BM25, of which `best` is the highest, and its cosine, united in one score."""
    return Hit(passage, round(lexical, 6), round(dense, 6), LEXICAL * lexical / (best or 1.0) + DENSE * dense)


def _described(generation: Generation, hits: Sequence[Hit]) -> list[Hit]:
    abstracts = generation.abstracts([hit.abstract_id for hit in hits])
    known = [(hit, abstracts[hit.abstract_id]) for hit in hits if hit.abstract_id in abstracts]
    return [replace(hit, external_ids=one.external_ids, title=one.title, label=one.label) for hit, one in known]
