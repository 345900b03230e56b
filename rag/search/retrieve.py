"""Which abstracts bear on a question: lexical and dense candidates united and re-ranked; those of the turns before are boosted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rag.embedding import Embedder, Floats, LongText, Vectors, WordLlama, dot, encode_in_context, meanings, read_short
from rag.index import Generation
from rag.model import NO_FILTERS, Abstract, Filters, Hit, NotFoundError, Passage, meets_filters
from rag.search.rerank import rerank_features

# Which abstracts bear on a question: lexical and dense candidates united, the best read again, all parts added up.

CANDIDATES = 100  # of each kind; more brings nothing on any collection
RERANKED = 50  # abstracts that are read again; 100 are no better
ENCODED = 4  # of these, that the encoder reads at question time where the index was made with word vectors


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a score, or how much each of them counts.

    `lexical`: BM25 as a share of what the question's words weigh together, so that a question in other words than the abstracts' is not
    decided by the one word that it shares with some. `dense`: cosine of the passage. `words`: mean nearness of each word to the
    abstract with its title. `static`: cosine of the best sentence by word vectors. `sentence`: by the encoder's.
    """

    lexical: float
    dense: float
    words: float
    static: float
    sentence: float

    @property
    def all(self) -> float:
        """Their sum."""
        return self.lexical + self.dense + self.words + self.static + self.sentence

    def score(self, weights: Parts) -> float:
        """The weighted mean, about 1 at most."""
        counted = weights.lexical * self.lexical + weights.dense * self.dense + weights.words * self.words
        return (counted + weights.static * self.static + weights.sentence * self.sentence) / weights.all


NOTHING = Parts(0.0, 0.0, 0.0, 0.0, 0.0)

# Cross-validated on the SciFact claims, the CACM queries and the development questions together (`python -m benchmarks.fit_retrieval`).
ENCODER = Parts(lexical=0.5, dense=0.7, words=0.4, static=0.3, sentence=0.7)
STATIC = Parts(lexical=0.5, dense=0.5, words=0.5, static=0.3, sentence=0.0)


@dataclass(frozen=True, eq=False)
class Candidate:
    """An abstract that may bear on the question, its hit, its text made ready for comparing, and the parts of its score."""

    hit: Hit
    abstract: Abstract
    long: LongText
    parts: Parts = NOTHING


def retrieve_hits(
    generation: Generation, embedder: Embedder, question: str, limit: int, filters: Filters = NO_FILTERS, *, candidates: int = CANDIDATES
) -> list[Hit]:
    """The abstracts that bear best on a question, one hit each (its best passage), best first, ties by id; at most `limit`."""
    first = _first(generation, embedder, question, max(candidates, 2 * limit), filters)
    found = rerank(generation, embedder, question, first[:RERANKED])
    floor = found[-1].hit.fused if found else 1.0
    tail = [replace(hit, fused=round(max(0.0, min(hit.fused, floor)), 6)) for hit in first[RERANKED:]]
    hits = [one.hit for one in found] + _described(generation, tail[: max(0, limit - len(found))])
    return hits[:limit]


def find_candidates(
    generation: Generation, embedder: Embedder, question: str, limit: int, filters: Filters = NO_FILTERS
) -> list[Candidate]:
    """Like `retrieve_hits`, for answering: with the abstracts, at most RERANKED of them."""
    return rerank(generation, embedder, question, _first(generation, embedder, question, CANDIDATES, filters)[:RERANKED])[:limit]


def find_union(
    generation: Generation, embedder: Embedder, questions: Sequence[str], limit: int, filters: Filters = NO_FILTERS
) -> list[Candidate]:
    """The candidates of several searches, each abstract once with the best of its scores, best first."""
    best: dict[str, Candidate] = {}
    for one in (one for question in questions for one in find_candidates(generation, embedder, question, limit, filters)):
        if one.abstract.id not in best or best[one.abstract.id].hit.fused < one.hit.fused:
            best[one.abstract.id] = one
    return sorted(best.values(), key=_order)[:limit]


def rerank(generation: Generation, embedder: Embedder, question: str, hits: Sequence[Hit]) -> list[Candidate]:
    """Read the hits' abstracts, and add to each score how near their words and best sentence come to the question's."""
    abstracts = generation.abstracts([hit.abstract_id for hit in hits])
    kept = [(hit, abstracts[hit.abstract_id]) for hit in hits if hit.abstract_id in abstracts]
    near = rerank_features(question, [one.text for _, one in kept], [one.title or "" for _, one in kept])
    mass, weights = _mass(question), _weights(embedder)
    stored = generation.sentence_vectors([one.id for _, one in kept])
    vector = _vector(embedder.embed, question)
    found = []
    for (hit, abstract), read in zip(kept, near, strict=True):
        encoded = stored.get(abstract.id)
        nearest = 0.0 if encoded is None or not len(encoded) else max(0.0, float(dot(encoded, vector).max()))
        parts = Parts(hit.lexical / mass, hit.dense, read.words, read.sentence, nearest)
        fused = round(parts.score(weights), 6)
        described = replace(hit, fused=fused, external_ids=abstract.external_ids, title=abstract.title, label=abstract.label)
        found.append(Candidate(described, abstract, replace(read.long, encoded=encoded), parts))
    found.sort(key=_order)
    return _encoded(embedder, question, found)


def _order(one: Candidate) -> tuple[float, str]:
    return -one.hit.fused, one.abstract.id


def _encoded(embedder: Embedder, question: str, found: list[Candidate]) -> list[Candidate]:
    """The candidates with the best of them in the order that the encoder gives, where the index was made without it.

    What it reads of an abstract is kept with it: its sentences are looked at again for what answers.
    """
    first = found[:ENCODED]
    if not (isinstance(embedder, WordLlama) and embedder.reread and first):
        return found
    read = encode_in_context([one.long for one in first], [one.abstract.title or "" for one in first])
    (asked,) = meanings([question])
    weight = (ENCODER.dense + ENCODER.sentence) / STATIC.all
    scores = [one.hit.fused + weight * float(dot(row, asked)) for one, (row, _) in zip(first, read, strict=True)]
    order = sorted(range(len(first)), key=lambda place: (-scores[place], first[place].abstract.id))
    # Their scores stay those of the place, so that all are of one scale.
    ranked = [
        replace(first[place], hit=replace(first[place].hit, fused=at.hit.fused), long=replace(first[place].long, encoded=read[place][1]))
        for place, at in zip(order, first, strict=True)
    ]
    return ranked + found[ENCODED:]


def score_passages(
    generation: Generation, embedder: Embedder, question: str, passages: Sequence[Passage], lexical: Mapping[str, float]
) -> list[Hit]:
    """Passages with their first scores united in one, `fused`: BM25 and cosine."""
    if not passages:
        return []
    mass, weights = _mass(question), _weights(embedder)
    cosines: Floats = dot(generation.vectors([one.id for one in passages]), _vector(embedder.embed, question))
    hits = []
    for one, cosine in zip(passages, cosines, strict=True):
        found, near = round(lexical[one.id], 6), round(float(cosine), 6)
        hits.append(Hit(one, found, near, replace(NOTHING, lexical=found / mass, dense=near).score(weights)))
    return hits


@lru_cache(maxsize=256)
def _vector(embed: Callable[[Sequence[str]], Vectors], question: str) -> Vectors:
    row: Vectors = embed([question])[0]
    return row


def _mass(question: str) -> float:
    """What the words of a question weigh together."""
    return float(read_short(question).idf.sum()) or 1.0


def _first(generation: Generation, embedder: Embedder, question: str, count: int, filters: Filters) -> list[Hit]:
    """The best passage of each candidate abstract by the first scores, best first."""
    vector = _vector(embedder.embed, question)
    dense = generation.search_dense(vector, count, filters) if vector.any() else []
    lexical = dict(generation.search_lexical(question, count, filters))
    # One that was removed since is no candidate.
    passages = generation.passages(list(dict.fromkeys([*lexical, *(passage_id for passage_id, _ in dense)])))
    lexical.update(generation.lexical_scores(question, [one for one in passages if one not in lexical]))
    hits = score_passages(generation, embedder, question, list(passages.values()), lexical)
    hits.sort(key=lambda hit: (-hit.fused, hit.passage.id))
    return list({hit.abstract_id: hit for hit in reversed(hits)}.values())[::-1]


def _weights(embedder: Embedder) -> Parts:
    """Those of the static word vectors; any other embedding is taken for a sentence encoder."""
    return STATIC if isinstance(embedder, WordLlama) else ENCODER


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
    more = rerank(generation, embedder, question, _hits(generation, embedder, question, missing))
    lifted = [
        replace(one, hit=replace(one.hit, fused=one.hit.fused + BONUS)) if one.abstract.id in wanted else one for one in (*found, *more)
    ]
    return sorted(lifted, key=_order)


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


def _hits(generation: Generation, embedder: Embedder, question: str, abstracts: Sequence[Abstract]) -> list[Hit]:
    """The first passage of each abstract, scored as a candidate that neither index gave."""
    first = [passages[0] for passages in generation.passages_of([one.id for one in abstracts]).values()]
    lexical = generation.lexical_scores(question, [passage.id for passage in first])
    return score_passages(generation, embedder, question, first, lexical)
