"""One abstract as HTML, and the links that lead out of the page."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from rag.records import Abstract
from rag.showing import counted, markup, places
from ui.shelf import Paper

_SEARCH = "https://scholar.google.com/scholar?q="
_SCHEMES = {"doi": "https://doi.org/", "arxiv": "https://arxiv.org/abs/"}


def link(url: str, text: str = "") -> str:
    """A link out of the page, with its host shown; what is not plain http or https stays text."""
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname
    except ValueError:
        host = None
    if not host or parts.scheme.lower() not in ("http", "https") or parts.username is not None:
        return markup(url)
    shown = f"{markup(text)} ({markup(host)})" if text else markup(host)
    return f'<a href="{markup(url.strip())}" target="_blank" rel="noopener noreferrer">{shown}</a>'


def paper(found: Paper) -> str:
    """An abstract with its sentences, what its source states of it, and where it stands."""
    abstract = found.abstract
    text = " ".join(f"<span>{markup(abstract.text[start:end])}</span>" for start, end in found.sentences) or markup(abstract.text)
    return (
        f'<article class="rag-paper"><h1>{markup(abstract.label)}</h1><p class="rag-facts">{facts(abstract)}</p>'
        f'<p class="rag-text">{text}</p><p class="rag-links">{" · ".join(links(abstract))}</p>'
        f'<p class="rag-place">{markup(places(abstract.sources))} · rag:{markup(abstract.id)}</p></article>'
    )


def facts(abstract: Abstract) -> str:
    """What the source states: date, authors, upvotes, comments, venue; nothing that it does not."""
    date = f"{abstract.date}{' (inferred)' if abstract.date_inferred else ''}" if abstract.date else ""
    authors = ", ".join(abstract.author_names) or (counted(abstract.authors, "author") if abstract.authors is not None else "")
    votes = counted(abstract.upvotes, "upvote") if abstract.upvotes is not None else ""
    comments = counted(abstract.comments, "comment") if abstract.comments is not None else ""
    title = "" if abstract.title else "the source states no title"
    return " · ".join(markup(one) for one in (date, authors, abstract.venue or "", votes, comments, title) if one)


def links(abstract: Abstract) -> list[str]:
    """Ways to the paper itself: the addresses that its source states, else a search for it, fetched by nobody but the reader."""
    stated = [link(url) for url in abstract.urls]
    for one in abstract.external_ids:
        scheme, _, value = one.partition(":")
        if value and scheme.lower() in _SCHEMES:
            stated.append(link(_SCHEMES[scheme.lower()] + quote(value, safe="/"), one))
    words = abstract.title or " ".join(abstract.text.split()[:14])
    return stated or [link(_SEARCH + quote(words), "search for the paper")]
