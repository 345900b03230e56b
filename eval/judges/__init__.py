"""Who judges claims: the local check, a model, and how often each of them is wrong."""

from __future__ import annotations

from eval.judges.llm import LlmJudge
from eval.judges.local import LocalJudge
from eval.judges.tasks import Judge, Lookup, Task, cited_tasks, is_verbatim, judged
from eval.judges.validation import measured_error, validate_command, validation_table

__all__ = [
    "Judge",
    "LlmJudge",
    "LocalJudge",
    "Lookup",
    "Task",
    "cited_tasks",
    "is_verbatim",
    "judged",
    "measured_error",
    "validate_command",
    "validation_table",
]
