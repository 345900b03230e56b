"""Composing answers: extractive, comparative, surveys, refusals, and those that a model writes and code checks."""

from __future__ import annotations

from rag.answers.comparison import gather_comparison
from rag.answers.generate import Task, Writer
from rag.answers.planner import AnswerMaterial, answer_in_own_words, early_refusal, with_hints
from rag.answers.prompts import count_tokens, recent, rewritten
from rag.answers.surveys import agreement_answer, read_point

__all__ = [
    "AnswerMaterial",
    "Task",
    "Writer",
    "agreement_answer",
    "answer_in_own_words",
    "count_tokens",
    "early_refusal",
    "gather_comparison",
    "read_point",
    "recent",
    "rewritten",
    "with_hints",
]
