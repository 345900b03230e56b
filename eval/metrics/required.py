"""What a right answer must contain: whether a text says a required string, compared by tokens and not by letters.

Tokens are the words and numbers of `rag.text`. Words are compared by their stems, so that case, accents and inflection make no
difference; numbers by their values, so that "70,000", "70K" and "70 thousand" are one, and "four" is "4"; "%" is "percent". Articles
are left out. Hyphens and the spelling of a compound make no difference either ("pre-training", "pretraining"), nor does a blank between
a number and its unit ("175bps"). A number is whole: "5" is not in "15", "5.2" or "5,000".
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby

from eval.records import ALTERNATIVES
from rag.text import NUMBER_WORDS, folded_words, stem, values, word_spans

_ARTICLES = frozenset(("a", "an", "the"))
_PERCENT = " percent "
_SCALES = {"k": 1_000, "m": 1_000_000, "b": 1_000_000_000, **values("scales")}
_LETTERS = ("k", "m", "b")  # these stand right behind their number
_ONE = "one"  # a pronoun, unless a scale follows

Token = tuple[str, str, bool]  # as written and folded, as compared, whether it follows the one before without a blank


def alternatives(required: str) -> tuple[str, ...]:
    """The wordings of a required string."""
    return tuple(filter(None, (one.strip() for one in required.split(ALTERNATIVES))))


def occurs(required: str, text: str) -> bool:
    """True where a text says one of the wordings of a required string."""
    return any(says(text, one) for one in alternatives(required))


def says(text: str, part: str) -> bool:
    """True where a text says a part, its words one after the other."""
    return _stands(read(part), read(text))


@lru_cache(maxsize=8_192)
def read(text: str) -> tuple[str, ...]:
    """The tokens of a text as they are compared: stems, and numbers in one normal form."""
    plain = unicodedata.normalize("NFKC", text).replace("\\%", "%").replace("%", _PERCENT).replace("per cent", "percent")
    return tuple(_merged([one for one in _tokens(plain) if one[0] not in _ARTICLES]))


def _stands(wanted: Sequence[str], said: Sequence[str]) -> bool:
    """True where a run of tokens reads like the wanted ones, however compounds are written; nothing wanted stands nowhere."""
    whole = _joined(wanted)
    return any(whole.startswith(_piece(token)) and _begins(whole, said, start) for start, token in enumerate(said)) if whole else False


def _begins(whole: str, said: Sequence[str], start: int) -> bool:
    """True where the tokens from one on, joined, are exactly the wanted text."""
    place = 0
    for at in range(start, len(said)):
        piece = _piece(said[at])
        if place == len(whole) or not whole.startswith(piece, place):
            break
        place += len(piece)
    return place == len(whole)


def _joined(tokens: Sequence[str]) -> str:
    return "".join(map(_piece, tokens))


def _piece(token: str) -> str:
    """Words of a compound may be joined, numbers must not be."""
    return f" {token} " if token[:1].isdigit() else token


def _tokens(text: str) -> Iterator[Token]:
    """Words and numbers; letters and digits that stand together come apart."""
    last = -1
    for start, end in word_spans(text):
        for part in _parts(text[start:end]):
            (folded,) = folded_words(part) or (part.casefold(),)
            yield folded, _number(folded) or stem(folded), start == last
            start += len(part)
            last = start


def _parts(word: str) -> Iterator[str]:
    """ "wav2vec2" as "wav", "2", "vec", "2"; "12.5" is one."""
    for _, part in groupby(word, key=lambda one: one.isdigit() or one in ".,"):
        yield "".join(part)


def _number(folded: str) -> str:
    """A number in one normal form, "" for what is none."""
    if folded[:1].isdigit():
        bare = folded.replace(",", "")
        return bare.rstrip("0").rstrip(".") if bare.count(".") == 1 else bare
    return str(NUMBER_WORDS[folded]) if folded in NUMBER_WORDS and folded != _ONE else ""


def _merged(tokens: Sequence[Token]) -> Iterator[str]:
    """Each number with the scale that follows it, and tens with their units: "7B", "7 billion", "twenty-one"."""
    at = 0
    while at < len(tokens):
        folded, compared, _ = tokens[at]
        after = tokens[at + 1] if at + 1 < len(tokens) else ("", "", False)
        scale = _scale(after)
        if scale and (compared[:1].isdigit() or folded == _ONE) and compared.count(".") <= 1:
            yield _scaled("1" if folded == _ONE else compared, scale)
            at += 2
        elif _is_ten(folded) and after[0] in NUMBER_WORDS and 0 < NUMBER_WORDS[after[0]] < 10:
            yield str(NUMBER_WORDS[folded] + NUMBER_WORDS[after[0]])
            at += 2
        else:
            yield compared
            at += 1


def _scale(token: Token) -> int:
    """What a token multiplies the number before it by; 0 for other tokens."""
    folded, _, close = token
    return 0 if folded in _LETTERS and not close else _SCALES.get(folded, 0)


def _scaled(number: str, scale: int) -> str:
    return f"{float(number) * scale:.0f}"


def _is_ten(folded: str) -> bool:
    return not folded[:1].isdigit() and NUMBER_WORDS.get(folded, 0) >= 20
