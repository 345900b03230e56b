"""The list of papers as HTML: what stands under each name, and how many papers there are of each year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rag.records import Abstract
from rag.showing import counted, markup, places
from ui.render_paper import facts, links

_WORDS = 48  # of an abstract's text
_BARS = 60  # years; a longer row has no room


def under(abstract: Abstract) -> str:
    """What stands under a paper's name: its facts, its first words, where it stands and where it can be found."""
    words = abstract.text.split()
    text = " ".join(words[:_WORDS]) + (" …" if len(words) > _WORDS else "")
    last = [f"<code>{markup(places(abstract.sources[:1]))}</code>", *links(abstract)[:2]]
    stated = facts(abstract)
    line = f'<p class="rag-where">{stated}</p>' if stated else ""
    return f'<div class="rag-under">{line}<p class="rag-evidence">{markup(text)}</p><p class="rag-out">{" · ".join(last)}</p></div>'


def years(abstracts: Sequence[Abstract]) -> str:
    """A bar for each year from the first to the last, with its number; nothing where fewer than two years are stated."""
    counts = Counter(one.year for one in abstracts if one.year is not None)
    if len(counts) < 2:
        return ""
    first, last = max(min(counts), max(counts) - _BARS + 1), max(counts)
    top = max(counts.values())
    bars = "".join(_bar(year, counts[year], top) for year in range(first, last + 1))
    undated = sum(one.year is None for one in abstracts)
    note = f'<p class="rag-note">{counted(undated, "paper")} without a date</p>' if undated else ""
    return f'<figure class="rag-years" role="group" aria-label="Papers of each year"><ol>{bars}</ol>{note}</figure>'


def _bar(year: int, count: int, top: int) -> str:
    height = f"{100 * count / top:.0f}"
    said = f"{year}: {counted(count, 'paper')}"
    number = f"<b>{count:,}</b>" if count else ""
    return (
        f'<li aria-label="{said}"><span class="rag-bar" style="height:calc({height} * 0.048rem)" aria-hidden="true">{number}</span>'
        f'<span class="rag-year" aria-hidden="true">{year}</span></li>'
    )
