"""Conditions on abstracts in the catalogue's own language, and those that can only be decided by reading the text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from rag.model import NUMBER_FIELDS, Filters, NumberField, Range, Scan

_COLUMNS = {"title": "title", "date": "first_day", "authors": "authors", "upvotes": "upvotes", "comments": "comments"}
_MONTH = "(CASE WHEN a.first_day / 100 = a.last_day / 100 THEN a.first_day / 100 % 100 END)"

_ORDERED: tuple[NumberField, ...] = ("year", "authors", "upvotes", "comments")  # fields of indexes that go on with the place

# What abstracts can be grouped by, as SQL.
Grouping = NumberField | Literal["month", "source"]
GROUPS: Mapping[Grouping, str] = {"month": _MONTH, "source": "o.file", **{name: f"a.{name}" for name in NUMBER_FIELDS}}


def conditions(filters: Filters, containing: str | None, match_case: bool) -> tuple[str, Mapping[str, Any]]:
    """What follows WHERE, each part after an AND, and its values. Where `scanned` is not empty, more than match are let through."""
    parts: list[str] = []
    values: dict[str, Any] = {}
    for index, one in enumerate(filters.ranges):  # the column is one of NUMBER_FIELDS, never a user's text
        parts.append(_range(one, index))
        values |= {f"low{index}": one.low, f"high{index}": one.high}
    if filters.sources:
        parts.append(_from_files("sources"))
        values["sources"] = json.dumps(filters.sources)
    for index, scan in enumerate(filters.scans):
        part = _scan(scan, f"scan{index}")
        if part:
            parts.append(f"({part}) IS FALSE" if scan.negated else f"({part})")
            values[f"scan{index}"] = json.dumps(scan.values)
    if containing:
        parts.append("(" + " OR ".join(_contains(column, match_case) for column in ("a.title", "a.body")) + ")")
        values["containing"] = containing if match_case else "%" + _escaped(containing) + "%"
    return "".join(f" AND {part}" for part in parts), values


def scanned(filters: Filters) -> Sequence[Scan]:
    """The conditions that SQL does not decide: literal mentions, which have their own notion of case and of a word."""
    return [one for one in filters.scans if not _scan(one, "")]


def is_in_order(filters: Filters) -> bool:
    """True where an index of the catalogue has what meets conditions in the order of the files: those with one number in one field."""
    one = filters.ranges[0] if len(filters.ranges) == 1 else None
    return one is not None and _is_equal(one) and one.field in _ORDERED and filters == Filters((one,))


def _is_equal(one: Range) -> bool:
    return one.low is not None and one.low == one.high and not one.outside


def _range(one: Range, index: int) -> str:
    field = f"a.{one.field}"
    if _is_equal(one):
        return f"{field} = :low{index}"  # the rows of one number are in their order in its index
    tests = [
        f"{field} {sign} :{name}{index}" for sign, name, bound in ((">=", "low", one.low), ("<=", "high", one.high)) if bound is not None
    ]
    inside = f"({' AND '.join(tests) or f'{field} IS NOT NULL'})"
    return f"{inside} IS FALSE" if one.outside else inside


def _scan(scan: Scan, name: str) -> str:
    among = f"IN (SELECT value FROM json_each(:{name}))"
    match scan.kind:
        case "month":
            return f"CAST({_MONTH} AS TEXT) {among}"
        case "year":
            return f"CAST(a.year AS TEXT) {among}"
        case "missing":
            return " OR ".join(f"a.{_COLUMNS[one]} IS NULL" for one in scan.values)
        case "none":
            return " AND ".join(f"(a.{_COLUMNS[one]} IS NULL OR a.{_COLUMNS[one]} = 0)" for one in scan.values)
        case "inferred":
            return "CASE WHEN a.first_day IS NOT NULL THEN json_extract(a.record, '$.date_inferred') END"
        case "source":
            return _from_files(name)
        case "id":
            return f"a.id {among}"
        case "authors" | "upvotes" | "comments":
            return f"CAST(a.{scan.kind} AS TEXT) {among}"
        case _:
            return ""


def _from_files(name: str) -> str:
    return f"a.number IN (SELECT o.abstract FROM origins o WHERE o.file IN (SELECT value FROM json_each(:{name})))"


def _contains(column: str, match_case: bool) -> str:
    return f"instr({column}, :containing) > 0" if match_case else f"{column} LIKE :containing ESCAPE '\\'"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
