"""One abstract, the list of papers and the first screen as HTML."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from rag.model import Abstract, escape_html, locations, pluralize
from ui.holdings import Holdings, Paper
from ui.render.words import counted

# One abstract as HTML, and the links that lead out of the page.

_SEARCH = "https://scholar.google.com/scholar?q="
_SCHEMES = {"doi": "https://doi.org/", "arxiv": "https://arxiv.org/abs/"}


def paper_link(url: str, text: str = "") -> str:
    """A link out of the page, with its host shown; what is not plain http or https stays text."""
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname
    except ValueError:
        host = None
    if not host or parts.scheme.lower() not in ("http", "https") or parts.username is not None:
        return escape_html(url)
    shown = f"{escape_html(text)} ({escape_html(host)})" if text else escape_html(host)
    return f'<a href="{escape_html(url.strip())}" target="_blank" rel="noopener noreferrer">{shown}</a>'


def paper_html(found: Paper) -> str:
    """An abstract with its sentences, what its source states of it, and where it stands."""
    abstract = found.abstract
    text = " ".join(f"<span>{escape_html(abstract.text[start:end])}</span>" for start, end in found.sentences) or escape_html(abstract.text)
    return (
        f'<article class="rag-paper"><h1>{escape_html(abstract.label)}</h1><p class="rag-facts">{paper_facts(abstract)}</p>'
        f'<p class="rag-text">{text}</p><p class="rag-links">{" · ".join(outward_links(abstract))}</p>'
        f'<p class="rag-place">{escape_html(locations(abstract.sources))} · rag:{escape_html(abstract.id)}</p></article>'
    )


def paper_facts(abstract: Abstract) -> str:
    """What the source states: date, authors, upvotes, comments, venue; nothing that it does not."""
    date = f"{abstract.date}{' (inferred)' if abstract.date_inferred else ''}" if abstract.date else ""
    authors = ", ".join(abstract.author_names) or (pluralize(abstract.authors, "author") if abstract.authors is not None else "")
    votes = pluralize(abstract.upvotes, "upvote") if abstract.upvotes is not None else ""
    comments = pluralize(abstract.comments, "comment") if abstract.comments is not None else ""
    title = "" if abstract.title else "the source states no title"
    return " · ".join(escape_html(one) for one in (date, authors, abstract.venue or "", votes, comments, title) if one)


def outward_links(abstract: Abstract) -> list[str]:
    """Ways to the paper itself: the addresses that its source states, else a search for it, fetched by nobody but the reader."""
    stated = [paper_link(url) for url in abstract.urls]
    for one in abstract.external_ids:
        scheme, _, value = one.partition(":")
        if value and scheme.lower() in _SCHEMES:
            stated.append(paper_link(_SCHEMES[scheme.lower()] + quote(value, safe="/"), one))
    words = abstract.title or " ".join(abstract.text.split()[:14])
    return stated or [paper_link(_SEARCH + quote(words), "search for the paper")]


# The list of papers as HTML: what stands under each name, and how many papers there are of each year.

_WORDS = 48  # of an abstract's text
_SEARCH_CHARACTERS = 120  # of a search that is repeated
_BARS = 60  # years; a longer row has no room


def paper_line(abstract: Abstract) -> str:
    """What stands under a paper's name: its facts, its first words, where it stands and where it can be found."""
    words = abstract.text.split()
    text = " ".join(words[:_WORDS]) + (" …" if len(words) > _WORDS else "")
    last = [f"<code>{escape_html(locations(abstract.sources[:1]))}</code>", *outward_links(abstract)[:2]]
    stated = paper_facts(abstract)
    line = f'<p class="rag-where">{stated}</p>' if stated else ""
    return f'<div class="rag-under">{line}<p class="rag-evidence">{escape_html(text)}</p><p class="rag-out">{" · ".join(last)}</p></div>'


def nothing_about(search: str, *, narrowed: bool) -> str:
    """That no abstract is about a search; `narrowed` where filters left some out."""
    words = search if len(search) <= _SEARCH_CHARACTERS else search[:_SEARCH_CHARACTERS].rstrip() + " …"
    within = " within these filters" if narrowed else ""
    return f'<p class="rag-none">No abstract{within} is about “{escape_html(words, typed=True)}”.</p>'


def years_chart(counts: Mapping[int, int], undated: int) -> str:
    """A bar for each year from the first to the last, with its number; nothing where fewer than two years are stated.

    `undated` is how many papers state none.
    """
    if len(counts) < 2:
        return ""
    first, last = max(min(counts), max(counts) - _BARS + 1), max(counts)
    top = max(counts.values())
    bars = "".join(_bar(year, counts.get(year, 0), top) for year in range(first, last + 1))
    note = f'<p class="rag-note">{pluralize(undated, "paper")} without a date</p>' if undated else ""
    return f'<figure class="rag-years" role="group" aria-label="Papers of each year"><ol>{bars}</ol>{note}</figure>'


def _bar(year: int, count: int, top: int) -> str:
    height = f"{100 * count / top:.0f}"
    said = f"{year}: {pluralize(count, 'paper')}"
    number = f"<b>{count:,}</b>" if count else ""
    return (
        f'<li aria-label="{said}"><span class="rag-bar" style="height:calc({height} * 0.048rem)" aria-hidden="true">{number}</span>'
        f'<span class="rag-year" aria-hidden="true">{year}</span></li>'
    )


# The first screen as HTML.


def welcome_html(held: Holdings) -> str:
    """What the corpus holds, and what to expect of an answer."""
    years = f"{held.years[0]} to {held.years[-1]}" if held.years else "no years stated"
    facts = f"{counted(held.abstracts, 'abstract', 'abstracts')} · {counted(len(held.sources), 'source', 'sources')} · {years}"
    return (
        '<header class="rag-welcome"><h1>Ask the abstracts</h1>'
        f'<p class="rag-facts">{facts}</p>'
        "<p>Every sentence of an answer is cited to a sentence of an abstract and checked against it. "
        "Where the corpus does not say, you are told so.</p></header>"
    )
