"""Metrics in words: what they are called, what they mean in one line, and how their values are written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from eval.records import Metric

NOTHING = "–"
TOO_SMALL = "n too small"

Unit = Literal["percent", "score", "each", "seconds", "tokens", "dollars", "number"]


@dataclass(frozen=True, slots=True)
class Wording:
    """How one metric is shown. `better` is the direction that is better, None where neither is."""

    label: str
    meaning: str
    unit: Unit = "percent"
    better: Literal["higher", "lower"] | None = "higher"

    def write(self, value: float | None) -> str:
        """A value in its unit, "not measured" for None."""
        return "not measured" if value is None else written(value, self.unit)

    @property
    def top(self) -> float | None:
        """The highest possible value, None where there is none."""
        return 1.0 if self.unit in ("percent", "score") else None


def written(value: float, unit: Unit) -> str:
    """A value as people read it: "98.4 %", "0.917", "53 ms", "$0.0021"."""
    if unit == "percent":
        return f"{value * 100:.1f}\u202f%" if 0 < value < 1 else f"{value * 100:.0f}\u202f%"
    if unit == "seconds":
        return f"{value * 1000:,.0f}\u202fms" if abs(value) < 1 else f"{value:,.1f}\u202fs"
    if unit == "tokens":
        return f"{value:,.0f}"
    if unit == "dollars":
        return f"${value:,.4f}" if value else "$0"
    return f"{value:.3f}" if unit == "score" else f"{value:,.2f}"


def signed(value: float, unit: Unit, *, named: bool = True) -> str:
    """A difference with its sign, "−1.2 points" of percentages; without the name of the unit for the first of two."""
    number = f"{abs(value) * 100:.1f}" if unit == "percent" else written(abs(value), unit)
    sign = "" if not re.search("[1-9]", number) else "+" if value > 0 else "−"
    return f"{sign}{number}" + ("\u202fpoints" if named and unit == "percent" else "")


def wording_of(name: str) -> Wording:
    """How a metric is shown; one that is not known keeps its own name and is a plain number."""
    if name in _WORDINGS:
        return _WORDINGS[name]
    return Wording(name.replace("_", " "), "", "number", None)


def interval(metric: Metric) -> str:
    """ "95 % interval 96.1 % to 99.8 %", or that there is none, and why."""
    if metric.low is None or metric.high is None:
        return f"no interval: {TOO_SMALL if metric.interval == TOO_SMALL else 'too few questions'}"
    return f"95 % interval {span(metric)}"


def span(metric: Metric) -> str:
    """ "96.1 % to 99.8 %", "n too small" where no interval holds for so few questions, or a dash."""
    if metric.low is None or metric.high is None:
        return TOO_SMALL if metric.interval == TOO_SMALL else NOTHING
    said = wording_of(metric.name)
    return f"{said.write(metric.low)} to {said.write(metric.high)}"


def scored(metric: Metric) -> str:
    """ "294 questions", or "280 of 294 questions" where some could not be scored."""
    if metric.of == 0:
        return "no question that it applies to"
    things = "question" if metric.of == 1 else "questions"
    return f"{metric.n:,} {things}" if metric.n == metric.of else f"{metric.n:,} of {metric.of:,} {things}"


def gap(metric: Metric) -> str:
    """A warning in words where questions went unscored, else nothing."""
    if metric.n >= metric.of:
        return ""
    missing = metric.of - metric.n
    return (
        f"Coverage {written(metric.coverage, 'percent')}: {missing:,} could not be scored and {'is' if missing == 1 else 'are'} left out."
    )


HEADLINE = (
    "faithfulness",
    "faithfulness_cited",
    "faithfulness_written",
    "verbatim",
    "passed_own_check",
    "citation_precision",
    "grounded_refusal_f1",
    "refusal_f1",
    "evidence_recall",
    "evidence_recall@120",
    "must_contain",
    "answer_correctness",
    "answer_relevance",
    "collection_exact",
    "ndcg@10",
    "latency_median",
    "cost",
)
"""The metrics that have a card, in this order, where a run has them."""

BY_KIND = (
    "outcome_answered",
    "outcome_nearest",
    "outcome_refused",
    "faithfulness",
    "faithfulness_cited",
    "citation_precision",
    "evidence_recall",
    "evidence_recall@120",
    "must_contain",
    "answer_correctness",
    "answer_relevance",
    "gold_recall",
    "collection_exact",
    "ndcg@10",
    "latency_median",
)
"""The columns of the tables by kind and by tag, where a run has them."""

_WORDINGS = {
    "faithfulness": Wording("Faithfulness", "Claims that are supported by the sentences they cite."),
    "faithfulness_written": Wording("Faithfulness, own words", "Claims in the system's own words that what they cite supports."),
    "verbatim": Wording("Verbatim", "Claims that are a cited sentence, word for word.", "percent", None),
    "passed_own_check": Wording(
        "Passed its own check", "Claims that this judge let into the answers and accepts again: no faithfulness.", "percent", None
    ),
    "faithfulness_cited": Wording("Faithfulness", "Claims that are supported by the sentences they cite."),
    "faithfulness_retrieved": Wording("Faithfulness to all retrieved", "Claims that are supported by anything that was retrieved."),
    "citation_precision": Wording("Citation precision", "Citations that their claim needs; invented ones count against it."),
    "citation_recall": Wording("Citation recall", "Claims that all they cite together fully supports; without citations a claim counts 0."),
    "invalid_citations": Wording("Invalid citations", "Numbers in an answer that stand for no source.", "each", "lower"),
    "missing_citations": Wording("Missing citations", "Claims in an answer that cite nothing.", "each", "lower"),
    "unsupported_citations": Wording("Unsupported citations", "Citations of claims that are not supported, an answer.", "each", "lower"),
    "redundant_citations": Wording("Redundant citations", "Citations that a claim would not miss, an answer.", "each", "lower"),
    "unscored": Wording("Unscored", "Verdicts in which the judge failed.", "percent", "lower"),
    "outcome_answered": Wording("Answered", "Questions that were answered.", "percent", None),
    "outcome_nearest": Wording("Nearest", "Questions shown what may not be the answer.", "percent", None),
    "outcome_refused": Wording("Refused", "Questions that were refused.", "percent", None),
    "outcome_info": Wording("Information", "Questions taken for a greeting, or for one about the corpus.", "percent", None),
    "outcome_error": Wording("Errors", "Questions that ended in an error.", "percent", "lower"),
    "outcome_no_claims": Wording("No claims", "Answers that say nothing.", "percent", "lower"),
    "refusal_precision": Wording("Refusal precision", "Refusals of questions that the corpus does not answer."),
    "refusal_recall": Wording("Refusal recall", "Unanswerable questions that are refused."),
    "refusal_f1": Wording("Refusal F1", "Refusing exactly what the corpus does not answer.", "score"),
    "answered_precision": Wording("Answer precision", "Answers to questions that the corpus answers."),
    "answered_recall": Wording("Answer recall", "Answerable questions that are answered."),
    "answered_f1": Wording("Answer F1", "Answering exactly what the corpus answers.", "score"),
    "grounded_refusal_f1": Wording("Grounded refusals", "Mean of the F1 of refusing and of answering (Trust-Score).", "score"),
    "refused_absent_topic": Wording("Absent topics refused", "Questions on topics that the corpus lacks, refused."),
    "nearest_absent_topic": Wording("Absent topics, nearest", "The same, shown what may not be the answer.", "percent", None),
    "answered_absent_topic": Wording("Absent topics answered", "The same, plainly answered, or failed.", "percent", "lower"),
    "refused_absent_detail": Wording("Absent details refused", "Questions for details that no abstract reports, refused."),
    "nearest_absent_detail": Wording("Absent details, nearest", "The same, shown what may not be the answer.", "percent", None),
    "answered_absent_detail": Wording("Absent details answered", "The same, plainly answered, or failed.", "percent", "lower"),
    "risk_coverage_area": Wording(
        "Risk-coverage area", "Unanswerable among the most likely answerable, over all coverages.", "score", "lower"
    ),
    "false_premise_corrected": Wording("False premises corrected", "The sentence that contradicts the premise is shown."),
    "false_premise_refused": Wording("False premises refused", "Refused, which is accepted.", "percent", None),
    "false_premise_missed": Wording("False premises missed", "Neither corrected nor refused.", "percent", "lower"),
    "evidence_recall": Wording("Evidence recall", "Gold evidence that the answer cites."),
    "evidence_recall@120": Wording("Evidence recall", "Gold evidence that the first 120 words of the answer cite."),
    "any_evidence@120": Wording("Any evidence", "At least one piece of gold evidence in the first 120 words."),
    "must_contain": Wording("Says what it must", "Answers with all that a right answer says, in one of its wordings."),
    "answer_correctness": Wording(
        "Answer correctness", "F1 of the answer's claims and the statements of the reference answer, held against each other.", "score"
    ),
    "correctness_precision": Wording(
        "Correctness, precision", "Claims that the reference answer or its gold sentences bear out; more than the reference is not wrong."
    ),
    "correctness_recall": Wording("Correctness, recall", "Statements of the reference answer that the answer says."),
    "answer_relevance": Wording("Answer relevance", "Claims that address the question, right or wrong."),
    "context_precision": Wording("Context precision", "Relevant abstracts stand first among those retrieved."),
    "context_recall": Wording("Context recall", "Of what the answer needs, what was retrieved."),
    "context_utilisation": Wording("Context utilisation", "Of what the answer needs and was retrieved, what it uses."),
    "noise_sensitivity_relevant": Wording(
        "Noise of relevant abstracts", "Claims that the reference does not bear out and a relevant abstract does.", "percent", "lower"
    ),
    "noise_sensitivity_irrelevant": Wording(
        "Noise of irrelevant abstracts", "Claims that the reference does not bear out and an irrelevant abstract does.", "percent", "lower"
    ),
    "followup_evidence@120": Wording("Evidence of follow-ups", "Gold evidence that the last turn of a conversation cites."),
    "followup_recall@5": Wording("Recall@5 of follow-ups", "Gold abstracts among the first 5 retrieved for it."),
    "gold_recall": Wording("Gold recall", "Gold abstracts that the answer cites."),
    "gold_precision": Wording("Gold precision", "Cited abstracts that are gold."),
    "collection_exact": Wording("Lists and counts exact", "The number and the members are exactly right."),
    "number_stated": Wording("Number stated", "Counts that state the right number."),
    "members_exact": Wording("Members exact", "Lists that cite exactly the right abstracts."),
    "members_f1": Wording("Members F1", "Cited abstracts against the right members.", "score"),
    "ndcg@10": Wording("nDCG@10", "Gold abstracts at the top of the ranking, before any answering.", "score"),
    "recall@5": Wording("Recall@5", "Gold abstracts among the first 5 retrieved."),
    "recall@10": Wording("Recall@10", "Gold abstracts among the first 10 retrieved."),
    "recall@20": Wording("Recall@20", "Gold abstracts among the first 20 retrieved."),
    "mrr": Wording("MRR", "1 / rank of the first gold abstract.", "score"),
    "latency_median": Wording("Median time", "Half of the questions take no longer.", "seconds", "lower"),
    "latency_p95": Wording("95 % of times", "95 % of the questions take no longer.", "seconds", "lower"),
    "tokens": Wording("Tokens", "Tokens of the model service a question.", "tokens", "lower"),
    "cost": Wording("Cost", "US dollars a question.", "dollars", "lower"),
}
