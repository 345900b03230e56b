"""What there is to judge in an answer: each claim against all that it cites, each citation alone, all but it, and what was retrieved."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from eval.judges.relevance import relevance
from eval.metrics import asked, contexts, has_reference, reference_statements, said_claims, said_text, says
from eval.records import Against, By, Row, Verdict
from eval.systems import sources_of
from rag.model import Abstract, Citation, Claim, clean_text
from rag.support import Cited, squeeze_name
from rag.text import sentence_spans

_LEAD = re.compile(r"\[([^\[\]]+)\] ")
Lookup = Callable[[str], Abstract | None]  # an abstract by its id, None for one that is not there


@dataclass(frozen=True, slots=True)
class Task:
    """One decision: does this text support this claim? `parts` are sentences of one or several abstracts.

    `text` is what a model is shown; `citation` is the number of the one that stands alone or is left out. `claim` is the place of a claim
    of the answer, or, against "answer" and "context", of a statement of the reference answer.
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
    Where there is a reference answer, it and the answer are held against each other (`reference_tasks`), and every claim against the
    question (`eval.judges.relevance`). `planted` tasks go to the judge among the first, in an order that tells nothing; their verdicts
    come last, in their order.
    """
    if row.answer is None:
        return ()
    lookup = sources_of(row, lookup)
    known_right, compared = reference_tasks(row, lookup)
    due = list(cited_tasks(row, lookup))
    verbatim = [_marked(task.verdict("supported", 1.0), "verbatim") for task in due if is_verbatim(task)]
    doubtful = [task for task in due if not is_verbatim(task)]
    said = _mixed(judge, [*doubtful, *compared, *planted])
    split, last = len(doubtful), len(doubtful) + len(compared)
    cited = sorted([*verbatim, *said[:split]], key=lambda one: one.claim)
    apart = judge.decide(list(_apart_tasks(row, lookup)))
    supported = {one.claim for one in cited if one.decision == "supported"}
    rest = [(index, claim) for index, claim in _evidence_claims(row) if index not in supported]
    retrieved = [_best(_retrieved(row, index, claim, lookup, judge)) for index, claim in rest]
    known = [
        Verdict(row.question.id, index, "retrieved", None, "supported", why="borne out by its citations") for index in sorted(supported)
    ]
    found = [*cited, *apart, *known, *(one for one in retrieved if one is not None)]
    found = [_own(one, row, judge) for one in found]
    return (*found, *known_right, *said[split:last], *relevance(row), *said[last:])


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
            yield Task(row.question.id, index, "cited", None, _said(claim, citations, lookup), _parts(citations, lookup))


def _apart_tasks(row: Row, lookup: Lookup) -> Iterator[Task]:
    for index, claim in _evidence_claims(row):
        citations = valid_citations(row, claim)
        for one in citations if len(citations) > 1 else []:
            rest = [other for other in citations if other is not one]
            said = _said(claim, citations, lookup)
            yield Task(row.question.id, index, "alone", one.number, said, _parts([one], lookup))
            yield Task(row.question.id, index, "without", one.number, said, _parts(rest, lookup))


def _retrieved(row: Row, index: int, claim: Claim, lookup: Lookup, judge: Judge) -> list[Verdict]:
    """What a judge says of a claim against each retrieved abstract, with the abstract where it bears the claim out."""
    texts = [text for abstract_id, _ in row.retrieved if (text := lookup(abstract_id)) is not None]
    said = _said(claim, valid_citations(row, claim), lookup)
    found = judge.decide([Task(row.question.id, index, "retrieved", None, said, (_whole(one.text, one.title),)) for one in texts])
    pairs = zip(found, texts, strict=True)
    return [replace(one, source=text.id) if one.decision == "supported" else one for one, text in pairs]


def _said(claim: Claim, citations: Sequence[Citation], lookup: Lookup) -> str:
    """What is judged: the claim, or its English wording where it is in another language.

    "[KS-Lottery] Our key idea..." names whom "our" means; where a cited abstract is called so or has the name, that is no statement.
    """
    said = claim.checked_as or claim.text
    lead = _LEAD.match(said)
    if lead and any(squeeze_name(lead[1]) in squeeze_name(_around(one, lookup)) for one in citations):
        return said[lead.end() :]
    return said


def _around(citation: Citation, lookup: Lookup) -> str:
    """Where the name of a cited work may stand: its label, its title, its text, or of one that is gone the quote."""
    abstract = lookup(citation.abstract_id)
    return f"{citation.label} {citation.title or ''} {citation.quote if abstract is None else abstract.text}"


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


# The answer and the reference answer, held against each other.


def reference_tasks(row: Row, lookup: Lookup) -> tuple[list[Verdict], list[Task]]:
    """What is known without a judge, and what is to be judged: each claim against the reference, each of its statements against the
    answer, and where no gold abstract is known, against each context.

    A claim that is a gold sentence, word for word, is right; a statement whose words stand in the answer one after the other is said.
    """
    if not has_reference(row):
        return [], []
    tasks = [*_claim_tasks(row, lookup), *_statement_tasks(row, lookup)]
    known = [task.verdict("supported", 1.0, why="word for word") for task in tasks if _is_said(task)]
    return known, [task for task in tasks if not _is_said(task)]


def _claim_tasks(row: Row, lookup: Lookup) -> Iterator[Task]:
    right = (_whole(clean_text(row.question.answer), asked(row.question)), *_gold_sentences(row, lookup))
    for place, claim in said_claims(row):
        said = clean_text(_said(claim, valid_citations(row, claim), lookup))
        yield Task(row.question.id, place, "reference", None, said, right)


def _statement_tasks(row: Row, lookup: Lookup) -> Iterator[Task]:
    answer = said_text(row)
    for place, statement in enumerate(reference_statements(row.question) if answer else ()):
        yield Task(row.question.id, place, "answer", None, statement, (_whole(answer, asked(row.question)),))
    for place, statement in enumerate(reference_statements(row.question) if not row.gold else ()):
        for rank, abstract_id in enumerate(contexts(row), start=1):
            abstract = lookup(abstract_id)
            parts = (_whole(abstract.text, abstract.title),) if abstract is not None else ()
            yield Task(row.question.id, place, "context", rank, statement, parts)


def _is_said(task: Task) -> bool:
    """True where no judge is needed."""
    if task.against == "reference":
        return any(one.text == task.said for one in task.parts[1:])
    return task.against == "answer" and says(task.parts[0].text, task.said)


def _gold_sentences(row: Row, lookup: Lookup) -> Iterator[Cited]:
    """The sentences in which the gold evidence stands, as they are shown."""
    for abstract_id in dict.fromkeys(one.abstract_id for one in row.evidence):
        abstract = lookup(abstract_id)
        if abstract is not None:
            spans = [(one.start, one.end) for one in row.evidence if one.abstract_id == abstract_id]
            places = [place for place in sentence_spans(abstract.text) if any(place[0] < end and start < place[1] for start, end in spans)]
            yield from (_whole(clean_text(abstract.text[start:end]), abstract.title) for start, end in places)


def _whole(text: str, title: str | None) -> Cited:
    return Cited(text, ((0, len(text)),), title)
