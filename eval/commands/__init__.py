"""The commands of `python -m eval`, each a function that typer calls."""

from __future__ import annotations

import os

# Before numpy is imported. The products of an answer are small: OpenBLAS's other threads spend as much time waiting for work, at
# full load, as the first one works, so that a run of the shipped questions takes twice the processor time.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
