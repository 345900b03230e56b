"""All metrics by name, and what they give over the rows of a run: overall, by kind, by tag, by split, by turns.

Four rules hold for all of them. A question in which the judge failed where it was needed is in `of` and not in `n`: it lowers
the coverage, never the mean. An error is a failure: it counts 0 wherever something was to be answered, found or refused. A
metric that has no say in a question leaves it out of both. Nothing is ever not-a-number: what is undefined is None.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import numpy as np

from eval.metrics import (
    answer_correctness,
    citations,
    collection,
    context,
    conversation,
    correctness,
    cost,
    faithfulness,
    refusal,
    relevance,
    retrieval,
)
from eval.metrics.conversation import turns_before
from eval.metrics.measure import Measure, Parts
from eval.records import Metric, Row, Verdict
from eval.statistics import interval
from rag.model import pluralize

METRICS: Mapping[str, Measure] = {
    measure.name: measure
    for module in (
        refusal,
        faithfulness,
        citations,
        correctness,
        answer_correctness,
        relevance,
        collection,
        retrieval,
        context,
        conversation,
        cost,
    )
    for measure in module.MEASURES
}

By = Literal["kind", "tag", "split", "turns"]
Judged = Mapping[str, Sequence[Verdict]]
Scores = Mapping[str, tuple[float | None, Parts | None]]  # value and parts of each question, by its id
Known = dict[str, Scores]  # the scores of each metric, by its name


def aggregate(
    rows: Sequence[Row],
    verdicts: Iterable[Verdict],
    *,
    seed: int = 0,
    metrics: Mapping[str, Measure] = METRICS,
    known: Known | None = None,
) -> dict[str, Metric]:
    """Every metric over these rows. Verdicts on other questions are not looked at.

    `known` is filled with what each metric says of each question, for `breakdown` of the same rows and verdicts. Raises ValueError
    for two rows of one question.
    """
    judged = by_question(rows, verdicts)
    scores = {} if known is None else known
    return {name: _metric(measure, rows, judged, _scores(measure, rows, judged, scores), seed) for name, measure in metrics.items()}


def breakdown(
    rows: Sequence[Row],
    verdicts: Iterable[Verdict],
    by: By,
    *,
    seed: int = 0,
    metrics: Mapping[str, Measure] = METRICS,
    known: Known | None = None,
) -> dict[str, dict[str, Metric]]:
    """Every metric over the rows of each kind, tag, split or number of turns before, in order of name; a row with several tags is in
    several groups."""
    judged = by_question(rows, verdicts)
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        for name in labels(row, by):
            groups[name].append(row)
    found: dict[str, dict[str, Metric]] = {group: {} for group in sorted(groups)}
    for name, measure in metrics.items():
        scores = _scores(measure, rows, judged, {} if known is None else known)
        for group, metrics_of in found.items():
            metrics_of[name] = _metric(measure, groups[group], judged, scores, seed)
    return found


def labels(row: Row, by: By) -> tuple[str, ...]:
    """The groups that a row is in, each once."""
    question = row.question
    names = {"kind": (question.kind,), "tag": question.tags, "split": (question.split,), "turns": (_turns(row),)}[by]
    return tuple(dict.fromkeys(name for name in names if name))


def _turns(row: Row) -> str:
    """How much of a conversation comes before the question."""
    return pluralize(turns_before(row), "turn") + " before"


def by_question(rows: Sequence[Row], verdicts: Iterable[Verdict]) -> dict[str, list[Verdict]]:
    """The verdicts of each row, by the id of its question; raises ValueError for two rows of one question."""
    judged: dict[str, list[Verdict]] = {}
    for row in rows:
        if row.question.id in judged:
            raise ValueError(f"Question {row.question.id!r} has two rows; a run has one a question.")
        judged[row.question.id] = []
    for verdict in verdicts:
        if verdict.question_id in judged:
            judged[verdict.question_id].append(verdict)
    return judged


def _scores(measure: Measure, rows: Sequence[Row], judged: Judged, known: Known) -> Scores:
    """What one metric says of each question, by its id; taken from what is known, or added to it."""
    if measure.name not in known:
        known[measure.name] = {row.question.id: measure.scored(row, judged[row.question.id]) for row in rows}
    return known[measure.name]


def _metric(measure: Measure, rows: Sequence[Row], judged: Judged, scores: Scores, seed: int) -> Metric:
    scored = [(row.question.id, *scores[row.question.id]) for row in rows]
    values = {name: value for name, value, _ in scored if value is not None}
    parts = np.array([one for _, _, one in scored if one is not None], dtype=float)
    share, count = measure.unit == "share", measure.unit == "count"
    low, high, how = interval(parts, measure.statistic, share=share, count=count, seed=seed)
    of = sum(measure.due(row, judged[row.question.id]) for row in rows)
    return Metric(measure.name, measure.statistic.of(parts), low, high, len(values), of, values, how)
