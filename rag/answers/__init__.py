"""Composing answers: extractive, comparative, surveys, refusals, and those that a model writes and code checks."""

from __future__ import annotations

from rag.answers.pipeline import Pipeline
from rag.answers.prompts import count_tokens

__all__ = ["Pipeline", "count_tokens"]
