"""What holds for every metric, whatever is asked and answered: bounded, never not-a-number, and not to be raised by failing."""

from __future__ import annotations

import json
from dataclasses import replace
from math import isfinite
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as some

from eval.metrics.registry import METRICS, aggregate, breakdown
from eval.records import Decision, Row, Span, Verdict
from eval.runs.comparison import compare, holm
from eval.statistics.rates import wilson
from rag.model.answers import Answer
from rag.model.records import Citation, Claim
from tests.cases import row

ABSTRACTS = some.sampled_from(["a", "b", "c", "d"])
SEVERAL = some.lists(ABSTRACTS, max_size=3).map(tuple)
NUMBERS = some.integers(1, 4)
DECISIONS: Any = some.sampled_from(["supported", "weak", "absent", "unscored"])
KINDS = some.sampled_from(["fact", "list", "count", "superlative", "absent_topic", "absent_detail", "false_premise"])
SHARES = some.floats(0, 1)


@some.composite
def citations(draw: some.DrawFn) -> tuple[Citation, ...]:
    numbers = draw(some.lists(NUMBERS, unique=True, max_size=4))
    kinds: Any = some.sampled_from(["sentence", "member", "field"])
    start = some.integers(0, 50)
    return tuple(Citation(number, draw(kinds), draw(ABSTRACTS), "L", "x", draw(start), draw(start) + 50) for number in numbers)


@some.composite
def answers(draw: some.DrawFn) -> Answer | None:
    kinds: Any = some.sampled_from(["evidence", "collection", "absence"])
    text = some.sampled_from(["Yes.", "No 2 papers.", "word " * 121, "5 of 159", ""])
    claims = some.builds(Claim, kinds, text, some.lists(NUMBERS, max_size=3).map(tuple))
    outcome: Any = some.sampled_from(["answered", "answered", "refused", "info", "error"])
    how = draw(outcome)
    if how == "error":
        return None
    said = tuple(draw(some.lists(claims, max_size=3))) if how == "answered" else ()
    used = draw(some.sampled_from([{}, {"prompt_tokens": 3, "completion_tokens": 4}]))
    return Answer("Q", "Q", how, said, draw(citations()), usage=used, cost=draw(some.sampled_from([None, 0.1])))


@some.composite
def rows(draw: some.DrawFn, name: str = "q") -> Row:
    spans = some.builds(Span, ABSTRACTS, some.integers(0, 20), some.integers(21, 90))
    ranked = some.lists(some.tuples(ABSTRACTS, some.floats(-5, 5)), max_size=5)
    return row(
        draw(answers()),
        id=name,
        kind=draw(KINDS),
        answerable=draw(some.booleans()),
        answer=draw(some.sampled_from(["", "It reads.", "It reads; it writes."])),
        history=draw(some.sampled_from([(), ({"role": "user", "content": "What is A?"},)])),
        must_contain=draw(some.sampled_from([(), ("yes",), ("2", "no")])),
        number=draw(some.sampled_from([None, 0, 2])),
        members=draw(some.none() | SEVERAL),
        gold=draw(SEVERAL),
        marginal=draw(SEVERAL),
        evidence=tuple(draw(some.lists(spans, max_size=2))),
        retrieved=tuple(draw(ranked)),
        seconds=draw(some.floats(0, 100)),
        tags=draw(some.sampled_from([(), ("named",)])),
    )


@some.composite
def judged(draw: some.DrawFn, of: Row) -> list[Verdict]:
    """Verdicts on some claims, against anything, by a judge that may fail or leave one out."""
    found = []
    for place, claim in enumerate(of.answer.claims if of.answer else ()):
        wanted: list[tuple[Any, int | None]] = [("cited", None), ("retrieved", None)]
        wanted += [("reference", None), ("question", None)]
        wanted += [(against, number) for number in claim.citations for against in ("alone", "without")]
        for against, number in wanted:
            decision: Decision = draw(DECISIONS)
            if draw(some.integers(0, 9)):
                found.append(Verdict(of.question.id, place, against, number, decision))
    for place in range(2 if of.answer else 0):
        found.append(Verdict(of.question.id, place, "answer", None, draw(DECISIONS)))
        ranks = range(1, len(of.retrieved) + 1)
        found += [Verdict(of.question.id, place, "context", rank, draw(DECISIONS)) for rank in ranks]
    return found


@some.composite
def runs(draw: some.DrawFn, most: int = 5) -> tuple[list[Row], list[Verdict]]:
    found = [draw(rows(f"q{place}")) for place in range(draw(some.integers(0, most)))]
    return found, [verdict for one in found for verdict in draw(judged(one))]


@settings(max_examples=200)
@given(runs(1))
def test_a_value_is_none_or_finite_and_a_share_is_between_0_and_1(run: tuple[list[Row], list[Verdict]]) -> None:
    for one in run[0]:
        for name, measure in METRICS.items():
            value = measure.function(one, run[1])
            assert value is None or (isfinite(value) and value >= 0), name
            assert value is None or measure.unit != "share" or value <= 1, name
            assert value is None or measure.applies(one), name


@settings(max_examples=60)
@given(runs())
def test_a_mean_is_none_or_within_its_interval_with_its_coverage(run: tuple[list[Row], list[Verdict]]) -> None:
    for found in (aggregate(*run), *breakdown(*run, "kind").values(), *breakdown(*run, "tag").values()):
        json.dumps({name: one.to_dict() for name, one in found.items()}, allow_nan=False)
        for name, one in found.items():
            assert one.n == len(one.values) <= one.of <= len(run[0]), name
            assert 0 <= one.coverage <= 1, name
            assert one.value is None or METRICS[name].unit != "share" or 0 <= one.value <= 1, name
            assert one.low is None or (one.high is not None and one.low <= one.high and one.interval), name
            assert one.value is not None or one.low is None, name
            assert (one.value is None) == (one.n == 0) or METRICS[name].parts is not None, name


@settings(max_examples=100)
@given(runs(), rows("failed"))
def test_a_failed_question_never_makes_a_run_look_better(run: tuple[list[Row], list[Verdict]], more: Row) -> None:
    failed = replace(more, answer=None, error="TimeoutError", retrieved=())
    before, after = aggregate(*run), aggregate([*run[0], failed], run[1])
    for name, measure in METRICS.items():
        old, new = before[name].value, after[name].value
        if old is None or new is None or measure.higher_is_better is None or name == "outcome_no_claims":
            continue  # a larger share of errors is a smaller one of every other outcome
        assert new <= old + 1e-9 if measure.higher_is_better else new >= old - 1e-9, name


@settings(max_examples=60)
@given(runs(), runs())
def test_a_comparison_is_never_not_a_number(a: tuple[list[Row], list[Verdict]], b: tuple[list[Row], list[Verdict]]) -> None:
    metrics = {name: METRICS[name] for name in ("faithfulness_cited", "refusal_f1", "grounded_refusal_f1", "latency_p95", "unscored")}
    found = compare(*a, *b, metrics=metrics)
    both = len({one.question.id for one in a[0]} & {one.question.id for one in b[0]})
    for name, one in found.differences.items():
        json.dumps(one.to_dict(), allow_nan=False)
        assert one.wins + one.ties + one.losses == one.n <= one.of <= both, name
        assert one.p is None or 0 < one.p <= 1, name
        assert one.p_holm is None or (one.p is not None and one.p <= one.p_holm <= 1), name


@given(some.integers(1, 500).flatmap(lambda n: some.tuples(some.integers(0, n), some.just(n))))
def test_a_wilson_interval_holds_its_share_and_is_never_a_point(case: tuple[int, int]) -> None:
    low, high = wilson(*case)
    assert 0 <= low <= case[0] / case[1] <= high <= 1
    assert low < high


@given(some.dictionaries(some.text(max_size=3), SHARES, max_size=6))
def test_holm_never_lowers_a_p_and_keeps_their_order(values: dict[str, float]) -> None:
    found = holm(values)
    assert list(found) == list(values)
    assert all(values[name] <= found[name] <= 1 for name in values)
    ordered = [found[name] for name in sorted(values, key=lambda one: (values[one], one))]
    assert ordered == sorted(ordered)
