"""Conditions given with a question, checked against the index, and told as they were applied."""

from __future__ import annotations

from collections.abc import Sequence

from rag.errors import NotFoundError
from rag.filters import Filters, Range, Years
from rag.generations import Generation
from rag.phrasing import units


def wanted_filters(generation: Generation, year: Years | None, sources: Sequence[str], filters: Filters | None) -> Filters:
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
    parts = [one.short for one in units(filters)]
    return (*parts, f"{generation.count(filters)} of {generation.manifest.abstracts} abstracts match")
