"""What there is to judge in an answer: each claim against all that it cites, each citation alone, all but it, and what was retrieved."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from eval.records import Against, By, Row, Verdict
from eval.systems import sources_of
from rag.model import Abstract, Citation, Claim, clean_text
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
    """Decides tasks. `name` says which judge it is, with its version or model.

    `gatekeeper_of` are the names that it has in `Claim.verdict_by`: where it let a claim into an answer, its verdict is no news.
    """

    name: str
    gatekeeper_of: frozenset[str]

    def decide(self, tasks: Sequence[Task]) -> list[Verdict]:
        """One verdict a task, in their order; what could not be judged is "unscored" with the reason."""
        ...


def judged(row: Row, lookup: Lookup, judge: Judge, planted: Sequence[Task] = ()) -> tuple[Verdict, ...]:
    """All verdicts of one answer.

    First each claim against all that it cites; one that is a cited sentence word for word needs no judge ("verbatim"). Then, where a
    claim has several citations, each alone and all but each (ALCE, Gao et al. 2023). Claims that the citations do not support are
    judged against each retrieved abstract; claims that they do support are supported by what was retrieved, which they are part of.
    `planted` tasks go to the judge among the first, in an order that tells nothing; their verdicts come last, in their order.
    """
    if row.answer is None:
        return ()
    lookup = sources_of(row, lookup)
    due = list(cited_tasks(row, lookup))
    verbatim = [_marked(task.verdict("supported", 1.0), "verbatim") for task in due if is_verbatim(task)]
    said = _mixed(judge, [*(task for task in due if not is_verbatim(task)), *planted])
    split = len(said) - len(planted)
    cited = sorted([*verbatim, *said[:split]], key=lambda one: one.claim)
    apart = judge.decide(list(_apart_tasks(row, lookup)))
    supported = {one.claim for one in cited if one.decision == "supported"}
    rest = [(index, claim) for index, claim in _evidence_claims(row) if index not in supported]
    retrieved = [_best(judge.decide(list(_retrieved_tasks(row, index, claim, lookup)))) for index, claim in rest]
    known = [
        Verdict(row.question.id, index, "retrieved", None, "supported", why="borne out by its citations") for index in sorted(supported)
    ]
    found = [*cited, *apart, *known, *(one for one in retrieved if one is not None)]
    return (*(_own(one, row, judge) for one in found), *said[split:])


def is_verbatim(task: Task) -> bool:
    """True where a claim is one of the cited sentences, word for word."""
    said = " ".join(clean_text(task.said).split())
    return any(said == " ".join(clean_text(part.text[start:end]).split()) for part in task.parts for start, end in part.spans)


def _mixed(judge: Judge, tasks: Sequence[Task]) -> list[Verdict]:
    """What a judge says of tasks in an order that has nothing to do with theirs; the verdicts in theirs."""
    order = sorted(range(len(tasks)), key=lambda place: hashlib.sha256(tasks[place].said.encode("utf-8", "replace")).digest())
    found = judge.decide([tasks[place] for place in order])
    return [verdict for _, verdict in sorted(zip(order, found, strict=True), key=lambda pair: pair[0])]


def _own(verdict: Verdict, row: Row, judge: Judge) -> Verdict:
    """Marked where this judge has let the claim into the answer."""
    assert row.answer is not None
    own = not verdict.by and row.answer.claims[verdict.claim].verdict_by in judge.gatekeeper_of
    return _marked(verdict, "own") if own else verdict


def _marked(verdict: Verdict, by: By) -> Verdict:
    return replace(verdict, by=by)


def _evidence_claims(row: Row) -> Iterator[tuple[int, Claim]]:
    if row.answer is not None:
        yield from ((index, claim) for index, claim in enumerate(row.answer.claims) if claim.written)


def valid_citations(row: Row, claim: Claim) -> list[Citation]:
    """The citations of a claim that the answer has and that quote a sentence or a field."""
    assert row.answer is not None
    known = {one.number: one for one in row.answer.citations}
    return [known[number] for number in dict.fromkeys(claim.citations) if number in known and known[number].kind != "member"]


def cited_tasks(row: Row, lookup: Lookup) -> Iterator[Task]:
    """Each claim of an answer against all that it cites, where it cites anything."""
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
