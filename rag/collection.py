"""Questions about the collection as a whole, computed from the catalogue: how many, which, the most, the newest, per year.

Exact, and with every member: each answer is one claim of kind "collection" that says by which conditions it was decided.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import islice

from rag.answers import Answer
from rag.bordering import with_near
from rag.filters import Filters, Range
from rag.generations import Generation
from rag.lookups import called
from rag.nearby import nearest
from rag.phrasing import field_name
from rag.pool import CITED, Pool, answered, cite, date_notices, dated, names
from rag.rankings import ranked
from rag.records import Abstract
from rag.respelled import respelled
from rag.showing import counted
from rag.stated import Files
from rag.tallies import averaged, opposed, tallied
from rag.wanted import Wanted


def collected(frame: Answer, wanted: Wanted, generation: Generation, filters: Filters, files: Callable[[], Files]) -> Answer | None:
    """`frame` with the computed answer, None where a paper is named that the corpus does not have under that name.

    `files` gives the corpus's files by name, for quoting what they state.
    """
    if wanted.form == "lookup":
        return _looked_up(frame, wanted, Pool(generation, filters), files)
    pool = Pool.of(generation, filters, wanted.topic, negated=wanted.negated)
    unknown = unstated(generation, filters, wanted)
    if unknown:
        names = " and ".join(unknown)
        return replace(frame, outcome="refused", reason=f"The corpus does not say: none of its {pool.all} abstracts states {names}.")
    match wanted.form:
        case "superlative":
            return ranked(frame, wanted, pool, files())
        case "groups":
            return tallied(frame, wanted, pool, files())
        case "versus":
            return opposed(frame, wanted, pool)
        case "statistic":
            return averaged(frame, wanted, pool, files())
        case _:
            return _members(frame, wanted, pool)


def _looked_up(frame: Answer, wanted: Wanted, pool: Pool, files: Callable[[], Files]) -> Answer | None:
    """What the listing states of the papers that have the name."""
    found = called(wanted.name, pool)[:CITED]
    if not found:
        return None
    field = wanted.by or "date"
    parts = [_stated(one, field) for one in found]
    said = "; ".join(parts)
    shown = "authors" if field == "author_names" and not any(one.author_names for one in found) else field
    answer = answered(frame, pool, f"{said[:1].upper()}{said[1:]}.", cite(found, shown, files()), len(found), [])
    return answer if any(_has(one, field) for one in found) else replace(answer, claims=(replace(answer.claims[0], kind="absence"),))


def _has(one: Abstract, field: str) -> bool:
    return getattr(one, field) not in (None, ())


def _stated(one: Abstract, field: str) -> str:
    if field == "author_names":
        return _authors(one)
    if not _has(one, field):
        return f"the corpus states no {field_name(field)} for {one.label}"
    if field == "date":
        return f"{one.label} is dated {dated(one)}"
    return f"{one.label} has {counted(getattr(one, field), field.removesuffix('s'))}"


def _authors(one: Abstract) -> str:
    if one.author_names:
        return f"{one.label} is by {', '.join(one.author_names)}"
    known = "" if one.authors is None else f", only that there are {one.authors}"
    return f"the corpus does not name the authors of {one.label}{known}"


def unstated(generation: Generation, filters: Filters, wanted: Wanted | None = None) -> list[str]:
    """The fields that conditions or order ask for and no abstract of the corpus states."""
    every = (filters, *(wanted.sides if wanted is not None else ()))
    scans = [scan.kind for one in every for scan in one.scans]
    asked = {"date" if part.field in ("year", "first_day", "last_day") else part.field for one in every for part in one.ranges}
    asked |= {"date" for kind in scans if kind in ("month", "year", "inferred")}
    asked |= {kind for kind in scans if kind in ("authors", "upvotes", "comments")}
    if wanted is not None and wanted.by in ("upvotes", "comments", "authors", "date"):
        asked.add(wanted.by)
    ranges = {"date": Range("first_day"), "authors": Range("authors"), "upvotes": Range("upvotes"), "comments": Range("comments")}
    return sorted(field_name(one) for one in asked if not generation.count(Filters((ranges[one],))))


def _members(frame: Answer, wanted: Wanted, pool: Pool) -> Answer:
    """How many abstracts there are, or which they are."""
    number = pool.count()
    found = list(islice(pool, CITED))
    notices = date_notices(pool) + _mentions(pool)
    lead = "" if wanted.form != "any" else "Yes: the" if number else "No: the"
    share = f", {number / pool.all:.1%}" if wanted.form == "share" and pool.all else ""
    of = f" ({f'of {pool.all}{share}'})" if pool.filters or pool.about else ""
    members = names(found) if number == len(found) and (pool.filters or pool.about) else ""
    text = f"{lead or 'The'} corpus has {counted(number, 'abstract')}{of}{pool.phrase}{members}."
    if not number:
        return with_near(answered(frame, pool, text, (), 0, [*notices, *nearest(pool)]), pool)
    return with_near(answered(frame, pool, text, cite(found, None, {}), number, notices), pool)


def _mentions(pool: Pool) -> list[str]:
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
            others, spellings = respelled(scan.values[0], pool.but(rest))
            written = ", ".join(f'"{one}"' for one in spellings)
            notices += [f"{others} more {'writes' if others == 1 else 'write'} it otherwise: {written}."] if others else []
    return notices
