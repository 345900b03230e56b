"""Boosted regression trees: small, deterministic, read from a data file (Friedman 2001; `python -m benchmarks.fit_judge` makes it)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from math import exp, log
from typing import Any

RATIO, NEAR = "ratio", 0.7  # the feature that tells claims in a source's own words from others, and from where on
UNSAID = "unsaid"  # the feature that counts figures which no source has: no claim with one is supported


@dataclass(frozen=True, slots=True)
class Trees:
    """Trees of one depth over named features, added to a first guess in logits.

    A tree of depth d is a list of 2^d - 1 splits (feature, threshold), the root first, and of 2^d leaves; a value above the threshold
    goes to the right. `cuts` are the probabilities from which on a claim counts as supported: one for claims that a source says nearly
    word for word, one for all others.
    """

    names: tuple[str, ...]
    first: float
    splits: Sequence[Sequence[tuple[int, float]]]
    leaves: Sequence[Sequence[float]]
    cuts: tuple[float, float]

    def probability(self, features: Mapping[str, float]) -> float:
        """That a claim with these features is supported; raises KeyError for a feature that is missing."""
        values = [features[name] for name in self.names]
        logit = self.first
        for splits, leaves in zip(self.splits, self.leaves, strict=True):
            at = 0
            while at < len(splits):
                feature, threshold = splits[at]
                at = 2 * at + (2 if values[feature] > threshold else 1)
            logit += leaves[at - len(splits)]
        return 1 / (1 + exp(-logit))

    def score(self, features: Mapping[str, float]) -> float:
        """The probability, moved so that 0.5 is the cut, a number between 0 and 1; halved for a claim with a figure of its own."""
        cut = self.cuts[0] if features[RATIO] >= NEAR else self.cuts[1]
        moved = 1 / (1 + exp(_logit(cut) - _logit(self.probability(features))))
        return moved / 2 if features[UNSAID] else moved

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        trees = [
            {"splits": [list(one) for one in splits], "leaves": list(leaves)}
            for splits, leaves in zip(self.splits, self.leaves, strict=True)
        ]
        return {"names": list(self.names), "first": self.first, "cuts": list(self.cuts), "trees": trees}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Trees:
        """Back from `to_dict`."""
        splits = [[(feature, threshold) for feature, threshold in one["splits"]] for one in data["trees"]]
        return cls(
            tuple(data["names"]), data["first"], splits, [one["leaves"] for one in data["trees"]], (data["cuts"][0], data["cuts"][1])
        )


def _logit(chance: float) -> float:
    held = min(1 - 1e-6, max(1e-6, chance))
    return log(held / (1 - held))


@lru_cache(maxsize=1)
def load_trees() -> Trees:
    """Those that are shipped."""
    return Trees.from_dict(json.loads(resources.files("eval.judges").joinpath("weights.json").read_text(encoding="utf-8")))
