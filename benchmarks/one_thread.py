"""Imported before numpy, has it multiply in one thread, as the commands `rag` and `python -m eval` do."""

from __future__ import annotations

from rag.model import compute_in_one_thread

compute_in_one_thread()
