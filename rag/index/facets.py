"""Counting in the word index: conditions on abstracts as one query of tantivy, which counts what meets it without naming it.

Each abstract is one document here, the opening of `rag.index.lexical`, which has its words, its numbers, its files and its id.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import tantivy

from rag.model import MENTIONS, Filters, NumberField, Range, Scan, ScanKind

_OPENING = "opening"
_MOST_GROUPS = 65_000  # that tantivy makes of one field
_NUMBERS: Mapping[str, NumberField] = {"date": "first_day", "authors": "authors", "upvotes": "upvotes", "comments": "comments"}
_EQUAL: Mapping[ScanKind, NumberField] = {"year": "year", "authors": "authors", "upvotes": "upvotes", "comments": "comments"}

Query = tantivy.Query

Must, Should, MustNot = tantivy.Occur.Must, tantivy.Occur.Should, tantivy.Occur.MustNot


@dataclass(frozen=True, slots=True)
class Words:
    """What a mention takes: for one of the values, words of all its expressions, each in one of the fields.

    Where the words that meet an expression are known, they stand in its place.
    """

    values: Sequence[Sequence[str | Sequence[str]]]
    fields: Sequence[str]


Mention = Callable[[Scan], "Words | Sequence[str] | None"]  # the words that decide a mention, or the ids that have it; None: unknown


def query_of(schema: Any, filters: Filters, mention: Mention) -> tantivy.Query | None:
    """What the abstracts meet that meet all conditions; None where one of these is not to be told here: a month, a title, a guess."""
    every: Clauses = []
    for one in filters.ranges:
        if one.low is None and one.high is None and one.outside:
            return None
        every += _of_range(schema, one)
    if filters.sources:
        every.append((Must, _among(schema, "source", filters.sources)))
    words = False
    for scan in filters.scans:
        wanted = mention(scan) if scan.kind in MENTIONS else None
        clauses = _of_scan(schema, scan) if wanted is None else _of_mention(schema, scan, wanted)
        if clauses is None:
            return None
        every += clauses
        words = words or (isinstance(wanted, Words) and not scan.negated)
    if not words:  # which openings alone have
        every.append((Must, tantivy.Query.exists_query(_OPENING)))
    return tantivy.Query.boolean_query([(how, tantivy.Query.const_score_query(one, 0.0)) for how, one in every])


def word_query(schema: Any, expression: str | Sequence[str], fields: Sequence[str]) -> tantivy.Query:
    """A word that meets an expression, or one of several words, in one of the fields."""
    if not isinstance(expression, str):
        return any_of([_among(schema, field, expression) for field in fields])
    if "*" in expression:
        return any_of([tantivy.Query.regex_query(schema, field, expression) for field in fields])
    return any_of([tantivy.Query.term_query(schema, field, expression, index_option="basic") for field in fields])


def words_query(schema: Any, wanted: Words) -> tantivy.Query:
    """Words of all expressions of one of the values."""
    values = (tantivy.Query.boolean_query([(Must, word_query(schema, one, wanted.fields)) for one in value]) for value in wanted.values)
    return any_of(list(values))


def any_of(queries: Sequence[tantivy.Query]) -> tantivy.Query:
    """At least one of them."""
    return tantivy.Query.boolean_query([(Should, one) for one in queries])


def groups_of(searcher: Any, query: tantivy.Query, field: NumberField) -> dict[int | str, int] | None:
    """How many of what meets a query state each number in a field, in the order of the numbers; None where there are too many."""
    terms = {"field": field, "size": _MOST_GROUPS, "segment_size": _MOST_GROUPS}
    try:
        found = searcher.aggregate(query, {"all": {"terms": terms}})["all"]
    except ValueError:  # more groups than tantivy makes
        return None
    if found.get("sum_other_doc_count"):
        return None
    return {int(key): number for key, number in sorted((one["key"], one["doc_count"]) for one in found["buckets"])}


Clauses = list[tuple[tantivy.Occur, tantivy.Query]]


def _of_range(schema: Any, one: Range) -> Clauses:
    stated = (Must, tantivy.Query.exists_query(one.field))
    if one.low is None and one.high is None:
        return [stated]
    inside = tantivy.Query.range_query(schema, one.field, tantivy.FieldType.Integer, one.low, one.high)
    return [stated, (MustNot, inside)] if one.outside else [(Must, inside)]


def _of_scan(schema: Any, scan: Scan) -> Clauses | None:
    """The clauses of a scan; None where it is not to be told from what is stored here."""
    how = MustNot if scan.negated else Must
    if scan.kind in ("id", "source"):
        return [(how, _among(schema, "abstract" if scan.kind == "id" else "source", scan.values))]
    if scan.kind in _EQUAL:
        return _of_numbers(schema, _EQUAL[scan.kind], scan)
    if scan.kind in ("missing", "none") and all(one in _NUMBERS for one in scan.values):
        fields = [_NUMBERS[one] for one in scan.values]
        if scan.kind == "missing":
            return [(how, any_of([_and_not(tantivy.Query.all_query(), tantivy.Query.exists_query(one)) for one in fields]))]
        some = any_of([_and_not(tantivy.Query.exists_query(one), _equal(schema, one, 0)) for one in fields])
        return [(Must if scan.negated else MustNot, some)]
    return None


def _of_mention(schema: Any, scan: Scan, wanted: Words | Sequence[str]) -> Clauses | None:
    if scan.negated and scan.place == "title":
        return None  # a title that is not there lacks nothing
    query = words_query(schema, wanted) if isinstance(wanted, Words) else _among(schema, "abstract", wanted)
    return [(MustNot if scan.negated else Must, query)]


def _of_numbers(schema: Any, field: NumberField, scan: Scan) -> Clauses | None:
    """One of several numbers; what states none is not among them, and not outside of them either."""
    if not all(one.isascii() and one.isdigit() and str(int(one)) == one for one in scan.values):
        return None
    inside = any_of([_equal(schema, field, int(one)) for one in scan.values])
    return [(Must, tantivy.Query.exists_query(field)), (MustNot if scan.negated else Must, inside)]


def _among(schema: Any, field: str, values: Sequence[str]) -> tantivy.Query:
    return tantivy.Query.term_set_query(schema, field, list(values))


def _equal(schema: Any, field: str, value: int) -> tantivy.Query:
    return tantivy.Query.range_query(schema, field, tantivy.FieldType.Integer, value, value)


def _and_not(query: tantivy.Query, without: tantivy.Query) -> tantivy.Query:
    return tantivy.Query.boolean_query([(Must, query), (MustNot, without)])
