"""Words, sentences and phrases of English research prose, and the lexicon of words that stand for one idea."""

from __future__ import annotations

from rag.text.lexicon import BE, DO, HAVE, MONTH, MONTHS, NUMBER_WORDS, ORDINALS, any_of, values, words_of
from rag.text.phrases import Key, covered, defined, spelled, themes, usual
from rag.text.sentences import passages, sentence_spans, split_sentences
from rag.text.words import IDF_VERSION, STOP_WORDS, folded_words, has_run, idf, is_common, is_english, spans, stem, stems, token_idf

__all__ = [
    "BE",
    "DO",
    "HAVE",
    "IDF_VERSION",
    "MONTH",
    "MONTHS",
    "NUMBER_WORDS",
    "ORDINALS",
    "STOP_WORDS",
    "Key",
    "any_of",
    "covered",
    "defined",
    "folded_words",
    "has_run",
    "idf",
    "is_common",
    "is_english",
    "passages",
    "sentence_spans",
    "spans",
    "spelled",
    "split_sentences",
    "stem",
    "stems",
    "themes",
    "token_idf",
    "usual",
    "values",
    "words_of",
]
