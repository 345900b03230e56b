"""A model's plan held against the conversation and the catalogue, and made into the query that is answered."""

from __future__ import annotations

from dataclasses import replace

from rag.answers.plan import Plan, figures_of
from rag.index import Generation
from rag.model import Filters, Range
from rag.questions import Comparison, Operation, Query, Side, Topic
from rag.search import find_relevant
from rag.support import numbers_in, proper_names, squeeze_name
from rag.text import contains_run, folded_words, stems

_MOST_PAPERS = 100  # that may be asked for in a list or a ranking
_TOPIC_WORDS = 12
_MEMBERS: tuple[Operation, ...] = ("list", "count", "rank")


def planned_query(plan: Plan, read: Query, generation: Generation) -> Query:
    """The query of the plan's question. `read` is how that question is read without a model: it stands in every field of which the plan
    says nothing that can be accepted, and where it is sure that code answers.

    Accepted are conditions, limits and sides that somebody said, a topic that some abstract comes near, and a count, list or ranking
    only if no figure of the question is left unread.
    """
    query = _shaped(plan, read)
    if read.computed and not read.unread:
        return query
    filters = read.filters or Filters(tuple(one for one in plan.conditions if _is_said(one, plan.said)))
    counted = _counted(plan, query, filters, generation)
    if counted is not None:
        return counted
    if plan.operation is None or plan.operation in _MEMBERS or read.computed:
        return query
    sides = _sides(plan)
    comparison = sides if sides is not None else read.comparison
    if plan.operation == "compare" and comparison is None:
        return replace(query, filters=filters)
    topic = _topic(plan, generation) if plan.operation in ("survey", "agree") else Topic()
    return replace(query, operation=plan.operation, filters=filters, comparison=comparison, topic=topic, point="")


def _shaped(plan: Plan, read: Query) -> Query:
    """The query with the length, the shape and the number of points that the plan has read, where the other reader read none."""
    limit = plan.limit if 0 < plan.limit <= _MOST_PAPERS and str(plan.limit) in numbers_in(plan.said) else None
    return replace(
        read,
        length=plan.length if read.length == "normal" else read.length,
        shape=plan.shape if read.shape == "prose" else read.shape,
        limit=read.limit or limit,
    )


def _is_said(one: Range, said: str) -> bool:
    """True where each bound of a condition is a number that somebody said: 2023 of "after 2022" as well."""
    numbers = numbers_in(said)
    return all(bound is None or not {str(bound), str(bound - 1), str(bound + 1)}.isdisjoint(numbers) for bound in (one.low, one.high))


def _counted(plan: Plan, query: Query, filters: Filters, generation: Generation) -> Query | None:
    """A count, a list or a ranking; None where the plan has none, or where it is not of a topic and conditions that are understood."""
    if plan.operation not in _MEMBERS or query.operation in ("define", "lookup", "compare"):
        return None
    topic = _topic(plan, generation)
    if ((plan.topic or plan.not_about) and not topic) or not (topic or filters) or (plan.operation == "rank" and plan.order is None):
        return None
    used = {str(bound) for one in filters.ranges for bound in (one.low, one.high) if bound is not None}
    near = {str(int(one) + step) for one in used for step in (-1, 1)}
    if figures_of(plan.question) - used - near - figures_of(f"{plan.topic} {plan.not_about}") - {str(query.limit)}:
        return None
    order = plan.order if plan.operation == "rank" else None
    return replace(query, operation=plan.operation, topic=topic, filters=filters, order=order, unread=(), comparison=None, tally=None)


def _topic(plan: Plan, generation: Generation) -> Topic:
    """The topic, if some abstract is about it or comes near; what papers are not to be about must be said in the question."""
    usable = [one for one in (plan.topic, plan.not_about) if one and len(one.split()) <= _TOPIC_WORDS and stems(one)]
    excluded = plan.not_about if plan.not_about in usable and set(stems(plan.not_about)) <= set(stems(plan.question)) else ""
    topic = Topic(((plan.topic,),) if plan.topic in usable else (), (excluded,) if excluded else ())
    found = find_relevant(topic, generation) if topic else None
    return topic if found is not None and (found.members or found.near) else Topic()


def _sides(plan: Plan) -> Comparison | None:
    """Two sides or more, each of them said in the conversation or in the question as it stands by itself."""
    said = f"{plan.said} {plan.question}"
    words, letters = folded_words(said), squeeze_name(said)
    sides = [one for one in plan.sides if contains_run(words, folded_words(one)) or squeeze_name(one) in letters]
    return Comparison(tuple(Side(one, one, tuple(proper_names(f"the {one}"))) for one in sides), "") if len(sides) > 1 else None
