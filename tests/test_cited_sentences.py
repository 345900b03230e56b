"""Claims held against the sentences that they cite, of one abstract or of several."""

from __future__ import annotations

import pytest

from rag.support.check import Cited, check_cited, check_together
from rag.text.sentences import sentence_spans

FIRST = "We present SmallNet, a compact speech encoder trained on 960 hours of English speech."
SECOND = "It reduces the word error rate of the HuBERT baseline by 12.5% on LibriSpeech."
THIRD = "The encoder runs on a single telephone with 48 MB of memory."
TEXT = f"{FIRST} {SECOND} {THIRD}"
SPANS = list(sentence_spans(TEXT))
OTHER = "BigNet is a large speech encoder. It reduces the word error rate by 20% on LibriSpeech."


def test_a_claim_is_borne_out_by_the_sentence_that_it_cites() -> None:
    claim = "SmallNet reduces the word error rate of the HuBERT baseline by 12.5% on LibriSpeech."
    support = check_cited(claim, TEXT, [SPANS[1]])
    assert (support.verdict, support.flags, TEXT[slice(*support.evidence)]) == ("supported", (), SECOND)


def test_a_number_of_another_sentence_is_flagged_with_its_sentence() -> None:
    claim = "SmallNet reduces the word error rate of the HuBERT baseline by 12.5% on LibriSpeech and needs 48 MB."
    support = check_cited(claim, TEXT, [SPANS[1]])
    assert support.flags == ("number: 48 (in sentence 2)",)
    assert support.verdict != "supported"
    assert check_cited(claim, TEXT, [SPANS[1], SPANS[2]]).verdict == "supported"


def test_a_number_that_the_abstract_lacks_is_flagged_bare() -> None:
    assert check_cited("It runs on a telephone with 64 MB of memory.", TEXT, [SPANS[2]]).flags == ("number: 64",)


def test_the_title_may_have_the_number_and_the_name() -> None:
    claim = "SmallNet 2 runs on a single telephone as TinyTalk."
    assert check_cited(claim, TEXT, [SPANS[2]], "TinyTalk: SmallNet 2 for telephones").flags == ()
    assert check_cited(claim, TEXT, [SPANS[2]]).flags == ("number: 2", "name: TinyTalk")


@pytest.mark.parametrize(
    ("claim", "flag"),
    [
        ("SmallNet does not run on a telephone.", "negation: not"),
        ("SmallNet runs on every telephone.", "scope: every"),
    ],
)
def test_denials_and_reach_are_held_against_the_cited_sentences(claim: str, flag: str) -> None:
    assert flag in check_cited(claim, TEXT, [SPANS[2]]).flags


def test_a_comparison_takes_its_numbers_from_either_abstract() -> None:
    parts = [Cited(TEXT, (SPANS[1],)), Cited(OTHER, tuple(sentence_spans(OTHER)))]
    claim = "SmallNet reduces the word error rate on LibriSpeech by 12.5%, BigNet by 20%."
    assert check_together(claim, parts).verdict == "supported"
    assert check_together(claim.replace("20", "30"), parts).flags == ("number: 30",)


def test_a_number_in_an_uncited_sentence_of_the_second_abstract_is_placed() -> None:
    parts = [Cited(TEXT, (SPANS[1],)), Cited(OTHER, (next(iter(sentence_spans(OTHER))),))]
    claim = "SmallNet reduces the word error rate on LibriSpeech by 12.5%, BigNet by 20%."
    assert check_together(claim, parts).flags == ("number: 20 (in sentence 1 of abstract 2)",)


@pytest.mark.parametrize(("claim", "spans"), [("", SPANS), ("It runs.", []), ("It runs.", [(5, 5)])])
def test_nothing_cited_bears_nothing_out(claim: str, spans: list[tuple[int, int]]) -> None:
    assert check_cited(claim, TEXT, spans).verdict == "absent"
