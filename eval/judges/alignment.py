"""Which words of a source a claim's words answer to: by contextual state, by stem, and by an edit script over the likeliest sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np
from numpy.typing import NDArray

from eval.judges.reading import Array, Mask, Read
from rag.embedding import Vectors

_SAME = 0.25  # added to the cosine of two words of one stem
_USED = 0.5  # the cosine from which a counterpart counts as used
_SENTENCES = 6  # of a source that are held against a claim


@dataclass(frozen=True, slots=True, eq=False)
class Aligned:
    """A claim's n words against m words of the source: cosines and equal stems of shape (n, m), the place of each one's counterpart,
    and how near that is. `around` are all stems of the abstracts and titles; `edits` are (how, claim from, to, source from, to) over
    the words of the sentence that says most of the claim."""

    claim: Read
    source: Read
    cosines: Vectors
    same: Mask
    best: Array
    counterpart: NDArray[np.int64]
    around: frozenset[str]
    sentence: Read
    edits: Sequence[tuple[str, int, int, int, int]]

    @property
    def found(self) -> Mask:
        """Which of the claim's words the source has, by stem. Shape (n,)."""
        return np.asarray(self.same.any(axis=1))

    @property
    def used(self) -> Mask:
        """Which of the source's words are the counterpart of one of the claim's. Shape (m,)."""
        used = np.zeros(len(self.source.words), dtype=np.bool_)
        used[self.counterpart[self.claim.content & (self.best > _USED)]] = True
        return used


def align(claim: Read, source: Read, around: frozenset[str]) -> Aligned:
    """Align; neither text is empty."""
    source = source.part(_likeliest(claim, source))
    cosines = claim.states @ source.states.T
    same = np.array(claim.stems)[:, None] == np.array(source.stems)[None, :]
    joined = cosines + _SAME * same
    counterpart = joined.argmax(axis=1)
    best = np.asarray(cosines[np.arange(len(claim.words)), counterpart], dtype=float)
    sentence = _said_most(claim, source, joined)
    edits = SequenceMatcher(None, claim.stems, sentence.stems, autojunk=False).get_opcodes()
    return Aligned(claim, source, cosines, same, best, counterpart.astype(np.int64), around, sentence, edits)


def _likeliest(claim: Read, source: Read) -> Mask:
    """The sentences that are nearest to the claim, all where they are few."""
    numbers = np.unique(source.sentence)
    if len(numbers) <= _SENTENCES:
        return np.ones(len(source.words), dtype=np.bool_)
    near = claim.states[claim.content] @ source.states.T if claim.content.any() else claim.states @ source.states.T
    shared = np.isin(np.array(source.stems), np.array(claim.stems)[claim.content])
    scores = [float(near[:, source.sentence == one].max(axis=1).mean() + 0.05 * shared[source.sentence == one].sum()) for one in numbers]
    kept = numbers[np.argsort(scores, kind="stable")[-_SENTENCES:]]
    return np.isin(source.sentence, kept)


def _said_most(claim: Read, source: Read, joined: Vectors) -> Read:
    weights = np.where(claim.content, claim.idf, 0.1)
    numbers = np.unique(source.sentence)
    scores = [float(joined[:, source.sentence == one].max(axis=1) @ weights) for one in numbers]
    return source.part(source.sentence == numbers[int(np.argmax(scores))])
