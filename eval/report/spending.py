"""What a run took of model services, the system that answers and the judge each for itself: in lines, and as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from eval.records import Spent
from eval.report.elements import cell, column, element, foreign, row_head, table, words
from eval.report.wording import NOTHING, written
from rag.model import pluralize

_COUNTS = {
    "cached": "judgements from the cache",
    "asked_again": "judgements asked for again",
    "missing": "judgements that stayed missing",
    "unknown_ids": "judgements of nothing that was asked",
    "cache_failures": "judgements that the cache could not keep",
}


@dataclass(frozen=True, slots=True)
class Spending:
    """What one run took: its system and its judge."""

    system: Spent
    judge: Spent


def spending_lines(spending: Spending) -> Iterator[str]:
    """Two lines, and one on how far repeated judgements agree."""
    yield f"The system took {_told(spending.system)}."
    counts = "".join(f"; {count:,} {_COUNTS.get(name, name)}" for name, count in spending.judge.counts.items())
    yield f"The judge took {_told(spending.judge)}{counts}."
    if spending.judge.agreement is not None:
        yield f"Repeated judgements of the same claim agree in {_agreement(spending.judge)}."


def _told(spent: Spent) -> str:
    if not spent.requests and not spent.tokens and not spent.cost:
        return "nothing of a model service"
    tokens = f"{spent.tokens:,} tokens ({spent.prompt_tokens:,} sent, {spent.completion_tokens:,} received)"
    requests = f"{pluralize(spent.requests, 'request')}, " if spent.requests else ""
    return f"{requests}{tokens}, {_cost(spent)}"


def _cost(spent: Spent) -> str:
    return "at a price that is not known" if spent.cost is None else written(spent.cost, "dollars")


def _agreement(spent: Spent) -> str:
    return f"{written(spent.agreement or 0.0, 'percent')} of {spent.pairs:,} pairs"


def spending_table(of: Mapping[str, Spent], caption: str = "Tokens and cost of model services") -> str:
    """A row for each; the names may be anybody's."""
    heads = [column(name) for name in ("Who", "Requests", "Tokens sent", "Tokens received", "Cost", "Repeats agree")]
    rows = [_row(name, spent) for name, spent in of.items()]
    return table(caption, heads, rows, class_="numbers")


def _row(name: str, spent: Spent) -> list[str]:
    counts = [f"{count:,} {_COUNTS.get(what, what)}" for what, count in spent.counts.items()]
    notes = [element("div", words(", ".join(counts)), class_="n")] if counts else []
    figures = (
        f"{spent.requests:,}",
        f"{spent.prompt_tokens:,}",
        f"{spent.completion_tokens:,}",
        "not known" if spent.cost is None else written(spent.cost, "dollars"),
        NOTHING if spent.agreement is None else _agreement(spent),
    )
    return [row_head(foreign(name) + "".join(notes)), *(cell(words(one)) for one in figures)]


def spending_section(spending: Spending) -> str:
    """The table of one run."""
    return spending_table({"System": spending.system, "Judge": spending.judge})
