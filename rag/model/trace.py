"""How an answer came about: what was read, found and decided, stage by stage; each stage is an OpenTelemetry span as well."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

Facts = Mapping[str, Any]  # JSON-ready values by name


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One stage of an answer ("read", "search", "decide", "answer") and what it came to. `seconds` is wall time."""

    stage: str
    facts: Facts
    seconds: float = field(default=0.0, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, without the time: the same answer gives the same bytes."""
        return {"stage": self.stage, "facts": dict(self.facts)}


class Notes:
    """What is noted of a stage under way."""

    def __init__(self) -> None:
        self.told: Callable[[], Facts] = dict

    def tell(self, facts: Callable[[], Facts]) -> None:
        """What to note of the stage; called only where somebody wants to know."""
        self.told = facts


class Trace:
    """The stages of one answer. They are kept where `kept`, and are spans of OpenTelemetry, whose exporter is the program's own."""

    def __init__(self, *, kept: bool = False) -> None:
        from opentelemetry import trace  # takes a moment, and `import rag` has no need of it

        self._kept = kept
        self._steps: list[TraceStep] = []
        self._tracer = trace.get_tracer("rag")
        self._parent = trace.get_current_span()
        self._in_parent = trace.set_span_in_context(self._parent)

    @property
    def steps(self) -> tuple[TraceStep, ...]:
        """The stages so far."""
        return tuple(self._steps)

    @contextmanager
    def stage(self, name: str) -> Iterator[Notes]:
        """Time a stage, as the span "rag.<name>"; what it raises is noted in the span and raised on."""
        stage, started = Notes(), time.perf_counter()
        # Not made the current span: answers are generators, which may end in another context than they began in.
        span = self._tracer.start_span(f"rag.{name}", context=self._in_parent)
        try:
            yield stage
        except Exception as error:
            span.record_exception(error)
            raise
        finally:
            if self._kept or span.is_recording():
                facts = stage.told()
                span.set_attributes({f"rag.{key}": _attribute(value) for key, value in facts.items()})
                if self._kept:
                    self._steps.append(TraceStep(name, facts, time.perf_counter() - started))
            span.end()


def _attribute(value: Any) -> str | bool | int | float:
    """A value as spans take it."""
    return value if isinstance(value, str | bool | int | float) else str(value)
