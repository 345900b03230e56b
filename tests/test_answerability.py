"""What can be answered is told from what cannot, for two reasons that are told apart, by chances that were fitted."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.answers.refusals import refusal_reason
from rag.assistant import Assistant
from rag.embedding.similarity import read_long
from rag.evidence.answerability import Answerability, detail_features, estimate_answerability, topic_features
from rag.evidence.details import introduces_named, is_named, missing_names, number_windows, tells_cause
from rag.model.logistic import LogisticModel, read_models
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
    model = LogisticModel(0.0, {"near": (0.5, 2.0), "noun": (1.0, 4.0)})
    assert model.chance({}) == 0.5
    assert model.chance({"near": 1.0}) == pytest.approx(0.7310586)  # log odds of 1
    assert model.chance({"near": 1.0, "noun": 0.75}) == 0.5
    assert model.chance({"other": 9.0}) == 0.5


def test_the_chance_is_the_lesser_of_the_topics_and_the_details() -> None:
    assert Answerability(1.0, 0.8).chance == 0.8
    assert Answerability(0.25, 0.8).chance == 0.25


def test_every_sign_that_has_a_weight_is_read_and_the_other_way_round() -> None:
    near = [found(), *(found(f"We present Net{number}, a model of something else.", score=0.3) for number in range(7))]
    questions = ("How many hours was SmallNet trained on?", "Which datasets was SmallNet evaluated on?", "Why is SmallNet small?")
    read = [read_question(one) for one in questions]
    models = read_models("rag.evidence", "answerability.json")
    assert {name for one in read for name in topic_features(one, near)} == set(models["topic"].weights)
    assert {name for one in read for name in detail_features(one, near)} == set(models["detail"].weights)


def test_the_words_around_a_number_and_a_word_for_a_cause_are_found() -> None:
    windows = number_windows(read_question("How many hours beside the 40 it had?"), "We use 960 hours of speech and 40 more.")
    assert windows == [["we", "use", "960", "hours", "of", "speech", "and", "40", "more"]]
    assert tells_cause("It is small because of its teacher.")
    assert not tells_cause("It is small.")


def test_names_are_missing_where_none_of_the_best_abstracts_has_them() -> None:
    question = read_question("Does SmallNet beat Zorblax-9000?")
    assert missing_names(question, [found()]) == ("Zorblax-9000",)
    assert is_named(question, found().abstract)
    assert missing_names(read_question("Which encoder is small?"), [found()]) == ()


def test_what_an_abstract_introduces_or_has_in_its_title_is_its_own() -> None:
    question = read_question("How is HuBERT trained?")
    assert not introduces_named(question, found().abstract)
    assert introduces_named(question, found(title="Distilling HuBERT").abstract)
    assert introduces_named(read_question("How is SmallNet trained?"), found().abstract)


def test_a_detail_that_is_reported_has_the_better_chance() -> None:
    hours, layers = (
        read_question(f"How many {thing} does SmallNet have in training?") for thing in ("hours of English speech", "attention heads")
    )
    assert estimate_answerability(hours, [found()]).detail > estimate_answerability(layers, [found()]).detail


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


@pytest.mark.parametrize(
    ("judged", "said"),
    [
        (Answerability(0.1, 0.9, "layers", unknown=("Zorblax",)), "SmallNet is in the corpus, but its abstract does not mention Zorblax."),
        (Answerability(0.9, 0.2, "attention heads"), "SmallNet is in the corpus, but its abstract does not report this: attention heads."),
        (Answerability(0.9, 0.2), "SmallNet is in the corpus, but its abstract may not say this: How many attention heads has SmallNet."),
    ],
)
def test_the_reasons_of_a_refusal_are_told_apart(judged: Answerability, said: str) -> None:
    assert refusal_reason(read_question("How many attention heads has SmallNet?"), judged, found(), 159) == said


def test_where_no_abstract_is_on_the_topic_that_is_the_reason() -> None:
    said = refusal_reason(read_question("How many attention heads has a horse?"), Answerability(0.1, 0.9, "heads"), found(), 159)
    assert said == "The corpus does not say: none of its 159 abstracts bears on this question closely enough to answer it."


def test_a_detail_of_something_that_has_no_name_is_not_reported_by_the_nearest_abstracts() -> None:
    judged = Answerability(0.9, 0.2, "attention heads")
    said = refusal_reason(read_question("How many attention heads has the small encoder?"), judged, found(), 159)
    assert said == "The corpus does not say: the abstracts that come nearest do not report this: attention heads."


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("On how many TPUs was AudioPaLM trained?", "its abstract does not report this: TPUs."),
        ("How many GPU hours does HyperCloning save?", "its abstract may not say this: How many GPU hours does HyperCloning save."),
    ],
)
def test_a_work_that_is_named_and_here_is_not_refused_but_its_nearest_sentences_are_shown_as_such(
    assistant: Assistant, question: str, said: str
) -> None:
    answer = assistant.ask(question)
    assert answer.outcome == "nearest"
    assert answer.reason is not None
    assert answer.reason.endswith(said)
    assert answer.claims[0].text == f"This may not be the answer: {answer.reason}"
    assert answer.claims[0].kind == "absence"
    assert all(one.kind == "evidence" and one.citations for one in answer.claims[1:])
    assert len(answer.claims) > 1
    assert answer.answerability is not None
    assert answer.answerability < Settings().doubt


def test_where_nothing_comes_near_the_question_is_refused(assistant: Assistant) -> None:
    answer = assistant.ask("Which bread is baked with rye in Finland?")
    assert answer.outcome == "refused"
    assert answer.reason is not None
    assert answer.reason.startswith("The corpus does not say:")
    assert answer.near_misses
    assert answer.answerability is not None
    assert answer.answerability < Settings().refusal


def test_the_thresholds_are_settings(index_dir: Path, corpus: Path) -> None:
    named, other = "How does KS-Lottery find winning tickets?", "How are winning tickets found?"
    with Assistant.open(Settings(index_dir=index_dir, corpus=(corpus,), mode="extract", refusal=1.0)) as strict:
        assert (strict.ask(named).outcome, strict.ask(other).outcome) == ("nearest", "refused")
    with Assistant.open(Settings(index_dir=index_dir, corpus=(corpus,), mode="extract", refusal=0.0, doubt=0.0)) as lenient:
        assert lenient.ask("How many GPU hours does HyperCloning save?").outcome == "answered"


def test_what_code_alone_answers_has_no_chance_to_tell(assistant: Assistant) -> None:
    assert assistant.ask("How many papers are from 2024?").answerability is None
    assert assistant.ask("hello").answerability is None
