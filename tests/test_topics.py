"""What is about a topic: judged by words in any spelling, by acronyms, by title and by meaning."""

from __future__ import annotations

import numpy as np
import pytest

from rag.assistant import Assistant
from rag.model.records import Abstract
from rag.questions.query import Topic
from rag.search import find_relevant
from rag.search.relevance import chosen
from rag.text.vocabulary import one_edit, read_vocabulary, read_words, units


def paper(text: str, title: str | None = None) -> Abstract:
    return Abstract(text, title, text, title or text)


WRITTEN = read_vocabulary([paper("We study automatic speech recognition (ASR) of Portuguese."), paper("ASR for Portuguese licences.")])


def about(assistant: Assistant, *every: str, none: tuple[str, ...] = ()) -> list[str]:
    with assistant.reading() as generation:
        found = find_relevant(Topic(tuple((one,) for one in every), none), generation)
    return [f"{one.title or one.label} {one.text}" for one in found.members]


def test_acronyms_are_written_out_and_long_forms_cut_down() -> None:
    assert WRITTEN.forms("low-resource ASR") == ("low-resource ASR", "low-resource automatic speech recognition")
    assert WRITTEN.forms("automatic speech recognition") == ("automatic speech recognition", "asr")


def test_a_misspelt_word_is_the_one_that_several_abstracts_have() -> None:
    assert WRITTEN.forms("portugese") == ("portuguese",)
    assert WRITTEN.corrected("recognitoin") == "recognition"  # one abstract has it, and research prose
    assert WRITTEN.corrected("recognizzer") == "recognizzer"
    assert WRITTEN.corrected("tuning") == "tuning"  # a word of research prose, if not of this corpus


@pytest.mark.parametrize(("left", "right"), [("speach", "speech"), ("contiual", "continual"), ("langauge", "language"), ("asrr", "asr")])
def test_one_edit_is_a_letter_more_or_less_changed_or_moved(left: str, right: str) -> None:
    assert one_edit(left, right)
    assert not one_edit(left, left)
    assert not one_edit(left, f"{right}es")


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("We use wav2vec 2.0 here.", "wav2vec2"),
        ("We use Wav2vec2.0 here.", "wav2vec 2.0"),
        ("We use wav2vec 2.0 here.", "wav2vec"),
        ("Continued pre-training", "pretraining"),
        ("Low resource licences", "low-resource license"),
        ("Opinion summarisation", "summarization"),
    ],
)
def test_spellings_of_one_name_or_word_are_the_same(text: str, topic: str) -> None:
    assert all(read_words(text).has(unit) or read_words(text).has_run(unit) for unit in units(topic))


def test_which_papers_are_about_portuguese_lists_three(assistant: Assistant) -> None:
    found = about(assistant, "Portuguese")
    assert len(found) == 3
    assert all("Portuguese" in one for one in found)
    assert about(assistant, "portugese") == found


def test_speech_recognition_does_not_take_entity_recognition(assistant: Assistant) -> None:
    assert not any("entity recognition" in one.lower() and "speech" not in one.lower() for one in about(assistant, "speech recognition"))


def test_both_of_two_topics_must_hold_and_nothing_of_another(assistant: Assistant) -> None:
    pretraining, without = about(assistant, "continued pre-training"), about(assistant, "continued pre-training", none=("speech",))
    both = about(assistant, "continued pre-training", "speech")
    assert without
    assert both
    assert {*without, *both} <= {*pretraining, *both}
    assert not set(without) & set(both)


def test_as_many_are_chosen_as_have_the_highest_expected_f1() -> None:
    assert chosen(np.array([0.9, 0.8, 0.1, 0.1], dtype=np.float32)) == [0, 1]
    assert chosen(np.array([0.2, 0.1], dtype=np.float32)) == []
    assert chosen(np.zeros(0, dtype=np.float32)) == []
