"""What time it is, as something that a test can set."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The time now, with UTC as its zone."""
    return datetime.now(UTC)


def stamp(moment: datetime) -> str:
    """A moment as it is stored: ISO 8601 in UTC, to the second. Stamps sort as the moments do."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")
