"""Correctness without a judge: is the gold evidence shown, is what must be said said, are the right abstracts cited.

An error, a refusal and an answer without claims count 0 wherever something was to be answered.
"""

from __future__ import annotations

import unicodedata

from eval.metrics.measure import Measure, Verdicts
from eval.metrics.required import occurs
from eval.records import Row, Span
from eval.systems import shown_part
from rag.model import Citation, Claim

WORDS = 120  # how much of an answer counts for evidence recall: showing everything is no answer


def evidence_recall(row: Row, verdicts: Verdicts) -> float | None:
    """The share of gold evidence that the first 120 words cite.

    A claim counts if it ends within the first 120 words of claims. A piece of evidence is shown by a cited sentence of the
    same abstract if they share at least half of the shorter one.
    """
    if not has_evidence(row):
        return None
    cited = early_citations(row)
    return sum(any(overlaps(one, span) for one in cited) for span in row.evidence) / len(row.evidence)


def any_evidence(row: Row, verdicts: Verdicts) -> float | None:
    """1 where the first 120 words cite at least one piece of the gold evidence."""
    recall = evidence_recall(row, verdicts)
    return None if recall is None else float(recall > 0)


def evidence_shown(row: Row) -> bool:
    """True where any citation, at any place, shows a piece of the gold evidence."""
    return row.answer is not None and any(overlaps(one, span) for one in _cited(row, row.answer.claims) for span in row.evidence)


def early_citations(row: Row) -> list[Citation]:
    """What the claims cite that end within the first 120 words."""
    claims: list[Claim] = []
    words = 0
    for claim in row.answer.claims if row.answer else ():
        words += len(claim.text.split())
        if words > WORDS:
            break
        claims.append(claim)
    return _cited(row, claims)


def must_contain(row: Row, verdicts: Verdicts) -> float | None:
    """1 where all strings that a right answer contains occur in its claims or its table; its quotes do not count.

    Of a string with alternatives one must occur. How strings are compared stands in `eval.metrics.required`.
    """
    if not has_required_strings(row):
        return None
    said = claimed_text(row)
    return float(all(occurs(one, said) for one in row.question.must_contain))


def claimed_text(row: Row) -> str:
    """The claims, and the cells of the table, without citation numbers; "" where nothing is claimed.

    Near matches beside a count or a list are left out: they are no part of what is counted.
    """
    if row.answer is None:
        return ""
    cells = [cell for line in row.answer.table or () for cell in line]
    return "\n".join([*(claim.text for claim in row.answer.claims if not claim.aside), *cells])


def plain(text: str) -> str:
    """Text with one kind of blank, one case, and compatibility forms resolved."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def gold_recall(row: Row, verdicts: Verdicts) -> float | None:
    """Of the gold abstracts, the share that is cited."""
    return len(cited_abstracts(row) & set(row.gold)) / len(set(row.gold)) if has_gold(row) else None


def gold_precision(row: Row, verdicts: Verdicts) -> float | None:
    """Of the cited abstracts, marginal ones aside, the share that is gold; 0 where none is gold, so that refusing does not raise it."""
    if not has_gold(row):
        return None
    gold = set(row.gold)
    cited = cited_abstracts(row) - (set(row.marginal) - gold)
    return len(cited & gold) / max(1, len(cited))


def cited_abstracts(row: Row) -> set[str]:
    """The ids of the abstracts that an answer cites, by sentence, field or as a member; not the near matches beside a count."""
    return {one.abstract_id for one in row.answer.members} if row.answer else set()


def has_evidence(row: Row) -> bool:
    """True for answerable questions with gold evidence in the corpus."""
    return row.question.answerable and bool(row.evidence)


def has_required_strings(row: Row) -> bool:
    """True for questions with strings that a right answer contains."""
    return bool(row.question.must_contain)


def has_gold(row: Row) -> bool:
    """True for answerable questions with gold abstracts."""
    return row.question.answerable and bool(row.gold)


def _cited(row: Row, claims: list[Claim] | tuple[Claim, ...]) -> list[Citation]:
    if row.said is not None and row.answer is not None:  # another system cites whole texts: what counts is what it tells of them
        return [shown_part(claim.text, one) for claim in claims for one in row.answer.citations if one.number in claim.citations]
    numbers = {number for claim in claims for number in claim.citations}
    return [one for one in row.answer.citations if one.number in numbers] if row.answer else []


def overlaps(citation: Citation, span: Span) -> bool:
    """True where a cited sentence and a piece of evidence share at least half of the shorter one."""
    if citation.kind != "sentence" or citation.abstract_id != span.abstract_id:
        return False
    common = min(citation.end, span.end) - max(citation.start, span.start)
    return common > 0 and 2 * common >= min(citation.end - citation.start, span.end - span.start)


MEASURES = (
    Measure(
        f"evidence_recall@{WORDS}",
        "gold evidence that the first 120 words cite",
        "answerable, with evidence",
        evidence_recall,
        has_evidence,
    ),
    Measure(f"any_evidence@{WORDS}", "at least one piece of it", "answerable, with evidence", any_evidence, has_evidence),
    Measure("must_contain", "all that must be said is said", "with such strings", must_contain, has_required_strings),
    Measure("gold_recall", "gold abstracts that are cited", "answerable, with gold abstracts", gold_recall, has_gold),
    Measure(
        "gold_precision", "cited abstracts that are gold, marginal ones aside", "answerable, with gold abstracts", gold_precision, has_gold
    ),
)
