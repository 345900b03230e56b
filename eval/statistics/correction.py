"""What a share would be if the judge made no errors: an estimate with an interval that holds the judge's uncertainty too.

Without people: Rogan and Gladen 1978, p = (apparent + specificity - 1) / (sensitivity + specificity - 1). With people who labelled a
sample of the same run: prediction-powered inference (Angelopoulos et al. 2023), the judge's mean plus the mean of what people said
minus what it said, weighted as in PPI++ (Angelopoulos et al. 2024).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from eval.statistics.exact import Array

DRAWS = 4_000
_PRIOR = 0.5  # Jeffreys' prior of a rate: Beta(0.5, 0.5)
_LEAST_SKILL = 0.05  # of sensitivity + specificity - 1: below it a correction would be noise
LEAST_LABELS = 20  # people's verdicts on a run that prediction-powered inference needs

Method = Literal["Rogan-Gladen", "prediction-powered", ""]


@dataclass(frozen=True, slots=True)
class Rates:
    """What a judge did with claims of which it is known whether they are supported: `accepted` of `supported` right ones, `caught` of
    `unsupported` wrong ones."""

    accepted: int
    supported: int
    caught: int
    unsupported: int

    @property
    def sensitivity(self) -> float | None:
        """The share of right claims that it accepts; None without any."""
        return self.accepted / self.supported if self.supported else None

    @property
    def specificity(self) -> float | None:
        """The share of wrong claims that it catches; None without any."""
        return self.caught / self.unsupported if self.unsupported else None

    @property
    def skill(self) -> float | None:
        """Sensitivity + specificity - 1 (Youden's J): 0 for a judge that does not look; None where either is not known."""
        if self.sensitivity is None or self.specificity is None:
            return None
        return self.sensitivity + self.specificity - 1

    def __add__(self, other: Rates) -> Rates:
        return Rates(
            self.accepted + other.accepted,
            self.supported + other.supported,
            self.caught + other.caught,
            self.unsupported + other.unsupported,
        )


@dataclass(frozen=True, slots=True)
class Corrected:
    """A corrected share with its 95 % interval. Where there is none, `value` is None and `why` says what is missing."""

    value: float | None
    low: float | None
    high: float | None
    method: Method
    why: str = ""


def corrected_share(parts: Array, rates: Rates, *, seed: int = 0) -> Corrected:
    """The share of claims that hold, a mean over questions, of a judge with these rates.

    `parts` has a row a question, shape (n, 3): the shares of its claims that are certain (verbatim), that were judged and accepted, and
    that were judged. The interval weighs the questions by the Bayesian bootstrap (Rubin 1981) and draws both rates from their posteriors,
    `DRAWS` times.
    """
    if not len(parts):
        return Corrected(None, None, None, "", "No claim was judged.")
    if not parts[:, 2].any():
        return Corrected(None, None, None, "", "All claims are verbatim: no judge was needed.")
    skill = rates.skill
    if skill is None:
        return Corrected(None, None, None, "", "How often the judge is right is not known. Measure it with: python -m eval validate-judge")
    if skill < _LEAST_SKILL:
        return Corrected(None, None, None, "", "The judge hardly tells right claims from wrong ones: nothing can be corrected.")
    chance = np.random.default_rng(seed)
    questions = _with_prior(parts)
    weights = chance.dirichlet(np.r_[np.ones(len(parts)), _PRIOR, _PRIOR], DRAWS)
    sensitivity = chance.beta(rates.accepted + _PRIOR, rates.supported - rates.accepted + _PRIOR, DRAWS)
    specificity = chance.beta(rates.caught + _PRIOR, rates.unsupported - rates.caught + _PRIOR, DRAWS)
    drawn = _true_shares(weights @ questions, sensitivity, specificity)
    low, high = np.quantile(drawn, (0.025, 0.975))
    means = parts.mean(axis=0)[np.newaxis]
    assert rates.sensitivity is not None
    assert rates.specificity is not None
    value = float(_true_shares(means, np.array([rates.sensitivity]), np.array([rates.specificity]))[0])
    return Corrected(value, min(float(low), value), min(1.0, max(float(high), value)), "Rogan-Gladen")


def _with_prior(parts: Array) -> Array:
    """The questions and, for the prior, two more of which the judge accepted all and nothing, made up as those that were judged are.

    Without them, a judge that accepted everything would be taken for one that always will.
    """
    certain, _, judged = parts[parts[:, 2] > 0].mean(axis=0)
    return np.vstack([parts, [certain, judged, judged], [certain, 0.0, judged]])


def _true_shares(means: Array, sensitivity: NDArray[np.float64], specificity: NDArray[np.float64]) -> Array:
    """The corrected share of each draw: what is certain, and of what was judged the part that Rogan and Gladen's formula gives."""
    certain, accepted, judged = means.T
    skill = np.maximum(sensitivity + specificity - 1, 1e-6)
    held = (accepted - judged * (1 - specificity)) / skill
    return np.asarray(certain + np.clip(held, 0.0, judged))


def prediction_powered(judged: NDArray[np.float64], labels: NDArray[np.float64], *, seed: int = 0) -> Corrected:
    """The share of claims that hold, from what a judge says of all and people of some.

    `judged` holds 0 or 1 for each claim, shape (n,); `labels` people's share of "supported" for the same claims, not-a-number where
    nobody labelled one. Labelled claims must be drawn at random from all. The interval is by the bootstrap, over labelled and other
    claims apart.
    """
    known = ~np.isnan(labels)
    if known.sum() < LEAST_LABELS:
        return Corrected(None, None, None, "", f"People labelled {int(known.sum())} claims; {LEAST_LABELS} are needed.")
    value = float(_powered(judged[known], labels[known], judged)) if known.any() else 0.0
    chance = np.random.default_rng(seed)
    places, drawn = np.flatnonzero(known), np.empty(DRAWS)
    for one in range(DRAWS):
        some = chance.choice(places, len(places))
        drawn[one] = _powered(judged[some], labels[some], judged[chance.integers(0, len(judged), len(judged))])
    low, high = np.clip(np.quantile(drawn, (0.025, 0.975)), 0.0, 1.0)
    value = min(1.0, max(0.0, value))
    return Corrected(value, min(float(low), value), max(float(high), value), "prediction-powered")


def _powered(judged: NDArray[np.float64], labels: NDArray[np.float64], everything: NDArray[np.float64]) -> float:
    """PPI++: mean label + weight * (the judge's mean over all - over the labelled), the weight that makes the variance least."""
    n, whole = len(labels), len(everything)
    variance = judged.var()
    weight = 0.0 if variance == 0 else float(np.clip(np.cov(judged, labels, bias=True)[0, 1] / ((1 + n / whole) * variance), 0.0, 1.0))
    return float(labels.mean() + weight * (everything.mean() - judged.mean()))
