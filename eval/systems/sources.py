"""What a row's answer can be held against: the contexts that a system told, found by their ids before the abstracts of the corpus."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from eval.records import Context, Row
from eval.systems.replies import Passage
from rag.model import Abstract

Lookup = Callable[[str], Abstract | None]  # an abstract by its id, None for one that is not there
Placed = Callable[[str], str | None]  # the id of the abstract that has a text as a part of it
_LABEL_WORDS = 8


def sources_of(row: Row, lookup: Lookup) -> Lookup:
    """Finds the sources of a row as abstracts: those that its contexts make, else as `lookup` does.

    Contexts of one id are parts of one source. Where that is an abstract of the corpus, what it lacks is put behind its text, so that
    places in it stay what they are.
    """
    own = joined(row.contexts, lookup)
    return (lambda name: own.get(name) or lookup(name)) if own else lookup


def joined(contexts: Iterable[Context], lookup: Lookup) -> dict[str, Abstract]:
    """The sources of contexts by their ids."""
    found: dict[str, Abstract] = {}
    for one in contexts:
        known = found.get(one.id) or lookup(one.id)
        if known is None:
            found[one.id] = Abstract(one.id, one.title, one.text, label=label_of(one))
        elif one.text.strip() not in known.text:
            found[one.id] = replace(known, text=f"{known.text}\n\n{one.text}" if known.text else one.text)
    return {name: one for name, one in found.items() if one.text}


def all_sources(rows: Iterable[Row], lookup: Lookup | None) -> Lookup:
    """One lookup for many rows, for showing: an id under which rows have different texts is not found."""
    found: dict[str, Abstract | None] = {}
    for row in rows:
        for name, source in joined(row.contexts, lookup or nothing).items():
            found[name] = source if found.get(name, source) == source else None

    def find(name: str) -> Abstract | None:
        return found[name] if name in found else (lookup or nothing)(name)

    return find


def nothing(_: str) -> None:
    """The lookup where there is no corpus."""


def label_of(context: Context) -> str:
    """What a context is called: its title, else its first words in quotation marks."""
    if context.title:
        return context.title
    words = context.text.split()
    return f"“{' '.join(words[:_LABEL_WORDS])}{' …' if len(words) > _LABEL_WORDS else ''}”"


def contexts_of(passages: Sequence[Passage], lookup: Lookup, placed: Placed | None = None) -> tuple[Context, ...]:
    """Passages with ids to find them by: the abstract's where the id or the text is one of the corpus, else the system's own, else one
    made of the text."""
    return tuple(Context(_id_of(one, lookup, placed), one.text, one.title) for one in passages)


def _id_of(passage: Passage, lookup: Lookup, placed: Placed | None) -> str:
    own = passage.id.removeprefix("rag:")
    if own and lookup(own) is not None:
        return own
    there = placed(passage.text.strip()) if placed and passage.text.strip() else None
    return there or passage.id or text_id(passage.text)


def text_id(text: str) -> str:
    """An id made of a text, the same on every run."""
    return "text-" + hashlib.sha256(text.strip().encode("utf-8", "replace")).hexdigest()[:12]


def place_finder(abstracts: Sequence[Abstract]) -> Placed:
    """Finds the abstract that a text is a verbatim part of, the first of several; remembers nothing."""
    starts: list[int] = []
    length = 0
    for one in abstracts:
        starts.append(length)
        length += len(one.text) + 1
    whole = "\0".join(one.text for one in abstracts)

    def find(text: str) -> str | None:
        from bisect import bisect_right

        at = whole.find(text)
        return abstracts[bisect_right(starts, at) - 1].id if at >= 0 else None

    return find
