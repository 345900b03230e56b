"""What passes between the model service and those who ask it: replies, their cost, and what one question may use."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import NamedTuple

# Records of calls to the model service: replies, their usage in tokens, and the token budget of one question.

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

    "length": it reached the most tokens it may have; "cut": the connection broke; "late": time ran out; "stopped": `Call.stop`;
    "repeats": it said the same again and again;
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

    def __init__(self, tokens: int, stop: threading.Event | None = None, whole: Call | None = None, stage: str = "") -> None:
        self.tokens = tokens
        self.stop = stop or threading.Event()
        self._whole, self._stage = whole, stage
        self._usage = Usage()
        self._stages: dict[str, Usage] = {}
        self._lock = threading.Lock()

    def part(self, stage: str, stop: threading.Event | None = None) -> Call:
        """The calls of one stage, counted under its name as well; with a `stop` of its own it may end before the whole does."""
        return Call(self.tokens, stop or self.stop, self, stage)

    @property
    def usage(self) -> Usage:
        """The sum so far."""
        return self._usage

    @property
    def used(self) -> int:
        """The tokens that the whole question has used so far."""
        return self._whole.used if self._whole is not None else self._usage.total

    @property
    def stages(self) -> Mapping[str, Usage]:
        """The sum of each stage so far, in the order in which they began."""
        with self._lock:
            return dict(self._stages)

    @property
    def stopped(self) -> bool:
        """True once somebody wants no more of it."""
        return self.stop.is_set() or (self._whole is not None and self._whole.stopped)

    @property
    def spent(self) -> bool:
        """True when no other call may begin."""
        return self.used >= self.tokens

    def add(self, usage: Usage, stage: str = "") -> None:
        """Count what a request has used."""
        with self._lock:
            self._usage += usage
            if stage:
                self._stages[stage] = self._stages.get(stage, Usage()) + usage
        if self._whole is not None:
            self._whole.add(usage, stage or self._stage)


# What tokens cost, in US dollars per million: OpenAI's standard prices for prompts up to 272,000 tokens. Collected on 2026-11-21 from
# what others published of OpenAI's pricing page (developers.openai.com/api/docs/pricing): the gpt-6 families from notes of October and
# November 2026, older models from pages of January to August 2026, cached prices of gpt-4.1 and gpt-5.1 unconfirmed. Prices change, and
# an estimate is not a bill.

DEFAULT_MODEL = "gpt-6-luna"  # the smallest of OpenAI's newest family

_DATED = re.compile(r"-(?:20\d\d-\d\d-\d\d|latest)$")


class Price(NamedTuple):
    """US dollars per million tokens."""

    prompt: float
    cached: float
    completion: float


PRICES = {
    "gpt-6.1-sol": Price(2.00, 0.10, 10.00),
    "gpt-6.1-terra": Price(1.00, 0.05, 5.00),
    "gpt-6-astra": Price(10.00, 1.00, 50.00),
    "gpt-6-sol": Price(2.00, 0.20, 10.00),
    "gpt-6-luna": Price(0.10, 0.01, 0.50),
    "gpt-5.6-terra": Price(2.00, 0.20, 12.00),
    "gpt-5.6-luna": Price(0.20, 0.02, 1.20),
    "gpt-5.5": Price(5.00, 0.50, 30.00),
    "gpt-5.4": Price(2.50, 0.25, 15.00),
    "gpt-5.4-mini": Price(0.75, 0.075, 4.50),
    "gpt-5.4-nano": Price(0.20, 0.02, 1.25),
    "gpt-5.2": Price(1.75, 0.175, 14.00),
    "gpt-5.1": Price(1.25, 0.125, 10.00),
    "gpt-5": Price(1.25, 0.125, 10.00),
    "gpt-5-mini": Price(0.25, 0.025, 2.00),
    "gpt-5-nano": Price(0.05, 0.005, 0.40),
    "gpt-4.1": Price(2.00, 0.50, 8.00),
    "gpt-4.1-mini": Price(0.40, 0.10, 1.60),
    "gpt-4.1-nano": Price(0.10, 0.025, 0.40),
    "gpt-4o": Price(2.50, 1.25, 10.00),
    "gpt-4o-mini": Price(0.15, 0.075, 0.60),
    "text-embedding-3-small": Price(0.02, 0.02, 0.0),
    "text-embedding-3-large": Price(0.13, 0.13, 0.0),
}


def price(model: str) -> Price | None:
    """The price of a model, also under a name with a date ("gpt-5-mini-2025-08-07"); None where it is not known."""
    return PRICES.get(_DATED.sub("", model))


def cost(model: str, prompt: int, cached: int, completion: int) -> float | None:
    """US dollars for so many tokens; `cached` are those of the prompt that cost less. None for a model without a known price."""
    found = price(model)
    if found is None:
        return None
    fresh = max(0, prompt - cached)
    return (fresh * found.prompt + min(cached, prompt) * found.cached + completion * found.completion) / 1e6
