"""Words as the stages compare them: folded, stemmed, weighted by how rare they are in research prose; and whether a text is English."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING

import Stemmer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

from rag.text.lexicon import words_of

# Words as the checker and the answerer compare them: folded, stemmed, weighted by how rare they are in research prose.

# A word is a run of letters and digits; a decimal point or thousands separator between digits stays inside it,
# and so does an apostrophe between letters.
_WORD = re.compile(r"\d+(?:[.,]\d+)+|[^\W_]+(?:['\u2019](?=[a-z])[a-z]+)?", re.IGNORECASE)

# Function words, and the words in which questions about papers are put ("which", "paper", "according to the authors"):
# they say nothing about what is asked for.
STOP_WORDS = words_of("auxiliaries") | frozenset(
    """a about above after again against all also although am among an and any as at be because been before being below
    between both but by cannot doing don down during each either few for from further having
    he her here hers herself him himself his how however i if in into it its itself just me more most my
    myself neither no nor not now of off on once one only onto or other our ours ourselves out over own per rather s same she
    since so some such t than that the their theirs them themselves then there these they this those though through
    thus to too toward towards under until up upon us very via we what when where whether which while who whom
    whose why with within without yet you your yours yourself
    i.e e.g et al""".split()
)

IDF_VERSION = "1"


@lru_cache(maxsize=1)
def _stemmer() -> Stemmer.Stemmer:
    return Stemmer.Stemmer("english")


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """The word lower-cased, without accents, reduced to its Snowball English stem; numbers lose their thousands separators."""
    folded = "".join(c for c in unicodedata.normalize("NFKD", word.casefold()) if not unicodedata.combining(c))
    if folded[:1].isdigit():
        return folded.replace(",", "")
    return str(_stemmer().stemWord(folded.replace("\u2019", "'").removesuffix("'s")))


def word_spans(text: str) -> list[tuple[int, int]]:
    """Where the words of a text stand: (start, end) offsets in order."""
    return [match.span() for match in _WORD.finditer(text)]


def folded_words(text: str) -> list[str]:
    """The words of a text, folded but not stemmed, in order, function words included; a possessive 's is left off."""
    return list(_folded(text))


@lru_cache(maxsize=4_096)
def _folded(text: str) -> tuple[str, ...]:
    if text.isascii():  # folding all at once is folding each word
        words = _WORD.findall(text.lower())
        return tuple(word.removesuffix("'s") for word in words) if "'" in text else tuple(words)
    return tuple(word.casefold().replace("\u2019", "'").removesuffix("'s") for word in _WORD.findall(text))


def stems(text: str) -> list[str]:
    """The stems of a text's content words, in order, repetitions kept."""
    return [stem(word) for word in folded_words(text) if word not in STOP_WORDS]


def contains_run(whole: Sequence[str], part: Sequence[str]) -> bool:
    """True where the words of a part stand in the whole one after the other; an empty part stands in any."""
    return any(tuple(whole[start : start + len(part)]) == tuple(part) for start in range(len(whole) - len(part) + 1))


@lru_cache(maxsize=1)
def _document_frequencies() -> tuple[int, dict[str, int]]:
    """How many of how many documents hold each stem; the table that is shipped (`python -m benchmarks.idf` makes it)."""
    lines = resources.files("rag.text").joinpath("data", f"idf-{IDF_VERSION}.tsv").read_text(encoding="utf-8").splitlines()
    documents = int(lines[0].split("\t")[1])
    frequencies = {}
    for line in lines[1:]:
        word, _, count = line.partition("\t")
        frequencies[word] = int(count)
    return documents, frequencies


@lru_cache(maxsize=65536)
def idf(word: str) -> float:
    """Inverse document frequency of a stem, ln(N / (df + 0.5)), never below 0.1; a stem not in the table counts as seen once."""
    documents, frequencies = _document_frequencies()
    return max(0.1, math.log(documents / (frequencies.get(word, 1) + 0.5)))


def is_common(word: str) -> bool:
    """True for a stem that research prose has: it is in the shipped table."""
    return word in _document_frequencies()[1]


@lru_cache(maxsize=1)
def token_idf() -> NDArray[np.float32]:
    """The inverse document frequency of each wordllama token in the same documents. Shape (32000,)."""
    import numpy as np  # readers of files need words and no vectors

    with resources.files("rag.text").joinpath("data", f"token-idf-{IDF_VERSION}.npy").open("rb") as file:
        return np.asarray(np.load(file), dtype=np.float32)


# Whether a text is in English, as all abstracts are taken to be: by its letters and its function words.

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
    said = [word.casefold() for word in folded_words(text)]
    return sum(word in _ENGLISH for word in said) >= sum(word in _FOREIGN - _ENGLISH for word in said)


def _greek(letter: str) -> bool:
    """Greek letters stand in formulas."""
    return "GREEK" in unicodedata.name(letter, "")


@lru_cache(maxsize=4_096)
def squeeze_name(text: str) -> str:
    """Letters and digits alone, folded: "Wav2Vec 2.0" and "wav2vec-2.0" become the same."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in folded if character.isalnum())
