"""Reading candidates again: words, title, sentence, and acronyms that the candidates explain."""

from __future__ import annotations

import pytest

from rag.search.rerank import rerank_features

EXPLAINS = "Automatic speech recognition (ASR) is studied."


def test_a_text_with_the_questions_words_comes_nearer_than_one_without() -> None:
    near, far = rerank_features("Do cats purr?", ["Cats purr softly.", "Tax law changed."], ["Cats", "Law"])
    assert near.words == pytest.approx(1.0, abs=1e-6)
    assert near.words > far.words
    assert near.sentence > far.sentence


@pytest.mark.parametrize(
    ("question", "text"),
    [("Is ASR solved?", "Automatic recognition of speech is solved."), ("Is automatic speech recognition solved?", "ASR is solved.")],
)
def test_an_acronym_stands_for_its_long_form_and_the_other_way_round(question: str, text: str) -> None:
    texts = [text, EXPLAINS, "Nothing of the kind."]
    plain, expanded = (rerank_features(question, texts, [""] * 3, acronyms=weight)[0].words for weight in (0.0, 1.0))
    assert plain < expanded == pytest.approx(1.0, abs=1e-6)


def test_a_question_without_words_is_near_to_nothing() -> None:
    (only,) = rerank_features("?", ["Cats purr."], ["Cats"])
    assert only.words == 0.0
    assert rerank_features("Do cats purr?", [], []) == []


def test_a_word_that_only_the_title_has_is_met() -> None:
    titled, plain = rerank_features("Do cats purr?", ["Nothing of the kind."] * 2, ["Cats purr", ""])
    assert titled.words == pytest.approx(1.0, abs=1e-6)
    assert plain.words < 0.1


def test_one_word_of_a_long_form_does_not_stand_for_its_acronym() -> None:
    texts = ["Speech is solved.", "Automatic recognition of speech is solved.", EXPLAINS]
    part, whole, _ = rerank_features("Is ASR solved?", texts, [""] * 3)
    assert part.words < whole.words - 0.3
    assert whole.words == pytest.approx(1.0, abs=1e-6)


def test_a_word_that_most_candidates_have_tells_less_than_one_that_few_have() -> None:
    texts = ["Ocelots eat.", "Cats sleep.", "Ocelots play.", "Ocelots hunt."]
    ocelots, sleep, *_ = rerank_features("Do ocelots sleep?", texts, [""] * 4)
    assert sleep.words > ocelots.words


def test_the_best_sentence_counts_whatever_stands_beside_it() -> None:
    alone, among = rerank_features("Do cats purr?", ["Cats purr.", "Tax law changed. Cats purr. Courts met."], [""] * 2)
    assert among.sentence == pytest.approx(alone.sentence, abs=1e-5)
    assert alone.sentence > 0.5
