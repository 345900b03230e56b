"""What a reader of a terminal can type next. An answer itself names no command: it is read on the web page too."""

from __future__ import annotations

import re

from rag.answers import Answer
from rag.watching import CHANGED

_YEARS = re.compile(r"year = ([\d.]+)")


def hints(answer: Answer) -> list[str]:
    """The commands that help on with what the notices of an answer tell, each as a sentence."""
    found = ["Bring the index up to date with: rag index"] if any(one.startswith(CHANGED) for one in answer.notices) else []
    return found + ([_where_all(answer.filters)] if answer.checks.get("members", 0) > len(answer.members) > 0 else [])


def _where_all(filters: tuple[str, ...]) -> str:
    """How to see all members: a condition on the years alone is one that `rag papers` takes."""
    *conditions, _ = filters or ("",)  # the last says how many match
    years = _YEARS.fullmatch(conditions[0]) if len(conditions) == 1 else None
    if years:
        return f"See all with: rag papers --year {years[1]}"
    return "See all of the corpus with: rag papers" if conditions else "See all with: rag papers"
