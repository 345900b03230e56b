"""The way of one question: read, answered by code or searched for, refused, extracted or written; as events."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rag.answers.comparison import gather_comparison
from rag.answers.generate import Task, Writer
from rag.answers.plan import Plan, make_plan, recent
from rag.answers.planner import SURVEYED, AnswerMaterial, answer_in_own_words, early_refusal, with_hints
from rag.answers.surveys import agreement_answer
from rag.collection import Scope, answer_by_code, arrivals_answer, echo, overview_answer, read_scope, with_frame
from rag.embedding import Embedder
from rag.evidence import Extent, near_misses, order_candidates, with_written_names
from rag.index import Generation
from rag.llm import Call, ChatModel
from rag.model import Answer, Clock, Event, ModelError, Settings, Trace, as_events
from rag.questions import (
    FollowUp,
    Query,
    Request,
    as_question,
    conditions_of,
    one_line,
    read_query,
    resolve_follow_up,
)
from rag.search import Candidate, boost_context, find_candidates, find_union
from rag.text import is_english

_CONSIDERED = 20  # abstracts among which the best ones for the kind of question are looked for
_POINTS = 3  # of an answer in points, where the question does not say how many
_TRACED = 8  # of them, in a trace


@dataclass(frozen=True, eq=False)
class Pipeline:
    """What answers stand on: settings, embedder, clock; the models that write and judge, the files of the corpus and what is stale of
    them, each asked for when it is needed."""

    settings: Settings
    writes: bool  # a model does
    embedder: Embedder
    clock: Clock
    model: Callable[[], ChatModel]
    judge: Callable[[], ChatModel | None]
    files: Callable[[], Mapping[str, Path]]
    stale: Callable[[], tuple[str, ...]]

    def events(self, request: Request, generation: Generation, stop: threading.Event | None, *, streaming: bool) -> Iterator[Event]:
        """Everything that an answer takes, step by step; the last step is the answer."""
        started = time.perf_counter()
        trace = Trace(kept=request.explain)
        for step in self._routed(request, generation, stop, trace, streaming=streaming):
            if step.answer is not None:
                answer = replace(step.answer, trace=trace.steps, seconds=time.perf_counter() - started)
                step = replace(step, answer=answer)
            yield step

    def _routed(
        self, request: Request, generation: Generation, stop: threading.Event | None, trace: Trace, *, streaming: bool
    ) -> Iterator[Event]:
        """Small talk, what code alone answers, or what is found in the abstracts."""
        own = self._query(request.question, generation)
        if own.courtesy is not None:
            yield from self._small_talk(request, own, generation, trace)
            return
        call = Call(self.settings.question_tokens, stop) if self.writes else None
        with trace.stage("read") as stage:
            read, query, plan = self._read(request, own, generation, call)
            asked = read_scope(
                generation,
                query,
                read.filters,
                year=request.year,
                sources=request.sources,
                filters=request.filters,
                ignored=request.ignored,
            )
            stage.tell(lambda: _as_read(asked))
        frame = Answer(
            question=request.question.strip(),
            standalone_question=asked.question.text,
            outcome="refused",
            filters=echo(generation, asked.filters),
            notices=(*asked.notices, *self.stale()),
            generation=generation.name,
            form=asked.form,
        )
        with trace.stage("compute") as stage:
            known = self._computed(frame, request, asked, generation)
            stage.tell(lambda: {"answered by code": known is not None})
        if known is not None:
            yield Event("found")
            yield from as_events(known)
            return
        yield from self._searched(frame, request, asked, read, plan, generation, call, trace, streaming=streaming)

    def _small_talk(self, request: Request, query: Query, generation: Generation, trace: Trace) -> Iterator[Event]:
        asked = as_question(query)
        with trace.stage("read") as stage:
            frame = Answer(asked.text, asked.text, "info", notices=self.stale(), generation=generation.name, form=asked.form)
            stage.tell(lambda: {"small talk": query.courtesy})
        yield Event("found")
        yield from as_events(overview_answer(replace(frame, question=request.question.strip()), query.courtesy or "greeting", generation))

    def _query(self, text: str, generation: Generation) -> Query:
        """The question as it is read, with the corpus's files known."""
        return read_query(one_line(text), sources=tuple(generation.sources()), today=self.clock().date())

    def _computed(self, frame: Answer, request: Request, asked: Scope, generation: Generation) -> Answer | None:
        if asked.query.news is not None:
            return arrivals_answer(frame, asked.query, generation, self.clock, request.visited)
        known = answer_by_code(frame, asked, generation, self.files)
        if known is not None and known.outcome == "refused" and (asked.query.unread or not asked.query.computed):
            without = find_candidates(generation, self.embedder, asked.sought.text, _CONSIDERED)
            return replace(known, near_misses=near_misses(asked.sought, without))
        return known

    def _searched(
        self,
        frame: Answer,
        request: Request,
        asked: Scope,
        read: FollowUp,
        plan: Plan | None,
        generation: Generation,
        call: Call | None,
        trace: Trace,
        *,
        streaming: bool,
    ) -> Iterator[Event]:
        words = self.settings.more_words if request.more else self.settings.answer_words
        point = asked.query.point if call is None else ""
        if point:
            with trace.stage("search") as stage:
                speaking = find_candidates(generation, self.embedder, point, _CONSIDERED, asked.filters)
                stage.tell(lambda: {"point": point, "found": _as_found(speaking)})
            answer = agreement_answer(frame, point, speaking, words)
            if answer is not None:
                yield Event("found", hits=tuple(one.hit for one in speaking))
                yield from as_events(answer)
                return
        count = request.top_k or self.settings.top_k
        with trace.stage("search") as stage:
            near = find_candidates(generation, self.embedder, asked.sought.text, max(count, _CONSIDERED), asked.filters)
            near = boost_context(generation, self.embedder, asked.sought.text, near, read.cited, asked.filters)
            sought = with_written_names(asked.sought, near)
            near = order_candidates(sought, near)
            stage.tell(lambda: {"for": asked.sought.text, "found": _as_found(near)})
        yield Event("found", hits=tuple(one.hit for one in near))
        with trace.stage("decide") as stage:
            sides = asked.query.comparison
            compared = None if sides is None else gather_comparison(generation, self.embedder, sought, sides, asked.filters)
            if sides is not None and compared is not None and compared.nothing and not any(one.names for one in sides.sides):
                compared = None  # what was taken for sides are no topics: the question may have an answer all the same
            points = asked.query.limit or (_POINTS if asked.query.shape == "bullets" else None)
            extent = Extent(words, request.more, asked.query.length, points)
            material = AnswerMaterial(sought, near, count, compared, extent, generation.manifest.abstracts)
            frame = with_hints(frame, material, generation)
            refusal = early_refusal(frame, material, self.settings.refusal) if call is None else None  # a model reads for itself
            stage.tell(lambda: _as_decided(material, self.settings, refusal))
        if refusal is not None:
            yield from as_events(refusal)
            return
        whole = Event("answer")
        given: Sequence[Candidate] = ()
        if call is not None:
            with trace.stage("plan") as stage:
                given, searches = self._planned(asked, material, plan, generation, call)
                stage.tell(lambda: {"searches": list(searches), "read": _as_found(given)})
        with trace.stage("answer") as stage:
            for step in self._composed(frame, asked, material, given, call, streaming=streaming):
                if step.answer is None:
                    yield step
                else:
                    whole = step  # told when the stage is over, so that the trace has it
            stage.tell(lambda: _as_answered(whole.answer))
        yield whole

    def _planned(
        self, asked: Scope, material: AnswerMaterial, plan: Plan | None, generation: Generation, call: Call
    ) -> tuple[Sequence[Candidate], tuple[str, ...]]:
        """What the model is given to read, and for what besides the question was searched: for the searches of a plan, which is made
        where what was found for the question is not sure to be what it asks for."""
        if plan is None and not material.simple:
            plan = make_plan(self.model(), asked.question.text, asked.question.text, (), call)
        searches = plan.searches if plan is not None else ()
        every = (asked.sought.text, *searches) if material.surveys else searches
        most = SURVEYED if material.surveys else _CONSIDERED
        return material.abstracts(find_union(generation, self.embedder, every, most, asked.filters)), searches

    def _composed(
        self, frame: Answer, asked: Scope, material: AnswerMaterial, given: Sequence[Candidate], call: Call | None, *, streaming: bool
    ) -> Iterator[Event]:
        """The answer as the model writes it; in the abstracts' own sentences without one, or where it fails."""
        if call is not None:
            try:
                task = Task(asked.question, frame.question, given, material.written_words)
                for step in Writer(self.model(), self.settings, call, self.judge()).events(task, streaming=streaming):
                    yield replace(step, answer=with_frame(step.answer, frame)) if step.answer is not None else step
                return
            except ModelError as error:
                yield Event("restart")
                notice = f"{error} The answer below is in the abstracts' own sentences instead."
                frame = replace(frame, notices=(notice, *frame.notices), usage=call.usage.to_dict())
        yield from as_events(answer_in_own_words(frame, material, max(self.settings.doubt, self.settings.refusal)))

    def _read(self, request: Request, own: Query, generation: Generation, call: Call | None) -> tuple[FollowUp, Query, Plan | None]:
        """The question as it stands by itself: read by rules, and where a model writes and it leans on others or is not English, by the
        model's plan."""
        if own.news is not None:
            return FollowUp(request.question), own, None
        read = resolve_follow_up(request.question, request.history)
        query = own if read.text == request.question else self._query(read.text, generation)
        if call is None or (read.text == request.question and is_english(request.question)) or query.computed:
            return read, query, None
        plan = make_plan(self.model(), request.question, read.text, recent(request.history, self.settings.history_tokens), call)
        return (read, query, None) if plan is None else (replace(read, text=plan.question), self._query(plan.question, generation), plan)


def _as_read(asked: Scope) -> dict[str, Any]:
    """What was read of a question, for its trace."""
    query = asked.query
    told = {
        "question": query.text,
        "operation": query.operation,
        "confidence": query.confidence,
        "form": asked.form,
        "names": list(asked.question.names),
        "conditions": [one.short for one in conditions_of(asked.filters)],
        "topic": query.topic.text,
        "asked": " ".join(filter(None, (query.asked.kind, query.asked.noun))),
        "limit": query.limit,
        "order": None if query.order is None else f"{query.order.by}, {'most' if query.order.descending else 'least'} first",
        "length": query.length,
        "shape": query.shape,
        "not understood": list(query.unread),
        "searched for": asked.sought.text,
    }
    return {name: value for name, value in told.items() if value not in (None, [], "", "normal", "prose")}


def _as_found(found: Sequence[Candidate]) -> list[dict[str, Any]]:
    """The best candidates with their scores: BM25, cosine, and both with the re-ranking."""
    return [
        {
            "label": one.abstract.label,
            "id": one.abstract.id,
            "score": round(one.hit.fused, 3),
            "lexical": round(one.hit.lexical, 3),
            "dense": round(one.hit.dense, 3),
        }
        for one in found[:_TRACED]
    ]


def _as_decided(material: AnswerMaterial, settings: Settings, refusal: Answer | None) -> dict[str, Any]:
    """How likely an answer is, by what, and what follows from it."""
    judged = material.judged
    return {
        "chance of an answer": round(judged.chance, 3),
        "about the matter": round(judged.topic, 3),
        "refused below": settings.refusal,
        "in doubt below": settings.doubt,
        "comparison": material.compared is not None,
        "refused": refusal is not None,
    }


def _as_answered(answer: Answer | None) -> dict[str, Any]:
    """What became of an answer: who made it, and its sentences by their verdicts."""
    if answer is None:
        return {}
    verdicts = Counter(one.verdict for one in answer.claims)
    return {"by": answer.model or "extraction", "outcome": answer.outcome, "sentences": dict(verdicts), "sources": len(answer.citations)}
