"""What questions take for granted: read as statements, held against abstracts, refused where an abstract says otherwise."""

from __future__ import annotations

import pytest

from benchmarks.premises import contradicted, pairs
from rag import Assistant
from rag.embedding.similarity import read_long
from rag.questions.presuppositions import Statement, taken_for_granted
from rag.support.contradiction import contradictions, credited_author


@pytest.mark.parametrize(
    ("question", "statements"),
    [
        ("Why does SmallNet beat BigNet?", ["SmallNet beat BigNet"]),
        ("What makes SmallNet slower than BigNet?", ["SmallNet slower than BigNet"]),
        ("How badly did pruning damage SmallNet?", ["pruning damage SmallNet"]),
        ("When data is scarce, why must SmallNet be tuned?", ["data is scarce", "must SmallNet be tuned"]),
        ("Why doesn't SmallNet forget?", ["not SmallNet forget"]),
        ("Seeing as SmallNet beats BigNet, which part helps most?", ["SmallNet beats BigNet", "part helps most"]),
        ("Pruning makes the errors worse, so how much is lost?", ["Pruning makes the errors worse"]),
        ("smallnet cant stream speech, right?", ["smallnet cant stream speech"]),
        ("smallnet cant stream speech, right? is that the attention", ["smallnet cant stream speech"]),
        ("SmallNet drops the words. Why?", ["SmallNet drops the words"]),
        ("We are short of speech. Which labels does SmallNet need?", ["SmallNet need labels"]),
        ("In noisy rooms, why does SmallNet beat BigNet?", ["SmallNet beat BigNet"]),
        ("Does SmallNet beat BigNet?", []),
        ("Compare SmallNet and BigNet.", []),
    ],
)
def test_what_a_question_takes_for_granted(question: str, statements: list[str]) -> None:
    assert [one.text for one in taken_for_granted(question)] == statements


def test_a_thing_that_is_asked_for_is_taken_to_exist_and_no_more_is_claimed() -> None:
    assert taken_for_granted("Which labels does SmallNet need?") == [Statement("SmallNet need labels", claims=False)]
    assert taken_for_granted("Why does SmallNet need labels?") == [Statement("SmallNet need labels", claims=True)]


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
