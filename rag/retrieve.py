"""Which abstracts bear on a question: lexical and dense candidates united, fused, the best read again sentence by sentence.

The weights are the best found on the SciFact training claims and the CACM queries together (`python -m benchmarks.retrieval`
prints what each part brings). The later parts (HEADED, OTHER_DENSE, acronyms) were also watched on the development
questions, and were kept for what they bring on average over a dozen settings of the other weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rag.compare import Long
from rag.embed import Embedder, WordLlama, dot
from rag.filters import NO_FILTERS, Filters
from rag.generations import Generation
from rag.records import Abstract, Hit, Passage
from rag.rereading import reread

CANDIDATES = 100  # of each kind; more brings nothing on either collection
RERANKED = 50  # abstracts that are read again; 100 are no better

LEXICAL = 0.3  # BM25 over the best BM25
DENSE = 0.5  # cosine
WORDS = 0.5  # mean nearness of each word to the abstract with its title
TITLE, HEADED = 0.1, 0.15  # the same to the title alone, to the whole where there is none; of the title's words to the question
SENTENCE = 0.3  # cosine with the best sentence
ACRONYMS = 1.0  # how much of a word's nearness an acronym's long form gives it, and the other way round

# The default embedding's cosine says again what its word and sentence vectors say when abstracts are read again; another
# embedding's says something of its own, and counts twice as much.
OTHER_DENSE = 2 * DENSE


@dataclass(frozen=True, eq=False)
class Found:
    """An abstract that may bear on the question, its hit, its text made ready for comparing, and its score without the part of the
    index's embedding, between 0 and 1."""

    hit: Hit
    abstract: Abstract
    long: Long
    read: float = 0.0


def retrieve(
    generation: Generation, embedder: Embedder, question: str, limit: int, filters: Filters = NO_FILTERS, *, candidates: int = CANDIDATES
) -> list[Hit]:
    """The abstracts that bear best on a question, one hit each (its best passage), best first, ties by id; at most `limit`."""
    first = _fuse(generation, embedder, question, max(candidates, 2 * limit), filters)
    found = rerank(generation, embedder, question, first[:RERANKED])
    rest = first[RERANKED:]
    floor = found[-1].hit.fused if found else 1.0
    tail = [replace(hit, fused=round(max(0.0, min(hit.fused / _all(embedder), floor)), 6)) for hit in rest]
    hits = [one.hit for one in found] + _described(generation, tail[: max(0, limit - len(found))])
    return hits[:limit]


def find(generation: Generation, embedder: Embedder, question: str, limit: int, filters: Filters = NO_FILTERS) -> list[Found]:
    """Like `retrieve`, for answering: with the abstracts, at most RERANKED of them."""
    return rerank(generation, embedder, question, _fuse(generation, embedder, question, CANDIDATES, filters)[:RERANKED])[:limit]


def rerank(generation: Generation, embedder: Embedder, question: str, hits: Sequence[Hit]) -> list[Found]:
    """Read the hits' abstracts and add to each score how near their words, title and best sentence come to the question's."""
    abstracts = generation.abstracts([hit.abstract_id for hit in hits])
    kept = [(hit, abstracts[hit.abstract_id]) for hit in hits if hit.abstract_id in abstracts]
    near = reread(question, [one.text for _, one in kept], [one.title or "" for _, one in kept], ACRONYMS)
    found = []
    for (hit, abstract), read in zip(kept, near, strict=True):
        extra = WORDS * read.words + TITLE * read.title + HEADED * read.headed + SENTENCE * read.sentence
        united = round(min(1.0, (hit.fused + extra) / _all(embedder)), 6)
        described = replace(hit, fused=united, external_ids=abstract.external_ids, title=abstract.title, label=abstract.label)
        own = (hit.fused - _dense(embedder) * hit.dense + extra) / (_all(embedder) - _dense(embedder))
        found.append(Found(described, abstract, read.long, own))
    return sorted(found, key=lambda one: (-one.hit.fused, one.abstract.id))


def score(
    generation: Generation, embedder: Embedder, question: str, passages: Sequence[Passage], lexical: Mapping[str, float], best: float
) -> list[Hit]:
    """Passages with their first scores united in one, `fused`: BM25, of which `best` is the highest, and cosine."""
    if not passages:
        return []
    cosines = dot(generation.vectors([one.id for one in passages]), embedder.embed([question])[0])
    return [
        Hit(
            one,
            round(lexical[one.id], 6),
            round(float(cosine), 6),
            LEXICAL * lexical[one.id] / (best or 1.0) + _dense(embedder) * float(cosine),
        )
        for one, cosine in zip(passages, cosines, strict=True)
    ]


def _fuse(generation: Generation, embedder: Embedder, question: str, count: int, filters: Filters) -> list[Hit]:
    """The best passage of each candidate abstract by the first scores, best first."""
    vector = embedder.embed([question])[0]
    dense = generation.search_dense(vector, count, filters) if vector.any() else []
    lexical = dict(generation.search_lexical(question, count, filters))
    # One that was removed since is no candidate.
    passages = generation.passages(list(dict.fromkeys([*lexical, *(passage_id for passage_id, _ in dense)])))
    lexical.update(generation.lexical_scores(question, [one for one in passages if one not in lexical]))
    hits = score(generation, embedder, question, list(passages.values()), lexical, max(lexical.values(), default=0.0))
    hits.sort(key=lambda hit: (-hit.fused, hit.passage.id))
    return list({hit.abstract_id: hit for hit in reversed(hits)}.values())[::-1]


def _dense(embedder: Embedder) -> float:
    return DENSE if isinstance(embedder, WordLlama) else OTHER_DENSE


def _all(embedder: Embedder) -> float:
    """The sum of all weights, so that scores are 1 at most."""
    return LEXICAL + _dense(embedder) + WORDS + TITLE + HEADED + SENTENCE


def _described(generation: Generation, hits: Sequence[Hit]) -> list[Hit]:
    abstracts = generation.abstracts([hit.abstract_id for hit in hits])
    known = [(hit, abstracts[hit.abstract_id]) for hit in hits if hit.abstract_id in abstracts]
    return [replace(hit, external_ids=one.external_ids, title=one.title, label=one.label) for hit, one in known]
