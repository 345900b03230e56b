"""An answer with a model: the question planned, abstracts read as widely as it asks, the answer written and judged."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rag.answers.generate import Writer
from rag.answers.outline import make_outline
from rag.answers.plan import Plan, Planning, recent
from rag.answers.planner import AnswerMaterial
from rag.answers.prompts import Reading, Wish
from rag.answers.read import EvidenceRow, ranked, read_batches
from rag.answers.task import Task, parts_of
from rag.answers.written import make_table
from rag.collection import Scope
from rag.embedding import Embedder
from rag.evidence import estimate_answerability
from rag.index import Generation
from rag.llm import Call, LanguageModel, Prompts, load_prompts
from rag.model import NO_FILTERS, Answer, Event, Filters, ModelError, Settings, as_events, pluralize
from rag.questions import Question, Request, read_question
from rag.search import Candidate, boost_context, find_candidates, find_relevant, find_union
from rag.text import is_english

MOST_READ = 100  # abstracts of a survey
_FOUND = 50  # of these, that searches find
_AROUND = 20  # abstracts of a count, a list or a ranking, around which is written
_AROUND_WORDS = 60
_TABLE_WORDS = 400
_LISTED = 2  # relevance from which an abstract that the answer does not cite is listed
_REVIEW = 800  # words from which a survey has an outline and is written section by section
_SECTIONED = 8  # abstracts, more than which a review has sections
_LAST_TURN = 1500  # tokens of the last question and answer, where these are to be put in another way
_NEW = 5  # abstracts that are read for what is missing


@dataclass(frozen=True, eq=False)
class ModelAnswer:
    """What one question is answered with: the models that write and judge, the settings, the index, and what the question may use."""

    model: LanguageModel
    judge: LanguageModel | None
    settings: Settings
    generation: Generation
    embedder: Embedder
    call: Call

    @property
    def prompts(self) -> Prompts:
        """What the models are told."""
        return load_prompts(self.settings.prompts)

    def planning(self, request: Request, read: str) -> Planning:
        """A plan under way; `read` is the question as rules have read it."""
        history = recent(request.history, self.settings.history_tokens)
        return Planning(self.model, self.prompts, request.question, read, history, self.call)

    def events(self, request: Request, asked: Scope, material: AnswerMaterial, plan: Plan | None) -> Iterator[Event]:
        """Notes of what is read, the claims, the answer. Raises ModelError where the model gives nothing that can be used."""
        searches = plan.searches if plan is not None else ()
        rows: list[EvidenceRow] = []
        if material.surveys:
            found = self._surveyed(asked, material, searches)
            if len(found) > material.count:
                yield _noted(searches, f"Reading {pluralize(len(found), 'abstract')} ...")
                rows = yield from self._read(asked.question, found)
            readings = [one.reading for one in ranked(rows)] or [Reading(one) for one in found[: material.count]]
        else:
            found = material.abstracts(self._union(searches, asked.filters))
            readings = [Reading(one) for one in found]
            yield _noted(searches, f"Reading {pluralize(len(found), 'abstract')} ...")
        if plan is not None and plan.revises:
            readings = self._with_cited(asked, request, readings)
        task = Task(
            asked.question,
            readings,
            self._wish(request, asked, material.written_words, plan),
            **({} if rows else {"more": self._further(request, asked, plan, material.count)}),
            sections=self._outline(asked.question, rows) if material.written_words >= _REVIEW else (),
            others=[one.found for one in ranked(rows) if one.relevance >= _LISTED],
        )
        for step in self._writer().events(task):
            yield _with_searches(step, searches, len(found))

    def around(self, request: Request, asked: Scope, known: Answer) -> Iterator[Event]:
        """What the model writes around a count, a list or a ranking that code has computed; that alone where it fails."""
        members = list(dict.fromkeys(one.abstract_id for one in known.members))[:_AROUND]
        readings = [Reading(one) for one in self._candidates(asked.query.topic.text or asked.question.text, members)]
        words = _TABLE_WORDS if asked.query.shape == "table" else _AROUND_WORDS
        wish = replace(self._wish(request, asked, words, None), known=(known.text,))
        told = as_events(known)[:-1]
        yield from told
        try:
            for step in self._writer().events(Task(asked.question, readings, wish)):
                if step.answer is not None:
                    yield replace(step, answer=_joined(known, step.answer))
                else:
                    yield replace(step, position=step.position + len(known.claims))
                    yield from told if step.kind == "restart" else ()  # what code has computed is not void
        except ModelError as error:
            yield Event("answer", answer=self.counted(replace(known, notices=(*known.notices, str(error)))))

    def counted(self, answer: Answer) -> Answer:
        """An answer that the model did not write, with what the question has cost so far."""
        return replace(answer, usage=self.call.usage.to_dict(), stages={name: one.to_dict() for name, one in self.call.stages.items()})

    def _writer(self) -> Writer:
        return Writer(self.model, self.prompts, self.settings, self.call, self.judge)

    def _wish(self, request: Request, asked: Scope, words: int, plan: Plan | None) -> Wish:
        table = asked.query.shape == "table"
        parts = parts_of(english=is_english(request.question), operation=asked.query.operation, table=table)
        before = _last_turn(request.history) if plan is not None and plan.revises else None
        return Wish(" ".join(request.question.split()), words, parts, plan.form if plan is not None else "", before)

    def _union(self, searches: Sequence[str], filters: Filters, most: int = _FOUND) -> Sequence[Candidate]:
        return find_union(self.generation, self.embedder, searches, most, filters) if searches else ()

    def _candidates(self, text: str, ids: Sequence[str], filters: Filters = NO_FILTERS) -> Sequence[Candidate]:
        return boost_context(self.generation, self.embedder, text, (), ids, filters)

    def _surveyed(self, asked: Scope, material: AnswerMaterial, searches: Sequence[str]) -> Sequence[Candidate]:
        """All that may bear on a topic: the abstracts that are about it, those that the searches find, and those that come near it."""
        topic = find_relevant(asked.query.topic, self.generation) if asked.query.topic else None
        about, near = ([one.id for one in part] for part in (topic.members, topic.near)) if topic is not None else ([], [])
        found = {one.abstract.id: one for one in self._union((asked.sought.text, *searches), asked.filters)}
        found |= {one.abstract.id: one for one in material.near if one.abstract.id not in found}
        more = [one for one in (*about, *near) if one not in found]
        found |= {one.abstract.id: one for one in self._candidates(asked.sought.text, more, asked.filters)}
        order = dict.fromkeys([*about, *found])
        return [found[one] for one in order if one in found][:MOST_READ]

    def _read(self, question: Question, found: Sequence[Candidate]) -> Generator[Event, None, list[EvidenceRow]]:
        """The rows of evidence, told batch by batch."""
        rows: list[EvidenceRow] = []
        batches = read_batches(
            self.model,
            self.prompts,
            question,
            found,
            self.call,
            beside=self.settings.model_concurrency,
            reply_tokens=self.settings.reply_tokens,
        )
        for batch in batches:
            rows += batch
            yield Event("note", note=f"Read {len(rows)} of {len(found)} abstracts, {sum(one.relevance > 0 for one in rows)} bear on it")
        return rows

    def _with_cited(self, asked: Scope, request: Request, readings: Sequence[Reading]) -> list[Reading]:
        """What is read, behind the abstracts that the last answer cites: it is to be put in another way."""
        last = next((one for one in reversed(request.history) if one.get("role") == "assistant"), {})
        ids = list(dict.fromkeys(str(one["abstract_id"]) for one in last.get("citations") or ()))
        cited = self._candidates(asked.question.text, ids, asked.filters)
        known = {one.abstract.id for one in cited}
        return [*map(Reading, cited), *(one for one in readings if one.found.abstract.id not in known)]

    def _further(self, request: Request, asked: Scope, plan: Plan | None, count: int) -> Callable[[Sequence[str], bool], Sequence[Reading]]:
        """What else there is to read on what is missing. Where nothing at all was found that answers, and no plan was made, it is made now;
        else only what may well answer is read."""

        def search(missing: Sequence[str]) -> Sequence[Reading]:
            late = plan or self.planning(request, asked.question.text).result()
            names = " ".join(asked.question.names)
            texts = [*(f"{one} {names}".strip() for one in missing), *(late.searches if late is not None else ())]
            found = self._union([asked.sought.text, *texts], asked.filters)
            return [Reading(one) for one in found[: max(count, _NEW)]]

        def gaps(missing: Sequence[str]) -> Sequence[Reading]:
            found: list[Candidate] = []
            for one in missing:
                wanted = read_question(f"{one} {' '.join(asked.question.names)}".strip())
                near = find_candidates(self.generation, self.embedder, wanted.text, _NEW, asked.filters)
                found += near if estimate_answerability(wanted, near).chance >= self.settings.refusal else []
            return [Reading(one) for one in found[:_NEW]]

        return lambda missing, nothing: search(missing) if nothing else gaps(missing)

    def _outline(self, question: Question, rows: Sequence[EvidenceRow]) -> Sequence[tuple[str, Sequence[Reading]]]:
        kept = ranked(rows)
        return make_outline(self.model, self.prompts, question, kept, self.call.part("outline")) if len(kept) > _SECTIONED else ()


def _noted(searches: Sequence[str], reading: str) -> Event:
    return Event("note", note=f"Searched for {'; '.join(searches)}. {reading}" if searches else reading)


def _with_searches(step: Event, searches: tuple[str, ...], read: int) -> Event:
    return step if step.answer is None else replace(step, answer=replace(step.answer, searches=searches, read=max(read, step.answer.read)))


def _last_turn(history: Sequence[Mapping[str, object]]) -> tuple[str, str] | None:
    """The last question and its answer."""
    said = [one["content"] for one in recent(history, _LAST_TURN)]
    return (said[-2], said[-1]) if len(said) > 1 else None


def _joined(known: Answer, written: Answer) -> Answer:
    """What code has computed, then what a model wrote on it, its citations numbered behind those of the first."""
    shift = len(known.citations)
    claims = tuple(
        replace(
            one, citations=tuple(number + shift for number in one.citations), sums_up=tuple(at + len(known.claims) for at in one.sums_up)
        )
        for one in written.claims
        if one.written
    )
    if not claims:
        return replace(known, usage=written.usage, stages=written.stages, cost=written.cost)
    citations = tuple(
        replace(one, number=one.number + shift) for one in written.citations if any(one.number + shift in it.citations for it in claims)
    )
    return replace(
        known,
        claims=(*known.claims, *claims),
        citations=(*known.citations, *citations),
        notices=(*known.notices, *written.notices),
        checks={**known.checks, **written.checks},
        table=known.table or (None if written.table is None else make_table(written.table[0][:-1], claims)),
        **{name: getattr(written, name) for name in ("mode", "model", "usage", "stages", "cost", "read", "prompts", "incomplete")},
    )
