"""How many threads numpy computes in; nothing heavy is imported here, so that it can be said before numpy is."""

from __future__ import annotations

import os


def compute_in_one_thread() -> None:
    """Have numpy multiply in one thread, unless OPENBLAS_NUM_THREADS says otherwise; to be called before it is imported.

    The products of an answer are small: other threads spend as much time waiting for work, at full load, as the first one works, so
    that answering a set of questions takes twice the processor time.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
