"""What an answer takes: time, tokens, money. An error takes part in none: failing fast is not being fast."""

from __future__ import annotations

from eval.metrics.measure import Measure, Verdicts
from eval.records import Row
from eval.statistics import quantile

ROWS = "all but errors"


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
