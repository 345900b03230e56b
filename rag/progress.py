"""How a long run tells how far it is."""

from __future__ import annotations

from typing import Literal, Protocol

Stage = Literal["read", "embed", "index"]


class Progress(Protocol):
    """Called often, from the thread that indexes. `done` of `total` files are read, texts embedded, or passages indexed."""

    def __call__(self, stage: Stage, done: int, total: int) -> None:
        """Take note; must return quickly."""
        ...


def silent(stage: Stage, done: int, total: int) -> None:
    """No progress is shown."""
