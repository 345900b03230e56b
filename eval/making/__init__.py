"""Questions made from a corpus, each with the sentence that answers it, and a second pass that drops what is unclear."""

from __future__ import annotations

from eval.making.checks import told
from eval.making.make import KINDS, make_questions
from eval.making.written import Writer

__all__ = ["KINDS", "Writer", "make_questions", "told"]
