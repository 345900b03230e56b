"""The evaluation harness: what the assistant's answers are worth, with coverage and error.

>>> from eval import evaluate, load_questions
>>> run = evaluate(load_questions(), assistant)
>>> run.metrics["faithfulness_cited"], run.frame()
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eval.questions import load_questions
    from eval.records import Metric, Question, Row, Verdict
    from eval.runs import Run, evaluate

__all__ = ["Metric", "Question", "Row", "Run", "Verdict", "evaluate", "load_questions"]

logging.getLogger(__name__).addHandler(logging.NullHandler())

_HOMES = {
    "Metric": "eval.records",
    "Question": "eval.records",
    "Row": "eval.records",
    "Run": "eval.runs",
    "Verdict": "eval.records",
    "evaluate": "eval.runs",
    "load_questions": "eval.questions",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'eval' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
