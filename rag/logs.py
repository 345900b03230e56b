"""The log of a program that is run: warnings on stderr, and with more to say every line of ours. Libraries only write to loggers."""

from __future__ import annotations

import logging
import sys

PACKAGES = "rag", "ui", "eval"


class _Stderr(logging.Handler):
    """Writes to what is standard error at that moment."""

    def emit(self, record: logging.LogRecord) -> None:
        sys.stderr.write(self.format(record) + "\n")


def log_to_stderr(*, verbose: bool = False) -> None:
    """Print warnings of our packages as they are; with `verbose`, every line, with its time, level and logger."""
    handler = _Stderr()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s" if verbose else "%(message)s"))
    for name in PACKAGES:
        logger = logging.getLogger(name)
        logger.setLevel(logging.DEBUG if verbose else logging.WARNING)
        for before in [one for one in logger.handlers if isinstance(one, _Stderr)]:
            logger.removeHandler(before)
        logger.addHandler(handler)
