"""Packing sentences into passages, the unit that is indexed."""

from __future__ import annotations

from collections.abc import Sequence

from rag.records import Passage, Sentence


def passages(abstract_id: str, sentences: Sequence[Sentence], token_counts: Sequence[int], budget: int) -> tuple[Passage, ...]:
    """Runs of whole sentences of at most `budget` tokens together, each beginning with the last sentence of the one before.

    `token_counts` has the tokens of each sentence. The overlap is left out where the next sentence would not fit beside
    it. A sentence over the budget is a passage alone. No sentences give no passages. Raises ValueError if the two
    sequences differ in length or the budget is below 1.
    """
    if len(sentences) != len(token_counts):
        raise ValueError(f"{len(sentences)} sentences but {len(token_counts)} token counts")
    if budget < 1:
        raise ValueError(f"A passage cannot have a budget of {budget} tokens.")
    found: list[Passage] = []
    first = 0
    while first < len(sentences):
        last = _last_that_fits(token_counts, first, budget)
        found.append(Passage(abstract_id, sentences[first].start, sentences[last].end, first, last))
        following = last + 1
        overlaps = last > first and following < len(sentences) and token_counts[last] + token_counts[following] <= budget
        first = last if overlaps else following
    return tuple(found)


def _last_that_fits(token_counts: Sequence[int], first: int, budget: int) -> int:
    """The last sentence of a passage that begins with `first`."""
    total, last = token_counts[first], first
    while last + 1 < len(token_counts) and total + token_counts[last + 1] <= budget:
        last += 1
        total += token_counts[last]
    return last
