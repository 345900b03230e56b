"""What an answer takes: time, tokens, money. An error takes part in none: failing fast is not being fast."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eval.metrics.measure import Measure, Verdicts
from eval.records import Row
from eval.statistics import quantile

ROWS = "all but errors"
_MACHINE = ("system", "processor", "cores")
_LOAD = 0.5  # processes a core by which two runs may differ


def seconds(row: Row, verdicts: Verdicts) -> float | None:
    """The time of asking."""
    return row.seconds if has_answer(row) else None


def tokens(row: Row, verdicts: Verdicts) -> float | None:
    """Tokens sent to and received from the model service; 0 without one."""
    if row.answer is None or not row.metered:
        return None
    return float(row.answer.usage.get("prompt_tokens", 0) + row.answer.usage.get("completion_tokens", 0))


def cost(row: Row, verdicts: Verdicts) -> float | None:
    """US dollars; 0 where no tokens were used, None (which lowers the coverage) where the price is not known."""
    if row.answer is None or not row.metered:
        return None
    if row.answer.cost is None and not tokens(row, verdicts):
        return 0.0
    return row.answer.cost


def has_answer(row: Row) -> bool:
    """True for all but errors."""
    return row.answer is not None


def is_timed(row: Row) -> bool:
    """True for all but errors and recorded answers whose time was not told."""
    return has_answer(row) and row.seconds is not None


def is_metered(row: Row) -> bool:
    """True for all but errors and answers of other systems that do not tell what they took."""
    return has_answer(row) and row.metered


def not_compared(a: Mapping[str, Any], b: Mapping[str, Any]) -> frozenset[str]:
    """The metrics that two runs, given by their manifests, cannot be compared in: those of time, unless both say what machine they ran
    on, it is the same one, and it was about as busy ("load" is the load average; where one run did not store it, that is not asked)."""
    one, other = _machine(a), _machine(b)
    same = all(one.get(name) == other.get(name) is not None for name in _MACHINE) and _as_busy(one, other)
    return frozenset() if same else frozenset(measure.name for measure in MEASURES if measure.unit == "seconds")


def _machine(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    stored = manifest.get("machine")
    return stored if isinstance(stored, Mapping) else {}


def _as_busy(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    loads = [machine["load"] / machine["cores"] for machine in (one, other) if machine.get("load") is not None]
    return len(loads) < 2 or abs(loads[0] - loads[1]) <= _LOAD


MEASURES = (
    Measure(
        "latency_median",
        "seconds that half of the questions take at most",
        ROWS,
        seconds,
        is_timed,
        higher_is_better=False,
        unit="seconds",
        statistic=quantile(0.5),
    ),
    Measure(
        "latency_p95",
        "seconds that 95 % of the questions take at most",
        ROWS,
        seconds,
        is_timed,
        higher_is_better=False,
        unit="seconds",
        statistic=quantile(0.95),
    ),
    Measure("tokens", "tokens of a question", ROWS, tokens, is_metered, higher_is_better=False, unit="tokens"),
    Measure("cost", "US dollars of a question", ROWS, cost, is_metered, higher_is_better=False, unit="dollars"),
)
