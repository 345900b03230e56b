"""Faithfulness: are the claims of an answer supported by what it cites, or by what was retrieved."""

from __future__ import annotations

from eval.metrics.measure import Measure, Parts, Verdicts, decided, evidence_claims, has_evidence_claims, share, valid, verdict_on
from eval.records import Row, Verdict

ROWS = "answered, with claims about what abstracts say"


def faithfulness_cited(row: Row, verdicts: Verdicts) -> float | None:
    """Supported claims / evidence claims, each claim against all that it cites.

    A claim that cites nothing that exists is not supported. "weak" is not supported. One unscored claim leaves the question
    unscored.
    """
    return share(_cited(row, verdicts))


def faithfulness_written(row: Row, verdicts: Verdicts) -> float | None:
    """`faithfulness_cited` over the claims that are no cited sentence word for word: those that a judge is needed for."""
    known = _verbatim(row, verdicts)
    return share(held for held, same in zip(_cited(row, verdicts), known, strict=True) if not same)


def verbatim(row: Row, verdicts: Verdicts) -> float | None:
    """The share of claims that are a cited sentence, word for word."""
    known = _verbatim(row, verdicts)
    return sum(known) / len(known) if known else None


def passed_own_check(row: Row, verdicts: Verdicts) -> float | None:
    """The share of the claims which this judge let into the answer that it accepts again: no faithfulness, for it is no second opinion."""
    return share(None if one.decision == "unscored" else one.decision == "supported" for one in _own(row, verdicts))


def has_own_claims(row: Row, verdicts: Verdicts) -> bool:
    """True where the judge let a claim into the answer itself."""
    return bool(_own(row, verdicts))


def _own(row: Row, verdicts: Verdicts) -> list[Verdict]:
    found = [verdict_on(verdicts, place, "cited") for place, _ in evidence_claims(row)]
    return [one for one in found if one is not None and one.by == "own"]


def correction_parts(row: Row, verdicts: Verdicts) -> Parts | None:
    """The shares of claims that are verbatim, that were judged and accepted, and that were judged; None where one has no verdict.

    A claim that cites nothing is in none of them: that it has no support is certain.
    """
    held, same = _cited(row, verdicts), _verbatim(row, verdicts)
    if not held or None in held:
        return None
    cited = [bool(valid(row.answer, claim)) for _, claim in evidence_claims(row)]
    judged = [due and not one for due, one in zip(cited, same, strict=True)]
    accepted = [bool(one) and due for one, due in zip(held, judged, strict=True)]
    return sum(same) / len(held), sum(accepted) / len(held), sum(judged) / len(held)


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


def _verbatim(row: Row, verdicts: Verdicts) -> list[bool]:
    found = [verdict_on(verdicts, place, "cited") for place, _ in evidence_claims(row)]
    return [one is not None and one.by == "verbatim" for one in found]


def has_written_claims(row: Row, verdicts: Verdicts) -> bool:
    """True where a claim is no cited sentence word for word."""
    return not all(_verbatim(row, verdicts))


def _against_retrieved(row: Row, verdicts: Verdicts) -> list[bool | None]:
    found = [decided(verdicts, place, "retrieved") for place, _ in evidence_claims(row)]
    return found if row.retrieved else [bool(one) for one in found]


MEASURES = (
    Measure(
        "faithfulness_written",
        "claims in the system's own words that are supported by what they cite",
        "answered, with claims that are no cited sentence word for word",
        faithfulness_written,
        has_evidence_claims,
        applies_judged=has_written_claims,
    ),
    Measure("verbatim", "claims that are a cited sentence word for word", ROWS, verbatim, has_evidence_claims, higher_is_better=None),
    Measure(
        "passed_own_check",
        "claims that the judge let into the answer and accepts again",
        ROWS,
        passed_own_check,
        has_evidence_claims,
        higher_is_better=None,
        applies_judged=has_own_claims,
    ),
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
