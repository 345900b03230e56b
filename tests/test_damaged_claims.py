"""The generated and the shipped claims: each has its abstract, and few false ones of a kind are let pass."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from benchmarks.damage import Case, generated, interval, shipped
from rag.corpus.reading import read_file
from rag.model.records import Abstract
from rag.support.check import check_support

KINDS = {"plain", "paraphrase", "wrong number", "swapped name", "negated", "over-claim", "misattributed", "invented"}
_EVERY = 5  # of the generated cases that are checked here
_UNFLAGGED = ("always", "state of the art", "at least for up to", "proves for suggests")  # over-claims that no flag is for


@pytest.fixture(scope="module")
def abstracts(corpus: Path) -> list[Abstract]:
    return [one for path in sorted(corpus.glob("*.txt")) for one in read_file(path, name=path.name).abstracts]


@pytest.fixture(scope="module")
def cases(abstracts: list[Abstract]) -> list[Case]:
    return generated(abstracts)


def passed(cases: list[Case]) -> dict[str, float]:
    """The share of each kind that reads supported."""
    counts: dict[str, Counter[bool]] = {}
    for case in cases:
        verdict = check_support(case.claim, case.abstract.text).verdict
        counts.setdefault(case.kind, Counter())[verdict == "supported"] += 1
    return {kind: count[True] / count.total() for kind, count in counts.items()}


def test_every_shipped_claim_has_its_abstract_and_a_known_kind(abstracts: list[Abstract]) -> None:
    claims = shipped(abstracts)
    assert len(claims) == len({case.how for case in claims}) == 236
    assert {case.kind for case in claims} == KINDS
    assert all(case.supported == (case.kind in ("plain", "paraphrase")) for case in claims)


def test_a_seed_always_gives_the_same_claims(cases: list[Case], abstracts: list[Abstract]) -> None:
    assert cases == generated(list(reversed(abstracts)))
    assert cases != generated(abstracts, seed=1)
    assert sum(not case.supported for case in cases) > 400


def test_generated_damage_is_caught_and_paraphrases_are_accepted(cases: list[Case]) -> None:
    numbers = [case for case in cases if case.kind == "wrong number"]  # all: there are few
    others = [case for case in cases[::_EVERY] if case.kind != "wrong number" and not case.how.startswith(_UNFLAGGED)]
    shares = passed(numbers + others)
    assert shares["plain"] == 1
    assert shares["paraphrase"] >= 0.95
    assert shares["wrong number"] <= 0.15
    assert max(shares["swapped name"], shares["misattributed"], shares["invented"]) <= 0.08
    assert max(shares["negated"], shares["over-claim"]) <= 0.2


def test_shipped_claims_are_told_apart(abstracts: list[Abstract]) -> None:
    shares = passed(shipped(abstracts))
    assert shares["paraphrase"] >= 0.9
    assert max(shares["negated"], shares["over-claim"]) <= 0.2
    assert shares["invented"] <= 0.07


def test_wilsons_interval_is_the_published_one() -> None:
    """20 of 100, as worked in Brown, Cai and DasGupta (2001)."""
    assert interval(20, 100) == pytest.approx((0.1334, 0.2888), abs=5e-4)
