"""When an asker was here before, from the times of the questions that are stored."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

from rag.history import History

_BETWEEN = timedelta(hours=1)  # without a question: what comes after is another visit
_LOOKED_AT = 1000  # questions


def last_visit(history: History, owner: str, now: datetime | None = None) -> datetime | None:
    """When the owner asked the last question of the visit before this one; None where no earlier visit is stored.

    This visit is the run of questions up to `now`, or to the last one that is stored, that stand less than an hour apart.
    """
    query = (
        "SELECT t.started FROM turns t JOIN conversations c ON c.number = t.conversation WHERE c.owner = ? ORDER BY t.started DESC LIMIT ?"
    )
    with history.reading() as connection:
        rows = connection.execute(query, (owner, _LOOKED_AT)).fetchall()
    times = [*([now] if now else []), *(datetime.fromisoformat(row["started"]) for row in rows)]
    return next((earlier for later, earlier in pairwise(times) if later - earlier >= _BETWEEN), None)
