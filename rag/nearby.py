"""What conditions that leave nothing stand beside: what each leaves when it is left out, and the nearest value that leaves any."""

from __future__ import annotations

import datetime
from collections import Counter
from dataclasses import replace

from rag.filters import Filters
from rag.phrasing import field_name, said_date, units, without
from rag.pool import Pool
from rag.showing import counted

_NEAREST = 3  # sentences, at the most


def nearest(pool: Pool) -> list[str]:
    """What a little less would leave, where the conditions leave nothing."""
    found = []
    for one in units(pool.filters)[: 2 * _NEAREST]:
        rest = pool.but(without(pool.filters, one))
        left = rest.count()
        if left and (rest.filters or rest.about):
            found.append(f'Without "{one.short}", {counted(left, "abstract")} would match.')
        near = _nearest_value(rest, one.filters) if left else ""
        found += [near] if near else []
    left = replace(pool, about=None).count() if pool.filters and pool.about else 0
    if pool.about is not None and left:  # a word that was taken for the topic may be none
        about = " ".join(pool.about.words)
        found.insert(0, f'Without "{"not " * pool.about.negated}about {about}", {counted(left, "abstract")} would match.')
    return found[:_NEAREST]


def _nearest_date(rest: Pool, filters: Filters) -> str:
    """The nearest date that leaves something; of two as near, the earlier."""
    low = next((one.low for one in filters.ranges if one.low is not None), None)
    high = next((one.high for one in filters.ranges if one.high is not None), None)
    days = Counter(one.date for one in rest if one.date)
    if not days:
        return "None of these states a date."

    def distance(date: str) -> int:
        day = _ordinal(f"{date}-01-01"[:10])
        return max(0 if low is None else _ordinal(_iso(low)) - day, 0 if high is None else day - _ordinal(_iso(high)))

    best = min(sorted(days), key=distance)
    return f"The nearest with any is dated {said_date(best)}: {counted(days[best], 'abstract')}."


def _iso(day: int) -> str:
    return f"{day // 10000:04d}-{day // 100 % 100:02d}-{day % 100:02d}"


def _ordinal(day: str) -> int:
    return datetime.date.fromisoformat(day).toordinal()


def _nearest_value(rest: Pool, filters: Filters) -> str:
    """The nearest value of a number, or the looser reading of a mention, that leaves something."""
    if any(one.field in ("first_day", "last_day") for one in filters.ranges):
        return _nearest_date(rest, filters)
    for one in filters.ranges:
        field = one.field
        if one.low is None and one.high is None:
            continue
        values = [value for value in (getattr(abstract, field) for abstract in rest) if value is not None]
        if values:
            best = min(
                sorted(set(values)),
                key=lambda value: max((one.low or value) - value, value - (one.high if one.high is not None else value)),
            )
            return f"The nearest with any is {field} = {best}: {counted(values.count(best), 'abstract')}."
        return f"None of these states {'a date' if field == 'year' else field_name(field)}."
    for scan in filters.scans:
        if scan.kind == "word" and not scan.negated:
            left = rest.narrowed(scans=(replace(scan, kind="part"),)).count()
            elsewhere = rest.narrowed(scans=(replace(scan, place="anywhere"),)).count()
            if left:
                return f"As a part of longer words it stands in {counted(left, 'abstract')}."
            if elsewhere:
                return f"With titles counted, {counted(elsewhere, 'abstract')} would match."
    return ""
