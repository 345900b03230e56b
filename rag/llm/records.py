"""What passes between the model service and those who ask it: replies, what they cost in tokens, and what one question may use."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass

Message = Mapping[str, str]  # {"role": ..., "content": ...}


@dataclass(frozen=True, slots=True)
class Usage:
    """What was sent and received. `cached_tokens` are those of the prompt that the service had seen before."""

    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.requests + other.requests,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.cached_tokens + other.cached_tokens,
        )

    @property
    def total(self) -> int:
        """Tokens sent and received."""
        return self.prompt_tokens + self.completion_tokens

    def to_dict(self) -> dict[str, int]:
        """JSON-ready."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model said. `why` says why a reply is not complete.

    "length": it reached the most tokens it may have; "cut": the connection broke or time ran out; "stopped": `Call.stop`;
    "filtered": the service or the model refused, and the text is empty. `usage` is that of all attempts together.
    """

    text: str
    complete: bool
    usage: Usage
    model: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Restart:
    """In a stream: what came so far is void, because the reply was cut and is asked for again."""


class Call:
    """What one question may use, shared by all its calls: so many tokens, until `stop` is set. Safe to use from several threads."""

    def __init__(self, tokens: int, stop: threading.Event | None = None) -> None:
        self.tokens = tokens
        self.stop = stop or threading.Event()
        self._usage = Usage()
        self._lock = threading.Lock()

    @property
    def usage(self) -> Usage:
        """The sum so far."""
        return self._usage

    @property
    def stopped(self) -> bool:
        """True once somebody wants no more of it."""
        return self.stop.is_set()

    @property
    def spent(self) -> bool:
        """True when no other call may begin."""
        return self._usage.total >= self.tokens

    def add(self, usage: Usage) -> None:
        """Count what a request has used."""
        with self._lock:
            self._usage += usage
