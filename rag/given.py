"""A question with all that was given with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rag.errors import SettingsError
from rag.filters import Filters, Years

Messages = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Asking:
    """A question with all that was given with it.

    `ignored` are conditions, as the answer echoes them, not to be read from it; `visited` is when the asker was here before.
    """

    question: str
    history: Messages
    year: Years | None
    sources: Sequence[str]
    filters: Filters | None
    top_k: int | None
    more: bool
    ignored: tuple[str, ...] = ()
    visited: datetime | None = None


def asking_of(
    question: str,
    history: Messages | None,
    year: Years | None = None,
    sources: Sequence[str] = (),
    filters: Filters | None = None,
    top_k: int | None = None,
    more: bool = False,
    ignored: Sequence[str] = (),
    visited: datetime | None = None,
) -> Asking:
    """What was asked; raises SettingsError for a `top_k` below 1."""
    if top_k is not None and top_k < 1:
        raise SettingsError(f"An answer must draw on at least 1 abstract: top_k cannot be {top_k}.")
    return Asking(question, history or (), year, sources, filters, top_k, more, tuple(ignored), visited)
