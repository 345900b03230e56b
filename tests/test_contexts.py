"""What a corpus says of words that the embedding has no token for."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import numpy as np

from rag.contexts import context, nearness
from rag.embed import Vectors
from rag.generations import Generation

MEAN = np.array([1.0, 1.0], dtype=np.float32)
STORED = {"a:0": [3.0, 1.0], "b:0": [1.0, 4.0], "c:0": [1.0, -1.0]}  # less the mean: east, north, south


class Corpus:
    """As many abstracts as it is told, and the passages that hold each word."""

    def __init__(self, abstracts: int, **found: list[str]) -> None:
        self.manifest = SimpleNamespace(abstracts=abstracts)
        self.found, self.asked = found, list[str]()

    def search_lexical(self, text: str, limit: int) -> list[tuple[str, float]]:
        self.asked.append(text)
        return [(one, 1.0) for one in self.found.get(text, [])][:limit]

    def vectors(self, ids: list[str]) -> Vectors:
        return np.array([STORED[one] for one in ids], dtype=np.float32)

    def mean_vector(self) -> Vectors:
        return MEAN


def direction(corpus: Corpus, question: str) -> list[float]:
    return [round(float(one), 4) for one in context(cast(Generation, corpus), question)]


def test_a_broken_word_points_to_the_abstracts_that_have_it() -> None:
    corpus = Corpus(1000, tnfrsf1a=["a:0"])
    assert direction(corpus, "What does TNFRSF1A do in the cell?") == [1.0, 0.0]
    assert corpus.asked == ["tnfrsf1a"]  # "cell" is a token of its own


def test_a_word_in_several_abstracts_points_between_them() -> None:
    half = round(2**-0.5, 4)
    assert direction(Corpus(1000, tnfrsf1a=["a:0", "b:0"]), "TNFRSF1A") == [half, half]


def test_whole_words_unknown_words_and_small_corpora_point_nowhere() -> None:
    assert direction(Corpus(1000, cell=["a:0"]), "cell") == [0.0, 0.0]
    assert direction(Corpus(1000), "TNFRSF1A") == [0.0, 0.0]
    assert direction(Corpus(999, tnfrsf1a=["a:0"]), "TNFRSF1A") == [0.0, 0.0]


def test_nearness_is_a_cosine_without_the_mean_and_never_negative() -> None:
    north = np.array([0.0, 1.0], dtype=np.float32)
    assert nearness(north, np.array(list(STORED.values()), dtype=np.float32), MEAN).tolist() == [0.0, 1.0, 0.0]
