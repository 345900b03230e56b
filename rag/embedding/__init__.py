"""Text as vectors: the embedders that `RAG_EMBEDDING` names, and the similarity of words and sentences."""

from __future__ import annotations

from rag.embedding.encoder import INSTALL, MiniLM, load_encoder, use_one_thread
from rag.embedding.loading import encoder_advice, load_embedder, vector_spaces
from rag.embedding.meaning import encode_in_context, meanings, sentence_cosines, sentence_meanings
from rag.embedding.similarity import (
    Floats,
    LongText,
    ShortText,
    joined_windows,
    nearness,
    read_long,
    read_short,
    shared_stems,
    weighted_mean,
    window_cosines,
    word_matches,
)
from rag.embedding.wordllama import Embedder, Vectors, WordLlama, dot, load_wordllama, unit_rows

__all__ = [
    "INSTALL",
    "Embedder",
    "Floats",
    "LongText",
    "MiniLM",
    "ShortText",
    "Vectors",
    "WordLlama",
    "dot",
    "encode_in_context",
    "encoder_advice",
    "joined_windows",
    "load_embedder",
    "load_encoder",
    "load_wordllama",
    "meanings",
    "nearness",
    "read_long",
    "read_short",
    "sentence_cosines",
    "sentence_meanings",
    "shared_stems",
    "unit_rows",
    "use_one_thread",
    "vector_spaces",
    "weighted_mean",
    "window_cosines",
    "word_matches",
]
