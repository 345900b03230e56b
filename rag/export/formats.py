"""Abstracts and conversations for other programs: JSON Lines, CSV, BibTeX, CSL-JSON, Markdown; nothing but what sources state."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from rag.chat import ConversationRecord, Turn, partial
from rag.model import Abstract, answer_markdown, display_text, escape_markdown, locations, spell_controls, strip_controls

# Abstracts for other programs: JSON Lines, CSV, BibTeX and CSL-JSON, with what the sources state and nothing else.


def paper_record(abstract: Abstract) -> dict[str, Any]:
    """The stable JSON form of an abstract: text and title verbatim, `authors` a count, `sources` with file and line."""
    whole = abstract.to_dict()
    names = ("id", "external_ids", "title", "text", "upvotes", "authors", "date", "date_inferred", "comments", "urls", "sources")
    return {name: whole[name] for name in names}


def json_text(data: Any, *, indent: int | None = None) -> str:
    """JSON that is readable in any script of the world and still cannot steer a terminal or break a line in two."""
    return spell_controls(json.dumps(data, ensure_ascii=False, indent=indent))


def json_lines(abstracts: Iterable[Abstract]) -> str:
    """One `paper` a line."""
    return "".join(_json_lines(abstracts))


def csv_table(abstracts: Iterable[Abstract]) -> str:
    """A table for spreadsheets, its header the keys of `paper`, lists joined by "; ".

    A cell that a spreadsheet would take for a formula gets an apostrophe in front, and what a terminal would obey is left out; JSON Lines
    keep every character.
    """
    return "".join(_csv_rows(abstracts))


def bibtex(abstracts: Iterable[Abstract]) -> str:
    """One `@misc` entry an abstract: a listing does not say where a paper was published."""
    return "".join(_entries(abstracts))


def csl_json(abstracts: Iterable[Abstract]) -> str:
    """Items of type "document" for citation managers; an inferred date is marked as circa."""
    return "".join(_items(abstracts))


def _json_lines(abstracts: Iterable[Abstract]) -> Iterator[str]:
    return (json_text(paper_record(one)) + "\n" for one in abstracts)


def _csv_rows(abstracts: Iterable[Abstract]) -> Iterator[str]:
    for index, one in enumerate(abstracts):
        row = paper_record(one) | {"sources": locations(one.sources)}
        written = io.StringIO()
        writer = csv.writer(written, lineterminator="\n")
        if index == 0:
            writer.writerow(row)
        writer.writerow([_cell(value) for value in row.values()])
        yield written.getvalue()


def _entries(abstracts: Iterable[Abstract]) -> Iterator[str]:
    return (("\n" if index else "") + _entry(one) for index, one in enumerate(abstracts))


def _items(abstracts: Iterable[Abstract]) -> Iterator[str]:
    """The items of one array, each as it would be written within the whole."""
    opened = False
    for one in abstracts:
        lines = json_text(_item(one), indent=2).split("\n")
        yield ("," if opened else "[") + "".join(f"\n  {line}" for line in lines)
        opened = True
    yield "\n]\n" if opened else "[]\n"


def _cell(value: Any) -> str:
    if value is None or isinstance(value, int):
        return "" if value is None else str(value)
    text = strip_controls("; ".join(str(part) for part in value) if isinstance(value, tuple) else str(value))
    return "'" + text if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _entry(abstract: Abstract) -> str:
    fields = {
        "title": "{" + _tex(abstract.title) + "}" if abstract.title else "",  # twice in braces: capitals stay
        "author": " and ".join("{" + _tex(name) + "}" for name in abstract.author_names),
        "year": str(abstract.year) if abstract.year else "",
        "month": abstract.date[5:7].lstrip("0") if abstract.date and abstract.date_precision != "year" else "",
        "howpublished": _tex(abstract.venue or ""),
        "doi": _external(abstract, "doi"),
        "eprint": _external(abstract, "arxiv"),
        "archiveprefix": "arXiv" if _external(abstract, "arxiv") else "",
        "abstract": _tex(abstract.text),
        "note": _tex(_note(abstract)),
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join(["@misc{" + abstract.id + ",", *lines, "}"]) + "\n"


def _item(abstract: Abstract) -> dict[str, Any]:
    issued: dict[str, Any] = {"date-parts": [[int(part) for part in (abstract.date or "").split("-") if part]]}
    stated: dict[str, Any] = {
        "title": display_text(abstract.title) if abstract.title else None,
        "author": [{"literal": display_text(name)} for name in abstract.author_names],
        "issued": (issued | {"circa": True} if abstract.date_inferred else issued) if abstract.date else None,
        "container-title": display_text(abstract.venue) if abstract.venue else None,
        "DOI": _external(abstract, "doi"),
        "abstract": display_text(abstract.text),
        "note": _note(abstract),
    }
    return {"id": abstract.id, "type": "document"} | {name: value for name, value in stated.items() if value}


def _note(abstract: Abstract) -> str:
    return locations(abstract.sources) + ("; year inferred" if abstract.date_inferred else "")


def _external(abstract: Abstract, scheme: str) -> str:
    """The first external id of a scheme, without the scheme's name; "" where none is stated."""
    found = (strip_controls(one[len(scheme) + 1 :]) for one in abstract.external_ids if one.lower().startswith(scheme + ":"))
    return next((one for one in found if re.fullmatch(r"[^\s{}\\%]+", one)), "")


_TEX = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{mark: "\\" + mark for mark in "%&$#_"},
}


def _tex(text: str) -> str:
    return "".join(_TEX.get(character, character) for character in display_text(text))


FORMATS: dict[str, Callable[[Iterable[Abstract]], str]] = {"json": json_lines, "csv": csv_table, "bib": bibtex, "csl": csl_json}
# The same in parts, an abstract at a time, for what has no room in memory.
STREAMS: dict[str, Callable[[Iterable[Abstract]], Iterator[str]]] = {
    "json": _json_lines,
    "csv": _csv_rows,
    "bib": _entries,
    "csl": _items,
}


# A stored conversation for other programs: Markdown to read, JSON to read again, and the abstracts that it cites.


def conversation_markdown(record: ConversationRecord, turns: Sequence[Turn]) -> str:
    """Each question as a heading with its answer and sources below; the numbers count anew in each answer."""
    parts = [f"# {escape_markdown(record.title, typed=True)}\n"]
    asked = [escape_markdown(" ".join(turn.question.split()), typed=True) for turn in turns]
    parts += [f"## {turn.number}. {said}\n\n{answer_markdown(partial(turn))}" for turn, said in zip(turns, asked, strict=True)]
    return "\n".join(parts)


def conversation_dict(record: ConversationRecord, turns: Sequence[Turn]) -> dict[str, Any]:
    """JSON-ready: id, title, created, updated, and turns of number, question, status, started, seconds, error and answer."""
    return {
        "id": record.id,
        "title": record.title,
        "created": record.created,
        "updated": record.updated,
        "turns": [_turn(turn) for turn in turns],
    }


def cited_ids(turns: Sequence[Turn]) -> list[str]:
    """The ids of the abstracts that any answer cites, once each, in the order of their first mention; not what it did not count."""
    return list(dict.fromkeys(citation.abstract_id for turn in turns for citation in partial(turn).members))


def _turn(turn: Turn) -> dict[str, Any]:
    names = ("number", "question", "status", "started", "seconds", "error")
    return {name: getattr(turn, name) for name in names} | {"answer": partial(turn).to_dict()}
