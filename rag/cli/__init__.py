"""The command `rag`."""

from __future__ import annotations

from rag.cli.commands import main
from rag.cli.terminal import output, print_table

__all__ = ["main", "output", "print_table"]
