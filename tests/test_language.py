"""Telling English from other languages by letters and function words."""

from __future__ import annotations

import pytest

from rag.text.words import is_english


@pytest.mark.parametrize(
    "text",
    [
        "How does KS-Lottery find winning tickets?",
        "wav2vec 2.0 fine-tuning",
        "LLaSE-G1",
        "",
        "What are α and β in the loss?",
        "Does the São Paulo corpus contain Portuguese speech?",
        "The model outperforms all others by 3 % on LRS3.",
    ],
)
def test_english_and_bare_terms_count_as_english(text: str) -> None:
    assert is_english(text)


@pytest.mark.parametrize(
    "text",
    [
        "Wie findet KS-Lottery die Gewinnlose?",
        "Quels jeux de données sont utilisés pour la reconnaissance vocale ?",
        "¿Cómo se entrena el modelo LLaSE-G1?",
        "Como o modelo foi treinado em português?",
        "KS-Lottery は当たりくじをどうやって見つけますか？",
        "Какие модели распознают речь?",
        "Hoe wordt het model getraind?",
    ],
)
def test_other_languages_do_not(text: str) -> None:
    assert not is_english(text)
