"""Embedding text: wordllama's token vectors by default, without a key, torch, a download or its own runtime."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rag.errors import SettingsError

Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """Turns texts into unit vectors."""

    name: str
    dimensions: int

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row a text, of length 1; a text without a known token gives a row of zeros. Shape (n, dimensions)."""
        ...


@dataclass(frozen=True)
class WordLlama:
    """Static token embeddings, averaged (WordLlama "l2_supercat", 256 numbers a token; Miller 2024).

    `table` has one row a token of the vocabulary, shape (32000, 256). Safe to use from several threads.
    """

    table: Vectors
    tokenizer: Any
    name: str = "wordllama"

    @property
    def dimensions(self) -> int:
        """Numbers of a vector."""
        return int(self.table.shape[1])

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        """The token ids of each text."""
        encoded = self.tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [one.ids for one in encoded]

    def count_tokens(self, text: str) -> int:
        """How many tokens a text has."""
        return len(self.tokens([text])[0])

    def embed(self, texts: Sequence[str]) -> Vectors:
        """The mean of each text's token vectors, scaled to length 1. Shape (n, 256)."""
        ids = self.tokens(texts)
        counts = np.array([len(one) for one in ids], dtype=np.int64)
        rows = np.zeros((len(ids), self.dimensions), dtype=np.float32)
        filled = counts > 0
        if filled.any():
            flat = np.fromiter((token for one in ids for token in one), dtype=np.int64, count=int(counts.sum()))
            starts = np.concatenate(([0], np.cumsum(counts[filled])[:-1]))
            rows[filled] = np.add.reduceat(self.table[flat], starts, axis=0)
        return unit(rows)


def unit(rows: Vectors) -> Vectors:
    """Rows scaled to length 1; a row of zeros stays zeros."""
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.where(lengths == 0, 1, lengths), dtype=np.float32)


@lru_cache(maxsize=1)
def load_wordllama() -> WordLlama:
    """Read the weights and the tokenizer that lie in the wordllama wheel (0.1 s).

    Importing wordllama itself would cost 0.2 s more and reconfigure the root logger.
    """
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    spec = importlib.util.find_spec("wordllama")
    if spec is None or spec.origin is None:
        raise SettingsError("The package wordllama is not installed. Type: pip install wordllama")
    folder = Path(spec.origin).parent
    weights = load_file(folder / "weights" / "l2_supercat_256.safetensors")
    table = np.ascontiguousarray(weights["embedding.weight"], dtype=np.float32)
    description = json.loads((folder / "tokenizers" / "l2_supercat_tokenizer_config.json").read_text(encoding="utf-8"))
    tokenizer = Tokenizer.from_str(json.dumps(description))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return WordLlama(table, tokenizer)


def load_embedder(name: str) -> Embedder:
    """The embedder that `RAG_EMBEDDING` names; raises SettingsError for an unknown name."""
    if name == "wordllama":
        return load_wordllama()
    raise SettingsError(f"RAG_EMBEDDING cannot be {name!r}. Known: wordllama.")
