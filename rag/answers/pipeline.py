"""The way of one question: read, answered by code or searched for, refused, extracted or written; as events."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rag.answers import traced
from rag.answers.comparison import gather_comparison
from rag.answers.model_answer import ModelAnswer
from rag.answers.plan import Plan
from rag.answers.planned_query import planned_query
from rag.answers.planner import AnswerMaterial, answer_in_own_words, early_refusal, with_hints
from rag.answers.refusals import nearest_answer
from rag.answers.surveys import agreement_answer
from rag.answers.written import NOT_SAID
from rag.collection import Scope, answer_by_code, arrivals_answer, echo, overview_answer, read_scope, with_frame
from rag.embedding import Embedder
from rag.evidence import Extent, near_misses, order_candidates, with_written_names
from rag.index import Generation
from rag.llm import Call, LanguageModel
from rag.model import Answer, Clock, Event, ModelError, Settings, Trace, as_events
from rag.questions import (
    FollowUp,
    Query,
    Request,
    as_question,
    one_line,
    read_query,
    resolve_follow_up,
)
from rag.search import Candidate, boost_context, find_candidates
from rag.text import is_english

_CONSIDERED = 20  # abstracts among which the best ones for the kind of question are looked for
_POINTS = 3  # of an answer in points, where the question does not say how many


@dataclass(frozen=True, eq=False)
class Pipeline:
    """What answers stand on: settings, embedder, clock; the models that write and judge, the files of the corpus and what is stale of
    them, each asked for when it is needed."""

    settings: Settings
    writes: bool  # a model does
    embedder: Embedder
    clock: Clock
    model: Callable[[], LanguageModel]
    judge: Callable[[], LanguageModel | None]
    files: Callable[[], Mapping[str, Path]]
    stale: Callable[[], tuple[str, ...]]

    def events(self, request: Request, generation: Generation, stop: threading.Event | None) -> Iterator[Event]:
        """Everything that an answer takes, step by step; the last step is the answer."""
        started = time.perf_counter()
        trace = Trace(kept=request.explain)
        for step in self._routed(request, generation, stop, trace):
            if step.answer is not None:
                answer = replace(step.answer, trace=trace.steps, seconds=time.perf_counter() - started)
                step = replace(step, answer=answer)
            yield step

    def _routed(self, request: Request, generation: Generation, stop: threading.Event | None, trace: Trace) -> Iterator[Event]:
        """Small talk, what code alone answers, or what is found in the abstracts."""
        own = self._query(request.question, generation)
        if own.courtesy is not None:
            yield from self._small_talk(request, own, generation, trace)
            return
        model = self._model_answer(generation, stop)
        with trace.stage("read") as stage:
            read = FollowUp(request.question) if own.news is not None else resolve_follow_up(request.question, request.history)
            query = own if read.text == request.question else self._query(read.text, generation)
            planning = model.planning(request, read.text) if model is not None and _is_unsure(request, read, query) else None
            asked = self._scope(request, query, read, generation)
            stage.tell(lambda: traced.as_read(asked))
        if planning is None:
            known = yield from self._known(request, asked, model, generation, trace)
            if known:
                return
        found = self._found(request, asked, read, generation, trace, model)
        yield Event("found", hits=tuple(one.hit for one in found.near))
        if model is None:
            yield from self._extracted(found, trace)
            return
        with trace.stage("plan") as stage:
            if planning is None and not found.material.simple:
                planning = model.planning(request, asked.question.text)
            plan = planning.result() if planning is not None else None
            stage.tell(lambda: traced.as_planned(plan))
        if planning is not None:
            asked = self._planned(request, asked, read, plan, generation)
            known = yield from self._known(request, asked, model, generation, trace)
            if known:
                return
            if asked is not found.asked:
                found = self._found(request, asked, read, generation, trace, model)
        yield from self._written(request, found, plan, model, trace)

    def _model_answer(self, generation: Generation, stop: threading.Event | None) -> ModelAnswer | None:
        """What answers with a model; None where none writes."""
        if not self.writes:
            return None
        call = Call(self.settings.question_tokens, stop)
        return ModelAnswer(self.model(), self.judge(), self.settings, generation, self.embedder, call)

    def _planned(self, request: Request, asked: Scope, read: FollowUp, plan: Plan | None, generation: Generation) -> Scope:
        """What is asked, as the plan has it; the same where there is no plan, or where it reads the question in the same way."""
        if plan is None:
            return asked
        query = planned_query(plan, self._query(plan.question, generation), generation)
        return asked if query == asked.query else self._scope(request, query, read, generation)

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

    def _scope(self, request: Request, query: Query, read: FollowUp, generation: Generation) -> Scope:
        """What the question asks of which abstracts: with the conditions of the turns before, and those that were given with it."""
        return read_scope(
            generation,
            query,
            read.filters,
            year=request.year,
            sources=request.sources,
            filters=request.filters,
            ignored=request.ignored,
        )

    def _frame(self, request: Request, asked: Scope, generation: Generation) -> Answer:
        return Answer(
            question=request.question.strip(),
            standalone_question=asked.question.text,
            outcome="refused",
            filters=echo(generation, asked.filters),
            notices=(*asked.notices, *self.stale()),
            generation=generation.name,
            form=asked.form,
        )

    def _known(
        self, request: Request, asked: Scope, model: ModelAnswer | None, generation: Generation, trace: Trace
    ) -> Generator[Event, None, bool]:
        """The answer where code alone gives it, and what a model writes around it; True where there is one."""
        with trace.stage("compute") as stage:
            known = self._computed(self._frame(request, asked, generation), request, asked, generation)
            stage.tell(lambda: {"answered by code": known is not None})
        if known is None:
            return False
        yield Event("found")
        around = model is not None and known.outcome == "answered" and bool(asked.query.topic) and len(known.members) > 1
        if around and model is not None:
            yield from model.around(request, asked, known)
        else:
            yield from as_events(known if model is None else model.counted(known))
        return True

    def _computed(self, frame: Answer, request: Request, asked: Scope, generation: Generation) -> Answer | None:
        if asked.query.news is not None:
            return arrivals_answer(frame, asked.query, generation, self.clock, request.visited)
        known = answer_by_code(frame, asked, generation, self.files)
        if known is not None and known.outcome == "refused" and (asked.query.unread or not asked.query.computed):
            without = find_candidates(generation, self.embedder, asked.sought.text, _CONSIDERED)
            return replace(known, near_misses=near_misses(asked.sought, without))
        return known

    def _found(
        self, request: Request, asked: Scope, read: FollowUp, generation: Generation, trace: Trace, model: ModelAnswer | None
    ) -> _Found:
        """What a search finds, and what an answer can be made of it."""
        words = self.settings.more_words if request.more else self.settings.answer_words
        frame = self._frame(request, asked, generation)
        point = asked.query.point if model is None else ""
        if point:
            with trace.stage("search") as stage:
                speaking = find_candidates(generation, self.embedder, point, _CONSIDERED, asked.filters)
                stage.tell(lambda: {"point": point, "found": traced.as_found(speaking)})
            answer = agreement_answer(frame, point, speaking, words)
            if answer is not None:
                return _Found(asked, speaking, answer)
        count = request.top_k or self.settings.top_k
        with trace.stage("search") as stage:
            near = find_candidates(generation, self.embedder, asked.sought.text, max(count, _CONSIDERED), asked.filters)
            near = boost_context(generation, self.embedder, asked.sought.text, near, read.cited, asked.filters)
            sought = with_written_names(asked.sought, near)
            near = order_candidates(sought, near)
            stage.tell(lambda: {"for": asked.sought.text, "found": traced.as_found(near)})
        with trace.stage("decide") as stage:
            sides = asked.query.comparison
            compared = None if sides is None else gather_comparison(generation, self.embedder, sought, sides, asked.filters)
            if sides is not None and compared is not None and compared.nothing and not any(one.names for one in sides.sides):
                compared = None  # what was taken for sides are no topics: the question may have an answer all the same
            points = asked.query.limit or (_POINTS if asked.query.shape == "bullets" else None)
            extent = Extent(words, request.more, asked.query.length, points)
            material = AnswerMaterial(sought, near, count, compared, extent, generation.manifest.abstracts)
            frame = with_hints(frame, material, generation)
            refusal = early_refusal(frame, material, self.settings.refusal) if model is None else None  # a model reads for itself
            stage.tell(lambda: traced.as_decided(material, self.settings, refusal))
        return _Found(asked, near, refusal or frame, material)

    def _extracted(self, found: _Found, trace: Trace) -> Iterator[Event]:
        """The answer without a model."""
        if found.told:
            yield from as_events(found.frame)
            return
        with trace.stage("answer") as stage:
            answer = answer_in_own_words(found.frame, found.material, self._sure)
            stage.tell(lambda: traced.as_answered(answer))
        yield from as_events(answer)

    @property
    def _sure(self) -> float:
        return max(self.settings.doubt, self.settings.refusal)

    def _written(self, request: Request, found: _Found, plan: Plan | None, model: ModelAnswer, trace: Trace) -> Iterator[Event]:
        """The answer as the model writes it; in the abstracts' own sentences where it fails."""
        whole = Event("answer")
        with trace.stage("answer") as stage:
            for step in self._by_model(request, found, plan, model):
                if step.answer is None:
                    yield step
                else:
                    whole = step  # told when the stage is over, so that the trace has it
            stage.tell(lambda: traced.as_answered(whole.answer))
        yield whole

    def _by_model(self, request: Request, found: _Found, plan: Plan | None, model: ModelAnswer) -> Iterator[Event]:
        frame, material = found.frame, found.material
        try:
            for step in model.events(request, found.asked, material, plan):
                if step.answer is None:
                    yield step
                elif step.answer.outcome == "refused" and (material.judged.here or material.judged.chance >= self.settings.refusal):
                    yield from as_events(self._nearest(frame, material, step.answer))
                else:
                    yield replace(step, answer=with_frame(step.answer, frame))
        except ModelError as error:
            yield Event("restart")
            notice = f"{error} The answer below is in the abstracts' own sentences instead."
            frame = model.counted(replace(frame, notices=(notice, *frame.notices)))
            yield from as_events(answer_in_own_words(frame, material, self._sure))

    def _nearest(self, frame: Answer, material: AnswerMaterial, refused: Answer) -> Answer:
        """What comes nearest, under a line that the model found no answer; its refusal where nothing does."""
        nearest = replace(answer_in_own_words(frame, material, 0.0), **_costs(refused))
        if nearest.outcome == "answered":
            return nearest_answer(nearest, (refused.reason or "").removeprefix(NOT_SAID))
        return nearest if nearest.claims else with_frame(refused, frame)


@dataclass(frozen=True, eq=False)
class _Found:
    """What was found for what is asked: abstracts, and what an answer can be made of; or the answer itself, where it is `told` already."""

    asked: Scope
    near: Sequence[Candidate]
    frame: Answer
    known: AnswerMaterial | None = None

    @property
    def told(self) -> bool:
        """True where `frame` is the answer."""
        return self.known is None or bool(self.frame.claims or self.frame.reason)

    @property
    def material(self) -> AnswerMaterial:
        """What an answer can be made of."""
        assert self.known is not None, "there is an answer already"
        return self.known


def _is_unsure(request: Request, read: FollowUp, query: Query) -> bool:
    """True where how a question is read is for a model to say before anything is counted: it leans on others, is not English, or has
    words that no part of the reading accounts for."""
    if query.computed:
        return bool(query.unread)
    return read.text != request.question or not is_english(request.question) or query.leans


def _costs(answer: Answer) -> dict[str, Any]:
    """Who was asked, and what it cost, of an answer that is given in other words."""
    return {name: getattr(answer, name) for name in ("usage", "stages", "cost", "searches", "read", "prompts", "checks")}
