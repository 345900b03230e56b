"""Faithfulness of a run as it would be with a judge that makes no errors, and what is known of the judge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any

import numpy as np

from eval.controls import catch_rates
from eval.judges import measured_error
from eval.metrics import correction_parts, decided, evidence_claims
from eval.records import Control, Label, Row, Verdict
from eval.statistics import LEAST_LABELS, Corrected, Rates, cohen_kappa, corrected_share, krippendorff_alpha, prediction_powered, wilson

Verdicts = Mapping[str, Sequence[Verdict]]
Claim = tuple[str, int]  # the question's id and the claim's place


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far people agree with each other, and with the judge, on `claims` that people labelled.

    `kappa` is Cohen's, of the judge with each person together; `alpha` Krippendorff's, of the people; None where it is undefined.
    """

    people: tuple[str, ...]
    claims: int
    kappa: float | None
    alpha: float | None


@dataclass(frozen=True, slots=True)
class Corrections:
    """`faithfulness` is over all claims, `written` over those that are no cited sentence word for word.

    `caught` are (right, judged) of the planted controls by kind. `rates` are of labelled claims and planted controls together, those that
    are decided without looking (untouched sentences) left out. `agreement` is None where nobody labelled anything.
    """

    faithfulness: Corrected
    written: Corrected
    caught: Mapping[str, tuple[int, int]]
    rates: Rates
    agreement: Agreement | None

    @property
    def catch_rate(self) -> tuple[int, int]:
        """(caught, judged) of all wrong controls."""
        wrong = [pair for kind, pair in self.caught.items() if kind not in RIGHT]
        return sum(right for right, _ in wrong), sum(of for _, of in wrong)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        caught, of = self.catch_rate
        return {
            "faithfulness_cited": asdict(self.faithfulness),
            "faithfulness_written": asdict(self.written),
            "controls": {"caught": _share(caught, of), "by kind": {kind: _share(*pair) for kind, pair in self.caught.items()}},
            "judge": {"sensitivity": self.rates.sensitivity, "specificity": self.rates.specificity, **asdict(self.rates)},
            "people": None if self.agreement is None else asdict(self.agreement),
        }


RIGHT = ("reworded", "untouched")


def corrections(
    rows: Sequence[Row], verdicts: Verdicts, controls: Sequence[Control], labels: Sequence[Label], manifest: Mapping[str, Any]
) -> Corrections:
    """Correct a run's faithfulness by what is known of its judge: labelled claims, planted controls, and people's labels of this run."""
    rates = _known_rates(str(manifest.get("judge"))) + _planted_rates(controls)
    seed = int(manifest.get("seed", 0))
    parts = np.array([one for row in rows if (one := correction_parts(row, verdicts.get(row.question.id, ()))) is not None])
    parts = parts.reshape(-1, 3)
    some = parts[parts[:, 2] > 0]
    written = np.column_stack([np.zeros(len(some)), some[:, 1] / some[:, 2], np.ones(len(some))])
    said = _by_claim(labels)
    by_people = _by_people(rows, verdicts, said, seed)
    found = by_people or corrected_share(written, rates, seed=seed)
    whole = corrected_share(parts, rates, seed=seed) if by_people is None else _with_certain(by_people, parts)
    return Corrections(whole, found, catch_rates(controls), rates, _agreement(rows, verdicts, said))


def _share(right: int, of: int) -> dict[str, Any]:
    low, high = wilson(right, of) if of else (None, None)
    return {"right": right, "of": of, "value": right / of if of else None, "low": low, "high": high}


def _known_rates(judge: str) -> Rates:
    """Of the labelled claims that the judge was measured on; nothing of one that nobody measured."""
    found = measured_error(judge)
    if found is None:
        return Rates(0, 0, 0, 0)
    one = found.overall
    return Rates(one.sensitivity.right, one.sensitivity.of, one.specificity.right, one.specificity.of)


def _planted_rates(controls: Sequence[Control]) -> Rates:
    known = [one for one in controls if one.right is not None and one.kind != "untouched"]
    right, wrong = [one for one in known if one.supported], [one for one in known if not one.supported]
    return Rates(sum(bool(one.right) for one in right), len(right), sum(bool(one.right) for one in wrong), len(wrong))


# What people said.


def _by_claim(labels: Sequence[Label]) -> dict[Claim, dict[str, bool]]:
    """What each person said of each claim, the unsure left out."""
    found: dict[Claim, dict[str, bool]] = {}
    for one in labels:
        if one.supported is not None:
            found.setdefault((one.question_id, one.claim), {})[one.by] = one.supported
    return found


def _decisions(rows: Sequence[Row], verdicts: Verdicts) -> dict[Claim, bool]:
    """What the judge decided of the written claims."""
    found = {}
    for row in rows:
        said = verdicts.get(row.question.id, ())
        certain = {one.claim for one in said if one.by == "verbatim"}
        for place, _ in evidence_claims(row):
            held = decided(said, place, "cited")
            if held is not None and place not in certain:
                found[row.question.id, place] = held
    return found


def _by_people(rows: Sequence[Row], verdicts: Verdicts, said: Mapping[Claim, Mapping[str, bool]], seed: int) -> Corrected | None:
    """Prediction-powered inference over the written claims; None where too few of them were labelled."""
    judged = _decisions(rows, verdicts)
    labels = np.array([fmean(said[one].values()) if one in said else np.nan for one in judged])
    if np.count_nonzero(~np.isnan(labels)) < LEAST_LABELS:
        return None
    return prediction_powered(np.array(list(judged.values()), dtype=float), labels, seed=seed)


def _with_certain(written: Corrected, parts: Any) -> Corrected:
    """The share over all claims, of which the verbatim ones are certain."""
    certain, judged = float(parts[:, 0].mean()), float(parts[:, 2].mean())
    value, low, high = (None if one is None else certain + judged * one for one in (written.value, written.low, written.high))
    return Corrected(value, low, high, written.method, written.why)


def _agreement(rows: Sequence[Row], verdicts: Verdicts, said: Mapping[Claim, Mapping[str, bool]]) -> Agreement | None:
    if not said:
        return None
    judged = _decisions(rows, verdicts)
    pairs = [(str(judged[one]), str(label)) for one, people in said.items() if one in judged for label in people.values()]
    names = sorted({name for people in said.values() for name in people})
    alpha = krippendorff_alpha([{name: str(label) for name, label in people.items()} for people in said.values()])
    return Agreement(tuple(names), len(said), cohen_kappa(pairs), alpha)
