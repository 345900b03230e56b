"""What a forked child must not take over: locks that other threads held, connections, and Chroma, whose threads stay behind."""

from __future__ import annotations

import ctypes
import os
from typing import Protocol
from weakref import WeakSet


class Forked(Protocol):
    """Something that is told that it is in a child now."""

    def after_fork(self) -> None:
        """Begin anew: what belongs to the parent is left alone, neither used nor closed."""
        ...


_living: WeakSet[Forked] = WeakSet()


def tell_forks(one: Forked) -> None:
    """Have `one` told in every child that this process forks."""
    _living.add(one)


def leave_behind(*objects: object) -> None:
    """Keep what belongs to the parent from ever being closed in this child, also at its end.

    Closing SQLite's connections would take the parent's locks away; Chroma would wait for threads that are not here.
    """
    for one in objects:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(one))


def _tell() -> None:
    for one in list(_living):
        one.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_tell)
