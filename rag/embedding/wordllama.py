"""Embedding by wordllama's token vectors: without a key, torch, a download or its own runtime."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, filterfalse
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rag.model import SettingsError
from rag.text import IDF_VERSION, token_idf

# Tokenizing word by word, each word once: the same tokens as from the whole text, in a tenth of the time.

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
        new = list(dict.fromkeys(filterfalse(known.__contains__, chain.from_iterable(lines))))
        found = dict(zip(new, self._encode(new), strict=True))
        known.update((word, ids) for word, ids in found.items() if len(word) <= _LONGEST)
        return known if len(found) == sum(len(word) <= _LONGEST for word in found) else {**known, **found}

    def _encode(self, texts: list[str]) -> list[list[int]]:
        return [one.ids for one in self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)] if texts else []


def _falls_apart(text: str) -> bool:
    return bool(text) and text[0] != " " and text[-1] != " " and not any(map(text.__contains__, _SPECIAL))


# Embedding text: wordllama's token vectors by default, without a key, torch, a download or its own runtime.

Vectors = NDArray[np.float32]
_GATHERED = 2048  # token rows that are gathered at once: 2 MB, within the processor's cache


class Embedder(Protocol):
    """Turns texts into unit vectors."""

    @property
    def name(self) -> str:
        """What the index remembers it by; another name means another space of vectors."""
        ...

    @property
    def dimensions(self) -> int:
        """Numbers of a vector."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row a text, of length 1; a text without a known token gives a row of zeros. Shape (n, dimensions)."""
        ...


@dataclass(frozen=True)
class WordLlama:
    """Static token embeddings (WordLlama "l2_supercat", 256 numbers a token; Miller 2024), averaged with weights.

    `table` has one row a token of the vocabulary, shape (32000, 256), already scaled by the square root of the token's
    inverse document frequency: better than the plain mean on both retrieval collections (`python -m benchmarks.retrieval`).
    `reread` is whether the encoder is to read the best candidates again at question time. Safe to use from several threads.
    """

    table: Vectors
    word_tokens: WordTokens
    name: str = f"wordllama-idf{IDF_VERSION}"
    reread: bool = False

    @property
    def dimensions(self) -> int:
        """Numbers of a vector: 256."""
        return int(self.table.shape[1])

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        """The token ids of each text."""
        return self.word_tokens(texts)

    def count_tokens(self, text: str) -> int:
        """How many tokens a text has."""
        return len(self.tokens([text])[0])

    def embed(self, texts: Sequence[str]) -> Vectors:
        """The weighted mean of each text's token vectors, scaled to length 1. Shape (n, 256)."""
        return self.pool(self.tokens(texts))

    def pool(self, ids: Sequence[Sequence[int]]) -> Vectors:
        """The vectors of texts that are tokenized already. Shape (n, 256).

        Token rows are added in the order of the text, so that a text's vector is the same in every batch to the last bit.
        """
        rows = np.zeros((len(ids), self.dimensions), dtype=np.float32)
        of_length: dict[int, list[int]] = {}
        for index, one in enumerate(ids):
            of_length.setdefault(len(one), []).append(index)
        of_length.pop(0, None)
        for length, indexes in of_length.items():
            size = max(1, _GATHERED // length)
            for part in (indexes[start : start + size] for start in range(0, len(indexes), size)):
                rows[part] = self.table[np.array([ids[index] for index in part])].sum(axis=1)
        return unit_rows(rows)


def dot(left: Vectors, right: Vectors) -> Vectors:
    """The matrix product of finite numbers.

    OpenBLAS may leave the processor's "invalid" flag set by lanes that it computes and throws away; numpy then warns of
    finite products of finite numbers, now and then.
    """
    with np.errstate(invalid="ignore", over="ignore", divide="ignore", under="ignore"):
        return np.asarray(left @ right, dtype=np.float32)


def unit_rows(rows: Vectors) -> Vectors:
    """Rows scaled to length 1; a row of zeros stays zeros."""
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.where(lengths == 0, 1, lengths), dtype=np.float32)


def _folder() -> Path:
    # Looked up without importing: wordllama itself costs 0.2 s more and reconfigures the root logger.
    spec = importlib.util.find_spec("wordllama")
    if spec is None or spec.origin is None:
        raise SettingsError("The package wordllama is not installed. Type: pip install wordllama")
    return Path(spec.origin).parent


def wordllama_tokenizer() -> Any:
    """The tokenizer that lies in the wordllama wheel, without padding and truncation."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(_folder() / "tokenizers" / "l2_supercat_tokenizer_config.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


@lru_cache(maxsize=1)
def load_wordllama() -> WordLlama:
    """Read the weights and the tokenizer that lie in the wordllama wheel (0.1 s)."""
    from safetensors.numpy import load_file

    weights = load_file(_folder() / "weights" / "l2_supercat_256.safetensors")
    plain = np.ascontiguousarray(weights["embedding.weight"], dtype=np.float32)
    return WordLlama(plain * np.sqrt(token_idf())[:, None], WordTokens(wordllama_tokenizer()))
