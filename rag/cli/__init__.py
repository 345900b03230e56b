"""The command `rag`. Each command imports what it needs when it runs, so that `rag --help` is quick."""

from __future__ import annotations

from rag.cli.commands import main

__all__ = ["main"]
