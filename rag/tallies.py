"""Tables and averages over the collection: papers per year, the mean number of upvotes."""

from __future__ import annotations

import calendar
from collections import Counter
from dataclasses import replace
from statistics import fmean, median

from rag.answers import Answer
from rag.filters import Range
from rag.nearby import nearest
from rag.phrasing import joined, units
from rag.pool import CITED, Pool, answered, cite, date_notices, unstated_notice
from rag.records import Abstract
from rag.showing import counted
from rag.stated import Files
from rag.wanted import Group, Wanted

_HEADS: dict[Group, str] = {"year": "Year", "month": "Month", "authors": "Authors", "source": "File"}
_FIELDS: dict[Group, str] = {"year": "date", "month": "date", "authors": "number of authors", "source": "file"}
_CITED: dict[Group, str] = {"year": "date", "month": "date", "authors": "authors"}

_Key = int | str
_Rows = list[tuple[_Key, int]]


def tallied(frame: Answer, wanted: Wanted, pool: Pool, files: Files) -> Answer:
    """How many abstracts there are of each year, month, number of authors or file; or which has the most."""
    group = wanted.group or "year"
    keys = {one.id: _keys(one, group) for one in pool}
    rows = _rows([key for found in keys.values() for key in found])
    notices = _left_out(pool, group, sum(not found for found in keys.values()))
    if not rows:
        return answered(frame, pool, f"No abstract{pool.phrase} states its {_FIELDS[group]}.", (), 0, [*notices, *nearest(pool)])
    best = {key for key, _ in rows}
    text = (
        f"Abstracts{pool.phrase} per {_HEADS[group].lower()}: " + "; ".join(f"{_named(key, group)}: {number}" for key, number in rows) + "."
    )
    if wanted.by_group:
        text, best = _extreme(rows, wanted, pool)
    members = [one for one, found in keys.items() if best & set(found)]
    shown = list(pool.generation.abstracts(members[:CITED]).values())
    answer = answered(frame, pool, text, cite(shown, _CITED.get(group), files), len(members), notices)
    return replace(answer, table=((_HEADS[group], "Abstracts"), *((_named(key, group), str(number)) for key, number in rows)))


def _rows(keys: list[_Key]) -> _Rows:
    return sorted(Counter(keys).items(), key=lambda pair: (isinstance(pair[0], str), pair[0]))


def _left_out(pool: Pool, group: Group, number: int) -> list[str]:
    notices = date_notices(pool, used=True)[:1] if group in ("year", "month") else []
    notices = [one for one in notices if "inferred" in one]
    return notices + ([f"Left out: {counted(number, 'abstract')} without a stated {_FIELDS[group]}."] if number else [])


def _extreme(rows: _Rows, wanted: Wanted, pool: Pool) -> tuple[str, set[_Key]]:
    """The group with the most or the fewest abstracts in words, and all groups that share the place."""
    number = (max if wanted.descending else min)(count for _, count in rows)
    keys = [key for key, count in rows if count == number]
    named = " and ".join(_named(key, wanted.group or "year") for key in keys)
    verb, each = ("has", "") if len(keys) == 1 else ("have", " each")
    return f"{named} {verb} the {'most' if wanted.descending else 'fewest'} abstracts{pool.phrase}: {number}{each}.", set(keys)


def opposed(frame: Answer, wanted: Wanted, pool: Pool) -> Answer:
    """The numbers of abstracts that meet one condition or another, held against each other."""
    sides = [pool.narrowed(*one.ranges, scans=one.scans) for one in wanted.sides]
    phrases = [joined([unit.phrase for unit in units(one)]) for one in wanted.sides]
    order = sorted(range(len(sides)), key=lambda index: -sides[index].count())
    first, *others = [f"{phrases[index]} ({sides[index].count()})" for index in order]
    same = len({one.count() for one in sides}) == 1
    said = f"as many abstracts {first} as" if same else f"more abstracts {first} than"
    members = list({one.id: one for side in sides for one in side}.values())
    notices = list(dict.fromkeys(notice for side in sides for notice in date_notices(side)))
    text = f"The corpus has {said} {joined(others)}{f', all{pool.phrase}' if pool.phrase else ''}."
    answer = answered(frame, pool, text, cite(members[:CITED], None, {}), len(members), notices)
    rows = tuple((phrase, str(side.count())) for phrase, side in zip(phrases, sides, strict=True))
    return replace(answer, table=(("Condition", "Abstracts"), *rows))


def _keys(abstract: Abstract, group: Group) -> list[_Key]:
    if group == "source":
        return list(dict.fromkeys(source.file for source in abstract.sources))
    if group == "month":
        return [int(abstract.date[5:7])] if abstract.date and len(abstract.date) > len("2024") else []
    value = abstract.year if group == "year" else abstract.authors
    return [] if value is None else [value]


def _named(key: _Key, group: Group) -> str:
    return calendar.month_name[int(key)] if group == "month" else str(key)


def averaged(frame: Answer, wanted: Wanted, pool: Pool, files: Files) -> Answer:
    """The mean, the median or the sum of a counted field, over the abstracts that state it."""
    field = wanted.by if wanted.by in ("upvotes", "comments", "authors") else "upvotes"
    stating = pool.narrowed(Range(field))
    found = {one.id: int(getattr(one, field)) for one in stating}
    notices = date_notices(pool) + unstated_notice(pool, field)
    if not found:
        return answered(frame, pool, f"No abstract{pool.phrase} states {field}.", (), 0, [*notices, *nearest(pool)])
    members = list(pool.generation.abstracts(list(found)[:CITED]).values())
    text = _averages(list(found.values()), wanted, f"the {field} of {counted(len(found), 'abstract')}{pool.phrase}")
    return answered(frame, stating, text, cite(members, field, files), len(found), notices)


def _averages(values: list[int], wanted: Wanted, of: str) -> str:
    figures = {"mean": f"{fmean(values):.2f}", "median": f"{median(values):g}", "sum": f"{sum(values):,}"}
    name = wanted.statistic or "mean"
    others = ", ".join(f"{other} {figure}" for other, figure in figures.items() if other != name)
    return f"The {name} of {of} that state{'s' if len(values) == 1 else ''} a number is {figures[name]} ({others})."
