"""Acronyms that texts introduce, after Schwartz and Hearst (2003), and which of them a question has or spells out."""

from __future__ import annotations

import pytest

from rag.text.phrases import Acronym, acronyms_in_question, find_acronyms, long_form, usual_acronyms

ASR = Acronym("asr", ("automatic", "speech", "recognition"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We study automatic speech recognition (ASR).", [ASR]),
        ("We use ASR (automatic speech recognition) here.", [ASR]),
        ("Large language models (LLMs) grow.", [Acronym("llm", ("large", "language", "models"))]),
        ("Text-to-speech (TTS; a survey) is old.", [Acronym("tts", ("text", "to", "speech"))]),
        ("heat shock transcription factor (HSF)", [Acronym("hsf", ("heat", "shock", "transcription", "factor"))]),
        ("Automatic speech. Recognition (ASR) fails.", []),  # not over the end of a sentence
        ("the baseline (see above) and others (e.g. this)", []),
        ("gains in three languages (2023)", []),
        ("the second model (GPT)", []),  # no word begins with G
    ],
)
def test_a_text_defines_its_acronyms(text: str, expected: list[Acronym]) -> None:
    assert list(find_acronyms(text)) == expected


@pytest.mark.parametrize(
    ("short", "text", "expected"),
    [
        ("HMM", "a hidden Markov model", "hidden Markov model"),
        ("TTBK1", "of tau tubulin kinase 1", "tau tubulin kinase 1"),
        ("ABC", "the alphabet", None),
    ],
)
def test_the_long_form_is_the_shortest_end_of_the_text_that_has_the_letters(short: str, text: str, expected: str | None) -> None:
    assert long_form(short, text) == expected


def test_an_acronym_means_what_most_texts_mean_by_it() -> None:
    texts = ["automatic speech recognition (ASR)"] * 2 + ["age standardised rate (ASR)"]
    assert usual_acronyms(texts) == [ASR]
    assert usual_acronyms(["age standardised rate (ASR)", "all sums read (ASR)", "automatic speech recognition (ASR)"]) == []


@pytest.mark.parametrize(
    ("question", "has", "means"),
    [
        ("Which ASR systems are small?", [ASR], []),
        ("which asr systems are small?", [ASR], []),
        ("Is automatic speech recognition solved?", [], [ASR]),
        ("Is automatic speech recognition (ASR) solved?", [], []),
        ("Is speech recognition automatic?", [], []),
    ],
)
def test_a_question_has_or_spells_out_an_acronym(question: str, has: list[Acronym], means: list[Acronym]) -> None:
    found = acronyms_in_question(question, [ASR])
    assert (list(found.has), list(found.means)) == (has, means)


def test_a_common_word_in_small_letters_is_no_acronym() -> None:
    age = Acronym("age", ("advanced", "glycation", "end", "products"))
    assert acronyms_in_question("does age matter?", [age]).has == ()
    assert acronyms_in_question("does AGE matter?", [age]).has == (age,)
