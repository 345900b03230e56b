"""Words, sentences and phrases of English research prose, and the lexicon of words that stand for one idea."""

from __future__ import annotations

from rag.text.lexicon import BE, DO, MONTH, MONTHS, NUMBER_WORDS, ORDINALS, any_of, typed_phrases, values, words_of
from rag.text.phrases import Acronym, acronyms_in_question, themes, usual_acronyms
from rag.text.sentences import passages, sentence_spans, split_sentences
from rag.text.words import (
    IDF_VERSION,
    STOP_WORDS,
    contains_run,
    folded_words,
    idf,
    is_common,
    is_english,
    squeeze_name,
    stem,
    stems,
    token_idf,
    word_spans,
)

__all__ = [
    "BE",
    "DO",
    "IDF_VERSION",
    "MONTH",
    "MONTHS",
    "NUMBER_WORDS",
    "ORDINALS",
    "STOP_WORDS",
    "Acronym",
    "acronyms_in_question",
    "any_of",
    "contains_run",
    "folded_words",
    "idf",
    "is_common",
    "is_english",
    "passages",
    "sentence_spans",
    "split_sentences",
    "squeeze_name",
    "stem",
    "stems",
    "themes",
    "token_idf",
    "typed_phrases",
    "usual_acronyms",
    "values",
    "word_spans",
    "words_of",
]
