"""A page of a long list: some abstracts in one of several orders, without reading those before and behind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from rag.index.conditions import conditions
from rag.index.snapshot import VISIBLE, Snapshot
from rag.model import Abstract, Filters

Order = Literal["place", "newest", "oldest", "upvotes", "authors"]

# Each begins as an index does, so that a page is found there. Of dates that begin on one day, the longer is the earlier.
_ORDERS: Mapping[Order, str] = {
    "place": "a.file, a.line, a.id",
    "newest": "a.first_day DESC NULLS LAST, a.last_day, a.id",
    "oldest": "a.first_day NULLS LAST, a.last_day DESC, a.id",
    "upvotes": "a.upvotes DESC NULLS LAST, a.id",
    "authors": "a.authors DESC NULLS LAST, a.id",
}


def read_page(snapshot: Snapshot, filters: Filters, order: Order, first: int, limit: int) -> tuple[Abstract, ...]:
    """At most `limit` abstracts that meet conditions, from place `first` on, counted from 0; those that state nothing come last.

    The conditions are on what is stated: none is a mention.
    """
    where, values = conditions(filters, None, match_case=False)
    query = f"SELECT a.number FROM abstracts a WHERE {VISIBLE}{where} ORDER BY {_ORDERS[order]} LIMIT :limit OFFSET :first"
    with snapshot.catalogue.reading() as connection:
        rows = connection.execute(query, {"edition": snapshot.edition, "limit": limit, "first": first, **values}).fetchall()
    return tuple(snapshot.of_numbers([row[0] for row in rows]))
