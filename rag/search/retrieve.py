"""Which abstracts bear on a question: lexical and dense candidates united and re-ranked; those of the turns before are boosted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rag.embedding import Embedder, LongText, WordLlama, dot
from rag.index import Generation
from rag.model import NO_FILTERS, Abstract, Filters, Hit, NotFoundError, Passage, meets_filters
from rag.search.rerank import rerank_features

# Which abstracts bear on a question: lexical and dense candidates united, fused, the best read again sentence by sentence. The weights
# are the best found on the SciFact training claims and the CACM queries together (`python -m benchmarks.retrieval` prints what each part
# brings). The later parts (HEADED, OTHER_DENSE, acronyms) were also watched on the development questions, and were kept for what they
# bring on average over a dozen settings of the other weights.

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
class Candidate:
    """An abstract that may bear on the question, its hit, its text made ready for comparing, and its score without the part of the
    index's embedding, between 0 and 1."""

    hit: Hit
    abstract: Abstract
    long: LongText
    read: float = 0.0


def retrieve_hits(
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


def find_candidates(
    generation: Generation, embedder: Embedder, question: str, limit: int, filters: Filters = NO_FILTERS
) -> list[Candidate]:
    """Like `retrieve_hits`, for answering: with the abstracts, at most RERANKED of them."""
    return rerank(generation, embedder, question, _fuse(generation, embedder, question, CANDIDATES, filters)[:RERANKED])[:limit]


def rerank(generation: Generation, embedder: Embedder, question: str, hits: Sequence[Hit]) -> list[Candidate]:
    """Read the hits' abstracts and add to each score how near their words, title and best sentence come to the question's."""
    abstracts = generation.abstracts([hit.abstract_id for hit in hits])
    kept = [(hit, abstracts[hit.abstract_id]) for hit in hits if hit.abstract_id in abstracts]
    near = rerank_features(question, [one.text for _, one in kept], [one.title or "" for _, one in kept], ACRONYMS)
    found = []
    for (hit, abstract), read in zip(kept, near, strict=True):
        extra = WORDS * read.words + TITLE * read.title + HEADED * read.headed + SENTENCE * read.sentence
        united = round(min(1.0, (hit.fused + extra) / _all(embedder)), 6)
        described = replace(hit, fused=united, external_ids=abstract.external_ids, title=abstract.title, label=abstract.label)
        own = (hit.fused - _dense(embedder) * hit.dense + extra) / (_all(embedder) - _dense(embedder))
        found.append(Candidate(described, abstract, read.long, own))
    return sorted(found, key=lambda one: (-one.hit.fused, one.abstract.id))


def score_passages(
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
    hits = score_passages(generation, embedder, question, list(passages.values()), lexical, max(lexical.values(), default=0.0))
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


# Abstracts that a follow-up question is about, put among those that retrieval found for it.

BONUS = 0.15  # of retrieval score
_DATES = ("year", "first_day", "last_day")


def boost_context(
    generation: Generation, embedder: Embedder, question: str, found: Sequence[Candidate], cited: Sequence[str], filters: Filters
) -> list[Candidate]:
    """`found` with the carried abstracts added where they are missing and each of them lifted by BONUS; best first.

    One that is no longer there, or that the filters leave out, is not carried.
    """
    if not cited:
        return list(found)
    wanted = _known(generation, cited)
    there = {one.abstract.id for one in found}
    abstracts = generation.abstracts([one for one in wanted if one not in there])
    missing = [one for one in abstracts.values() if meets_filters(filters, one)]
    best = max((one.hit.lexical for one in found), default=0.0)
    more = rerank(generation, embedder, question, _hits(generation, embedder, question, missing, best))
    lifted = [
        replace(one, hit=replace(one.hit, fused=one.hit.fused + BONUS)) if one.abstract.id in wanted else one for one in (*found, *more)
    ]
    return sorted(lifted, key=lambda one: (-one.hit.fused, one.abstract.id))


def merge_filters(given: Filters | None, read: Filters, year: object) -> Filters:
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
    return score_passages(generation, embedder, question, first, lexical, max([best, *lexical.values()]))
