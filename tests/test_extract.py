"""From found abstracts to the sentences of an answer: evidence, choice, wording, refusal."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rag.embedding.meaning import sentence_meanings
from rag.embedding.similarity import read_long
from rag.evidence.extract import Extent, choose_sentences, leans, order_candidates, word_sentences
from rag.evidence.sentence_scores import evidence_scores, sentence_features, weights
from rag.model.records import Abstract, Hit, Passage
from rag.questions.question import read_question
from rag.search.retrieve import Candidate

SMALL = (
    "Speech encoders are large. Can they be small? We present SmallNet, a speech encoder that distils a teacher by matching its layers. "
    "It was trained on 960 hours of English speech. Results on LibriSpeech show an error rate of 4.2%. Code is public."
)
OTHER = "We introduce OtherNet, a speech encoder that prunes attention heads. It was trained on 100 hours of French speech."


def found(text: str, *, title: str | None = None, score: float = 0.8) -> Candidate:
    name = title or " ".join(text.split()[:4])
    passage = Passage(name, 0, len(text), 0, 0)
    return Candidate(Hit(passage, 1.0, 1.0, score), Abstract(name, title, text, label=name), read_long([text])[0])


def answer(text: str, *abstracts: Candidate, words: int = 120) -> list[str]:
    return [one.text for one in choose_sentences(read_question(text), abstracts, Extent(words))]


@pytest.mark.parametrize(
    ("question", "best"),
    [
        ("How many hours was SmallNet trained on?", "It was trained on 960 hours of English speech."),
        ("How does SmallNet distil its teacher?", "We present SmallNet, a speech encoder that distils a teacher by matching its layers."),
        ("What is the error rate of SmallNet?", "Results on LibriSpeech show an error rate of 4.2%."),
    ],
)
def test_the_sentence_that_answers_scores_best(question: str, best: str) -> None:
    (long,) = read_long([SMALL])
    scores = evidence_scores(read_question(question), long)
    assert scores.shape == (6,)
    assert long.sentence(int(scores.argmax())) == best


def test_where_the_encoder_read_some_abstracts_the_others_are_left() -> None:
    def read(one: Candidate) -> Candidate:
        return replace(one, long=replace(one.long, encoded=sentence_meanings(one.long)))

    first, second = found(SMALL, title="SmallNet"), found(OTHER, title="OtherNet")
    question = read_question("How many hours of speech were used for training?")
    for given, told in (((first, second), 2), ((read(first), read(second)), 2), ((read(first), second), 1)):
        assert len({one.found.abstract.id for one in choose_sentences(question, given, Extent(120))}) == told


def test_an_empty_text_has_no_evidence() -> None:
    (long,) = read_long([""])
    assert evidence_scores(read_question("How?"), long).tolist() == []


def test_the_likeliest_sentence_comes_first_and_all_are_slices_of_their_text() -> None:
    chosen = choose_sentences(read_question("How was SmallNet trained, and on how many hours?"), [found(SMALL)], Extent(120))
    assert [one.score for one in chosen] == sorted({one.score for one in chosen}, reverse=True)
    assert [one.text for one in chosen] == [one.lead + SMALL[slice(*one.span)] for one in chosen]


def test_a_sentence_that_leans_on_one_left_out_is_preceded_by_the_name() -> None:
    said = answer("How many hours of English speech was it trained on?", found(SMALL), words=12)
    assert said == ["[SmallNet] It was trained on 960 hours of English speech."]


def test_a_sentence_that_follows_the_one_before_it_is_not_named_again() -> None:
    text = "We present SmallNet, trained with English speech. It was trained on 960 hours of English speech."
    one = found(text)
    assert [said.text for said in word_sentences([(one, 0, 0.5), (one, 1, 0.4)])] == text.replace(". ", ".|").split("|")


@pytest.mark.parametrize(
    ("sentence", "so"),
    [
        ("It is small.", True),
        ("However, SmallNet is small.", True),
        ("To address these challenges, we train SmallNet.", True),
        ("As a result, errors fall.", True),
        ("SmallNet is small, and this helps.", False),
        ("Speech encoders are large.", False),
    ],
)
def test_a_sentence_that_needs_the_one_before_it_is_told_by_its_first_words(sentence: str, so: bool) -> None:
    assert leans(sentence) is so


def test_an_answer_is_as_long_as_it_takes_and_as_long_as_it_is_asked_to_be() -> None:
    asked = read_question("How many hours of English speech was SmallNet trained on?")
    counts = [
        len(choose_sentences(asked, [found(SMALL)], extent))
        for extent in (Extent(120), Extent(120, length="brief"), Extent(120, limit=3), Extent(120, more=True))
    ]
    assert counts == [1, 1, 3, 5]


def test_a_question_in_an_abstract_answers_none() -> None:
    assert not any(text.endswith("?") for text in answer("Can speech encoders be small?", found(SMALL)))


@pytest.mark.parametrize("words", [20, 40, 60, 120])
def test_an_answer_keeps_within_its_words(words: int) -> None:
    said = answer("Which papers train a speech encoder, and how many hours?", found(SMALL), found(OTHER), words=words)
    assert said
    assert sum(len(text.split()) for text in said) <= words


def test_a_survey_draws_on_each_abstract_that_comes_near() -> None:
    said = " ".join(answer("Which papers introduce speech encoders?", found(SMALL), found(OTHER), found("Proteins fold.", score=0.2)))
    assert ("SmallNet" in said, "OtherNet" in said, "Proteins" in said) == (True, True, False)


def test_one_abstract_that_stands_out_answers_alone() -> None:
    chosen = choose_sentences(
        read_question("How many hours was SmallNet trained on?"), [found(SMALL), found(OTHER, score=0.5)], Extent(120)
    )
    assert {one.found.abstract.id for one in chosen} == {"Speech encoders are large."}


def test_what_was_said_is_not_said_again() -> None:
    said = answer("Which papers introduce speech encoders?", found(OTHER, title="Once"), found(OTHER, title="Twice"))
    assert len(said) == len(set(said))
    assert sum("prunes attention heads" in text for text in said) == 1


def test_mark_up_is_cleaned_for_reading_and_kept_in_the_source() -> None:
    text = r"We present \textbf{SmallNet}, a speech encoder that reaches 91\% of its teacher."
    (one,) = choose_sentences(read_question("What does SmallNet reach?"), [found(text)], Extent(120))
    assert one.text.endswith("We present SmallNet, a speech encoder that reaches 91% of its teacher.")
    assert text[slice(*one.span)] == text


def test_nothing_found_gives_nothing() -> None:
    assert choose_sentences(read_question("How?"), [], Extent(120)) == []


@pytest.mark.parametrize(
    ("question", "signs"),
    [
        ("How does SmallNet distil its teacher?", ["way"]),
        ("How many hours was SmallNet trained on?", ["number", "late, numeric"]),
        ("Why are speech encoders large?", ["background, why"]),
        ("Which datasets is SmallNet evaluated on?", ["names", "noun"]),
    ],
)
def test_signs_of_a_kind_of_answer_are_there_where_that_kind_is_asked_for(question: str, signs: list[str]) -> None:
    (long,) = read_long([SMALL])
    asked = sentence_features(read_question(question), long, None)
    other = sentence_features(read_question("Is SmallNet large?"), long, None)
    assert [name for name in signs if not asked[name].any() or other[name].any()] == []


def test_words_of_the_title_hardly_tell_one_sentence_from_another() -> None:
    (long,) = read_long(["Speech encoders read speech. The teacher is frozen."])
    question = read_question("Is the teacher of the speech encoder frozen?")
    apart, titled = (np.diff(sentence_features(question, long, title)["words"])[0] for title in (None, "Speech encoders"))
    assert titled > apart


def test_a_subtitle_takes_no_words_from_an_answer() -> None:
    one = found("It is trained on 960 hours of speech.", title="Small is enough: a study of speech encoders")
    assert answer("How many hours of speech is it trained on?", one) == ["[Small is enough] It is trained on 960 hours of speech."]


def test_an_unlikely_sentence_of_another_abstract_is_left_out() -> None:
    said = " ".join(answer("On how many hours of English speech was SmallNet trained?", found(SMALL), found(OTHER, score=0.69)))
    assert "960 hours" in said
    assert "French" not in said


def test_every_sign_has_a_weight() -> None:
    (long,) = read_long([SMALL])
    assert sentence_features(read_question("What is SmallNet?"), long, None).keys() == weights().keys()


def test_an_abstract_that_counts_what_is_asked_for_comes_before_a_little_nearer_one_without_a_number() -> None:
    none = found("The encoder was trained on speech of all kinds.", title="None")
    counts = found("The encoder was trained on 960 hours of speech.", title="Counts", score=0.7)
    for question, order in (
        ("How many hours was the encoder trained on?", ["Counts", "None"]),
        ("How was the encoder trained?", ["None", "Counts"]),
    ):
        assert [one.abstract.id for one in order_candidates(read_question(question), [none, counts])] == order
