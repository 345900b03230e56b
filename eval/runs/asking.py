"""Who is asked in a run, and what becomes of a question there: a row that can be scored by itself, and the sources it is held against."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from eval.questions import QuestionSetError, References
from eval.records import Context, Question, Row, Span
from eval.runs.folder import make_manifest, row_from_dict
from eval.systems import Heard, Lookup, Recorded, Recording, Reply, System, contexts_of, heard, nothing, place_finder, sources_of, text_id
from rag.assistant import Assistant
from rag.model import Abstract, Answer, Hit, NotFoundError, RagError


class Asking(Protocol):
    """Somebody's answers to the questions of a set, as rows."""

    lookup: Lookup

    def check(self, questions: Sequence[Question]) -> None:
        """Raise QuestionSetError where the questions do not fit the corpus."""
        ...

    def row(self, question: Question) -> Row:
        """Ask a question. What fails is a row with its error: a run has no holes."""
        ...

    def drawn(self, row: Row) -> Row:
        """The row with those retrieved sources alone that the answer could draw on."""
        ...

    def manifest(self, questions: Sequence[Question], judge: str, name: str) -> dict[str, Any]:
        """What the run is made with."""
        ...


def asking_of(who: Assistant | Asking) -> Asking:
    """Our assistant as somebody who is asked; who is so already as it is."""
    return OwnAnswers(who) if hasattr(who, "ask_with_hits") else who  # type: ignore[arg-type]


# Our own assistant.

Ask = Callable[[Question], tuple[Answer, tuple[Hit, ...]]]


def asker(assistant: Assistant) -> Ask:
    """Asks as users do: `Assistant.ask`, with the history of the question."""
    return lambda question: assistant.ask_with_hits(question.question, list(question.history))


class OwnAnswers:
    """Our assistant's answers."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant, self._references, self._ask = assistant, References(assistant), asker(assistant)
        self.lookup = finder(assistant)

    def check(self, questions: Sequence[Question]) -> None:
        """All that they refer to must be in the corpus."""
        self._references.check(questions)

    def row(self, question: Question) -> Row:
        """Ask the assistant."""
        return row_of(question, self._references, self._ask)

    def drawn(self, row: Row) -> Row:
        """An answer draws on the first `top_k`."""
        return replace(row, retrieved=row.retrieved[: self._assistant.settings.top_k])

    def manifest(self, questions: Sequence[Question], judge: str, name: str) -> dict[str, Any]:
        """With the assistant's settings."""
        return make_manifest(questions, self._assistant, judge, name=name)


def row_of(question: Question, references: References, ask: Ask) -> Row:
    """Ask our assistant a question."""
    started = time.perf_counter()
    answer: Answer | None = None
    hits: tuple[Hit, ...] = ()
    error: str | None = None
    try:
        answer, hits = ask(question)
    except Exception as failure:  # noqa: BLE001 - a bug in one answer must not end the run; the row tells it
        error = told(failure)
    return Row(
        question=question,
        gold=tuple(references.resolve(ref) for ref in question.gold),
        marginal=tuple(references.resolve(ref) for ref in question.marginal),
        near=tuple(references.resolve(ref) for ref in question.near),
        members=None if question.members is None else tuple(references.resolve(ref) for ref in question.members),
        evidence=tuple(references.span(quote) for quote in question.evidence),
        retrieved=tuple((hit.abstract_id, hit.fused) for hit in hits),
        answer=answer,
        error=error,
        seconds=answer.seconds if answer is not None else time.perf_counter() - started,
    )


def told(failure: Exception) -> str:
    """What is stored of a failure: our own errors say it in words, others have a name as well."""
    return str(failure) if isinstance(failure, RagError) else f"{type(failure).__name__}: {failure}"


def finder(assistant: Assistant) -> Lookup:
    """Looks abstracts up by their ids; remembers them."""
    known: dict[str, Abstract | None] = {one.id: one for one in assistant.abstracts()}

    def find(abstract_id: str) -> Abstract | None:
        if abstract_id not in known:
            try:
                known[abstract_id] = assistant.abstract(abstract_id)
            except NotFoundError:
                known[abstract_id] = None
        return known[abstract_id]

    return find


# Any other system.


class OtherAnswers:
    """The answers of another system. `corpus` is our assistant on the corpus that questions and contexts are about, None without one."""

    def __init__(self, corpus: Assistant | None, about: Mapping[str, Any]) -> None:
        """`about` says which system it is, for the manifest."""
        self._corpus, self._about = corpus, about
        self.references = References(corpus)
        self.lookup: Lookup = nothing if corpus is None else finder(corpus)
        self._placed = None if corpus is None else place_finder(corpus.abstracts())

    def check(self, questions: Sequence[Question]) -> None:
        """With a corpus, all that they refer to must be there."""
        self.references.check(questions)

    def drawn(self, row: Row) -> Row:
        """What it told: of others it may know that they were found, too."""
        ids = {one.id for one in row.contexts}
        return replace(row, retrieved=tuple(one for one in row.retrieved if one[0] in ids)) if ids else row

    def manifest(self, questions: Sequence[Question], judge: str, name: str) -> dict[str, Any]:
        """Without settings: ours change none of its answers."""
        return make_manifest(questions, self._corpus, judge, name=name, system=self._about)

    def hear(self, question: Question, reply: Reply) -> Heard:
        """The reply as an answer, its contexts as sources."""
        return heard(question.question, reply, self.lookup, self._placed)

    def read(self, reply: Reply) -> tuple[Context, ...]:
        """The contexts of a reply alone."""
        return contexts_of(reply.contexts, self.lookup, self._placed)


class SystemAnswers(OtherAnswers):
    """A system's answers, asked now."""

    def __init__(self, system: System, corpus: Assistant | None = None, about: Mapping[str, Any] | None = None) -> None:
        super().__init__(corpus, {"name": system.name, **(about or {})})
        self._system = system

    def row(self, question: Question) -> Row:
        """Ask the system."""
        started = time.perf_counter()
        found: Heard | None = None
        error: str | None = None
        seconds: float | None = None
        try:
            reply = self._system.ask(question.question, list(question.history))
            seconds = reply.seconds if reply.seconds is not None else time.perf_counter() - started
            found = self.hear(question, reply)
        except Exception as failure:  # noqa: BLE001 - whatever another system raises is the row's error
            error = told(failure)
        row = other_row(question, self.references, self.lookup, found)
        return replace(row, error=error, seconds=time.perf_counter() - started if seconds is None else seconds)


class RecordedAnswers(OtherAnswers):
    """Answers that were given before, from a file."""

    def __init__(self, recording: Recording, corpus: Assistant | None, about: Mapping[str, Any]) -> None:
        super().__init__(corpus, {**about, "fingerprint": recording.fingerprint})
        self._rows = {one.question.id: one for one in recording.rows}

    def check(self, questions: Sequence[Question]) -> None:
        """A reference that the corpus does not have stays what it is: somebody else's file is scored as it is."""

    def row(self, question: Question) -> Row:
        """The row of the file."""
        one = self._rows[question.id]
        if one.row is not None:
            return replace(row_from_dict(one.row), question=question)
        if one.reply is None:
            return replace(other_row(question, self.references, self.lookup, None), error=one.error, seconds=None)
        if one.own is not None:
            return self._own(one, one.own, one.reply)
        found = self.hear(question, one.reply)
        row = other_row(question, self.references, self.lookup, found, named=any(each.id for each in one.reply.contexts))
        return replace(resolved_row(row, one), seconds=one.reply.seconds, retrieved=one.ranking or row.retrieved)

    def _own(self, one: Recorded, answer: Answer, reply: Reply) -> Row:
        """A row with an answer of this project, which has its claims and citations already."""
        row = other_row(one.question, self.references, self.lookup, None)
        contexts = self.read(reply)
        ranking = one.ranking or tuple((name, 1 / place) for place, name in enumerate(dict.fromkeys(c.id for c in contexts), start=1))
        said = reply.answer if one.other else None
        return replace(resolved_row(row, one), answer=answer, contexts=contexts, retrieved=ranking, seconds=reply.seconds, said=said)


def resolved_row(row: Row, recorded: Recorded) -> Row:
    """The row with its references as its file resolved them, where it did: our own export does."""
    said = recorded.resolved
    if not said:
        return row
    spans = tuple(Span(**one) for one in said.get("evidence", ()))
    members = said.get("members")
    return replace(
        row,
        gold=tuple(said.get("gold", row.gold)),
        marginal=tuple(said.get("marginal", ())),
        near=tuple(said.get("near", ())),
        members=None if members is None else tuple(members),
        evidence=spans,
    )


@dataclass(frozen=True, slots=True)
class _Places:
    """Where references of questions lead: in the corpus, else among the sources of the row, else to ids that nothing has."""

    references: References
    sources: Lookup
    contexts: Sequence[Context]

    def resolve(self, ref: str) -> str:
        try:
            return self.references.resolve(ref)
        except QuestionSetError:
            return ref

    def span(self, ref: str, quote: str) -> Span:
        names = [one.id for one in self.contexts] if ref == "*" else [self.resolve(ref), *(one.id for one in self.contexts)]
        for name in dict.fromkeys(names):
            source = self.sources(name)
            at = source.text.find(quote.strip()) if source else -1
            if at >= 0:
                return Span(name, at, at + len(quote.strip()))
        return self._elsewhere(ref, quote)

    def _elsewhere(self, ref: str, quote: str) -> Span:
        from eval.records import Quote

        try:
            return self.references.span(Quote(ref, quote))
        except (QuestionSetError, KeyError):
            return Span(text_id(quote) if ref == "*" else self.resolve(ref), 0, len(quote))


def other_row(question: Question, references: References, lookup: Lookup, found: Heard | None, *, named: bool = True) -> Row:
    """The row of another system's answer, or of its failure.

    Gold that the question does not name is where its evidence stands. Where the contexts have no names of their own (`named`) and there
    is no corpus, ids of gold abstracts compare with nothing: then it is where the evidence stands, or there is none.
    """
    contexts = found.contexts if found else ()
    bare = Row(question, (), (), (), None, (), (), None, None, None, contexts)
    places = _Places(references, sources_of(bare, lookup), contexts)
    evidence = tuple(places.span(one.ref, one.quote) for one in question.evidence)
    comparable = named or lookup is not nothing or not contexts
    gold = tuple(map(places.resolve, question.gold)) if comparable else ()
    return Row(
        question=question,
        gold=gold or (tuple(dict.fromkeys(one.abstract_id for one in evidence)) if question.answerable else ()),
        marginal=tuple(map(places.resolve, question.marginal)),
        near=tuple(map(places.resolve, question.near)),
        members=None if question.members is None else tuple(map(places.resolve, question.members)),
        evidence=evidence,
        retrieved=found.retrieved if found else (),
        answer=found.answer if found else None,
        error=None,
        seconds=None,
        contexts=contexts,
        said=found.said if found else None,
    )
