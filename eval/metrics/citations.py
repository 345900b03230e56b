"""Citations: recall and precision after ALCE, without its holes, and counts of what is wrong with them.

ALCE (Gao et al. 2023) leaves a sentence with an invented number out of precision, and looks at three citations at most.
Here every number counts, and invented ones are imprecise.
"""

from __future__ import annotations

from typing import Literal

from eval.metrics.faithfulness import ROWS, faithfulness_cited
from eval.metrics.measure import Measure, Verdicts, decided, evidence_claims, has_evidence_claims, valid
from eval.records import Row
from rag.model import Claim

Grade = Literal["precise", "invalid", "unsupported", "redundant"]
ALCE = "ALCE (Gao et al. 2023)"


def citation_recall(row: Row, verdicts: Verdicts) -> float | None:
    """The share of claims that all they cite together fully supports; a claim without citations counts 0.

    By this definition of ALCE's it is faithfulness to the citations; it stands under both names.
    """
    return faithfulness_cited(row, verdicts)


def citation_precision(row: Row, verdicts: Verdicts) -> float | None:
    """The share of citations of evidence claims that are precise, see `grade`; 0 where there are none, as in ALCE.

    One citation that cannot be graded, because the judge failed, leaves the question unscored.
    """
    grades = grades_of(row, verdicts)
    if None in grades or not evidence_claims(row):
        return None
    return grades.count("precise") / len(grades) if grades else 0.0


def grade(row: Row, place: int, claim: Claim, number: int, verdicts: Verdicts) -> Grade | None:
    """How good one citation of a claim is, the first of these that fits; None where that hangs on an unscored verdict.

    "invalid": the answer has no such citation. "unsupported": all that the claim cites does not support it. "precise": it
    is the only one, or supports the claim alone, or without it support is lost. "redundant": none of these.
    """
    cited = valid(row.answer, claim)
    if number not in cited:
        return "invalid"
    together = decided(verdicts, place, "cited")
    if not together:
        return None if together is None else "unsupported"
    if len(cited) == 1 or decided(verdicts, place, "alone", number):
        return "precise"
    without = decided(verdicts, place, "without", number)
    if without is False:
        return "precise"
    unknown = without is None or decided(verdicts, place, "alone", number) is None
    return None if unknown else "redundant"


def grades_of(row: Row, verdicts: Verdicts) -> list[Grade | None]:
    """The grades of all citations of evidence claims, each number of a claim once."""
    return [
        grade(row, place, claim, number, verdicts) for place, claim in evidence_claims(row) for number in dict.fromkeys(claim.citations)
    ]


def invalid_citations(row: Row, verdicts: Verdicts) -> float | None:
    """How many numbers of claims of any kind the answer has no citation for; no judge is needed."""
    if row.answer is None or not has_claims(row):
        return None
    return float(sum(len(set(claim.citations)) - len(valid(row.answer, claim)) for claim in row.answer.claims))


def missing_citations(row: Row, verdicts: Verdicts) -> float | None:
    """How many evidence claims cite nothing that exists; no judge is needed."""
    claims = evidence_claims(row)
    return float(sum(not valid(row.answer, claim) for _, claim in claims)) if claims else None


def unsupported_citations(row: Row, verdicts: Verdicts) -> float | None:
    """How many citations stand at claims that all their citations together do not support."""
    return _count(row, verdicts, "unsupported")


def redundant_citations(row: Row, verdicts: Verdicts) -> float | None:
    """How many citations a supported claim would not miss, and that do not support it alone."""
    return _count(row, verdicts, "redundant")


def has_claims(row: Row) -> bool:
    """True for answers with claims, what only comes nearest among them."""
    return row.outcome in ("answered", "nearest")


def _count(row: Row, verdicts: Verdicts, kind: Grade) -> float | None:
    grades = grades_of(row, verdicts)
    if None in grades or not evidence_claims(row):
        return None
    return float(grades.count(kind))


MEASURES = (
    Measure("citation_recall", "claims fully supported by all they cite", ROWS, citation_recall, has_evidence_claims, source=ALCE),
    Measure("citation_precision", "citations that a claim needs", ROWS, citation_precision, has_evidence_claims, source=ALCE),
    Measure(
        "invalid_citations",
        "numbers without a citation",
        "answered",
        invalid_citations,
        has_claims,
        higher_is_better=False,
        unit="count",
    ),
    Measure(
        "missing_citations",
        "claims that cite nothing that exists",
        ROWS,
        missing_citations,
        has_evidence_claims,
        higher_is_better=False,
        unit="count",
    ),
    Measure(
        "unsupported_citations",
        "citations of unsupported claims",
        ROWS,
        unsupported_citations,
        has_evidence_claims,
        higher_is_better=False,
        unit="count",
    ),
    Measure(
        "redundant_citations",
        "citations that a supported claim would not miss",
        ROWS,
        redundant_citations,
        has_evidence_claims,
        higher_is_better=False,
        unit="count",
    ),
)
