"""Faithfulness: are the claims of an answer supported by what it cites, or by what was retrieved."""

from __future__ import annotations

from eval.metrics.measure import Measure, Parts, Verdicts, decided, evidence_claims, has_evidence_claims, share, valid
from eval.records import Row

ROWS = "answered, with claims about what abstracts say"


def faithfulness_cited(row: Row, verdicts: Verdicts) -> float | None:
    """Supported claims / evidence claims, each claim against all that it cites.

    A claim that cites nothing that exists is not supported. "weak" is not supported. One unscored claim leaves the question
    unscored.
    """
    return share(_cited(row, verdicts))


def faithfulness_retrieved(row: Row, verdicts: Verdicts) -> float | None:
    """Supported claims / evidence claims, each claim against everything that was retrieved, whether it is cited or not.

    Where nothing was retrieved and the judge therefore said nothing, no claim is supported.
    """
    return share(_against_retrieved(row, verdicts))


def unscored(row: Row, verdicts: Verdicts) -> float | None:
    """The share of verdicts in which the judge failed; a cited claim that nobody judged counts as one such."""
    failed, due = unscored_parts(row, verdicts)
    return failed / due if has_cited_claims(row) else None


def unscored_parts(row: Row, verdicts: Verdicts) -> Parts:
    """(failed, due): over many questions all verdicts count alike."""
    judged = {one.claim for one in verdicts if one.against == "cited"}
    missing = sum(bool(valid(row.answer, claim)) and place not in judged for place, claim in evidence_claims(row))
    last = {(one.claim, one.against, one.citation): one.decision for one in verdicts}
    failed = sum(decision == "unscored" for decision in last.values())
    return float(failed + missing), float(len(last) + missing)


def has_cited_claims(row: Row) -> bool:
    """True where there is a claim that can be judged against what it cites."""
    return any(valid(row.answer, claim) for _, claim in evidence_claims(row))


def _cited(row: Row, verdicts: Verdicts) -> list[bool | None]:
    return [decided(verdicts, place, "cited") if valid(row.answer, claim) else False for place, claim in evidence_claims(row)]


def _against_retrieved(row: Row, verdicts: Verdicts) -> list[bool | None]:
    found = [decided(verdicts, place, "retrieved") for place, _ in evidence_claims(row)]
    return found if row.retrieved else [bool(one) for one in found]


MEASURES = (
    Measure(
        "faithfulness_cited",
        "claims that are supported by what they cite",
        ROWS,
        faithfulness_cited,
        has_evidence_claims,
        source="RAGChecker (Ru et al. 2024) and ragas count against all contexts; here against the citations",
    ),
    Measure(
        "faithfulness_retrieved",
        "claims that are supported by anything that was retrieved",
        ROWS,
        faithfulness_retrieved,
        has_evidence_claims,
        source="faithfulness of RAGChecker (Ru et al. 2024)",
    ),
    Measure(
        "unscored",
        "verdicts in which the judge failed",
        "answered, with claims that cite; over verdicts, not questions",
        unscored,
        has_cited_claims,
        higher_is_better=False,
        parts=unscored_parts,
        of_run=True,
    ),
)
