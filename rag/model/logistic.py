"""Logistic regressions whose weights are data of the package."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class LogisticModel:
    """A logistic regression: for each feature its mean and its weight in the log odds. A feature that a case lacks adds nothing."""

    constant: float
    weights: Mapping[str, tuple[float, float]]

    def chance(self, features: Mapping[str, float]) -> float:
        """The probability that the model gives for these features, between 0 and 1."""
        odds = self.constant + sum(weight * (features[name] - mean) for name, (mean, weight) in self.weights.items() if name in features)
        return 1 / (1 + math.exp(-odds))


@lru_cache(maxsize=8)
def read_models(package: str, name: str) -> Mapping[str, LogisticModel]:
    """The models of a JSON file in the folder `data` of a package, by name: `{"constant": c, "weights": {feature: [mean, weight]}}`."""
    data = json.loads(resources.files(package).joinpath("data", name).read_text(encoding="utf-8"))
    return {
        key: LogisticModel(one["constant"], {feature: tuple(pair) for feature, pair in one["weights"].items()}) for key, one in data.items()
    }
