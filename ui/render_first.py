"""The first screen as HTML."""

from __future__ import annotations

from ui.shelf import Holdings
from ui.words import counted


def welcome(held: Holdings) -> str:
    """What the corpus holds, and what to expect of an answer."""
    years = f"{held.years[0]} to {held.years[-1]}" if held.years else "no years stated"
    facts = f"{counted(held.abstracts, 'abstract', 'abstracts')} · {counted(len(held.sources), 'source', 'sources')} · {years}"
    return (
        '<header class="rag-welcome"><h1>Ask the abstracts</h1>'
        f'<p class="rag-facts">{facts}</p>'
        "<p>Every sentence of an answer is cited to a sentence of an abstract and checked against it. "
        "Where the corpus does not say, you are told so.</p></header>"
    )
