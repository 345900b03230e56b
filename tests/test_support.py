"""The support check: what it accepts, what it flags, and how well it tells right from wrong claims about the corpus."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.corpus.reading import read_file
from rag.model.records import Support
from rag.support.check import check_support

FIRST = "We present SmallNet, a compact speech encoder trained on 960 hours of English speech."
SECOND = "It reduces the word error rate of the HuBERT baseline by 12.5% on LibriSpeech."
THIRD = "The encoder runs on a single telephone."
TEXT = f"{FIRST} {SECOND} {THIRD}"
CLAIM = "SmallNet reduces the word error rate of the HuBERT baseline by 12.5% on LibriSpeech."


@pytest.mark.parametrize("sentence", [FIRST, SECOND, THIRD])
def test_a_verbatim_sentence_is_supported_by_a_window_that_covers_it(sentence: str) -> None:
    support = check_support(sentence, TEXT)
    assert (support.verdict, support.flags) == ("supported", ())
    assert support.score == pytest.approx(1, abs=0.1)
    assert sentence in TEXT[slice(*support.evidence)]


def test_a_text_of_one_sentence_supports_itself_fully() -> None:
    assert check_support(SECOND, SECOND) == Support("supported", 1.0, (), (0, len(SECOND)))


@pytest.mark.parametrize(
    ("right", "wrong", "flag", "verdict"),
    [
        ("12.5%", "48%", "number: 48", "weak"),
        ("HuBERT", "WavLM", "name: WavLM", "weak"),
        ("reduces", "does not reduce", "negation: not", None),
        ("reduces", "increases", "direction: increases, not reduces", None),
        ("reduces", "entirely reduces", "scope: entirely", None),
    ],
)
def test_a_damaged_claim_is_flagged_and_scores_less(right: str, wrong: str, flag: str, verdict: str | None) -> None:
    support = check_support(CLAIM.replace(right, wrong), TEXT)
    assert support.flags == (flag,)
    assert support.score < check_support(CLAIM, TEXT).score - 0.1
    assert verdict in (None, support.verdict)


def test_a_number_that_the_text_lacks_is_never_supported_however_alike_the_rest() -> None:
    long = f"{CLAIM[:-1]} with {THIRD[4:-1]}, as the authors of the compact speech encoder say, in 7 runs."
    assert check_support(long, long.replace("7", "8")).verdict == "weak"


def test_an_unrelated_claim_is_absent() -> None:
    assert check_support("Graph transformers predict how proteins fold.", TEXT).verdict == "absent"


@pytest.mark.parametrize(("claim", "text"), [("", TEXT), (" \n", TEXT), (CLAIM, ""), (CLAIM, "\t ")])
def test_nothing_is_borne_out_by_nothing(claim: str, text: str) -> None:
    assert check_support(claim, text) == Support("absent", 0.0, (), (0, 0))


def test_two_neighbouring_sentences_bear_a_claim_out_together() -> None:
    support = check_support("SmallNet, trained on 960 hours, reduces the word error rate by 12.5%.", TEXT)
    assert (support.verdict, support.flags, support.evidence) == ("supported", (), (0, len(f"{FIRST} {SECOND}")))


def test_the_same_pair_gives_the_same_result() -> None:
    assert len({check_support(CLAIM, TEXT) for _ in range(5)}) == 1


def test_a_surrogate_that_is_no_character_leaves_the_offsets_alone() -> None:
    text = f"\ud800 {SECOND}"
    assert text[slice(*check_support(SECOND, text).evidence)] == SECOND
    assert check_support(f"\udc80{SECOND}", SECOND).verdict == "supported"


@settings(max_examples=60)
@given(claim=st.text(st.characters(), max_size=60), text=st.text(st.characters(), max_size=120))
def test_any_two_texts_can_be_compared(claim: str, text: str) -> None:
    support = check_support(claim, text)
    start, end = support.evidence
    assert 0 <= support.score <= 1
    assert 0 <= start <= end <= len(text)
    assert support.verdict in ("supported", "weak", "absent")


@pytest.fixture(scope="module")
def checked(shared: Path, corpus: Path) -> list[tuple[dict[str, Any], Support]]:
    """The labelled claims about the corpus with what the checker says of each."""
    texts = {}
    for path in sorted(corpus.glob("*.txt")):
        for abstract in read_file(path, name=path.name).abstracts:
            texts[f"{path.name[:3]}:{abstract.sources[0].line}"] = abstract.text
    lines = (shared / "data" / "claims_dev.jsonl").read_text(encoding="utf-8").splitlines()
    return [(claim, check_support(claim["claim"], texts[claim["ref"]])) for claim in map(json.loads, lines)]


def test_scores_tell_right_from_wrong_claims_about_the_corpus(checked: list[tuple[dict[str, Any], Support]]) -> None:
    right = [support.score for claim, support in checked if claim["label"] == "supported"]
    wrong = [support.score for claim, support in checked if claim["label"] == "unsupported"]
    wins = sum((one > other) + (one == other) / 2 for one in right for other in wrong)
    assert (len(right), len(wrong)) == (40, 40)
    assert wins / len(right) / len(wrong) >= 0.9


def test_right_claims_are_accepted(checked: list[tuple[dict[str, Any], Support]]) -> None:
    accepted = [claim["id"] for claim, support in checked if claim["label"] == "supported" and support.verdict == "supported"]
    assert len(accepted) >= 36


@pytest.mark.parametrize("kind", ["wrong_number", "swapped_entity", "invented", "misattribution"])
def test_damaged_claims_are_not_accepted(checked: list[tuple[dict[str, Any], Support]], kind: str) -> None:
    verdicts = Counter(support.verdict for claim, support in checked if claim["kind"] == kind)
    assert verdicts.total() == 7
    assert verdicts["supported"] <= 1


LONG = [unit * (4000 // len(unit)) for unit in ("9 ", "9,", "A.9", "all ", "no ", "A9 ", "9% ", "twenty ", "A is better than B. ")]
HOSTILE = [*LONG, "9" * 4000, "A-" * 2000, "LLaMA-2-70B-Chat-GPTQ-4BIT-128G, a model, is good.", "The " * 1000 + "A9" * 20 + ", ours"]


@pytest.mark.parametrize("claim", HOSTILE, ids=lambda claim: claim[:12])
def test_a_hostile_claim_is_checked_at_once(claim: str) -> None:
    check_support(FIRST, TEXT)  # what is loaded once
    started = time.process_time()
    check_support(claim, TEXT)
    assert time.process_time() - started < 1
