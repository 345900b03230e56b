"""What there is to judge in an answer: each claim against all that it cites, each citation alone, all but it, and what was retrieved."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from eval.records import Against, Row, Verdict
from eval.systems import sources_of
from rag.model import Abstract, Citation, Claim
from rag.support import Cited, squeeze_name

_LEAD = re.compile(r"\[([^\[\]]+)\] ")
Lookup = Callable[[str], Abstract | None]  # an abstract by its id, None for one that is not there


@dataclass(frozen=True, slots=True)
class Task:
    """One decision: does this text support this claim? `parts` are sentences of one or several abstracts.

    `text` is what a model is shown; `citation` is the number of the one that stands alone or is left out.
    """

    question_id: str
    claim: int
    against: Against
    citation: int | None
    said: str
    parts: tuple[Cited, ...]

    @property
    def text(self) -> str:
        """The sentences that are held against the claim, as one text."""
        return "\n".join(" ".join(part.text[start:end] for start, end in part.spans) for part in self.parts)

    def verdict(self, decision: str, score: float | None = None, flags: Sequence[str] = (), why: str = "") -> Verdict:
        """The decision as a record."""
        return Verdict(self.question_id, self.claim, self.against, self.citation, decision, score, tuple(flags), why)  # type: ignore[arg-type]


class Judge(Protocol):
    """Decides tasks. `name` says which judge it is, with its version or model."""

    name: str

    def decide(self, tasks: Sequence[Task]) -> list[Verdict]:
        """One verdict a task, in their order; what could not be judged is "unscored" with the reason."""
        ...


def judged(row: Row, lookup: Lookup, judge: Judge) -> tuple[Verdict, ...]:
    """All verdicts of one answer.

    First each claim against all that it cites. Then, where a claim has several citations, each alone and all but each
    (ALCE, Gao et al. 2023). Claims that the citations do not support are judged against each retrieved abstract; claims that
    they do support are supported by what was retrieved, which they are part of.
    """
    if row.answer is None:
        return ()
    lookup = sources_of(row, lookup)
    cited = judge.decide(list(_cited_tasks(row, lookup)))
    apart = judge.decide(list(_apart_tasks(row, lookup)))
    supported = {one.claim for one in cited if one.decision == "supported"}
    rest = [(index, claim) for index, claim in _evidence_claims(row) if index not in supported]
    retrieved = [_best(judge.decide(list(_retrieved_tasks(row, index, claim, lookup)))) for index, claim in rest]
    known = [
        Verdict(row.question.id, index, "retrieved", None, "supported", why="borne out by its citations") for index in sorted(supported)
    ]
    return (*cited, *apart, *known, *(one for one in retrieved if one is not None))


def _evidence_claims(row: Row) -> Iterator[tuple[int, Claim]]:
    if row.answer is not None:
        yield from ((index, claim) for index, claim in enumerate(row.answer.claims) if claim.written)


def valid_citations(row: Row, claim: Claim) -> list[Citation]:
    """The citations of a claim that the answer has and that quote a sentence or a field."""
    assert row.answer is not None
    known = {one.number: one for one in row.answer.citations}
    return [known[number] for number in dict.fromkeys(claim.citations) if number in known and known[number].kind != "member"]


def _cited_tasks(row: Row, lookup: Lookup) -> Iterator[Task]:
    for index, claim in _evidence_claims(row):
        citations = valid_citations(row, claim)
        if citations:
            yield Task(row.question.id, index, "cited", None, _said(claim, citations), _parts(citations, lookup))


def _apart_tasks(row: Row, lookup: Lookup) -> Iterator[Task]:
    for index, claim in _evidence_claims(row):
        citations = valid_citations(row, claim)
        for one in citations if len(citations) > 1 else []:
            rest = [other for other in citations if other is not one]
            said = _said(claim, citations)
            yield Task(row.question.id, index, "alone", one.number, said, _parts([one], lookup))
            yield Task(row.question.id, index, "without", one.number, said, _parts(rest, lookup))


def _retrieved_tasks(row: Row, index: int, claim: Claim, lookup: Lookup) -> Iterator[Task]:
    for abstract_id, _ in row.retrieved:
        abstract = lookup(abstract_id)
        if abstract is not None:
            whole = Cited(abstract.text, ((0, len(abstract.text)),), abstract.title)
            yield Task(row.question.id, index, "retrieved", None, _said(claim, valid_citations(row, claim)), (whole,))


def _said(claim: Claim, citations: Sequence[Citation]) -> str:
    """What is judged: the claim, or its English wording where it is in another language.

    "[KS-Lottery] Our key idea..." names whom "our" means; where a cited abstract is called so, that is no statement.
    """
    said = claim.checked_as or claim.text
    lead = _LEAD.match(said)
    if lead and any(squeeze_name(lead[1]) in squeeze_name(f"{one.label} {one.title or ''} {one.quote}") for one in citations):
        return said[lead.end() :]
    return said


def _parts(citations: Sequence[Citation], lookup: Lookup) -> tuple[Cited, ...]:
    """The cited sentences by abstract. Of one that is gone, the quote is all there is."""
    spans: dict[str, list[tuple[int, int]]] = {}
    parts: list[Cited] = []
    for one in citations:
        if lookup(one.abstract_id) is None or one.kind == "field":
            parts.append(Cited(one.quote, ((0, len(one.quote)),), one.title))
        else:
            spans.setdefault(one.abstract_id, []).append((one.start, one.end))
    for abstract_id, places in spans.items():
        abstract = lookup(abstract_id)
        assert abstract is not None
        parts.append(Cited(abstract.text, tuple(sorted(places)), abstract.title))
    return tuple(parts)


def _best(verdicts: Sequence[Verdict]) -> Verdict | None:
    """The best of several verdicts on the same claim; "unscored" only where none of the others is "supported"."""
    order = {"supported": 0, "unscored": 1, "weak": 2, "absent": 3}
    return min(verdicts, key=lambda one: (order[one.decision], -(one.score or 0.0)), default=None)
