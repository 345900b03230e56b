"""Conditions on the file that a paper comes from: "in file 003", "not from the first listing"."""

from __future__ import annotations

from collections.abc import Sequence

from rag.model import Scan
from rag.questions.dates import Part, skip_lead
from rag.questions.tokens import Tokens

_SHORTEST = 3  # letters and digits of the beginning of a name


def read_file(tokens: Tokens, place: int, sources: Sequence[str]) -> Part | None:
    """The condition on a file that begins at a place, by its place in their order, its name, or a beginning that only one has."""
    start, negated = skip_lead(tokens, place, "in", "of", "be", "do")
    at = tokens.skip(start, "determiner") if tokens.take(start, "file") is None else start
    at += tokens.word(at) == "the"
    ordinal = tokens.take(at, "ordinal", "last_rel")
    if ordinal is not None and (noun := tokens.take(ordinal.end, "file")) is not None and tokens.word(ordinal.end)[-1:] != "s":
        number = len(sources) if "last_rel" in tokens.types[at] else int(ordinal.value)
        if 1 <= number <= len(sources):
            return _part(place, noun.end, at, sorted(sources)[number - 1], negated)
    noun = tokens.take(at, "file")
    name = _named(tokens, noun.end if noun else at, sources, surely=noun is not None or start > place)
    return _part(place, name[1], at, name[0], negated) if name is not None else None


def _part(start: int, end: int, core: int, source: str, negated: bool) -> Part:
    return Part(start, end, core, "file", (Scan("source", (source,), negated=negated),))


def _named(tokens: Tokens, place: int, sources: Sequence[str], *, surely: bool) -> tuple[str, int] | None:
    """The file that is named at a place; a name may be cut into several words."""
    if place >= len(tokens) or not surely:
        return None
    for end in range(min(place + 3, len(tokens)), place, -1):
        name = (tokens.words[place].quoted or tokens.span(place, end)).lower().rstrip("?!.,")
        known = [one for one in sources if one.lower() == name or one.lower().rpartition(".")[0] == name]
        if not known and len(name) >= _SHORTEST and any(c.isdigit() for c in name) and "year" not in tokens.types[place]:
            known = [one for one in sources if one.lower().startswith(name)]
        if len(known) == 1:
            return known[0], end
    return None
