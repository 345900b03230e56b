"""Contexts: is what was retrieved what the answer needs, does the answer use it, and does it mislead.

Which contexts are relevant, and what they bear out, is read off the gold abstracts and sentences where a question has them; else it is
judged, each statement of the reference against each context. Contexts are the first ten abstracts retrieved, marginal ones aside.
"""

from __future__ import annotations

from functools import partial

from eval.metrics.correctness import overlaps
from eval.metrics.measure import Measure, Verdicts, decided, share
from eval.metrics.retrieval import is_ranked, ordered
from eval.metrics.statements import has_reference, reference_statements, said_claims
from eval.records import Row, Span

CONTEXTS = 10  # as many as nDCG@10 looks at
ROWS = "answerable, with gold abstracts or a reference answer; lists and counts aside"
RAGAS = "ragas (Es et al. 2024)"
RAGCHECKER = "RAGChecker (Ru et al. 2024)"


def contexts(row: Row) -> list[str]:
    """The ids of the first ten abstracts retrieved, best first, without marginal ones."""
    return ordered(row.retrieved, row.gold, row.marginal)[:CONTEXTS]


def relevant(row: Row, verdicts: Verdicts) -> list[bool | None]:
    """Which contexts are relevant: gold ones, or where no gold is known those that bear out a statement of the reference."""
    if row.gold:
        return [one in row.gold for one in contexts(row)]
    borne = [_borne_out(row, place, verdicts) for place in range(len(reference_statements(row.question)))]
    return [_any(list(of_context)) for of_context in zip(*borne, strict=True)]


def context_precision(row: Row, verdicts: Verdicts) -> float | None:
    """The mean precision at the ranks of the relevant contexts; 0 where none is relevant."""
    if not has_contexts(row):
        return None
    known = relevant(row, verdicts)
    if None in known:
        return None
    at = [rank for rank, one in enumerate(known, start=1) if one]
    return sum(place / rank for place, rank in enumerate(at, start=1)) / len(at) if at else 0.0


def context_recall(row: Row, verdicts: Verdicts) -> float | None:
    """The share of the gold evidence whose abstract was retrieved; without evidence of the gold abstracts; without gold of the
    reference's statements that a context bears out."""
    if not has_contexts(row):
        return None
    if not row.gold:
        return share(_any(_borne_out(row, place, verdicts)) for place in range(len(reference_statements(row.question))))
    ids = set(contexts(row))
    wanted = [one.abstract_id for one in row.evidence] or list(dict.fromkeys(row.gold))
    return sum(one in ids for one in wanted) / len(wanted)


def context_utilisation(row: Row, verdicts: Verdicts) -> float | None:
    """Of the gold evidence that was retrieved the share that the answer cites; without gold, of the reference's statements that a
    context bears out the share that the answer says. None where nothing of it was retrieved: there was nothing to use."""
    if not has_useful_contexts(row):
        return None
    if row.gold:
        there = _evidence_there(row)
        return sum(_is_cited(row, one) for one in there) / len(there)
    borne = [_any(_borne_out(row, place, verdicts)) for place in range(len(reference_statements(row.question)))]
    if None in borne:
        return None
    said = [bool(said_claims(row)) and decided(verdicts, place, "answer") for place, one in enumerate(borne) if one]
    return share(said)


def noise_sensitivity(of_relevant: bool, row: Row, verdicts: Verdicts) -> float | None:
    """The share of the answer's claims that the reference does not bear out and a relevant (or an irrelevant) context does."""
    if not can_mislead(row):
        return None
    return share(_misled(of_relevant, row, place, verdicts) for place, claim in said_claims(row) if claim.written)


def _misled(of_relevant: bool, row: Row, place: int, verdicts: Verdicts) -> bool | None:
    right = decided(verdicts, place, "reference")
    if right is None or right:
        return None if right is None else False
    borne = decided(verdicts, place, "retrieved")
    if not borne:
        return borne
    sources = _sources(row, place, verdicts)
    kinds = [kind for one, kind in zip(contexts(row), relevant(row, verdicts), strict=False) if one in sources]
    return None if None in kinds else any(kinds) is of_relevant


def _sources(row: Row, place: int, verdicts: Verdicts) -> set[str]:
    """The abstracts that bear a claim out: the one that the judge found, or those that it cites."""
    assert row.answer is not None
    named = {one.source for one in verdicts if (one.claim, one.against) == (place, "retrieved") and one.source}
    cited = row.answer.claims[place].citations
    return named or {one.abstract_id for one in row.answer.citations if one.number in cited}


def _borne_out(row: Row, place: int, verdicts: Verdicts) -> list[bool | None]:
    """Whether each context bears out a statement of the reference; of those only that the system drew on, which are what was judged."""
    judged = max((one.citation or 0 for one in verdicts if one.against == "context"), default=len(contexts(row)))
    return [decided(verdicts, place, "context", rank) for rank in range(1, judged + 1)]


def _any(known: list[bool | None]) -> bool | None:
    """True where one holds; None where none does and one is not known."""
    return True if True in known else None if None in known else False


def _evidence_there(row: Row) -> list[Span]:
    ids = set(contexts(row))
    return [one for one in row.evidence if one.abstract_id in ids]


def _is_cited(row: Row, span: Span) -> bool:
    return row.answer is not None and any(overlaps(one, span) for one in row.answer.citations)


def has_contexts(row: Row) -> bool:
    """True where it is known what should be retrieved."""
    return is_ranked(row) if row.gold else has_reference(row) and bool(row.retrieved)


def has_useful_contexts(row: Row) -> bool:
    """True where gold evidence was retrieved; without gold where it may have been."""
    return has_contexts(row) and (bool(_evidence_there(row)) or not row.gold)


def can_mislead(row: Row) -> bool:
    """True where something was claimed that a reference shows to be right or wrong, and something was retrieved."""
    return has_reference(row) and has_contexts(row) and bool(row.retrieved) and any(claim.written for _, claim in said_claims(row))


MEASURES = (
    Measure("context_precision", "relevant contexts at the top", ROWS, context_precision, has_contexts, source=RAGAS),
    Measure("context_recall", "what is needed that was retrieved", ROWS, context_recall, has_contexts, source=RAGAS),
    Measure(
        "context_utilisation",
        "of what is needed and was retrieved, what the answer uses",
        "of those, where something of it was retrieved",
        context_utilisation,
        has_useful_contexts,
        source=RAGCHECKER,
    ),
    *(
        Measure(
            f"noise_sensitivity_{name}",
            f"claims that the reference does not bear out and {about} context does",
            "answered, with a reference answer and contexts",
            partial(noise_sensitivity, name == "relevant"),
            can_mislead,
            higher_is_better=False,
            source=RAGCHECKER,
        )
        for name, about in (("relevant", "a relevant"), ("irrelevant", "an irrelevant"))
    ),
)
