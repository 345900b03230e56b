"""What code alone answers about the collection: the conditions that apply, and counts, lists and look-ups from the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from rag.collection.aggregates import average_answer, count_comparison_answer, ranking_answer, table_answer
from rag.collection.named import named_in
from rag.collection.near_matches import relaxed_conditions, with_near_matches
from rag.collection.selection import (
    CITED,
    Selection,
    cite_members,
    collection_answer,
    date_notices,
    dated_text,
    member_names,
    topic_notices,
)
from rag.evidence import Files
from rag.index import Generation
from rag.model import NO_FILTERS, Abstract, Answer, Filters, NotFoundError, Range, Scan, Years, pluralize
from rag.questions import (
    Form,
    Query,
    Question,
    Topic,
    as_question,
    conditions_of,
    field_name,
    join_phrases,
    other_spellings,
    without,
)
from rag.search import merge_filters

# Questions about the collection as a whole, computed from the catalogue: how many, which, the most, the newest, per year. Exact, and with
# every member: each answer is one claim of kind "collection" that says by which conditions it was decided.


def compute_answer(frame: Answer, query: Query, generation: Generation, filters: Filters, files: Callable[[], Files]) -> Answer | None:
    """`frame` with the computed answer, None where a paper is named that the corpus does not have under that name.

    `files` gives the corpus's files by name, for quoting what they state.
    """
    if query.operation == "lookup":
        return _looked_up(frame, query, Selection(generation, filters), files)
    if query.names:
        return _ranked_by_name(frame, query, Selection(generation, filters), files)
    pool = Selection(generation, filters, query.topic)
    unknown = unstated_fields(generation, filters, query)
    if unknown:
        names = " and ".join(unknown)
        return replace(frame, outcome="refused", reason=f"The corpus does not say: none of its {pool.all} abstracts states {names}.")
    tally = query.tally
    if query.order is not None:
        return ranking_answer(frame, query, pool, files())
    if tally is None:
        return _members(frame, query, pool)
    if tally.sides:
        return count_comparison_answer(frame, tally, pool)
    return average_answer(frame, tally, pool, files()) if tally.statistic else table_answer(frame, tally, pool, files())


def _ranked_by_name(frame: Answer, query: Query, pool: Selection, files: Callable[[], Files]) -> Answer | None:
    """Which of the named papers comes first; None where one of them is not here under its name."""
    found = [named_in(name, pool)[:1] for name in query.names]
    if not all(found):
        return None
    named = pool.narrowed(scans=(Scan("id", tuple(one.id for few in found for one in few)),))
    return replace(ranking_answer(frame, query, named, files()), filters=frame.filters)


def _looked_up(frame: Answer, query: Query, pool: Selection, files: Callable[[], Files]) -> Answer | None:
    """What the listing states of the papers that have the name."""
    found = named_in(query.names[0], pool)[:CITED]
    if not found:
        return None
    field = query.field or "date"
    parts = [_stated(one, field) for one in found]
    said = "; ".join(parts)
    shown = "authors" if field == "author_names" and not any(one.author_names for one in found) else field
    answer = collection_answer(frame, pool, f"{said[:1].upper()}{said[1:]}.", cite_members(found, shown, files()), len(found), [])
    return answer if any(_has(one, field) for one in found) else replace(answer, claims=(replace(answer.claims[0], kind="absence"),))


def _has(one: Abstract, field: str) -> bool:
    return getattr(one, field) not in (None, ())


def _stated(one: Abstract, field: str) -> str:
    if field == "author_names":
        return _authors(one)
    if not _has(one, field):
        return f"the corpus states no {field_name(field)} for {one.label}"
    if field == "date":
        return f"{one.label} is dated {dated_text(one)}"
    return f"{one.label} has {pluralize(getattr(one, field), field.removesuffix('s'))}"


def _authors(one: Abstract) -> str:
    if one.author_names:
        return f"{one.label} is by {', '.join(one.author_names)}"
    known = "" if one.authors is None else f", only that there are {one.authors}"
    return f"the corpus does not name the authors of {one.label}{known}"


def unstated_fields(generation: Generation, filters: Filters, query: Query | None = None) -> list[str]:
    """The fields that conditions or order ask for and no abstract of the corpus states."""
    tally = query.tally if query is not None else None
    every = (filters, *(side for side, _ in (tally.sides if tally is not None else ())))
    scans = [scan.kind for one in every for scan in one.scans]
    asked = {"date" if part.field in ("year", "first_day", "last_day") else part.field for one in every for part in one.ranges}
    asked |= {"date" for kind in scans if kind in ("month", "year", "inferred")}
    asked |= {kind for kind in scans if kind in ("authors", "upvotes", "comments")}
    by = query.order.by if query is not None and query.order is not None else tally.field if tally is not None else None
    if by in ("upvotes", "comments", "authors", "date"):
        asked.add(by)
    ranges = {"date": Range("first_day"), "authors": Range("authors"), "upvotes": Range("upvotes"), "comments": Range("comments")}
    return sorted(field_name(one) for one in asked if not generation.count(Filters((ranges[one],))))


def _members(frame: Answer, query: Query, pool: Selection) -> Answer:
    """How many abstracts there are, or which they are."""
    number = pool.count()
    found = list(islice(pool, min(CITED, query.limit or CITED)))
    narrowed = bool(pool.filters or pool.topic)
    notices = date_notices(pool) + _mentions(pool) + topic_notices(pool)
    if not number:
        answer = collection_answer(frame, pool, _none(pool), (), 0, [*notices, *relaxed_conditions(pool)])
        if pool.topic and pool.about.near:  # what is named is no answer
            answer = replace(answer, outcome="nearest", reason=answer.claims[0].text)
    else:
        share = f", {number / pool.all:.1%}" if query.share and pool.all else ""
        of = f" (of {pool.all}{share})" if narrowed else ""
        lead = "Yes: " if query.operation == "list" and query.exists else ""
        text = f"{lead}{pluralize(number, 'paper')}{of}{pool.phrase}{member_names(found, number) if narrowed else ''}."
        answer = collection_answer(frame, pool, text, cite_members(found, None, {}), number, notices)
    return with_near_matches(answer, pool)


def _none(pool: Selection) -> str:
    """That there is none; of a topic only where nothing comes near it."""
    if not pool.topic or pool.about.sure:
        return f"No paper{pool.phrase}: 0 of {pool.all}."
    return f"No abstract is surely{pool.phrase}{'; the nearest are named' if pool.about.near else ''}."


def _mentions(pool: Selection) -> list[str]:
    """How many more there would be if a literal mention were read more loosely."""
    notices = []
    for scan in pool.filters.scans:
        if scan.kind not in ("word", "part") or scan.negated:
            continue
        rest = Filters(pool.filters.ranges, pool.filters.sources, tuple(one for one in pool.filters.scans if one != scan))
        here = pool.count()
        parts = pool.but(rest).narrowed(scans=(replace(scan, kind="part"),)).count() - here if scan.kind == "word" else 0
        titles = pool.but(rest).narrowed(scans=(replace(scan, place="anywhere"),)).count() - here if scan.place == "text" else 0
        notices += [f"{parts} more {'has' if parts == 1 else 'have'} it as a part of a longer word."] if parts and here else []
        notices += [f"{titles} more {'has' if titles == 1 else 'have'} it in the title only."] if titles and here else []
        if scan.kind == "word" and scan.place == "text" and len(scan.values) == 1:
            written_so = pool.but(rest).narrowed(scans=(replace(scan, kind="spelt"),))
            others, spellings = other_spellings(scan.values[0], written_so)
            written = ", ".join(f'"{one}"' for one in spellings)
            notices += [f"{others} more {'writes' if others == 1 else 'write'} it otherwise: {written}."] if others else []
    return notices


# Conditions given with a question, checked against the index, and told as they were applied.


def apply_filters(generation: Generation, year: Years | None, sources: Sequence[str], filters: Filters | None) -> Filters:
    """All conditions in one; raises NotFoundError for a source that is not in the index."""
    known = generation.sources()
    for name in sources:
        if name not in known:
            raise NotFoundError(f"No file {name!r} is in the index. There are: {', '.join(known) or 'none'}.")
    given = filters or Filters()
    years = (Range("year", *year),) if year else ()
    return Filters((*given.ranges, *years), (*given.sources, *sources), given.scans)


def echo(generation: Generation, filters: Filters) -> tuple[str, ...]:
    """The conditions in words, and how many abstracts meet them: "year = 2024", "4 of 159 abstracts match"."""
    if not filters:
        return ()
    parts = [one.short for one in conditions_of(filters)]
    return (*parts, f"{generation.count(filters)} of {generation.manifest.abstracts} abstracts match")


# A question with the conditions that were read from it or given with it, and what can be answered by code alone.


@dataclass(frozen=True, eq=False)
class Scope:
    """What is asked of which abstracts.

    `sought` is the question without the phrases of its conditions, for retrieval; `query` is the question as it was read, once;
    `notices` tell of conditions that could not be applied or rest on inferred dates.
    """

    question: Question
    sought: Question
    filters: Filters
    query: Query
    notices: tuple[str, ...]

    @property
    def form(self) -> Form:
        """What kind of question it is."""
        return self.question.form


def read_scope(
    generation: Generation,
    query: Query,
    read: Filters,
    *,
    year: Years | None = None,
    sources: Sequence[str] = (),
    filters: Filters | None = None,
    ignored: Sequence[str] = (),
) -> Scope:
    """What a question that stands by itself asks of which abstracts. `read` are conditions from the turns before; the others were
    given with it. `ignored` are conditions and topics, in the words in which an answer echoes them, that are not to be read.

    A condition on a field that the corpus does not have is left out and told. Raises QuestionError, NotFoundError.
    """
    topic = Topic() if Selection(generation, NO_FILTERS, query.topic).about_topic in ignored else query.topic
    query, read = replace(query, topic=topic, filters=_less(query.filters, ignored)), _less(read, ignored)
    own = combine_filters(query.filters, read)
    dropped = [] if query.computed or not own else [one for one in conditions_of(own) if unstated_fields(generation, one.filters)]
    for one in dropped:
        own = without(own, one)
    applied = apply_filters(generation, year, sources, merge_filters(filters, own, year))
    notices = (
        [f'No abstract of the corpus states what "{join_phrases([one.short for one in dropped])}" asks for: it was not applied.']
        if dropped
        else []
    )
    if applied and not query.computed:
        notices += [one for one in date_notices(Selection(generation, applied)) if "inferred" in one]
    asked = as_question(query)
    return Scope(asked, _sought(asked), applied, query, tuple(notices))


def _less(filters: Filters, ignored: Sequence[str]) -> Filters:
    for one in conditions_of(filters) if ignored else ():
        if one.short in ignored:
            filters = without(filters, one)
    return filters


def combine_filters(text: Filters, before: Filters) -> Filters:
    """Conditions of the question and of the turns before: on one field the later ones, those of `before`, win."""
    if not before:
        return text
    if any(one.dated for one in conditions_of(before)):
        for one in conditions_of(text):
            if one.dated:
                text = without(text, one)
    ranges = (*(one for one in text.ranges if one.field not in {other.field for other in before.ranges}), *before.ranges)
    return Filters(ranges, (*text.sources, *before.sources), tuple(dict.fromkeys((*text.scans, *before.scans))))


def answer_by_code(frame: Answer, asked: Scope, generation: Generation, files: Callable[[], Files]) -> Answer | None:
    """The answer where the catalogue alone gives it, or where the conditions leave nothing; None where abstracts must be read."""
    query = asked.query
    if query.computed:
        if query.unread:
            return replace(frame, outcome="refused", reason=_not_counted(query))
        answer = compute_answer(frame, query, generation, asked.filters, files)
        if answer is not None:
            return answer
    if asked.filters and not generation.count(asked.filters):
        pool = Selection(generation, asked.filters)
        rest = " ".join(relaxed_conditions(pool))
        return replace(frame, outcome="refused", reason=f"The corpus does not say: it has no abstract{pool.phrase}. {rest}".strip())
    return None


def _not_counted(query: Query) -> str:
    """That no number is given, and what was not understood."""
    named = join_phrases([f'"{one}"' for one in query.unread])
    return f"Nothing was counted: {named} was not understood. Say it in other words, or leave it out. What a search finds is below."


def _sought(asked: Question) -> Question:
    sought = asked.query.sought
    if not sought.strip(" ?.,!") or sought == asked.text:
        return asked
    found = as_question(asked.query, sought)
    return found if found.short.stems else asked


def with_frame(answer: Answer, frame: Answer) -> Answer:
    """A written answer with what is known of the question besides."""
    return replace(
        answer,
        question=frame.question,
        standalone_question=frame.standalone_question,
        filters=frame.filters,
        form=frame.form,
        answerability=frame.answerability,
        notices=(*answer.notices, *frame.notices),
        generation=frame.generation,
    )
