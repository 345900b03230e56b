"""Tokenizing word by word, each word once: the same tokens as from the whole text, in a tenth of the time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

_MOST_WORDS = 200_000  # remembered; SciFact's 5,183 abstracts have 100,000 different ones (25 MB)
_LONGEST = 64  # characters of a word that is worth remembering

# The tokenizer writes a space as "▁" and has no token with one inside, save runs of spaces: a text without these falls
# apart at its spaces. Its special tokens would be found in the text as well.
_SPECIAL = ("  ", "▁", "<s>", "</s>", "<unk>")


class WordTokens:
    """The token ids of texts, from a Llama tokenizer (byte-pair encoding, no pre-tokenizer). Safe to use from several threads."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._known: dict[str, list[int]] = {}

    def __call__(self, texts: Sequence[str]) -> list[list[int]]:
        """The token ids of each text, equal to the tokenizer's own; none for an empty text."""
        return [list(chain.from_iterable(pieces)) for pieces in self._pieces(texts)]

    def counts(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each text has."""
        return [sum(map(len, pieces)) for pieces in self._pieces(texts)]

    def _pieces(self, texts: Sequence[str]) -> Iterator[Iterable[list[int]]]:
        """The ids of each text, in pieces."""
        lines = [text.split(" ") if _falls_apart(text) else [] for text in texts]
        known = self._words(lines)
        whole = iter(self._encode([text for text, line in zip(texts, lines, strict=True) if text and not line]))
        for text, line in zip(texts, lines, strict=True):
            yield map(known.__getitem__, line) if line else [next(whole)] if text else []

    def _words(self, lines: Sequence[Sequence[str]]) -> dict[str, list[int]]:
        """The ids of all words of these lines; another thread may forget words, but not those that this one looks up."""
        if len(self._known) > _MOST_WORDS:
            self._known = {}
        known = self._known
        new = list({word: None for line in lines for word in line if word not in known})
        found = dict(zip(new, self._encode(new), strict=True))
        known.update((word, ids) for word, ids in found.items() if len(word) <= _LONGEST)
        return known if len(found) == sum(len(word) <= _LONGEST for word in found) else {**known, **found}

    def _encode(self, texts: list[str]) -> list[list[int]]:
        return [one.ids for one in self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)] if texts else []


def _falls_apart(text: str) -> bool:
    return bool(text) and text[0] != " " and text[-1] != " " and not any(sign in text for sign in _SPECIAL)
