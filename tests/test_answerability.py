"""What can be answered is told from what cannot, for two reasons that are told apart, by chances that were fitted."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.answers.refusals import refusal_reason
from rag.assistant import Assistant
from rag.embedding.similarity import read_long
from rag.evidence.answerability import (
    DETAIL,
    TOPIC,
    Answerability,
    Model,
    detail_features,
    estimate_answerability,
    topic_features,
    weakest_words,
)
from rag.evidence.details import asked_noun, introduces_named, is_named, missing_names, only_mentioned, rarely_reported
from rag.model.records import Abstract, Hit, Passage
from rag.model.settings import Settings
from rag.questions.question import read_question
from rag.search.retrieve import Candidate

SMALL = (
    "Speech encoders are large. We present SmallNet, a speech encoder that distils a teacher such as HuBERT by matching its layers. "
    "It was trained on 960 hours of English speech and evaluated on LibriSpeech and Common Voice. Code is public."
)


def found(text: str = SMALL, title: str | None = None, score: float = 0.8) -> Candidate:
    passage = Passage(text[:20], 0, len(text), 0, 0)
    return Candidate(Hit(passage, 1.0, 0.5, score), Abstract(text[:20], title, text, label="SmallNet"), read_long([text])[0])


def test_a_sign_adds_its_weight_for_each_step_from_its_mean_and_nothing_where_it_is_not_there() -> None:
    model = Model(0.0, {"near": (0.5, 2.0), "noun": (1.0, 4.0)})
    assert model.chance({}) == 0.5
    assert model.chance({"near": 1.0}) == pytest.approx(0.7310586)  # log odds of 1
    assert model.chance({"near": 1.0, "noun": 0.75}) == 0.5
    assert model.chance({"other": 9.0}) == 0.5


def test_the_chance_is_that_of_the_topic_times_that_of_the_detail_and_small_for_a_paper_that_is_only_mentioned() -> None:
    assert Answerability(0.5, 0.8).chance == 0.4
    assert Answerability(1.0, 0.9, mentioned="HuBERT").chance == 0.1


def test_every_sign_that_has_a_weight_is_read_and_the_other_way_round() -> None:
    near = [found(), *(found(f"We present Net{number}, a model of something else.", score=0.3) for number in range(7))]
    questions = ("How many hours was SmallNet trained on?", "Which datasets was SmallNet evaluated on?", "What learning rate did it use?")
    read = [read_question(one) for one in questions]
    assert {name for one in read for name in topic_features(one, near)} == set(TOPIC.weights)
    assert {name for one in read for name in detail_features(one, near)} == set(DETAIL.weights)


@pytest.mark.parametrize(
    ("question", "noun"),
    [
        ("Which optimizer was used for SpeechT5?", ["optimizer"]),
        ("What is the batch size of CLASP?", ["batch", "size"]),
        ("On which datasets was it tested?", ["datasets"]),
        ("What kind of noise does it add?", ["noise"]),
        ("Who wrote it?", []),
        ("What does KS-Lottery do?", []),
        ("How does it work?", []),
    ],
)
def test_the_noun_behind_which_and_what_is_asked_for_without_names(question: str, noun: list[str]) -> None:
    assert asked_noun(read_question(question)) == noun


def test_names_are_missing_where_none_of_the_best_abstracts_has_them() -> None:
    question = read_question("Does SmallNet beat Zorblax-9000?")
    assert missing_names(question, [found()]) == ("Zorblax-9000",)
    assert is_named(question, found().abstract)
    assert missing_names(read_question("Which encoder is small?"), [found()]) == ()


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("How many clusters does the original HuBERT paper use?", "HuBERT"),
        ("How is HuBERT trained, according to its own paper?", "HuBERT"),
        ("What does the original HuBERT paper report on LibriSpeech?", "HuBERT"),
        ("How many layers has the original SmallNet?", None),  # it is here
        ("How does SmallNet match HuBERT?", None),  # not asked about as a paper of its own
        ("What does the original Zorblax-9000 paper say?", None),  # not even mentioned
    ],
)
def test_a_paper_that_is_asked_about_as_the_original_must_introduce_the_name(question: str, name: str | None) -> None:
    assert only_mentioned(read_question(question), [found()]) == name


def test_what_an_abstract_introduces_or_has_in_its_title_is_its_own() -> None:
    question = read_question("How is HuBERT trained?")
    assert not introduces_named(question, found().abstract)
    assert introduces_named(question, found(title="Distilling HuBERT").abstract)
    assert introduces_named(read_question("How is SmallNet trained?"), found().abstract)


@pytest.mark.parametrize(
    ("question", "text", "share"),
    [
        ("What learning rate was used?", "It is trained with a batch size of 32.", 1.0),
        ("What learning rate was used?", "A learning rate of 0.1 is best.", 0.0),
        ("How much were the annotators paid?", "Five annotators read all posts.", 0.5),
        ("How does it work?", "Well.", 0.0),
    ],
)
def test_details_that_abstracts_seldom_report_are_looked_for_by_group(question: str, text: str, share: float) -> None:
    assert rarely_reported(question, text) == share


def test_a_detail_that_is_reported_has_the_better_chance() -> None:
    hours, layers = (
        read_question(f"How many {thing} does SmallNet have in training?") for thing in ("hours of English speech", "attention heads")
    )
    assert estimate_answerability(hours, [found()]).detail > estimate_answerability(layers, [found()]).detail
    listed, unlisted = found(), found(SMALL.replace("LibriSpeech and Common Voice", "two datasets"))
    which = read_question("Which datasets was SmallNet evaluated on?")
    assert estimate_answerability(which, [listed]).detail > estimate_answerability(which, [unlisted]).detail


HOURS = "We present SmallNet. It was trained on 960 hours of speech."


def test_an_abstract_of_nothing_but_the_matter_has_the_better_chance_to_be_about_it() -> None:
    whole, half = found(HOURS), found(f"{HOURS} Its name is that of a village in the north of Finland, where it rains.")
    question = read_question("How many hours of speech was SmallNet trained on?")
    assert estimate_answerability(question, [whole]).topic > estimate_answerability(question, [half]).topic


def test_an_abstract_that_introduces_the_name_has_a_better_chance_than_one_that_mentions_it() -> None:
    question = read_question("How is HuBERT trained?")
    mentions, introduces = (
        found(f"We present {new}, a speech encoder, trained like {old}.") for new, old in (("SmallNet", "HuBERT"), ("HuBERT", "SmallNet"))
    )
    assert estimate_answerability(question, [introduces]).topic > estimate_answerability(question, [mentions]).topic + 0.001


def test_a_detail_that_abstracts_seldom_report_has_the_smaller_chance_where_its_word_is_missing() -> None:
    question = read_question("Who were the annotators of SmallNet?")
    named, unnamed = (found(f"We present SmallNet, which {people} labelled.") for people in ("annotators", "workers"))
    assert estimate_answerability(question, [named]).detail > estimate_answerability(question, [unnamed]).detail + 0.1


def test_a_figure_of_another_thing_does_not_hide_the_one_that_is_asked_for() -> None:
    question = read_question("What is the error rate of SmallNet?")
    told, untold = (found(f"We present SmallNet. Its error rate is {rate}. It has 12 layers.") for rate in ("4.2%", "low"))
    assert estimate_answerability(question, [told]).detail > estimate_answerability(question, [untold]).detail + 0.1


def test_names_that_nothing_near_has_lower_the_chance() -> None:
    known, unknown = (read_question(f"How was {name} trained?") for name in ("SmallNet", "Zorblax-9000"))
    assert estimate_answerability(unknown, [found()]).chance < estimate_answerability(known, [found()]).chance


def test_nothing_found_and_nothing_asked_have_no_chance() -> None:
    assert estimate_answerability(read_question("How was SmallNet trained?"), []).chance == 0
    assert estimate_answerability(read_question("What is it?"), [found()]).chance == 0


def test_the_words_that_are_met_least_are_named_as_the_question_writes_them() -> None:
    assert weakest_words(read_question("Why is the encoder of SmallNet brittle under reverberation?"), found()) == [
        "brittle",
        "reverberation",
    ]


@pytest.mark.parametrize(
    ("judged", "said"),
    [
        (Answerability(0.1, 0.9, "layers", unknown=("Zorblax",)), "SmallNet is in the corpus, but its abstract does not mention Zorblax."),
        (
            Answerability(0.9, 0.9, "layers", mentioned="HuBERT"),
            "its abstracts mention HuBERT, and none of them is the paper that introduced it.",
        ),
        (Answerability(0.9, 0.2, "attention heads"), "SmallNet is in the corpus, but its abstract does not report this: attention heads."),
        (Answerability(0.1, 0.9, "attention heads"), "none of its 159 abstracts bears on this question closely enough to answer it."),
    ],
)
def test_the_reasons_of_a_refusal_are_told_apart(judged: Answerability, said: str) -> None:
    assert refusal_reason(read_question("How many attention heads has SmallNet?"), judged, found(), 159).endswith(said)


def test_a_detail_of_something_that_has_no_name_is_not_reported_by_the_nearest_abstracts() -> None:
    judged = Answerability(0.9, 0.2, "attention heads")
    said = refusal_reason(read_question("How many attention heads has the small encoder?"), judged, found(), 159)
    assert said == "The corpus does not say: the abstracts that come nearest give no number for attention heads."


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("How many GPU hours does HyperCloning save?", "its abstract does not report this: GPU hours."),
        ("How does the original Conformer paper define its convolution module?", "none of them is the paper that introduced it."),
        ("Which bread is baked with rye in Finland?", "The corpus does not say:"),
    ],
)
def test_the_corpus_is_said_not_to_answer_and_why(assistant: Assistant, question: str, said: str) -> None:
    answer = assistant.ask(question)
    assert answer.outcome == "refused"
    assert answer.reason is not None
    assert said in answer.reason
    assert answer.near_misses
    assert answer.answerability is not None
    assert answer.answerability < Settings().refusal


def test_the_threshold_is_a_setting(index_dir: Path, corpus: Path) -> None:
    question = "How does KS-Lottery find winning tickets?"
    with Assistant.open(Settings(index_dir=index_dir, corpus=(corpus,), mode="extract", refusal=1.0)) as strict:
        assert strict.ask(question).outcome == "refused"
    with Assistant.open(Settings(index_dir=index_dir, corpus=(corpus,), mode="extract", refusal=0.0)) as lenient:
        assert lenient.ask("How many GPU hours does HyperCloning save?").outcome == "answered"


def test_what_code_alone_answers_has_no_chance_to_tell(assistant: Assistant) -> None:
    assert assistant.ask("How many papers are from 2024?").answerability is None
    assert assistant.ask("hello").answerability is None
