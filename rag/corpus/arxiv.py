"""The shape of labelled blocks: arXiv's mails and listings, and `Title: ... Authors: ... Abstract: ...` in general."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from rag.corpus.blocks import Block, Blocks, Field
from rag.corpus.dates import read_date
from rag.corpus.draft import Reading, find_urls, make_abstract
from rag.corpus.stray import stray
from rag.corpus.values import doi_of, names_of
from rag.records import Abstract, FieldSpan

_WEEKDAY = re.compile(r"\s*(?:(?:mon|tue|wed|thu|fri|sat|sun)\w*,?\s+)?", re.IGNORECASE)
_BRACKETS = re.compile(r"\([^()]*\)")
_SURE = 0.98


class Arxiv:
    """Reads blocks of labelled fields that have a title."""

    def fit(self, lines: Sequence[str]) -> float:
        """The share of characters that stand in blocks with a title and an abstract."""
        total = sum(len(line.strip()) for line in lines)
        whole = [block for block in Blocks(lines).blocks if block.get("title") and block.get("abstract")]
        inside = {index for block in whole for found in block.fields for index in range(found.first, found.last + 1)}
        return sum(len(lines[index].strip()) for index in inside) / total if total else 0.0

    def read(self, file: str, lines: Sequence[str]) -> Reading:
        """Every block with a title or an abstract is a paper; a title alone is also its text. All other lines are problems."""
        parsed = Blocks(lines)
        abstracts: list[Abstract] = []
        problems = [stray(file, index + 1, lines[index], "not a paper: no label such as 'Title:' or 'Abstract:'") for index in parsed.stray]
        for block in parsed.blocks:
            abstract = _abstract(file, lines, block)
            abstracts.extend([abstract] if abstract else [])
            lost = [found for found in block.fields if abstract is None or not found.text(lines)]
            for index in sorted({index for found in lost for index in range(found.first, found.last + 1) if lines[index].strip()}):
                reason = "a label without a text" if abstract else "not a paper: neither a title nor an abstract"
                problems.append(stray(file, index + 1, lines[index], reason))
        return Reading(file, "arxiv", tuple(abstracts), tuple(sorted(problems, key=lambda problem: problem.line)))


def _abstract(file: str, lines: Sequence[str], block: Block) -> Abstract | None:
    filled = [found for found in block.fields if found.text(lines)]
    named: dict[str, Field] = {}
    for found in filled:
        named.setdefault(found.name, found)
    place = named.get("abstract") or named.get("title")
    if place is None:
        return None
    text = place.text(lines)
    title = named["title"].text(lines) if "title" in named else None
    spans = [_span(found, lines) for found in filled if found is not place or found.name == "title"]
    return make_abstract(
        file=file,
        line=place.first + 1,
        start=place.start,
        end=place.start + len(text),
        text=text,
        title=title,
        title_confidence=_SURE if title else 0.0,
        fields=spans,
        **_others(lines, named),
    )


def _span(found: Field, lines: Sequence[str]) -> FieldSpan:
    start, text = found.start, found.text(lines)
    if found.name == "date":
        start, text = start + _weekday(text), text[_weekday(text) :]
        date = read_date(text)
        text = text[: date.end] if date else text
    return FieldSpan(found.name, found.first + 1, start, start + len(text))


def _weekday(text: str) -> int:
    """How many characters of a date are its day of the week."""
    found = _WEEKDAY.match(text)
    return found.end() if found else 0


def _others(lines: Sequence[str], named: dict[str, Field]) -> dict[str, Any]:
    """The fields of the abstract that the block states besides its title and text."""
    stated = {name: " ".join(found.text(lines).split()) for name, found in named.items()}
    others: dict[str, Any] = {"urls": find_urls(stated.get("urls", ""))}
    ids = [stated.get("id"), doi_of(stated.get("doi"))]
    others["external_ids"] = tuple(dict.fromkeys(identity for identity in ids if identity))
    others["venue"] = stated.get("venue")
    names, whole = names_of(_without_brackets(stated.get("authors", "")))
    others["author_names"] = names
    others["authors"] = len(names) if names and whole else None
    date = read_date(stated.get("date", "")[_weekday(stated.get("date", "")) :])
    iso = date.iso() if date else None
    others["date"], others["date_precision"] = iso if iso else (None, None)
    return others


def _without_brackets(text: str) -> str:
    """Authors without their affiliations: "A. Smith (1), B. Jones (2) ((1) Here, (2) There)"."""
    while (shorter := _BRACKETS.sub("", text)) != text:
        text = shorter
    return " ".join(text.split())
