"""Runs of a question set: asked, stored, compared, gated."""

from __future__ import annotations

from eval.runs.asking import OwnAnswers, RecordedAnswers, SystemAnswers, finder
from eval.runs.comparison import Change, Comparison, compare
from eval.runs.folder import RunFolder
from eval.runs.gate import gate_conditions
from eval.runs.rejudging import rejudge
from eval.runs.run import Run, Told, evaluate, read_run, run_into

__all__ = [
    "Change",
    "Comparison",
    "OwnAnswers",
    "RecordedAnswers",
    "Run",
    "RunFolder",
    "SystemAnswers",
    "Told",
    "compare",
    "evaluate",
    "finder",
    "gate_conditions",
    "read_run",
    "rejudge",
    "run_into",
]
