"""Metrics that need no judge, on answers small enough to count by hand: evidence, strings, lists, rankings, time and money."""

from __future__ import annotations

from math import log2
from typing import Any

import pytest

from eval.metrics.collection import collection_exact, members_exact, members_f1, number_stated, stated_numbers
from eval.metrics.correctness import any_evidence, evidence_recall, gold_precision, gold_recall, must_contain
from eval.metrics.registry import METRICS, aggregate
from eval.metrics.retrieval import measured
from eval.records import Row
from tests.cases import ANSWERED, REFUSED, answered, claim, member, row, sentence, span


def evidence_row(start: int, end: int, *spans: tuple[int, int]) -> Row:
    """An answer that cites (start, end) of a1, where these spans of a1 are gold."""
    return row(answered(claim("A", 1), citations=(sentence(1, "a1", start, end),)), evidence=tuple(span("a1", *one) for one in spans))


@pytest.mark.parametrize(
    ("cited", "recall"),
    [((0, 100), 1.0), ((0, 15), 0.5), ((0, 14), 0.0), ((20, 30), 1.0), ((90, 190), 0.0), ((0, 20), 0.5)],
    ids=["all", "half of the shorter", "less than half", "inside", "an end only", "the first"],
)
def test_evidence_is_shown_by_a_sentence_that_shares_half_of_the_shorter(cited: tuple[int, int], recall: float) -> None:
    spans = {1.0: ((10, 40),), 0.5: ((10, 20), (60, 80)), 0.0: ((10, 95),)}[recall]
    assert evidence_recall(evidence_row(*cited, *spans), ()) == recall


def test_evidence_of_another_abstract_or_of_a_list_is_not_shown() -> None:
    wrong = answered(claim("A", 1, 2), citations=(sentence(1, "a2", 0, 10), member(2, "a1")))
    assert evidence_recall(row(wrong, evidence=(span("a1", 0, 10),)), ()) == 0.0


def test_only_claims_that_end_within_120_words_count() -> None:
    long, short = "word " * 118, "two words"
    for first, second, recall in ((long, short, 1.0), (long + "more", short, 0.5), (long + "a b c", short, 0.0)):
        said = answered(claim(first, 1), claim(second, 2), citations=2)
        one = row(said, evidence=(span("a1", 0, 10), span("a2", 0, 10)))
        assert (evidence_recall(one, ()), any_evidence(one, ())) == (recall, float(recall > 0))


def test_errors_and_refusals_show_no_evidence_and_questions_without_any_are_left_out() -> None:
    assert [evidence_recall(row(one, evidence=(span("a1", 0, 10),)), ()) for one in (None, REFUSED)] == [0.0, 0.0]
    assert evidence_recall(row(ANSWERED), ()) is None
    assert evidence_recall(row(ANSWERED, answerable=False, evidence=(span("a1", 0, 10),)), ()) is None


@pytest.mark.parametrize(
    ("wanted", "said", "found"),
    [
        ("5%", "It gains 5% there.", True),
        ("5%", "It gains 15% there.", False),
        ("5%", "It gains 1.5% there.", False),
        ("5", "In 5.", True),
        ("5", "In 5,000.", False),
        ("5", "In 5.2.", False),
        ("5", "In 1, 5, 7.", True),
        ("000", "In 5,000.", False),
        ("BEATS", "It  beats\nit.", True),
        ("low rank", "low\u00a0rank", True),
        ("BERT", "RoBERTa", False),
        ("BERT", "mBERT", False),
        ("7 billion", "a 7B model", True),
        ("7B", "17B", False),
        ("1.5B", "1,500 million parameters", True),
        ("70,000", "some 70K hours", True),
        ("four", "in 4 of them", True),
        ("twenty-one", "21 tasks", True),
        ("one", "1", False),
        ("1 billion", "one billion", True),
        ("5%", "five per cent", True),
        ("9%", "9\\% better", True),
        ("5 GB", "5%", False),
        ("175bps", "175 bps", True),
        ("12.5Hz", "at 12.50 Hz", True),
        ("L_2-norm", "an L2 norm", True),
        ("GPT-4", "GPT4", True),
        ("wav2vec2", "wav2vec 3", False),
        ("pre-training", "it was pretrained", True),
        ("classification heads", "the classification head", True),
        ("improves prediction of the other", "improve the prediction of the other", True),
        ("does not impact", "does impact", False),
        ("prediction of words", "words of prediction", False),
        ("Québec French", "Qu\\'ebec French", True),
        ("nearest neighbors // nearest neighbours", "its nearest neighbours", True),
        ("nearest neighbors // nearest neighbours", "the neighbours", False),
        ("...", "anything", False),
    ],
)
def test_a_string_is_said_in_any_form_of_its_words_with_its_numbers_whole(wanted: str, said: str, found: bool) -> None:
    assert must_contain(row(answered(claim(said)), must_contain=(wanted,)), ()) == float(found)


def test_all_strings_must_be_said_in_claims_or_table_and_quotes_do_not_count() -> None:
    said = answered(claim("One", 1), table=(("name", "year"), ("Net", "2024")), citations=1)
    assert must_contain(row(said, must_contain=("one", "2024")), ()) == 1.0
    assert must_contain(row(said, must_contain=("one", "xxx")), ()) == 0.0
    assert [must_contain(row(other, must_contain=("no abstract",)), ()) for other in (REFUSED, None)] == [0.0, 0.0]
    assert must_contain(row(ANSWERED), ()) is None


def test_gold_abstracts_are_recalled_and_marginal_ones_are_no_mistake() -> None:
    said = answered(claim("A", 1, 2, 3, 4), citations=4)
    one = row(said, gold=("a1", "a2", "a9"), marginal=("a3",))
    assert (gold_recall(one, ()), gold_precision(one, ())) == pytest.approx((2 / 3, 2 / 3))
    assert [gold_precision(row(other, gold=("a1",)), ()) for other in (None, REFUSED)] == [0.0, 0.0]
    assert gold_precision(row(ANSWERED, gold=("a9",), marginal=("a1",)), ()) == 0.0


def listed(*ids: str, text: str = "Found", table: tuple[tuple[str, ...], ...] | None = None, **more: Any) -> Row:
    """An answer that lists these abstracts."""
    citations = tuple(member(number, one) for number, one in enumerate(ids, start=1))
    said = claim(text, *range(1, len(ids) + 1), kind="collection")
    return row(answered(said, citations=citations, table=table), **{"kind": "count"} | more)


def test_a_count_is_exact_if_the_number_is_stated_and_the_members_are_the_members() -> None:
    gold: Any = {"number": 2, "members": ("a", "b")}
    rows = [
        listed("b", "a", text="2 of 159 abstracts.", **gold),
        listed("a", "b", text="Two abstracts.", **gold),
        listed("a", "b", text="Some.", table=(("count", "2"),), **gold),
        listed("a", "b", text="3 of 159 abstracts.", **gold),
        listed("a", text="2 abstracts.", **gold),
        listed("a", "b", "c", text="2 abstracts.", **gold),
        row(None, kind="count", **gold),
    ]
    assert [collection_exact(one, ()) for one in rows] == [1, 1, 1, 0, 0, 0, 0]
    assert [number_stated(one, ()) for one in rows] == [1, 1, 1, 0, 1, 1, 0]
    assert [members_exact(one, ()) for one in rows] == [1, 1, 1, 1, 0, 0, 0]
    assert [members_f1(one, ()) for one in rows] == pytest.approx([1, 1, 1, 1, 2 / 3, 4 / 5, 0])


def test_a_list_need_not_state_its_length_and_other_questions_are_left_out() -> None:
    assert collection_exact(listed("a", kind="list", number=1, members=("a",)), ()) == 1.0
    assert collection_exact(listed("a", kind="superlative", number=95, members=("a",)), ()) == 0.0
    assert collection_exact(row(ANSWERED), ()) is None


def test_where_nothing_matches_an_answer_must_say_so() -> None:
    gold: Any = {"number": 0, "members": ()}
    rows = [listed(text="No paper is from 1999.", **gold), row(REFUSED, **gold), row(None, **gold)]
    assert [(collection_exact(one, ()), members_f1(one, ())) for one in rows] == [(1, 1), (0, 0), (0, 0)]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1,200 or 1200", {1200}),
        ("8 May 2018", {8, 2018}),
        ("2024-06-20", {2024}),
        ("9.5 with GPT-4 and wav2vec2", set()),
        ("3, 4,5; twelve.", {3, 4, 12}),
        ("15.", {15}),
    ],
)
def test_numbers_are_whole(text: str, numbers: set[int]) -> None:
    assert stated_numbers(text) == numbers


def ranking(*ids: str) -> tuple[tuple[str, float], ...]:
    """These abstracts, the best first."""
    return tuple((one, 1 / place) for place, one in enumerate(ids, start=1))


def test_ndcg_recall_and_reciprocal_rank_are_as_worked_by_hand() -> None:
    found = measured(ranking("x1", "g1", "x2", "g2", "x3", "g3"), ("g1", "g2", "g3", "g4"), ())
    gain = 1 / log2(3) + 1 / log2(5) + 1 / log2(7)  # at ranks 2, 4 and 6
    ideal = 1 + 1 / log2(3) + 1 / 2 + 1 / log2(5)  # all four at the top
    assert found == {"ndcg@10": pytest.approx(gain / ideal), "recall@5": 0.5, "recall@10": 0.75, "recall@20": 0.75, "mrr": 0.5}


def test_equal_scores_are_ordered_by_id_whatever_order_they_come_in() -> None:
    one, other = (("b", 1.0), ("a", 1.0)), (("a", 1.0), ("b", 1.0))
    assert measured(one, ("a",), ())["mrr"] == measured(other, ("a",), ())["mrr"] == 1.0
    assert measured(other, ("b",), ())["mrr"] == 0.5


def test_marginal_abstracts_and_repetitions_take_no_place() -> None:
    assert measured(ranking("m", "x", "x", "g"), ("g",), ("m",))["mrr"] == 0.5


def test_an_error_before_retrieving_counts_0_and_one_after_it_is_ranked() -> None:
    rows = [row(None, id="1", gold=("g",)), row(None, id="2", gold=("g",), retrieved=ranking("g")), row(ANSWERED, id="3")]
    found = aggregate([*rows, listed(id="4", gold=("g",), members=("g",))], ())["ndcg@10"]
    assert (found.values, found.of) == ({"1": 0.0, "2": 1.0}, 2)


def test_time_tokens_and_cost_are_of_questions_without_an_error() -> None:
    paid = answered(claim("A"), usage={"prompt_tokens": 90, "completion_tokens": 10}, cost=0.02)
    unknown = answered(claim("A"), usage={"prompt_tokens": 40, "completion_tokens": 10})
    rows = [row(one, id=str(place), seconds=place) for place, one in enumerate((None, paid, unknown, ANSWERED, REFUSED))]
    found = aggregate(rows, ())
    assert [found[name].value for name in ("latency_median", "latency_p95", "tokens", "cost")] == [2.0, 4.0, 37.5, pytest.approx(0.02 / 3)]
    assert [(found[name].n, found[name].of) for name in ("latency_p95", "tokens", "cost")] == [(4, 4), (4, 4), (3, 4)]
    assert METRICS["latency_p95"].unit == "seconds"
