"""What the words mean that the embedding has no token for: the company they keep in the corpus.

A name such as "wav2vec" or "TNFRSF1A" falls into pieces that mean nothing together. The abstracts that have it, by contrast,
are about something; the mean of their vectors is the direction of the word in this corpus (Firth's company of a word; cf.
random indexing, Sahlgren 2005, where a word is the sum of its contexts).
"""

from __future__ import annotations

import numpy as np

from rag.embed import Vectors, dot, load_wordllama, unit
from rag.generations import Generation
from rag.words import STOP_WORDS, idf, stem, words

_LEAST = 1000  # abstracts from which on a corpus can tell: in a small one, ten abstracts with a word are about anything
_READ = 10  # passages a word; 20 and 50 do no better
_PIECES = 3  # pieces beyond the first from which on a word counts fully


def context(generation: Generation, question: str) -> Vectors:
    """The direction of the question's broken words, of length 1; zeros where there are none, or the corpus is small. Shape (dimensions,).

    The mean of the corpus is taken off: `nearness` of a passage that is about nothing in particular is about 0.
    """
    weights = _broken(question) if generation.manifest.abstracts >= _LEAST else {}
    found = {word: [one for one, _ in generation.search_lexical(word, _READ)] for word in weights}
    ids = list(dict.fromkeys(one for passages in found.values() for one in passages))
    mean = generation.mean_vector()
    if not ids:
        return np.zeros_like(mean)
    rows = unit(generation.vectors(ids) - mean)
    row = {one: rows[index] for index, one in enumerate(ids)}
    parts = [weights[word] * np.mean([row[one] for one in passages], axis=0) for word, passages in found.items() if passages]
    return unit(np.sum(parts, axis=0, dtype=np.float32))


def nearness(direction: Vectors, vectors: Vectors, mean: Vectors) -> Vectors:
    """The cosine of each passage's vector, the mean taken off, with a direction; never below 0. Shape (len(vectors),)."""
    return np.maximum(dot(unit(vectors - mean), direction), 0)


def _broken(question: str) -> dict[str, float]:
    """The question's words that fall into several tokens, each once by stem: idf, less for a word of few pieces."""
    distinct = {stem(word): word for word in reversed(words(question)) if word not in STOP_WORDS}
    pieces = {
        word: len(tokens) - 1 for word, tokens in zip(distinct.values(), load_wordllama().tokens(list(distinct.values())), strict=True)
    }
    return {word: idf(name) * min(pieces[word], _PIECES) / _PIECES for name, word in distinct.items() if pieces[word]}
