"""Whether a text is in English, as all abstracts are taken to be: by its letters and its function words."""

from __future__ import annotations

import unicodedata

from rag.lexicon import words_of
from rag.words import words

_ENGLISH = words_of("auxiliaries") | frozenset(
    "the of and in on to for with by from that this which what how why who where when it its as an at be not or than many much "
    "between about their they any there use used".split()
)
# Frequent words of other languages of the Latin script that are no English words.
_FOREIGN = frozenset(
    """der das und ist nicht ein eine einen dem den für mit auf von wie warum welche welcher welches wird werden sind wurde zu im
    le les des une est dans pour avec sur que qui quel quelle quels quelles comment pourquoi quoi du et sont au aux ce cette
    el los las una es por para con qué cómo cuál cuáles y se del su como sobre más
    il gli che di per sono nel della delle come quale quali perché cosa è non
    os um uma não são quais qual por que em com ao da do dos das mais
    het een van voor zijn wat hoe niet welke waarom worden met
    och att det som är för inte vad hur vilka på av till med
    jest nie jak się czy dla przez które dlaczego w z na
    ve bir bu için ne nasıl neden hangi ile""".split()
)
_NON_LATIN = 0.3  # of a text's letters


def is_english(text: str) -> bool:
    """True unless the letters are mostly not Latin, or function words of other languages outnumber the English ones.

    A text without any function word, such as a few search terms, counts as English.
    """
    letters = [character for character in text if character.isalpha()]
    foreign = sum("LATIN" not in unicodedata.name(letter, "") and not _greek(letter) for letter in letters)
    if letters and foreign >= _NON_LATIN * len(letters):
        return False
    said = [word.casefold() for word in words(text)]
    return sum(word in _ENGLISH for word in said) >= sum(word in _FOREIGN - _ENGLISH for word in said)


def _greek(letter: str) -> bool:
    """Greek letters stand in formulas."""
    return "GREEK" in unicodedata.name(letter, "")
