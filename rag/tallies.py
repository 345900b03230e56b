"""Tables and averages over the collection: papers per year, the mean number of upvotes."""

from __future__ import annotations

import calendar
from collections import Counter
from dataclasses import replace
from statistics import fmean, median

from rag.answers import Answer
from rag.filters import Range, Scan
from rag.pool import CITED, Pool, answered, cite, date_notices, nearest, unstated_notice
from rag.records import Abstract
from rag.showing import counted
from rag.stated import Files
from rag.wanted import Group, Wanted

_HEADS: dict[Group, str] = {"year": "Year", "month": "Month", "authors": "Authors", "source": "File"}
_FIELDS: dict[Group, str] = {"year": "date", "month": "date", "authors": "number of authors", "source": "file"}


def tallied(frame: Answer, wanted: Wanted, pool: Pool, files: Files) -> Answer:
    """How many abstracts there are of each year, month, number of authors or file; or which has the most."""
    group = wanted.group or "year"
    counts: Counter[int | str] = Counter()
    for abstract in pool:
        counts.update(_keys(abstract, group))
    rows = sorted(counts.items(), key=lambda pair: (isinstance(pair[0], str), pair[0]))
    left_out = pool.count() - sum(counts.values())
    notices = date_notices(pool, used=True)[:1] if group in ("year", "month") else []
    notices += [f"{counted(left_out, 'abstract')} without a stated {_FIELDS[group]} left out."] if left_out > 0 else []
    if not rows:
        return answered(frame, pool, f"No abstract{pool.phrase} states its {_FIELDS[group]}.", (), 0, [*notices, *nearest(pool)])
    if wanted.by_group:
        return _extreme(frame, wanted, pool, rows, notices, files)
    text = (
        f"Abstracts{pool.phrase} per {_HEADS[group].lower()}: " + "; ".join(f"{_named(key, group)}: {number}" for key, number in rows) + "."
    )
    members = [one for one in pool if _keys(one, group)]
    answer = answered(frame, pool, text, cite(members[:CITED], _cited(group), files), len(members), notices)
    return replace(answer, table=((_HEADS[group], "Abstracts"), *((_named(key, group), str(number)) for key, number in rows)))


def _extreme(frame: Answer, wanted: Wanted, pool: Pool, rows: list[tuple[int | str, int]], notices: list[str], files: Files) -> Answer:
    """The group with the most or the fewest abstracts, with all that share the place."""
    group = wanted.group or "year"
    best = (max if wanted.descending else min)(number for _, number in rows)
    keys = [key for key, number in rows if number == best]
    members = [one for one in pool if set(keys) & set(_keys(one, group))]
    named = " and ".join(_named(key, group) for key in keys)
    each = " each" if len(keys) > 1 else ""
    text = f"{named} {'has' if len(keys) == 1 else 'have'} the {'most' if wanted.descending else 'fewest'} abstracts{pool.phrase}: {best}{each}."
    answer = answered(frame, pool, text, cite(members[:CITED], _cited(group), files), len(members), notices)
    return replace(answer, table=((_HEADS[group], "Abstracts"), *((_named(key, group), str(number)) for key, number in rows)))


def _keys(abstract: Abstract, group: Group) -> list[int | str]:
    if group == "source":
        return list(dict.fromkeys(source.file for source in abstract.sources))
    if group == "month":
        return [int(abstract.date[5:7])] if abstract.date and len(abstract.date) > len("2024") else []
    value = abstract.year if group == "year" else abstract.authors
    return [] if value is None else [value]


def _named(key: int | str, group: Group) -> str:
    return calendar.month_name[int(key)] if group == "month" else str(key)


def _cited(group: Group) -> str | None:
    return {"year": "date", "month": "date", "authors": "authors"}.get(group)


def averaged(frame: Answer, wanted: Wanted, pool: Pool, files: Files) -> Answer:
    """The mean, the median or the sum of a counted field, over the abstracts that state it."""
    field = wanted.by if wanted.by in ("upvotes", "comments", "authors") else "upvotes"
    stating = pool.narrowed(Range(field))
    found = [(one.id, int(getattr(one, field) or 0)) for one in stating]
    notices = date_notices(pool) + unstated_notice(pool, field)
    if not found:
        return answered(frame, pool, f"No abstract{pool.phrase} states {field}.", (), 0, [*notices, *nearest(pool)])
    values = [value for _, value in found]
    figures = {"mean": f"{fmean(values):.2f}", "median": f"{median(values):g}", "sum": f"{sum(values):,}"}
    name = wanted.statistic or "mean"
    others = ", ".join(f"{other} {figure}" for other, figure in figures.items() if other != name)
    text = f"The {name} of the {field} of {counted(len(values), 'abstract')}{pool.phrase} that state{'s' if len(values) == 1 else ''} them is {figures[name]} ({others})."
    members = list(pool.generation.abstracts([one for one, _ in found[:CITED]]).values())
    return answered(frame, stating, text, cite(members, field, files), len(found), notices)


def missing(field: str) -> Scan:
    """The condition that a field is not stated."""
    return Scan("missing", (field,))
