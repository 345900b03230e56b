"""Where the title ends and the abstract begins in a line that runs them together."""

from __future__ import annotations

import re

_OPENING = re.compile(r"(?<=\s)(?:We|This|In this|In recent|Recent(?:ly)?|The|Despite|While|Current|Large language|A|Self-|As)\b")


def find_boundary(body: str) -> tuple[int, float]:
    """The offset at which the abstract begins, and how sure that is, between 0 and 1."""
    found = _OPENING.search(body[:400])
    return (found.start(), 0.5) if found else (0, 0.0)
