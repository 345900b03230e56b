"""Small models may fall into saying the same words again and again: seen while they do, so that nobody waits for the end."""

from __future__ import annotations

_TIMES = 6  # in a row
_LEAST = 400  # characters that the repetitions take together: short lists repeat themselves honestly
_LONGEST = 800  # characters of what is repeated
_PROBE = 40  # characters


def repeats(text: str) -> bool:
    """True where a text ends in the same characters six times in a row or more, 400 characters of them at least."""
    tail = text[-_TIMES * _LONGEST :]
    before = tail.rfind(tail[-_PROBE:], 0, len(tail) - 1) if len(tail) > _PROBE else -1
    period = len(tail) - _PROBE - before
    if before < 0 or period > _LONGEST:
        return False
    end = tail[-max(_TIMES * period, _LEAST) :]
    return len(end) >= max(_TIMES * period, _LEAST) and end[period:] == end[:-period]
