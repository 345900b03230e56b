"""Words, sentences and phrases of English research prose, and the lexicon of words that stand for one idea."""

from __future__ import annotations

from rag.text.lexicon import BE, DO, MONTH, MONTHS, NUMBER_WORDS, ORDINALS, any_of, typed_phrases, values, words_of
from rag.text.names import SHORTEST_NAME, Forms, count_names, proper_names
from rag.text.phrases import Acronym, acronyms_in_question, usual_acronyms
from rag.text.sentences import passages, sentence_spans, split_sentences
from rag.text.theme_phrases import themes
from rag.text.vocabulary import ReadAbstract, Vocabulary, folded, read_abstract, read_vocabulary, units
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
    "SHORTEST_NAME",
    "STOP_WORDS",
    "Acronym",
    "Forms",
    "ReadAbstract",
    "Vocabulary",
    "acronyms_in_question",
    "any_of",
    "contains_run",
    "count_names",
    "folded",
    "folded_words",
    "idf",
    "is_common",
    "is_english",
    "passages",
    "proper_names",
    "read_abstract",
    "read_vocabulary",
    "sentence_spans",
    "split_sentences",
    "squeeze_name",
    "stem",
    "stems",
    "themes",
    "token_idf",
    "typed_phrases",
    "units",
    "usual_acronyms",
    "values",
    "word_spans",
    "words_of",
]
