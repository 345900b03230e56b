"""The commands of `python -m eval`, each a function that typer calls."""

from __future__ import annotations

from rag.model import compute_in_one_thread

compute_in_one_thread()
