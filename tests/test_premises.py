"""What questions take for granted: read as statements, held against abstracts, refused where an abstract says otherwise."""

from __future__ import annotations

import pytest

from benchmarks.premises import contradicted, pairs
from rag import Assistant
from rag.embedding.similarity import read_long
from rag.questions.question import presupposition
from rag.support.contradiction import contradictions, credited_author


@pytest.mark.parametrize(
    ("question", "statement"),
    [
        ("Why does SmallNet beat BigNet?", "SmallNet beat BigNet"),
        ("How did SmallNet lower the error, and by how much?", "SmallNet lower the error"),
        ("What makes SmallNet slower than BigNet?", "SmallNet slower than BigNet"),
        ("How much better is SmallNet than BigNet?", "SmallNet than BigNet better"),
        ("Which labels does SmallNet need?", "SmallNet need labels"),
        ("When data is scarce, why must SmallNet be tuned?", "must SmallNet be tuned"),
        ("Why doesn't SmallNet forget?", "not SmallNet forget"),
        ("Does SmallNet beat BigNet?", None),
        ("Compare SmallNet and BigNet.", None),
    ],
)
def test_what_a_question_takes_for_granted(question: str, statement: str | None) -> None:
    assert presupposition(question) == statement


ABSTRACT = (
    "Large speech encoders waste memory. We present SmallNet, an encoder that is trained on 11 languages without any transcribed "
    "recordings. It outperforms BigNet on noisy speech. SmallNet reduces the word error rate on telephone calls. "
    "Its features are less sensitive to accents. It uses 6% of the parameters of BigNet."
)


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("SmallNet outperformed by BigNet on noisy speech", "It outperforms BigNet"),
        ("BigNet beat SmallNet on noisy speech", "It outperforms BigNet"),
        ("SmallNet raise the word error rate on telephone calls", "SmallNet reduces"),
        ("the features of SmallNet more sensitive to accents", "Its features are less sensitive"),
        ("SmallNet trained on 40 languages", "11 languages"),
        ("SmallNet use 60% of the parameters of BigNet", "It uses 6%"),
        ("SmallNet need transcribed recordings", "without any transcribed"),
    ],
)
def test_a_sentence_that_says_otherwise_is_found(statement: str, says: str) -> None:
    (long,) = read_long([ABSTRACT])
    found = contradictions(statement, "SmallNet", None, long)
    assert found
    assert says in long.sentence(found[0].index)


@pytest.mark.parametrize(
    "statement",
    [
        "SmallNet outperform BigNet on noisy speech",
        "SmallNet lower the word error rate on telephone calls",
        "SmallNet avoid raising the word error rate on telephone calls",
        "the features of SmallNet less sensitive to accents",
        "SmallNet trained on 11 languages",
        "SmallNet do without transcribed recordings",
        "bread rise in the oven",
    ],
)
def test_what_an_abstract_bears_out_or_does_not_speak_of_is_not_contradicted(statement: str) -> None:
    (long,) = read_long([ABSTRACT])
    assert contradictions(statement, "SmallNet", None, long) == []


def test_a_system_that_is_credited_to_a_stranger() -> None:
    assert credited_author("How does Google's SmallNet listen?", "SmallNet", ABSTRACT) == "Google"
    assert credited_author("How does SmallNet by Google listen?", "SmallNet", ABSTRACT) == "Google"
    assert credited_author("How does Google's SmallNet listen?", "SmallNet", ABSTRACT + " We are at Google.") is None
    assert credited_author("What's SmallNet?", "SmallNet", ABSTRACT) is None


def test_a_false_premise_is_refused_with_the_sentence_that_says_otherwise(assistant: Assistant) -> None:
    answer = assistant.ask("How does TTS-1 support 40 languages?")
    assert (answer.outcome, answer.reason) == ("refused", "The premise does not hold: the abstract of Inworld TTS-1 says otherwise.")
    assert [(claim.kind, claim.citations) for claim in answer.claims] == [("absence", (1,)), ("evidence", (1,))]
    assert "support 11 languages" in answer.citation(1).quote
    assert answer.near_misses


def test_a_system_of_a_stranger_is_answered_and_that_is_said_first(assistant: Assistant) -> None:
    answer = assistant.ask("How does Microsoft's BLSP align speech and text?")
    assert answer.outcome == "answered"
    assert (answer.claims[0].kind, answer.claims[0].text) == ("absence", "The abstract of BLSP does not mention Microsoft.")
    assert answer.claims[1].kind == "evidence"


def test_false_premises_are_contradicted_and_true_ones_never(assistant: Assistant) -> None:
    said = {True: 0, False: 0}
    for row in pairs():
        said[row["holds"]] += contradicted(assistant.ask(row["question"]))
    assert said[True] == 0
    assert said[False] >= 42, "of 51; lower it only for a reason"
